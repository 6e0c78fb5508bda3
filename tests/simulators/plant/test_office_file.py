"""Offices as files: what is shipped, and mistakes that are named where they stand."""

from datetime import date

import pytest
from fleetmon.simulators.plant import Plant, load_plant_office
from fleetmon.simulators.reading import BadInput

from .conftest import Build


@pytest.mark.parametrize(("name", "machines", "desks"), [("two_lines", 6, 1), ("six_machines", 6, 2), ("demo", 3, 0)])
def test_shipped_offices_load(name: str, machines: int, desks: int) -> None:
    """Each shipped office has the machines its title speaks of; the demonstration's stand alone."""
    office = load_plant_office(name)
    plant = Plant(office)
    assert (len(plant.machines), len(plant.posts) - len(plant.posts.keys() & plant.machines.keys())) == (
        machines,
        desks,
    )


def test_hours_holidays_and_stock_are_read() -> None:
    """The plan knows which days are off, announced or not, and the shelf what lies on it."""
    office = load_plant_office("two_lines")
    assert office.plan.holidays[date(2026, 3, 23)] == "Pakistan Day"
    assert date(2026, 4, 20) in office.plan.unannounced
    assert {item.name for item in office.stock} >= {"laminator/upper-film", "passport_printer/Magazine"}
    assert office.start.isoformat() == "2026-03-30T07:30:00+05:00"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"zone": "Asia/Atlantis"}, "zone: 'Asia/Atlantis' is no IANA time zone"),
        ({"start": "yesterday"}, "start: 'yesterday' is no local time"),
        ({"parameters": {"batch_meen": 1}}, "no such figure 'batch_meen'"),
        ({"hours": [{"name": "x", "shifts": ["8-9"]}]}, "shifts: '8-9' is no span"),
        ({"hours": [{"name": "x", "shifts": [], "days": ["mo"]}]}, "days: allowed: mon"),
        ({"hours": [{"name": "x", "shifts": [], "from": "soon"}]}, "from: 'soon' is no day"),
        ({"holidays": {"23 March": "x"}}, "holidays: a day is written"),
        ({"lines": [{"name": "a", "stages": [["nobody"]]}]}, "no machine or desk is named 'nobody'"),
        ({"lines": [{"name": "a", "stages": [["prn-1"], ["prn-1"]]}], "desks": []}, "prn-1 stands in two places"),
        ({"lines": [{"name": "a", "stages": [["prn-1"], []]}]}, "stages: a list like"),
        ({"lines": [{"name": "a", "stages": [["prn-1"]], "buffers": [3]}]}, "buffers: 0 numbers from 1"),
        ({"lines": []}, "qc-1 is in no line"),
        ({"stock": [{"sheet": "laminator", "store": "glue", "units": 1}]}, "no machine here has laminator's 'glue'"),
        ({"machines": [{"name": "a", "sheet": "laminator", "follows": "b"}]}, "a follows 'b'"),
        ({"machines": [{"name": "a", "sheet": "laminator", "stores": {"glue": {}}}]}, "has no store 'glue'"),
        ({"colour": "blue"}, "colour: no such key"),
    ],
)
def test_mistakes_are_named_where_they_stand(small: Build, changes: dict[str, object], complaint: str) -> None:
    """A mistake in an office's file is one line that says where it is and what would be allowed."""
    with pytest.raises(BadInput) as raised:
        small(**changes)
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_counter_in_batches_comes_with_the_file(small: Build) -> None:
    """`counts_in_batches_of` makes a counter jump, while documents leave one by one."""
    machines = [{"name": "prn-1", "sheet": "passport_printer", "counts_in_batches_of": 10}]
    plant = small(machines=machines, desks=[], lines=[{"name": "a", "stages": [["prn-1"]]}], stock=[], hours=[])
    printer, counts = plant.machines["prn-1"], set()
    for moment in range(0, 7200, 10):
        printer.step(moment)
        counts.add(printer.documents)
    assert printer.made - printer.documents < 10
    assert len(counts) > 3
    assert all(count % 10 == 0 for count in counts)


def test_stores_of_one_machine_may_differ(small: Build) -> None:
    """An office may say how full a roll is at the start, and that nobody looks after it."""
    stores = {"upper-film": {"start": 20, "refill_after": 0}}
    machines = [{"name": "lam-1", "sheet": "laminator", "stores": stores}]
    plant = small(machines=machines, desks=[], lines=[{"name": "a", "stages": [["lam-1"]]}], stock=[], hours=[])
    plant.step(86_400)
    assert plant.machines["lam-1"].left("upper-film") == 0
    assert 17 <= plant.machines["lam-1"].made <= 20
