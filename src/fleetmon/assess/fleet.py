"""The last known truth of each machine: sources merged, faults with their onset, counters made monotonic.

`hear` takes what was known and one observation and returns what is known now; nothing else changes a Snapshot. Two
questions are kept apart: what the machine says of itself (State) and what we know of the line to it (Contact). When the
line is lost the values stay, with their age, but the state counts as unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fleetmon.assess.produced import Produced, chosen, counted, progress
from fleetmon.model.plan import CounterChoice, MachinePlan
from fleetmon.model.report import At, Fault, Identity, NoAnswer, Observation, Report
from fleetmon.model.words import Contact, Silence, State

__all__ = ["Produced", "Snapshot", "Source", "Standing", "awaited", "hear", "progress", "replaced", "resumed"]

LOST_AFTER_FAILURES = 3
LOST_AFTER_S = 60.0
# An observation is stamped when the poll ends, the uptime in it was read when it began: up to a minute earlier.
_READ_BEFORE_S = 60.0


@dataclass(frozen=True, slots=True)
class Source:
    """What one source last said, and how the line to it fares; `serial` is the last it told, however long ago."""

    name: str
    report: Report | None = None
    heard_at: At | None = None
    contact: Contact = Contact.AWAITED
    failures: int = 0
    failing_since: At | None = None
    why: Silence | None = None
    text: str = ""
    serial: str | None = None

    @property
    def driver(self) -> str | None:
        """The driver that understood the last report."""
        return self.report.driver if self.report else None


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
        order = (Contact.LIVE, Contact.STALE, Contact.AWAITED, Contact.LOST)
        return min((source.contact for source in self.sources), key=order.index)

    @property
    def state(self) -> State:
        """The worst state of the sources that are not lost; unknown if none tells."""
        if self.contact is Contact.LOST:
            return State.UNKNOWN
        order = (State.STOPPED, State.PROCESSING, State.IDLE, State.UNKNOWN)
        told = [report.state for report in self.reports(Contact.LOST)]
        return min(told, key=order.index, default=State.UNKNOWN)

    @property
    def asleep(self) -> bool:
        """Some source says that the machine saves power, and none that it works."""
        return any(report.asleep for report in self.reports()) and self.state is not State.PROCESSING

    @property
    def heard_at(self) -> At | None:
        """When any source last answered."""
        return max((s.heard_at for s in self.sources if s.heard_at), key=lambda at: at.utc, default=None)

    @property
    def identity(self) -> Identity:
        """The first word of any source on each question."""
        known = [report.identity for report in self.reports()]
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


def resumed(known: Snapshot, plan: MachinePlan) -> Snapshot:
    """A snapshot from an earlier run, made to fit the settings of today: nothing has been heard yet since the start."""
    before = {source.name: source for source in known.sources}
    return replace(known, sources=tuple(_resumed(before.get(each.name, Source(each.name))) for each in plan.sources))


def _resumed(source: Source) -> Source:
    """What was lost stays lost until it is heard: a restart of ours must not bring a state back that nobody heard."""
    if source.contact is Contact.LOST:
        return source
    return replace(source, contact=Contact.AWAITED, failures=0, failing_since=None, why=None, text="")


def hear(known: Snapshot, plan: MachinePlan, observation: Observation) -> Snapshot:
    """What is known after an observation of one of the machine's sources."""
    sources = tuple(
        _hear_source(source, observation) if source.name == observation.source else source for source in known.sources
    )
    heard = replace(known, sources=sources)
    if isinstance(observation.heard, NoAnswer):
        return heard
    before = replace(known, faults=(), produced=None) if replaced(known, heard) else known
    return replace(
        heard,
        faults=_standing(before.faults, heard.reports(), observation.at),
        produced=_produced(before, plan, observation.source, observation.heard, observation.at),
    )


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


def _hear_source(source: Source, observation: Observation) -> Source:
    heard, at = observation.heard, observation.at
    if isinstance(heard, Report):
        return Source(source.name, heard, at, Contact.LIVE, serial=heard.identity.serial or source.serial)
    failures = source.failures + 1
    since = source.failing_since or at
    contact = _silent(source, failures, at.since(since))
    return replace(source, contact=contact, failures=failures, failing_since=since, why=heard.why, text=heard.text)


def _silent(source: Source, failures: int, silent_s: float) -> Contact:
    if source.contact is Contact.LOST or (failures >= LOST_AFTER_FAILURES and silent_s >= LOST_AFTER_S):
        return Contact.LOST
    return Contact.AWAITED if source.contact is Contact.AWAITED else Contact.STALE


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


def _produced(known: Snapshot, plan: MachinePlan, source: str, report: Report, at: At) -> Produced | None:
    counting = next((each for each in plan.sources if each.counter != CounterChoice()), plan.sources[0])
    counter = chosen(counting, report.counters, known.produced) if counting.name == source else None
    if counter is None:
        return known.produced
    last = next((each for each in known.sources if each.name == source), Source(source))
    return counted(known.produced, counter, counting, at, _went_on(last, report, at))


def _went_on(last: Source, report: Report, at: At) -> bool:
    """The machine has not restarted since it was last heard: its uptime grew as time did."""
    was = last.report.uptime_s if last.report else None
    if was is None or report.uptime_s is None or last.heard_at is None:
        return False
    return report.uptime_s - was >= max(0.0, at.since(last.heard_at) - _READ_BEFORE_S)
