"""What a definition's own objects mean: vendor scalars and tables outside any standard MIB.

An object's value is turned into text as the definition's author reads it in a manual ("2", "00010003", "1920 INCHES"),
picked by a pattern if one is given, and looked up. A value that is mapped to nothing deliberately is no fault; one that
is not mapped at all is the fault `other` with the vendor's code kept, so that it can be mapped.
"""

from collections.abc import Iterable

from fleetmon.decode.dialogue import Value
from fleetmon.decode.objects import Objects, Row, number, text
from fleetmon.definition import Meaning, SnmpDefinition, compiled
from fleetmon.definition.snmp import FaultObject, FaultTable
from fleetmon.model.oid import Oid, dotted
from fleetmon.model.report import Counter, Fault, Notice
from fleetmon.model.words import Severity, State


def objects_asked(definition: SnmpDefinition, pace: str) -> tuple[Oid, ...]:
    """The declared instances to read at this pace."""
    faults = [rule.oid for rule in definition.faults.values() if rule.pace == pace]
    rest = [rule.oid for rule in definition.counters.values()]
    own_state = [definition.state.oid] if definition.state else []
    return tuple(faults + (own_state + rest if pace == "fast" else []))


def state(objects: Objects, definition: SnmpDefinition) -> State:
    """The declared state object's word, unknown if there is none or it says something unmapped."""
    rule = definition.state
    said = written(objects.get(rule.oid), None) if rule else None
    return rule.codes.get(said, State.UNKNOWN) if rule and said is not None else State.UNKNOWN


def faults(objects: Objects, definition: SnmpDefinition) -> tuple[list[Fault], list[Notice]]:
    """What the declared objects and tables say is wrong, and what they only mention."""
    found = [fault for rule in definition.faults.values() for fault in _of_object(objects.get(rule.oid), rule)]
    notices: list[Notice] = []
    for table in definition.fault_tables.values():
        for said in _of_table(_rows(objects, table.entry), table):
            if isinstance(said, Fault):
                found.append(said)
            else:
                notices.append(said)
    return found, notices


def counters(objects: Objects, definition: SnmpDefinition) -> tuple[Counter, ...]:
    """Declared life counts, numbered as markers in the order of the definition."""
    found = []
    for index, rule in enumerate(definition.counters.values(), start=1):
        said = written(objects.get(rule.oid), rule.pattern)
        if said is not None and said.isdecimal():
            found.append(Counter(marker=index, total=int(said), unit=rule.unit))
    return tuple(found)


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


def _of_object(value: Value, rule: FaultObject) -> list[Fault]:
    said = written(value, rule.pattern)
    if said is None:
        return []
    if rule.codes:
        return _fault(rule.codes.get(said), said)
    word = value if isinstance(value, int) and rule.pattern is None else _hexadecimal(said)
    if word is None or word < 0:
        return [Fault("other", Severity.WARNING, (said,))]
    named = {int(mask, 16): meaning for mask, meaning in rule.bits.items()}
    known = [fault for mask, meaning in named.items() if word & mask for fault in _fault(meaning, f"{mask:#x}")]
    unnamed = word & ~sum(named)
    return known + ([Fault("other", Severity.WARNING, (f"{unnamed:#x}",))] if unnamed else [])


def _hexadecimal(said: str) -> int | None:
    try:
        return int(said, 16)
    except ValueError:
        return None


def _rows(objects: Objects, entry: Oid) -> list[Row]:
    """The rows of a vendor's table, whose entry and index may have any number of arcs."""
    depth, rows = len(entry), dict[Oid, dict[int, Value]]()
    for name in objects:
        if name[:depth] == entry and len(name) > depth + 1:
            rows.setdefault(name[depth + 1 :], {})[name[depth]] = objects[name]
    return [rows[index] for index in sorted(rows)]


def _of_table(rows: Iterable[Row], table: FaultTable) -> list[Fault | Notice]:
    return [said for row in rows for said in _of_row(row, table)]


def _of_row(row: Row, table: FaultTable) -> list[Fault | Notice]:
    named = [written(row.get(column), None) or "" for column in table.columns]
    if not any(named):
        return []
    code = ",".join(named)
    level = str(number(row.get(table.severity_column))) if table.severity_column else ""
    severity = table.severities.get(level)
    meaning = table.codes.get(code)
    if severity == "notice":
        return [Notice(code, meaning.reason if meaning and meaning.reason else "other", Severity.REPORT)]
    found: list[Fault | Notice] = []
    found.extend(_fault(meaning, code, severity))
    return found


def _fault(meaning: Meaning | None, code: str, severity: Severity | None = None) -> list[Fault]:
    if meaning is None:
        return [Fault("other", severity or Severity.WARNING, (code,))]
    if meaning.reason is None:
        return []
    return [Fault(meaning.reason, severity or meaning.severity, (code,), meaning.text)]
