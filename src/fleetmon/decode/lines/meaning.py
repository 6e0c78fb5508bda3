"""What the fields of a machine mean: one Report, by the rules of its definition.

A state that nobody mapped is unknown, which is no error; a code that nobody mapped is the fault `other`, kept so that
it can be mapped. Whatever stops the machine is believed before its own word for its state.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from fleetmon.decode import levels, mapping
from fleetmon.decode.lines.placed import Fields, Unreadable, Value, number, shown, written
from fleetmon.definition.codes import fitting
from fleetmon.definition.fields import MeansFields
from fleetmon.definition.meanings import FaultRule, LevelRule, SilenceMeaning, StateRule, mask
from fleetmon.model.report import Counter, Fault, Identity, Input, Level, RawLevel, Supply
from fleetmon.model.words import Severity, State, Unit

_MOST_CODES = 64  # of one fault; a reply that is rubbish must not fill a page


def state(definition: MeansFields, fields: Fields, silences: Iterable[SilenceMeaning]) -> State:
    """The machine's own word: the first rule that says something; silence goes before all."""
    for silence in silences:
        return silence.state
    found = (state_by(rule, fields.get(rule.source or "state")) for rule in definition.state)
    return next((each for each in found if each is not None), State.UNKNOWN)


def asleep(definition: MeansFields, fields: Fields) -> bool:
    """Whether one of the values that mean power saving was said."""
    return any(sleeps(rule, fields.get(rule.source or "state")) for rule in definition.state)


def state_by(rule: StateRule, value: Value | None) -> State | None:
    """What one rule says of a value."""
    if value is None or isinstance(value, Unreadable) or written(value).strip() in rule.none:
        return None
    if rule.separator is not None:
        words = [word.strip() for word in written(value).split(rule.separator)]
        meant = {fitting(word, rule.codes) for word in words}
        return next((rule.codes[key] for key in rule.codes if key in meant), rule.otherwise)
    word = number(value)
    by_bits = mapping.state_by_bits(word, rule.bits) if isinstance(word, int) else None
    code = written(value)
    found = mapping.state_by_code(code, rule.codes) or mapping.state_by_code(code.strip(), rule.codes) or by_bits
    return found or (State.IDLE if sleeps(rule, value) else rule.otherwise)


def sleeps(rule: StateRule, value: Value | None) -> bool:
    """Whether a value means power saving."""
    return value is not None and not {written(value), written(value).strip()}.isdisjoint(rule.asleep)


def faults(definition: MeansFields, fields: Fields, silences: Iterable[SilenceMeaning]) -> list[Fault]:
    """What is wrong: each reason of each part once, the most severe word for it first."""
    told = [fault for name, rule in definition.faults.items() for fault in _faults(definition, name, rule, fields)]
    if not any(fault.severity is Severity.ERROR for fault in told):
        told += [Fault(each.reason, each.severity, text=each.text) for each in silences]
    return merged(told)


def merged(told: Iterable[Fault]) -> list[Fault]:
    """Faults of the same reason and part as one: all codes, the worst severity, the first text."""
    found: dict[tuple[str, str | None], Fault] = {}
    for fault in told:
        known = found.get(fault.key)
        found[fault.key] = fault if known is None else _both(known, fault)
    return list(found.values())


def _both(first: Fault, second: Fault) -> Fault:
    return replace(
        first,
        severity=min(first.severity, second.severity, key=lambda severity: severity.rank),
        codes=tuple(dict.fromkeys(first.codes + second.codes))[:_MOST_CODES],
        text=first.text or second.text,
        actor=first.actor or second.actor,
    )


def _faults(definition: MeansFields, name: str, rule: FaultRule, fields: Fields) -> Iterator[Fault]:
    value = fields.get(rule.source or name)
    if value is None or written(value).strip() in rule.none:
        return
    idle = [each for each in definition.state if (each.source or "state") == (rule.source or name)]
    found = _by_bits(rule, idle, value) if rule.bits else list(_by_codes(rule, idle, value))
    text = shown(fields.get(rule.text_field)) if rule.text_field and len(found) == 1 else None
    for fault in found:
        codes = tuple(rule.prefix + (shown(code) or "") for code in fault.codes)
        yield replace(fault, codes=codes, text=fault.text or text)


def _by_codes(rule: FaultRule, idle: list[StateRule], value: Value) -> Iterator[Fault]:
    for code in mapping.told(written(value), rule.split, rule.separator, rule.none):
        known = fitting(code, rule.codes) is not None
        if known or not any(each.codes.get(code, State.STOPPED) is not State.STOPPED for each in idle):
            yield from mapping.by_code(code, rule.codes)


def _by_bits(rule: FaultRule, idle: list[StateRule], value: Value) -> list[Fault]:
    word = number(value)
    if not isinstance(word, int):
        return mapping.fault(None, written(value))
    own = 0
    for bit in rule.bits:
        own |= mask(bit)
    for each in idle:
        for bit, means in each.bits.items():
            if means is not State.STOPPED:
                word &= own | ~mask(bit)
    return mapping.by_bits(word, rule.bits)


def counters(definition: MeansFields, fields: Fields) -> tuple[Counter, ...]:
    """Life counts, numbered as markers in the order of the definition."""
    found = []
    for marker, (name, rule) in enumerate(definition.counters.items(), start=1):
        total = number(fields.get(rule.source or name))
        if total is not None and total >= 0:
            found.append(Counter(marker, int(total), rule.unit))
    return tuple(found)


def supplies(definition: MeansFields, fields: Fields) -> tuple[Supply, ...]:
    """What production uses up or fills; `part` is the rule's name."""
    return tuple(
        Supply(_part(name), rule.kind, _level(name, rule, fields), rule.supply_class, rule.description)
        for name, rule in definition.supplies.items()
    )


def inputs(definition: MeansFields, fields: Fields) -> tuple[Input, ...]:
    """Where blank media wait; `part` is the rule's name."""
    return tuple(Input(_part(name), _level(name, r, fields), r.description) for name, r in definition.inputs.items())


def _part(name: str) -> str:
    return name.replace("_", "-")


def _level(name: str, rule: LevelRule, fields: Fields) -> Level:
    left = number(fields.get(rule.source or name))
    told = number(fields.get(rule.capacity)) if isinstance(rule.capacity, str) else rule.capacity
    capacity = 100 if told is None and rule.unit is Unit.PERCENT else told
    raw = RawLevel(*(None if each is None else round(each) for each in (left, told)))
    if rule.tells == "used":
        left = None if left is None or capacity is None else capacity - left
    return levels.level(rule.unit, capacity, left, raw=raw)


def identity(definition: MeansFields, fields: Fields) -> Identity:
    """Who the machine says it is."""
    rule = definition.identity
    told = (rule.model, rule.serial, rule.firmware, rule.name)
    return Identity(rule.maker, *(shown(fields.get(each)) if each else None for each in told))


def console(definition: MeansFields, fields: Fields) -> tuple[str, ...]:
    """The lines of its display that say something."""
    return tuple(line for name in definition.console if (line := shown(fields.get(name))))


def jobs(definition: MeansFields, fields: Fields) -> int | None:
    """How many documents wait in the machine, as far as it tells."""
    told = [number(fields.get(name)) for name in definition.jobs]
    known = [int(each) for each in told if each is not None and each >= 0]
    return sum(known) if known else None


def uptime_s(definition: MeansFields, fields: Fields) -> float | None:
    """Seconds since it was switched on."""
    told = number(fields.get(definition.uptime)) if definition.uptime else None
    return None if told is None or told < 0 else float(told)


def loud_fields(definition: MeansFields) -> frozenset[str]:
    """The fields whose moving means that something happened: not counts, times and temperatures alone."""
    loud = set(definition.console)
    rules: tuple[Mapping[str, LevelRule | FaultRule], ...] = (
        definition.faults,
        definition.supplies,
        definition.inputs,
    )
    for table in rules:
        loud |= {rule.source or name for name, rule in table.items()}
    loud |= {rule.text_field for rule in definition.faults.values() if rule.text_field}
    loud |= {rule.source or "state" for rule in definition.state}
    for name, value in reversed(definition.values.items()):
        if name in loud:
            loud.update(value.sources(name))
    return frozenset(loud)
