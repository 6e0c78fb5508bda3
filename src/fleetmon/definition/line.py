"""Drivers of machines on a line of bytes: a serial port, a device server, a TCP socket.

`[line]` says how the line is set and how frames are cut, `[read]` what is asked and which fields the replies hold; what
the fields mean is said as for every other machine. A request must be on the allow-list of its `protocol`, or the driver
must name the page of the manual that calls it harmless: a monitor never changes anything on a machine.
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from fleetmon.definition.base import Definition
from fleetmon.definition.exchange import UNIT, Exchange, Place
from fleetmon.definition.fields import MeansFields
from fleetmon.definition.framing import NAMED, Delimited, Fixed, Framing, UntilClose, UntilQuiet, cannot_hold
from fleetmon.definition.meanings import SilenceMeaning
from fleetmon.definition.queries import PROTOCOLS, allowed
from fleetmon.definition.reach import EITHER, HEXADECIMAL, NUMBER, TEXT, Range, whole
from fleetmon.definition.words import Octets, Pattern, Seconds, SomeOctets, Strict, Whole, Word, compiled, octets
from fleetmon.model.plan import Handshake, Parity
from fleetmon.toml_lines import Path
from fleetmon.toml_problems import Misfit


class Nack(Strict):
    """A refusal in place of a reply: `start`, then `length` octets of code, which become the field `field`: as text,
    as a number (`unsigned`), or as its hexadecimal digits.

    If nothing takes that field, a refused poll has failed. Of several refusals into one field in one poll, the first
    counts.
    """

    start: SomeOctets = b"\x15"
    length: Annotated[Whole, Field(ge=0, le=16)] = 1
    field: Word = "nack"
    form: Literal["text", "unsigned", "hex"] = "text"


class Line(Strict):
    """`[line]`: the defaults of the line, which a source of the settings may override, and the framing of replies.

    `request_framing` wraps requests (None: they are sent as they are written), `request_end` follows them. `pause` is
    left between two requests. With `connect = "each-poll"` a network connection is closed after every poll, for device
    servers that serve one client only; `each-request` closes it after every request. With `echo` the machine sends our
    own request back first. `unit` is the default of {unit}, which must fit
    `unit_pattern` as a whole, `silence` what it means when nothing at all comes on the
    line.
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
    silence: SilenceMeaning | None = None
    unit: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$")] | None = None
    unit_pattern: Pattern | None = None

    @model_validator(mode="after")
    def _unit_fits(self) -> Self:
        if self.unit and self.unit_pattern and not compiled(self.unit_pattern).fullmatch(self.unit):
            raise Misfit(("unit", f"does not fit unit_pattern, {self.unit_pattern}"))
        return self


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
    def _is_sound(self) -> Self:
        faults = [fault for name, each in self.read.items() for fault in self._exchange_faults(name, each)]
        faults += self._named_twice()
        if self.line.request_framing is not None and isinstance(self.line.request_framing, UntilClose | UntilQuiet):
            faults.append((("line", "request_framing"), f"{self.line.request_framing.kind} frames no request"))
        if faults:
            raise Misfit(*faults)
        return self

    def _exchange_faults(self, name: str, exchange: Exchange) -> Iterator[tuple[Path, str]]:
        yield from ((("read", name, *at), text) for at, text in self._request_faults(exchange))
        framing = exchange.framing or self.line.framing
        if isinstance(framing, UntilClose | UntilQuiet) and exchange.frames > 1:
            yield ("read", name, "frames"), f"must be 1: {framing.kind} makes one frame of all that comes"
        if not exchange.names and not (self.line.nack or self.silence_of(exchange)):
            yield ("read", name, "reply"), "names no field; name the parts that matter: (?P<state>...)"
        if exchange.nack and not self.line.nack:
            yield ("read", name, "nack"), "needs [line.nack], which says how the machine refuses"
        if isinstance(framing, Fixed):
            room = framing.length - len(framing.start) - (framing.check.width if framing.check else 0)
            for field, place in exchange.layout.items():
                if place.end > room:
                    text = f"lies beyond the frame: its content has {room} octets, start and check not counted"
                    yield ("read", name, "layout", field), text

    def _request_faults(self, exchange: Exchange) -> Iterator[tuple[Path, str]]:
        framing = None if exchange.raw else self.line.request_framing
        if framing is not None and (why := cannot_hold(framing, octets(exchange.ask.replace(UNIT, "0")))):
            yield ("ask",), f"cannot be framed as [line] request_framing says: {why}"
        if exchange.read_only is not None:
            return
        said = 'if the manual says that it changes nothing, name the page: read_only = "manual p. 12"'
        if framing is not None:
            yield ("ask",), f"is on no allow-list, since request_framing wraps it; {said}"
        elif not allowed(self.protocol, exchange.ask, b"" if exchange.raw else self.line.request_end):
            listed = f"the allow-list of {self.protocol}" if self.protocol else "any allow-list: there is no protocol"
            yield ("ask",), f"this request is not on {listed}; {said}"

    def _named_twice(self) -> Iterator[tuple[Path, str]]:
        first: dict[str, str] = {}
        for name, exchange in self.read.items():
            for field in sorted(exchange.names):
                if first.setdefault(field, name) != name:
                    yield ("read", name), f'the field "{field}" is read by "{first[field]}" already; name it otherwise'
                if field in self.nack_fields:
                    yield ("read", name), f'the field "{field}" is the one that takes refusals; name it otherwise'

    @property
    def takes_unit(self) -> bool:
        """Whether a source must, or may, say which unit is meant."""
        return any(exchange.names_unit for exchange in self.read.values())

    def silence_of(self, exchange: Exchange) -> SilenceMeaning | None:
        """What it means when nothing comes for an exchange."""
        return exchange.silence or self.line.silence

    @property
    def nack_fields(self) -> frozenset[str]:
        """The fields that take the codes of refusals."""
        if self.line.nack is None:
            return frozenset()
        return frozenset({self.line.nack.field} | {each.nack for each in self.read.values() if each.nack})

    @property
    def known_fields(self) -> frozenset[str]:
        """Everything that is read."""
        return frozenset({name for each in self.read.values() for name in each.names} | self.nack_fields)

    @property
    def held(self) -> dict[str, Range]:
        """What each field holds: text, if nothing else is said; of JSON, it is not known before."""
        found = dict.fromkeys(self.known_fields, TEXT)
        for exchange in self.read.values():
            found |= {name: _held(place) for name, place in exchange.layout.items()}
            found |= dict.fromkeys(exchange.json_, EITHER)
        if self.line.nack is not None and self.line.nack.form == "unsigned":
            found |= dict.fromkeys(self.nack_fields, whole(8 * self.line.nack.length or 1))
        return found


def _held(place: Place) -> Range:
    match place.form:
        case "unsigned" | "signed":
            return whole(8 * place.size, signed=place.form == "signed")
        case "bcd":
            return Range(number=True, least=0, most=10 ** (2 * place.size) - 1)
        case "float":
            return NUMBER
        case "hex":
            return HEXADECIMAL
    return TEXT
