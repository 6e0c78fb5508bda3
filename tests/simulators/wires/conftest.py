"""Machines to put on a wire, and strangers to talk to them: pyserial, which knows nothing of how they are made."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import serial
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.outlet import Reach, parse_outlet

Served = Callable[..., AbstractAsyncContextManager[list[Reach]]]
Talk = Callable[..., Awaitable[bytes]]


@pytest.fixture
def lapis() -> Machine:
    """A laminator with a serial port; it has nothing to do."""
    return Machine(load_sheet("lapis_laminator"))


@pytest.fixture
def zebra() -> Machine:
    """A label printer; it has nothing to do."""
    return Machine(load_sheet("zebra_label_printer"))


@pytest.fixture
def served() -> Served:
    """`async with served(machine, "tcp:0:held") as [reach]`."""

    def serve(machine: Machine, outlet: str) -> AbstractAsyncContextManager[list[Reach]]:
        return serve_bytes(machine, outlets=[parse_outlet(outlet)])

    return serve


def ask(url: str, *requests: bytes, baud: int = 9600, end: bytes = b"", timeout: float = 5.0) -> bytes:
    """All that pyserial reads after the requests, up to and with `end`; without `end`, what comes until the timeout."""
    with serial.serial_for_url(url, baudrate=baud, timeout=timeout) as port:
        for request in requests:
            port.write(request)
        return bytes(port.read_until(end) if end else port.read(10_000))


@pytest.fixture
def talk() -> Talk:
    """`await talk(url, b"~HI", end=b"\\n")`: pyserial blocks, so it does so in a thread."""

    async def in_a_thread(url: str, *requests: bytes, **how: object) -> bytes:
        return await asyncio.to_thread(ask, url, *requests, **how)  # type: ignore[arg-type]

    return in_a_thread
