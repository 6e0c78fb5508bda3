"""What a driver of byte machines asks: each exchange of its definition as a request that a link can send."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.framed import Framed, wrap
from fleetmon.decode.lines.placed import Value
from fleetmon.decode.lines.replies import excerpt, fields_of
from fleetmon.definition.exchange import UNIT, Exchange
from fleetmon.definition.line import LineDefinition, Nack
from fleetmon.definition.meanings import SilenceMeaning
from fleetmon.definition.words import octets
from fleetmon.errors import DriverError, GarbledReply

_UNIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One exchange of a definition, ready to be asked; `nack` is where the code of a refusal goes, if anything asks
    what refusals mean."""

    name: str
    exchange: Exchange
    request: Ask
    nack: Nack | None

    @property
    def pace(self) -> str:
        """When it is asked."""
        return self.exchange.pace

    @property
    def optional(self) -> bool:
        """Whether it may stay unanswered."""
        return self.exchange.optional

    @property
    def silence(self) -> SilenceMeaning | None:
        """What it means when nothing comes."""
        return self.exchange.silence

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
        if self.nack is None or self.optional:
            raise GarbledReply(f"{self.name} was refused with {excerpt(answer.nack) or 'no code'}", answer.octets)
        return {self.nack.field: refusal(self.nack, answer.nack)}


def refusal(nack: Nack, code: bytes) -> Value:
    """The code of a refusal in the form that the definition wants."""
    if nack.form == "unsigned":
        return int.from_bytes(code)
    return code.hex().upper() if nack.form == "hex" else code.decode("latin-1")


def questions(definition: LineDefinition, unit: str | None = None) -> Iterator[Spoken]:
    """All exchanges, in the order of the definition; DriverError if they need a `unit` and there is none."""
    line = definition.line
    told = line.nack if line.nack and line.nack.field in definition.taken_fields else None
    for name, exchange in definition.read.items():
        sent = _request(definition, exchange, unit)
        cut = Framed(exchange.framing or line.framing, line.nack, sent if line.echo else b"")
        yield Spoken(
            name,
            exchange,
            Ask(
                octets=sent,
                cut=cut,
                timeout_s=exchange.timeout or line.timeout,
                frames=exchange.frames,
                until=exchange.until,
                silence_ok=exchange.silence is not None,
                close=line.connect == "each-request",
            ),
            told,
        )


def _request(definition: LineDefinition, exchange: Exchange, unit: str | None) -> bytes:
    content = octets(exchange.ask.replace(UNIT, _unit(definition, unit) if UNIT in exchange.ask else ""))
    if exchange.raw:
        return content
    framing = definition.line.request_framing
    return (content if framing is None else wrap(framing, content)) + definition.line.request_end


def _unit(definition: LineDefinition, unit: str | None) -> str:
    found = unit or definition.line.unit
    if found is None:
        raise DriverError(f'driver {definition.name} asks a machine by its unit; say which: unit = "1"')
    if not _UNIT.fullmatch(found):
        raise DriverError("a unit has letters, digits, blanks and . _ - only, at most 64, and no blank in front")
    return found
