"""What a driver of byte machines asks: each exchange of its definition as a request that a link can send."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.framed import Framed, wrap
from fleetmon.decode.lines.placed import Value
from fleetmon.decode.lines.replies import excerpt, fields_of
from fleetmon.definition.exchange import Exchange
from fleetmon.definition.line import LineDefinition, Nack
from fleetmon.definition.meanings import SilenceMeaning
from fleetmon.definition.words import compiled, octets
from fleetmon.errors import DriverError, GarbledReply

_UNIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One exchange of a definition, ready to be asked of one unit.

    `silence` is what it means when nothing comes (to this question, or to any on this line), `nack` how refusals look,
    and `refusals` the field that takes their codes, if any rule asks for it.
    """

    name: str
    exchange: Exchange
    request: Ask
    silence: SilenceMeaning | None
    nack: Nack | None
    refusals: str | None

    @property
    def pace(self) -> str:
        """When it is asked."""
        return self.exchange.pace

    @property
    def optional(self) -> bool:
        """Whether it may stay unanswered."""
        return self.exchange.optional

    @property
    def own_silence(self) -> bool:
        """Whether silence means something of this question alone, and not only of the whole line."""
        return self.exchange.silence is not None

    @property
    def names(self) -> frozenset[str]:
        """The fields that it tells."""
        return self.exchange.names

    def ask(self, _turn: int) -> Ask:
        """The request, every time the same."""
        return self.request

    def fields(self, answer: Answer) -> dict[str, Value]:
        """What the answer tells; GarbledReply if it does not fit, or is a refusal that means nothing."""
        if answer.nack is None:
            return fields_of(self.exchange, answer)
        if self.nack is not None and self.refusals is not None:
            return {self.refusals: refusal(self.nack, answer.nack)}
        if self.optional:
            return {}
        raise GarbledReply(f"{self.name} was refused with {excerpt(answer.nack) or 'no code'}", answer.octets)


def refusal(nack: Nack, code: bytes) -> Value:
    """The code of a refusal in the form that the definition wants."""
    if nack.form == "unsigned":
        return int.from_bytes(code)
    return code.hex().upper() if nack.form == "hex" else code.decode("latin-1")


def questions(definition: LineDefinition, unit: str | None = None) -> Iterator[Spoken]:
    """All exchanges, in the order of the definition; DriverError if they need a `unit` and there is none, or one that
    cannot be framed."""
    line = definition.line
    for name, said in definition.read.items():
        exchange = said.of_unit(_unit(definition, unit)) if said.names_unit else said
        sent = _request(definition, name, exchange)
        silence = definition.silence_of(exchange)
        request = Ask(
            octets=sent,
            cut=Framed(exchange.framing or line.framing, line.nack, sent if line.echo else b""),
            timeout_s=exchange.timeout or line.timeout,
            frames=exchange.frames,
            until=exchange.until,
            silence_ok=silence is not None,
            close=line.connect == "each-request",
        )
        yield Spoken(name, exchange, request, silence, line.nack, _refusals(definition, exchange))


def _refusals(definition: LineDefinition, exchange: Exchange) -> str | None:
    """The field for the code of a refusal: the exchange's own, or the line's where the request is not optional."""
    nack = definition.line.nack
    field = exchange.nack or (None if nack is None or exchange.optional else nack.field)
    return field if field in definition.taken_fields else None


def _request(definition: LineDefinition, name: str, exchange: Exchange) -> bytes:
    content = octets(exchange.ask)
    if exchange.raw:
        return content
    framing = definition.line.request_framing
    try:
        return (content if framing is None else wrap(framing, content)) + definition.line.request_end
    except ValueError as error:
        raise DriverError(f"driver {definition.name}: read.{name}: {error}") from None


def _unit(definition: LineDefinition, unit: str | None) -> str:
    found = unit or definition.line.unit
    if found is None:
        raise DriverError(f'driver {definition.name} asks a machine by its unit; say which: unit = "1"')
    if not _UNIT.fullmatch(found):
        raise DriverError("a unit has letters, digits, blanks and . _ - only, at most 64, and no blank in front")
    pattern = definition.line.unit_pattern
    if pattern is not None and not compiled(pattern).fullmatch(found):
        raise DriverError(f'unit "{found}" is none of driver {definition.name}, whose units fit {pattern}')
    return found
