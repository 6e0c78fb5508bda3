"""One office, one fate, twice: over UDP and in memory it gives the monitor equal changes, and people equal alerts.

Over the wire two ways are tried. With a clock set by hand, which stands still while a poll goes on, everything that is
told must be equal. With a clock that runs twenty times as fast as the world's, and the daemon's own pollers and pulse,
each machine is asked at its own moments, so what is told may differ by a poll.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heapify, heapreplace
from pathlib import Path
from zoneinfo import ZoneInfo

from fleetmon.simulators.model.commands import Command, Do, Happening
from fleetmon.simulators.plant import Plant, load_plant_office
from fleetmon.simulators.snmp_agent import serve

from fleetmon import catalog, schedule, settings
from fleetmon.clock import Clock
from fleetmon.lab.virtual_time.site_plan import IN_SHIFT_S, plan_of
from fleetmon.lab.virtual_time.virtual import VirtualSite
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.alerts import Move
from fleetmon.model.messages import Event, Outcome
from fleetmon.model.report import At, Observation
from fleetmon.model.stimuli import Elapsed
from fleetmon.monitor import Monitor
from fleetmon.poller import SourcePoller
from fleetmon.polling import Polling
from fleetmon.publish.contract import ALERT
from fleetmon.sources import Manner

DRIVERS = catalog.load()
START = datetime(2026, 3, 31, 9, 0, tzinfo=ZoneInfo("Asia/Karachi"))
LASTS_S = 600.0
RATE = 20.0
LATE_S = IN_SHIFT_S + 0.6 * RATE  # a poll, and what a busy computer may take for one

Told = list[tuple[float, Event]]


def plant() -> Plant:
    """Six machines on a Tuesday morning, and what goes wrong in ten minutes."""
    happenings = (
        Happening(95.0, "prn-1", Command(Do.RAISE, fault="booklet-jam", seconds=120.0)),
        Happening(130.0, "las-1", Command(Do.RAISE, fault=first_fault("las-1"), seconds=90.0)),
        Happening(250.0, "lam-1", Command(Do.RAISE, fault="document-jam", seconds=60.0)),
        Happening(330.0, "lbl-1", Command(Do.RAISE, fault="head-open", seconds=45.0)),
        Happening(400.0, "prn-1", Command(Do.RAISE, fault="front-cover-open", seconds=100.0)),
    )
    return Plant(load_plant_office("six_machines"), seed=5, start=START, happenings=happenings)


def first_fault(machine: str) -> str:
    """Some fault that stops it and that nothing else brings about."""
    sheet = next(place.sheet for place in load_plant_office("six_machines").places if place.name == machine)
    return next(name for name, fault in sheet.faults.items() if fault.when is None and fault.stops)


def in_memory() -> Told:
    site = VirtualSite(plant(), DRIVERS)
    return [(told.now, event) for told in site.run(LASTS_S) for event in told.outcome.events]


class Hand(Clock):
    """Set by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.shows = 0.0

    def now(self) -> At:
        return At(START.timestamp() + self.shows, self.shows, "virtual")


async def test_with_a_clock_that_stands_still_everything_is_equal() -> None:
    """Every event, with its moment and all that it says."""
    office, clock, told = plant(), Hand(), list[tuple[float, Event]]()
    plan = plan_of(office)
    monitor = Monitor(plan, {})

    def tell(outcome: Outcome) -> None:
        told.extend((clock.shows, event) for event in outcome.events)

    async def nobody(_: Observation) -> None:
        raise AssertionError("only run hands over")

    async with serve(*office.machines.values(), clock=lambda: clock.shows) as ports:
        socket = SnmpSocket()
        links = dict(zip(office.machines, (SnmpLink(socket, "127.0.0.1", port) for port in ports), strict=True))
        pollers = [
            SourcePoller(each, each.sources[0], links[each.id], Manner(DRIVERS, each.sources[0]), clock, nobody)
            for each in plan.machines
        ]
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
        await socket.close()
    assert told == in_memory()
    assert len(told) > 50
    assert {key.split(":")[1] for key in announced(told)} == {"prn-1", "lam-1"}  # whose jams last long enough


async def test_with_the_daemon_s_own_pollers_it_is_the_same_within_a_poll(tmp_path: Path) -> None:
    """The same faults in the same order on each machine, each within a poll; the same state wherever one lasts."""
    over_udp = await on_the_wire(tmp_path)
    virtual = in_memory()
    for machine in plan_of(plant()).machines:
        one, other = faults(virtual, machine.id), faults(over_udp, machine.id)
        assert [what for _, what in one] == [what for _, what in other], machine.id
        assert all(abs(a - b) <= LATE_S for (a, _), (b, _) in zip(one, other, strict=True)), machine.id
        compare_states(states(virtual, machine.id), states(over_udp, machine.id), machine.id)
    assert sum(len(faults(virtual, machine.id)) for machine in plan_of(plant()).machines) >= 10
    compare_alerts(announced(virtual), announced(over_udp))


def announced(told: Told) -> dict[str, list[float]]:
    """When people were told of each alert."""
    found: dict[str, list[float]] = {}
    for now, event in told:
        if event.type == ALERT and event.data["tell"] and event.data["move"] in (Move.RAISED, Move.ANNOUNCED):
            alert = event.data["alert"]
            assert isinstance(alert, dict)
            found.setdefault(str(alert["key"]), []).append(now)
    return found


def compare_alerts(one: dict[str, list[float]], other: dict[str, list[float]]) -> None:
    """The same alerts, each told as often, and within a poll."""
    assert {key: len(times) for key, times in one.items()} == {key: len(times) for key, times in other.items()}
    apart = {key: [abs(a - b) for a, b in zip(one[key], other[key], strict=True)] for key in one}
    assert max(second for seconds in apart.values() for second in seconds) <= LATE_S, apart


async def on_the_wire(folder: Path) -> Told:
    """The office on UDP in a clock that hurries, watched by pollers, pulse and monitor as in the daemon."""
    office, clock = plant(), Clock(RATE, START.timestamp())
    started = clock.now()
    async with serve(*office.machines.values(), clock=lambda: clock.now().since(started)) as ports:
        urls = {name: f"snmp://127.0.0.1:{port}" for name, port in zip(office.machines, ports, strict=True)}
        async with watched(folder, urls, clock) as watch:
            async with asyncio.timeout(LASTS_S / RATE + 60.0):
                await watch.until(started.mono + LASTS_S)
    return [(event.at.since(started), event) for event in watch.told]


@dataclass
class Watch:
    """A monitor that is fed by a queue."""

    monitor: Monitor
    clock: Clock
    inbox: asyncio.Queue[Observation] = field(default_factory=asyncio.Queue)
    told: list[Event] = field(default_factory=list)

    async def until(self, mono: float) -> None:
        """Hear what comes until then."""
        self.told += self.monitor.begin(self.clock.now()).events
        while (left := self.clock.until(mono)) > 0:
            due = self.monitor.due()
            wait_s = left if due is None else min(left, self.clock.until(due))
            try:
                observation = await asyncio.wait_for(self.inbox.get(), wait_s)
                self.told += self.monitor.step(observation).events
            except TimeoutError:
                self.told += self.monitor.step(Elapsed(self.clock.now())).events


@asynccontextmanager
async def watched(folder: Path, urls: Mapping[str, str], clock: Clock) -> AsyncIterator[Watch]:
    machines = "".join(
        f'[[machine]]\nid = "{name}"\nsource = {{ url = "{url}", interval = "10s" }}\n' for name, url in urls.items()
    )
    file = folder / "fleetmon.toml"
    file.write_text(f'[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1:9"\n{machines}', encoding="utf-8")
    found = settings.load(file, environ={})
    watch, socket = Watch(Monitor(found.plan(), {}), clock), SnmpSocket()
    async with asyncio.TaskGroup() as tasks:
        polling = Polling(tasks, socket, clock, watch.inbox.put, watch.inbox.put_nowait)
        await polling.apply(found, DRIVERS)
        try:
            yield watch
        finally:
            await polling.stop()
    await socket.close()


def faults(told: Told, machine: str) -> list[tuple[float, tuple[str, object]]]:
    """The faults that stop a machine: when, whether raised or cleared, and which."""
    found = []
    for now, event in told:
        fault = event.data.get("fault")
        if event.subject == machine and event.type.startswith("fleetmon.fault.") and isinstance(fault, dict):
            kind = event.type.split(".")[2]
            if kind in ("raised", "cleared") and fault["severity"] == "error":
                found.append((now, (kind, fault["reason"])))
    return found


def states(told: Told, machine: str) -> list[tuple[float, object]]:
    changes = [event for event in told if event[1].subject == machine and event[1].type == "fleetmon.state.changed.v1"]
    return [(now, event.data["state"]) for now, event in changes]


def compare_states(one: list[tuple[float, object]], other: list[tuple[float, object]], machine: str) -> None:
    """Wherever one holds a state for longer than two polls may lie apart, the other holds it too, once it has met the
    machine: finding out that it speaks version 1 only takes seconds of the world."""
    moments = [now for now, _ in other]
    assert moments[0] <= LATE_S + 4.0 * RATE, machine
    ends = [now for now, _ in one[1:]] + [LASTS_S]
    for (begins, state), end in zip(one, ends, strict=True):
        middle = (begins + end) / 2
        if end - begins > 2 * LATE_S + 1 and middle >= moments[0]:
            assert other[bisect_right(moments, middle) - 1][1] == state, (machine, begins, end)
