"""Machines on lines for commands that run in this thread: they live in another one."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp.rows import Source
from fleetmon.simulators.snmp_agent import serve
from fleetmon.simulators.wires.outlet import Reach, parse_outlet

T = TypeVar("T")
DEADLINE_S = 10.0
Says = Callable[[bytes], bytes]


@contextmanager
def simulated(sheet: str, outlet: str = "tcp") -> Iterator[Reach]:
    """A simulated machine with nothing to do, served until the block is left."""
    with _elsewhere(serve_bytes(Machine(load_sheet(sheet)), outlets=[parse_outlet(outlet)])) as reaches:
        yield reaches[0]


@contextmanager
def agent(machine: Machine | Source, host: str, port: int = 0) -> Iterator[int]:
    """A machine that answers SNMP there; yields its port."""
    with _elsewhere(serve(machine, host=host, ports=[port])) as ports:
        yield ports[0]


@contextmanager
def _elsewhere(served: AbstractAsyncContextManager[list[T]]) -> Iterator[list[T]]:
    """Enter an asynchronous block in a thread and a loop of its own."""
    there, loop, leave = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    yielded: list[T] = []

    async def stay() -> None:
        async with served as found:
            yielded.extend(found)
            there.set()
            await leave.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(stay()))
    thread.start()
    try:
        assert there.wait(DEADLINE_S)
        yield yielded
    finally:
        loop.call_soon_threadsafe(leave.set)
        thread.join(DEADLINE_S)
        loop.close()


@contextmanager
def peer(says: Says, greeting: bytes = b"") -> Iterator[str]:
    """A TCP port whose owner says `greeting`, then to whatever comes in one piece what `says` returns."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_answer, args=(server, says, greeting))
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(DEADLINE_S)


def _answer(server: socket.socket, says: Says, greeting: bytes) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        with client:
            client.settimeout(DEADLINE_S)
            try:
                client.sendall(greeting)
                while data := client.recv(4096):
                    client.sendall(says(data))
            except OSError:
                continue
