"""A change at one machine of a hundred is nothing to the others: two runs of one office, with and without it."""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.assess.timeline import JAM, count

from fleetmon import catalog, settings, sources
from fleetmon.conversation import Behaviour
from fleetmon.decode.dialogue import Dialogue, Get
from fleetmon.decode.snmp import Met, Pace
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.messages import Outcome
from fleetmon.model.plan import SourcePlan
from fleetmon.model.report import Observation, Report
from fleetmon.model.stimuli import Elapsed, Reload, Stimulus
from fleetmon.monitor import Monitor
from fleetmon.polling import Polling
from fleetmon.settings import Settings

from .machines import UPTIME, FakeLink, met
from .virtual import VirtualClock, run

Told = tuple[str, float, Any]

NAMES = [f"m{number}" for number in range(100)]
CHANGED = "m7"
SECONDS = 400.05  # between two slots
ANSWERED_AFTER_S = 0.9  # so that every fifth conversation goes on while settings are read
RELOAD_AT = 187.3  # between two polls of everybody, and well into faults and held-back counts


@dataclass
class Run:
    """What became of each machine: when it was asked, what was told of it, shown of it and kept of it."""

    polled: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    told: dict[str | None, list[Told]] = field(default_factory=lambda: defaultdict(list))
    shown: dict[str | None, list[Told]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[str, Any] = field(default_factory=dict)
    monitor: Monitor | None = None

    def step(self, stimulus: Stimulus) -> None:
        """Through the monitor, after all that came due before."""
        assert self.monitor is not None
        if isinstance(stimulus, Observation):
            self.polled[stimulus.machine].append(stimulus.at.mono)
        while (due := self.monitor.due()) is not None and due < stimulus.at.mono:
            early = due - stimulus.at.mono
            self.keep(self.monitor.step(Elapsed(replace(stimulus.at, utc=stimulus.at.utc + early, mono=due))))
        self.keep(self.monitor.step(stimulus))

    def keep(self, outcome: Outcome) -> None:
        """As the outbox and the table of views would."""
        for event in outcome.events:
            self.told[event.subject].append((event.type, rounded(event.at.mono), rounded(event.data)))
        for view in outcome.views:
            self.shown[view.subject].append((view.topic, rounded(view.at.mono), rounded(view.data)))
        for record in outcome.records:
            if record.kind == "snapshot" and record.body:
                self.kept[record.id] = rounded(json.loads(record.body))


def rounded(value: Any) -> Any:
    """To the millisecond, which is more than anybody is told."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return round(value, 3) if isinstance(value, float) else value


def acting(second: float, place: int) -> Report:
    """What a machine says: a document every three seconds, and a jam that comes once, at another time for each."""
    report = count(1000 + int(second) // 3)
    return replace(report, faults=(JAM,)) if second >= 100 + place else report


@dataclass
class Driver:
    """In place of a driver: what is told depends on the machine's address and the moment alone; notes what it knew."""

    asked: dict[int, list[tuple[float, bool, Pace]]] = field(default_factory=lambda: defaultdict(list))

    def behaviour(self, _: object, source: SourcePlan, *_link: object) -> Behaviour:
        place = int(source.url.rpartition(".")[2])

        def behave(known: Met | None, pace: Pace) -> Dialogue[Met]:
            self.asked[place].append((asyncio.get_running_loop().time(), known is not None, pace))
            yield Get((UPTIME,))
            return met(acting(asyncio.get_running_loop().time(), place))

        return behave


def written(folder: Path, change: str) -> Settings:
    """The settings of a hundred machines, `change` in place of one's usual lines."""
    lines = ['[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n']
    for place, name in enumerate(NAMES):
        usual = f'source = {{ url = "snmp://127.0.0.{place}", driver = "snmp_printer" }}\n'
        if name == CHANGED and change == "gone":
            continue
        wanted = change.format(place=place) if name == CHANGED and change else usual
        lines.append(f'[[machine]]\nid = "{name}"\nkind = "printer"\n{wanted}')
    (folder / "fleetmon.toml").write_text("".join(lines), encoding="utf-8")
    return settings.load(folder / "fleetmon.toml", environ={})


def office(folder: Path, change: str | None) -> Run:
    """Run the office for some minutes; at one moment its settings are read again, if there is a change."""
    story, drivers = Run(), catalog.load()

    async def whole() -> None:
        clock, socket = VirtualClock(), SnmpSocket()
        before = written(folder, "")
        story.monitor = Monitor(before.plan(), {})
        story.keep(story.monitor.begin(clock.now()))

        async def hand_over(observation: Observation) -> None:
            story.step(observation)

        async with asyncio.TaskGroup() as tasks:
            polling = Polling(tasks, socket, clock, hand_over)
            await polling.apply(before, drivers)
            await asyncio.sleep(RELOAD_AT)
            if change is not None:
                after = written(folder, change)
                story.step(Reload(after.plan(), clock.now()))
                await polling.apply(after, drivers)
            await asyncio.sleep(SECONDS - RELOAD_AT)
            await polling.stop()
        await socket.close()

    run(whole())
    return story


@pytest.mark.parametrize(
    "change",
    [
        'source = {{ url = "snmp://127.0.0.{place}", driver = "snmp_printer", interval = "2s" }}\n',
        'source = {{ url = "snmp://127.0.0.200", driver = "snmp_printer" }}\n',
        "gone",
    ],
    ids=["asked more often", "another address", "taken out"],
)
def test_ninety_nine_machines_notice_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    """Due moments, events with their ages and counts, what is shown and what is kept: equal to the undisturbed run."""
    monkeypatch.setattr(sources, "link", lambda *_: FakeLink(lambda _: ANSWERED_AFTER_S))
    runs = []
    for each in (None, change):
        driver = Driver()
        monkeypatch.setattr(sources, "Manner", driver.behaviour)
        runs.append((office(tmp_path, each), driver.asked))
    (calm, asked_calmly), (disturbed, asked_meanwhile) = runs
    assert calm.monitor is not None
    assert disturbed.monitor is not None
    for name in (name for name in NAMES if name != CHANGED):
        place = NAMES.index(name)
        assert asked_meanwhile[place] == asked_calmly[place], f"{name} was asked at other moments, or as a stranger"
        assert disturbed.polled[name] == calm.polled[name], f"{name} was heard at other moments"
        assert disturbed.told[name] == calm.told[name], f"other events of {name}"
        assert disturbed.shown[name] == calm.shown[name], f"{name} was shown otherwise"
        assert disturbed.kept[name] == calm.kept[name], f"another record of {name}"
    assert len(calm.polled["m8"]) >= SECONDS // 5 - 1
    assert {type_ for type_, *_ in calm.told["m8"]} >= {"fleetmon.fault.raised.v1", "fleetmon.production.counted.v1"}
    assert disturbed.polled[CHANGED] != calm.polled[CHANGED] or disturbed.told[CHANGED] != calm.told[CHANGED]
    untouched = {each.machine: each for each in calm.monitor.snapshots() if each.machine != CHANGED}
    assert {each.machine: each for each in disturbed.monitor.snapshots() if each.machine != CHANGED} == untouched
