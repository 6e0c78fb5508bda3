"""What is told at once, and what may be told within the minute. Pure.

A person who looks at a machine's retained state wants every change of what it *is* at once; that a counter counts and a
level falls is no change worth a message of its own. Nearly all polls bring nothing new, and decoders hand on the very
objects of the last report where nothing moved, so that this is mostly a comparison of identities.
"""

from fleetmon.assess.fleet import Snapshot, Source
from fleetmon.model.report import Fault, Report
from fleetmon.publish.changes import without_age

PROGRESS_EVERY_S = 60.0


def looks_alike(before: Snapshot, after: Snapshot) -> bool:
    """Whether a person would see no difference but in counters, the numbers of levels, uptime and ages."""
    return (
        (before.faults is after.faults or _standing(before) == _standing(after))
        and len(before.sources) == len(after.sources)
        and all(map(_source_alike, before.sources, after.sources))
        and (all(map(_identity_same, before.sources, after.sources)) or before.identity == after.identity)
        and (all(map(_state_alike, before.sources, after.sources)) or _state(before) == _state(after))
    )


def moving(snapshot: Snapshot) -> object:
    """What may be told late: counters and levels."""
    reports = snapshot.reports()
    supplies = [supply.level for report in reports for supply in report.supplies]
    produced = snapshot.produced.published if snapshot.produced else None
    return produced, supplies, [slot.level for report in reports for slot in report.inputs]


def stands_still(before: Snapshot, after: Snapshot) -> bool:
    """Whether nothing of `moving` can have changed; False where it would have to be looked at."""
    return before.produced is after.produced and all(map(_levels_same, before.sources, after.sources))


def _levels_same(before: Source, after: Source) -> bool:
    was, now = before.report, after.report
    return was is now or (
        was is not None and now is not None and was.supplies is now.supplies and was.inputs is now.inputs
    )


def _source_alike(before: Source, after: Source) -> bool:
    if (before.contact, before.why) != (after.contact, after.why):
        return False
    was, now = before.report, after.report
    return was is now or (was is not None and now is not None and _words_alike(was, now))


def _identity_same(before: Source, after: Source) -> bool:
    """Of several sources the first word counts: that one says it no more makes no difference while another does."""
    was, now = before.report, after.report
    return was is now or (was is not None and now is not None and was.identity is now.identity)


def _state_alike(before: Source, after: Source) -> bool:
    was, now = before.report, after.report
    return was is now or (was is not None and now is not None and was.state is now.state and was.asleep == now.asleep)


def _state(snapshot: Snapshot) -> object:
    """What the sources' words come to; a look at each of them is cheaper where nothing changed."""
    return snapshot.state, snapshot.asleep


def _words_alike(was: Report, now: Report) -> bool:
    return (
        (was.driver, was.notices, was.console) == (now.driver, now.notices, now.console)
        and (was.supplies is now.supplies or _supplies(was) == _supplies(now))
        and (was.inputs is now.inputs or _inputs(was) == _inputs(now))
    )


def _standing(snapshot: Snapshot) -> list[tuple[Fault, object, object]]:
    return [(without_age(standing), standing.since, standing.device_since) for standing in snapshot.faults]


def _supplies(report: Report) -> list[object]:
    return [
        (s.part, s.kind, s.supply_class, s.description, s.colour, s.level.unit, s.level.quality)
        for s in report.supplies
    ]


def _inputs(report: Report) -> list[object]:
    return [(i.part, i.description, i.level.unit, i.level.quality) for i in report.inputs]
