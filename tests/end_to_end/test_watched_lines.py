"""An office of machines on lines of bytes is watched end to end: with the settings that it writes, by the daemon's own
pollers over TCP; and asked over TCP and in memory it gives the monitor the same changes.
"""

import asyncio
import sys
from dataclasses import replace
from heapq import heapify, heapreplace
from pathlib import Path

import pytest
from fleetmon.simulators.model.commands import Command, Do, Happening
from fleetmon.simulators.plant import Plant, load_plant_office
from fleetmon.simulators.plant.plant import Plant as AnyPlant
from fleetmon.simulators.wires.outlet import Wire as OutletWire

from fleetmon import catalog, schedule, settings
from fleetmon.clock import Clock
from fleetmon.lab.stage.looking import line_seats, seats
from fleetmon.lab.stage.settings_page import Page, settings_text
from fleetmon.lab.stage.wiring import Wire, on_the_wire
from fleetmon.lab.virtual_time.site_plan import IN_SHIFT_S, plan_of
from fleetmon.lab.virtual_time.virtual import VirtualSite
from fleetmon.links.opening import Community
from fleetmon.links.serial.ports import Ports
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.messages import Event, Outcome
from fleetmon.model.plan import MachinePlan
from fleetmon.model.report import At, Observation, Report
from fleetmon.model.stimuli import Elapsed
from fleetmon.monitor import Monitor
from fleetmon.poller import SourcePoller
from fleetmon.polling import Polling
from fleetmon.sources import Recipe, behaviour, deadlines, link

DRIVERS = catalog.load()
OFFICE = "lines_bench"
LASTS_S = 120.0
SLOW_AT_WORK = "laser"  # while it works it answers after seconds of the world, which would make a poll each

Told = list[tuple[float, Event]]


def plant() -> Plant:
    """What goes wrong on the workbench in two minutes; the laser printer stands all the while."""
    happenings = (
        Happening(0.0, SLOW_AT_WORK, Command(Do.RAISE, fault="cover-open", seconds=LASTS_S + 60)),
        Happening(15.0, "label", Command(Do.RAISE, fault="media-out", seconds=30.0)),
        Happening(30.0, "slip", Command(Do.RAISE, fault="cover-open", seconds=30.0)),
        Happening(35.0, "cards", Command(Do.RAISE, fault="lamination-door-open", seconds=45.0)),
        Happening(50.0, "heater", Command(Do.RAISE, fault="sensor-open", seconds=40.0)),
        Happening(60.0, "laminator", Command(Do.RAISE, fault="film-wrapped", seconds=30.0)),
        Happening(80.0, "label", Command(Do.REBOOT)),
    )
    return Plant(load_plant_office(OFFICE), seed=5, happenings=happenings)


def follows(office: AnyPlant) -> dict[str, str]:
    return {place.name: place.follows for place in office.office.places}


class Hand(Clock):
    """Set by hand."""

    def __init__(self, epoch: float) -> None:
        super().__init__()
        self.epoch, self.shows = epoch, 0.0

    def now(self) -> At:
        return At(self.epoch + self.shows, self.shows, "virtual")


async def test_with_a_clock_that_stands_still_everything_is_equal() -> None:
    """Every event of seven machines, with its moment and all that it says, over TCP as in memory."""
    office, told = plant(), list[tuple[float, Event]]()
    plan = plan_of(office)
    clock = Hand(office.calendar.utc(0.0).timestamp())
    monitor, ports, socket = Monitor(plan, {}), Ports(), SnmpSocket()

    def tell(outcome: Outcome) -> None:
        told.extend((clock.shows, event) for event in outcome.events)

    wire = Wire(follows=follows(office))
    async with on_the_wire(office.machines, lambda: clock.shows, {}, wire) as urls:
        pollers = [poller(each, urls[each.id][-1], clock, ports, socket) for each in plan.machines]
        phases = [schedule.phase(f"{each.machine.id}/main", IN_SHIFT_S) for each in pollers]
        slots = [(schedule.next_due(0.0, IN_SHIFT_S, phase), number) for number, phase in enumerate(phases)]
        heapify(slots)
        tell(monitor.begin(clock.now()))
        while (now := min(slots[0][0], monitor.due() or 0.0)) <= LASTS_S:
            clock.shows = now
            while slots[0][0] <= now:
                number = slots[0][1]
                tell(monitor.step(await pollers[number].poll()))
                heapreplace(slots, (schedule.next_due(now, IN_SHIFT_S, phases[number]), number))
            if (monitor.due() or 0.0) <= now:
                tell(monitor.step(Elapsed(clock.now())))
        for each in pollers:
            await each.link.close()
    ports.close()
    await socket.close()
    virtual = [(now.now, event) for now in VirtualSite(plant(), DRIVERS).run(LASTS_S) for event in now.outcome.events]
    assert told == virtual
    reasons = {event.data["fault"]["reason"] for _, event in told if event.type == "fleetmon.fault.raised.v1"}  # type: ignore[index, call-overload]
    assert reasons >= {"media-empty", "cover-open", "laminator-cover-open", "laminator-thermistor-failure"}


def poller(plan: MachinePlan, url: str, clock: Clock, ports: Ports, socket: SnmpSocket) -> SourcePoller:
    """As the daemon makes it."""
    source = replace(plan.sources[0], url=url)
    definition = DRIVERS.driver(source.driver or "").definition
    recipe = Recipe(plan, source, plan.kind, Community(), definition)
    to = link(recipe, socket, ports)

    async def nobody(_: Observation) -> None:
        raise AssertionError("only run hands over")

    talk = behaviour(recipe, DRIVERS, clock, to)
    return SourcePoller(plan, source, to, talk, clock, nobody, deadlines=deadlines(recipe.driver, recipe.source))


async def test_the_settings_that_an_office_writes_are_enough(tmp_path: Path) -> None:
    """The daemon's pollers, made from that file alone, understand every machine of the workbench."""
    office, heard = Plant(load_plant_office(OFFICE), seed=5), asyncio.Queue[Observation]()
    clock = Clock()
    started = clock.now()
    wire = Wire(follows=follows(office))
    async with on_the_wire(office.machines, lambda: clock.now().since(started), {}, wire) as urls:
        file = tmp_path / "fleetmon.toml"
        page = Page("lab", "mqtt://127.0.0.1:9", interval_s=1.0)
        file.write_text(settings_text(page, seats(office, urls), line_seats(office)), encoding="utf-8")
        found, socket = settings.load(file, environ={}), SnmpSocket()
        understood: dict[str, str | None] = {}
        async with asyncio.TaskGroup() as tasks:
            polling = Polling(tasks, socket, clock, heard.put, heard.put_nowait)
            await polling.apply(found, DRIVERS)
            async with asyncio.timeout(60.0):
                while len(understood) < len(office.machines):
                    observation = await heard.get()
                    if isinstance(observation.heard, Report):
                        understood[observation.machine] = observation.heard.driver
            await polling.stop()
        await socket.close()
    assert understood == {
        "label": "zebra_zpl",
        "laser": "hp_pjl",
        "slip": "escpos",
        "cards": "evolis_rpc",
        "laminator": "lapis_lamina",
        "heater": "omron_e5cc",
        "tower": "stack_light",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is needed")
@pytest.mark.parametrize(("on", "scheme"), [(OutletWire.PTY, "serial"), (OutletWire.RFC2217, "rfc2217")])
async def test_a_serial_port_is_watched_as_well(tmp_path: Path, on: OutletWire, scheme: str) -> None:
    """The same office on ptys or behind RFC 2217: the settings say where, and what is a network's stays there."""
    office = Plant(load_plant_office(OFFICE), seed=5)
    async with on_the_wire(office.machines, lambda: 0.0, {}, Wire(follows=follows(office), on=on)) as urls:
        file = tmp_path / "fleetmon.toml"
        file.write_text(settings_text(Page("lab", "mqtt://127.0.0.1:9"), seats(office, urls), ()), encoding="utf-8")
        plans = settings.load(file, environ={}).plan().machines
        schemes = {each.id: each.sources[0].url.partition(":")[0] for each in plans}
        assert schemes["label"] == schemes["laminator"] == schemes["slip"] == scheme
        assert (schemes["cards"], schemes["tower"]) == ("tcp", "modbus+tcp")
        ports, socket = Ports(), SnmpSocket()
        polled = poller(
            next(each for each in plans if each.id == "laminator"), urls["laminator"][0], Clock(), ports, socket
        )
        heard = await polled.poll()
        assert isinstance(heard.heard, Report), heard
        await polled.link.close()
        ports.close()
        await socket.close()
