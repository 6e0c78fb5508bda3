"""Drivers of machines on a line of bytes: a serial port, a device server, a TCP socket.

`[line]` says how the line is set and how frames are cut, `[read]` what is asked and which fields the replies hold; what
the fields mean is said as for every other machine. A request must be on the allow-list of its `protocol`, or the driver
must name the page of the manual that calls it harmless: a monitor never changes anything on a machine.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from fleetmon.definition.base import Definition
from fleetmon.definition.fields import MeansFields
from fleetmon.definition.framing import NAMED, Delimited, Framing
from fleetmon.definition.meanings import SilenceMeaning
from fleetmon.definition.queries import PROTOCOLS, allowed
from fleetmon.definition.words import (
    Octets,
    Order,
    Pace,
    Pattern,
    Seconds,
    SomeOctets,
    Strict,
    Whole,
    Word,
    compiled,
    octets,
)
from fleetmon.model.plan import Handshake, Parity

UNIT = "{unit}"
"""Stands in a request for what the settings call the machine on its line: a bus address, a device's name."""


class Nack(Strict):
    """A refusal in place of a reply: `start`, then `length` octets of code, which become the field `field`."""

    start: SomeOctets = b"\x15"
    length: Annotated[Whole, Field(ge=0, le=16)] = 1
    field: Word = "nack"


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


class Place(Strict):
    """Where a field stands in a binary reply: `size` octets from `at` (from the end, if negative) of frame `frame`."""

    at: Annotated[Whole, Field(ge=-4096, le=4095)]
    size: Annotated[Whole, Field(ge=1, le=64)] = 1
    form: Literal["unsigned", "signed", "float", "bcd", "text", "hex"] = "unsigned"
    order: Order = "big"
    frame: Annotated[Whole, Field(ge=0, le=63)] = 0


class Pairs(Strict):
    """`KEY=value` replies: `keys` names the field for each key; others are ignored. Quotes around values are taken off.

    Pairs end at `end` (any line end, if not given); the key ends at `sign`.
    """

    keys: Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], Word], Field(min_length=1)]
    sign: Annotated[str, Field(min_length=1, max_length=4)] = "="
    end: Annotated[str, Field(min_length=1, max_length=4)] | None = None


def _some(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Exchange(Strict):
    """One question and what its answer holds: exactly one of `reply`, `fields`, `pairs`, `layout`, `json`.

    `reply` are regular expressions whose named groups are fields, one for each frame, or one for all; each must fit its
    whole frame. `fields` are the names of the values between `separator`s, frame by frame ("_" for those of no
    interest). `json` are JSON Pointers (RFC 6901). `frames` is how many frames answer, or with `until` the most that
    may come before one fits that pattern. `optional` answers may be missing or refused: then their fields are unknown.
    """

    ELSEWHERE: ClassVar = {"send": "it is called ask", "query": "it is called ask", "regex": "it is called reply"}

    ask: str
    read_only: str | None = None
    framing: Framing | None = None
    frames: Annotated[Whole, Field(ge=1, le=64)] = 1
    until: Pattern | None = None
    pace: Pace = "fast"
    timeout: Seconds | None = None
    optional: bool = False
    silence: SilenceMeaning | None = None
    reply: Annotated[tuple[Pattern, ...], BeforeValidator(_some)] = ()
    fields: tuple[str, ...] | tuple[tuple[str, ...], ...] = ()
    separator: Annotated[str, Field(min_length=1, max_length=4)] = ","
    pairs: Pairs | None = None
    layout: dict[Word, Place] = Field({})
    json_: dict[Word, Annotated[str, Field(pattern="^(/.*)?$")]] = Field({}, alias="json")

    @field_validator("ask")
    @classmethod
    def _is_octets(cls, value: str) -> str:
        octets(value.replace(UNIT, "0"))
        return value

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [bool(each) for each in (self.reply, self.fields, self.pairs, self.layout, self.json_)]
        if sum(forms) != 1:
            said = "says nothing of the reply" if not any(forms) else "describes the reply in two ways"
            raise ValueError(f"{said}; give one of reply, fields, pairs, layout, json")
        if len(self.reply) not in (0, 1, self.frames):
            raise ValueError(
                f"has {len(self.reply)} patterns for {self.frames} frames; give one for each, or one for all"
            )
        return self

    @property
    def names(self) -> frozenset[str]:
        """The fields that the reply tells."""
        groups = {name for pattern in self.reply for name in compiled(pattern).groupindex}
        flat = {name for each in self.fields for name in ((each,) if isinstance(each, str) else each)} - {"_"}
        pairs = set(self.pairs.keys.values()) if self.pairs else set()
        return frozenset(groups | flat | pairs | set(self.layout) | set(self.json_))


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
