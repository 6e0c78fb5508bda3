"""What a definition's own objects mean: vendor scalars and tables outside any standard MIB.

An object's value is turned into text as the definition's author reads it in a manual ("2", "00010003", "1920 INCHES"),
picked by a pattern if one is given, and looked up. A value of the wrong type reads as absent, never as something
invented.
"""

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Final

from fleetmon.decode import mapping
from fleetmon.decode.dialogue import Value
from fleetmon.decode.objects import Objects, Row, text
from fleetmon.definition import Meaning, SnmpDefinition, compiled
from fleetmon.definition.meanings import TextRule, mask
from fleetmon.definition.snmp_objects import INDEX, FaultObject, FaultTable, LevelObject, StateObject
from fleetmon.model.oid import Oid, dotted
from fleetmon.model.report import Counter, Fault, Notice
from fleetmon.model.words import Severity, State

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?")
_HEXADECIMAL: Final = re.compile(r"(0[xX])?[0-9a-fA-F]{1,16}")


def objects_asked(definition: SnmpDefinition, pace: str) -> tuple[Oid, ...]:
    """The declared instances to read at this pace."""
    found: list[Oid] = []
    for _, rule in definition.objects:
        if rule.pace == pace:
            found.append(rule.oid)
            if isinstance(rule, LevelObject) and isinstance(rule.capacity, tuple):
                found.append(rule.capacity)
    return tuple(dict.fromkeys((*found, *(definition.console if pace == "slow" else ()))))


def tables_walked(definition: SnmpDefinition, pace: str) -> tuple[Oid, ...]:
    """What is walked at this pace of the declared tables."""
    return tuple(dict.fromkeys(root for _, table in definition.tables if table.pace == pace for root in table.roots))


def state(objects: Objects, definition: SnmpDefinition) -> State:
    """What the first state object that says something says; unknown if none does."""
    said = (_state(objects.get(rule.oid), rule) for rule in definition.state)
    return next((word for word in said if word is not None), State.UNKNOWN)


def asleep(objects: Objects, definition: SnmpDefinition) -> bool:
    """Whether a state object tells of power saving."""
    return any(rule.asleep and written(objects.get(rule.oid), rule.pattern) in rule.asleep for rule in definition.state)


def faults(objects: Objects, definition: SnmpDefinition) -> tuple[list[Fault], list[Notice]]:
    """What the declared objects and tables say is wrong, and what they only mention."""
    found = [
        fault
        for rule in definition.faults.values()
        for fault in _of_object(objects.get(rule.oid), rule, definition.state)
    ]
    notices: list[Notice] = []
    for table in definition.fault_tables.values():
        for index, row in rows_of(objects, table.entry):
            faulty, mentioned = _of_row(index, row, table)
            found += faulty
            notices += mentioned
    return found, notices


def counters(objects: Objects, definition: SnmpDefinition) -> tuple[Counter, ...]:
    """Declared life counts, numbered as markers in the order of the definition."""
    found = []
    for index, rule in enumerate(definition.counters.values(), start=1):
        said = written(objects.get(rule.oid), rule.pattern)
        count = None if said in rule.absent else decimal(said)
        if count is not None and count >= 0:
            found.append(Counter(marker=index, total=_total(said or "", count, rule.scale), unit=rule.unit))
    return tuple(found)


def _total(said: str, count: float, scale: float) -> int:
    """The whole number that was said, to its last digit, unless it is scaled."""
    return int(said) if scale == 1 and said.isdecimal() else round(count * scale)


def console(objects: Objects, definition: SnmpDefinition) -> tuple[str, ...]:
    """What the declared displays show."""
    said = (written(objects.get(name), None) for name in definition.console)
    return tuple(words for words in said if words)


def written(value: Value, pattern: str | None) -> str | None:
    """The value as a manual writes it; with a pattern, its group `value`; None if absent or not matching."""
    if isinstance(value, tuple):
        said: str | None = dotted(value)
    else:
        said = str(value) if isinstance(value, int) else text(value)
    if said is None or pattern is None:
        return said
    match = compiled(pattern).search(said)
    found: str | None = match.group("value") if match else None
    return found


def decimal(said: str | None) -> float | None:
    """The number that a text is, whole where it is written whole; None for what is none."""
    if said is None or not _NUMBER.fullmatch(said.strip()):
        return None
    return float(said) if "." in said else int(said)


def rows_of(objects: Objects, entry: Oid) -> list[tuple[Oid, Row]]:
    """The rows of a vendor's table by index, ascending; its entry and its index may have any number of arcs."""
    depth, rows = len(entry), dict[Oid, dict[int, Value]]()
    for name in objects:
        if name[:depth] == entry and len(name) > depth + 1:
            rows.setdefault(name[depth + 1 :], {})[name[depth]] = objects[name]
    return [(index, rows[index]) for index in sorted(rows)]


def cell(index: Oid, row: Row, column: int | None) -> str | None:
    """What one column of a row says, as a manual writes it; None if there is no such column, or nothing in it."""
    if column is None:
        return None
    return dotted(index) if column == INDEX else written(row.get(column), None)


def _state(value: Value, rule: StateObject) -> State | None:
    if rule.bit_string:
        found = mapping.state_by_numbers(value, rule.bit_string) if isinstance(value, bytes) else None
        return found or (rule.otherwise if isinstance(value, bytes) else None)
    said = written(value, rule.pattern)
    if said is None:
        return None
    word = _word(value, said, rule.pattern) if rule.bits else None
    found = mapping.state_by_code(said, rule.codes) if word is None else mapping.state_by_bits(word, rule.bits)
    return found or rule.otherwise


def _of_object(value: Value, rule: FaultObject, states: Iterable[StateObject]) -> list[Fault]:
    quiet = _quiet(rule, states)
    if rule.bit_string:
        return mapping.by_numbers(value, rule.bit_string, quiet) if isinstance(value, bytes) else []
    said = written(value, rule.pattern)
    if said is None or said in rule.none:
        return []
    if rule.bits:
        word = _word(value, said, rule.pattern)
        in_order = reduce(or_, map(mask, quiet), 0)
        return mapping.fault(None, said) if word is None else mapping.by_bits(word, rule.bits, in_order)
    codes = mapping.told(said, rule.split, rule.separator, rule.none)
    known = [code for code in codes if code not in quiet or code in rule.codes]
    return [fault for code in known for fault in _of_code(code, rule)]


def _quiet(rule: FaultObject, states: Iterable[StateObject]) -> list[str]:
    """What the same object says of the state without stopping: it needs no meaning as a fault."""
    same = [each for each in states if each.oid == rule.oid]
    words = [(each.bit_string if rule.bit_string else each.bits if rule.bits else each.codes) for each in same]
    return [said for meant in words for said, state in meant.items() if state is not State.STOPPED]


def _of_code(code: str, rule: FaultObject) -> list[Fault]:
    return mapping.fault(_meaning(code, rule.codes, code, rule.texts), code, text=code if rule.texts else None)


def _word(value: Value, said: str, pattern: str | None) -> int | None:
    """The word whose bits are meant: the number itself, or a text in hexadecimal."""
    if isinstance(value, int) and pattern is None:
        return value
    return int(said, 16) if _HEXADECIMAL.fullmatch(said) else None


def _of_row(index: Oid, row: Row, table: FaultTable) -> tuple[list[Fault], list[Notice]]:
    named = [cell(index, row, column) or "" for column in table.columns]
    if not any(name for name, column in zip(named, table.columns, strict=True) if column != INDEX or len(named) == 1):
        return [], []
    code, words = ",".join(named), cell(index, row, table.text_column)
    severity = table.severities.get(cell(index, row, table.severity_column) or "")
    meaning = _meaning(code, table.codes, words, table.texts)
    if severity == "notice":
        return [], [Notice(code, meaning.reason if meaning and meaning.reason else "other", Severity.REPORT, words)]
    part = cell(index, row, table.part_column)
    return mapping.fault(meaning, code, severity, words, table.parts.get(part, part) if part else None), []


def _meaning(code: str, codes: dict[str, Meaning], words: str | None, rules: Iterable[TextRule]) -> Meaning | None:
    """What a code means, else what the first rule says that the words beside it fit."""
    known = mapping.meaning(code, codes)
    if known is not None or not words:
        return known
    fitting = next((rule for rule in rules if compiled(rule.pattern).search(words)), None)
    return None if fitting is None else Meaning(reason=fitting.reason, severity=fitting.severity)
