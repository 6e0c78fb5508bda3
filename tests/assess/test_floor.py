"""The floor keeps what it drew: a line's figure is told anew now and then while documents leave, and comes to rest."""

from fleetmon.assess import fleet
from fleetmon.assess.floor import Floor
from fleetmon.assess.lines import Verdict
from fleetmon.assess.planned import PlannedStops
from fleetmon.assess.wakes import Wakes
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan
from fleetmon.model.report import Observation
from fleetmon.model.words import LineState, MachineKind, State, Unit

from .timeline import at, count, sources

LAM = MachinePlan("lam1", MachineKind.LAMINATOR, sources("main"))
PLAN = FleetPlan("site", (LAM,), (LinePlan("line-1", (("lam1",),)),))


class Told:
    """A floor with one laminator, and what was told of its line."""

    def __init__(self, unit: Unit) -> None:
        self.wakes, self.unit = Wakes(), unit
        self.floor = Floor(PLAN, PlannedStops(), self.wakes, {})
        self.verdicts: list[Verdict] = []

    def hears(self, second: float, total: int, state: State) -> None:
        """At `second` it says how many it has made."""
        seen, now = self.floor.machines["lam1"], at(second)
        before, report = seen.snapshot, count(total, unit=self.unit)
        if state is not State.PROCESSING:
            report = type(report)(state=state, counters=report.counters)
        seen.snapshot = fleet.hear(before, LAM, Observation("lam1", "main", now, heard=report))
        made = fleet.progress(before.produced, seen.snapshot.produced)
        if made:
            seen.progressed = now
            self.floor.made(seen, made, now)
        self.floor.acts(seen, now)
        self.verdicts += self.floor.judge(now)

    def waits(self, until: float) -> None:
        """Nothing is heard until then."""
        while self.wakes.next is not None and self.wakes.next <= until:
            now = at(self.wakes.next)
            self.wakes.take(now.mono)
            self.floor.acts(self.floor.machines["lam1"], now)
            self.verdicts += self.floor.judge(now)


def day(unit: Unit) -> Told:
    """A document every 50 s for three hours, then none; the next morning it is still at rest."""
    told = Told(unit)
    for second in range(0, 10_800, 50):
        told.hears(second, 1000 + second // 50, State.PROCESSING)
    told.hears(10_800, 1215, State.IDLE)
    told.waits(80_000)
    return told


def test_a_line_s_output_is_told_every_five_minutes_and_ends_at_none() -> None:
    """About 72 an hour while it lasts; then less and less, and none; not more often than that, and not for ever."""
    told = day(Unit.SHEETS)
    figures = [verdict.output_per_hour for verdict in told.verdicts]
    working = [each.output_per_hour for each in told.verdicts if each.state is LineState.PRODUCING]
    assert set(working[3:]) <= {71.0, 72.0, 73.0}
    assert figures[-1] == 0
    assert len(figures) < 30
    assert told.wakes.next is None


def test_impressions_are_no_documents() -> None:
    """Nobody has said how many one takes: no figure."""
    assert {verdict.output_per_hour for verdict in day(Unit.IMPRESSIONS).verdicts} == {None}
