"""Who on a line stands by itself, and who only waits for whoever does.

Whoever waits is followed to whoever really stands: upstream where nothing comes, downstream where there is no room,
never back, so at most once through the line. A machine's own stop is its own, with two exceptions: the words that a
machine uses for its neighbours' trouble as well as for its own, no media and no room for what comes out. What was seen
within a poll or two of each other counts as simultaneous, so that the order of polling decides nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from fleetmon import vocabulary
from fleetmon.assess.activity import Doing
from fleetmon.model.plan import LinePlan
from fleetmon.model.report import At
from fleetmon.model.words import Activity, ReasonClass

#: Moments that are no further apart than this, in seconds, may have come in either order.
TOGETHER_S: Final = 15.0
#: What ends only when somebody acts at the machine.
OWN_STOPS: Final = frozenset({Activity.HELD, Activity.FAULTED, Activity.STALLED})
#: Activities in which a machine is of no use to its stage.
OUT: Final = OWN_STOPS | {Activity.PLANNED_OFF}

_MAKES_NOTHING: Final = OUT | {Activity.WARMING_UP, Activity.CLEANING}
_WAITS: Final = frozenset({Activity.IDLE, Activity.STARVED, Activity.BLOCKED})


@dataclass(frozen=True, slots=True)
class Stop:
    """A stage in which nobody makes anything since the `last` of its machines stopped, or one `machine` of it."""

    stage: int
    since: At
    last: Doing
    machine: str = ""


def with_waits(line: LinePlan, doings: Mapping[str, Doing], at: At) -> dict[str, Doing]:
    """The doings of a line's machines, all of them given, with `starved` and `blocked` for those who wait."""
    return _waits(line, _consequences(line, doings, at), at)


def _later(one: At, other: At) -> At:
    return one if one.is_after(other) else other


def _surely_before(one: At, other: At) -> bool:
    return other.since(one) > TOGETHER_S


def standing(line: LinePlan, stage: int, doings: Mapping[str, Doing], at: At) -> Stop | None:
    """A stage in which nobody makes anything, for reasons of its own."""
    found = [doings[machine] for machine in line.stages[stage]]
    if not found or any(each.activity not in _MAKES_NOTHING for each in found):
        return None
    last = min(found, key=lambda each: (at.since(each.since), each.activity, each.reason or ""))
    return Stop(stage, last.since, last)


def _found(line: LinePlan, stage: int, way: int, doings: Mapping[str, Doing], at: At) -> Stop | None:
    """The nearest stage that way which stands; None where somebody on the way works, or is not heard."""
    stage += way
    while 0 <= stage < len(line.stages):
        stop = standing(line, stage, doings, at)
        if stop is not None or not any(doings[machine].activity in _WAITS for machine in line.stages[stage]):
            return stop
        if any(doings[machine].activity is Activity.PRODUCING for machine in line.stages[stage]):
            return None
        stage += way
    return None


def _consequences(line: LinePlan, doings: Mapping[str, Doing], at: At) -> dict[str, Doing]:
    """Own words for a neighbour's trouble: without media behind a stage that stands, without room before one.

    A machine without media has room: it blocks nobody, so that no two machines can stand at each other's door.
    """
    found, hungry = dict(doings), {machine for machine, each in doings.items() if _says(each, ReasonClass.MEDIA_EMPTY)}
    for stage, machines in enumerate(line.stages):
        for machine in hungry.intersection(machines):
            found[machine] = _caused(found[machine], Activity.STARVED, _found(line, stage, -1, found, at))
    for stage in reversed(range(len(line.stages))):
        for machine in line.stages[stage]:
            if _says(found[machine], ReasonClass.OUTPUT_FULL):
                stop = _found(line, stage, 1, found, at)
                behind = line.stages[stage + 1 : stop.stage + 1] if stop is not None else ()
                if not any(hungry.intersection(each) for each in behind):
                    found[machine] = _caused(found[machine], Activity.BLOCKED, stop)
    return found


def _says(doing: Doing, kind: ReasonClass) -> bool:
    said = doing.activity is Activity.HELD and doing.reason is not None
    return said and vocabulary.reason(doing.reason or "").reason_class is kind


def _caused(doing: Doing, activity: Activity, stop: Stop | None) -> Doing:
    if stop is None or _surely_before(doing.since, stop.since):
        return doing
    return replace(doing, activity=activity, reason=stop.last.reason)


def _waits(line: LinePlan, doings: Mapping[str, Doing], at: At) -> dict[str, Doing]:
    """Machines with nothing to do, told apart by whether a neighbour that stands is why.

    Nothing can come from a stage that stands. That there is no room before one shows only where a machine came to rest
    after it: one that rested before had nothing to do.
    """
    found = dict(doings)
    for stage, machines in enumerate(line.stages):
        idle = [machine for machine in machines if doings[machine].activity is Activity.IDLE]
        if not idle:
            continue
        above, below = (_found(line, stage, way, doings, at) for way in (-1, 1))
        for machine in idle:
            found[machine] = _waiting(doings[machine], above, below)
    return found


def _waiting(doing: Doing, above: Stop | None, below: Stop | None) -> Doing:
    if below is not None and _surely_before(doing.since, below.since):
        below = None
    if above is not None and (below is None or not _surely_before(below.since, above.since)):
        return Doing(Activity.STARVED, _later(doing.since, above.since), above.last.reason)
    if below is not None:
        return Doing(Activity.BLOCKED, _later(doing.since, below.since), below.last.reason)
    return doing


def in_order(stops: Iterable[Stop], at: At) -> list[Stop]:
    """The first to stop first; those that may have stopped together from upstream down, then by name."""
    waiting = sorted(stops, key=lambda stop: (-at.since(stop.since), stop.stage, stop.machine))
    found: list[Stop] = []
    while waiting:
        together = [stop for stop in waiting if not _surely_before(waiting[0].since, stop.since)]
        found += sorted(together, key=lambda stop: (stop.stage, stop.machine))
        waiting = waiting[len(together) :]
    return found
