"""Orders to offices and machines: who may be told what, and what cannot be obeyed."""

import pytest
from fleetmon.simulators.model.commands import Command, Do, Happening, read_command
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput, Table
from fleetmon.simulators.sheets.sheet import load_sheet

from .conftest import Build


@pytest.mark.parametrize(
    ("machine", "command", "complaint"),
    [
        ("prn-9", Command(Do.HANG), "no machine is named 'prn-9'"),
        ("", Command(Do.HANG), "no machine is named ''"),
        ("lam-1", Command(Do.RAISE, fault="nonsense"), "no fault 'nonsense'"),
        ("lam-1", Command(Do.ABSENT), "absent is for the office, not for 'lam-1'"),
        ("line-9", Command(Do.PAUSE), "pause is for the office, not for 'line-9'; there are: line-1"),
        ("", Command(Do.SHORTAGE, store="glue"), "no machine here has 'glue'"),
        ("lam-1", Command(Do.DELIVER, store="black"), "no machine lam-1 has 'black'"),
    ],
)
def test_impossible_orders_are_refused(small: Build, machine: str, command: Command, complaint: str) -> None:
    """An order nothing here can obey is refused by name, given now or planned, and changes nothing."""
    plant = small()
    before = list(plant.truth_lines(5000))
    with pytest.raises(BadInput, match=complaint):
        plant.obey(machine, command, 9000)
    assert list(plant.truth_lines(5000)) == before
    with pytest.raises(BadInput, match=complaint):
        small(happenings=[Happening(60, machine, command)])


def test_a_lone_machine_knows_no_office() -> None:
    """Who orders a holiday of a machine that stands alone is told so."""
    with pytest.raises(BadInput, match="holiday is for an office"):
        Machine(load_sheet("laminator")).obey(Command(Do.HOLIDAY), 0)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ({"do": "hang"}, Command(Do.HANG)),
        ({"do": "slow", "factor": 1.5, "seconds": 60}, Command(Do.SLOW, factor=1.5, seconds=60)),
        ({"do": "replace", "serial": "X"}, Command(Do.REPLACE, serial="X")),
        ({"do": "shortage", "store": "film", "seconds": 9}, Command(Do.SHORTAGE, store="film", seconds=9)),
        ({"do": "wrap-counter", "documents": 3}, Command(Do.WRAP_COUNTER, documents=3)),
        ({"do": "demand", "factor": 2}, Command(Do.DEMAND, factor=2)),
    ],
)
def test_orders_are_read_with_their_own_keys(words: dict[str, object], command: Command) -> None:
    """Each word takes its keys and no others."""
    table = Table(words, "order")
    assert read_command(table) == command
    table.done()


@pytest.mark.parametrize("words", [{"do": "slow"}, {"do": "shortage"}, {"do": "hang", "factor": 2}, {"do": "dance"}])
def test_orders_with_keys_missing_or_too_many_are_refused(words: dict[str, object]) -> None:
    """A factor that is missing, a key that means nothing here and a word nobody knows are named."""
    table = Table(words, "order")

    def read() -> None:
        read_command(table)
        table.done()

    with pytest.raises(BadInput):
        read()


def test_a_line_is_paused_by_its_name_and_resumed(small: Build) -> None:
    """After a pause nothing new comes to the line; after resume it comes at once."""
    plant = small()
    plant.obey("line-1", Command(Do.PAUSE), 4000)
    came = plant.lines[0].entered - plant.lines[0].rejected
    plant.step(9000)
    assert plant.lines[0].entered - plant.lines[0].rejected == came
    plant.obey("line-1", Command(Do.RESUME), 9000)
    assert plant.lines[0].entered - plant.lines[0].rejected > came


def test_demand_may_be_a_multiple(small: Build) -> None:
    """With four times the work, far more comes on a day than usually."""
    usual, busy = small(seed=5, hours=[]), small(seed=5, hours=[])
    busy.obey("", Command(Do.DEMAND, factor=4), 0)
    for plant in (usual, busy):
        plant.step(86_400)
    assert busy.lines[0].entered > 2.5 * usual.lines[0].entered
