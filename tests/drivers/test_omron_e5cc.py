"""The heater's controller: each bit of its status, typed in a second time, and the rollers' temperature over time."""

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.modbus_device import Ways, serve_modbus
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.wires.outlet import Outlet, Wire
from pymodbus.simulator import DataType, SimData

from fleetmon.decode.snmp import Pace
from fleetmon.model.report import Report
from fleetmon.model.words import Severity, State

from .modbus_lines import Hand, Hearing, hearing, shipped, told, urls
from .modbus_peer import device, serving

OMRON = shipped("omron_e5cc")
WAYS = Ways(rtu=(Outlet(Wire.PTY), Outlet(Wire.TCP)), tcp=(0,))
E, W, R = Severity.ERROR, Severity.WARNING, Severity.REPORT

# E5CN-H manual, 6.2 Status; the upper half as H175, 5-2 has it. What only tells how the controller works means nothing.
MEANS: dict[int, tuple[str, str, Severity]] = {
    0: ("laminator-heater-failure", "heater", W),
    2: ("laminator-thermistor-failure", "heater", E),
    3: ("laminator-heater-failure", "heater", E),
    5: ("other", "heater", W),
    6: ("laminator-thermistor-failure", "heater", E),
    10: ("laminator-heater-failure", "heater", E),
    11: ("laminator-heater-failure", "heater", E),
    12: ("other", "alarm-1", W),
    13: ("other", "alarm-2", W),
    14: ("other", "alarm-3", W),
    21: ("laminator-configuration-change", "controller", R),
    22: ("laminator-offline", "controller", E),
    23: ("other", "controller", R),
    24: ("laminator-offline", "controller", E),
    26: ("other", "controller", W),
    28: ("laminator-heater-failure", "heater", W),
    31: ("laminator-heater-failure", "heater", E),
}
WITHOUT_MEANING = (1, 8, 9, 15, 16, 17, 18, 19, 20, 25, 27, 29)
UNKNOWN = (4, 7, 30)


def registers(status: int = 0, temperature: int = 1500, output: int = 300) -> list[SimData]:
    """The 4-byte map of a controller whose rollers are to have 150 degrees."""
    return [
        SimData(0, values=temperature, datatype=DataType.INT32),
        SimData(2, values=status, datatype=DataType.UINT32),
        SimData(4, values=[1500, 62, output], datatype=DataType.INT32),
        SimData(0x106, values=1500, datatype=DataType.INT32),
    ]


async def heard(*cells: SimData) -> Report:
    """What the driver makes of a controller that says this."""
    async with serving("modbus tcp", device(1, *cells)) as url, hearing(OMRON, url) as controller:
        return await controller.poll(Pace.SLOW)


@pytest.mark.parametrize("bit", range(32))
async def test_each_bit_of_the_status_lands_on_its_keyword(bit: int) -> None:
    """Reason, part and severity, the bit kept; those that say how it works mean nothing, unknown ones are `other`."""
    report = await heard(*registers(1 << bit))
    meant = MEANS.get(bit, ("other", "", W) if bit in UNKNOWN else None)
    found = [(fault.reason, fault.part or "", fault.severity) for fault in report.faults]
    assert found == ([meant] if meant else [])
    assert all(fault.codes == (f"{1 << bit:#x}",) for fault in report.faults)
    assert report.state is (State.STOPPED if meant and meant[2] is E else State.IDLE)
    assert (bit in MEANS) + (bit in WITHOUT_MEANING) + (bit in UNKNOWN) == 1


async def test_the_status_is_read_whole_and_at_once() -> None:
    """Bits of both halves in one read, beside the temperature."""
    report = await heard(*registers(0x01000140))
    assert told(report.faults) == {
        ("laminator-thermistor-failure", "heater", "0x40"),
        ("laminator-offline", "controller", "0x1000000"),
    }


@pytest.mark.parametrize("shown", [5200, 13_000, -2100, 2**31 - 1])
async def test_a_temperature_that_no_roller_has_is_none(shown: int) -> None:
    """With its sensor open a controller shows the end of its range: a broken sensor, not an overheated roller."""
    report = await heard(*registers(0x40, shown))
    assert told(report.faults) == {("laminator-thermistor-failure", "heater", "0x40")}


def together() -> tuple[Machine, Unit]:
    """A laminator at work, warm, and the controller of its rollers."""
    laminator = Machine(load_sheet("laminator"), name="lam1", backlog=1e9)
    return laminator, Unit(Machine(load_sheet("omron_heater")), laminator)


@asynccontextmanager
async def controlling(index: int = 2) -> AsyncIterator[tuple[Machine, Hearing]]:
    """The simulated controller, over a pty, RTU over TCP or Modbus TCP."""
    _, unit = together()
    async with (
        serve_modbus(unit, ways=WAYS, clock=lambda: 100.0) as reaches,
        hearing(OMRON, urls(reaches)[index]) as controller,
    ):
        yield unit.machine, controller


@pytest.mark.parametrize("index", range(3), ids=["pty", "rtu over tcp", "modbus tcp"])
async def test_the_simulated_controller_is_heard_on_every_line(index: int) -> None:
    """At its temperature it is idle, and nothing is wrong."""
    async with controlling(index) as (_, controller):
        report = await controller.poll(Pace.SLOW)
        values = await controller.says()
    assert (report.state, report.faults, report.driver) == (State.IDLE, (), "omron_e5cc")
    assert values["set_point"] == 150
    assert 147 <= float(values["process_value"]) <= 153
    assert 20 < float(values["output"]) < 90


FAULTS = tomllib.loads((MACHINES / "omron_heater.toml").read_text("utf-8"))["faults"]


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_of_the_simulated_controller(name: str) -> None:
    """As its sheet sets the bits; whatever stops the rollers stops the machine."""
    async with controlling() as (machine, controller):
        assert (await controller.poll(Pace.SLOW)).faults == ()
        machine.obey(Command(Do.RAISE, fault=name), 100.0)
        report = await controller.poll()
        machine.obey(Command(Do.CLEAR, fault=name), 100.0)
        cleared = await controller.poll()
    bit = FAULTS[name]["says"]["status"].bit_length() - 1
    reason, part, severity = MEANS[bit]
    assert (reason, part, f"{1 << bit:#x}") in told(report.faults)
    assert (report.state is State.STOPPED) == (severity is E)
    assert (reason, part) not in {(fault.reason, fault.part) for fault in cleared.faults}


async def test_a_morning_and_a_burnt_out_heater() -> None:
    """Switched on cold it warms up, which is work; then it is ready; without its element it gets cold and stays so."""
    laminator, unit = together()
    clock = Hand(10.0)
    unit.answer(b"\x03\x00\x00\x00\x02", clock.mono)
    for switch, then_s in ((Do.OFF, 4 * 3600), (Do.ON, 10)):
        for machine in (laminator, unit.machine):
            machine.obey(Command(switch), clock.mono)
        clock.mono += then_s
    said: list[tuple[State, set[str]]] = []
    async with serve_modbus(unit, clock=lambda: clock.mono) as reaches, hearing(OMRON, urls(reaches)[0]) as controller:
        for turn in range(120):
            if turn == 60:
                unit.machine.obey(Command(Do.RAISE, fault="burnout"), clock.mono)
            report = await controller.poll(after_s=10.0)
            said.append((report.state, {fault.reason for fault in report.faults} - {"other"}))  # alarm 2: too cold
            clock.mono += 10
    assert said[0] == (State.PROCESSING, {"laminator-warming-up"})
    assert said[59] == (State.IDLE, set())
    assert said[60] == (State.STOPPED, {"laminator-heater-failure"})
    assert said[-1] == (State.STOPPED, {"laminator-heater-failure", "laminator-under-temperature"})
    warming = [reasons for _, reasons in said[:60]]
    assert warming.count({"laminator-warming-up"}) == warming.index(set())  # warm once, and not by turns
