"""Somebody who only watches: what each machine and line of a virtual office does, beside what was true of it.

The onlooker sits where the monitor would and hears the same polls, but keeps no alerts: activities and verdicts are
held against the plant's own record, whatever else is built on them.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from fleetmon.simulators.plant import Plant
from fleetmon.simulators.plant.states import Klass
from fleetmon.simulators.plant.truth import Stop

from fleetmon.assess import fleet
from fleetmon.assess.activity import Doing, batch_limit_s, doing
from fleetmon.assess.calendar import WorkCalendar
from fleetmon.assess.fleet import Snapshot
from fleetmon.assess.lines import Verdict, judge
from fleetmon.lab.virtual_time.watching import Told
from fleetmon.model.alerts import Order, PlanStop
from fleetmon.model.messages import Outcome
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.words import Activity, LineState

What = TypeVar("What")

STEP_S = 5
#: What may rightly be seen of each thing that is true. A wait shorter than the rhythm of a line is no wait, and whether
#: somebody waits for whoever works, or has nothing to do, nobody can see.
EXPECTED = {
    Klass.RUNNING: {Activity.PRODUCING},
    Klass.FAULT: {Activity.FAULTED, Activity.HELD},
    Klass.SUPPLY: {Activity.HELD},
    Klass.OPERATOR: {Activity.HELD},
    Klass.SILENT: {Activity.STALLED},
    Klass.STARVED: {Activity.STARVED, Activity.IDLE},
    Klass.BLOCKED: {Activity.BLOCKED, Activity.IDLE},
    Klass.NO_WORK: {Activity.IDLE},
    Klass.PLANNED: {Activity.PLANNED_OFF},
    Klass.CLEANING: {Activity.CLEANING},
    Klass.WARMING: {Activity.WARMING_UP},
    Klass.OFF: {Activity.UNKNOWN},
}
OWN = {Klass.FAULT, Klass.SUPPLY, Klass.OPERATOR, Klass.SILENT, Klass.OFF}
UNSEEN = {Klass.SILENT, Klass.OFF}


@dataclass
class Seen:
    """A machine as it was last seen."""

    plan: MachinePlan
    snapshot: Snapshot
    progressed: At | None = None
    doing: Doing | None = None
    limit_s: float = 600.0


@dataclass
class Onlooker:
    """Stands in for `Watching`. `does` and `verdicts` are histories: (since, what) in the order of time."""

    plan: FleetPlan
    start: float
    does: dict[str, list[tuple[float, Activity]]] = field(default_factory=lambda: defaultdict(list))
    verdicts: dict[str, list[tuple[float, Verdict]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._machines = {each.id: Seen(each, fleet.awaited(each)) for each in self.plan.machines}
        self._lines = {machine: line for line in self.plan.lines for stage in line.stages for machine in stage}
        self._calendar = WorkCalendar(self.plan.calendar)
        self._planned: dict[str, float] = {}

    def at(self, now: float) -> At:
        return At(self.start + now, now, "onlooker")

    def begin(self, now: float) -> Told:
        for seen in self._machines.values():
            seen.snapshot = fleet.resumed(seen.snapshot, seen.plan)
        return self._nothing(now)

    def end(self, now: float) -> Told:
        return self._nothing(now)

    def order(self, order: Order, now: float) -> Told:
        if isinstance(order, PlanStop) and order.until is not None:
            self._planned[order.scope.id] = order.until
        return self._nothing(now)

    def due(self) -> float:
        """Every poll is a look, and the next one is never far."""
        return float("inf")

    def wait(self, now: float) -> Iterator[Told]:
        yield from ()

    def set_clock(self, seconds: float) -> None:
        raise NotImplementedError("the truth knows no other clock")

    def hear(self, machine: str, source: str, heard: Report | NoAnswer, now: float) -> Told:
        seen, at = self._machines[machine], self.at(now)
        before = seen.snapshot
        seen.snapshot = fleet.hear(before, seen.plan, Observation(machine, source, at, heard=heard))
        count = fleet.progress(before.produced, seen.snapshot.produced)
        if count:
            if seen.progressed is not None:
                seen.limit_s = batch_limit_s(self.plan.stall.cold_start_s, count, at.since(seen.progressed))
            seen.progressed = at
        hours, planned = self._calendar.at(at.utc).hours, self._planned.get(machine, 0.0) > at.utc
        seen.doing = doing(seen.doing, seen.snapshot, seen.progressed, hours, planned, seen.limit_s, at)
        self._note(machine, now)
        return self._nothing(now)

    def _note(self, machine: str, now: float) -> None:
        line, at = self._lines.get(machine), self.at(now)
        if line is None:
            return
        own = {each: act for stage in line.stages for each in stage if (act := self._machines[each].doing) is not None}
        history = self.verdicts[line.id]
        before = history[-1][1] if history else None
        verdict = judge(line, own, before, at, hours=self._calendar.at(at.utc).hours)
        if verdict is before:
            return
        history.append((now, verdict))
        for each, act in verdict.doings.items():
            if not self.does[each] or self.does[each][-1][1] is not act.activity:
                self.does[each].append((now, act.activity))

    def _nothing(self, now: float) -> Told:
        return Told(now, self.at(now), Outcome())


def seen_at(history: Sequence[tuple[float, What]], moment: float, first: What) -> What:
    """What held at a moment; `first` before anything was seen."""
    place = bisect_right(history, moment, key=lambda each: each[0])
    return history[place - 1][1] if place else first


class Truth:
    """What was true of each station at any moment."""

    def __init__(self, plant: Plant, until: float) -> None:
        self._stops: dict[str, list[Stop]] = defaultdict(list)
        for stop in plant.close(until):
            if stop.klass is not Klass.SLOW:
                self._stops[stop.machine].append(stop)
        self._calendar = plant.calendar

    def klass(self, machine: str, moment: float) -> Klass:
        stops = self._stops[machine]
        place = bisect_right(stops, moment, key=lambda stop: stop.start)
        return stops[place - 1].klass if place and moment < stops[place - 1].end else Klass.RUNNING

    def working(self, moment: float) -> bool:
        return not self._calendar.at(moment)[0]


def activities(onlooker: Onlooker, truth: Truth, until: float) -> dict[Klass, Counter[Activity]]:
    """How many seconds of what was true were seen as what, over all machines of all lines."""
    found: dict[Klass, Counter[Activity]] = defaultdict(Counter)
    for machine, history in onlooker.does.items():
        for moment in range(STEP_S, int(until), STEP_S):
            found[truth.klass(machine, moment)][seen_at(history, moment, Activity.UNKNOWN)] += STEP_S
    return found


@dataclass
class Lines:
    """Seconds over all lines. A line is said to be `stopped`: really (`stood`), with all its roots truly in trouble of
    their own (`roots`), and with all machines of the stages that stand (`whole`). At work with a stage that says that
    it stands, and nothing at the line's end, it `must` be stopped, and is (`found`)."""

    stopped: int = 0
    stood: int = 0
    roots: int = 0
    whole: int = 0
    must: int = 0
    found: int = 0

    def add(self, line: LinePlan, verdict: Verdict, truth: Truth, moment: float) -> None:
        klasses = {machine: truth.klass(machine, moment) for stage in line.stages for machine in stage}
        troubled = {machine for machine, klass in klasses.items() if klass in OWN}
        out = [stage for stage in line.stages if troubled.issuperset(stage)]
        if verdict.state is LineState.STOPPED:
            roots = set(verdict.roots)
            self.stopped += STEP_S
            self.stood += STEP_S * bool(out)
            self.roots += STEP_S * (roots <= troubled)
            self.whole += STEP_S * (roots == {machine for stage in out for machine in stage})
        says_so = any(all(klasses[machine] in OWN - UNSEEN for machine in stage) for stage in line.stages)
        if says_so and truth.working(moment) and all(klasses[each] is not Klass.RUNNING for each in line.stages[-1]):
            self.must += STEP_S
            self.found += STEP_S * (verdict.state is LineState.STOPPED)


def lines(onlooker: Onlooker, truth: Truth, until: float) -> Lines:
    """The verdicts on all lines against the truth."""
    found = Lines()
    for line in onlooker.plan.lines:
        history = onlooker.verdicts[line.id]
        for moment in range(STEP_S, int(until), STEP_S):
            found.add(line, seen_at(history, moment, history[0][1]), truth, moment)
    return found
