"""When the office works: shifts, breaks, seasons and days off, as one unbroken row of periods in UTC.

What hangs on the wall is local time, what the monitor lives in is UTC, and twice a year the two disagree. So every
edge of a shift or break becomes one moment by a rule that never turns round: the first moment at which the wall clock
shows that time, or a later one. An hour that the clock skips is nobody's, one that it shows twice belongs to whoever
held it the first time, and shifts that meet on the wall meet in UTC, without a gap and without an overlap. A shift
belongs to the day it begins on: the night shift before a holiday is worked to its end. A break belongs to the day it is
taken on, and only interrupts a shift.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from fleetmon.model.plan import Break, Calendar, Season, Shift

_DAY = timedelta(days=1)
_WHOLE_DAY = (Shift(days=tuple(range(7)), start=0, end=1440),)
_REMEMBERED_DAYS = 1000
_LOOK_DAYS = 800
_GIVE_UP_S = 10 * 366 * 86_400.0
# Between these any local date and its neighbours exist, whatever the zone.
_FIRST = datetime(2, 1, 1, tzinfo=UTC).timestamp()
_LAST = datetime(9990, 1, 1, tzinfo=UTC).timestamp()


class Hours(StrEnum):
    """What the calendar says of a moment. A break lies within a shift, widened by its tolerance."""

    WORK = "work"
    BREAK = "break"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to `until`, UTC seconds, infinite where it has no end; the next one differs.

    `name` is the season's for work and breaks; off, it says why: the holiday, "closed", a season without shifts, or
    None where it is simply no shift.
    """

    hours: Hours
    since: float
    until: float
    name: str | None = None


class WorkCalendar:
    """Answers for one calendar; without shifts the office is never closed, and seasons and days off mean nothing.

    Raises zoneinfo.ZoneInfoNotFoundError if there is no such time zone.
    """

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.zone = ZoneInfo(calendar.timezone)
        # The next question is mostly the same; where nobody said when the office works, it always is.
        self.always_open = not (calendar.shifts or calendar.breaks)
        self._last = Period(Hours.WORK, -math.inf, math.inf) if self.always_open else Period(Hours.OFF, 0.0, 0.0)
        self._days: dict[date, tuple[Period, ...]] = {}
        self._dated = _dated(calendar)

    def at(self, utc: float) -> Period:
        """What holds at a moment, UTC seconds."""
        if not self._last.since <= utc < self._last.until:
            self._last = self._look_up(utc)
        return self._last

    def worked(self, start_utc: float, end_utc: float) -> float:
        """Seconds of work between two moments; 0 if they stand the wrong way round."""
        total, now = 0.0, start_utc
        while now < end_utc:
            period = self.at(now)
            if period.hours is Hours.WORK:
                total += min(period.until, end_utc) - now
            now = period.until
        return total

    def after(self, utc: float, seconds: float) -> float:
        """The first moment by which so many seconds will have been worked; inf if nobody works for ten years."""
        if seconds <= 0:
            return utc
        now, last = utc, utc + _GIVE_UP_S
        while now < last:
            period = self.at(now)
            if period.hours is Hours.WORK:
                if now + seconds <= period.until:
                    return now + seconds
                seconds -= period.until - now
                last = period.until + _GIVE_UP_S
            now = period.until
        return math.inf

    def day_off(self, day: date) -> str | None:
        """Why nobody works on a local day that would else be like any other of its weekday; None if it is none off."""
        if not self.calendar.shifts or day in self.calendar.open:
            return None
        if day in self.calendar.holidays:
            return self.calendar.holidays[day]
        return "closed" if day in self.calendar.closed else None

    def season(self, day: date) -> Season | None:
        """The season whose hours hold on a local day."""
        if not self.calendar.shifts:
            return None
        return next((each for each in self.calendar.seasons if each.first <= day <= each.last), None)

    def moment(self, day: date, minutes: float) -> float:
        """When the wall clock first shows so many minutes after a local midnight, or more: UTC seconds."""
        wall = datetime.combine(day, time(), self.zone) + timedelta(minutes=minutes)
        first, second = wall.timestamp(), wall.replace(fold=1).timestamp()
        if first <= second:
            return first
        # The wall clock skips this time: PEP 495 reads it once with the offset of before and once with that of after.
        later = wall.replace(fold=1).utcoffset()
        span = range(math.floor(second), math.ceil(first))
        return float(span[0] + bisect_left(span, True, key=lambda utc: self.local(utc).utcoffset() == later))

    def local(self, utc: float) -> datetime:
        """What the wall clock shows."""
        return datetime.fromtimestamp(utc, self.zone)

    def _look_up(self, utc: float) -> Period:
        if not _FIRST <= utc < _LAST:  # a clock that was never set
            return Period(Hours.WORK, *((-math.inf, _FIRST) if utc < _FIRST else (_LAST, math.inf)))
        day = self.local(utc).date()
        if utc >= self.moment(day + _DAY, 0):  # the clock was put back over midnight: the day has been counted
            day += _DAY
        pieces = self._pieces(day)
        index = bisect_right(pieces, utc, key=lambda each: each.since) - 1
        here = pieces[index]
        since = here.since if index else self._edge(day, here, -1)
        until = here.until if index < len(pieces) - 1 else self._edge(day, here, 1)
        return Period(here.hours, since, until, here.name)

    def _edge(self, day: date, here: Period, step: int) -> float:
        """Where what holds at the end (step 1) or the beginning (step -1) of a day ends; infinite if it never does."""
        edge = here.until if step > 0 else here.since
        alike = 0
        for _ in range(_LOOK_DAYS):
            day += step * _DAY
            for piece in self._pieces(day)[::step]:
                if (piece.hours, piece.name) != (here.hours, here.name):
                    return edge
                edge = piece.until if step > 0 else piece.since
            # More than a week alike, and no date ahead that is unlike its weekday: so it stays.
            alike = 0 if any((each - day).days * step >= 0 for each in self._dated) else alike + 1
            if alike > 7:
                return step * math.inf
        return edge

    def _pieces(self, day: date) -> tuple[Period, ...]:
        """A local day from midnight to midnight, without a gap; nothing where the zone skipped it."""
        if day not in self._days:
            if len(self._days) >= _REMEMBERED_DAYS:
                self._days.clear()
            self._days[day] = tuple(_joined(self._cut(day)))
        return self._days[day]

    def _cut(self, day: date) -> Iterator[Period]:
        begins, ends = self.moment(day, 0), self.moment(day + _DAY, 0)
        shifts = [*self._shifts(day - _DAY), *self._shifts(day)]
        breaks = [span for offset in (-1, 0, 1) for span in self._breaks(day + offset * _DAY)]
        inner = {edge for span in (*shifts, *breaks) for edge in (span.since, span.until) if begins < edge < ends}
        for since, until in pairwise(sorted({begins, ends, *inner})):
            shift = next((each for each in shifts if each.since <= since < each.until), None)
            if shift is None:
                yield Period(Hours.OFF, since, until, self._why_off(day))
            elif any(each.since <= since < each.until for each in breaks):
                yield Period(Hours.BREAK, since, until, shift.name)
            else:
                yield Period(Hours.WORK, since, until, shift.name)

    def _why_off(self, day: date) -> str | None:
        season = self.season(day)
        return self.day_off(day) or (season.name if season and not season.shifts else None)

    def _shifts(self, day: date) -> Iterator[Period]:
        """The shifts that begin on a local day."""
        if self.day_off(day) is not None:
            return
        season = self.season(day)
        for shift in season.shifts if season else self.calendar.shifts or _WHOLE_DAY:
            if day.weekday() in shift.days:
                yield self._span(day, shift, 0.0, season)

    def _breaks(self, day: date) -> Iterator[Period]:
        season = self.season(day)
        for pause in season.breaks if season else self.calendar.breaks:
            if day.weekday() in pause.days:
                yield self._span(day, pause, pause.tolerance_s, season)

    def _span(self, day: date, given: Shift | Break, wider_s: float, season: Season | None) -> Period:
        since, until = self.moment(day, given.start) - wider_s, self.moment(day, given.end) + wider_s
        return Period(Hours.WORK, since, until, season.name if season else None)


def _joined(pieces: Iterable[Period]) -> Iterator[Period]:
    """Neighbours that differ in nothing but time are one."""
    for (hours, name), group in groupby(pieces, key=lambda each: (each.hours, each.name)):
        alike = list(group)
        yield Period(hours, alike[0].since, alike[-1].until, name)


def _dated(calendar: Calendar) -> tuple[date, ...]:
    """The first and the last day that is not like every other of its weekday."""
    days = {*calendar.holidays, *calendar.closed, *calendar.open}
    days |= {day for season in calendar.seasons for day in (season.first, season.last + _DAY)}
    return (min(days), max(days)) if days and calendar.shifts else ()
