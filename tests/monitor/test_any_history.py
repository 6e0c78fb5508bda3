"""What holds for every history: events tell the whole story once, views show the present, records suffice."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.assess.histories import histories, plans
from tests.assess.timeline import EPOCH, at, count

from fleetmon.assess import fleet
from fleetmon.assess.fleet import Snapshot
from fleetmon.model.messages import Event, Json
from fleetmon.model.plan import FleetPlan, MachinePlan, SourcePlan
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.words import Contact, MachineKind, Silence
from fleetmon.monitor import Monitor
from fleetmon.publish import contract
from fleetmon.publish.cadence import PROGRESS_EVERY_S
from fleetmon.publish.changes import without_age

from .site import SHORT, Site

MUCH_LATER = 1_000_000.0
LEVEL = ("capacity", "level", "percent", "raw")


def standing(snapshot: Snapshot) -> object:
    """What stands and since when; the age that a machine tells moves by itself."""
    return [(without_age(each), each.since, each.device_since) for each in snapshot.faults]


def counted(events: list[Event]) -> int:
    """What the count events among these add up to."""
    return sum(int(str(event.data["made"])) for event in events if SHORT[event.type] == "counted")


class Reader:
    """Somebody who has nothing but the events, and adds up what they say."""

    def __init__(self) -> None:
        self.faults: set[tuple[Any, Any]] = set()
        self.state: Any = "unknown"
        self.contact: Any = "awaited"

    def read(self, event: Event) -> None:
        """One event; what it says must fit what was said before."""
        told: dict[str, Any] = event.data
        match SHORT[event.type]:
            case "raised" | "changed" | "cleared" as kind:
                key = (told["fault"]["reason"], told["fault"]["part"])
                assert (key in self.faults) == (kind != "raised")
                self.faults = self.faults - {key} if kind == "cleared" else self.faults | {key}
            case "state":
                assert told["before"] == self.state
                self.state = told["state"]
            case "contact":
                assert told["before"] == self.contact
                self.contact = told["contact"]


@given(st.data())
def test_who_reads_every_event_knows_what_the_monitor_knows(data: st.DataObject) -> None:
    """Faults raised and cleared, states and contacts add up, at every moment, to what stands; nothing is told twice."""
    plan = data.draw(plans())
    site, reader = Site(plan), Reader()
    for observation in data.draw(histories(plan)):
        read = len(site.events)
        site.step(observation)
        for event in site.events[read:]:
            reader.read(event)
        known = site.known()
        assert reader.faults == {each.fault.key for each in known.faults}
        assert reader.state == known.state
        assert reader.contact == (Contact.LIVE if known.contact is Contact.STALE else known.contact)


@given(st.data())
def test_a_report_heard_twice_is_told_once(data: st.DataObject) -> None:
    """The same words of the same source half a second later are no change: no event, unless a count is due."""
    plan = data.draw(plans())
    site = Site(plan)
    for observation in data.draw(histories(plan)):
        site.step(observation)
        if isinstance(observation.heard, Report):
            again = Observation(plan.id, observation.source, later(observation, 0.5), heard=observation.heard)
            assert [SHORT[event.type] for event in site.step(again).events] in ([], ["counted"])


def later(observation: Observation, seconds: float) -> Any:
    """So many seconds after an observation."""
    moment = observation.at
    return type(moment)(moment.utc + seconds, moment.mono + seconds, moment.boot)


@given(st.data())
def test_what_was_made_is_counted_once_and_at_most_once_a_minute(data: st.DataObject) -> None:
    """Through restarts at any moment: never more is told than was made, in the end all, and no count twice a minute.

    Where another count begins, what was held back of the last one is told at once.
    """
    plan = data.draw(plans())
    site, made = Site(plan), 0
    moments: list[At] = []
    for observation in data.draw(histories(plan)):
        if data.draw(st.booleans()):
            site.ends(observation.at.utc - EPOCH)
            site.restarts()
        before, told = site.known(), len(site.events)
        site.step(observation)
        made += fleet.progress(before.produced, site.known().produced)
        assert counted(site.events) <= made
        now = [event.at for event in site.events[told:] if SHORT[event.type] == "counted"]
        if not now or same_count(before, site.known()):
            assert all(later.since(last) >= PROGRESS_EVERY_S for last, later in pairwise([*moments[-1:], *now]))
        moments += now
    site.silent(MUCH_LATER)
    assert counted(site.events) == made


def same_count(before: Snapshot, after: Snapshot) -> bool:
    """Whether the two can be subtracted."""
    was, now = before.produced, after.produced
    return was is not None and now is not None and (was.since, was.published[1]) == (now.since, now.published[1])


def still(view: dict[str, Json]) -> dict[str, Any]:
    """A state payload without counters, the numbers of levels, uptime and the times of polls."""
    plain: dict[str, Any] = json.loads(json.dumps(view))
    for key in ("counters", "uptime_s", "observed_at", "as_of_seq"):
        plain.pop(key, None)
    for row in (*plain["sources"], *plain["supplies"], *plain["inputs"]):
        for name in ("heard_at", *LEVEL):
            row.pop(name, None)
    return plain


def moving(view: dict[str, Any]) -> object:
    """The counters and levels of a state payload."""
    rows = [*view["supplies"], *view["inputs"]]
    return view["counters"], [[row[name] for name in LEVEL] for row in rows]


@given(st.data())
def test_the_view_shows_the_present(data: st.DataObject) -> None:
    """The last view is always right but for counters and levels, and those are right within a minute and a poll.

    A view that brings nothing but new counters and levels comes at the earliest a minute after the one before it.
    """
    plan = data.draw(plans())
    site = Site(plan)
    site.views += [view for view in site.begin(at(0)).views if view.topic == "state/m1"]
    for observation in data.draw(histories(plan)):
        site.time_passes(observation.at.utc - EPOCH)
        last = site.views[-1]
        assert last.data is not None
        views = [view for view in site.step(observation).views if view.topic == "state/m1"]
        assert len(views) <= 1
        now = contract.dump(contract.state_data(site.known(), plan))
        assert still(site.shown("m1")) == still(now)
        if observation.at.since(last.at) >= PROGRESS_EVERY_S:
            assert moving(site.shown("m1")) == moving(now)
        elif views:
            assert still(site.shown("m1")) != still(last.data)


@given(st.data())
def test_the_records_of_any_moment_suffice(data: st.DataObject) -> None:
    """A monitor made from the records at any moment and fed the rest tells the same as one that ran through.

    But for mere progress of a counter since its last count: whoever asks the machine again learns it again.
    """
    plan = data.draw(plans())
    history = data.draw(histories(plan, steady_uptime=True))
    cut = data.draw(st.integers(0, len(history)))
    through, resumed = Site(plan), Site(plan)
    for observation in history[:cut]:
        through.step(observation)
    resumed.records = dict(through.records)
    resumed.restarts()
    assume(resumed.known().produced == through.known().produced)
    assume(resumed.monitor._known["m1"].counting.untold == 0)  # told within the minute by either, but at its own moment
    for observation in [*history[cut:], *ending(data, plan)]:
        told = [story(site.step(observation).events) for site in (through, resumed)]
        assert told[0] == told[1]
        assert standing(through.known()) == standing(resumed.known())
        assert through.known().produced == resumed.known().produced
    assert (through.known().state, through.known().contact) == (resumed.known().state, resumed.known().contact)
    assert without_times(through) == without_times(resumed)


@given(st.data())
def test_a_crash_at_any_moment_neither_loses_nor_repeats_a_document(data: st.DataObject) -> None:
    """Counters that only rise, and a crash before any poll: in the end as much is counted as was made."""
    plan = MachinePlan("m1", MachineKind.PRINTER, (SourcePlan("main", "snmp://192.0.2.1"),))
    site, total, second = Site(plan), 1000, 0.0
    site.says(second, count(total))
    for _ in range(data.draw(st.integers(1, 12))):
        second += data.draw(st.sampled_from([1.0, 5.0, 30.0, 61.0]))
        if data.draw(st.booleans()):
            site.restarts()
        total += data.draw(st.integers(0, 3))
        site.step(Observation("m1", "main", at(second), heard=count(total)))
    site.restarts()
    site.says(MUCH_LATER, count(total))
    site.time_passes(MUCH_LATER + 100)
    assert counted(site.events) == total - 1000


def ending(data: st.DataObject, plan: MachinePlan) -> list[Observation]:
    """Each source answers or is silent for good: what a restart forgets, failures not yet worth a word, is settled."""
    end = []
    for source in plan.sources:
        said = data.draw(st.sampled_from([Report(), NoAnswer(Silence.TIMEOUT)]))
        end += [
            Observation(plan.id, source.name, at(MUCH_LATER + second), heard=said) for second in (0, 30, 60, 90, 50_000)
        ]
    return end


def story(events: tuple[Event, ...]) -> list[object]:
    """The events but those of state and contact, which after a restart begin anew, and the state beside a fault."""
    kept = [event for event in events if SHORT[event.type] not in ("state", "contact")]
    return [(event.type, event.at, {**event.data, "state": None}) for event in kept]


def without_times(site: Site) -> dict[str, Any]:
    """What would be shown now, without the time of the last silence."""
    plan = site.plan.machines[0]
    return still(contract.dump(contract.state_data(site.known(), plan)))


@given(st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
def test_any_bytes_as_a_record_are_tolerated(record: bytes) -> None:
    """Whatever stands in a record, the monitor starts, and begins with the machine as not heard yet."""
    plan = FleetPlan("office", Site().plan.machines)
    records = {"snapshot": {"prn1": record}, "heard": {"all": record}}
    assert Monitor(plan, records).snapshots() == Monitor(plan, {}).snapshots()


@settings(max_examples=40)
@given(st.data())
def test_a_damaged_record_is_tolerated(data: st.DataObject) -> None:
    """A record with any bytes replaced is read or not; in both cases the monitor starts and goes on."""
    plan = data.draw(plans())
    site = Site(plan)
    for observation in data.draw(histories(plan)):
        site.step(observation)
    record = bytearray(site.records.get(("snapshot", plan.id), b"{}"))
    for place in data.draw(st.lists(st.integers(0, len(record) - 1), max_size=4)):
        record[place] = data.draw(st.integers(0, 255))
    monitor = Monitor(site.plan, {"snapshot": {plan.id: bytes(record)}})
    told = {view.topic for view in monitor.begin(at(0)).views if not view.topic.startswith("alert/")}
    assert told == {"inventory", f"inventory/{plan.id}", f"state/{plan.id}", "kpi"}
    for observation in data.draw(histories(plan)):
        monitor.step(observation)
