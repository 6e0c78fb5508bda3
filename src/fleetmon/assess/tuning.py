"""Whether limits of silence keep what they promise: predicted false alarms beside the nuisances that were seen.

A limit is learned within a budget. Where a machine's alerts pass by themselves more than twice as often for two weeks,
its limit does not know some pause of it, and silences that were told are no pauses to learn from: so it will not find
out by itself. People are told, with a limit that would have let those pauses pass; it is theirs to set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest
from math import ceil
from typing import Final

from fleetmon.assess.alerting.stall_quality import NOTHING, Observed, StallQuality
from fleetmon.assess.floor import Floor
from fleetmon.assess.stalls.limit import Limit
from fleetmon.assess.stalls.profile import Profile
from fleetmon.model.alerts import Claim, Condition, Evidence, Subject, SubjectKind
from fleetmon.model.plan import StallLimits
from fleetmon.model.report import At
from fleetmon.model.words import Activity, Severity

#: A gap with work waiting that was so long and ended without an alert was missed, whatever the limit is.
MISSED_S: Final = 900.0
_MISSED_TENTHS: Final = 10 * MISSED_S
_DAYS: Final = 30
#: The budget is of a mean month.
_FORTNIGHT: Final = 14 / 30.4
_LEAST: Final = 2
_TOO_MANY: Final = 2.0
#: A limit is suggested that is a tenth longer than the longest of those pauses, in half minutes, between the ends
#: that limits have unless somebody sets others.
_ROOM: Final = 1.1
_STEP_S: Final = 30.0
_ENDS: Final = StallLimits()


@dataclass(frozen=True, slots=True)
class StallFigures:
    """Of one machine: its limit now, what was seen of it, and the long gaps of thirty days that no alert told of."""

    machine: str
    limit: Limit
    observed: Observed
    missed_30_d: int


def figures(quality: StallQuality, floor: Floor, at: At, most: int) -> tuple[StallFigures, ...]:
    """The `most` machines that are worst: by nuisances, then by what else was told of them, then by name."""
    seen = quality.counted(at)
    worst = nsmallest(most, floor.machines, key=lambda machine: _rank(machine, seen.get(machine, NOTHING)))
    return tuple(figures_of(machine, seen, floor, at) for machine in worst)


def figures_of(machine: str, seen: Mapping[str, Observed], floor: Floor, at: At) -> StallFigures:
    """The figures of one machine, of those that were `seen`."""
    silences = floor.silences
    limit = silences.limit(machine, floor.machines[machine].limit_s)
    return StallFigures(machine, limit, seen.get(machine, NOTHING), _missed(silences.profile(machine), floor, at))


def claims(quality: StallQuality, floor: Floor, at: At) -> Iterator[Claim]:
    """Of each machine whose nuisances of fourteen days are at least two and more than twice what the budget allows that
    its limit is to be looked at; not where today's limit would have let all of them pass."""
    for machine, seen in quality.counted(at).items():
        if machine in floor.machines:
            limit = floor.silences.limit(machine, floor.machines[machine].limit_s)
            yield from _claim(machine, seen, limit, floor.plan.stall, at)


def _claim(machine: str, seen: Observed, limit: Limit, plan: StallLimits, at: At) -> Iterator[Claim]:
    allowed, longest_s = _FORTNIGHT * plan.false_alarms, seen.longest_nuisance_s or 0.0
    if seen.nuisance_14_d < _LEAST or seen.nuisance_14_d <= _TOO_MANY * allowed or _ROOM * longest_s <= limit.seconds:
        return
    wanted_s = min(max(ceil(_ROOM * longest_s / _STEP_S) * _STEP_S, _ENDS.shortest_s), _ENDS.longest_s)
    evidence = (
        Evidence("alerts over by themselves in 14 days", seen.nuisance_14_d),
        Evidence("of these the budget allows", round(allowed, 1)),
        Evidence("the longest of these pauses", round(longest_s / 60, 1), "min"),
        Evidence("limit now", round(limit.seconds / 60, 1), "min"),
        *_advice(wanted_s, limit, plan),
    )
    subject = Subject(SubjectKind.MACHINE, machine)
    yield Claim(subject, Condition.TUNE_LIMIT, at, severity=Severity.WARNING, stops=False, evidence=evidence)


def _advice(wanted_s: float, limit: Limit, plan: StallLimits) -> Iterator[Evidence]:
    """Which setting gives a limit that lets them pass. All machines have these limits, so it costs the others too."""
    if wanted_s <= limit.seconds:  # no limit is meant to be so long
        yield Evidence("to be set", "breaks and hours in [site], or a planned stop for each such pause")
        return
    yield Evidence("limit that lets them pass", round(wanted_s / 60, 1), "min")
    ends = "shortest" if wanted_s <= plan.longest_s else "shortest and longest"
    yield Evidence("to be set", f"[alerts.stall] {ends if limit.learned else 'cold_start'}")


def resumed(machine: str, floor: Floor, at: At) -> bool:
    """Whether a machine has made something at this very moment, and names nothing that hinders it."""
    seen = floor.machines.get(machine)
    if seen is None or seen.progressed != at or seen.doing is None:
        return False
    return seen.doing.activity is Activity.PRODUCING


def _rank(machine: str, seen: Observed) -> tuple[int, int, int, str]:
    return -seen.nuisance_14_d, -seen.nuisance_30_d, -seen.told_30_d, machine


def _missed(profile: Profile, floor: Floor, at: At) -> int:
    """Of a profile's gaps none was a stall; every one that matters here is kept, up to sixty a day."""
    if (profile.longest_s or 0.0) < MISSED_S:
        return 0
    today = datetime.fromtimestamp(at.utc, floor.zone).date()
    days = [each for each in profile.days() if timedelta() <= today - each.day < timedelta(days=_DAYS)]
    return sum(tenths >= _MISSED_TENTHS for day in days for tenths in day.longest)
