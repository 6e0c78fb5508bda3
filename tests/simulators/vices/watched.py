"""Machines on bad lines, watched as the daemon watches: its links, its dialogue, its poller and its monitor, over UDP.

All machines of a round stand on one socket and are polled at the same time, so that what is wrong with one could do
harm to another. A round has three parts: everybody is met on an honest line, then the lines are spoiled for some
seconds and until enough was seen, then they are mended and everybody must answer again.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fleetmon.simulators.bad_line import BadLine, Vices, read_vice
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.sheets.parts import User
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp_agent import serve, wall_clock
from fleetmon.simulators.vices import Carriage

from fleetmon import catalog
from fleetmon.assess.produced import Produced
from fleetmon.clock import Clock
from fleetmon.links.base import Link
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.snmp_v3 import SnmpV3Link
from fleetmon.links.usm import V3Credentials
from fleetmon.model.plan import FleetPlan, MachinePlan, SourcePlan
from fleetmon.model.report import Observation, Report
from fleetmon.model.stimuli import Elapsed
from fleetmon.model.words import MachineKind
from fleetmon.monitor import Monitor
from fleetmon.poller import SourcePoller
from fleetmon.sources import Manner

from .truth import Witnessed

RATE = 150.0  # so that much happens between two polls
BETWEEN_S = {"1": 0.2, "2c": 0.15, "3": 0.8}  # version 3 is slow work for the agents
PATIENCE_S = 60.0
HEALTHY_WAITS_S = 10.0  # longer than a poll may take: whoever is not answered at once is not answered at all
TECH = User("tech", "auth-secret", "priv-secret")
SHEETS = {"1": "laminator", "2c": "passport_printer", "3": "passport_printer"}
_JAMS = {"laminator": "document-jam", "passport_printer": "booklet-jam"}
_COVERS = {"laminator": "cover-open", "passport_printer": "front-cover-open"}

Script = Sequence[tuple[float, Command]]


@dataclass
class Polled:
    """One poll: when it began and ended in the machine's own time, how many of our seconds it took, what it brought."""

    since: float
    until: float
    took_s: float
    heard: Observation


@dataclass
class Watched:
    """One machine, its line and all that was heard of it; `phases` are the polls before, during and after the vice."""

    name: str
    words: str
    machine: Witnessed
    line: BadLine
    timeout_s: float
    poller: SourcePoller | None = None
    phases: tuple[list[Polled], list[Polled], list[Polled]] = field(default_factory=lambda: ([], [], []))
    counted_from: Produced | None = None

    @property
    def polls(self) -> Iterator[Polled]:
        """All of them, in order."""
        return (each for phase in self.phases for each in phase)


class Round:
    """Machines of one version, each with a vice on its line or a trouble of its own."""

    def __init__(self, version: str, lines: Mapping[str, str], scripts: Mapping[str, Script], timeout_s: float) -> None:
        self.version = version
        self.clock = wall_clock(RATE)
        self.mishaps: list[dict[str, object]] = []
        self.watched = [
            *(self._watched(name, words, (), timeout_s) for name, words in lines.items()),
            *(self._watched(name, "off", script, timeout_s) for name, script in scripts.items()),
            *(self._watched(f"healthy-{number}", "off", (), HEALTHY_WAITS_S) for number in (1, 2)),
        ]
        self._socket, self._news = SnmpSocket(), asyncio.Event()
        self._drivers = catalog.load()
        self._clock = Clock()

    def _watched(self, name: str, words: str, script: Script, timeout_s: float) -> Watched:
        machine = machine_of(SHEETS[self.version], name, script)
        return Watched(name, words, machine, BadLine(name, Carriage.DATAGRAMS, self.clock, seed=7), timeout_s)

    async def play(self, seconds: float) -> "Round":
        """All three parts."""
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.mishaps.append(context))
        lines = {each.name: each.line for each in self.watched}
        machines = [each.machine for each in self.watched]
        async with serve(*machines, clock=self.clock, users=[TECH], vices=lines) as ports:
            for each, port in zip(self.watched, ports, strict=True):
                each.poller = self._poller(each, port)
            plans = tuple(each.poller.machine for each in self.watched if each.poller)
            self.monitor = Monitor(FleetPlan("lab", plans), {})
            self.monitor.begin(self._clock.now())
            for each in self.watched:
                await self._until_heard(each, each.phases[0])
                each.counted_from = self.produced(each)
            suffering = [asyncio.create_task(self._suffer(each)) for each in self.watched]
            await asyncio.sleep(seconds)
            await self._until_enough_was_seen()
            for task in suffering:
                task.cancel()
            await asyncio.wait(suffering)
            assert all(task.cancelled() for task in suffering), [task for task in suffering if not task.cancelled()]
            await asyncio.gather(*(self._until_heard(each, each.phases[2]) for each in self.watched))
            for each in self.watched:
                assert each.poller is not None
                await each.poller.link.close()
            await self._socket.close()
        return self

    def produced(self, watched: Watched) -> Produced:
        """What the monitor believes the machine to have made in its life."""
        [snapshot] = [each for each in self.monitor.snapshots() if each.machine == watched.name]
        assert snapshot.produced is not None
        return snapshot.produced

    async def _suffer(self, watched: Watched) -> None:
        watched.line.spoil(read_vice(watched.words))
        try:
            while True:
                await self._poll(watched, watched.phases[1])
                await asyncio.sleep(BETWEEN_S[self.version])
        finally:
            watched.line.spoil(Vices())

    async def _until_enough_was_seen(self) -> None:
        """A slow computer needs longer until machines have worked, stopped and gone on before everybody's eyes."""
        async with asyncio.timeout(PATIENCE_S):
            while not all(map(_lived, self.watched[-2:])):
                self._news.clear()
                await self._news.wait()

    async def _until_heard(self, watched: Watched, polls: list[Polled]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not (polls and isinstance(polls[-1].heard.heard, Report)):
                await self._poll(watched, polls)

    async def _poll(self, watched: Watched, polls: list[Polled]) -> None:
        assert watched.poller is not None
        loop = asyncio.get_running_loop()
        since, began = self.clock(), loop.time()
        heard = await watched.poller.poll(urgent=True)
        polls.append(Polled(since, self.clock(), loop.time() - began, heard))
        self._hear(heard)
        self._news.set()

    def _hear(self, heard: Observation) -> None:
        while (due := self.monitor.due()) is not None and due <= heard.at.mono:
            self.monitor.step(Elapsed(heard.at))
        self.monitor.step(heard)

    def _poller(self, watched: Watched, port: int) -> SourcePoller:
        source = SourcePlan("main", f"snmp://127.0.0.1:{port}")
        link = self._link(port, watched.timeout_s)
        plan = MachinePlan(watched.name, MachineKind.PRINTER, (source,))
        return SourcePoller(plan, source, link, Manner(self._drivers, source, link), self._clock, _to_nobody)

    def _link(self, port: int, timeout_s: float) -> Link:
        if self.version == "3":
            user = V3Credentials("tech", "sha1", "auth-secret", "aes128", "priv-secret")
            return SnmpV3Link("127.0.0.1", port, user, timeout_s=timeout_s)
        version = "1" if self.version == "1" else "2c"
        return SnmpLink(self._socket, "127.0.0.1", port, version=version, timeout_s=timeout_s)  # type: ignore[arg-type]


def reports(watched: Watched) -> list[Report]:
    """What was heard while lines were bad."""
    return [polled.heard.heard for polled in watched.phases[1] if isinstance(polled.heard.heard, Report)]


def _lived(watched: Watched) -> bool:
    heard = reports(watched)
    faults = {fault.reason for report in heard for fault in report.faults}
    states = {str(report.state) for report in heard}
    counted = {report.counters[0].total for report in heard}
    return states >= {"processing", "stopped"} and len(faults) > 1 and len(counted) > 1


async def _to_nobody(_: Observation) -> None:
    raise AssertionError("a poller that is only polled hands nothing over")


def machine_of(sheet: str, name: str, troubles: Script = ()) -> Witnessed:
    """A machine with work for ever, and now and then a jam, an open cover, an empty supply that somebody refills."""
    often = [*troubles, *_troubles(sheet)]
    return Witnessed(load_sheet(sheet), name=name, backlog=1e9, script=sorted(often, key=lambda each: each[0]))


def _troubles(sheet: str) -> Iterator[tuple[float, Command]]:
    stores = [store.name for store in load_sheet(sheet).stores.values() if store.refill_after]
    for number in range(200):
        at = 200.0 * number
        yield at + 50, Command(Do.RAISE, fault=_JAMS[sheet], seconds=30)
        yield at + 120, Command(Do.RAISE, fault=_COVERS[sheet], seconds=25)
        if number % 3 == 0:
            yield at + 160, Command(Do.LEVEL, store=stores[number % len(stores)], left=1)


def every(seconds: float, make: Callable[[int], Command]) -> Script:
    """The same trouble again and again."""
    return [(seconds * number, make(number)) for number in range(1, 200)]
