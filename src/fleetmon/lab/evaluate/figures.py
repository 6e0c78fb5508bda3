"""The figures by which alerts are judged, each with its bounds and, where one is set, the gate it has to pass."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from fleetmon.lab.evaluate import bounds
from fleetmon.lab.evaluate.bounds import Bounded
from fleetmon.lab.evaluate.facts import Kind
from fleetmon.lab.evaluate.score import Demand, Score, Sort, Verdict
from fleetmon.model.alerts import Priority

MACHINE_MONTH_H: Final = 150.0  # scheduled hours
LONG_S: Final = 900.0
RIGHT: Final = 0.98
ALERTS: Final = 1.1


@dataclass(frozen=True, slots=True)
class Promises:
    """What hangs on how an office works: false alarms in a machine-month, silent stalls missed, and their delays in
    seconds (None: nothing is promised)."""

    false_alarms: float = 0.5
    stalls_missed: float | None = 0.06
    median_s: float | None = 600.0
    p90_s: float | None = 1200.0


USUAL: Final = Promises()
PERTURBED: Final = Promises(false_alarms=1.0, stalls_missed=0.10, median_s=None, p90_s=None)


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that is promised, and whether it was kept."""

    promise: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Class:
    """One kind of trouble: its incidents and how many were told; troubles that had to be told and were not, or late."""

    kind: Kind
    incidents: int
    told: int
    due: int
    missed: int
    late: int
    median: Bounded
    p90: Bounded
    right_machine: Bounded
    right_reason: Bounded
    alerts_per_incident: float | None


@dataclass(frozen=True, slots=True)
class Stalls:
    """Machines that stood and did not say why: `there` are all of them, `due` those for which work waited a quarter of
    an hour. Delays are of due ones, in time in which work waited; `clock_p90` counts breaks and nights too."""

    there: int
    due: int
    missed: Bounded
    median: Bounded
    p90: Bounded
    clock_p90: Bounded
    right_machine: Bounded


@dataclass(frozen=True, slots=True)
class Figures:
    """Of any number of runs. What is flagged is what a machine tells of or what its silence tells."""

    runs: int
    machine_months: float
    alerts: int
    warnings: int
    false_alarms: Bounded
    false_count: int
    confused: int
    false_notices: int
    missed: Bounded
    missed_count: int
    missed_long: Bounded
    late: Bounded
    late_count: int
    due: int
    median: Bounded
    p90: Bounded
    right_machine: Bounded
    right_reason: Bounded
    incidents_told: int
    alerts_per_incident: float | None
    more_than_one: Bounded
    messages_per_incident: float | None
    stalls: Stalls
    classes: tuple[Class, ...]
    promises: Promises = USUAL

    @property
    def gates(self) -> tuple[Gate, ...]:
        """What is promised, and whether it was kept."""
        per_incident = self.alerts_per_incident or 0.0
        allowed = self.promises.false_alarms
        return (
            Gate(f"false alarms per machine-month at most {allowed}", (self.false_alarms.value or 0) <= allowed),
            Gate("no false alarm after a restart, maintenance, or a link's return", self.confused == 0),
            Gate("no flagged trouble missed", self.missed_count == 0),
            Gate("none told later than its delay and 1.5 polls", self.late_count == 0),
            Gate(f"right machine at least {RIGHT:.0%}", _reaches(self.right_machine, RIGHT)),
            Gate(f"right reason at least {RIGHT:.0%}", _reaches(self.right_reason, RIGHT)),
            Gate(f"alerts per incident at most {ALERTS}", per_incident <= ALERTS),
            *_of_stalls(self.stalls, self.promises),
        )


def _of_stalls(found: Stalls, promised: Promises) -> Iterator[Gate]:
    """What is promised of machines that stand and do not say why."""
    if (allowed := promised.stalls_missed) is not None:
        yield Gate(f"silent stalls missed at most {allowed:.0%}", (found.missed.value or 0) <= allowed)
    for what, delay, limit in (
        ("half of the silent stalls told", found.median, promised.median_s),
        ("nine of ten silent stalls told", found.p90, promised.p90_s),
    ):
        if limit is not None:
            yield Gate(f"{what} within {limit / 60:.0f} minutes", (delay.value or 0) <= limit)
    yield Gate(f"right machine of a silent stall at least {RIGHT:.0%}", _reaches(found.right_machine, RIGHT))


def _reaches(found: Bounded, least: float) -> bool:
    """Whether a share is large enough; nothing counted breaks no promise."""
    return found.value is None or found.value >= least


def figures(score: Score, promises: Promises = USUAL) -> Figures:
    """The figures of a score, and what is promised of them."""
    flagged = [each for each in score.demands if each.kind is not Kind.SILENT]
    due = [each for each in flagged if each.due]
    long = [each for each in due if each.scheduled >= LONG_S]
    told = [each for each in score.outcomes if each.alerts and each.kind is not Kind.SILENT]
    any_told = [each for each in score.outcomes if each.alerts]
    false = sum(verdict is Verdict.FALSE and _alarms(priority) for verdict, priority in score.verdicts)
    months = score.machine_hours / MACHINE_MONTH_H
    missed, late = _missed(due), sum(each.late for each in due)
    return Figures(
        runs=score.runs,
        machine_months=months,
        alerts=len(score.verdicts),
        warnings=sum(verdict is Verdict.WARNING for verdict, _ in score.verdicts),
        false_alarms=bounds.rate(false, months),
        false_count=false,
        confused=sum(each.sort is Sort.FALSE and bool(each.after) for each in score.findings),
        false_notices=sum(verdict is Verdict.FALSE for verdict, _ in score.verdicts) - false,
        missed=bounds.share(missed, len(due)),
        missed_count=missed,
        missed_long=bounds.share(_missed(long), len(long)),
        late=bounds.share(late, len(due)),
        late_count=late,
        due=len(due),
        median=bounds.quantile(_delays(flagged), 0.5),
        p90=bounds.quantile(_delays(flagged), 0.9),
        right_machine=bounds.share(sum(each.right_machine for each in told), len(told)),
        right_reason=bounds.share(sum(each.right_reason for each in told), len(told)),
        incidents_told=len(any_told),
        alerts_per_incident=_mean(each.alerts for each in any_told),
        more_than_one=bounds.share(sum(each.alerts > 1 for each in any_told), len(any_told)),
        messages_per_incident=_mean(each.messages for each in any_told),
        stalls=_stalls(score),
        classes=tuple(_class(kind, score) for kind in Kind),
        promises=promises,
    )


def _stalls(score: Score) -> Stalls:
    there = [each for each in score.demands if each.kind is Kind.SILENT]
    due = [each for each in there if each.due]
    told = [each for each in score.outcomes if each.kind is Kind.SILENT and each.alerts]
    return Stalls(
        there=len(there),
        due=len(due),
        missed=bounds.share(_missed(due), len(due)),
        median=bounds.quantile(_delays(due), 0.5),
        p90=bounds.quantile(_delays(due), 0.9),
        clock_p90=bounds.quantile([each.by_clock for each in due if each.by_clock is not None], 0.9),
        right_machine=bounds.share(sum(each.right_machine for each in told), len(told)),
    )


def _class(kind: Kind, score: Score) -> Class:
    outcomes = [each for each in score.outcomes if each.kind is kind]
    told = [each for each in outcomes if each.alerts]
    demands = [each for each in score.demands if each.kind is kind]
    due = [each for each in demands if each.due]
    delays = _delays(due if kind is Kind.SILENT else demands)
    return Class(
        kind=kind,
        incidents=len(outcomes),
        told=len(told),
        due=len(due),
        missed=_missed(due),
        late=sum(each.late for each in due),
        median=bounds.quantile(delays, 0.5),
        p90=bounds.quantile(delays, 0.9),
        right_machine=bounds.share(sum(each.right_machine for each in told), len(told)),
        right_reason=bounds.share(sum(each.right_reason for each in told), len(told)),
        alerts_per_incident=_mean(each.alerts for each in told),
    )


def _alarms(priority: Priority | None) -> bool:
    return priority is not None and priority <= Priority.P3


def _missed(due: Iterable[Demand]) -> int:
    return sum(not each.told for each in due)


def _delays(demands: Iterable[Demand]) -> Sequence[float]:
    return [each.delay for each in demands if each.delay is not None]


def _mean(counts: Iterable[int]) -> float | None:
    every = list(counts)
    return fmean(every) if every else None
