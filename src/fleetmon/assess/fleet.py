"""The last known truth of each machine: sources merged, faults with their onset, counters made monotonic.

`hear` takes what was known and one observation and returns what is known now; nothing else changes a Snapshot. Two
questions are kept apart: what the machine says of itself (State) and what we know of the line to it (Contact). When the
line is lost the values stay, with their age, but the state counts as unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fleetmon.model.plan import CounterChoice, MachinePlan, SourcePlan
from fleetmon.model.report import At, Counter, Fault, Identity, NoAnswer, Observation, Report
from fleetmon.model.words import Contact, Silence, State, Unit

LOST_AFTER_FAILURES = 3
LOST_AFTER_S = 60.0
_COUNTER32 = 1 << 32
_WRAP_MARGIN = 1 << 24


@dataclass(frozen=True, slots=True)
class Source:
    """What one source last said, and how the line to it fares."""

    name: str
    report: Report | None = None
    heard_at: At | None = None
    contact: Contact = Contact.AWAITED
    failures: int = 0
    failing_since: At | None = None
    why: Silence | None = None
    text: str = ""

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
class Produced:
    """What a machine has made, never going back: `total` in units of its counter, `raw` the device's last value."""

    total: int
    raw: int
    unit: Unit | None
    per_document: int | None = None

    @property
    def published(self) -> tuple[int, Unit | None]:
        """Documents if the settings say how many counts one takes, else the counter as it is."""
        if self.per_document is None:
            return self.total, self.unit
        return self.total // self.per_document, Unit.DOCUMENTS


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One machine: its sources as last heard, the faults that stand, what it has produced."""

    machine: str
    sources: tuple[Source, ...]
    faults: tuple[Standing, ...] = ()
    produced: Produced | None = None
    replaced_serial: str | None = None

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
    sources = tuple(
        replace(before.get(source.name, Source(source.name)), contact=Contact.AWAITED, failures=0, failing_since=None)
        for source in plan.sources
    )
    return replace(known, sources=sources)


def hear(known: Snapshot, plan: MachinePlan, observation: Observation) -> Snapshot:
    """What is known after an observation of one of the machine's sources."""
    sources = tuple(
        _hear_source(source, observation) if source.name == observation.source else source for source in known.sources
    )
    heard = replace(known, sources=sources)
    if isinstance(observation.heard, NoAnswer):
        return heard
    was, now = known.identity.serial, heard.identity.serial
    swapped = was is not None and now is not None and was != now
    before = replace(known, faults=(), produced=None) if swapped else known
    chosen = next((source for source in plan.sources if source.counter.marker is not None), plan.sources[0])
    produced = before.produced
    if chosen.name == observation.source:
        produced = _count(before, chosen, observation.heard)
    faults = _standing(before.faults, heard.reports(), observation.at)
    return replace(heard, faults=faults, produced=produced, replaced_serial=was if swapped else known.replaced_serial)


def _hear_source(source: Source, observation: Observation) -> Source:
    heard, at = observation.heard, observation.at
    if isinstance(heard, Report):
        return Source(source.name, heard, at, Contact.LIVE)
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
    found: dict[tuple[str, str | None], Standing] = {}
    for fault in (fault for report in reports for fault in report.faults):
        if fault.key in found:
            continue
        stood = known.get(fault.key)
        own = None if fault.age_s is None else at.utc - fault.age_s
        if stood is None:
            found[fault.key] = Standing(fault, at, own)
        else:
            found[fault.key] = replace(stood, fault=fault, device_since=stood.device_since or own)
    return tuple(found.values())


def _count(known: Snapshot, source: SourcePlan, report: Report) -> Produced | None:
    counter = _chosen(source.counter, report.counters)
    if counter is None:
        return known.produced
    before, per_document = known.produced, source.counter.per_document
    if before is None or before.unit != counter.unit:
        return Produced(counter.total, counter.total, counter.unit, per_document)
    last = next((s.report for s in known.sources if s.name == source.name), None)
    went_on = bool(last and last.uptime_s and report.uptime_s and report.uptime_s >= last.uptime_s)
    made = _made(before.raw, counter.total, went_on)
    return Produced(before.total + made, counter.total, counter.unit, per_document)


def _chosen(choice: CounterChoice, counters: tuple[Counter, ...]) -> Counter | None:
    if choice.marker is None:
        return counters[0] if counters else None
    return next((counter for counter in counters if counter.marker == choice.marker), None)


def _made(before: int, now: int, went_on: bool) -> int:
    """How many more: a counter going back is a reset without credit, unless Counter32 wrapped while uptime went on."""
    if now >= before:
        return now - before
    wrapped = went_on and before >= _COUNTER32 - _WRAP_MARGIN and now < _WRAP_MARGIN
    return now + _COUNTER32 - before if wrapped else 0
