"""How long a machine in work may make nothing before that is no pause any more, learned from its own pauses.

Of the N gaps between two changes of its count that a working month brings, B may be taken for a stall; so the limit is
the 1 - B/N quantile of the gaps. It lies further out than a few weeks reach, and pauses have longer tails than chance
gives them: the tail is read from the longest gaps alone and continued as a power of the time (Hill 1975). Two of a
month may have been stalls that nobody confirmed. That they were long is believed, how long is not (type II censoring),
so that one lost afternoon does not make a machine's limit long for weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil, exp, log
from statistics import fmean
from typing import Final

from fleetmon.model.plan import StallLimits

#: A machine-month is so many working days.
MONTH_DAYS: Final = 21
#: Nothing is learned from fewer days or gaps.
LEAST_DAYS: Final = 5
LEAST_GAPS: Final = 300
_TAIL: Final = 0.02
_LEAST_TAIL: Final = 20
_DOUBTED: Final = 2
_BEGINNINGS: Final = 8
_PARTS: Final = range(_BEGINNINGS, 2 * _BEGINNINGS + 1)
#: Shorter than any poll: what is less was not measured, and has no logarithm worth using.
_SHORTEST_S: Final = 1.0
_LEAST_INDEX: Final = 1e-6
_SURELY: Final = 700.0


@dataclass(frozen=True, slots=True)
class Limit:
    """After `seconds` without progress a machine in work stands still.

    Where it is `learned`, it is from so many `gaps` on so many working `days`, and `predicted` false alarms a
    machine-month are to be expected of it; else that is not known, and gaps and days are what there is so far.
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


@dataclass(frozen=True, slots=True)
class _Tail:
    """Of the longest gaps, `monthly(t) = (t / reach) ** (-1 / index)` a month are longer than t seconds.

    `reach` is what one gap a month exceeds, here its logarithm; there are no more than `most` gaps a month.
    """

    log_reach: float
    index: float
    most: float

    def limit_s(self, plan: StallLimits) -> float:
        """What as many gaps a month exceed as there may be false alarms; between the two ends."""
        seconds = exp(min(self.log_reach - self.index * log(plan.false_alarms), log(plan.longest_s)))
        return min(max(seconds, plan.shortest_s), plan.longest_s)

    def monthly(self, seconds: float) -> float:
        """So many gaps a month are longer. Within the bulk of the gaps that is a guess, and rather too high."""
        return min(self.most, exp(min((self.log_reach - log(seconds)) / self.index, _SURELY)))


def enough(gaps: Gaps) -> bool:
    """Whether there is anything to learn from."""
    return gaps.days >= LEAST_DAYS and gaps.count >= LEAST_GAPS and len(gaps.longest) > _LEAST_TAIL


def learn(gaps: Gaps, plan: StallLimits) -> Limit:
    """The limit of a machine; a fixed one as long as too little of it is known.

    The prediction is for the limit given, which may be another than the budget asks for: it has two ends.
    """
    if not enough(gaps):
        return Limit(plan.cold_start_s, False, gaps.count, gaps.days)
    tail = _tail(gaps)
    seconds = tail.limit_s(plan)
    return Limit(seconds, True, gaps.count, gaps.days, tail.monthly(seconds))


def _tail(gaps: Gaps) -> _Tail:
    """From the longest fiftieth of the gaps, at least 20, or as many as are known.

    Polls round gaps to whole intervals. Where the tail begins within such a heap decides much, so it is read from
    several beginnings, the last half as long as the first, and the mean is taken.
    """
    months = gaps.days / MONTH_DAYS
    size = min(max(_LEAST_TAIL, ceil(_TAIL * gaps.count)), len(gaps.longest) - 1)
    logs = [log(max(gap, _SHORTEST_S)) for gap in islice(gaps.longest, size + 1)]
    doubted = ceil(_DOUBTED * months)
    read = [_read(logs, size * part // (2 * _BEGINNINGS), doubted, months) for part in _PARTS]
    return _Tail(fmean(reach for reach, _ in read), fmean(index for _, index in read), gaps.count / months)


def _read(logs: Sequence[float], size: int, doubted: int, months: float) -> tuple[float, float]:
    """From the logarithms of the so many longest: that of what one gap a month exceeds, and the index."""
    doubted = min(doubted, size // 2)
    believed = logs[doubted:size]
    beyond = sum(believed) - len(believed) * logs[size] + doubted * (believed[0] - logs[size])
    index = max(beyond / len(believed), _LEAST_INDEX)
    return logs[size] + index * log(size / months), index
