"""What holds for every life of a site: polls, time, restarts, reboots, wrong clocks and other settings in any order."""

from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.assess.timeline import COVER, EPOCH, FILM_LOW, JAM

from fleetmon.assess import fleet
from fleetmon.assess.fleet import Snapshot
from fleetmon.model.messages import Event, Outcome
from fleetmon.model.plan import CounterChoice, FleetPlan, MachinePlan, SourcePlan
from fleetmon.model.report import At, Counter, Identity, NoAnswer, Observation, Report
from fleetmon.model.stimuli import Elapsed, Reload, Stimulus
from fleetmon.model.words import Contact, MachineKind, Silence, State, Unit
from fleetmon.monitor import Monitor
from fleetmon.publish import contract
from fleetmon.publish.alert_data import alert_name
from fleetmon.publish.summary import summary

from .site import SHORT
from .test_any_history import Reader, still

IDS = ("m1", "m2", "m3")
YEARS = 50 * 365 * 86_400.0

_sources = st.builds(
    SourcePlan,
    name=st.sampled_from(["main", "tower"]),
    url=st.sampled_from(["snmp://192.0.2.1", "snmp://192.0.2.2"]),
    interval_s=st.sampled_from([5.0, 0.1, 300.0]),
    counter=st.builds(CounterChoice, marker=st.sampled_from([None, 1]), per_document=st.sampled_from([None, 2])),
)
_machines = st.builds(
    MachinePlan,
    st.sampled_from(IDS),
    st.sampled_from([MachineKind.PRINTER, MachineKind.LAMINATOR]),
    st.lists(_sources, min_size=1, max_size=2, unique_by=lambda source: source.name).map(tuple),
)
_plans = st.lists(_machines, max_size=3, unique_by=lambda machine: machine.id).map(
    lambda machines: FleetPlan("office", tuple(machines))
)
_reports = st.builds(
    Report,
    driver=st.sampled_from([None, "snmp_printer"]),
    state=st.sampled_from(State),
    asleep=st.booleans(),
    identity=st.builds(Identity, serial=st.sampled_from([None, None, "A", "B"])),
    faults=st.lists(st.sampled_from([JAM, COVER, FILM_LOW, replace(JAM, age_s=40.0)]), max_size=2).map(tuple),
    counters=st.lists(
        st.builds(Counter, st.just(1), st.integers(0, 9), st.sampled_from([Unit.SHEETS, Unit.IMPRESSIONS])), max_size=1
    ).map(tuple),
    uptime_s=st.none() | st.floats(0, 1000),
)
_silences = st.builds(NoAnswer, st.sampled_from([Silence.TIMEOUT, Silence.GARBLED, Silence.DRIVER_BUG]))
_passing = st.sampled_from([0.0, 0.1, 1.0, 4.9, 19.97, 60.0, 61.3, 700.0, 50_000.0])
_jumps = st.sampled_from([3600.0, -3600.0, YEARS, -YEARS])


@dataclass
class Life:
    """A monitor that is stepped, what its records are, and whoever reads what it tells."""

    plan: FleetPlan
    mono: float = 1000.7
    utc: float = EPOCH
    boot: int = 0
    records: dict[tuple[str, str], bytes] = field(default_factory=dict)
    readers: dict[str, Reader] = field(default_factory=dict)
    views: dict[str, Any] = field(default_factory=dict)
    made: dict[object, int] = field(default_factory=dict)
    counted: dict[object, int] = field(default_factory=dict)
    polled: dict[tuple[str, str], float] = field(default_factory=dict)
    monitor: Monitor = field(init=False)

    def __post_init__(self) -> None:
        self.starts()

    @property
    def now(self) -> At:
        return At(self.utc, self.mono, f"boot-{self.boot}")

    def starts(self) -> None:
        """A process begins with what is recorded; who reads along knows that nothing was heard yet."""
        found: dict[str, dict[str, bytes]] = {}
        for (kind, id_), body in self.records.items():
            found.setdefault(kind, {})[id_] = body
        for reader in self.readers.values():
            reader.contact = "lost" if reader.contact == "lost" else "awaited"
        self.monitor = Monitor(self.plan, found, "1")
        self.views.clear()
        self.polled.clear()
        self.keep(self.monitor.begin(self.now))

    def keep(self, outcome: Outcome) -> None:
        for event in outcome.events:
            self.read(event)
        for view in outcome.views:
            self.views[view.topic] = view.data
        for record in outcome.records:
            self.records.pop((record.kind, record.id), None)
            if record.body is not None:
                self.records[record.kind, record.id] = record.body

    def read(self, event: Event) -> None:
        match SHORT.get(event.type):
            case None:
                pass  # alerts have stories of their own
            case "settings":
                for machine in event.data["removed"]:  # type: ignore[union-attr]
                    self.readers.pop(str(machine), None)
            case "counted":
                unit, made = event.data["unit"], int(str(event.data["made"]))
                self.counted[unit] = self.counted.get(unit, 0) + made
                assert made > 0
            case _:
                self.readers.setdefault(str(event.subject), Reader()).read(event)

    def step(self, stimulus: Stimulus) -> None:
        before = {each.machine: each for each in self.monitor.snapshots()}
        self.keep(self.monitor.step(stimulus))
        for after in self.monitor.snapshots():
            if after.machine in before and after.produced is not None:
                made, unit = fleet.progress(before[after.machine].produced, after.produced), after.produced.published[1]
                self.made[unit] = self.made.get(unit, 0) + made

    def passes(self, seconds: float) -> None:
        """Time, with a look at every moment that is asked for, and no more than a few."""
        end, looks = self.mono + seconds, 0
        while (due := self.monitor.due()) is not None and due <= end:
            self.utc += max(0.0, due - self.mono)
            looks, self.mono = looks + 1 if due <= self.mono else 0, max(due, self.mono)
            assert looks < 10, "the monitor asks to be looked at again and again at one moment"
            self.step(Elapsed(self.now))
        self.utc, self.mono = self.utc + end - self.mono, end

    def known(self, machine: str) -> Snapshot:
        return next(each for each in self.monitor.snapshots() if each.machine == machine)

    def check(self) -> None:
        """Who reads events knows what is true, and what is shown is what is known."""
        for snapshot in self.monitor.snapshots():
            reader = self.readers.get(snapshot.machine, Reader())
            assert reader.faults == {each.fault.key for each in snapshot.faults}
            assert reader.state == snapshot.state
            assert reader.contact == (Contact.LIVE if snapshot.contact is Contact.STALE else snapshot.contact)
        for machine in self.plan.machines:
            shown = contract.dump(contract.state_data(self.known(machine.id), machine))
            assert still(self.views[f"state/{machine.id}"]) == still(shown)
        told = contract.inventory(self.plan, "1", self.now, self.monitor.snapshots())
        standing = {topic for topic, data in self.views.items() if data is not None} - {"summary", "kpi"}
        alerts = {topic for topic in standing if topic.startswith("alert/")}
        assert alerts == {f"alert/{alert_name(alert)}" for alert in self.monitor.production.alerts()}
        standing -= alerts
        assert standing == {view.topic for view in told} | {f"state/{machine.id}" for machine in self.plan.machines}
        assert all(self.views[view.topic] == view.data for view in told)


def acts(data: st.DataObject, life: Life, orderly: bool) -> None:
    """One thing that may happen, a moment after the one before."""
    life.passes(0.01)
    match data.draw(st.sampled_from(["poll", "poll", "poll", "time", "clock", "end", "reload"])):
        case "poll" if life.plan.machines:
            poll(data, life)
        case "time":
            life.passes(data.draw(_passing))
        case "clock":
            life.utc += data.draw(_jumps)
        case "reload":
            life.plan = data.draw(_plans)
            life.step(Reload(life.plan, life.now))
        case "end":
            end(data, life, orderly or data.draw(st.booleans()))


def poll(data: st.DataObject, life: Life) -> None:
    """A source answers, often the same as before, or is silent; sometimes that waited in the inbox for a while."""
    machine = data.draw(st.sampled_from(life.plan.machines))
    source = data.draw(st.sampled_from(machine.sources)).name
    last = next(each.report for each in life.known(machine.id).sources if each.name == source)
    heard = data.draw(_reports | _silences if last is None else st.just(last) | _reports | _silences)
    now = life.now
    late = min(data.draw(st.sampled_from([0.0, 0.0, 3.0])), now.mono - life.polled.get((machine.id, source), 0.0))
    life.polled[machine.id, source] = now.mono - late
    life.step(Observation(machine.id, source, At(now.utc - late, now.mono - late, now.boot), heard=heard))


def end(data: st.DataObject, life: Life, orderly: bool) -> None:
    """The process ends and begins anew, the computer with it or not, with other settings or not."""
    heard = {(m.machine, s.name): s.heard_at for m in life.monitor.snapshots() for s in m.sources}
    if orderly:
        life.keep(life.monitor.end(life.now))
    if data.draw(st.booleans()):
        life.boot, life.mono, life.utc = life.boot + 1, 20.3, life.utc + data.draw(_jumps)
    if data.draw(st.booleans()):
        life.plan = data.draw(_plans)
    life.starts()
    for machine in life.monitor.snapshots() if orderly else ():
        for source in machine.sources:
            assert source.heard_at is None or _rounded(source.heard_at) == _rounded(heard[machine.machine, source.name])


def _rounded(at: At | None) -> object:
    return at and (round(at.utc, 3), round(at.mono, 3), at.boot)


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(st.data())
def test_any_life(data: st.DataObject) -> None:
    """Through anything: events add up to what is known, views show it, and no look brings the next one at once."""
    life = Life(data.draw(_plans))
    for _ in range(data.draw(st.integers(1, 20))):
        acts(data, life, orderly=False)
        life.check()
    life.passes(2.0)
    alerts = life.monitor.production.alerts()
    shown = summary(life.monitor.snapshots(), life.plan, life.now, alerts).data
    assert life.views["summary"] == shown


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(st.data())
def test_any_orderly_life_counts_everything_once(data: st.DataObject) -> None:
    """Where nothing crashes, all that was made is counted, each in its own unit, and nothing twice."""
    life = Life(data.draw(_plans))
    for _ in range(data.draw(st.integers(1, 20))):
        acts(data, life, orderly=True)
    life.passes(1000.0)
    assert {unit: made for unit, made in life.counted.items() if made} == {
        unit: made for unit, made in life.made.items() if made
    }
