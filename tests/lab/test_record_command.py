"""`fleetmon record` and `fleetmon replay` as a technician meets them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp_agent import serve
from typer.testing import CliRunner, Result

from fleetmon.cli import app
from fleetmon.lab.records.recordings import read

Run = Callable[..., Result]

WALK = """\
1.3.6.1.2.1.1.1.0|4|Canon LBP6670 /P
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1602.4.2
1.3.6.1.2.1.1.3.0|67|360000
1.3.6.1.2.1.1.5.0|4|amt-7-drucker
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.2.1.3.1|4|Canon LBP6670
1.3.6.1.2.1.25.3.2.1.5.1|2|5
1.3.6.1.2.1.25.3.5.1.1.1|2|1
1.3.6.1.2.1.25.3.5.1.2.1|4x|04
1.3.6.1.2.1.43.5.1.1.17.1|4|MKRA012345
1.3.6.1.2.1.43.10.2.1.3.1.1|2|8
1.3.6.1.2.1.43.10.2.1.4.1.1|65|1234
1.3.6.1.2.1.43.16.5.1.2.1.1|4|Printing OEYIA UAIEO
"""
SETTINGS = """\
[site]
id = "lab"
[mqtt]
url = "mqtt://127.0.0.1:9"
[[machine]]
id = "prn1"
source = {{ url = "walk:{walk}", interval = "1s" }}
[[machine]]
id = "prn2"
source = "walk:{walk}"
"""


@pytest.fixture
def run() -> Run:
    """`run("replay", "file")` as a shell would."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    file = tmp_path / "walk.snmprec"
    file.write_text(WALK)
    return file


@pytest.fixture
def settings(tmp_path: Path, walk: Path) -> Path:
    file = tmp_path / "fleetmon.toml"
    file.write_text(SETTINGS.format(walk=walk))
    return file


@pytest.fixture
def recorded(tmp_path: Path, walk: Path, run: Run) -> Path:
    """Three polls of a printer with a cover open."""
    file = tmp_path / "it.jsonl"
    assert run("record", f"walk:{walk}", "-o", file, "--polls", 3, "--every", "200ms").exit_code == 0
    return file


def test_a_url_is_recorded_and_replayed(run: Run, recorded: Path) -> None:
    """What was stored names the fault again, and holds no secret."""
    text = recorded.read_text()
    assert len(read(recorded).polls) == 3
    for secret in ("MKRA012345", "amt-7", "drucker", "OEYIA"):
        assert secret not in text
    told = run("replay", recorded)
    assert told.exit_code == 0
    assert "fault.raised" in told.stdout
    assert "3 polls in " in told.stdout
    assert "machine: stopped" in told.stdout


def test_a_machine_of_the_settings_is_recorded_as_they_say(run: Run, settings: Path, tmp_path: Path) -> None:
    """By its id, which is a name and hidden like others, as often as its settings say."""
    file = tmp_path / "prn1.jsonl"
    assert run("record", "prn1", "-o", file, "--polls", 2, "--settings", settings).exit_code == 0
    found = read(file)
    assert (found.header.machine, found.header.interval_s, found.header.link) == ("machine", 1.0, "walk")
    told = run("replay", file, "--settings", settings, "--machine", "prn1")
    assert "prn1: stopped" in told.stdout
    other = run("replay", file, "--settings", settings, "--machine", "prn2", "--json")
    lines = [json.loads(line) for line in other.stdout.splitlines()]
    assert {line["subject"] for line in lines[:-1]} == {"prn2"}
    assert lines[-1]["state"] == "stopped"


def test_an_unknown_machine_is_told_with_those_there_are(run: Run, settings: Path, tmp_path: Path) -> None:
    """Neither command guesses."""
    told = run("record", "prn9", "-o", tmp_path / "it.jsonl", "--settings", settings)
    assert told.exit_code == 2
    assert "no machine 'prn9'; there are: prn1, prn2" in told.stderr
    assert not (tmp_path / "it.jsonl").exists()


def test_a_recording_of_nobody_in_the_settings_needs_a_name(run: Run, settings: Path, recorded: Path) -> None:
    """A URL's recording is of `machine`, which no settings have."""
    told = run("replay", recorded, "--settings", settings)
    assert told.exit_code == 2
    assert "choose with --machine one of: prn1, prn2" in told.stderr


def test_a_file_that_exists_is_not_touched(run: Run, walk: Path, recorded: Path) -> None:
    """Whoever types the same command twice keeps what was recorded first."""
    before = recorded.read_text()
    told = run("record", f"walk:{walk}", "-o", recorded, "--polls", 1)
    assert told.exit_code == 1
    assert "exists already" in str(told.exception)
    assert recorded.read_text() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--for", "10"), "--for is no duration"),
        (("--for", "0s"), "--for must be above 0"),
        (("--every", "soon"), "--every is no duration"),
        (("--every", "1ms"), "--every must be between 0.1 s and 3600 s"),
        (("--driver", "no_such"), "no driver is called 'no_such'"),
        (("--keep", "everything"), "everything"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_written(
    run: Run, walk: Path, tmp_path: Path, words: tuple[str, str], said: str
) -> None:
    """And no file is made."""
    told = run("record", f"walk:{walk}", "-o", tmp_path / "it.jsonl", *words)
    assert told.exit_code in (1, 2)
    assert said in told.stderr
    assert not (tmp_path / "it.jsonl").exists()


@pytest.mark.parametrize("url", ["walk:nowhere.snmprec", "serial:///dev/ttyS0", "nonsense://x"])
def test_what_cannot_be_asked_is_told_before_anything_is_written(run: Run, tmp_path: Path, url: str) -> None:
    """A file that holds only why is none."""
    told = run("record", url, "-o", tmp_path / "it.jsonl", "--polls", 1)
    assert told.exit_code == 2
    assert not (tmp_path / "it.jsonl").exists()


def test_what_was_never_understood_is_recorded_and_told(run: Run, tmp_path: Path) -> None:
    """Such a recording is what a driver is written from, so it stays; a script learns it by the exit code."""
    stranger = tmp_path / "stranger.snmprec"
    stranger.write_text("1.3.6.1.2.1.1.1.0|4|a kettle\n1.3.6.1.2.1.1.5.0|4|amt-7-kettle\n")
    told = run("record", f"walk:{stranger}", "-o", tmp_path / "it.jsonl", "--polls", 1, "--every", "200ms")
    assert told.exit_code == 3
    assert "no poll brought a report" in told.stderr
    assert len(read(tmp_path / "it.jsonl").polls) == 1
    assert "amt-7" not in (tmp_path / "it.jsonl").read_text()


def test_what_is_kept_is_warned_of(run: Run, walk: Path, tmp_path: Path) -> None:
    """The serial number stands in the file because somebody asked for it, and is told so."""
    file = tmp_path / "it.jsonl"
    told = run("record", f"walk:{walk}", "-o", file, "--polls", 1, "--keep", "serials", "--every", "200ms")
    assert told.exit_code == 0
    assert "warning: serials will stand in" in told.stderr
    assert "MKRA012345" in file.read_text()
    assert "amt-7" not in file.read_text()


def test_a_time_limit_ends_it(run: Run, walk: Path, tmp_path: Path) -> None:
    """After so long, whatever the number of polls."""
    file = tmp_path / "it.jsonl"
    told = run("record", f"walk:{walk}", "-o", file, "--for", "900ms", "--every", "200ms")
    assert told.exit_code == 0
    assert 2 <= len(read(file).polls) <= 6


def test_a_recording_that_was_cut_off_is_replayed_as_far_as_it_goes(run: Run, recorded: Path) -> None:
    """The line is named, the rest is used."""
    recorded.write_text(recorded.read_text()[:-30])
    told = run("replay", recorded)
    assert told.exit_code == 0
    assert "the last line was cut off and is left out" in told.stderr
    assert "2 polls in " in told.stdout


def test_what_is_no_recording_is_refused(run: Run, walk: Path, tmp_path: Path) -> None:
    """With file and line, in both ways of being none."""
    told = run("replay", walk)
    assert (told.exit_code, "snmprec:1: is no recording" in str(told.exception)) == (1, True)
    told = run("replay", tmp_path / "nothing")
    assert (told.exit_code, "cannot be read: No such file" in str(told.exception)) == (1, True)


def test_ctrl_c_keeps_what_was_recorded(walk: Path, tmp_path: Path) -> None:
    """The usual end of a recording: whole polls are there, and a line tells how many."""
    file = tmp_path / "it.jsonl"
    words = [sys.executable, "-m", "fleetmon.cli", "record", f"walk:{walk}", "-o", str(file), "--every", "200ms"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"})
    try:
        deadline = time.monotonic() + 60
        while not (file.exists() and file.read_text().count('"heard"') >= 2):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert "Traceback" not in said
    assert f"{len(read(file).polls)} polls" in said


def test_an_agent_on_the_wire_is_recorded_without_its_community(run: Run, tmp_path: Path) -> None:
    """A laminator that answers `fleetmon` only: neither the community nor the serial number is in the file."""

    async def served() -> None:
        machine = Machine(load_sheet("passport_printer"), name="prn-amt", serial="QX-77812-B", seed=1)
        async with serve(machine) as (port,):
            words = ("record", f"snmp://127.0.0.1:{port}", "-o", file, "--polls", "2", "--every", "200ms")
            found = await asyncio.to_thread(run, *words, "--community", "fleetmon")
            assert found.exit_code == 0, found.stderr

    file = tmp_path / "it.jsonl"
    asyncio.run(served())
    text = file.read_text()
    assert read(file).header.driver is None
    for secret in ("QX-77812-B", "127.0.0.1", '"fleetmon"'):
        assert secret not in text
    assert "Simulated passport booklet printer" in text
