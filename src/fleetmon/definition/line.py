"""Drivers of machines on a line of bytes: a serial port, a device server, a TCP socket.

`[line]` says how the line is set and how frames are cut, `[read]` what is asked and which fields the replies hold; what
the fields mean is said as for every other machine. A request must be on the allow-list of its `protocol`, or the driver
must name the page of the manual that calls it harmless: a monitor never changes anything on a machine.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from fleetmon.definition.base import Definition
from fleetmon.definition.exchange import Exchange
from fleetmon.definition.fields import MeansFields
from fleetmon.definition.framing import NAMED, Delimited, Framing
from fleetmon.definition.queries import PROTOCOLS, allowed
from fleetmon.definition.words import Octets, Seconds, SomeOctets, Strict, Whole, Word
from fleetmon.model.plan import Handshake, Parity


class Nack(Strict):
    """A refusal in place of a reply: `start`, then `length` octets of code, which become the field `field`: as text,
    as a number (`unsigned`), or as its hexadecimal digits."""

    start: SomeOctets = b"\x15"
    length: Annotated[Whole, Field(ge=0, le=16)] = 1
    field: Word = "nack"
    form: Literal["text", "unsigned", "hex"] = "text"


class Line(Strict):
    """`[line]`: the defaults of the line, which a source of the settings may override, and the framing of replies.

    `request_framing` wraps requests (None: they are sent as they are written), `request_end` follows them. `pause` is
    left between two requests. With `connect = "each-poll"` a network connection is closed after every poll, for device
    servers that serve one client only; `each-request` closes it after every request. With `echo` the machine sends our
    own request back first. `unit` is the default of {unit}.
    """

    baud: Annotated[Whole, Field(ge=50, le=4_000_000)] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Parity = Parity.NONE
    stop_bits: Literal[1, 2] = 1
    handshake: Handshake = Handshake.NONE
    framing: Framing = Field(default_factory=lambda: Delimited.model_validate(NAMED["line"]))
    request_framing: Framing | None = None
    request_end: Octets = b""
    nack: Nack | None = None
    echo: bool = False
    timeout: Seconds = 2.0
    pause: Seconds | None = None
    connect: Literal["keep", "each-poll", "each-request"] = "keep"
    unit: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$")] | None = None


class LineDefinition(MeansFields, Definition):
    """A driver of machines on a line of bytes."""

    link: Literal["serial"]
    protocol: str | None = None
    line: Line = Line()
    read: Annotated[dict[Word, Exchange], Field(min_length=1)]

    @field_validator("protocol")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None and value not in PROTOCOLS:
            raise ValueError(f'"{value}" has no allow-list of requests; there are {", ".join(sorted(PROTOCOLS))}')
        return value

    @model_validator(mode="after")
    def _only_reads(self) -> Self:
        for name, exchange in self.read.items():
            if exchange.read_only is None and not allowed(self.protocol, exchange.ask):
                listed = (
                    f"the allow-list of {self.protocol}" if self.protocol else "any allow-list: there is no protocol"
                )
                raise ValueError(
                    f"read.{name}: this request is not on {listed}; if the manual says that it changes nothing, "
                    f'name the page: read_only = "manual p. 12"'
                )
        return self

    @property
    def known_fields(self) -> frozenset[str]:
        """Everything that is read."""
        nack = {self.line.nack.field} if self.line.nack else set()
        return frozenset({name for each in self.read.values() for name in each.names} | nack)
