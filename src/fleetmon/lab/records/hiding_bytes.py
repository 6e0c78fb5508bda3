"""Hiding on a line of bytes: a secret is what the driver calls a serial number, a name, or words on a display.

Where those fields stand in a reply is what the driver's own decoding says, octet by octet; there they are replaced by
pseudonyms of equal length, and the frame's check is made anew. What was learnt so is looked for in all other replies as
well, and so is what shows by its look (`redaction`). Requests are the driver's words and stay, but for the unit, which
is the settings'. What stands in Modbus registers is numbers without a place for names and is not looked into; a driver
that reads a serial number there is told of as one that shows it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.decode.lines.placed import Placed, written
from fleetmon.decode.lines.questions import Spoken, questions
from fleetmon.decode.lines.replies import placed_fields
from fleetmon.definition import LineDefinition, ModbusDefinition, compiled
from fleetmon.errors import GarbledReply
from fleetmon.lab.records.hiding import silence
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.lab.records.reframing import changed
from fleetmon.lab.records.said import Exchanged, Header, Poll
from fleetmon.model.report import NoAnswer
from fleetmon.model.words import Silence

PASSWORD: Final = "password"
"""A field of this name is a secret, whatever the driver makes of it."""
_AS_OCTETS: Final = ("unsigned", "signed", "float", "bcd", "hex")
_READING: Final = re.compile(r"[+-]?[0-9]{1,4}([.,][0-9]{1,2})?")

Place = tuple[int, int, int]  # the frame, and which octets of it


@dataclass(slots=True)
class InBytes:
    """Hiding in what machines of one driver say. `unproven` counts the frames whose check could not be made anew."""

    redactor: Redactor
    definition: LineDefinition | ModbusDefinition
    unit: str | None = None
    unproven: int = 0
    _asked: dict[bytes, Spoken] = field(init=False, default_factory=dict)
    _secrets: dict[str, Secret] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._secrets = {
            name: secret for name, secret in _places(self.definition).items() if secret in self.redactor.hidden
        }
        if isinstance(self.definition, LineDefinition):
            self._asked = {each.request.octets: each for each in questions(self.definition, self.unit)}
        if self.unit is not None and not self.unit.isdigit():
            self.redactor.learn(Secret.NAMES, self.unit)

    @property
    def shown(self) -> tuple[str, ...]:
        """The kinds of secrets that this driver reads and that stay in the recording all the same."""
        is_modbus = isinstance(self.definition, ModbusDefinition)
        return tuple(dict.fromkeys(self._secrets.values())) if is_modbus else ()

    @property
    def telling(self) -> tuple[Ask, ...]:
        """As Hiding."""
        return tuple(each.request for each in self._asked.values() if each.names & self._raw_fields)

    def learn(self, secret: Secret, word: str) -> None:
        """As Hiding."""
        self.redactor.learn(secret, word)

    def hear(self, polls: Sequence[Poll], told: Sequence[tuple[Any, Any]]) -> None:
        """As Hiding."""
        self.redactor.hear(())
        for poll in polls:
            for each in poll.spoken:
                self._hear(each.asked, each.came)
        for request, answer in told:
            self._hear(request.octets, answer.octets)

    def meets(self, poll: Poll) -> bool:
        """As Hiding. Who it is, is told by what is asked in a poll, so it is heard before the poll is written."""
        return False

    def header(self, header: Header) -> Header:
        """As Hiding."""
        unit = None if header.unit is None else self._request(header.unit.encode()).decode()
        return replace(header, machine=self.redactor.words(header.machine), unit=unit)

    def poll(self, poll: Poll) -> Poll:
        """As Hiding."""
        spoken = tuple(map(self._exchanged, poll.spoken))
        return replace(poll, spoken=spoken, failed=self._failed(poll.failed))

    @property
    def _raw_fields(self) -> frozenset[str]:
        return frozenset(self._secrets)

    def _hear(self, asked: bytes, came: bytes) -> None:
        question = self._asked.get(asked)
        frames = _frames(question.request, came) if question else None
        if question is None or frames is None:
            return
        for name, placed in _placed(question, frames).items():
            if name == self.definition.identity.model:
                self.redactor.meet_model(written(placed.value))
            if self._secrets.get(name) is Secret.CREDENTIALS or self._is_reading(name, placed):
                continue  # some digits, which stand elsewhere by chance
            if name in self._secrets and not placed.where and not self._is_number(question, name):
                self.redactor.hear_text(self._secrets[name], self._secret(name, placed, frames)[1])
            elif name in self._secrets and placed.where:
                self.redactor.hear_text(self._secrets[name], written(placed.value).encode())

    def _exchanged(self, said: Exchanged) -> Exchanged:
        if isinstance(self.definition, ModbusDefinition):
            return replace(said, failed=self._failed(said.failed))
        question = self._asked.get(said.asked)
        came = self._reply(question, said.came) if question else self.redactor.octets(said.came)
        failed = self._failed(said.failed)
        return replace(said, asked=self._request(said.asked), came=came, failed=failed)

    def _request(self, octets: bytes) -> bytes:
        """Only what was learnt, and not what merely looks like a secret, is no word of the driver."""
        framing = self.definition.line.request_framing if isinstance(self.definition, LineDefinition) else None
        if not self.unit or self.unit.encode() not in octets:
            return octets
        return changed(octets, framing, self.redactor.replaced, lambda rest: rest).octets

    def _reply(self, question: Spoken, came: bytes) -> bytes:
        assert isinstance(self.definition, LineDefinition)
        frames = _frames(question.request, came)
        if frames is None:
            return self._broken(question, came)
        places, was = list(self._hidden(question, frames)), list(frames)

        def in_frame(content: bytes) -> bytes:
            for frame, start, disguise in places:
                if content == was[frame]:
                    content = content[:start] + disguise + content[start + len(disguise) :]
                    was[frame] = content
            return self.redactor.octets(content)

        echo = question.request.octets if self.definition.line.echo else b""
        before, echo, behind = came.partition(echo) if echo else (b"", b"", came)
        framing = question.exchange.framing or self.definition.line.framing
        found = changed(behind, framing, in_frame, self.redactor.octets)
        self.unproven += found.unproven
        return self.redactor.octets(before) + self._request(echo) + found.octets

    def _broken(self, question: Spoken, came: bytes) -> bytes:
        """What is no answer has no places; where it may be the words of a display, those that are not known go."""
        if Secret.CONSOLES in {self._secrets.get(name) for name in question.names}:
            came = self.redactor.disguised(Secret.CONSOLES, came)
        return self.redactor.octets(came)

    def _failed(self, failed: NoAnswer | None) -> NoAnswer | None:
        """Without the octets that it shows of what was garbled: they stand beside it, freed of secrets."""
        if failed is not None and failed.why is Silence.GARBLED and self.redactor.hidden:
            failed = NoAnswer(failed.why, failed.text.partition(": ")[0])
        return silence(failed, self.redactor)

    def _hidden(self, question: Spoken, frames: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
        """In which frame from which octet on stands what, in the places of secrets."""
        for name, placed in _placed(question, frames).items():
            if name in self._secrets and not placed.where and not self._is_reading(name, placed):
                (frame, start, _), secret = self._secret(name, placed, frames)
                disguise: Callable[[bytes], bytes] = self._disguise(question, name)
                yield frame, start, disguise(secret)

    def _secret(self, name: str, placed: Placed, frames: Sequence[bytes] | None) -> tuple[Place, bytes]:
        """The part of the field that is the secret."""
        assert frames
        octets = frames[placed.frame][placed.start : placed.end]
        pattern = self._pattern(name)
        found = compiled(pattern).search(octets.decode("latin-1")) if pattern else None
        start, end = found.span("value") if found else (0, len(octets))
        return (placed.frame, placed.start + start, placed.start + end), octets[start:end]

    def _pattern(self, name: str) -> str | None:
        rules = self.definition.values
        wanted = [rule.pattern for key, rule in rules.items() if (rule.source or key) == name and rule.pattern]
        return wanted[0] if len(wanted) == 1 else None

    def _is_reading(self, name: str, placed: Placed) -> bool:
        """Whether a display shows a short number and nothing else: a temperature, and nobody's name."""
        return self._secrets.get(name) is Secret.CONSOLES and bool(_READING.fullmatch(written(placed.value).strip()))

    def _is_number(self, question: Spoken, name: str) -> bool:
        place = question.exchange.layout.get(name)
        return place is not None and place.form in _AS_OCTETS

    def _disguise(self, question: Spoken, name: str) -> Callable[[bytes], bytes]:
        place, said = question.exchange.layout.get(name), partial(self.redactor.disguised, self._secrets[name])
        if place is not None and place.form == "bcd":
            return lambda octets: bytes.fromhex(said(octets.hex().encode()).decode())
        return said


def _places(definition: LineDefinition | ModbusDefinition) -> Mapping[str, Secret]:
    """The fields that are secrets, as they are read."""
    identity = definition.identity
    told = [(identity.serial, Secret.SERIALS), (identity.name, Secret.NAMES)]
    told += [(name, Secret.CONSOLES) for name in definition.console]
    told += [(PASSWORD, Secret.CREDENTIALS)] if PASSWORD in definition.known_fields else []
    return {_read_as(definition, name): secret for name, secret in told if name is not None}


def _read_as(definition: LineDefinition | ModbusDefinition, name: str) -> str:
    """The field that a value is made from."""
    for _ in range(len(definition.values)):
        rule = definition.values.get(name)
        if rule is None or rule.source is None:
            break
        name = rule.source
    return name


def _frames(request: Ask, came: bytes) -> tuple[bytes, ...] | None:
    """The frames of an answer; None if it is none."""
    gathering = Gathering(request)
    try:
        answer: Answer = gathering.feed(came) or gathering.end()
    except GarbledReply:
        return None
    return answer.frames if answer.nack is None else None


def _placed(question: Spoken, frames: Sequence[bytes] | None) -> dict[str, Placed]:
    try:
        return placed_fields(question.exchange, tuple(frames or ()))
    except GarbledReply:
        return {}
