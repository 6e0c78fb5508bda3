"""How long a machine in work may make nothing before that is no pause any more, learned from its own pauses.

Of the N gaps between two changes of its count that a working month brings, B may be taken for a stall; so the limit is
the 1 - B/N quantile of the gaps. It lies further out than a few weeks reach: the tail is read from the longest gaps
alone, as a generalised Pareto distribution, by probability-weighted moments (Hosking and Wallis 1987). Its shape is the
least certain of all, so it leans on what pauses of machines are like elsewhere (Coles and Dixon 1999); and the limit
leans on the fixed one that was valid before, the less the more days are known.

Two of a month may have been stalls that nobody noticed. That they were long is believed, how long is not, so that one
lost afternoon does not make a machine's limit long for weeks; but whatever came more often is a pause, and no limit is
shorter. Gaps much longer than the limits that were in force are no part of what is learned: they were told as stalls.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, expm1, log, log1p
from operator import neg
from statistics import fmean
from typing import Final

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
#: Pauses have a little longer tails than chance gives them (shape 0), which weighs as much as so many gaps. The moments
#: want a shape below one; below -0.5 a tail ends so abruptly that a few gaps cannot show it.
_USUAL_SHAPE: Final = 0.1
_USUAL_GAPS: Final = 20
_LOWEST_SHAPE, _HIGHEST_SHAPE = -0.5, 0.9
#: The plotting position of Hosking and Wallis: of n gaps the k-th longest, from 0, is where (k + 0.35) / n are longer.
_PLACE: Final = 0.35
#: After so many an estimate stands still.
_TURNS: Final = 20
#: Shorter than any poll, and no logarithm below it is worth using.
_SHORTEST_S: Final = 1.0
#: Nearer to 0 a shape makes no difference that numbers could hold; the exponential of more is infinite.
_LEAST_SHAPE: Final = 1e-6
_SURELY: Final = 700.0


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


@dataclass(frozen=True, slots=True)
class _Tail:
    """So many gaps a `month` are longer than where it `begins`, in seconds; what they exceed that by has this scale and
    shape. There are no more than `most` gaps a month."""

    begins: float
    month: float
    scale: float
    shape: float
    most: float

    def quantile_s(self, a_month: float) -> float:
        """What so many gaps a month exceed."""
        return self.begins + self.scale * _scales(self.shape, log(self.month / a_month))

    def monthly(self, seconds: float) -> float:
        """So many gaps a month are longer. Within the bulk of the gaps that is a guess."""
        beyond = seconds - self.begins
        if self.scale <= 0.0 or self.shape * beyond <= -self.scale:
            return 0.0 if beyond >= 0.0 else self.most
        scales = beyond / self.scale
        rarer = scales if abs(self.shape) < _LEAST_SHAPE else log1p(self.shape * scales) / self.shape
        return min(self.most, self.month * exp(min(-rarer, _SURELY)))


def enough(gaps: Gaps) -> bool:
    """Whether there is anything to learn from."""
    return gaps.days >= LEAST_DAYS and gaps.count >= LEAST_GAPS and len(gaps.longest) > _LEAST_TAIL


def learn(gaps: Gaps, plan: StallLimits) -> Limit:
    """The limit of a machine, between the two ends of the plan; a fixed one as long as too little of it is known.

    The prediction is for the limit given, which may be another than the budget asks for.
    """
    if not enough(gaps):
        return Limit(plan.cold_start_s, False, gaps.count, gaps.days)
    tail = _tail(gaps)
    known = gaps.days / (gaps.days + _FIXED_DAYS)
    wanted = log(max(tail.quantile_s(plan.false_alarms), _SHORTEST_S))
    leaning = exp(known * wanted + (1 - known) * log(plan.cold_start_s))
    seconds = min(max(leaning, gaps.longest[_doubted(gaps)], plan.shortest_s), plan.longest_s)
    return Limit(seconds, True, gaps.count, gaps.days, tail.monthly(seconds))


def _doubted(gaps: Gaps) -> int:
    return min(ceil(_DOUBTED * gaps.days / MONTH_DAYS), len(gaps.longest) - 1)


def _tail(gaps: Gaps) -> _Tail:
    """Polls round gaps to whole intervals, so there are heaps of equal ones: the tail begins between two heaps."""
    months = gaps.days / MONTH_DAYS
    size = _edge(gaps.longest, min(max(_LEAST_TAIL, ceil(_TAIL * gaps.count)), len(gaps.longest) - 1))
    begins = (gaps.longest[size - 1] + gaps.longest[size]) / 2.0
    scale, shape = _read([gap - begins for gap in gaps.longest[:size]], _doubted(gaps))
    return _Tail(begins, size / months, scale, shape, gaps.count / months)


def _edge(longest: Sequence[float], size: int) -> int:
    """The place nearest to this one with a longer gap before it; this one if there is none near."""
    heap = longest[size]
    before, after = bisect_left(longest, -heap, key=neg), bisect_right(longest, -heap, key=neg)
    edges = [edge for edge in (before, after) if size / 2 <= edge <= 2 * size and edge < len(longest)]
    return min(edges, key=lambda edge: abs(edge - size), default=size)


def _read(excesses: list[float], doubted: int) -> tuple[float, float]:
    """Scale and shape. Each that is not believed is put where the tail expects it that is read from all, in turns."""
    doubted = min(doubted, len(excesses) // 2)
    excesses[:doubted] = [excesses[doubted]] * doubted
    scale, shape = _moments(excesses)
    for _ in range(_TURNS):
        rarer = (log(len(excesses) / (place + _PLACE)) for place in range(doubted))
        excesses[:doubted] = [scale * _scales(shape, each) for each in rarer]
        scale, shape = _moments(excesses)
    return scale, shape


def _moments(excesses: Sequence[float]) -> tuple[float, float]:
    """Scale and shape, of excesses the longest of which come first."""
    size, mean = len(excesses), fmean(excesses)
    weighted = sum(excess * (place + _PLACE) for place, excess in enumerate(excesses)) / size / size
    spread = mean - 2.0 * weighted
    if mean <= 0.0 or spread <= 0.0:
        return max(0.0, mean), 0.0
    shape = min(max(2.0 - mean / spread, _LOWEST_SHAPE), _HIGHEST_SHAPE)
    shape = (size * shape + _USUAL_GAPS * _USUAL_SHAPE) / (size + _USUAL_GAPS)
    return mean * (1.0 - shape), shape


def _scales(shape: float, rarer: float) -> float:
    """By so many scales a gap exceeds the beginning of the tail, if exp(rarer) times fewer gaps are longer than it."""
    return rarer if abs(shape) < _LEAST_SHAPE else expm1(min(shape * rarer, _SURELY)) / shape
