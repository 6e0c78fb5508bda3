"""A machine on a line of bytes says in memory what its link brings from the wire, and a bad line spoils it alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fleetmon.simulators.bad_line import BadLine, read_vice
from fleetmon.simulators.byte_agent import open_outlet
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.stories.scenario import LinkHappening
from fleetmon.simulators.vices import Carriage, Vice
from fleetmon.simulators.wires.conversation import Voice
from fleetmon.simulators.wires.delivery import Delivery
from fleetmon.simulators.wires.outlet import Outlet

from fleetmon import catalog
from fleetmon.conversation import converse as converse_on_the_wire
from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.lines import asks
from fleetmon.decode.snmp import Pace
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.errors import LinkError
from fleetmon.lab.stage.asked import asked
from fleetmon.lab.virtual_time.bridge import converse
from fleetmon.lab.virtual_time.lines import SpokenTo, gathered, voice_of
from fleetmon.lab.virtual_time.moment import Moment
from fleetmon.links.base import LineLink
from fleetmon.links.opening import open_line
from fleetmon.links.serial.ports import Ports
from fleetmon.model.address import Address, Scheme
from fleetmon.model.plan import SerialChoice, SourcePlan
from fleetmon.model.report import Report
from fleetmon.sources import line_behaviour, port_settings

DRIVERS = catalog.load()
SHEETS = sorted(path.stem for path in MACHINES.glob("*.toml") if load_sheet(path.stem).snmp is None)
NOW = 1800.0


def machine(sheet: str, *faults: str) -> Machine:
    """One that has worked for half an hour, and in which these faults stand."""
    made = Machine(load_sheet(sheet), name=sheet, seed=7, backlog=50)
    made.step(NOW)
    for fault in faults:
        made.obey(Command(Do.RAISE, fault=fault), NOW)
    return made


def source_of(sheet: str, port: int = 1) -> SourcePlan:
    how = asked(load_sheet(sheet))
    assert how is not None
    url = f"{how.scheme.value}://127.0.0.1:{port}"
    line = SerialChoice(timeout_s=0.4)
    return SourcePlan("main", url, how.driver, unit=how.unit, modbus_unit=how.modbus_unit, serial=line)


def definition_of(sheet: str) -> LineDefinition | ModbusDefinition:
    found = DRIVERS.driver(source_of(sheet).driver or "").definition
    assert isinstance(found, LineDefinition | ModbusDefinition)
    return found


def partner(met: Machine, *links: LinkHappening) -> SpokenTo:
    made = SpokenTo(met, voice_of(met), links, lambda: False, lasts_s=30.0)
    made.at(NOW)
    return made


@asynccontextmanager
async def on_the_wire(met: Machine, sheet: str, words: str = "off") -> AsyncIterator[LineLink]:
    line = BadLine(met.name, Carriage.STREAM, lambda: NOW)
    line.spoil(read_vice(words))
    interface = met.sheet.modbus or met.sheet.speaks
    assert interface is not None
    async with open_outlet(Voice(voice_of(met), interface.line, lambda: NOW, line), Outlet()) as reach:
        source, ports = source_of(sheet, reach.port), Ports()
        link = open_line(Address.parse(source.url), port_settings(definition_of(sheet), source), ports)
        try:
            yield link
        finally:
            await link.close()
            ports.close()


def requests(sheet: str) -> list[Ask]:
    """All that its driver asks."""
    source = source_of(sheet)
    unit = source.unit or (str(source.modbus_unit) if source.modbus_unit else None)
    tcp = Address.parse(source.url).scheme is Scheme.MODBUS_TCP
    return [named.ask for named in asks(definition_of(sheet), unit, tcp)]


def told(sheet: str, met: SpokenTo) -> Report:
    clock = Moment()
    clock.mono = NOW
    return converse(line_behaviour(definition_of(sheet), source_of(sheet), clock)(None, Pace.SLOW), met.ask).report


@pytest.mark.parametrize("sheet", SHEETS)
def test_memory_and_wire_bring_the_same(sheet: str) -> None:
    """Every answer to every request is the link's own, octet by octet and frame by frame."""

    async def from_the_wire() -> list[Answer]:
        async with on_the_wire(machine(sheet), sheet) as link:
            return [await link.ask(request) for request in requests(sheet)]

    bridge = partner(machine(sheet))
    assert [bridge.ask(request) for request in requests(sheet)] == asyncio.run(from_the_wire())


@pytest.mark.parametrize("sheet", SHEETS)
def test_both_ways_understand_the_same(sheet: str) -> None:
    """A first conversation, with a fault of the machine's own."""
    fault = next(iter(load_sheet(sheet).faults))

    async def over_the_wire() -> Report:
        clock = Moment()
        clock.mono = NOW
        async with on_the_wire(machine(sheet, fault), sheet) as link:
            behave = line_behaviour(definition_of(sheet), source_of(sheet), clock)
            return (await converse_on_the_wire(behave(None, Pace.SLOW), link)).report

    assert told(sheet, partner(machine(sheet, fault))) == asyncio.run(over_the_wire())


VICES = (
    "garbage",
    "truncated",
    "duplicate",
    "duplicate joined=1",
    "hang-up",
    "one-byte",
    "mute",
    "busy refuses=1",
    "busy",
)


@pytest.mark.parametrize("words", VICES)
@pytest.mark.parametrize("sheet", ["lapis_laminator", "zebra_label_printer", "signal_tower"])
def test_a_bad_line_spoils_both_alike(sheet: str, words: str) -> None:
    """The same vice with the same dice: the first request brings the same octets, or fails for the same reason."""
    request = requests(sheet)[0]
    request = Ask(request.octets, request.cut, 0.4, request.frames, request.until)

    def in_memory() -> object:
        name, _, number = words.partition(" ")
        numbers = {number.partition("=")[0]: float(number.partition("=")[2])} if number else {}
        try:
            return partner(machine(sheet), LinkHappening(Vice(name), sheet, NOW, NOW + 9, numbers)).ask(request).octets
        except LinkError as error:
            return error.why

    async def over_the_wire() -> object:
        async with on_the_wire(machine(sheet), sheet, words) as link:
            try:
                return (await link.ask(request)).octets
            except LinkError as error:
                return error.why

    assert in_memory() == asyncio.run(over_the_wire())


def test_what_comes_too_late_is_not_heard() -> None:
    """Neither after the time that an answer has, nor before an octet that was sent before it."""
    [request, *_] = requests("lapis_laminator")
    in_time = gathered(request, [Delivery(0.5, b"17"), Delivery(0.1, b"5\r")])
    assert (in_time[0].frames, in_time[1]) == ((b"175",), 0.5)
    with pytest.raises(LinkError):
        gathered(request, [Delivery(request.timeout_s + 0.1, b"175\r")])


def test_the_files_of_this_room_are_found() -> None:
    """Every sheet without SNMP is tried."""
    assert len(SHEETS) == 7
    assert all(Path(MACHINES / f"{sheet}.toml").is_file() for sheet in SHEETS)
