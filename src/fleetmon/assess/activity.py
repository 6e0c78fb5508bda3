"""What one machine is doing, from what it says, what it makes and the office's hours; its neighbours come in `lines`.

A machine's own trouble goes first, whatever the hour: a jam at five to twelve is a jam at noon. Then what it makes: a
count that moves is believed before any word. Only then its word, because a state alone says little: one that says it
rests between two documents has not stopped, and whether one that says it works and makes nothing is stalled is asked
elsewhere (`stalls`). Nothing here looks at a clock; `patience_s` says when time alone may change the answer.
"""

import re
from collections.abc import Sequence
from dataclasses import field, replace
from functools import lru_cache
from typing import Final

from fleetmon import vocabulary
from fleetmon.assess.calendar import Hours
from fleetmon.assess.fleet import Snapshot, Standing
from fleetmon.model.frozen import dataclass
from fleetmon.model.plan import StallLimits
from fleetmon.model.report import At
from fleetmon.model.words import Activity, Contact, ReasonClass, Severity, State

#: A machine that rests for less than this between two documents goes on producing: the rhythm of a line, no stop.
RHYTHM_S: Final = 60.0
# Batches of one size take about as long as each other; half as much again is room for one with a rest in it.
_BATCH_SHARE: Final = 1.5
_LONGEST_S: Final = StallLimits().longest_s

_HELD: Final = frozenset(
    {
        ReasonClass.COVER,
        ReasonClass.SUPPLY_EMPTY,
        ReasonClass.MEDIA_EMPTY,
        ReasonClass.OUTPUT_FULL,
        ReasonClass.OFFLINE,
        ReasonClass.PAUSED,
    }
)
_FAULTED: Final = frozenset(
    {ReasonClass.JAM, ReasonClass.OVER_TEMPERATURE, ReasonClass.TEMPERATURE, ReasonClass.HARDWARE, ReasonClass.SERVICE}
)
_STOPS: Final = frozenset({Activity.HELD, Activity.FAULTED})
_UNSEEN: Final = (None, Activity.UNKNOWN)
_WARMS: Final = {ReasonClass.WARMING: Activity.WARMING_UP}
_CLEANS_ITSELF: Final = frozenset({"marker-adjusting-print-quality"})
_CLEANING: Final = re.compile(r"\b(self[- ]?)?clean(ing|ed)\b|adjusting print quality", re.IGNORECASE)
_WARMING: Final = re.compile(r"\bwarm(ing)?[- ]?up\b|\b(pre-?)?heating\b|\bstarting up\b|\bcooling\b", re.IGNORECASE)
# "Cleaning roller worn", "must be cleaned", "heating failed" ask for somebody, or tell of a part.
_NO_CARE: Final = re.compile(
    r"\b(roller|kit|card|unit|pad|page|sheet|due|worn|overdue|required|needed|recommended|should|must|please|insert"
    r"|replace|fail\w*|fault|error|after|before)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Doing:
    """An activity `since` a moment. `reason` is the printer-state-reason behind it: of several the first to come.

    While it produces, `turned` is when its own word last turned from work to rest (`rests`) or back. It is remembered
    for what comes next and makes no difference to anybody else: two that differ in it only are equal.
    """

    activity: Activity
    since: At
    reason: str | None = None
    rests: bool = field(default=False, compare=False)
    turned: At | None = field(default=None, compare=False)


def doing(
    before: Doing | None,
    snapshot: Snapshot,
    progressed: At | None,
    hours: Hours,
    planned: bool,
    limit_s: float,
    at: At,
) -> Doing:
    """What a machine does at `at`, neighbours left out; `before` itself where that goes on, or an equal one.

    `progressed` is when its count was last seen to move, `planned` that somebody stops it on purpose, `limit_s` for how
    many seconds one that says nothing of itself may make nothing and still be at work.
    """
    contact, state = _heard(snapshot)
    if contact in (Contact.LOST, Contact.AWAITED):
        off = planned or hours is Hours.OFF
        return _now(before, Activity.PLANNED_OFF if off else Activity.UNKNOWN, None, at)
    away = planned or hours is not Hours.WORK
    making = _making(before, snapshot, state, progressed, limit_s, away, at)
    if planned:
        return _makes(before, making if making is Activity.PRODUCING else Activity.PLANNED_OFF, state, at)
    stop = _stop(before, snapshot, state, progressed, at)
    if stop is not None:
        return stop
    care, reason = _care(snapshot, progressed, at)
    if care is not None and not (away and care is Activity.WARMING_UP):
        return _now(before, care, reason, at)
    if making is None or care is not None:
        rests = Activity.IDLE if state is State.IDLE else Activity.UNKNOWN
        making = Activity.PLANNED_OFF if away else rests
    return _makes(before, making, state, at)


def patience_s(doing: Doing, snapshot: Snapshot, progressed: At | None, limit_s: float, at: At) -> float:
    """For how many seconds from `at` on time alone changes nothing, at least; infinite if it never will."""
    if doing.activity is not Activity.PRODUCING or _works_on(snapshot):
        return float("inf")
    turned_s = at.since(doing.turned or doing.since)
    quiet_s = turned_s if progressed is None else at.since(progressed)
    passed = ((RHYTHM_S, quiet_s), (RHYTHM_S, turned_s), (limit_s, quiet_s))
    return min([limit - passed_s for limit, passed_s in passed if passed_s < limit], default=float("inf"))


def _works_on(snapshot: Snapshot) -> bool:
    """Whether it says that it works, and shows nothing of what it does to itself: only another word changes that."""
    if _heard(snapshot)[1] is not State.PROCESSING:
        return False
    reports = snapshot.reports(Contact.LOST)
    return not any(report.notices or any(map(_told, report.console)) for report in reports)


def _heard(snapshot: Snapshot) -> tuple[Contact, State]:
    """The machine's contact and state; nearly every machine has one source, and then that is quickly told."""
    if len(snapshot.sources) != 1:
        return snapshot.contact, snapshot.state
    source = snapshot.sources[0]
    lost = source.report is None or source.contact is Contact.LOST
    return source.contact, State.UNKNOWN if lost or source.report is None else source.report.state


def _now(before: Doing | None, activity: Activity, reason: str | None, at: At, since: At | None = None) -> Doing:
    """The same activity goes on since when it did, whatever its reason is by now."""
    if before is None or before.activity is not activity:
        return Doing(activity, since or at, reason)
    return before if before.reason == reason else replace(before, reason=reason)


def _makes(before: Doing | None, activity: Activity, state: State, at: At) -> Doing:
    """As `_now`, for what has no reason; while it produces, its turns from work to rest and back are noted."""
    if activity is not Activity.PRODUCING:
        return _now(before, activity, None, at)
    rests = state is State.IDLE
    if before is None or before.activity is not Activity.PRODUCING:
        return Doing(Activity.PRODUCING, at, None, rests, at)
    return before if before.rests is rests else replace(before, rests=rests, turned=at)


def _making(
    before: Doing | None,
    snapshot: Snapshot,
    state: State,
    progressed: At | None,
    limit_s: float,
    away: bool,
    at: At,
) -> Activity | None:
    """Whether it makes documents; None where neither its count nor its word says so."""
    quiet_s = float("inf") if progressed is None else at.since(progressed)
    if state is State.PROCESSING:
        return Activity.PRODUCING  # whether it makes anything is for `stalls` to find out
    if state is State.STOPPED:
        return None
    if state is State.IDLE and before is not None and before.activity is Activity.PRODUCING:
        rested_s = at.since(before.turned) if before.rests and before.turned is not None else 0.0
        quiet_s = min(quiet_s, rested_s)
    rhythm_s = RHYTHM_S if away or state is State.IDLE else limit_s
    return Activity.PRODUCING if quiet_s < rhythm_s else None


def batch_limit_s(limit_s: float, moved_by: int, gap_s: float, longest_s: float = _LONGEST_S) -> float:
    """The limit for a machine whose count moves by several at once: longer than the last batch took, within reason.

    `gap_s` lay between its last two movements, the last of which was `moved_by`; infinite after the first.
    """
    return max(limit_s, min(longest_s, _BATCH_SHARE * gap_s)) if moved_by > 1 else limit_s


def _stop(before: Doing | None, snapshot: Snapshot, state: State, progressed: At | None, at: At) -> Doing | None:
    """Its own trouble, named after what came first and still stands."""
    if state is State.PROCESSING or (state is not State.STOPPED and not snapshot.faults):
        return None
    causes = [each for each in snapshot.faults if each.fault.severity is Severity.ERROR]
    if state is State.STOPPED:
        causes = causes or [each for each in snapshot.faults if _class(each) in _HELD | _FAULTED]
    elif progressed is not None:
        causes = [each for each in causes if not progressed.is_after(each.since)]
    if not causes:
        warming = any(_class(each) is ReasonClass.WARMING for each in snapshot.faults)
        return None if state is not State.STOPPED or warming else _now(before, Activity.FAULTED, None, at)
    first = _first(before, causes)
    activity = Activity.HELD if _class(first) in _HELD else Activity.FAULTED
    seen_before = before is None or before.activity is Activity.UNKNOWN
    return _now(before, activity, first.fault.reason, at, first.since if seen_before else at)


def _first(before: Doing | None, causes: Sequence[Standing]) -> Standing:
    """What began the stop, as long as it stands; else what has stood longest, of the same age the worst."""
    if before is not None and before.activity in _STOPS:
        for each in causes:
            if each.fault.reason == before.reason:
                return each
    earliest = causes[0]
    for each in causes:
        if earliest.since.is_after(each.since):
            earliest = each
    together = {each.fault: each for each in causes if not each.since.is_after(earliest.since)}
    worst = vocabulary.headline(together)
    return together[worst] if worst is not None else earliest


def _class(standing: Standing) -> ReasonClass:
    return vocabulary.reason(standing.fault.reason).reason_class


def _care(snapshot: Snapshot, progressed: At | None, at: At) -> tuple[Activity | None, str | None]:
    """What it does to itself, by a reason that nothing was made since, or by its display while nothing is made.

    A notice has no onset, and a display may be read more seldom than the count.
    """
    for each in snapshot.faults:
        cares = Activity.CLEANING if each.fault.reason in _CLEANS_ITSELF else _WARMS.get(_class(each))
        if cares is not None and (progressed is None or not progressed.is_after(each.since)):
            return cares, each.fault.reason
    reports = [each.report for each in snapshot.sources if each.report is not None and each.contact is not Contact.LOST]
    if not any(report.notices or report.console for report in reports):
        return None, None
    quiet_s = float("inf") if progressed is None else at.since(progressed)
    notices = [notice for report in reports for notice in report.notices]
    for notice in notices:
        if notice.keyword in _CLEANS_ITSELF and quiet_s > 0:
            return Activity.CLEANING, notice.keyword
    if quiet_s < RHYTHM_S:
        return None, None
    words = (*(each.text for each in notices), *(line for report in reports for line in report.console))
    return next((told for line in words if line and (told := _told(line)) is not None), None), None


@lru_cache(maxsize=4096)
def _told(words: str) -> Activity | None:
    """What a line of a display says that a machine does to itself."""
    if _NO_CARE.search(words):
        return None
    if _CLEANING.search(words):
        return Activity.CLEANING
    return Activity.WARMING_UP if _WARMING.search(words) else None
