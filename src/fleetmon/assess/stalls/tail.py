"""The longest of many times as a generalised Pareto distribution, by probability-weighted moments (J. R. M. Hosking and
J. F. Wallis, "Parameter and quantile estimation for the generalized Pareto distribution", Technometrics 29, 1987).

The shape is the least certain of all, so it leans on what pauses of machines are like elsewhere (S. G. Coles and M. J.
Dixon, "Likelihood-based inference for extreme value models", Extremes 2, 1999).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import exp, expm1, log, log1p
from operator import neg
from statistics import fmean
from typing import Final

from fleetmon.model.frozen import dataclass

#: Pauses have a little longer tails than chance gives them (shape 0), which weighs as much as so many gaps. The moments
#: want a shape below one; below -0.5 a tail ends so abruptly that a few gaps cannot show it.
_USUAL_SHAPE: Final = 0.1
_USUAL_GAPS: Final = 20
_LOWEST_SHAPE, _HIGHEST_SHAPE = -0.5, 0.9
#: The plotting position of Hosking and Wallis: of n gaps the k-th longest, from 0, is where (k + 0.35) / n are longer.
_PLACE: Final = 0.35
#: After so many an estimate stands still.
_TURNS: Final = 20
#: Nearer to 0 a shape makes no difference that numbers could hold; the exponential of more is infinite.
_LEAST_SHAPE: Final = 1e-6
_SURELY: Final = 700.0


@dataclass(frozen=True, slots=True)
class Tail:
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


def tail(longest: Sequence[float], size: int, doubted: int, count: int, months: float) -> Tail:
    """Of `count` gaps in so many months: read from the `longest`, which come first, of which about `size` are the tail
    and more are known. How long the `doubted` longest were is not believed.

    Polls round gaps to whole intervals, so there are heaps of equal ones: the tail begins between two heaps.
    """
    size = _edge(longest, size)
    begins = (longest[size - 1] + longest[size]) / 2.0
    scale, shape = _read([gap - begins for gap in longest[:size]], doubted)
    return Tail(begins, size / months, scale, shape, count / months)


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
