"""What a definition's own objects and tables say of supplies and inputs.

A vendor counts in whatever it likes: in percent, in thousandths of what there was, in words. A negative number is never
a level, whatever it is scaled with, and what the definition calls absent is unknown, not empty.
"""

from collections.abc import Iterator

from fleetmon.decode.declared import cell, decimal, rows_of, written
from fleetmon.decode.levels import level, room
from fleetmon.decode.objects import Objects, Row
from fleetmon.decode.printer_mib.supplies import colour, kind_by_words
from fleetmon.definition import SnmpDefinition
from fleetmon.definition.snmp import SupplyRule
from fleetmon.definition.snmp_objects import LevelObject, LevelTable, Scale, SupplyTable
from fleetmon.model.oid import Oid, dotted
from fleetmon.model.report import Input, Level, RawLevel, Supply
from fleetmon.model.words import Quality, SupplyClass, SupplyKind, Unit


def supplies(objects: Objects, definition: SnmpDefinition) -> tuple[Supply, ...]:
    """The declared supplies that the machine has: single objects under their own names, rows under their table's."""
    single = (
        Supply(
            _part(word),
            rule.kind,
            found,
            _class(rule.kind, rule.supply_class),
            rule.description,
            colour(rule.description, None),
        )
        for word, rule in definition.supplies.items()
        if (found := _of_object(objects, rule)) is not None
    )
    rows = (
        _of_supply_row(_part(word, index), index, row, rule, definition.supply_rules)
        for word, rule in definition.supply_tables.items()
        for index, row in _rows(objects, rule)
    )
    return (*single, *rows)


def inputs(objects: Objects, definition: SnmpDefinition) -> tuple[Input, ...]:
    """The declared places where blank media wait, likewise."""
    single = (
        Input(_part(word), found, rule.description)
        for word, rule in definition.inputs.items()
        if (found := _of_object(objects, rule)) is not None
    )
    rows = (
        Input(_part(word, index), _of_row(index, row, rule, rule.tells), cell(index, row, rule.description_column))
        for word, rule in definition.input_tables.items()
        for index, row in _rows(objects, rule)
    )
    return (*single, *rows)


def _of_supply_row(part: str, index: Oid, row: Row, rule: SupplyTable, rules: tuple[SupplyRule, ...]) -> Supply:
    words = cell(index, row, rule.description_column)
    named: SupplyKind | None = rule.kinds.get(cell(index, row, rule.kind_column) or "")
    kind = named or kind_by_words(words, rules) or rule.kind
    told = rule.classes.get(cell(index, row, rule.class_column) or "", rule.supply_class)
    supply_class = _class(kind, told)
    tells = (rule.filled_tells if supply_class is SupplyClass.FILLED else None) or rule.tells
    return Supply(part, kind, _of_row(index, row, rule, tells), supply_class, words, colour(words, None))


def _class(kind: SupplyKind, told: SupplyClass | None) -> SupplyClass:
    return told or (SupplyClass.FILLED if kind is SupplyKind.WASTE else SupplyClass.CONSUMED)


def _part(word: str, index: Oid | None = None) -> str:
    name = word.replace("_", "-")
    return name if index is None else f"{name}-{dotted(index)}"


def _rows(objects: Objects, rule: LevelTable) -> Iterator[tuple[Oid, Row]]:
    """The rows that say anything in the columns that are read."""
    wanted = set(rule.columns)
    return ((index, row) for index, row in rows_of(objects, rule.entry) if wanted & row.keys())


def _of_object(objects: Objects, rule: LevelObject) -> Level | None:
    """None if the machine does not have it."""
    if rule.oid not in objects:
        return None
    capacity = rule.capacity
    told = written(objects.get(capacity), None) if isinstance(capacity, tuple) else None
    fixed = capacity if isinstance(capacity, int) else None
    found = _level(written(objects[rule.oid], rule.pattern), told, fixed, rule.unit, rule)
    return room(found) if rule.tells == "used" else found


def _of_row(index: Oid, row: Row, rule: LevelTable, tells: str) -> Level:
    unit = rule.units.get(cell(index, row, rule.unit_column) or "", rule.unit)
    said, told = cell(index, row, rule.level_column), cell(index, row, rule.capacity_column)
    found = _level(said, told, rule.capacity, unit, rule)
    return room(found) if tells == "used" else found


def _level(said: str | None, told: str | None, fixed: int | None, unit: Unit, scale: Scale) -> Level:
    """`said` is the level and `told` the capacity as the machine writes them; `fixed` is a capacity in `unit`."""
    number, most = decimal(said), None if told in scale.absent else decimal(told)
    capacity = fixed if most is None else most * abs(scale.scale)
    raw = RawLevel(_exactly(number), _exactly(most))
    if said in scale.steps:
        return level(unit, capacity, scale.steps[said or ""], Quality.STEP, raw)
    if number is None or number < 0 or said in scale.absent or said in (*scale.some, *scale.unlimited):
        return level(unit, capacity, None, _instead(said, scale), raw)
    return level(unit, capacity, number * scale.scale + scale.offset, None, raw)


def _instead(said: str | None, scale: Scale) -> Quality | None:
    """What is known where there is no number."""
    if said in scale.some:
        return Quality.SOME
    return Quality.UNLIMITED if said in scale.unlimited else None


def _exactly(number: float | None) -> int | None:
    """The number that the machine gave, where it is whole."""
    return int(number) if number is not None and number == int(number) else None
