"""An airport watched minute by minute by the hazard test, as if the year were going on: the past is all that is known.

A week is learned from when it is over. The hazard grows while flights wait and nothing leaves; a departure ends the
silence, and a second one the alarm, as with machines.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from fleetmon.assess.stalls.usual import SLOT_S, Place, Usual, place, threshold
from fleetmon.lab.flights.table import START, Airport

ZONE: Final = ZoneInfo("America/New_York")
_SLOT: Final = round(SLOT_S / 60)


_ENOUGH: Final = 2  # departures that end an alarm
_MONTH_MIN: Final = 365.25 / 12 * 1440


@dataclass(frozen=True, slots=True)
class Alarm:
    """Minutes since the year began: when the silence began, when it was told, when the second flight after it left; and
    how many were waiting when it was told."""

    silent: int
    told: int
    over: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of a year: the alarms, and the months in which there was a usual rate to hold a silence against."""

    alarms: tuple[Alarm, ...]
    months: float


class _Silence:
    """What has been expected since the last departure; and the alarm that stands."""

    def __init__(self) -> None:
        self._since, self._expected, self._left = 0, 0.0, 0
        self._told: Alarm | None = None

    def left(self, minute: int, flights: int) -> Alarm | None:
        """Flights left; the alarm that this ends, if any."""
        self._since, self._expected, self._left = minute, 0.0, self._left + flights
        if self._told is None or self._left < _ENOUGH:
            return None
        ended, self._told = replace(self._told, over=minute), None
        return ended

    def grows(self, minute: int, expected: float, limit: float, waiting: int) -> None:
        """A minute passed without one although some wait."""
        self._expected += expected
        if self._told is None and self._expected > limit:
            self._told, self._left = Alarm(self._since, minute, minute, waiting), 0


def watch(airport: Airport, least: int, budget: float) -> Watched:
    """A year of one airport, with at most `budget` false alarms a month: minutes count in which so many flights wait.

    The threshold is ln(N / B), with the N departures a month that the weeks so far let expect.
    """
    usual, silence = Usual(), _Silence()
    ended: list[Alarm | None] = []
    known = 0
    for first, here in _slots(airport):
        rate, limit = usual.rate(here.slot), threshold(usual.a_month, budget)
        known += rate is not None
        for minute in range(first, first + _SLOT):
            if airport.left[minute]:
                ended.append(silence.left(minute, airport.left[minute]))
            elif airport.waiting[minute] >= least:
                silence.grows(minute, (rate or 0.0) / 60, limit, airport.waiting[minute])
        usual.watched(SLOT_S, sum(airport.left[first : first + _SLOT]), here)
    return Watched(tuple(alarm for alarm in ended if alarm is not None), known * _SLOT / _MONTH_MIN)


def _slots(airport: Airport) -> Iterator[tuple[int, Place]]:
    """The half-hours of the year in New York: their first minute and their place in the week."""
    start = START.timestamp()
    for first in range(0, len(airport.left), _SLOT):
        yield first, place(start + first * 60, ZONE)
