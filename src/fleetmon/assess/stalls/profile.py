"""What is known of one machine's pauses: of each of its last thirty working days, how many and the sixty longest.

Only long gaps say where its limit belongs, so the rest is counted and summed up. Any gap that is longer than the least
kept one of every full day is kept, whichever day it is of; so the longest of all days are known without exception, and
never fewer than sixty, twice what the tail needs at least. Where a day has more than 6 000 gaps, sixty are less than a
hundredth, and the tail begins a little further out than elsewhere: it is the same tail.

Times are whole tenths of a second, finer than any poll: sums are exact, whatever the order, and a record is short.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from heapq import heappush, heapreplace
from typing import Final

from fleetmon.assess.stalls.limit import Gaps, Limit, learn
from fleetmon.model.plan import StallLimits

DAYS: Final = 30
LONGEST: Final = 60
_TENTHS: Final = 10
_IN_HAND: Final = 2
_A_DAY: Final = 86_400 * _TENTHS
_PACKED: Final = "I"  # four octets, of which a day's tenths take three


@dataclass(frozen=True, slots=True)
class Day:
    """The gaps of one working day: how many, their sum and the longest of them, in tenths of a second."""

    day: date
    gaps: int
    total: int
    longest: tuple[int, ...]


@dataclass(slots=True)
class _Count:
    """The gaps of a day as they come. `longest` is a heap, packed once the day is over: of a thousand machines they are
    most of what is remembered."""

    gaps: int = 0
    total: int = 0
    longest: "list[int] | array[int]" = field(default_factory=list)

    def closes(self) -> None:
        """The day is over."""
        self.longest = array(_PACKED, self.longest)

    def add(self, tenths: int) -> None:
        if not isinstance(self.longest, list):
            self.longest = list(self.longest)  # a clock that is set back opens a day again
        self.gaps += 1
        self.total += tenths
        if len(self.longest) < LONGEST:
            heappush(self.longest, tenths)
        elif tenths > self.longest[0]:
            heapreplace(self.longest, tenths)

    @property
    def known_from(self) -> int:
        """Every longer gap is kept."""
        return self.longest[0] if self.gaps > len(self.longest) else 0

    def usual(self) -> tuple[int, int]:
        """How many gaps there are without the longest tenth, or without the longest sixty, and their sum."""
        pauses = sorted(self.longest, reverse=True)[: self.gaps // 10]
        return self.gaps - len(pauses), self.total - sum(pauses)


class Profile:
    """Of one machine. `changed`: since its record was last made.

    Days are those it was told of last, in this order: a clock that is set back opens an earlier day again, and one that
    was wrong for a while pushes no more days out than it had.
    """

    def __init__(self, days: Iterable[Day] = ()) -> None:
        self.changed = False
        self._days = {day.day: _read(day) for day in list(days)[-DAYS:] if day.longest}
        self._today = next(reversed(self._days), None)
        self._limit: Limit | None = None
        self._plan: StallLimits | None = None

    def gap(self, seconds: float, day: date) -> None:
        """So long a gap between two changes of the count of a machine in work has ended, on this day of the site."""
        if day != self._today:
            self._begin(day)
        self._days[day].add(max(0, round(min(_A_DAY, seconds * _TENTHS))))
        self.changed = True

    def limit(self, plan: StallLimits) -> Limit:
        """How long it may make nothing; from the days before the last one, so that it stays as it is for a day.

        At the least it is as long as a minor stop, with the document that was in hand and the one begun after it.
        """
        if self._limit is None or plan != self._plan:
            shortest_s = min(plan.longest_s, plan.shortest_s + _IN_HAND * (self.usual_s or 0.0))
            self._limit, self._plan = learn(self._finished(), replace(plan, shortest_s=shortest_s)), plan
        return self._limit

    def days(self) -> Iterator[Day]:
        """What is known, in the order of its days."""
        for day, count in self._days.items():
            yield Day(day, count.gaps, count.total, tuple(sorted(count.longest, reverse=True)))

    @property
    def usual_s(self) -> float | None:
        """The mean gap in seconds, without the longest of each day; None before there was any."""
        usual = [count.usual() for count in self._days.values()]
        gaps = sum(number for number, _ in usual)
        return sum(total for _, total in usual) / gaps / _TENTHS if gaps else None

    @property
    def longest_s(self) -> float | None:
        """The longest gap in seconds; None before there was any."""
        tenths = max((max(count.longest) for count in self._days.values()), default=None)
        return None if tenths is None else tenths / _TENTHS

    def _begin(self, day: date) -> None:
        if self._today in self._days:
            self._days[self._today].closes()
        self._today, self._limit = day, None
        self._days.setdefault(day, _Count())
        if len(self._days) > DAYS:
            del self._days[next(iter(self._days))]

    def _finished(self) -> Gaps:
        """All days but today, which is no whole one."""
        days = [count for day, count in self._days.items() if day != self._today]
        known_from = max((count.known_from for count in days), default=0)
        longest = sorted((gap for count in days for gap in count.longest if gap >= known_from), reverse=True)
        return Gaps(sum(count.gaps for count in days), len(days), [gap / _TENTHS for gap in longest])


def _read(day: Day) -> _Count:
    """As it was recorded; what no day can be is brought to what it can."""
    longest = sorted((min(max(0, gap), _A_DAY) for gap in day.longest), reverse=True)[:LONGEST]
    packed = array(_PACKED, reversed(longest))  # ascending: a heap
    return _Count(max(day.gaps, len(longest)), max(day.total, sum(longest)), packed)
