"""How urgent: what a stop costs, times how little time is left.

A machine that stands is one thing while others do its step, and another when nobody does: then nothing is issued. With
several machines side by side that is worth a call at once; where one machine is the whole stage every stop would be, so
there the line is given its reaction time, in which most stops end.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final

from fleetmon.assess.lines import Verdict
from fleetmon.model.alerts import Alert, Impact, Priority, Rule, SubjectKind
from fleetmon.model.frozen import dataclass
from fleetmon.model.plan import LinePlan
from fleetmon.model.report import At

NEVER: Final = float("inf")
#: Of documents that wait: a difference worth telling, or as a share of what was told.
ABOUT: Final = 5
ABOUT_SHARE: Final = 0.2


class Last(Enum):
    """Of the stops of a stage: the one that left nobody, at once; or the one to speak for it when that goes on."""

    BY_ITSELF = "by itself"
    IN_TIME = "in time"


@dataclass(frozen=True, slots=True)
class Costs:
    """Of an alert: its priority and impact now, and in how many seconds they may differ by time alone."""

    priority: Priority | None
    impact: Impact
    next_s: float = NEVER


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stopped machine stands: in a `line` of which there is a `verdict`. `left` machines of its stage can still
    work; so many documents are `waiting` for it, on their way to it or not begun, or nobody knows."""

    line: LinePlan
    verdict: Verdict
    left: int
    waiting: int | None


def weighed(alert: Alert, rule: Rule, place: Place, last: Last | None, reaction_s: float, at: At) -> Costs:
    """An alert of a machine that stops and stands in a line; `last`: it speaks for the machines of its stage."""
    usual, verdict, stages = rule.priority, place.verdict, place.line.stages
    number = next((n for n, stage in enumerate(stages, 1) if alert.subject.id in stage), 0)
    out = verdict.stage_out == number and verdict.stage_out_since is not None
    since = verdict.stage_out_since if out else None
    waiting = _worth_telling(alert.impact.waiting, place.waiting)
    impact = Impact(place.line.id, since.utc if since else None, 0 if out else place.left, waiting)
    if since is None or last is None or usual is None or usual > Priority.P2:
        return Costs(usual, impact)
    stood_s = at.since(since)
    if last is Last.BY_ITSELF or stood_s >= reaction_s:
        return Costs(Priority.P1, impact)
    return Costs(usual, impact, reaction_s - stood_s)


def _worth_telling(told: int | None, waiting: int | None) -> int | None:
    """How many documents wait, as told before while that is about right: a queue moves every minute, and people far
    away, on a poor link, are not to be told of each document."""
    if not told or not waiting:
        return waiting
    return told if abs(waiting - told) <= max(ABOUT, ABOUT_SHARE * told) else waiting


def last_of_stage(alerts: Iterable[Alert], line: LinePlan | None, grave: Callable[[Alert], bool]) -> Mapping[str, Last]:
    """The alerts, by key, that took the last machine from their stages; `alerts` are those that hang on no other.

    What a machine stopped for first counts for it, and of machines that nobody can tell apart the first by name: what
    comes to a stop later (a cover that is opened to help) ended nothing, and no order of polls decides. Where the last
    is nothing `grave`, the last that is speaks for the stage, later.
    """
    stops = [each for each in alerts if each.open and each.gone is None and each.claim.stops]
    found: dict[str, Last] = {}
    for stage in line.stages if line and stops else ():
        last, speaks = _last(stage, stops), _last(stage, filter(grave, stops))
        if speaks is not None:
            found[speaks.key] = Last.BY_ITSELF if speaks is last and len(stage) > 1 else Last.IN_TIME
    return found


def _last(stage: tuple[str, ...], stops: Iterable[Alert]) -> Alert | None:
    firsts: dict[str, Alert] = {}
    for alert in sorted(stops, key=lambda each: (each.began.by.utc, each.key)):
        if alert.subject.kind is SubjectKind.MACHINE and alert.subject.id in stage:
            firsts.setdefault(alert.subject.id, alert)
    last = [each for each in firsts.values() if not any(each.began.before(other.began) for other in firsts.values())]
    return min(last, key=lambda each: each.key, default=None)
