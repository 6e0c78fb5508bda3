"""`python -m fleetmon.simulators.modbus_device` as another process sees it."""

import asyncio
import json
import re
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest
from fleetmon.simulators.modbus_device import main

MODULE = "fleetmon.simulators.modbus_device"
DEADLINE = 30


@asynccontextmanager
async def device(options: list[str]) -> AsyncIterator[Process]:
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
    return (await asyncio.wait_for(process.stdout.readline(), DEADLINE)).decode()


async def test_it_ends_with_its_parent() -> None:
    """It names its units; when stdin is closed it ends without a word."""
    async with device(["--unit", "omron_heater", "--unit", "signal_tower:7", "--until-stdin-closes"]) as process:
        told = json.loads(await line(process))
        assert (told["bus"], told["units"]) == ("tcp", {"1": "omron_heater", "7": "signal_tower"})
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), DEADLINE) == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], "name at least one --unit"),
        (["--unit", "laminator"], r"laminator has no \[modbus\]"),
        (["--unit", "omron_heater:300"], "unit 300 is above 247"),
        (["--unit", "omron_heater@lam1"], "no machine is named 'lam1'"),
        (["--unit", "omron_heater", "--unit", "omron_heater"], "unit 1 is on the bus twice"),
        (["--unit", "a=omron_heater", "--unit", "a=signal_tower"], "two machines are named 'a'"),
        (["--unit", "omron_heater", "--machine", "laminator"], "is not NAME=SHEET"),
        (["--unit", "omron_heater", "--rtu", "udp"], "a machine is reached over one of"),
        (["--unit", "omron_heater", "--rate", "0"], "--rate"),
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
        assert main(["--unit", "omron_heater", "--tcp", str(port)]) == 1
    assert f"127.0.0.1 port {port}: " in capsys.readouterr().err
