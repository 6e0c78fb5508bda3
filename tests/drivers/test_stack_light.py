"""Lamps of a signal tower: every combination of lit lamps, and a tower on a machine that stops."""

import itertools
from pathlib import Path

import pytest
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.modbus_device import Ways, serve_modbus
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.outlet import Outlet, Wire
from pymodbus.simulator import DataType, SimData, SimDevice

from fleetmon import catalog
from fleetmon.conversation import converse
from fleetmon.decode.lines import poll
from fleetmon.decode.snmp import Pace
from fleetmon.definition import ModbusDefinition
from fleetmon.definition.modbus import Table
from fleetmon.links.register_file import RegisterFile
from fleetmon.model.report import Report
from fleetmon.model.words import Severity, State

from .hearing import at_once
from .modbus_lines import hearing, shipped, told, urls
from .modbus_peer import serving

TOWER = shipped("stack_light")
WAYS = Ways(rtu=(Outlet(Wire.PTY), Outlet(Wire.TCP)), tcp=(0,))
RED = ("other", "red-lamp", "red 1")
AMBER = ("other", "amber-lamp", "amber 1")
BUZZER = ("other", "buzzer", "buzzer 1")


def module(*lit: bool) -> SimDevice:
    """An input module on whose first inputs these lamps are."""
    bits = [SimData(0, values=[*lit, *[False] * 4], datatype=DataType.BITS)]
    nothing = [SimData(0, values=0, datatype=DataType.UINT16)]
    return SimDevice(1, simdata=([SimData(0, values=[False], datatype=DataType.BITS)], bits, nothing, nothing))


@pytest.mark.parametrize("lit", list(itertools.product([False, True], repeat=4)))
async def test_every_combination_of_lamps(lit: tuple[bool, ...]) -> None:
    """Red stops, green works, dark and amber are idle; each lamp that calls for somebody is a fault of its own."""
    red, amber, green, buzzer = lit
    async with serving("modbus tcp", module(*lit)) as url, hearing(TOWER, url) as tower:
        report = await tower.poll()
    assert report.state is (State.STOPPED if red else State.PROCESSING if green else State.IDLE)
    wanted = zip((RED, AMBER, BUZZER), (red, amber, buzzer), strict=True)
    assert told(report.faults) == {fault for fault, stands in wanted if stands}
    severities = {fault.part: fault.severity for fault in report.faults}
    assert all((severity is Severity.ERROR) == (part == "red-lamp") for part, severity in severities.items())
    assert all(fault.text for fault in report.faults)


@pytest.mark.parametrize("index", range(3), ids=["pty", "rtu over tcp", "modbus tcp"])
async def test_a_tower_on_a_laminator(index: int) -> None:
    """Green while it works; red and the buzzer when its cover opens; green again when that is closed."""
    laminator = Machine(load_sheet("laminator"), name="lam1", backlog=1e9)
    unit = Unit(Machine(load_sheet("signal_tower")), laminator)
    async with (
        serve_modbus(unit, ways=WAYS, clock=lambda: 100.0) as reaches,
        hearing(TOWER, urls(reaches)[index], unit.number) as tower,
    ):
        working = await tower.poll()
        laminator.obey(Command(Do.RAISE, fault="cover-open"), 100.0)
        stopped = await tower.poll()
        laminator.obey(Command(Do.CLEAR, fault="cover-open"), 100.0)
        again = await tower.poll()
    assert (working.state, told(working.faults)) == (State.PROCESSING, set())
    assert stopped.state is State.STOPPED
    assert RED in told(stopped.faults)
    assert again.state is State.PROCESSING


@pytest.mark.parametrize("wire", ["red-wire-open", "buzzer-muted", "relay-wire-open"])
async def test_a_broken_wire_is_a_dark_lamp(wire: str) -> None:
    """Nobody can hear of a stop over a wire that is open: a driver of lamps knows lamps, and says no more."""
    laminator = Machine(load_sheet("laminator"), name="lam1", backlog=1e9)
    unit = Unit(Machine(load_sheet("signal_tower")), laminator)
    async with (
        serve_modbus(unit, clock=lambda: 100.0) as reaches,
        hearing(TOWER, urls(reaches)[0], unit.number) as tower,
    ):
        unit.machine.obey(Command(Do.RAISE, fault=wire), 100.0)
        laminator.obey(Command(Do.RAISE, fault="cover-open"), 100.0)
        report = await tower.poll()
    assert (report.state is State.STOPPED) == (wire != "red-wire-open")
    assert (RED in told(report.faults)) == (wire != "red-wire-open")


GREEN, RED_INPUT = 'codes = { 1 = "processing" }', 'red = { table = "discrete", address = 0 }'
CYCLES = """buzzer = { table = "discrete", address = 3 }
cycles = { table = "input", address = 1, form = "u32" }

[counters.cycles]
unit = "documents"
"""
BLUE = """buzzer = { table = "discrete", address = 3 }
blue = { table = "discrete", address = 4 }

[faults.blue]
prefix = "blue "
none = ["0"]
codes = { 1 = { reason = "other", severity = "report", text = "blue lamp", part = "blue-lamp" } }
"""
RELAY = """buzzer = { table = "discrete", address = 3 }
relay = { table = "discrete", address = 4 }

[faults.relay]
prefix = "relay "
none = ["1"]
codes = { 0 = { reason = "other", severity = "error", text = "fault relay dropped", part = "relay" } }
"""
BUZZER_INPUT = 'buzzer = { table = "discrete", address = 3 }\n'
LIT: dict[Table, dict[int, int]] = {"discrete": {0: 1, 1: 0, 2: 0, 3: 0, 4: 0}}
CALM: dict[Table, dict[int, int]] = {"discrete": {0: 0, 1: 0, 2: 1, 3: 0, 4: 0}}


def adapted(folder: Path, old: str, new: str, said: dict[Table, dict[int, int]]) -> Report:
    """What a site's own copy of the driver, with this changed, makes of a module that says this."""
    text = catalog.load().driver("stack_light").folder.joinpath("driver.toml").read_text("utf-8")
    assert old in text
    own = folder / "tower_lam1"
    own.mkdir()
    changed = text.replace(old, new).replace('name = "stack_light"', 'name = "tower_lam1"')
    (own / "driver.toml").write_text(changed, "utf-8")
    definition = catalog.load(folder).driver("tower_lam1").definition
    assert isinstance(definition, ModbusDefinition)
    return at_once(converse(poll(definition, None, Pace.FAST, 0.0), RegisterFile(said))).report


@pytest.mark.parametrize(
    ("old", "new", "said", "state", "faults"),
    [
        (RED_INPUT, 'red = { table = "coil", address = 7 }', {**CALM, "coil": {7: 1}}, State.STOPPED, {RED}),
        (RED_INPUT, 'red = { table = "input", address = 0, bit = 3 }', {**CALM, "input": {0: 8}}, State.STOPPED, {RED}),
        (
            RED_INPUT,
            'red = { table = "input", address = 0, bit = 3 }',
            {**CALM, "input": {0: 7}},
            State.PROCESSING,
            set(),
        ),
        (GREEN, 'codes = { 1 = "idle" }', CALM, State.IDLE, set()),
        (
            BUZZER_INPUT,
            BLUE,
            LIT | {"discrete": {0: 0, 1: 0, 2: 1, 3: 0, 4: 1}},
            State.PROCESSING,
            {("other", "blue-lamp", "blue 1")},
        ),
        (BUZZER_INPUT, RELAY, {"discrete": {0: 0, 1: 0, 2: 1, 3: 0, 4: 1}}, State.PROCESSING, set()),
        (BUZZER_INPUT, RELAY, CALM, State.STOPPED, {("other", "relay", "relay 0")}),
    ],
)
def test_it_is_adapted_as_its_page_says(
    old: str,
    new: str,
    said: dict[Table, dict[int, int]],
    state: State,
    faults: set[tuple[str, str, str]],
    tmp_path: Path,
) -> None:
    """Other inputs, coils, bits of a register, another meaning of green, more lamps, a relay of the safe kind."""
    report = adapted(tmp_path, old, new, said)
    assert (report.state, told(report.faults)) == (state, faults)


def test_a_cycle_contact_is_counted(tmp_path: Path) -> None:
    """The most telling of all: what the machine has made."""
    report = adapted(tmp_path, BUZZER_INPUT, CYCLES, {**CALM, "input": {1: 1, 2: 2}})
    assert [(counter.total, str(counter.unit)) for counter in report.counters] == [(65538, "documents")]


async def test_a_flashing_lamp_is_caught_lit_or_dark() -> None:
    """Green flashes while the machine waits: one look cannot tell it from steady, but no look invents a fault."""
    laminator = Machine(load_sheet("laminator"), name="lam1", backlog=0.0)
    unit = Unit(Machine(load_sheet("signal_tower")), laminator)
    now = [100.0]
    async with (
        serve_modbus(unit, clock=lambda: now[0]) as reaches,
        hearing(TOWER, urls(reaches)[0], unit.number) as tower,
    ):
        seen = set()
        for _ in range(20):
            now[0] += 0.13
            report = await tower.poll()
            seen.add(report.state)
            assert report.faults == ()
    assert seen == {State.IDLE, State.PROCESSING}
