"""A scripted machine on a loopback TCP socket or a pseudo-terminal, in a thread of its own.

It shares nothing with fleetmon: no framing, no event loop, no simulator. What arrives is handed to the machine as it
arrives, and the machine says what it sends and what it still waits for.
"""

import os
import pty
import selectors
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Machine(Protocol):
    """A machine of a manual. `harmed` lists what it was told that its manual does not count among the questions."""

    harmed: list[bytes]

    def hear(self, heard: bytes) -> tuple[list[bytes], bytes]:
        """The pieces it sends after all that it has heard, and what of it is not yet a whole request."""


class _Outlet:
    """One file descriptor and what has been heard on it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.heard = b""

    def serve(self, machine: Machine) -> bool:
        """Reads once and answers; False at the end of the line."""
        try:
            octets = os.read(self.descriptor, 4096)
        except OSError:
            return False
        if not octets:
            return False
        pieces, self.heard = machine.hear(self.heard + octets)
        for piece in pieces:
            os.write(self.descriptor, piece)
        return True


def _run(machine: Machine, watched: selectors.DefaultSelector, door: socket.socket | None, stop: int) -> None:
    callers: dict[int, socket.socket] = {}
    while True:
        for key, _ in watched.select():
            if key.fileobj == stop:
                for caller in callers.values():
                    caller.close()
                return
            if door is not None and key.fileobj is door:
                caller, _ = door.accept()
                callers[caller.fileno()] = caller
                watched.register(caller.fileno(), selectors.EVENT_READ, _Outlet(caller.fileno()))
            elif not key.data.serve(machine):
                watched.unregister(key.fileobj)
                if key.fd in callers:
                    callers.pop(key.fd).close()


@contextmanager
def _thread(machine: Machine, watched: selectors.DefaultSelector, door: socket.socket | None) -> Iterator[None]:
    ending, end = os.pipe()
    watched.register(ending, selectors.EVENT_READ)
    thread = threading.Thread(target=_run, args=(machine, watched, door, ending))
    thread.start()
    try:
        yield
    finally:
        os.write(end, b"x")
        thread.join()
        watched.close()
        os.close(ending)
        os.close(end)


@contextmanager
def on_tcp(machine: Machine) -> Iterator[tuple[str, int]]:
    """The machine on a free port of the loopback interface: its host and port."""
    with selectors.DefaultSelector() as watched, socket.create_server(("127.0.0.1", 0)) as door:
        watched.register(door, selectors.EVENT_READ)
        with _thread(machine, watched, door):
            yield "127.0.0.1", door.getsockname()[1]


@contextmanager
def on_a_pty(machine: Machine) -> Iterator[str]:
    """The machine on a pseudo-terminal: the path of its serial port."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    try:
        with selectors.DefaultSelector() as watched:
            watched.register(ours, selectors.EVENT_READ, _Outlet(ours))
            with _thread(machine, watched, None):
                yield os.ttyname(theirs)
    finally:
        os.close(theirs)
        os.close(ours)
