"""`fleetmon record` and `replay` for machines on lines of bytes as a technician meets them."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fleetmon.cli import app
from fleetmon.lab.records.recordings import read

Run = Callable[..., Result]
SETTINGS = """\
[site]
id = "lab"
[mqtt]
url = "mqtt://127.0.0.1:9"
[[machine]]
id = "cards"
source = {{ url = "{url}", driver = "evolis_rpc", unit = "Evolis Primacy", interval = "1s" }}
"""


@pytest.fixture
def run() -> Run:
    """`run("replay", "file")` as a shell would."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def cards() -> Iterator[str]:
    """The URL of a card personaliser whose lamination door is open."""
    words = ["--machine", "evolis_personaliser", "--idle", "--commands", "--until-stdin-closes"]
    command = [sys.executable, "-m", "fleetmon.simulators.serial_device", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        process.stdin.write('{"machine": "evolis_personaliser", "do": "raise", "fault": "lamination-door-open"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["ok"]
        yield f"tcp://{where['host']}:{where['port']}"
        process.stdin.close()
        process.wait(20)


def test_a_machine_of_the_settings_is_recorded_and_replayed(run: Run, cards: str, tmp_path: Path) -> None:
    """By its id, with driver and unit as the settings say; the unit is a name and hidden in questions and header."""
    settings, file = tmp_path / "fleetmon.toml", tmp_path / "it.jsonl"
    settings.write_text(SETTINGS.format(url=cards))
    done = run("record", "cards", "-o", file, "--polls", 2, "--settings", settings)
    assert done.exit_code == 0, done.output
    assert "Primacy" not in file.read_text()
    assert b"Primacy".hex() not in file.read_text()
    assert read(file).header.driver == "evolis_rpc"
    for words in ((), ("--settings", settings, "--machine", "cards")):
        told = run("replay", file, *words)
        assert told.exit_code == 0, told.output
        assert "laminator-cover-open" in told.stdout
        assert ": stopped" in told.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "only a driver knows what to ask there"),
        (("--driver", "snmp_printer"), "snmp_printer"),
        (("--driver", "evolis_rpc"), "asks a machine by its unit; say which"),
        (("--driver", "nonsense"), "no driver"),
    ],
)
def test_what_is_missing_is_said(run: Run, tmp_path: Path, words: tuple[str, ...], complaint: str) -> None:
    """Nothing is asked and no file is left."""
    told = run("record", "tcp://127.0.0.1:9", "-o", tmp_path / "it.jsonl", "--polls", 1, *words)
    assert told.exit_code in (1, 2)
    assert complaint in told.stderr
    assert not (tmp_path / "it.jsonl").exists()


def test_nobody_there_is_a_recording_too(run: Run, tmp_path: Path) -> None:
    """Of whom nothing was heard it is stored how that failed, and replay shows it."""
    file = tmp_path / "it.jsonl"
    told = run("record", "tcp://127.0.0.1:9", "-o", file, "--polls", 1, "--driver", "lapis_lamina", "--every", "100ms")
    assert told.exit_code == 3
    [poll] = read(file).polls
    assert poll.failed is not None
    assert (poll.failed.why, [each.came for each in poll.spoken]) == ("refused", [b""])
    assert "1 of them without an answer" in run("replay", file).stdout


def test_a_talk_without_a_driver_needs_settings(run: Run, tmp_path: Path) -> None:
    """Octets mean nothing by themselves."""
    file = tmp_path / "it.jsonl"
    head = {"fleetmon-recording": 1, "machine": "m", "link": "tcp", "began": 1.0, "interval_s": 5.0}
    file.write_text("".join(f"{json.dumps(line)}\n" for line in (head, {"t": 1, "poll": 1, "heard": "report"})))
    told = run("replay", file)
    assert told.exit_code == 1
    assert "names no driver" in told.stderr


def test_the_office_of_serial_machines_is_watched_in_no_time(run: Run) -> None:
    """`simulate virtual` watches machines on lines of bytes, and bad lines are no stops."""
    told = run("simulate", "virtual", "lines_bench", "--for", "10m")
    assert told.exit_code == 0, told.output
    for machine in ("label", "laser", "slip", "cards", "laminator", "heater", "tower"):
        assert machine in told.stdout
    told = run("simulate", "virtual", "--scenario", "bad_serial_line", "--for", "6h")
    assert told.exit_code == 0, told.output
    ours = [line for line in told.stdout.splitlines() if " lam-2 " in line]
    assert any("contact" in line for line in ours)
    assert not [line for line in ours if "fault.raised" in line]
