"""Lamps of a signal tower: every combination of lit lamps, and a tower on a machine that stops."""

import itertools

import pytest
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.modbus_device import Ways, serve_modbus
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.outlet import Outlet, Wire
from pymodbus.simulator import DataType, SimData, SimDevice

from fleetmon.model.words import Severity, State

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
