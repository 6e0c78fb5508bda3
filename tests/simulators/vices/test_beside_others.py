"""A site in real time, polled as the daemon polls it, in which most lines are bad: nobody else is polled later for it.

Half of the machines work, half rest and are asked by the pulse, which only compares answers. Reports of either way are
held against the machines' own histories: state, faults, counter, serial number and uptime are what the machine held at
some moment since it was last heard. Levels are older by design (they are read once a minute) and judged elsewhere.
"""

import asyncio
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from fleetmon.simulators.bad_line import BadLine, read_vice
from fleetmon.simulators.snmp_agent import serve
from fleetmon.simulators.vices import Carriage

from fleetmon import catalog, settings
from fleetmon.clock import Clock
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.report import Observation, Report
from fleetmon.monitor import Monitor
from fleetmon.polling import Polling

from .truth import Witnessed, lies
from .watched import RATE, machine_of

SPOILT_S = 7.0
PATIENCE_S = 30.0
LATE_S = 1.0  # a single question that is waited for in somebody else's place takes twice that
STEP_S = 0.02
LINES = [
    "garbage share=0.3", "wrong-checksum share=0.3", "truncated share=0.3", "late", "glued", "duplicate joined=1",
    "noise share=0.001", "loss share=0.2", "slow seconds=1", "slow seconds=4.9", "jitter seconds=0.5",
    "flapping up=200 down=100", "mute", "late, duplicate, jitter seconds=0.2",
]  # fmt: skip
WELL = 6


class Site:
    """The machines, their lines, and what was heard of each."""

    def __init__(self) -> None:
        self.clock = Clock()
        self._start = self.clock.now().mono
        words = [*LINES, *["off"] * WELL]
        self.machines = {f"m{number}": self._machine(f"m{number}", number) for number in range(len(words))}
        self.lines = {name: BadLine(name, Carriage.DATAGRAMS, self.now, seed=5) for name in self.machines}
        self.words = dict(zip(self.machines, words, strict=True))
        self.heard: dict[str, list[Observation]] = defaultdict(list)

    @property
    def well(self) -> list[str]:
        """Those whose lines stay honest."""
        return [name for name, words in self.words.items() if words == "off"]

    def now(self) -> float:
        """The machines' own time."""
        return self.at(self.clock.now().mono)

    def at(self, mono: float) -> float:
        """The same for a moment of ours."""
        return (mono - self._start) * RATE

    @staticmethod
    def _machine(name: str, number: int) -> Witnessed:
        machine = machine_of("passport_printer", name)
        machine.backlog = 1e9 if number % 2 else 0
        return machine

    def settings(self, folder: Path, ports: list[int]) -> settings.Settings:
        """Those of a daemon that watches all of them, twice a second."""
        file = folder / "fleetmon.toml"
        head = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'
        file.write_text(head + "".join(
            f'[[machine]]\nid = "{name}"\nkind = "printer"\n'
            f'source = {{ url = "snmp://127.0.0.1:{port}", interval = "500ms" }}\n'
            for name, port in zip(self.machines, ports, strict=True)
        ))  # fmt: skip
        return settings.load(file, environ={})

    def untruths(self) -> dict[str, list[str]]:
        """What was said that was not so, by line."""
        found = defaultdict(list)
        for name, observations in self.heard.items():
            since = 0.0
            for observation in observations:
                until, report = self.at(observation.at.mono), observation.heard
                if isinstance(report, Report):
                    bare = replace(report, supplies=(), inputs=())
                    found[self.words[name]] += lies(bare, self.machines[name], since, until)
                    since = until
        return {words: said for words, said in found.items() if said}


async def test_bad_lines_are_nobody_elses_trouble(tmp_path: Path) -> None:
    """Everybody is met; for some seconds most lines are bad; then they are mended, and everybody is heard again."""
    site, drivers, socket, news = Site(), catalog.load(), SnmpSocket(), asyncio.Event()

    async def everybody(heard: dict[str, int]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while any(not _reports(site, name)[heard.get(name, 0) :] for name in site.machines):
                news.clear()
                await news.wait()

    async with serve(*site.machines.values(), clock=site.now, vices=site.lines) as ports:
        wanted = site.settings(tmp_path, ports)
        monitor = Monitor(wanted.plan(), {})
        monitor.begin(site.clock.now())

        def hear(observation: Observation) -> None:
            site.heard[observation.machine].append(observation)
            monitor.step(observation)
            news.set()

        async def hand_over(observation: Observation) -> None:
            hear(observation)

        async with asyncio.TaskGroup() as tasks:
            polling = Polling(tasks, socket, site.clock, hand_over, hear)
            await polling.apply(wanted, drivers)
            await everybody({})
            for poller in polling.pollers:
                poller.late_s = 0.0
            for name, line in site.lines.items():
                line.spoil(read_vice(site.words[name]))
            stalled_s = await _worst_stall()
            for line in site.lines.values():
                line.spoil(read_vice("off"))
            await everybody({name: len(_reports(site, name)) for name in site.machines if name not in site.well})
            late = {poller.machine.id: poller.late_s for poller in polling.pollers}
            await polling.stop()
    await socket.close()
    assert {name: late[name] for name in site.machines if late[name] > LATE_S + stalled_s} == {}
    assert site.untruths() == {}
    assert all(isinstance(observation.heard, Report) for name in site.well for observation in site.heard[name])
    silent = {site.words[name] for name in site.machines if len(_reports(site, name)) < len(site.heard[name])}
    assert silent >= {"mute", "slow seconds=4.9"}


async def _worst_stall() -> float:
    """Let the bad lines be bad for a while; by how much a busy computer kept everybody here waiting at worst."""
    loop, worst = asyncio.get_running_loop(), 0.0
    began = before = loop.time()
    while (now := loop.time()) < began + SPOILT_S:
        worst, before = max(worst, now - before - STEP_S), now
        await asyncio.sleep(STEP_S)
    return worst


def _reports(site: Site, name: str) -> list[Observation]:
    return [observation for observation in site.heard[name] if isinstance(observation.heard, Report)]
