"""A serial port at a device server whose clients set the line themselves: RFC 2217 over TCP.

The server's settings are made ours at every opening and must be confirmed; so a machine cannot be heard as garbage
because somebody changed them meanwhile. DTR and RTS are never touched: what the server does with them when a client
comes is its own affair. At every opening the octets are purged that it kept from before.

pyserial has a client of its own, which needs two threads a port, waits in steps of 50 ms, forgets a thread that dies,
raises DTR and RTS, and keeps whatever a hostile server sends for ever; there it is a peer for our tests.
"""

import asyncio
from typing import Final

from fleetmon.errors import LinkError
from fleetmon.links.serial import telnet
from fleetmon.links.serial.port import LineSettings
from fleetmon.links.serial.tcp import TcpPort
from fleetmon.links.serial.telnet import Telnet, Told
from fleetmon.model.words import Silence

_NAMES: Final = {
    telnet.SET_BAUD: "the baud rate",
    telnet.SET_DATA: "the data bits",
    telnet.SET_PARITY: "the parity",
    telnet.SET_STOP: "the stop bits",
}


class Rfc2217Port:
    """One port of one device server."""

    is_network = True
    has_line = True

    def __init__(self, host: str, port: int) -> None:
        self._tcp = TcpPort(host, port)
        self._telnet = Telnet()

    def __str__(self) -> str:
        return str(self._tcp)

    @property
    def is_open(self) -> bool:
        """Whether there is a connection that was not ended by the other side."""
        return self._tcp.is_open

    async def open(self, line: LineSettings, timeout_s: float) -> None:
        """Connect, set the line, purge. As for TCP; REFUSED where the server is none or will not have the settings."""
        self._telnet = Telnet()
        await self._tcp.open(line, timeout_s)
        try:
            async with asyncio.timeout(timeout_s):
                await self._negotiate(line)
        except TimeoutError:
            self.close()
            text = "does not speak as an RFC 2217 server does; if it passes octets on as they are, write tcp://"
            raise LinkError(f"{self} {text}", Silence.TIMEOUT) from None
        except LinkError:
            self.close()
            raise

    async def write(self, octets: bytes) -> None:
        """Send octets to the machine."""
        self._tcp.send(telnet.escaped(octets))

    def half_close(self) -> None:
        """A line has no such thing, and the server needs our half."""

    async def read(self) -> bytes:
        """Octets of the line; what the server says on its own account is answered in passing."""
        while octets := await self._tcp.read():
            if data := self._told(octets).data:
                return data
        return b""

    def drain(self) -> int:
        """Throw away what has come for us; the server gets its answers all the same."""
        return len(self._told(self._tcp.take()).data)

    def close(self) -> None:
        """At once."""
        self._tcp.close()

    async def _negotiate(self, line: LineSettings) -> None:
        self._tcp.send(telnet.opening())
        agreed = False
        while not agreed:
            told = self._told(await self._some())
            if told.takes_com_port is False:
                raise LinkError(f"{self} is no RFC 2217 server: write tcp:// if it passes octets on", Silence.REFUSED)
            agreed = bool(told.takes_com_port)
        wanted = {**telnet.settings(line), telnet.PURGE: telnet.PURGE_RECEIVED}
        self._tcp.send(b"".join(telnet.command(number, value) for number, value in wanted.items()))
        del wanted[telnet.PURGE], wanted[telnet.SET_CONTROL]  # some servers do these without a word
        while wanted:
            told = self._told(await self._some())
            for number, value in told.confirmed:
                if number in wanted and value != wanted.pop(number):
                    text = f"will not set {_NAMES[number]} of {line}; it keeps {int.from_bytes(value, 'big')}"
                    raise LinkError(f"{self} {text}", Silence.REFUSED)

    async def _some(self) -> bytes:
        if octets := await self._tcp.read():
            return octets
        raise LinkError(f"{self} hung up on us: does somebody else have the port?", Silence.BUSY)

    def _told(self, octets: bytes) -> Told:
        told = self._telnet.feed(octets)
        if told.answer:
            self._tcp.send(told.answer)
        return told
