"""Octets over TCP: a machine's own port, or that of a serial device server that passes them on as they are.

Most device servers have room for one client and throw the second out at once, with or without a word: a connection that
ends before a single octet came is *busy*, not gone. Octets that nobody takes are bounded: beyond that the other end has
to wait.
"""

import asyncio
import errno
import socket
from contextlib import suppress
from typing import Final

from fleetmon.errors import LinkError
from fleetmon.links.host import Endpoint, Host
from fleetmon.links.serial.port import LineSettings
from fleetmon.model.words import Silence

MOST_WAITING: Final = 65536


class TcpPort:
    """One TCP port of one host; a connection at a time."""

    is_network = True
    has_line = False

    def __init__(self, host: str, port: int) -> None:
        self._host = Host(host, port)
        self._connection: _Connection | None = None

    def __str__(self) -> str:
        return str(self._host)

    @property
    def is_open(self) -> bool:
        """Whether there is a connection that was not ended by the other side."""
        return self._connection is not None and not self._connection.ended

    async def open(self, line: LineSettings, timeout_s: float) -> None:
        """Connect. REFUSED where nobody listens, BUSY where somebody says so, TIMEOUT where nobody is."""
        self.close()
        endpoint = await self._host.endpoint(timeout_s)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                _, self._connection = await loop.create_connection(
                    _Connection, _with_scope(endpoint), endpoint.address[1], family=endpoint.family
                )
        except TimeoutError:
            raise self._failed(f"no connection to {self} within {timeout_s:g} s", Silence.TIMEOUT) from None
        except OSError as error:
            raise self._failed(*_refusal(str(self), error)) from None

    async def write(self, octets: bytes) -> None:
        """Hand the octets to the connection; that it is broken is said by the next `read`."""
        self.send(octets)

    def send(self, octets: bytes) -> None:
        """The same, for whoever cannot wait."""
        self._open_one.transport.write(octets)

    def half_close(self) -> None:
        """End our half of the connection."""
        transport = self._open_one.transport
        if transport.can_write_eof():
            with suppress(OSError):  # the other end was quicker, which is said by the next `read`
                transport.write_eof()

    async def read(self) -> bytes:
        """What has come; b"" at the end of an answer that the other side ends. BUSY where nothing ever came, PORT_GONE
        where the connection broke: what came before that may be half of something."""
        connection = self._open_one
        octets = await connection.read()
        if octets:
            return octets
        if connection.broken and connection.heard:
            raise self._failed(f"{self} broke off the connection", Silence.PORT_GONE)
        if connection.heard:
            return b""
        text = f"{self} hung up without a word: does somebody else have the port?"
        raise self._failed(text, Silence.BUSY)

    def drain(self) -> int:
        """Throw away what has come."""
        return len(self.take())

    def take(self) -> bytes:
        """What has come so far, without waiting."""
        return self._open_one.take()

    def close(self) -> None:
        """At once, and without waiting for anything."""
        if self._connection is not None:
            self._connection.transport.abort()
            self._connection = None

    @property
    def _open_one(self) -> "_Connection":
        if self._connection is None:
            raise LinkError(f"{self}: not connected", Silence.PORT_GONE)
        return self._connection

    def _failed(self, text: str, why: Silence) -> LinkError:
        self.close()
        self._host.failed()
        return LinkError(text, why)


class _Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self) -> None:
        self.ended = self.heard = self.broken = False
        self._came = bytearray()
        self._waiting: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        # A device server that was switched off must not look like a silent machine for ever.
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        self.heard = True
        self._came += data
        if len(self._came) > MOST_WAITING:
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self.ended = True
        self._wake()
        return True  # it is closed by us, when what came has been read

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.broken = exc is not None
        self._wake()

    async def read(self) -> bytes:
        """Wait for octets; b"" when none will come any more."""
        if not self._came and not self.ended:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        return self.take()

    def take(self) -> bytes:
        """All that came."""
        octets = bytes(self._came)
        if len(octets) > MOST_WAITING and not self.transport.is_closing():
            self.transport.resume_reading()
        self._came.clear()
        return octets

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def _with_scope(endpoint: Endpoint) -> str:
    """The address, and the network card that leads to it where it is a local one of IPv6 (RFC 4007 section 11)."""
    host, _, *more = endpoint.address
    return f"{host}%{more[1]}" if more and more[1] else str(host)


def _refusal(about: str, error: OSError) -> tuple[str, Silence]:
    if isinstance(error, ConnectionRefusedError):
        return f"{about}: nobody listens there: is it switched on, is the port right?", Silence.REFUSED
    if isinstance(error, ConnectionResetError | ConnectionAbortedError):
        return f"{about} threw us out: does somebody else have the port?", Silence.BUSY
    if error.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
        return f"{about}: there is no way to it: is it switched on, is the network up?", Silence.TIMEOUT
    return f"{about}: {error.strerror or error}", Silence.TIMEOUT
