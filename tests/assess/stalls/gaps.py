"""Gaps as machines make them, seeded: by chance alone, with a power tail, and a printer's with its batches."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from fleetmon.assess.stalls.limit import MONTH_DAYS, Gaps

FIRST = date(2026, 3, 2)


def gaps_of(seconds: list[float], days: int) -> Gaps:
    """All of them, on so many days."""
    return Gaps(len(seconds), days, sorted(seconds, reverse=True))


def by_chance(random: Random, count: int, mean_s: float) -> list[float]:
    """Completions that know nothing of each other."""
    return [random.expovariate(1 / mean_s) for _ in range(count)]


def pareto(random: Random, count: int, start_s: float, index: float) -> list[float]:
    """So that (t / start) ** (-1 / index) of them are longer than t."""
    return [start_s * random.random() ** -index for _ in range(count)]


def printing(random: Random, days: int) -> list[float]:
    """A printer of 45 s in work, eight hours a day: batches of 25 on average, then somebody is busy for a minute or
    several; a reload every 40 documents."""
    gaps: list[float] = []
    for _ in range(days):
        left_s = 8 * 3600.0
        while left_s > 0:
            gap = random.gauss(45, 2)
            if random.random() < 1 / 25:
                gap += random.lognormvariate(4.4, 0.5)
            if len(gaps) % 40 == 39:
                gap += random.lognormvariate(4.1, 0.4)
            gaps.append(gap)
            left_s -= gap
    return gaps


def longer_a_month(gaps: list[float], days: int, seconds: float) -> float:
    """So many of them a machine-month are longer."""
    return sum(gap > seconds for gap in gaps) * MONTH_DAYS / days


def dates() -> Iterator[date]:
    """Working days, Monday to Friday."""
    day = FIRST
    while True:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)
