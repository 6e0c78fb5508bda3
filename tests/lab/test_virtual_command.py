"""`fleetmon simulate virtual` as somebody meets it who wants to know what a monitor would have said."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fleetmon.cli import app

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *words: CliRunner().invoke(app, ["simulate", "virtual", *map(str, words)])


def lines_of(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_events_and_truth_are_written(run: Run, tmp_path: Path) -> None:
    """Both files are JSON lines; a second run with the same seed writes the same bytes."""
    files = [tmp_path / name for name in ("events", "truth", "events-again", "truth-again")]
    for events, truth in (files[:2], files[2:]):
        told = run("six_machines", "--for", "40m", "--seed", 7, "--events", events, "--truth", truth)
        assert told.exit_code == 0, told.stderr
        assert told.stdout == ""
        assert " events, " in told.stderr
    assert files[0].read_bytes() == files[2].read_bytes()
    assert files[1].read_bytes() == files[3].read_bytes()
    assert {event["type"] for event in lines_of(files[0])} >= {"fleetmon.contact.changed.v1"}
    assert {stop["klass"] for stop in lines_of(files[1])} >= {"planned"}


def test_events_are_printed(run: Run) -> None:
    """One line each, for people."""
    told = run("six_machines", "--for", "10m")
    assert told.exit_code == 0
    assert sum("contact.changed" in line for line in told.stdout.splitlines()) == 6


def test_a_wrong_wish_is_told_in_words(run: Run, tmp_path: Path) -> None:
    """An office that does not exist, a span that is none, a file that cannot be written."""
    assert "no such office" in str(run("nowhere").exception)
    told = run("six_machines", "--for", "soon")
    assert (told.exit_code, "--for: 'soon' is no span" in told.stderr) == (2, True)
    told = run("six_machines", "--for", "1m", "--truth", tmp_path / "no" / "file")
    assert "cannot be written: No such file" in str(told.exception)


@pytest.mark.parametrize("which", ["--events", "--truth"])
def test_a_full_disk_is_told_in_words(run: Run, which: str) -> None:
    """Not as a traceback, whichever of the files it is."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    told = run("six_machines", "--for", "40m", "--seed", 7, which, full)
    assert str(told.exception) == "/dev/full: cannot be written: No space left on device"
