"""A virtual office's monitor knows of its hours what hangs on the wall, and no more."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from fleetmon.simulators.plant import load_plant_office
from fleetmon.simulators.plant.calendar import Hours, Plan

from fleetmon.assess.calendar import Hours as Kind
from fleetmon.assess.calendar import WorkCalendar
from fleetmon.lab.virtual_time.hours import announced
from fleetmon.model.plan import Calendar

ZONE = ZoneInfo("Asia/Karachi")


def hours_of(days: str, shift: tuple[int, int], first: date = date.min, last: date = date.max) -> Hours:
    weekdays = frozenset(int(day) for day in days)
    return Hours(f"{days} {shift}", weekdays, first, last, ((time(shift[0]), time(shift[1])),), ())


def worked(calendar: Calendar, day: date) -> list[tuple[int, int]]:
    """The shifts of a day as a reader of the calendar finds them."""
    if day in calendar.holidays:
        return []
    season = next((each for each in calendar.seasons if each.first <= day <= each.last), None)
    shifts = calendar.shifts if season is None else season.shifts
    return [(each.start, each.end) for each in shifts if day.weekday() in each.days]


def test_the_district_office() -> None:
    """Ramadan is a season with its own Friday, holidays are closed days, the day nobody announced is none."""
    calendar = announced(load_plant_office("two_lines").plan)
    assert calendar.timezone == "Asia/Karachi"
    assert [(each.first, each.last) for each in calendar.seasons] == [(date(2026, 2, 19), date(2026, 3, 20))]
    assert worked(calendar, date(2026, 3, 31)) == [(480, 1020)]
    assert worked(calendar, date(2026, 3, 10)) == [(540, 900)]
    assert worked(calendar, date(2026, 3, 13)) == [(540, 750)]
    assert worked(calendar, date(2026, 4, 4)) == []
    assert calendar.holidays[date(2026, 3, 23)] == "Pakistan Day"
    assert date(2026, 4, 20) not in calendar.holidays
    assert {each.tolerance_s for each in calendar.breaks} == {600.0}


@pytest.mark.parametrize("office", ["two_lines", "six_machines", "showroom"])
def test_every_day_is_as_on_the_wall(office: str) -> None:
    """The monitor's own calendar works on the day as the plan on the wall says, whichever season it lies in; on a day
    that nobody announced it works, too."""
    plan = replace(load_plant_office(office).plan, unannounced={})
    calendar = WorkCalendar(announced(plan))
    wrong = []
    for number in range(400):
        day = date(2025, 12, 1) + timedelta(days=number)
        for clock in (time(8, 30), time(9, 30), time(13, 5), time(16, 30), time(20, 0)):
            moment = datetime.combine(day, clock, plan.zone)
            hours = plan.of(day)
            wanted = not plan.hours or (hours is not None and any(a <= clock < b for a, b in hours.shifts))
            if (calendar.at(moment.timestamp()).hours is not Kind.OFF) != wanted:
                wrong.append(moment)
    assert not wrong


def test_hours_that_overlap() -> None:
    """The first hours that fit a day hold, in every stretch of days anew; nights end on the next day."""
    summer = hours_of("0123", (7, 13), date(2026, 6, 1), date(2026, 8, 31))
    festival = hours_of("01", (20, 2), date(2026, 8, 20), date(2026, 9, 10))
    plan = Plan(ZONE, (festival, summer, hours_of("01234", (8, 16))), {}, {})
    calendar = announced(plan)
    assert worked(calendar, date(2026, 5, 29)) == [(480, 960)]
    assert worked(calendar, date(2026, 6, 1)) == [(420, 780)]
    assert worked(calendar, date(2026, 8, 24)) == [(1200, 1560)]
    assert worked(calendar, date(2026, 8, 26)) == [(420, 780)]
    assert worked(calendar, date(2026, 8, 28)) == [(480, 960)]
    assert worked(calendar, date(2026, 9, 7)) == [(1200, 1560)]
    assert worked(calendar, date(2026, 9, 9)) == [(480, 960)]
    assert worked(calendar, date(2026, 9, 14)) == [(480, 960)]


def test_an_office_that_never_closes_has_no_shifts() -> None:
    """Without hours on the wall none are made up."""
    assert announced(Plan(ZONE, (), {}, {})) == Calendar("Asia/Karachi")
