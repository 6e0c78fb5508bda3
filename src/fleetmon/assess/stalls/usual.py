"""What is usual at this hour of the week, and how surprising a silence is beside it.

With completions at a rate r(t), the log-likelihood ratio of "stopped" against "goes on" after a silence is the integral
of r over it: the hazard. Told when it exceeds ln(N / B), N completions a month give at most B false alarms a month, if
they come independently of each other. They hardly do: work comes in batches, and a holiday is no stop. Batches of m
count as one completion each: by how much the same half-hour differs from week to week, its variance by its mean, says
how large they are (the dispersion of a quasi-Poisson model). All the same this is the weakest of all signs that work
waits. The rate is learned by the half-hour of the local week, from the last six weeks
that are over: their median, for one of them may hold a stop. Where little was watched it leans on what the day of the
week and the time of day say each for themselves, so that a night stays a night and a day off a day off.
"""

import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import log
from statistics import fmean, median
from typing import Final

from fleetmon.assess.stalls.packing import packed, unpacked

SLOT_S: Final = 1800.0
SLOTS: Final = 336
WEEKS: Final = 6
#: So many hours watched weigh as much as what the day and the time of day say.
PRIOR_H: Final = 2.0
#: A week says nothing of a slot in which less than so much was watched.
LEAST_WATCHED_S: Final = 300.0
#: Who makes nothing in a slot in so many of all weeks rests then, whatever the slots beside it say.
AT_REST: Final = 0.8
WEEKS_A_MONTH: Final = 365.25 / 12 / 7
_A_DAY: Final = 48
_WEEK_S: Final = SLOTS * SLOT_S
_MOST: Final = 65535
_MADE: Final = f"<{SLOTS}H"
_STEP_S: Final = 10.0
_BYTE: Final = 255


@dataclass(frozen=True, slots=True)
class Place:
    """Where a moment lies: the number of its local week, the slot within (0 = Monday 00:00), seconds to the next."""

    week: int
    slot: int
    left_s: float


def place(utc: float, zone: tzinfo) -> Place:
    """The place of a moment on the wall clock."""
    local = datetime.fromtimestamp(utc, zone)
    seconds = (local.minute * 60 + local.second + local.microsecond / 1e6) % SLOT_S
    slot = local.weekday() * _A_DAY + local.hour * 2 + local.minute // 30
    return Place((local.toordinal() - 1) // 7, slot, SLOT_S - seconds)


def threshold(a_month: float, budget: float) -> float:
    """The hazard above which `a_month` completions give at most `budget` false alarms a month."""
    return log(max(1.0, a_month) / budget)


def strange(expected: float, a_month: float, batch: float | None, budget: float) -> bool:
    """Whether a silence is told in which so many documents were expected, of so many a month, `batch` at a time."""
    return batch is not None and expected / batch > threshold(a_month / batch, budget)


@dataclass(frozen=True, slots=True)
class Week:
    """One week as it is stored: documents made and seconds watched in every slot, 336 small numbers in few letters
    (zlib, RFC 1950, in base85). Seconds are told by the ten."""

    number: int
    made: str
    watched: str


class _Counts:
    """One week as it is counted; both numbers end at 65 535."""

    def __init__(self, made: Sequence[int] = (0,) * SLOTS, watched: Sequence[float] = (0.0,) * SLOTS) -> None:
        self.made, self.watched = array("H", made), array("f", watched)

    def add(self, slot: int, made: int, seconds: float) -> None:
        self.made[slot] = min(_MOST, self.made[slot] + made)
        self.watched[slot] = min(_MOST, self.watched[slot] + seconds)


@dataclass(frozen=True, slots=True)
class _Learned:
    """Documents an hour in every slot, less than 0 where nothing is known, and in a week; how many come together, None
    where there is but one week."""

    rates: Sequence[float]
    a_week: float
    batch: float | None = None


class Usual:
    """The usual rate of one machine (or site), by the half-hour of the week; at most seven weeks are kept.

    Weeks are kept in the order in which they were told of, whatever their number: a computer that wakes up in 1970
    loses one old week by it and no more. Raises ValueError of weeks that are none.
    """

    def __init__(self, weeks: Sequence[Week] = ()) -> None:
        self._now: int | None = weeks[-1].number if weeks else None
        self._past = {week.number: week for week in weeks[-WEEKS - 1 : -1] if week.number != self._now}
        self._present = _unpacked(weeks[-1]) if weeks else _Counts()
        self._learned: _Learned | None = None
        for week in self._past.values():
            _unpacked(week)

    @property
    def weeks(self) -> tuple[Week, ...]:
        """All that is known, for who stores it, the present week last; given to another one, it goes on."""
        return (*self._past.values(), *([] if self._now is None else [_packed(self._now, self._present)]))

    def watched(self, seconds: float, made: int, at: Place) -> None:
        """For so long it could be seen, and made so much, in this slot of this week."""
        if at.week != self._now:
            self._begin(at.week)
        self._present.add(at.slot, made, seconds)

    def _begin(self, number: int) -> None:
        """Of the weeks that are over only what is stored is kept: they are read once, when the next one begins."""
        if self._now is not None:
            self._past[self._now] = _packed(self._now, self._present)
        again = self._past.pop(number, None)
        self._now, self._present, self._learned = number, _Counts() if again is None else _unpacked(again), None
        if len(self._past) > WEEKS:
            del self._past[next(iter(self._past))]

    @property
    def learned(self) -> bool:
        """Whether what is usual has been worked out for this week; that takes some milliseconds."""
        return self._learned is not None

    def learn(self) -> None:
        """Work it out."""
        self._learned = _learn([_unpacked(week) for week in self._past.values()])

    def rate(self, slot: int) -> float | None:
        """Documents an hour that are usual in a slot; None where no week that is over says anything of it."""
        rate = self._known.rates[slot]
        return None if rate < 0.0 else rate

    @property
    def a_month(self) -> float:
        """Documents that are usual in a month; 0 where nothing is known."""
        return self._known.a_week * WEEKS_A_MONTH

    def surprises(self, expected: float, budget: float) -> bool:
        """Whether a silence in which so many documents were expected is told, for so many false alarms a month. Never
        before two weeks are over: how regular work is, one does not show."""
        return strange(expected, self.a_month, self.batch, budget)

    @property
    def batch(self) -> float | None:
        """How many documents come together, at least one; None before two weeks are over."""
        return self._known.batch

    def hazard(self, since: float, until: float, zone: tzinfo) -> float:
        """How many documents were to be expected from one moment (utc) to another; of what is unknown, none.

        The parts of a silence add up: who lets a clock rest in a break asks only for what lies around it.
        """
        whole, rest = divmod(max(0.0, until - since), _WEEK_S)
        expected = whole * self._known.a_week
        for slot, seconds in _spans(until - rest, until, zone):
            expected += (self.rate(slot) or 0.0) * seconds / 3600.0
        return expected

    @property
    def _known(self) -> _Learned:
        """Learned once a week."""
        if self._learned is None:
            self.learn()
        assert self._learned is not None
        return self._learned


def _spans(since: float, until: float, zone: tzinfo) -> Iterator[tuple[int, float]]:
    """The slots that a stretch of time runs through, and the seconds in each."""
    while since < until:
        here = place(since, zone)
        yield here.slot, min(here.left_s, until - since)
        since += here.left_s


def _learn(weeks: Sequence[_Counts]) -> _Learned:
    """r = (kappa * prior + c) / (kappa + E) an hour, with c the median week's rate times the E hours of all weeks."""
    made = [sum(week.made[slot] for week in weeks) for slot in range(SLOTS)]
    watched = [sum(week.watched[slot] for week in weeks) / 3600.0 for slot in range(SLOTS)]
    prior = _prior(made, watched)
    weekly = [_smooth(week) for week in weeks]
    rests = [_rests(weeks, slot) for slot in range(SLOTS)]
    rates = [
        0.0 if rests[slot] else _shrunk([week[slot] for week in weekly], watched[slot], prior[slot])
        for slot in range(SLOTS)
    ]
    a_week = sum(rate or 0.0 for rate in rates) * SLOT_S / 3600.0
    return _Learned(array("d", (-1.0 if rate is None else rate for rate in rates)), a_week, _batch(weeks))


def _batch(weeks: Sequence[_Counts]) -> float | None:
    """Variance by mean, of all slots together in which anything was made."""
    scatter, free = 0.0, 0
    for slot in range(SLOTS):
        made = [week.made[slot] for week in weeks if week.watched[slot] >= LEAST_WATCHED_S]
        if len(made) > 1 and any(made):
            mean = fmean(made)
            scatter += sum((each - mean) ** 2 for each in made) / mean
            free += len(made) - 1
    return max(1.0, scatter / free) if free else None


def _rests(weeks: Sequence[_Counts], slot: int) -> bool:
    """A closing time is an edge: smoothed, it would call every evening a silence."""
    known = [week.made[slot] for week in weeks if week.watched[slot] >= LEAST_WATCHED_S]
    return bool(known) and known.count(0) >= AT_REST * len(known)


def _shrunk(weekly: Sequence[float | None], hours: float, prior: float) -> float | None:
    known = [rate for rate in weekly if rate is not None]
    return (PRIOR_H * prior + median(known) * hours) / (PRIOR_H + hours) if known else None


def _prior(made: Sequence[int], watched: Sequence[float]) -> list[float]:
    """The rate of each slot if every day had the same hours, only more or less of everything."""
    overall = _ratio(sum(made), sum(watched))
    days = [_ratio(sum(made[day : day + _A_DAY]), sum(watched[day : day + _A_DAY])) for day in range(0, SLOTS, _A_DAY)]
    times = [_ratio(sum(made[time::_A_DAY]), sum(watched[time::_A_DAY])) for time in range(_A_DAY)]
    return [_ratio(days[slot // _A_DAY] * times[slot % _A_DAY], overall) for slot in range(SLOTS)]


def _smooth(week: _Counts) -> list[float | None]:
    """Documents an hour in every slot of a week, each a half of itself and a quarter of either neighbour."""
    found: list[float | None] = []
    for slot in range(SLOTS):
        near = ((slot - 1, 0.25), (slot, 0.5), ((slot + 1) % SLOTS, 0.25))
        watched = sum(week.watched[there] * weight for there, weight in near)
        made = sum(week.made[there] * weight for there, weight in near)
        found.append(made / watched * 3600.0 if week.watched[slot] >= LEAST_WATCHED_S else None)
    return found


def _ratio(one: float, other: float) -> float:
    return one / other if other > 0 else 0.0


def _packed(number: int, counts: _Counts) -> Week:
    watched = (min(_BYTE, round(seconds / _STEP_S)) for seconds in counts.watched)
    return Week(number, packed(struct.pack(_MADE, *counts.made)), packed(bytes(watched)))


def _unpacked(week: Week) -> _Counts:
    try:
        made = struct.unpack(_MADE, unpacked(week.made, struct.calcsize(_MADE)))
        watched = [step * _STEP_S for step in struct.unpack(f"{SLOTS}B", unpacked(week.watched, SLOTS))]
    except struct.error as error:
        raise ValueError(f"no week of {SLOTS} slots: {error}") from error
    return _Counts(made, watched)
