"""`fleetmon simulate serve`: a recorded machine answers again."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
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


ASKED = b"\x1bT\r"


def a_talk(file: Path, lasts: float = 10.0) -> None:
    """A laminator asked twice for its setting, which somebody changed in between."""
    line = {"baud": 19200, "data_bits": 8, "parity": "none", "stop_bits": 1}
    head = {"fleetmon-recording": 1, "machine": "m", "link": "serial", "began": 1.0, "interval_s": 5.0}
    told: list[dict[str, object]] = [head | {"driver": "lapis_lamina", "line": line, "hidden": []}]
    for poll, at, came in ((1, 0.0, b"175\r"), (2, lasts, b"160\r")):
        told.append({"t": at, "took": 0.02, "poll": poll, "ask": ASKED.hex(), "got": came.hex()})
        told.append({"t": at, "poll": poll, "heard": "report"})
    file.write_text("".join(f"{json.dumps(line)}\n" for line in told))


def served(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "fleetmon.cli", "simulate", "serve", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]") -> str:
    """Ended by Ctrl-C; what it had to complain about."""
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert process.stderr is not None
    return process.stderr.read()


def test_a_recorded_talk_is_said_again_as_the_documentation_shows(tmp_path: Path, root: Path) -> None:
    """The page's own example, then a client that asks twice."""
    page = (root / "docs" / "record-and-replay.md").read_text()
    found = re.search(
        r"^\$ fleetmon simulate serve laminator.jsonl --port 4001\n(.*?)```", page, re.DOTALL | re.MULTILINE
    )
    assert found is not None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    a_talk(tmp_path / "laminator.jsonl")
    with served(str(tmp_path / "laminator.jsonl"), "--port", port) as process:
        assert process.stdout is not None
        shown = "".join(process.stdout.readline() for _ in range(5))
        assert re.sub(r"  \S.*? probe", "  fleetmon probe", shown) == found[1].replace("4001", port)
        with socket.create_connection(("127.0.0.1", int(port)), 10) as client:
            client.sendall(ASKED + ASKED)
            said = b""
            while len(said) < 8:
                said += client.recv(100)
        assert said == b"175\r175\r"
        assert ended(process) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is needed")
def test_it_is_recorded_and_served_on_a_pty_by_commands_alone(tmp_path: Path) -> None:
    """record, replay, serve --on pty, record: the setting that the driver reads is the same."""
    first, second, port = tmp_path / "first.jsonl", tmp_path / "second.jsonl", tmp_path / "port"

    async def record() -> None:
        async with serve_bytes(Machine(load_sheet("lapis_laminator"))) as [reach]:
            words = ("record", f"tcp://127.0.0.1:{reach.port}", "--driver", "lapis_lamina", "-o", str(first))
            done = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "fleetmon.cli", *words, "--polls", "2", "--every", "200ms"
            )
            assert await done.wait() == 0

    asyncio.run(record())
    told = CliRunner().invoke(app, ["replay", str(first)])
    assert told.exit_code == 0
    assert "2 polls in " in told.stdout
    with served(str(first), "--on", f"pty:{port}") as process:
        assert process.stdout is not None
        greeting = [process.stdout.readline() for _ in range(4)]
        assert f"probe serial://{port} --driver lapis_lamina" in greeting[3]
        words = ["record", f"serial://{port}", "--driver", "lapis_lamina", "-o", str(second)]
        done = CliRunner().invoke(app, [*words, "--polls", "2", "--every", "200ms"])
        assert done.exit_code == 0, done.output
        assert ended(process) == ""
    octets = [re.findall(r'"ask": "\w+", "got": "\w+"', file.read_text()) for file in (first, second)]
    assert octets[0] == octets[1] == ['"ask": "1b540d", "got": "3137350d"'] * 2


@pytest.mark.parametrize(
    ("link", "words", "complaint"),
    [
        ("snmp", ["--on", "tcp"], r"is served on UDP; leave out --on"),
        ("modbus+tcp", ["--on", "pty"], r"Modbus TCP is served on tcp and nowhere else"),
        ("tcp", ["--on", "usb"], r"'usb': a machine is reached over one of: pty, tcp, rfc2217"),
    ],
)
def test_a_place_that_does_not_fit_is_refused(tmp_path: Path, link: str, words: list[str], complaint: str) -> None:
    """In one line that says what would."""
    file = tmp_path / "it.jsonl"
    a_talk(file)
    text = file.read_text().replace('"link": "serial"', f'"link": "{link}"')
    if link == "snmp":
        text = text.splitlines()[0] + '\n{"t": 0, "poll": 1, "heard": "report"}\n'
    file.write_text(text)
    done = CliRunner().invoke(app, ["simulate", "serve", str(file), *words, "--for", "1"])
    assert done.exit_code == 1
    assert re.search(complaint, str(done.exception))
