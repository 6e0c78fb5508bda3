"""Every fault of every sheet on a line of bytes goes through wire, link and driver and lands on its keyword."""

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet

from .expected_lines import EXPECTED, TOWER, Told
from .hearing_lines import NOW, complaints, driver_of, heard_in_memory, on_the_wire, raised

QUIET = {
    "escpos_slip_printer": Told("idle", EXPECTED["escpos_slip_printer"]["ribbon-worn"].faults, "TM-U375P DLE EOT 5"),
    "lapis_laminator": Told("unknown", frozenset(), "LAMINA006 p. 19"),
}
READY = Told("idle", frozenset(), "")


def test_nothing_is_left_out() -> None:
    """Every sheet that is no SNMP agent, and every fault in it."""
    sheets = {path.stem: load_sheet(path.stem) for path in MACHINES.glob("*.toml")}
    on_lines = {name: set(sheet.faults) for name, sheet in sheets.items() if sheet.snmp is None}
    tower = {fault for _, fault, _, _ in TOWER if fault}
    assert on_lines == {name: set(told) for name, told in EXPECTED.items()} | {"signal_tower": tower}


@pytest.mark.parametrize("name", EXPECTED)
async def test_every_fault_reaches_the_report(name: str) -> None:
    """Raised one after another on the same wire; each is told with its code and severity, and gone when it is gone."""
    machine = Machine(load_sheet(name))
    machine.step(NOW)
    found = {}
    async with on_the_wire(machine) as hear:
        assert complaints(await hear(), QUIET.get(name, READY)) == []
        for fault, told in EXPECTED[name].items():
            machine = raised(load_sheet(name), fault)
            async with on_the_wire(machine) as hear_it:
                if said := complaints(await hear_it(), told):
                    found[fault] = said
    assert found == {}


@pytest.mark.parametrize("name", EXPECTED)
def test_in_memory_it_is_the_same(name: str) -> None:
    """The mutants are heard in memory, so the right ones are too."""
    for fault, told in EXPECTED[name].items():
        sheet = load_sheet(name)
        assert complaints(heard_in_memory(raised(sheet, fault), driver_of(sheet)), told) == [], fault


def under_a_tower(doing: str) -> Machine:
    """A laminator that works, stands with a jam, or works with little film left, at a whole second."""
    machine = Machine(load_sheet("laminator"), backlog=1e9)
    if doing == "stopped":
        machine.obey(Command(Do.RAISE, fault="document-jam"), 0)
    if doing == "warned":
        machine.obey(Command(Do.RAISE, fault="bay-near-full"), 0)
    machine.step(NOW)
    return machine


@pytest.mark.parametrize(("doing", "fault", "state", "faults"), TOWER)
def test_every_lamp_of_a_tower_reaches_the_report(
    doing: str, fault: str, state: str, faults: frozenset[tuple[str, str, frozenset[str]]]
) -> None:
    """What is lit under a machine that works, stops or warns, and what broken wires make of that."""
    tower = raised(load_sheet("signal_tower"), *filter(None, (fault,)))
    report = heard_in_memory(tower, driver_of(tower.sheet), under_a_tower(doing))
    assert complaints(report, Told(state, faults, "IEC 60073")) == []
