"""What a definition's own objects and tables make of supplies and inputs: in whatever unit, word or number."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.decode import declared_levels
from fleetmon.decode.dialogue import Value
from fleetmon.decode.levels import level, room
from fleetmon.model.oid import oid
from fleetmon.model.report import RawLevel, Supply
from fleetmon.model.words import Quality, SupplyClass, SupplyKind, Unit

from .test_declared import VENDOR, definition, report

FILM = {"oid": f"{VENDOR}.1.0", "kind": "laminate", "capacity": 400, "unit": "items", "description": "Upper film"}


def film(**parts: Any) -> Any:
    """A driver with one supply, told by one object."""
    return definition(supplies={"upper_film": FILM | parts})


def only_supply(driver: Any, *lines: str) -> Supply:
    """The one supply of a machine that says this."""
    heard = report(driver, *lines)
    assert len(heard.supplies) == 1, heard.supplies
    return heard.supplies[0]


@pytest.mark.parametrize(
    ("parts", "value", "told", "percent", "quality"),
    [
        ({}, "2|100", 100, 25.0, Quality.EXACT),
        ({}, "66|400", 400, 100.0, Quality.EXACT),
        ({}, "4|100", 100, 25.0, Quality.EXACT),
        ({}, "2|0", 0, 0.0, Quality.EXACT),
        ({}, "2|401", 401, None, Quality.EXACT),
        ({}, "2|-2", None, None, Quality.UNKNOWN),
        ({}, "4|much", None, None, Quality.UNKNOWN),
        ({"scale": 0.1}, "2|1005", 100, 25.12, Quality.EXACT),
        ({"scale": 10, "capacity": 4000}, "4|12.5", 125, 3.12, Quality.EXACT),
        ({"pattern": r"(?P<value>\d+) left"}, "4|300 left of 400", 300, 75.0, Quality.EXACT),
        ({"pattern": r"(?P<value>\d+) left"}, "4|none", None, None, Quality.UNKNOWN),
        ({"absent": [255, "n/a"]}, "2|255", None, None, Quality.UNKNOWN),
        ({"absent": [255, "n/a"]}, "4|n/a", None, None, Quality.UNKNOWN),
        ({"some": [-3]}, "2|-3", None, None, Quality.SOME),
        ({"unlimited": [-1]}, "2|-1", None, None, Quality.UNLIMITED),
        ({"steps": {"full": 400, "low": 40, "2": 0}}, "4|low", 40, 10.0, Quality.STEP),
        ({"steps": {"full": 400, "low": 40, "2": 0}}, "2|2", 0, 0.0, Quality.STEP),
        ({"unit": "percent", "capacity": None}, "2|62", 62, 62.0, Quality.EXACT),
        ({"unit": "percent", "capacity": None}, "2|162", 162, None, Quality.EXACT),
        ({"scale": -1, "offset": 400}, "2|100", 300, 75.0, Quality.EXACT),
        ({"scale": -1, "offset": 400}, "2|-2", None, None, Quality.UNKNOWN),
        ({"class": "filled"}, "2|100", 100, 25.0, Quality.EXACT),
        ({"tells": "used"}, "2|100", 300, 75.0, Quality.EXACT),
        ({"class": "filled", "tells": "used"}, "2|100", 300, 75.0, Quality.EXACT),
        ({"class": "filled", "tells": "used"}, "2|999", 0, 0.0, Quality.EXACT),
        ({"class": "filled", "tells": "used"}, "2|-2", None, None, Quality.UNKNOWN),
        ({"kind": "waste", "tells": "used", "unit": "percent", "capacity": None}, "2|90", 10, 10.0, "exact"),
    ],
)
def test_a_level_is_read_as_the_manual_says(
    parts: dict[str, Any], value: str, told: int | None, percent: float | None, quality: Quality
) -> None:
    """Scaled, picked, put for a word; unknown where it is absent, negative or no number, and never 0 instead."""
    found = only_supply(film(**parts), f"{VENDOR}.1.0|{value}").level
    assert (found.level, found.percent, found.quality) == (told, percent, quality)


def test_who_a_supply_is() -> None:
    """Its part is its name in the definition; waste is filled, everything else consumed, unless it is said."""
    lines = [f"{VENDOR}.{n}.0|2|1" for n in (1, 2, 3)]
    waste = {"oid": f"{VENDOR}.2.0", "kind": "waste"}
    other = {"oid": f"{VENDOR}.3.0", "kind": "other", "class": "filled", "description": "Red box"}
    heard = report(definition(supplies={"upper_film": FILM, "waste": waste, "red": other}), *lines)
    assert [(each.part, each.kind, each.supply_class, each.description, each.colour) for each in heard.supplies] == [
        ("upper-film", SupplyKind.LAMINATE, SupplyClass.CONSUMED, "Upper film", None),
        ("waste", SupplyKind.WASTE, SupplyClass.FILLED, None, None),
        ("red", SupplyKind.OTHER, SupplyClass.FILLED, "Red box", "red"),
    ]


def test_a_supply_that_the_machine_does_not_have_is_not_shown() -> None:
    """Without the object there is no supply, and no unknown one either."""
    assert report(film(), f"{VENDOR}.9.0|2|1").supplies == ()


@pytest.mark.parametrize(
    ("line", "capacity", "percent"),
    [("2|500", 50, 20.0), ("2|0", None, None), ("2|-2", None, None), ("5|", None, None)],
)
def test_a_capacity_may_be_told_by_the_machine(line: str, capacity: int | None, percent: float | None) -> None:
    """It is scaled like the level; a capacity that is none yields no percentage."""
    driver = film(capacity=f"{VENDOR}.2.0", scale=0.1)
    found = only_supply(driver, f"{VENDOR}.1.0|2|100", f"{VENDOR}.2.0|{line}").level
    assert (found.level, found.capacity, found.percent) == (10, capacity, percent)


def test_the_machine_s_own_numbers_are_kept() -> None:
    """As it gave them, before they were scaled."""
    driver = film(capacity=f"{VENDOR}.2.0", scale=0.1)
    assert only_supply(driver, f"{VENDOR}.1.0|2|100", f"{VENDOR}.2.0|2|500").level.raw == RawLevel(100, 500)


TABLE = {
    "entry": f"{VENDOR}.3.1",
    "level_column": 4,
    "capacity_column": 5,
    "description_column": 3,
    "kind_column": 2,
    "kinds": {"1": "ink", "2": "other", "3": "waste"},
    "unit": "tenthsOfMilliliters",
    "filled_tells": "used",
    "absent": [-1, -2],
}
ROWS = "\n".join(
    f"{VENDOR}.3.1.2.{n}|2|{kind}\n{VENDOR}.3.1.3.{n}|4|{name}\n{VENDOR}.3.1.4.{n}|2|{level}\n{VENDOR}.3.1.5.{n}|2|400"
    for n, kind, name, level in [(1, 1, "Cyan", 320), (2, 1, "Black", -1), (5, 2, "Varnish", 120), (6, 3, "Tank", 120)]
)


def test_a_table_of_supplies() -> None:
    """A row a supply, named by its index; what differs is told by columns, what is collected is turned round."""
    heard = report(definition(supply_tables={"supply": TABLE}), ROWS)
    assert [(s.part, s.kind, s.level.percent, s.description, s.colour) for s in heard.supplies] == [
        ("supply-1", SupplyKind.INK, 80.0, "Cyan", "cyan"),
        ("supply-2", SupplyKind.INK, None, "Black", "black"),
        ("supply-5", SupplyKind.OTHER, 30.0, "Varnish", None),
        ("supply-6", SupplyKind.WASTE, 70.0, "Tank", None),
    ]
    assert {s.level.unit for s in heard.supplies} == {Unit.TENTHS_OF_MILLILITERS}
    assert [s.supply_class for s in heard.supplies][-1] is SupplyClass.FILLED


def test_a_table_s_kinds_are_told_by_its_column_its_words_or_the_rule() -> None:
    """What the column says goes before what the words suggest, and that before what the table says of all rows."""
    parts = TABLE | {"kinds": {"1": "ink"}, "kind": "ribbon"}
    rules = [{"pattern": "(?i)tank", "kind": "waste"}]
    heard = report(definition(supply_tables={"supply": parts}, supply_rules=rules), ROWS)
    assert [s.kind.value for s in heard.supplies] == ["ink", "ink", "ribbon", "waste"]


def test_units_and_classes_may_differ_from_row_to_row() -> None:
    """A column tells them, in the words of the definition; a value without a word has the unit of the table."""
    own = {"unit_column": 6, "units": {"19": "percent"}, "class_column": 7, "classes": {"4": "filled"}}
    parts = {"entry": f"{VENDOR}.3.1", "level_column": 4, "unit": "items", **own}
    cells = {4: (30, 30), 6: (19, 7), 7: (3, 4)}
    rows = [f"{VENDOR}.3.1.{column}.{n}|2|{cells[column][n - 1]}" for column in cells for n in (1, 2)]
    found = report(definition(supply_tables={"supply": parts}), *rows).supplies
    assert [(s.level.unit, s.level.percent, s.supply_class) for s in found] == [
        (Unit.PERCENT, 30.0, SupplyClass.CONSUMED),
        (Unit.ITEMS, None, SupplyClass.FILLED),
    ]


def test_inputs_are_told_likewise() -> None:
    """Objects by their name, rows by their table's name and their index."""
    tray = {"oid": f"{VENDOR}.1.0", "unit": "documents", "steps": {"0": 0, "1": 10, "2": 200}, "capacity": 200}
    trays = {"entry": f"{VENDOR}.3.1", "level_column": 4, "capacity_column": 5, "description_column": 3}
    heard = report(definition(inputs={"feeder": tray}, input_tables={"tray": trays}), f"{VENDOR}.1.0|2|1", ROWS)
    assert [(each.part, each.description, each.level.percent) for each in heard.inputs] == [
        ("feeder", None, 5.0),
        ("tray-1", "Cyan", 80.0),
        ("tray-2", "Black", None),
        ("tray-5", "Varnish", 30.0),
        ("tray-6", "Tank", 30.0),
    ]


NUMBERS = st.none() | st.integers(-(2**64), 2**64) | st.floats()


@given(st.sampled_from(Unit) | st.none(), NUMBERS, NUMBERS)
def test_no_percentage_is_invented(unit: Unit | None, capacity: float | None, left: float | None) -> None:
    """Whatever the numbers: between 0 and 100 or none, and nothing is both unknown and exact."""
    for found in (level(unit, capacity, left), room(level(unit, capacity, left))):
        assert found.percent is None or 0 <= found.percent <= 100
        assert (found.level is not None) == (found.quality is Quality.EXACT)
        assert found.percent is None or found.level is not None


VALUES = st.none() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=40) | st.just((1, 3, 6))
CELLS = st.tuples(st.integers(0, 8), st.integers(0, 3)).map(lambda cell: (*oid(f"{VENDOR}.3.1"), *cell))
SCALES = st.fixed_dictionaries(
    {}, optional={"scale": st.floats(-1e9, 1e9), "offset": st.floats(-1e9, 1e9), "absent": st.just(["7"])}
)


@given(st.dictionaries(CELLS | st.just(oid(f"{VENDOR}.1.0")), VALUES, max_size=30), SCALES)
def test_whatever_a_machine_says_no_level_is_invented(objects: dict[Any, Value], scale: dict[str, Any]) -> None:
    """Any types in any cells: a supply for each row that says something, each with an honest level."""
    heard = {name: value for name, value in objects.items() if value is not None}
    driver = definition(supplies={"film": FILM | scale}, supply_tables={"supply": TABLE | scale})
    rows = {name[-1] for name in heard if len(name) > len(oid(f"{VENDOR}.1.0")) and name[-2] in (2, 3, 4, 5)}
    found = declared_levels.supplies(heard, driver)
    assert len(found) == len(rows) + (oid(f"{VENDOR}.1.0") in heard)
    assert all(s.level.percent is None or 0 <= s.level.percent <= 100 for s in found)
    assert all(s.level.level is None or s.level.level >= 0 for s in found)
