"""How sure a figure is: the 95 % bounds of rates, shares and quantiles, from what was counted and nothing else.

Nothing here assumes a normal distribution, because the figures that matter are rare: no false alarm in three
machine-months is no proof that there is none in thirty, and the upper bound says so. Rates have the exact bounds of a
Poisson count (Garwood 1936), shares those of Wilson (1927), quantiles those that order statistics give for any
distribution.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, inf, lgamma, log, sqrt
from statistics import NormalDist
from typing import Final

SURE: Final = 0.95
_STEPS: Final = 80  # halvings of an interval: below any digit that is printed


@dataclass(frozen=True, slots=True)
class Bounded:
    """A figure and the bounds between which it lies with 95 % certainty; `value` None where nothing was counted."""

    value: float | None
    low: float
    high: float


def rate(count: int, exposure: float, sure: float = SURE) -> Bounded:
    """Events per unit of exposure (machine-months); no exposure says nothing."""
    if exposure <= 0:
        return Bounded(None, 0.0, inf)
    tail = (1 - sure) / 2
    low = 0.0 if count == 0 else _where(lambda mean: 1 - _poisson(count - 1, mean) >= tail, count)
    high = _where(lambda mean: _poisson(count, mean) <= tail, count + 1)
    return Bounded(count / exposure, low / exposure, high / exposure)


def share(hits: int, trials: int, sure: float = SURE) -> Bounded:
    """Hits of so many trials, between 0 and 1."""
    if trials == 0:
        return Bounded(None, 0.0, 1.0)
    z = NormalDist().inv_cdf((1 + sure) / 2)
    found, weight = hits / trials, z * z / trials
    middle = (found + weight / 2) / (1 + weight)
    half = z * sqrt(found * (1 - found) / trials + weight / (4 * trials)) / (1 + weight)
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == trials else min(1.0, middle + half)
    return Bounded(found, low, high)


def quantile(values: Sequence[float], part: float, sure: float = SURE) -> Bounded:
    """The value below which `part` of all lie; unbounded on a side where there are too few values to tell."""
    if not values:
        return Bounded(None, -inf, inf)
    ordered, number = sorted(values), len(values)
    tail = (1 - sure) / 2
    at_most = list(accumulate(_binomial(k, number, part) for k in range(number)))
    below = sum(chance <= tail for chance in at_most)
    above = sum(1 - chance <= tail for chance in at_most)
    low = ordered[below - 1] if below else -inf
    high = ordered[number - above] if above else inf
    return Bounded(ordered[min(number - 1, int(part * number))], low, high)


def _poisson(count: int, mean: float) -> float:
    """The probability of at most so many events."""
    return min(1.0, sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(count + 1)))


def _binomial(hits: int, trials: int, part: float) -> float:
    """The probability of exactly so many hits; by logarithms, for the numbers of ways have no end."""
    ways = lgamma(trials + 1) - lgamma(hits + 1) - lgamma(trials - hits + 1)
    return exp(ways + hits * log(part) + (trials - hits) * log(1 - part))


def _where(holds: Callable[[float], bool], near: float) -> float:
    """The least number from which on it holds; `near` says how large it may be."""
    low, high = 0.0, near + 10 * sqrt(near) + 10
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
