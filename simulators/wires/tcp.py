"""A machine behind a TCP port: its own, as label printers have at 9100, or that of a serial device server.

Most device servers have room for one client. The second is kept waiting until the first has gone, or is thrown out at
once; a monitor that forgets to hang up locks the production computer out that way. Which it is can be chosen.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import NamedTuple, Protocol

from fleetmon.simulators.sheets.interfaces import Line

from .conversation import MOST_WAITING, Conversation, Voice

_MOST_HELD = 16


class Second(StrEnum):
    """What becomes of a client that comes while another is there: heard too, kept waiting, or thrown out."""

    SHARED = "shared"
    HELD = "held"
    REFUSED = "refused"


class Heard(NamedTuple):
    """What octets from the network come to: `octets` for the machine, an `answer` to the client, and whether what is
    still on its way to the client is to be forgotten."""

    octets: bytes
    answer: bytes = b""
    purged: bool = False


class Coding(Protocol):
    """How octets of the machine travel inside one TCP connection."""

    def arriving(self, octets: bytes) -> Heard:
        """Octets that came from the client."""
        ...

    def leaving(self, octets: bytes) -> bytes:
        """The machine's octets as they go to the client."""
        ...


class Plain:
    """The octets as they are."""

    def arriving(self, octets: bytes) -> Heard:
        return Heard(octets)

    def leaving(self, octets: bytes) -> bytes:
        return octets


@asynccontextmanager
async def open_tcp(
    voice: Voice,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    second: Second = Second.HELD,
    coding: Callable[[], Coding] = Plain,
    line: Line | None = None,
) -> AsyncIterator[int]:
    """Serve the voice on a TCP port; yields the port. Raises OSError when it cannot be had.

    `line` is given where the octets still have a serial line to travel, behind a device server.
    """
    counter = _Counter(second)
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: _Client(voice, counter, coding(), line), host, port)
    except OSError as error:
        raise OSError(error.errno, f"{host} port {port}: {error.strerror}") from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        counter.close()
        await asyncio.sleep(0)  # the sockets are closed in the loop's next turn; whoever leaves may want the port


class _Counter:
    """Who is being served, and who waits for that."""

    def __init__(self, second: Second) -> None:
        self._second = second
        self._served: list[_Client] = []
        self._held: deque[_Client] = deque()

    def come(self, client: "_Client") -> None:
        if not self._served or self._second is Second.SHARED:
            self._serve(client)
        elif self._second is Second.HELD and len(self._held) < _MOST_HELD:
            self._held.append(client)
        else:
            client.throw_out()

    def go(self, client: "_Client") -> None:
        if client in self._held:
            self._held.remove(client)
        if client in self._served:
            self._served.remove(client)
            if self._held and not self._served:
                self._serve(self._held.popleft())

    def close(self) -> None:
        self._held, leaving = deque(), [*self._served, *self._held]
        for client in leaving:
            client.throw_out()

    def _serve(self, client: "_Client") -> None:
        self._served.append(client)
        client.begin()


class _Client(asyncio.Protocol):
    _transport: asyncio.Transport

    def __init__(self, voice: Voice, counter: _Counter, coding: Coding, line: Line | None) -> None:
        self._voice, self._counter, self._coding, self._line = voice, counter, coding, line
        self._talk: Conversation | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.pause_reading()  # a client that is kept waiting talks to nobody
        self._counter.come(self)

    def begin(self) -> None:
        self._talk = Conversation(self._voice, self._send, self._transport.close, self._line)
        self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        assert self._talk is not None
        heard = self._coding.arriving(data)
        if heard.answer:
            self._transport.write(heard.answer)
        if heard.purged:
            self._talk.forget()
        if heard.octets:
            self._talk.hear(heard.octets)

    def eof_received(self) -> bool:
        assert self._talk is not None
        self._talk.leave()
        return True  # a client that has asked and only listens now still gets its answer

    def connection_lost(self, exc: Exception | None) -> None:
        if self._talk is not None:
            self._talk.end()
        self._counter.go(self)

    def throw_out(self) -> None:
        """With a reset: whoever reads or writes next is told that there is nobody."""
        sock: socket.socket = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _send(self, octets: bytes) -> None:
        if self._transport.get_write_buffer_size() < MOST_WAITING:
            self._transport.write(self._coding.leaving(octets))
