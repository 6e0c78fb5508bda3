"""A machine on a pseudo-terminal: to the client it is a serial port. Unix only.

The client's side is kept open here too, because a pty whose last client left reports errors until the next one comes;
so clients may open and close it as often as they like. It starts raw and without echo at the machine's own speed. A
client that sets another speed hears, and is heard as, what it would on a real line; parity and character size cannot
be seen through a pty and count as right. What nobody reads stays for the next client, who flushes it as serial
libraries do when they open a port.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from fleetmon.simulators.sheets.interfaces import Line

from .conversation import MOST_WAITING, Conversation, Voice
from .uart import as_heard

_AT_ONCE = 4096
_SPEED = 4  # where termios keeps what the terminal's side receives at


@asynccontextmanager
async def open_pty(voice: Voice, link: Path | None = None) -> AsyncIterator[str]:
    """Serve the voice on a new pty; yields its path, or `link` if one is wanted, a symbolic link to it.

    Raises OSError where there are no ptys, or the link's place is taken by anything but a link to a pty or to nowhere.
    """
    if not hasattr(os, "openpty"):
        raise OSError("this system has no ptys; use tcp or rfc2217")
    master, slave = _raw_pty(voice.line)
    try:
        with _linked(link, os.ttyname(slave)) as path:
            port = _Port(voice, master, slave)
            try:
                yield path
            finally:
                port.close()
    finally:
        os.close(master)
        os.close(slave)


def _raw_pty(line: Line) -> tuple[int, int]:
    import termios
    import tty

    master, slave = os.openpty()
    os.set_blocking(master, False)
    tty.setraw(slave)
    settings = termios.tcgetattr(slave)
    settings[_SPEED] = settings[_SPEED + 1] = getattr(termios, f"B{line.baud}", settings[_SPEED])
    termios.tcsetattr(slave, termios.TCSANOW, settings)
    return master, slave


def _speed(slave: int, line: Line) -> int:
    """The baud rate the client has set; the line's own if it has no name here."""
    import termios

    return _bauds().get(termios.tcgetattr(slave)[_SPEED], 0) or line.baud


@cache
def _bauds() -> dict[int, int]:
    """termios' constants B50, B75, ... -> the baud rates they stand for."""
    import termios

    names = (name for name in dir(termios) if name.startswith("B") and name[1:].isdigit())
    return {getattr(termios, name): int(name[1:]) for name in names}


@contextmanager
def _linked(link: Path | None, target: str) -> Iterator[str]:
    if link is None:
        yield target
        return
    if link.exists() and not _is_pty(link):  # it may be a real machine's name
        there = f"leads to {link.readlink()}" if link.is_symlink() else "is no symbolic link"
        raise FileExistsError(f"{link} is there and {there}; choose another path, or remove it if nobody uses it")
    unfinished = link.with_name(f"{link.name}.{os.getpid()}")
    unfinished.symlink_to(target)
    unfinished.replace(link)
    try:
        yield str(link)
    finally:
        if link.is_symlink() and str(link.readlink()) == target:
            link.unlink()


def _is_pty(link: Path) -> bool:
    """Whether a link leads to a pty, as those do that a killed simulator left; the number may be another's now."""
    return link.is_symlink() and str(link.readlink()).startswith("/dev/pts/")


class _Port:
    """The machine's side of the pty."""

    def __init__(self, voice: Voice, master: int, slave: int) -> None:
        self._line, self._master, self._slave = voice.line, master, slave
        self._loop = asyncio.get_running_loop()
        self._unsent = bytearray()
        self._talk = Conversation(voice, self._send, self._unsent.clear, voice.line)
        self._loop.add_reader(master, self._read)

    def close(self) -> None:
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        self._talk.end()

    def _read(self) -> None:
        try:
            octets = os.read(self._master, _AT_ONCE)
        except BlockingIOError:
            return
        self._talk.hear(as_heard(octets, self._client(), self._line))

    def _client(self) -> Line:
        return replace(self._line, baud=_speed(self._slave, self._line))

    def _send(self, octets: bytes) -> None:
        self._unsent += as_heard(octets, self._line, self._client())
        del self._unsent[MOST_WAITING:]
        self._write()

    def _write(self) -> None:
        """A pty takes some 4 KiB until somebody reads."""
        try:
            written = os.write(self._master, self._unsent) if self._unsent else 0
        except BlockingIOError:
            written = 0
        del self._unsent[:written]
        if self._unsent:
            self._loop.add_writer(self._master, self._write)
        else:
            self._loop.remove_writer(self._master)
