"""The office's hours: an unbroken row of periods in UTC, true to the wall clock, no hour lost or told twice."""

import dataclasses
import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fleetmon.simulators.plant import calendar as plant
from fleetmon.simulators.plant.office_file import load_plant_office
from fleetmon.simulators.plant.parameters import Parameters
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess.calendar import Hours, Period, WorkCalendar
from fleetmon.model.plan import Break, Calendar, Season, Shift

WEEK = tuple(range(7))
H = 3600.0
ZONES = ["Europe/London", "America/New_York", "Asia/Karachi", "Africa/Cairo", "Australia/Lord_Howe", "America/St_Johns"]


def utc(zone: str, wall: str, fold: int = 0) -> float:
    """The moment at which a wall clock shows "2026-03-29 08:00", the second time with fold 1."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def day_of(calendar: Calendar, day: str) -> list[tuple[str, str, str | None]]:
    """The periods that touch a local day: hours, the wall time at which they begin, and their name."""
    office = WorkCalendar(calendar)
    now, end = office.moment(date.fromisoformat(day), 0), office.moment(date.fromisoformat(day), 1440)
    told = []
    while now < end:
        period = office.at(now)
        told.append((period.hours.value, f"{office.local(period.since):%a %H:%M}", period.name))
        now = period.until
    return told


KARACHI = Calendar(
    "Asia/Karachi",
    shifts=(Shift((0, 1, 2, 3), 480, 1020), Shift((4,), 480, 1020)),
    breaks=(Break((0, 1, 2, 3), 750, 795), Break((4,), 750, 870, tolerance_s=600.0)),
    seasons=(
        Season("Ramadan", date(2026, 2, 19), date(2026, 3, 19), (Shift((0, 1, 2, 3), 540, 900), Shift((4,), 540, 750))),
        Season("Stock-taking", date(2026, 3, 18), date(2026, 3, 25), ()),
    ),
    holidays={date(2026, 5, 1): "Labour Day", date(2026, 5, 27): "Eid al-Adha", date(2026, 5, 28): "Eid al-Adha"},
    closed=frozenset({date(2026, 6, 1)}),
    open=frozenset({date(2026, 5, 28)}),
)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        # an ordinary Monday: night since Friday's end, the shift in two parts around lunch
        (
            "2026-06-08",
            [
                ("off", "Fri 17:00", None),
                ("work", "Mon 08:00", None),
                ("break", "Mon 12:30", None),
                ("work", "Mon 13:15", None),
                ("off", "Mon 17:00", None),
            ],
        ),
        # Friday's noon prayer, ten minutes wider at both ends
        (
            "2026-06-05",
            [
                ("off", "Thu 17:00", None),
                ("work", "Fri 08:00", None),
                ("break", "Fri 12:20", None),
                ("work", "Fri 14:40", None),
                ("off", "Fri 17:00", None),
            ],
        ),
        # Ramadan replaces shifts and breaks whole, on Friday too
        ("2026-02-19", [("off", "Wed 17:00", None), ("work", "Thu 09:00", "Ramadan"), ("off", "Thu 15:00", None)]),
        ("2026-02-27", [("off", "Thu 15:00", None), ("work", "Fri 09:00", "Ramadan"), ("off", "Fri 12:30", None)]),
        # of two seasons the first holds; one without shifts closes the office and is the reason
        ("2026-03-19", [("off", "Wed 15:00", None), ("work", "Thu 09:00", "Ramadan"), ("off", "Thu 15:00", None)]),
        ("2026-03-23", [("off", "Fri 00:00", "Stock-taking")]),
        # a holiday has its name from midnight to midnight, one that is worked is like any Thursday
        ("2026-05-01", [("off", "Fri 00:00", "Labour Day")]),
        (
            "2026-05-28",
            [
                ("off", "Thu 00:00", None),
                ("work", "Thu 08:00", None),
                ("break", "Thu 12:30", None),
                ("work", "Thu 13:15", None),
                ("off", "Thu 17:00", None),
            ],
        ),
        ("2026-06-01", [("off", "Mon 00:00", "closed")]),
        ("2026-06-06", [("off", "Fri 17:00", None)]),
    ],
)
def test_a_day_of_an_office(day: str, told: list[tuple[str, str, str | None]]) -> None:
    """Each period of a day: what it is, when it began on the wall clock, and why."""
    assert day_of(KARACHI, day) == told


def test_a_weekend_is_one_period() -> None:
    """What holds is told with the end of it, not with the end of the day."""
    period = WorkCalendar(KARACHI).at(utc("Asia/Karachi", "2026-06-06 12:00"))
    begins, ends = utc("Asia/Karachi", "2026-06-05 17:00"), utc("Asia/Karachi", "2026-06-08 08:00")
    assert period == Period(Hours.OFF, begins, ends)


def test_a_night_shift_belongs_to_the_day_it_begins_on() -> None:
    """The night before a holiday is worked to its end, the holiday's own night is off; a break falls on its own day."""
    nights = Calendar(
        "Asia/Karachi",
        shifts=(Shift((0, 1, 2, 3, 4), 1320, 1800),),
        breaks=(Break((2,), 120, 150),),
        holidays={date(2026, 6, 10): "a holiday"},  # a Wednesday
    )
    assert day_of(nights, "2026-06-10") == [
        ("work", "Tue 22:00", None),
        ("break", "Wed 02:00", None),
        ("work", "Wed 02:30", None),
        ("off", "Wed 06:00", "a holiday"),
    ]
    assert day_of(nights, "2026-06-11")[0] == ("off", "Thu 00:00", None)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", "2026-03-28", 7),  # 01:00 becomes 02:00
        ("Europe/London", "2026-10-24", 9),  # 02:00 becomes 01:00
        ("America/New_York", "2026-03-07", 7),
        ("America/New_York", "2026-10-31", 9),
        ("Africa/Cairo", "2026-04-23", 7),  # Friday's midnight becomes 01:00
        ("Africa/Cairo", "2026-10-29", 9),  # Thursday's 24:00 becomes 23:00
        ("Asia/Karachi", "2026-03-28", 8),
        ("Australia/Lord_Howe", "2026-04-04", 8.5),
    ],
)
def test_a_night_in_which_the_clock_is_set(zone: str, day: str, hours: float) -> None:
    """From 22:00 to 06:00 on the wall people work an hour less or more, and exactly that is counted."""
    office = WorkCalendar(Calendar(zone, (Shift(WEEK, 1320, 1800),)))
    start = office.moment(date.fromisoformat(day), 1320)
    assert office.at(start) == Period(Hours.WORK, start, start + hours * H)
    assert office.worked(start - 5 * H, start + 20 * H) == hours * H


def test_what_the_clock_skips_is_nobodys() -> None:
    """A shift inside the skipped hour is not worked; one that begins or ends in it does so when the clock is set."""
    changed = utc("Europe/London", "2026-03-29 02:00")  # the wall goes from 00:59:59 to 02:00:00
    for start, end, worked in ((75, 105, 0), (30, 90, 30), (90, 150, 30), (60, 120, 0)):
        office = WorkCalendar(Calendar("Europe/London", (Shift((6,), start, end),)))
        assert office.worked(changed - 5 * H, changed + 5 * H) == worked * 60
    assert office.moment(date(2026, 3, 29), 60) == office.moment(date(2026, 3, 29), 90) == changed
    assert office.moment(date(2026, 3, 29), 119.5) == changed


def test_what_the_clock_shows_twice_is_counted_once() -> None:
    """Two shifts that meet within the repeated hour meet the first time; together they are the whole night."""
    meet = utc("Europe/London", "2026-10-25 01:30")
    late, early = Shift((5,), 1320, 1440 + 90), Shift((6,), 90, 360)
    office = WorkCalendar(Calendar("Europe/London", (late, early)))
    assert office.at(meet).until - office.at(meet).since == 9 * H
    assert WorkCalendar(Calendar("Europe/London", (late,))).at(meet - 1).until == meet
    assert WorkCalendar(Calendar("Europe/London", (early,))).at(meet).since == meet


def test_a_clock_that_is_put_back_over_midnight() -> None:
    """Until 2011 Newfoundland's clocks went back at 00:01, to 23:01 of the day before: that day is not begun again."""
    office = WorkCalendar(Calendar("America/St_Johns", (Shift((6,), 0, 1440),)))
    again = utc("America/St_Johns", "2010-11-06 23:30", fold=1)
    assert office.at(again).hours is Hours.WORK
    assert office.at(again).until - office.at(again).since == 25 * H


def test_without_shifts_the_office_is_never_known_to_be_closed() -> None:
    """Days off and seasons mean nothing then; a break is a break."""
    never = Calendar("UTC", closed=frozenset({date(2026, 5, 1)}), seasons=KARACHI.seasons)
    everything = Period(Hours.WORK, -math.inf, math.inf)
    assert WorkCalendar(never).at(utc("UTC", "2026-05-01 12:00")) == everything
    office = WorkCalendar(dataclasses.replace(never, breaks=(Break(WEEK, 720, 750),)))
    noon = utc("UTC", "2026-05-01 12:00")
    assert office.at(noon) == Period(Hours.BREAK, noon, noon + 1800)
    assert office.worked(noon - 12 * H, noon + 12 * H) == 23.5 * H


def test_a_shift_without_end() -> None:
    """Round the clock is one period, up to the next day off; after the last one it never ends."""
    always = Calendar("Europe/London", (Shift(WEEK, 0, 1440),), closed=frozenset({date(2026, 5, 1)}))
    office = WorkCalendar(always)
    off, on = utc("Europe/London", "2026-05-01 00:00"), utc("Europe/London", "2026-05-02 00:00")
    assert office.at(off - 1) == Period(Hours.WORK, -math.inf, off)
    assert office.at(off) == Period(Hours.OFF, off, on, "closed")
    assert office.at(on) == Period(Hours.WORK, on, math.inf)


def test_an_office_that_is_never_open() -> None:
    """Shifts on no day at all: off for ever, nothing is worked, and no amount of work is ever done."""
    office = WorkCalendar(Calendar("UTC", (Shift((), 480, 960),)))
    assert office.at(0.0) == Period(Hours.OFF, -math.inf, math.inf)
    assert office.worked(0.0, 1e9) == 0.0
    assert office.after(0.0, 1.0) == math.inf
    assert office.after(0.0, 0.0) == 0.0


@pytest.mark.parametrize("moment", [-1e15, -6.3e10, 0.0, 2.5e11, 1e15, math.inf, -math.inf])
def test_a_clock_that_was_never_set_is_no_trouble(moment: float) -> None:
    """Any number is a moment; beyond the years that have dates the office counts as open."""
    period = WorkCalendar(KARACHI).at(moment)
    assert period.since <= moment <= period.until
    assert period.since < period.until


def test_it_agrees_with_the_simulated_office_for_a_whole_year() -> None:
    """The plant's calendar was written on its own; when nobody is early or late, both know the same hours of 2026."""
    office = load_plant_office("two_lines")
    start = datetime(2026, 1, 1, tzinfo=office.plan.zone)
    punctual = dataclasses.replace(Parameters(), shift_jitter=0.0, break_jitter=0.0)
    theirs = plant.Calendar(dataclasses.replace(office.plan, unannounced={}), start, 1, punctual)
    ours = WorkCalendar(as_settings(office.plan))
    zero, year = start.timestamp(), 365 * 24 * H
    now, looks = 0.0, 0
    while now < year:
        reason, until = theirs.at(now)
        period = ours.at(zero + now)
        assert (period.hours is Hours.WORK) == (reason == ""), office.plan.zone.fromutc
        now, looks = min(until, period.until - zero), looks + 1
    assert looks > 1000
    assert ours.worked(zero, zero + year) == theirs.worked(0.0, year)
    for days in range(0, 365, 7):
        assert ours.after(zero + days * 24 * H, 20 * H) - zero == theirs.after(days * 24 * H, 20 * H)


def as_settings(plan: plant.Plan) -> Calendar:
    """The hours on the plant's wall as our settings would have them: hours of the same dates are one season."""
    seasons: dict[tuple[date, date], list[plant.Hours]] = {}
    for hours in plan.hours:
        seasons.setdefault((hours.first, hours.last), []).append(hours)
    usual = max(seasons, key=lambda dates: dates[1] - dates[0])
    made = {dates: (_shifts(given), _breaks(given)) for dates, given in seasons.items()}
    shifts, breaks = made.pop(usual)
    return Calendar(
        plan.zone.key,
        shifts,
        breaks,
        seasons=tuple(Season("season", *dates, *hours) for dates, hours in made.items()),
        holidays=dict(plan.holidays),
    )


def _shifts(given: list[plant.Hours]) -> tuple[Shift, ...]:
    spans = [(hours.days, *(each.hour * 60 + each.minute for each in span)) for hours in given for span in hours.shifts]
    return tuple(Shift(tuple(sorted(days)), start, end) for days, start, end in spans)


def _breaks(given: list[plant.Hours]) -> tuple[Break, ...]:
    pauses = [(hours.days, pause.begins, pause.ends) for hours in given for pause in hours.breaks]
    return tuple(
        Break(tuple(sorted(days)), begins.hour * 60 + begins.minute, ends.hour * 60 + ends.minute)
        for days, begins, ends in pauses
    )


minutes = st.integers(0, 96).map(lambda quarter: quarter * 15)
weekdays = st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(tuple)
dates = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def shifts(draw: Callable[..., Any]) -> Shift:
    start = draw(st.integers(0, 95)) * 15
    return Shift(draw(weekdays), start, start + draw(st.integers(1, 96)) * 15)


@st.composite
def breaks(draw: Callable[..., Any]) -> Break:
    start = draw(st.integers(0, 95)) * 15
    end = min(1440, start + draw(st.integers(1, 12)) * 15)
    return Break(draw(weekdays), start, end, draw(st.sampled_from([0.0, 600.0])))


@st.composite
def seasons(draw: Callable[..., Any]) -> Season:
    first = draw(dates)
    last = first + timedelta(days=draw(st.integers(0, 40)))
    worked, paused = draw(st.lists(shifts(), max_size=2)), draw(st.lists(breaks(), max_size=2))
    return Season("season", first, last, tuple(worked), tuple(paused))


calendars = st.builds(
    Calendar,
    timezone=st.sampled_from(ZONES),
    shifts=st.lists(shifts(), max_size=3).map(tuple),
    breaks=st.lists(breaks(), max_size=3).map(tuple),
    closed=st.frozensets(dates, max_size=4),
    open=st.frozensets(dates, max_size=2),
    seasons=st.lists(seasons(), max_size=2).map(tuple),
    holidays=st.dictionaries(dates, st.just("holiday"), max_size=6),
)
moments = st.integers(int(utc("UTC", "2025-12-20 00:00")), int(utc("UTC", "2027-01-10 00:00"))).map(float)


@given(calendars, moments)
def test_periods_follow_each_other_without_a_gap(calendar: Calendar, moment: float) -> None:
    """Each holds the moment that was asked for, the next begins where it ends and differs, and a stranger agrees."""
    office = WorkCalendar(calendar)
    now = moment
    for _ in range(40):
        period = office.at(now)
        assert period.since <= now < period.until
        assert WorkCalendar(calendar).at(now) == period, "what was asked before changes no answer"
        if period.until == math.inf:
            return
        following = office.at(period.until)
        assert following.since == period.until
        assert (following.hours, following.name) != (period.hours, period.name)
        now = period.until


@given(calendars, moments)
def test_what_is_work_is_what_hangs_on_the_wall(calendar: Calendar, moment: float) -> None:
    """Away from hours that the clock skips or repeats, the local time alone decides, day by day."""
    zone = ZoneInfo(calendar.timezone)
    wall = datetime.fromtimestamp(moment, zone)
    hours = [timedelta(hours=each) for each in (-27, -13, 0, 13, 27)]
    if len({(wall + each).utcoffset() for each in hours}) > 1:
        return
    assert WorkCalendar(calendar).at(moment).hours is by_the_wall(calendar, wall)


def by_the_wall(calendar: Calendar, wall: datetime) -> Hours:
    """The plainest reading of the settings: no UTC, no periods, one look."""
    day = wall.date()
    minute = wall.hour * 60 + wall.minute + wall.second / 60

    def season(of: date) -> Calendar | Season:
        return next((each for each in calendar.seasons if each.first <= of <= each.last), calendar)

    def off(of: date) -> bool:
        return of not in calendar.open and (of in calendar.closed or of in calendar.holidays)

    def paused(pause: Break, of: date, past: float) -> bool:
        wider = pause.tolerance_s / 60
        return of.weekday() in pause.days and pause.start - wider <= minute + past < pause.end + wider

    before, after = day - timedelta(days=1), day + timedelta(days=1)
    if calendar.shifts:
        begun = [(of, minute + past) for of, past in ((day, 0), (before, 1440)) if not off(of)]
        shifts = [(now, each) for of, now in begun for each in season(of).shifts if of.weekday() in each.days]
        if not any(each.start <= now < each.end for now, each in shifts):
            return Hours.OFF
    for of, past in ((before, 1440.0), (day, 0.0), (after, -1440.0)):
        given = season(of) if calendar.shifts else calendar
        if any(paused(pause, of, past) for pause in given.breaks):
            return Hours.BREAK
    return Hours.WORK


@given(calendars, moments, st.integers(1, 400_000))
def test_after_undoes_worked(calendar: Calendar, moment: float, seconds: int) -> None:
    """By the moment that `after` tells exactly so much has been worked, and a second earlier less."""
    office = WorkCalendar(calendar)
    then = office.after(moment, float(seconds))
    if then < math.inf:
        assert office.worked(moment, then) == seconds
        assert office.worked(moment, then - 1) == seconds - 1


@given(calendars, moments, st.integers(0, 900_000), st.integers(0, 900_000))
def test_worked_adds_up(calendar: Calendar, moment: float, one: int, other: int) -> None:
    """Two stretches that meet hold what the whole holds, and nobody works faster than time passes."""
    office = WorkCalendar(calendar)
    middle, end = moment + one, moment + one + other
    assert office.worked(moment, middle) + office.worked(middle, end) == office.worked(moment, end) <= end - moment
    assert office.worked(end, moment) == 0.0 or one + other == 0


@given(st.sampled_from(ZONES), st.dates(date(2005, 1, 1), date(2030, 1, 1)), minutes, minutes)
def test_moments_never_turn_round(zone: str, day: date, one: int, other: int) -> None:
    """A later time on the wall is never an earlier moment, and a day's end is the next day's beginning."""
    office = WorkCalendar(Calendar(zone))
    assert office.moment(day, min(one, other)) <= office.moment(day, max(one, other))
    assert office.moment(day, 1440) == office.moment(day + timedelta(days=1), 0)
