"""What each field of one spoken exchange says, in the driver's words: for a person who looks at the octets."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from fleetmon.decode import mapping
from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.decode.lines.meaning import sleeps, state_by
from fleetmon.decode.lines.placed import Fields, Placed, Unreadable, Value, number, written
from fleetmon.decode.lines.plan import Question, planned
from fleetmon.decode.lines.registers import Read
from fleetmon.decode.lines.replies import placed_fields
from fleetmon.decode.lines.values import valued
from fleetmon.definition import LineDefinition, Meaning, ModbusDefinition
from fleetmon.definition.codes import fitting
from fleetmon.definition.fields import MeansFields
from fleetmon.definition.meanings import FaultRule, StateRule, mask


@dataclass(frozen=True, slots=True)
class Described:
    """One field of a reply: its value as it came, where it stands, and what the driver makes of it."""

    field: str
    value: Value
    at: str
    meaning: str


def described(
    definition: LineDefinition | ModbusDefinition,
    name: str,
    asked: bytes,
    came: bytes,
    *,
    unit: str | None = None,
    tcp: bool = False,
) -> list[Described]:
    """The fields in what came for the exchange `name` (as `asks` names it), in the order of the reply. GarbledReply
    says why it is no reply; an unknown name has no fields."""
    question = planned(definition, unit, tcp=tcp).by_name.get(name)
    if question is None:
        return []
    answer = _cut(_as_asked(question, asked), came)
    fields = question.fields(answer)
    values = valued(definition.values, fields)
    places = _places(question, answer, fields)
    return [Described(key, fields[key], place, _means(definition, key, values)) for key, place in places.items()]


def _as_asked(question: Question, asked: bytes) -> Ask:
    """The request as it was sent: Modbus TCP numbers each."""
    turn = int.from_bytes(asked[:2]) if isinstance(question, Read) and question.mode == "tcp" else 0
    return question.ask(turn)


def _cut(ask: Ask, came: bytes) -> Answer:
    gathering = Gathering(ask)
    return gathering.feed(came) or gathering.end()


def _places(question: Question, answer: Answer, fields: Fields) -> dict[str, str]:
    if isinstance(question, Read):
        return {key: _register(question, key) for key in fields}
    if answer.nack is not None:
        return dict.fromkeys(fields, "the refusal")
    begins = _begins(answer)
    found = placed_fields(question.exchange, answer.frames).items()
    in_order = sorted(found, key=lambda each: (each[1].frame, each[1].start))
    return {key: _place(each, begins) for key, each in in_order}


def _register(read: Read, name: str) -> str:
    register = read.registers.get(name)
    if register is None:
        return "the refusal"
    bit = "" if register.bit is None else f" bit {register.bit}"
    more = f" and {register.address + 1:#06x}" if register.width == 2 else ""
    return f"{register.table} {register.address:#06x}{more}{bit}"


def _begins(answer: Answer) -> list[int | None]:
    """Where each frame's content begins in what came, if it stands there as it is."""
    found: list[int | None] = []
    start = 0
    for frame in answer.frames:
        at = answer.octets.find(frame, start)
        found.append(at if at >= 0 else None)
        start = at + len(frame) if at >= 0 else start
    return found


def _place(placed: Placed, begins: list[int | None]) -> str:
    """Octets are counted from 0, as they came; of a frame whose octets were changed by its framing, within it."""
    if placed.where:
        return placed.where
    begin = begins[placed.frame]
    within = "" if begin is not None else f" of frame {placed.frame}"
    start, end = placed.start + (begin or 0), placed.end + (begin or 0)
    if start == end:
        return f"nothing at octet {start}{within}"
    return (f"octet {start}" if end - start == 1 else f"octets {start} to {end - 1}") + within


def _means(definition: MeansFields, name: str, values: Fields) -> str:
    """All that the rules say of a field, and of what `values` make of it."""
    said: list[str] = []
    for key in _made_of(definition, name):
        value = values.get(key)
        if key != name or key in definition.values:
            made = "nothing known" if value is None or isinstance(value, Unreadable) else written(value)
            said.append(f"{key} = {made}" if key != name else made)
        if value is not None:
            said += _rules(definition, key, value)
    return "; ".join(said)


def _made_of(definition: MeansFields, name: str) -> list[str]:
    """The field itself and what is made of it, directly or not."""
    found = [name]
    for key, rule in definition.values.items():
        if key not in found and not set(found).isdisjoint(rule.sources(key)):
            found.append(key)
    return found


def _rules(definition: MeansFields, key: str, value: Value) -> Iterator[str]:
    """What each rule that takes this field makes of its value."""
    for state in definition.state:
        if (state.source or "state") == key:
            yield from _state(state, value)
    for name, fault in definition.faults.items():
        if (fault.source or name) == key:
            yield from _faults(fault, value)
    yield from (said for field, said in _uses(definition) if field == key)


def _uses(definition: MeansFields) -> Iterator[tuple[str | None, str]]:
    """The fields that are taken as they are, and what for."""
    yield from ((rule.source or name, f"counter {name}, {rule.unit}") for name, rule in definition.counters.items())
    for title, levels in (("supply", definition.supplies), ("input", definition.inputs)):
        for name, level in levels.items():
            yield level.source or name, f"{title} {name}, {level.unit}"
            if isinstance(level.capacity, str):
                yield level.capacity, f"{title} {name}, its capacity"
    for name, heater in definition.heaters.items():
        yield heater.measured, f"heater {name}, measured"
        yield heater.set_point, f"heater {name}, set point"
        yield heater.output, f"heater {name}, output"
        yield heater.mode, f"heater {name}, whether it is on"
    yield from ((rule.text_field, f"words for faults.{name}") for name, rule in definition.faults.items())
    who = definition.identity
    for what, field in (("model", who.model), ("serial", who.serial), ("firmware", who.firmware), ("name", who.name)):
        yield field, f"identity, {what}"
    yield from ((field, "display") for field in definition.console)
    yield from ((field, "documents that wait in it") for field in definition.jobs)
    yield definition.uptime, "uptime, seconds"


def _state(rule: StateRule, value: Value) -> Iterator[str]:
    said = state_by(rule, value)
    yield f"state {said}" if said else "state not mapped"
    if sleeps(rule, value):
        yield "asleep"


def _faults(rule: FaultRule, value: Value) -> Iterator[str]:
    if rule.bits:
        word = number(value)
        if not isinstance(word, int):
            yield "no number, so no bits: other, warning"
            return
        yield from (f"{each}: {_fault(meaning)}" for each, meaning in rule.bits.items() if mapping.says(word, each))
        unnamed = word & ~reduce(or_, map(mask, rule.bits), 0)
        if unnamed:
            yield f"{unnamed:#x}: not mapped"
        return
    if written(value).strip() in rule.none:
        yield "nothing wrong"
        return
    for code in mapping.told(written(value), rule.split, rule.separator, rule.none):
        known = fitting(code, rule.codes)
        yield f"{code}: {_fault(rule.codes[known]) if known is not None else 'not mapped'}"


def _fault(meaning: Meaning) -> str:
    if meaning.reason is None:
        return meaning.text or "deliberately nothing"
    parts = [f"{meaning.reason}, {meaning.severity}", meaning.text, meaning.part, meaning.manual]
    return ", ".join(part for part in parts if part)
