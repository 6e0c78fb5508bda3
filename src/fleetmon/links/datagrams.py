"""UDP sockets, one for each address family that is needed, from which all datagrams are read in one go.

A socket per machine would cost a file descriptor and a wake-up each; here the answers to a slot's worth of requests are
read at once. They are read by the loop's reader callback and not through a DatagramProtocol: errors of sending are then
raised where the request is, and a burst is read without one turn of the loop per datagram.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from fleetmon.errors import LinkError
from fleetmon.links.host import Endpoint, SocketAddress

_RECEIVE_BUFFER: Final = 4 * 1024 * 1024  # a second of answers from a large fleet; the system may grant less
_READS_PER_TURN: Final = 256  # so that a flood cannot keep the loop for itself


class Datagrams:
    """`arrived` is called with each datagram and its sender: at once, or, if not `at_once`, when `read` is called.

    Needs a running loop from the first `send` on.
    """

    def __init__(self, arrived: Callable[[bytes, SocketAddress], None], *, at_once: bool = True) -> None:
        self._arrived = arrived
        self._at_once = at_once
        self._sockets: dict[int, socket.socket] = {}
        self._buffer = memoryview(bytearray(65_536))
        self.closed = False

    def send(self, to: Endpoint, message: bytes) -> None:
        """Send, or lose it as the network may. Raises LinkError where it cannot be sent at all."""
        try:
            (self._sockets.get(to.family) or self._open(to.family)).sendto(message, to.address)
        except BlockingIOError:
            pass  # the system's buffer is full: as good as lost on the way, and sent again like it
        except OSError as error:
            raise LinkError(
                f"cannot send to {to.address[0]}: {error.strerror}; is this computer's network up?"
            ) from error

    def read(self) -> None:
        """Hand over what has come."""
        for sock in self._sockets.values():
            self._readable(sock)

    def close(self) -> None:
        """Neither send nor listen any more."""
        self.closed = True
        for sock in self._sockets.values():
            if self._at_once:
                asyncio.get_running_loop().remove_reader(sock.fileno())
            sock.close()
        self._sockets.clear()

    def _open(self, family: int) -> socket.socket:
        if self.closed:
            raise RuntimeError("the SNMP socket was closed")
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if self._at_once:
            asyncio.get_running_loop().add_reader(sock.fileno(), self._readable, sock)
        self._sockets[family] = sock
        return sock

    def _readable(self, sock: socket.socket) -> None:
        for _ in range(_READS_PER_TURN):
            try:
                size, sender = sock.recvfrom_into(self._buffer)
            except OSError:  # nothing left, or an ICMP message about a machine that is not there
                return
            self._arrived(bytes(self._buffer[:size]), peer(sender))


def peer(address: SocketAddress) -> SocketAddress:
    """The address as a key: the flow label of IPv6 says nothing about who it is."""
    return address if len(address) == 2 else (address[0].partition("%")[0], address[1], 0, address[3])
