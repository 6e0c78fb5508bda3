"""`python -m fleetmon.simulators.serial_device` as another process and a reader of the documentation see it."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
import serial
from fleetmon.simulators.serial_device import main

MODULE = "fleetmon.simulators.serial_device"
BLOCK = re.compile(r"```(console|json)\n(.*?)```", re.DOTALL)


@asynccontextmanager
async def device(*options: str) -> AsyncIterator[Process]:
    """The command with these options; killed at the end if it is still there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", MODULE, *options, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 20)).decode()


async def order(process: Process, words: str) -> dict[str, Any]:
    assert process.stdin is not None
    process.stdin.write(words.encode() + b"\n")
    answer = json.loads(await line(process))
    assert isinstance(answer, dict)
    return answer


def identity(url: str) -> bytes:
    with serial.serial_for_url(url, 9600, timeout=5) as port:
        port.write(b"~HI")
        return bytes(port.read_until(b"\n"))


async def test_it_tells_where_it_is_obeys_and_ends_with_its_parent(tmp_path: Path) -> None:
    """A parent reads the URLs, talks, gives an order; when it closes stdin, the process ends without a word."""
    urls = tmp_path / "urls.json"
    options = ("--machine", "a=zebra_label_printer", "--machine", "zebra_label_printer:tcp:0:shared", "--idle")
    async with device(*options, "--commands", "--until-stdin-closes", "--port-file", str(urls)) as process:
        first, second = json.loads(await line(process)), json.loads(await line(process))
        assert (first["machine"], first["protocol"], first["serial"]) == ("a", "zpl", "SIM-0007")
        assert (second["machine"], second["serial"]) == ("zebra_label_printer", "SIM-0007-2")
        told = await order(process, '{"machine": "a", "do": "raise", "fault": "head-open"}')
        assert (told["ok"], told["faults"]) == (True, ["head-open"])
        assert json.loads(urls.read_text()) == {each["machine"]: each["url"] for each in (first, second)}
        assert b"ZT410" in await asyncio.to_thread(identity, first["url"])
        assert not (await order(process, '{"machine": "b", "do": "show"}'))["ok"]
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 10) == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_quietly(number: signal.Signals, tmp_path: Path) -> None:
    """And takes the link to its pty along."""
    link = tmp_path / "lapis"
    async with device("--machine", f"lapis_laminator:pty:{link}") as process:
        assert json.loads(await line(process))["path"] == str(link)
        assert link.is_symlink()
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), 10) == 0
        assert not link.is_symlink()
        assert process.stderr is not None
        assert await process.stderr.read() == b""


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], "name at least one --machine"),
        (["--machine", "lapis"], "lapis: no such machine sheet"),
        (["--machine", "lapis_laminator:usb"], "lapis_laminator is reached over one of pty, tcp, rfc2217, not 'usb'"),
        (["--machine", "laminator:pty"], r"laminator has no \[bytes\]"),
        (["--machine", "lapis_laminator:tcp:70000"], "is not tcp"),
        (["--machine", "a=lapis_laminator", "--machine", "a=lapis_laminator"], "two machines are named 'a'"),
        (["--machine", "lapis_laminator", "--rate", "0"], "--rate"),
    ],
)
def test_bad_options_are_named_in_one_line(
    options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    assert main(options) == 2
    told = capsys.readouterr().err
    assert re.search(complaint, told)
    assert told.count("\n") == 1


def test_a_port_that_cannot_be_had_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        assert main(["--machine", f"lapis_laminator:tcp:{port}"]) == 1
    assert f"127.0.0.1 port {port}: " in capsys.readouterr().err


# -- the documentation


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


class Place:
    """Where the documentation's ports and paths are on this machine."""

    def __init__(self, tmp_path: Path) -> None:
        ports = iter([free_port(), free_port()])
        self._here = {"9100": str(next(ports)), "4001": str(next(ports)), "/tmp/lapis": str(tmp_path / "lapis")}

    def put(self, text: str) -> str:
        for there, here in self._here.items():
            text = re.sub(rf"{there}\b", here, text)
        return text.replace("python -", f"{sys.executable} -W ignore::DeprecationWarning -")


def transcript(text: str) -> Iterator[tuple[str, str]]:
    """Every command of a console block with what it printed."""
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = block.partition("\n")
        yield command, printed


async def printed_by(command: str) -> str:
    process = await asyncio.create_subprocess_shell(command, stdout=PIPE)
    return (await asyncio.wait_for(process.communicate(), 20))[0].decode()


@pytest.mark.skipif(sys.platform == "win32", reason="the section begins with a pty")
async def test_the_documentation_s_transcripts_are_true(root: Path, tmp_path: Path) -> None:
    """The section's commands and orders, in its order, print what it says; `...` stands for the rest of a line."""
    page = (root / "docs" / "simulators.md").read_text()
    section = page.partition("## Machines on serial lines and TCP ports\n")[2].partition("\n## ")[0]
    place = Place(tmp_path)
    (_, start), *rest = BLOCK.findall(section)
    ((command, announced),) = transcript(start)
    assert command.startswith(f"python -m {MODULE} ")
    options = place.put(command).partition(f"{MODULE} ")[2].split()
    tried = 0
    async with device(*options) as process:
        for expected in place.put(announced).splitlines():
            assert (await line(process)).startswith(expected.removesuffix("..."))
        for kind, text in rest:
            if kind == "json":
                words, answer = text.splitlines()
                told = await order(process, words)
                assert told | {"at": 0} == json.loads(answer) | {"at": 0}
                tried += 1
                continue
            for command, printed in transcript(text):
                assert await printed_by(place.put(command)) == printed, command
                tried += 1
    assert tried >= 7
