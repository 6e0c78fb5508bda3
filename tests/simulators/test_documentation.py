"""What docs/simulators.md shows of Modbus units and of more byte machines: done here as it stands there."""

import asyncio
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

BLOCK = re.compile(r"```(console|json)\n(.*?)```", re.DOTALL)
TIMELESS = re.compile(r'"at": [\d.]+')
DEADLINE = 30


@asynccontextmanager
async def started(command: str) -> AsyncIterator[Process]:
    """The command in the background; killed at the end."""
    process = await asyncio.create_subprocess_exec(*command.split(), stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


async def line(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), DEADLINE)).decode()


async def order(process: Process, words: str) -> str:
    assert process.stdin is not None
    process.stdin.write(words.encode() + b"\n")
    return await line(process)


async def printed_by(command: str) -> str:
    process = await asyncio.create_subprocess_shell(command, stdout=PIPE, start_new_session=True)
    try:
        return (await asyncio.wait_for(process.communicate(), DEADLINE))[0].decode()
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)  # the shell and whatever it still waits for
        raise


def transcript(text: str) -> Iterator[tuple[str, str]]:
    """Every command of a console block with what it printed."""
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = block.partition("\n")
        yield command, printed


def free_port() -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return str(found.getsockname()[1])


def put(text: str, places: Mapping[str, str]) -> str:
    """The text with this test's ports, paths and Python in the place of the reader's."""
    for there, here in places.items():
        text = re.sub(rf"{there}\b", here, text)
    return re.sub(r"^python -", f"{sys.executable} -", text)


@pytest.mark.skipif(sys.platform == "win32", reason="a pty, bash and od are needed")
@pytest.mark.parametrize(
    ("title", "ports", "steps"),
    [
        ("Modbus machines", ("1502", "4002"), 7),
        ("Slip printers, lasers, card personalisers", ("9101", "9102", "18000"), 7),
    ],
)
async def test_the_documentation_s_transcripts_are_true(
    root: Path, tmp_path: Path, title: str, ports: tuple[str, ...], steps: int
) -> None:
    """A section's commands and orders, in its order, print what it says; `...` stands for the rest of a line."""
    page = (root / "docs" / "simulators.md").read_text()
    section = page.partition(f"## {title}\n")[2].partition("\n## ")[0]
    places = {port: free_port() for port in ports} | {"/tmp/bus": str(tmp_path / "bus")}
    (_, start), *rest = BLOCK.findall(section)
    ((command, announced),) = transcript(start)
    tried = 0
    async with started(put(command, places)) as process:
        for expected in put(announced, places).splitlines():
            assert (await line(process)).startswith(expected.removesuffix("..."))
        for kind, text in rest:
            if kind == "json":
                words, answer = text.splitlines()
                told = TIMELESS.sub("", await order(process, words))
                assert told.startswith(TIMELESS.sub("", answer).removesuffix("..."))
                tried += 1
            for command, printed in transcript(text) if kind == "console" else ():
                assert await printed_by(put(command, places)) == printed, command
                tried += 1
    assert tried == steps
