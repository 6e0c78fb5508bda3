"""`fleetmon simulate serve`: a recorded machine answers again."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleetmon.cli import app
from fleetmon.errors import FleetmonError

PRINTER = """\
1.3.6.1.2.1.1.1.0|4|Canon LBP6670 /P
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1602.4.2
1.3.6.1.2.1.1.3.0|67|360000
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.2.1.3.1|4|Canon LBP6670
1.3.6.1.2.1.25.3.2.1.5.1|2|5
1.3.6.1.2.1.25.3.5.1.1.1|2|1
1.3.6.1.2.1.25.3.5.1.2.1|4x|04
1.3.6.1.2.1.43.5.1.1.17.1|4|SIM0001
"""


def test_a_recording_answers_a_probe_and_a_walk(tmp_path: Path) -> None:
    """The printed lines work as they are, and Ctrl-C ends it quietly."""
    file = tmp_path / "printer.snmprec"
    file.write_text(PRINTER)
    words = [sys.executable, "-m", "fleetmon.cli", "simulate", "serve", str(file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            lines = [process.stdout.readline() for _ in range(5)]
            assert lines[0] == "printer.snmprec: 9 objects, SNMP version 1, 2c, 3, community public\n"
            url = lines[2].split()[-1]
            probed = subprocess.run(
                [sys.executable, "-m", "fleetmon.cli", "probe", url], capture_output=True, text=True, check=True
            )
            assert "Canon LBP6670" in probed.stdout
            walked = subprocess.run(lines[3].split(), capture_output=True, text=True, check=True)
            assert len(walked.stdout.splitlines()) >= 9
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(20)
        assert code == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda file: None, r"none\.txt: cannot be read: No such file"),
        (lambda file: file.write_text("hello\n"), r"none\.txt:1: 'hello' is no line of"),
        (lambda file: file.write_text(""), r"none\.txt: holds no rows"),
        (lambda file: file.mkdir(), r"none\.txt: cannot be read: Is a directory"),
    ],
)
def test_a_file_that_cannot_be_served_is_named_with_the_reason(
    tmp_path: Path, make: Callable[[Path], object], complaint: str
) -> None:
    """One line, with the line's number where there is one; main prints it and exits with 1."""
    file = tmp_path / "none.txt"
    make(file)
    done = CliRunner().invoke(app, ["simulate", "serve", str(file), "--for", "1"])
    assert done.exit_code == 1
    assert isinstance(done.exception, FleetmonError)
    assert re.search(complaint, str(done.exception))
    assert len(str(done.exception).splitlines()) == 1


def test_a_recording_of_ours_says_how_long_it_goes_on(tmp_path: Path) -> None:
    """What was recorded over ten seconds is done again in one at ten times the speed."""
    file = tmp_path / "machine.jsonl"
    name = "1.3.6.1.2.1.1.1.0"
    head: dict[str, object] = {"fleetmon-recording": 1, "machine": "m", "link": "snmp", "began": 1.0, "hidden": []}
    told = [head]
    for poll, at in ((1, 0.0), (2, 10.0)):
        told.append({"t": at, "took": 0.1, "poll": poll, "get": [name], "got": [[name, 4, "x"]]})
        told.append({"t": at, "poll": poll, "heard": "report"})
    file.write_text("".join(f"{json.dumps(line)}\n" for line in told))
    done = CliRunner().invoke(app, ["simulate", "serve", str(file), "--speed", "10", "--for", "1"])
    assert done.exit_code == 0, done.exception
    assert "1 objects" in done.stdout
    assert "for 1 s, then goes on" in done.stdout
