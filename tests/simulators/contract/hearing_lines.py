"""A simulated machine on a line of bytes, heard by its driver: over a socket as the daemon does, or in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from fleetmon.simulators.byte_agent import open_outlet
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.parts import Fault, Sheet
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.conversation import Voice
from fleetmon.simulators.wires.outlet import Outlet

from fleetmon import catalog
from fleetmon.conversation import converse as converse_on_the_wire
from fleetmon.decode.snmp import Pace
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.errors import LinkError
from fleetmon.lab.stage.asked import asked
from fleetmon.lab.virtual_time.bridge import converse
from fleetmon.lab.virtual_time.lines import SpokenTo, voice_of
from fleetmon.lab.virtual_time.moment import Moment
from fleetmon.links.opening import open_line
from fleetmon.links.serial.ports import Ports
from fleetmon.model.address import Address
from fleetmon.model.plan import SerialChoice, SourcePlan
from fleetmon.model.report import Report
from fleetmon.sources import line_behaviour, port_settings

from .expected_lines import Told

DRIVERS = catalog.load()
NOW = 600.0
Driver = LineDefinition | ModbusDefinition


def source_of(sheet: Sheet, port: int = 1) -> SourcePlan:
    """As the settings of an office have it, with little patience."""
    how = asked(sheet)
    assert how is not None
    url = f"{how.scheme.value}://127.0.0.1:{port}"
    serial = SerialChoice(timeout_s=0.5)
    return SourcePlan("main", url, how.driver, unit=how.unit, modbus_unit=how.modbus_unit, serial=serial)


def driver_of(sheet: Sheet) -> Driver:
    """The shipped driver that speaks its protocol."""
    found = DRIVERS.driver(source_of(sheet).driver or "").definition
    assert isinstance(found, LineDefinition | ModbusDefinition)
    return found


def with_fault(name: str, fault: Fault) -> Sheet:
    """The model, in which one fault is said otherwise."""
    sheet = load_sheet(name)
    return replace(sheet, faults={**sheet.faults, fault.name: fault})


def raised(sheet: Sheet, *faults: str) -> Machine:
    """A machine at rest in which these faults stand, some minutes later."""
    machine = Machine(sheet)
    for fault in faults:
        machine.obey(Command(Do.RAISE, fault=fault), 0)
    machine.step(NOW)
    return machine


def heard_in_memory(machine: Machine, driver: Driver, wired: Machine | None = None) -> Report:
    """What a first conversation understands."""
    clock = Moment()
    clock.mono = NOW
    partner = SpokenTo(machine, voice_of(machine, wired), (), lambda: False, lasts_s=60.0)
    partner.at(NOW)
    dialogue = line_behaviour(driver, source_of(machine.sheet), clock)(None, Pace.SLOW)
    report: Report = converse(dialogue, partner.ask).report
    return report


@asynccontextmanager
async def on_the_wire(machine: Machine) -> AsyncIterator[Callable[[], object]]:
    """Serve a machine that stands still in time; yields how to hear it."""
    interface = machine.sheet.modbus or machine.sheet.speaks
    assert interface is not None
    async with open_outlet(Voice(voice_of(machine), interface.line, lambda: NOW), Outlet()) as reach:
        source, ports, clock = source_of(machine.sheet, reach.port), Ports(), Moment()
        clock.mono = NOW
        driver = driver_of(machine.sheet)
        link = open_line(Address.parse(source.url), port_settings(driver, source), ports)

        async def hear() -> Report:
            report: Report = (
                await converse_on_the_wire(line_behaviour(driver, source, clock)(None, Pace.SLOW), link)
            ).report
            return report

        try:
            yield hear
        finally:
            await link.close()
            ports.close()


def complaints(report: Report, told: Told) -> list[str]:
    """What is not as it must be."""
    said = {(fault.reason, str(fault.severity), frozenset(fault.codes)) for fault in report.faults}
    found = [f"nothing of {each}" for each in sorted(told.faults - said, key=str)]
    found += [f"{each} beside" for each in sorted(said - told.faults, key=str)]
    state = "asleep" if report.asleep else str(report.state)
    if state != told.state:
        found.append(f"the machine is {state}, not {told.state}")
    return found + [f"it mentions {notice}" for notice in report.notices]


def holds(machine: Machine, driver: Driver, told: Told) -> bool:
    """Whether this machine is understood as it must be; one that cannot be served or understood at all is not."""
    try:
        return not complaints(heard_in_memory(machine, driver), told)
    except (LinkError, BadInput):
        return False
