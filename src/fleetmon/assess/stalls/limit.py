"""How long a machine in work may make nothing before that is no pause any more, learned from its own pauses.

Of the N gaps between two changes of its count that a working month brings, B may be taken for a stall; so the limit is
the 1 - B/N quantile of the gaps. It lies further out than a few weeks reach, and is read from the tail of the longest
gaps alone. The limit leans on the fixed one that was valid before, the less the more days are known.

Two of a month may have been stalls that nobody noticed. That they were long is believed, how long is not, so that one
lost afternoon does not make a machine's limit long for weeks; but whatever came more often is a pause, and no limit is
shorter. Gaps much longer than the limits that were in force are no part of what is learned: they were told as stalls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, log
from typing import Final

from fleetmon.assess.stalls.tail import tail
from fleetmon.model.plan import StallLimits

#: A machine-month is so many working days.
MONTH_DAYS: Final = 21
#: Nothing is learned from fewer days or gaps.
LEAST_DAYS: Final = 5
LEAST_GAPS: Final = 300
#: What was fixed before weighs as much as so many days.
_FIXED_DAYS: Final = 10
#: The tail: of all gaps the longest hundredth, at least so many, give or take a heap of equal ones. Of these so many a
#: month are doubted.
_TAIL: Final = 0.01
_LEAST_TAIL: Final = 30
_DOUBTED: Final = 2
#: Shorter than any poll, and no logarithm below it is worth using.
_SHORTEST_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Limit:
    """After `seconds` without progress a machine in work stands still.

    Where it is `learned`, it is from so many `gaps` on so many working `days`, and `predicted` false alarms a
    machine-month are to be expected of pauses like those; else that is not known, and gaps and days are what there is.
    """

    seconds: float
    learned: bool
    gaps: int
    days: int
    predicted: float | None = None


@dataclass(frozen=True, slots=True)
class Gaps:
    """The in-work gaps of a machine: `count` of them on `days` working days, and the `longest` in seconds.

    The longest come first, and whatever is longer than the last of them is among them.
    """

    count: int
    days: int
    longest: Sequence[float]


def enough(gaps: Gaps) -> bool:
    """Whether there is anything to learn from."""
    return gaps.days >= LEAST_DAYS and gaps.count >= LEAST_GAPS and len(gaps.longest) > _LEAST_TAIL


def learn(gaps: Gaps, plan: StallLimits) -> Limit:
    """The limit of a machine, between the two ends of the plan; a fixed one as long as too little of it is known.

    The prediction is for the limit given, which may be another than the budget asks for.
    """
    if not enough(gaps):
        return Limit(plan.cold_start_s, False, gaps.count, gaps.days)
    months, most = gaps.days / MONTH_DAYS, len(gaps.longest) - 1
    size, doubted = min(max(_LEAST_TAIL, ceil(_TAIL * gaps.count)), most), min(ceil(_DOUBTED * months), most)
    pauses = tail(gaps.longest, size, doubted, gaps.count, months)
    known = gaps.days / (gaps.days + _FIXED_DAYS)
    wanted = log(max(pauses.quantile_s(plan.false_alarms), _SHORTEST_S))
    leaning = exp(known * wanted + (1 - known) * log(plan.cold_start_s))
    seconds = min(max(leaning, gaps.longest[doubted], plan.shortest_s), plan.longest_s)
    return Limit(seconds, True, gaps.count, gaps.days, pauses.monthly(seconds))
