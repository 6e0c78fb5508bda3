"""The last known truth of each machine: sources merged, faults with their onset, counters made monotonic.

`hear` takes what was known and one observation and returns what is known now; `waited` does the same for time that
passes without one. Two questions are kept apart: what the machine says of itself (State) and what we know of the line
to it (Contact). When the line is lost the values stay, with their age, but the state counts as unknown.

Whatever an observation leaves as it was, is the very same object afterwards: whoever compares two snapshots of a
machine that nothing happened to compares identities.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from operator import is_

from fleetmon.assess.produced import Produced, chosen, counted, progress
from fleetmon.assess.source import Source, hear_source, source_patience_s, unheard_source, wait_source
from fleetmon.model.frozen import dataclass
from fleetmon.model.plan import CounterChoice, MachinePlan, SourcePlan
from fleetmon.model.report import At, Fault, Identity, NoAnswer, Observation, Report
from fleetmon.model.words import Contact, State

__all__ = [
    "Produced",
    "Snapshot",
    "Source",
    "Standing",
    "awaited",
    "fits",
    "hear",
    "patience_s",
    "progress",
    "refitted",
    "replaced",
    "resumed",
    "unheard",
    "waited",
]

# An observation is stamped when the poll ends, the uptime in it was read when it began: up to a minute earlier.
_READ_BEFORE_S = 60.0
_NO_CHOICE = CounterChoice()


@dataclass(frozen=True, slots=True)
class Standing:
    """A fault that stands: `since` is ours, `device_since` (seconds since 1970) the machine's own word."""

    fault: Fault
    since: At
    device_since: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One machine: its sources as last heard, the faults that stand, what it has produced."""

    machine: str
    sources: tuple[Source, ...]
    faults: tuple[Standing, ...] = ()
    produced: Produced | None = None

    @property
    def contact(self) -> Contact:
        """The best of the sources' contacts."""
        if len(self.sources) == 1:
            return self.sources[0].contact
        order = (Contact.LIVE, Contact.STALE, Contact.AWAITED, Contact.LOST)
        return min((source.contact for source in self.sources), key=order.index)

    @property
    def state(self) -> State:
        """The worst state of the sources that are not lost; unknown if none tells."""
        if len(self.sources) == 1:
            only = self.sources[0]
            return State.UNKNOWN if only.report is None or only.contact is Contact.LOST else only.report.state
        if self.contact is Contact.LOST:
            return State.UNKNOWN
        order = (State.STOPPED, State.PROCESSING, State.IDLE, State.UNKNOWN)
        told = [report.state for report in self.reports(Contact.LOST)]
        return min(told, key=order.index, default=State.UNKNOWN)

    @property
    def asleep(self) -> bool:
        """Some source that is not lost says that the machine saves power, and none that it works."""
        if len(self.sources) == 1:
            only = self.sources[0]
            if only.report is None or only.contact is Contact.LOST:
                return False
            return only.report.asleep and only.report.state is not State.PROCESSING
        return any(report.asleep for report in self.reports(Contact.LOST)) and self.state is not State.PROCESSING

    @property
    def jobs(self) -> int | None:
        """How many documents wait in it, by the first source that is not lost and tells; None if none does."""
        if len(self.sources) == 1:
            only = self.sources[0]
            return None if only.report is None or only.contact is Contact.LOST else only.report.jobs
        return next((each.jobs for each in self.reports(Contact.LOST) if each.jobs is not None), None)

    @property
    def heard_at(self) -> At | None:
        """When any source last answered."""
        if len(self.sources) == 1:
            return self.sources[0].heard_at
        latest = None
        for source in self.sources:
            if source.heard_at and (latest is None or source.heard_at.is_after(latest)):
                latest = source.heard_at
        return latest

    @property
    def identity(self) -> Identity:
        """The first word of any source on each question."""
        known = [report.identity for report in self.reports()]
        if len(known) == 1:
            return known[0]
        first = {
            name: next((word for i in known if (word := getattr(i, name)) is not None), None)
            for name in ("maker", "model", "serial", "firmware", "name")
        }
        return Identity(**first)

    def reports(self, *without: Contact) -> list[Report]:
        """The sources' last reports, main source first, leaving out sources with these contacts."""
        return [s.report for s in self.sources if s.report is not None and s.contact not in without]


def awaited(plan: MachinePlan) -> Snapshot:
    """A machine not heard yet."""
    return Snapshot(plan.id, tuple(Source(source.name) for source in plan.sources))


def unheard(known: Snapshot) -> Snapshot:
    """A snapshot from an earlier run: nothing has been heard yet since the start."""
    return replace(known, sources=tuple(map(unheard_source, known.sources)))


def resumed(known: Snapshot, plan: MachinePlan) -> Snapshot:
    """A snapshot from an earlier run, made to fit the settings of today: nothing has been heard yet since the start."""
    before = {source.name: source for source in known.sources}
    sources = (before.get(each.name, Source(each.name)) for each in plan.sources)
    return replace(known, sources=tuple(map(unheard_source, sources)))


def fits(known: Snapshot, plan: MachinePlan) -> bool:
    """Whether a snapshot from an earlier run is one of the sources of today, and of the counter of today."""
    same = [source.name for source in known.sources] == [source.name for source in plan.sources]
    return same and known.produced in (None, _followed(known.produced, plan))


def refitted(known: Snapshot, was: MachinePlan | None, plan: MachinePlan, at: At) -> Snapshot:
    """A snapshot made to fit other settings of the same machine; a source that stays as it is loses nothing.

    `was` None: nobody knows the settings of before.
    """
    before = {source.name: source for source in known.sources}
    same = {source.name for source in was.sources if source in plan.sources} if was else ()
    fitting = (before.get(each.name, Source(each.name)) for each in plan.sources)
    sources = tuple(each if each.name in same else unheard_source(each) for each in fitting)
    faults = _standing(known.faults, Snapshot(known.machine, sources).reports(), at)
    produced = _followed(known.produced, plan)
    for source in sources:  # one that goes on may have said already what counts from now on
        if source.contact is Contact.LIVE and source.report is not None:
            produced = _produced(produced, plan, source, source.report, at)
    return Snapshot(known.machine, sources, faults, produced)


def hear(known: Snapshot, plan: MachinePlan, observation: Observation) -> Snapshot:
    """What is known after an observation of one of the machine's sources."""
    sources = tuple(
        hear_source(source, observation) if source.name == observation.source else source for source in known.sources
    )
    report = observation.heard
    if isinstance(report, NoAnswer):
        return Snapshot(known.machine, sources, known.faults, known.produced)
    heard = Snapshot(known.machine, sources)
    before = replace(known, faults=(), produced=None) if replaced(known, heard) else known
    last = next((source for source in before.sources if source.name == observation.source), None)
    last = last or Source(observation.source)
    same_faults = before is known and _went_on_saying(last, report)
    return Snapshot(
        known.machine,
        sources,
        known.faults if same_faults else _standing(before.faults, heard.reports(), observation.at),
        _produced(before.produced, plan, last, report, observation.at),
    )


def _went_on_saying(last: Source, report: Report) -> bool:
    """The faults are those of the last report, and that was of this run, in which no source left unseen."""
    return last.contact is Contact.LIVE and last.report is not None and last.report.faults == report.faults


def waited(known: Snapshot, plan: MachinePlan, at: At) -> Snapshot:
    """What is known when nothing was heard until `at`: a line falls silent, or is lost, by itself."""
    if len(known.sources) == len(plan.sources) == 1:
        only = wait_source(known.sources[0], plan.sources[0], at)
        return known if only is known.sources[0] else replace(known, sources=(only,))
    sources = tuple(wait_source(source, _planned(plan, source), at) for source in known.sources)
    return known if all(map(is_, sources, known.sources)) else replace(known, sources=sources)


def patience_s(known: Snapshot, plan: MachinePlan, at: At) -> float:
    """For how many seconds from `at` on `waited` will change nothing, at least; infinite if it never will."""
    if len(known.sources) == len(plan.sources) == 1:
        return source_patience_s(known.sources[0], plan.sources[0], at)
    return min(source_patience_s(source, _planned(plan, source), at) for source in known.sources)


def replaced(before: Snapshot, after: Snapshot) -> tuple[str, str] | None:
    """The serial numbers of two machines, if another one answers under this id than before.

    Only the first source that tells a number is asked: each may have one of its own, and all of them are exchanged.
    """
    was, now = _told_serial(before), _told_serial(after)
    if was is None or now is None or was.name != now.name or was.serial == now.serial:
        return None
    return str(was.serial), str(now.serial)


def _told_serial(snapshot: Snapshot) -> Source | None:
    return next((source for source in snapshot.sources if source.serial is not None), None)


def _planned(plan: MachinePlan, source: Source) -> SourcePlan:
    return next(each for each in plan.sources if each.name == source.name)


def _standing(before: Iterable[Standing], reports: list[Report], at: At) -> tuple[Standing, ...]:
    """The union of the sources' faults; one that stood before keeps its onset."""
    known = {standing.fault.key: standing for standing in before}
    return tuple(_stands(known.get(fault.key), fault, at) for fault in _worst(reports))


def _stands(stood: Standing | None, fault: Fault, at: At) -> Standing:
    own = None if fault.age_s is None else at.utc - fault.age_s
    if stood is None:
        return Standing(fault, at, own)
    return replace(stood, fault=fault, device_since=own if stood.device_since is None else stood.device_since)


def _worst(reports: list[Report]) -> Iterable[Fault]:
    """Each fault once; where several words are on the same one, the worst, else the first."""
    found: dict[tuple[str, str | None], Fault] = {}
    for fault in (fault for report in reports for fault in report.faults):
        said = found.get(fault.key)
        if said is None or fault.severity.rank < said.severity.rank:
            found[fault.key] = fault
    return found.values()


def _produced(known: Produced | None, plan: MachinePlan, last: Source, report: Report, at: At) -> Produced | None:
    counting = _counting(plan)
    counter = chosen(counting, report.counters, known) if counting.name == last.name else None
    if counter is None:
        return known
    serial = report.identity.serial
    proven = serial is not None and serial == last.serial
    passed_s = math.inf if last.heard_at is None else at.since(last.heard_at)
    return counted(known, counter, counting, at, _went_on(last, report, at), proven, passed_s)


def _counting(plan: MachinePlan) -> SourcePlan:
    """The source whose counter counts what the machine makes."""
    return next((each for each in plan.sources if each.counter != _NO_CHOICE), plan.sources[0])


def _followed(produced: Produced | None, plan: MachinePlan) -> Produced | None:
    """What was made, as long as the source that told it is the one that counts."""
    return produced if produced is not None and produced.source == _counting(plan).name else None


def _went_on(last: Source, report: Report, at: At) -> bool:
    """The machine has not restarted since it was last heard: its uptime grew as time did."""
    was = last.report.uptime_s if last.report else None
    if was is None or report.uptime_s is None or last.heard_at is None:
        return False
    return report.uptime_s - was >= max(0.0, at.since(last.heard_at) - _READ_BEFORE_S)
