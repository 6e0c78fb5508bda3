"""When an office works: shifts, breaks, Fridays, Ramadan and holidays as data, and what people make of it.

The plan is what hangs on the wall, in local time of an IANA zone. A `Calendar` is what really happens on one site and
seed: people come and go within minutes of the hour, and a holiday is declared on the day. The jitter of a day comes
from dice of its own, so asking about one day never changes another. Moments are seconds after the start of the run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from .parameters import Parameters

NEVER = float("inf")
OFF_SHIFT, HOLIDAY = "off-shift", "holiday"
_LOOK_AHEAD = 60
_DAY = timedelta(days=1)
_GIVE_UP = 10 * 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Break:
    """Nobody works from `begins` to `ends`; `name` is the reason given for the stop: lunch, prayer."""

    name: str
    begins: time
    ends: time


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of some weekdays (Monday is 0) between two dates. A shift that ends before it begins ends the next day."""

    name: str
    days: frozenset[int]
    first: date
    last: date
    shifts: tuple[tuple[time, time], ...]
    breaks: tuple[Break, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What hangs on the wall. The first hours that fit a day hold; without any hours work never ends.

    `unannounced` are days off that the office knew and its monitor did not.
    """

    zone: ZoneInfo
    hours: tuple[Hours, ...]
    holidays: Mapping[date, str]
    unannounced: Mapping[date, str]

    def of(self, day: date, worked: bool = False) -> Hours | None:
        """The hours of a day, None on a day off; `worked` makes it a work day whatever the plan says."""
        off = day in self.holidays or day in self.unannounced
        fitting = [hours for hours in self.hours if hours.first <= day <= hours.last]
        if worked:
            return next((h for h in fitting if day.weekday() in h.days), fitting[0] if fitting else None)
        return next((h for h in fitting if day.weekday() in h.days and not off), None)


@dataclass(frozen=True, slots=True)
class Piece:
    """People are at work from `begins` to `ends`; `after` is why they stop then."""

    begins: float
    ends: float
    after: str


class Calendar:
    """What really happens, from one start on."""

    def __init__(self, plan: Plan, start: datetime, seed: int, parameters: Parameters) -> None:
        self.plan = plan
        self.start = start
        self._seed = seed
        self._parameters = parameters
        self._ordered: dict[date, bool] = {}
        self._known: dict[date, tuple[Piece, ...]] = {}
        self._last = (0.0, "", 0.0)  # since when, why, until when: the next question is mostly the same

    def local(self, now: float) -> datetime:
        """The office's wall clock."""
        return self.utc(now).astimezone(self.plan.zone)

    def utc(self, now: float) -> datetime:
        """The moment in UTC."""
        return self.start.astimezone(UTC) + timedelta(seconds=now)

    def order(self, now: float, worked: bool) -> None:
        """The local day of `now` is a work day, or a holiday, whatever the plan says."""
        self._ordered[self.local(now).date()] = worked
        self._known.clear()
        self._last = (0.0, "", 0.0)

    def at(self, now: float) -> tuple[str, float]:
        """Why nobody works now, empty if they do; and until when that holds."""
        if not self.plan.hours:
            return "", NEVER
        since, reason, until = self._last
        if not since <= now < until:
            reason, until = self._look_up(now)
            self._last = now, reason, until
        return reason, until

    def _look_up(self, now: float) -> tuple[str, float]:
        today = self.local(now).date()
        usual = reason = HOLIDAY if self._is_off(today) else OFF_SHIFT
        for offset in range(-1, _LOOK_AHEAD):
            for piece in self._pieces_of(today + offset * _DAY):
                if now < piece.begins:
                    return reason, piece.begins
                if now < piece.ends:
                    return "", piece.ends
                reason = usual if piece.after == OFF_SHIFT else piece.after
        return reason, now + _LOOK_AHEAD * _DAY.total_seconds()

    def worked(self, begins: float, ends: float) -> float:
        """Seconds of work between two moments."""
        total, now = 0.0, begins
        while now < ends:
            reason, until = self.at(now)
            if not reason:
                total += min(until, ends) - now
            now = until
        return total

    def after(self, now: float, seconds: float) -> float:
        """The moment when so many seconds will have been worked; never, if nobody works in years."""
        last = now + _GIVE_UP
        while now < last:
            reason, until = self.at(now)
            if not reason:
                if now + seconds <= until:
                    return now + seconds
                seconds -= until - now
            now = until
        return NEVER

    def _is_off(self, day: date) -> bool:
        return not self._ordered.get(day, self.plan.of(day) is not None)

    def _pieces_of(self, day: date) -> tuple[Piece, ...]:
        if day not in self._known:
            self._known[day] = self._pieces(day)
        return self._known[day]

    def _pieces(self, day: date) -> tuple[Piece, ...]:
        if self._is_off(day):
            return ()
        hours = self.plan.of(day, worked=True)
        if hours is None:
            return ()
        dice = Random(f"{self._seed}/calendar/{day.isoformat()}")
        pieces: list[Piece] = []
        for begins, ends in hours.shifts:
            last = day + _DAY if ends <= begins else day
            pieces += self._shift(self._moment(day, begins), self._moment(last, ends), day, hours.breaks, dice)
        return tuple(pieces)

    def _shift(self, begins: float, ends: float, day: date, breaks: tuple[Break, ...], dice: Random) -> list[Piece]:
        late, early = self._parameters.shift_jitter, self._parameters.break_jitter
        now, last = begins + dice.uniform(-late, late), ends + dice.uniform(-late, late)
        pieces = []
        for pause in breaks:
            out, back = (self._moment(day, each) + dice.uniform(-early, early) for each in (pause.begins, pause.ends))
            if now < out < back < last:
                pieces.append(Piece(now, out, pause.name))
                now = back
        return [*pieces, Piece(now, last, OFF_SHIFT)]

    def _moment(self, day: date, clock: time) -> float:
        there = datetime.combine(day, clock, self.plan.zone).astimezone(UTC)
        return (there - self.start.astimezone(UTC)).total_seconds()
