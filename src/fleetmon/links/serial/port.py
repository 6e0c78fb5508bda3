"""What a conversation needs of whatever carries its octets, and how a serial line is set."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from fleetmon.model.plan import Handshake, Parity

Connect: TypeAlias = Literal["keep", "each-poll", "each-request"]


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How the line itself is set; two machines on one port must agree on it."""

    baud: int = 9600
    data_bits: int = 8
    parity: Parity = Parity.NONE
    stop_bits: int = 1
    handshake: Handshake = Handshake.NONE

    @property
    def octet_s(self) -> float:
        """How long one octet takes: a start bit, its data, parity and stop bits."""
        return (1 + self.data_bits + (self.parity is not Parity.NONE) + self.stop_bits) / self.baud

    def __str__(self) -> str:
        shake = "" if self.handshake is Handshake.NONE else f" {self.handshake}"
        return f"{self.baud} {self.data_bits}{self.parity[0].upper()}{self.stop_bits}{shake}"


@dataclass(frozen=True, slots=True)
class PortSettings(LineSettings):
    """The line, and how one machine on it wants to be asked.

    With `connect` "each-poll" a network connection is closed after every turn, with "each-request" after every
    request. `pause_s` is left between two requests. `timeout_s` replaces what a request allows for its answer.
    """

    connect: Connect = "keep"
    pause_s: float = 0.0
    timeout_s: float | None = None

    @property
    def line(self) -> LineSettings:
        """The line alone."""
        return LineSettings(self.baud, self.data_bits, self.parity, self.stop_bits, self.handshake)


class Port(Protocol):
    """Something octets go through. It may be opened again after it was closed, by whatever stands at its place then.

    Whatever fails is a LinkError with the word for it, and leaves the port closed.
    """

    @property
    def is_network(self) -> bool:
        """Whether there is a connection that somebody else may want to have."""
        ...

    @property
    def has_line(self) -> bool:
        """Whether it is us who sets the line."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether octets can be sent as far as is known."""
        ...

    async def open(self, line: LineSettings, timeout_s: float) -> None:
        """Open it; no octet reaches the machine by that."""
        ...

    async def write(self, octets: bytes) -> None:
        """Send octets; returns when they are on their way."""
        ...

    def half_close(self) -> None:
        """Say that no more will be sent, where that can be said."""
        ...

    async def read(self) -> bytes:
        """Wait for octets; b"" when the other end hung up. LinkError PORT_GONE when the port vanished."""
        ...

    def drain(self) -> int:
        """Throw away what has come so far; how many octets it was."""
        ...

    def close(self) -> None:
        """Give it back; what was not sent is not sent any more."""
        ...
