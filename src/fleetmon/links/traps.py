"""Machines that call: a datagram from a known machine's address hastens its poll, whatever is in it.

Nothing is parsed or believed. So nobody needs to prove who sent a trap, a forged one costs one poll at most, and what
is told is always what the machine answers when it is asked. A trap that is lost costs nothing but the time to the next
poll.

A flood must cost nothing either: datagrams are taken without their content, a few at a time with a pause in between,
and what does not fit into the system's buffer meanwhile is dropped there. No datagram is worth a line in the log.
"""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from fleetmon.errors import LinkError
from fleetmon.links.host import plain

Hasten: TypeAlias = Callable[[str], bool]
"""Takes an IP address; says whether a machine is known there."""

_READS_PER_TURN: Final = 64
_PAUSE_S: Final = 0.05  # with the above: at most 1 280 datagrams a second are looked at, and a trap waits no longer


class TrapSocket:
    """Listens until closed; `heard` and `strangers` count what came from known addresses and from others."""

    def __init__(self, sockets: Iterable[socket.socket], hasten: Hasten) -> None:
        """Takes the sockets over. Needs a running loop."""
        self._sockets = list(sockets)
        self._hasten = hasten
        self._loop = asyncio.get_running_loop()
        self._pauses: dict[int, asyncio.TimerHandle] = {}
        self.heard = 0
        self.strangers = 0
        for sock in self._sockets:
            sock.setblocking(False)
            self._listen(sock)

    def close(self) -> None:
        """Stop listening."""
        for timer in self._pauses.values():
            timer.cancel()
        for sock in self._sockets:
            self._loop.remove_reader(sock.fileno())
            sock.close()
        self._sockets.clear()

    def _listen(self, sock: socket.socket) -> None:
        self._pauses.pop(sock.fileno(), None)
        self._loop.add_reader(sock.fileno(), self._readable, sock)

    def _readable(self, sock: socket.socket) -> None:
        for _ in range(_READS_PER_TURN):
            try:
                _, sender = sock.recvfrom(1)
            except OSError:  # nothing left
                break
            self._arrived(str(sender[0]))
        self._loop.remove_reader(sock.fileno())
        self._pauses[sock.fileno()] = self._loop.call_later(_PAUSE_S, self._listen, sock)

    def _arrived(self, sender: str) -> None:
        if self._hasten(plain(sender)):
            self.heard += 1
        else:
            self.strangers += 1


def bound(host: str, port: int) -> socket.socket:
    """A socket for traps at an address of this computer, or at all for "". LinkError says why there is none."""
    where = f"{host or 'all addresses'} port {port}"
    try:
        return _dual_stack(port) if not host else _at(host, port)
    except OSError as error:
        hints = {
            errno.EADDRINUSE: "another program has it, see ss -ulpn",
            errno.EACCES: "ports below 1024 need a socket unit of systemd",
        }
        hint = hints.get(error.errno or 0)
        text = f"traps cannot be awaited at {where}: {error.strerror}"
        raise LinkError(f"{text}; {hint}" if hint else text) from None


def _at(host: str, port: int) -> socket.socket:
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    return _opened(family, address)


def _dual_stack(port: int) -> socket.socket:
    """IPv6 and with it IPv4; IPv4 alone where the computer has nothing else."""
    try:
        return _opened(socket.AF_INET6, ("", port))
    except OSError as error:
        if error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
            return _opened(socket.AF_INET, ("", port))
        raise


def _opened(family: int, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock
