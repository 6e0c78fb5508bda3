"""What a line does and where its standstill lies, from what each of its machines does.

A line stands because some stage has no machine left, not because its last machine makes nothing: that one only waits.
Whoever stands by itself is a root, two of them are two; `neighbours` tells who only waits. What nobody can know is said
to be unknown: a machine that is not heard may work, and a stage with such a machine is not said to stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fleetmon.assess.activity import Doing
from fleetmon.assess.attachment import attached
from fleetmon.assess.calendar import Hours
from fleetmon.assess.neighbours import OUT, OWN_STOPS, Stop, in_order, standing, with_waits
from fleetmon.model.plan import LinePlan
from fleetmon.model.report import At
from fleetmon.model.words import Activity, LineState

__all__ = ["Verdict", "attached", "judge", "stage_left"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line does `since` when; `doings` of its machines, with who waits for whom.

    `roots` are the machines at which the standstill lies, first-out first; of an unknown line those that are not heard.
    `stage_out` (1 is the first) has no machine left that can work, since `stage_out_since`; of several the first.
    `waiting` documents, and `output_per_hour`, where somebody knows.
    """

    line: str
    state: LineState
    since: At
    doings: Mapping[str, Doing]
    roots: tuple[str, ...] = ()
    stage_out: int | None = None
    stage_out_since: At | None = None
    output_per_hour: float | None = None
    waiting: int | None = None


def judge(
    line: LinePlan,
    own: Mapping[str, Doing],
    before: Verdict | None,
    at: At,
    *,
    hours: Hours = Hours.WORK,
    output_per_hour: float | None = None,
    waiting: int | None = None,
) -> Verdict:
    """The verdict on a line; `before` itself where nothing changed. A machine that `own` lacks is unknown."""
    doings = {machine: own.get(machine) or _unseen(machine, before, at) for stage in line.stages for machine in stage}
    doings = with_waits(line, doings, at)
    out = in_order((stop for n in range(len(line.stages)) if (stop := _out(line, n, doings, at))), at)
    state = _state(line, doings, bool(out), hours)
    known = before is not None and before.state is not LineState.UNKNOWN
    began = out[0].since if out and state is LineState.STOPPED and not known else at
    verdict = Verdict(
        line=line.id,
        state=state,
        since=before.since if before is not None and before.state is state else began,
        doings=doings,
        roots=_roots(line, doings, state, {stop.stage for stop in out}, at),
        stage_out=out[0].stage + 1 if out else None,
        stage_out_since=out[0].since if out else None,
        output_per_hour=output_per_hour,
        waiting=waiting,
    )
    return before if before is not None and verdict == before else verdict


def stage_left(line: LinePlan, machine: str, own: Mapping[str, Doing]) -> int:
    """How many machines of its stage can still work. One that is not heard may well: it is counted."""
    stage = next((stage for stage in line.stages if machine in stage), (machine,))
    return sum(1 for each in stage if each not in own or own[each].activity not in OUT)


def _unseen(machine: str, before: Verdict | None, at: At) -> Doing:
    was = before.doings.get(machine) if before is not None else None
    return was if was is not None and was.activity is Activity.UNKNOWN else Doing(Activity.UNKNOWN, at)


def _out(line: LinePlan, stage: int, doings: Mapping[str, Doing], at: At) -> Stop | None:
    """A stage in which no machine is left, and not all of them by plan."""
    found = [doings[machine].activity for machine in line.stages[stage]]
    if all(each in OUT for each in found) and any(each in OWN_STOPS for each in found):
        return standing(line, stage, doings, at)
    return None


def _state(line: LinePlan, doings: Mapping[str, Doing], out: bool, hours: Hours) -> LineState:
    stages = [[doings[machine].activity for machine in stage] for stage in line.stages if stage]
    everybody = [each for stage in stages for each in stage]
    stands = any(each in OWN_STOPS for each in everybody)
    if stages and Activity.PRODUCING in stages[-1]:
        return LineState.DEGRADED if stands else LineState.PRODUCING
    works = Activity.PRODUCING in everybody
    if (hours is not Hours.WORK and not works) or any(set(stage) == {Activity.PLANNED_OFF} for stage in stages):
        return LineState.PLANNED_OFF
    if out:
        return LineState.STOPPED
    if not stages or any(Activity.UNKNOWN in stage and set(stage) <= OUT | {Activity.UNKNOWN} for stage in stages):
        return LineState.UNKNOWN
    if works:
        return LineState.DEGRADED if stands else LineState.PRODUCING
    return LineState.IDLE


def _roots(line: LinePlan, doings: Mapping[str, Doing], state: LineState, out: set[int], at: At) -> tuple[str, ...]:
    if state not in (LineState.STOPPED, LineState.DEGRADED, LineState.UNKNOWN):
        return ()
    at_fault = {Activity.UNKNOWN} if state is LineState.UNKNOWN else OWN_STOPS
    found = (
        Stop(stage, doings[machine].since, doings[machine], machine)
        for stage, machines in enumerate(line.stages)
        if state is not LineState.STOPPED or stage in out
        for machine in machines
        if doings[machine].activity in at_fault
    )
    return tuple(stop.machine for stop in in_order(found, at))
