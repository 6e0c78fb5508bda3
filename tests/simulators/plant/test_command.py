"""`python -m fleetmon.simulators.plant`: an office at full speed, from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_INTERRUPTED = """
import signal, sys
from fleetmon.simulators.process import spoken
sys.exit(spoken(lambda: signal.raise_signal(signal.SIGINT)))
"""


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "fleetmon.simulators.plant", *arguments]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_a_day_is_told_in_a_few_lines_and_its_truth_in_a_file(tmp_path: Path) -> None:
    """It prints what came, what was made and what stood; every line of the truth is one JSON object with UTC times."""
    file = tmp_path / "truth.jsonl"
    done = _run("two_lines", "--days", "1", "--seed", "4", "--truth", str(file))
    assert done.returncode == 0, done.stderr
    assert "line-1:" in done.stdout
    stops = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(stops) > 30
    for stop in stops:
        assert stop["start"] < stop["end"]
        assert stop["start"].endswith("Z")
        assert stop["klass"] in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("nowhere",),
        ("two_lines", "--days", "x"),
        ("two_lines", "--days", "nan"),
        ("bench", "--days", "0.01", "--truth", "/no/such/file"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: tuple[str, ...]) -> None:
    """An office that does not exist, a number that is none, a truth that cannot be written: one line each."""
    done = _run(*arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_ctrl_c_ends_it_without_a_page() -> None:
    """Exit code 130, as of everything that is interrupted, and no traceback."""
    words = [sys.executable, "-c", _INTERRUPTED]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_nobody_need_read_all_of_it() -> None:
    """As with `| head`: no traceback, exit code 0."""
    words = [sys.executable, "-m", "fleetmon.simulators.plant", "bench", "--days", "0.01"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as done:
        assert done.stdout is not None
        assert done.stderr is not None
        done.stdout.close()
        assert done.stderr.read() == ""
    assert done.returncode == 0
