"""Hours of an office: what hangs on the wall, what people make of it, and time zones."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from fleetmon.simulators.plant import Plant, load_plant_office
from fleetmon.simulators.plant.calendar import Calendar
from fleetmon.simulators.plant.parameters import Parameters
from hypothesis import given
from hypothesis import strategies as st

OFFICE = load_plant_office("two_lines")
PUNCTUAL = Parameters().changed({"shift_jitter": 0, "break_jitter": 0})
DAY = 86_400.0


def _day(calendar: Calendar, number: int) -> list[tuple[str, str]]:
    """What changes on the day so many days after the start: (local time, why nobody works from then on)."""
    now, end, found = number * DAY, (number + 1) * DAY, []
    while now < end:
        _, now = calendar.at(now)
        found.append((calendar.local(now).strftime("%a %H:%M"), calendar.at(now)[0]))
    return found[:-1]


def _calendar(start: str, parameters: Parameters = PUNCTUAL, seed: int = 0) -> Calendar:
    begins = datetime.fromisoformat(start).replace(tzinfo=OFFICE.plan.zone)
    return Calendar(OFFICE.plan, begins, seed, parameters)


def test_a_usual_day_has_a_shift_with_lunch_and_two_prayers() -> None:
    """On a Monday people come at eight and leave at five, with three breaks between."""
    assert _day(_calendar("2026-03-30 00:00"), 0) == [
        ("Mon 08:00", ""),
        ("Mon 12:30", "lunch"),
        ("Mon 13:15", ""),
        ("Mon 13:45", "prayer"),
        ("Mon 14:00", ""),
        ("Mon 16:00", "prayer"),
        ("Mon 16:20", ""),
        ("Mon 17:00", "off-shift"),
    ]


def test_friday_and_ramadan_have_hours_of_their_own() -> None:
    """Friday's noon prayer is long; in Ramadan the day is short and without lunch, on Fridays even more so."""
    assert ("Fri 12:30", "prayer") in _day(_calendar("2026-04-03 00:00"), 0)
    assert _day(_calendar("2026-02-27 00:00"), 0) == [("Fri 09:00", ""), ("Fri 12:30", "off-shift")]
    assert [time for time, _ in _day(_calendar("2026-02-26 00:00"), 0)] == [
        "Thu 09:00",
        "Thu 13:00",
        "Thu 13:20",
        "Thu 15:00",
    ]


@pytest.mark.parametrize("day", ["2026-03-23 00:00", "2026-04-20 00:00", "2026-04-04 00:00"])
def test_nobody_works_on_holidays_announced_or_not_nor_at_weekends(day: str) -> None:
    """A holiday of the plan, one that only the office knew, and a Saturday are days without work."""
    calendar = _calendar(day)
    assert calendar.worked(0, DAY) == 0
    assert calendar.at(12 * 3600)[0] == "holiday"


def test_a_day_is_changed_by_order() -> None:
    """A Monday is declared a holiday, and the Sunday before it a work day."""
    calendar = _calendar("2026-03-29 00:00")
    calendar.order(3600, worked=True)
    calendar.order(DAY + 3600, worked=False)
    assert calendar.worked(0, DAY) == pytest.approx((9 - 4 / 3) * 3600)
    assert calendar.worked(DAY, 2 * DAY) == 0
    assert calendar.worked(2 * DAY, 3 * DAY) > 0


@given(st.integers(0, 1000), st.integers(0, 60))
def test_people_come_within_minutes_and_each_day_has_dice_of_its_own(seed: int, day: int) -> None:
    """Shifts begin at most four minutes off the plan; asking about other days before does not change a day."""
    first, second = (_calendar("2026-03-02 00:00", Parameters(), seed) for _ in range(2))
    _day(second, 3)
    assert _day(first, day) == _day(second, day)
    punctual = _calendar("2026-03-02 00:00")
    assert abs(first.worked(day * DAY, (day + 1) * DAY) - punctual.worked(day * DAY, (day + 1) * DAY)) < 1800


@given(st.floats(0, 14 * DAY), st.floats(0, 3 * DAY))
def test_worked_time_and_the_moment_after_it_agree(now: float, seconds: float) -> None:
    """The moment when so many seconds will have been worked is such that so many seconds have been worked."""
    calendar = _calendar("2026-03-30 00:00", Parameters(), 1)
    until = calendar.after(now, seconds)
    assert calendar.worked(now, until) == pytest.approx(seconds, abs=0.01)


def test_clocks_that_change_move_the_shift_by_an_hour() -> None:
    """In a zone with summer time, eight o'clock is 23 hours after eight o'clock the day before the change."""
    zone = ZoneInfo("Europe/Berlin")
    plan = replace(OFFICE.plan, zone=zone, holidays={}, unannounced={})
    calendar = Calendar(plan, datetime(2026, 3, 27, tzinfo=zone), 0, PUNCTUAL)
    monday = date(2026, 3, 30)
    opens = next(now for now in (3 * DAY - 3600 + hour * 3600.0 for hour in range(24)) if not calendar.at(now)[0])
    assert calendar.local(opens) == datetime(monday.year, monday.month, monday.day, 8, tzinfo=zone)
    assert calendar.utc(opens).hour == 6


def test_without_hours_work_never_ends() -> None:
    """An office that names no hours is always open."""
    plan = replace(OFFICE.plan, hours=())
    calendar = Calendar(plan, OFFICE.start, 0, PUNCTUAL)
    assert calendar.at(0) == ("", float("inf"))
    assert calendar.worked(5, 1e7) == 1e7 - 5


def test_an_office_that_closes_for_good_never_works_again() -> None:
    """Hours that ended in the past: nobody works, and the wait for worked time has no end."""
    past = replace(OFFICE.plan.hours[0], last=date(2026, 3, 20))
    calendar = Calendar(replace(OFFICE.plan, hours=(past,)), OFFICE.start, 0, PUNCTUAL)
    assert calendar.after(0, 1) == float("inf")
    assert calendar.worked(0, 100 * DAY) == 0


def test_a_plant_knows_when_people_should_be_at_work() -> None:
    """At half past ten on a usual Monday they should, at night not; a run that begins in no zone is refused."""
    plant = Plant(OFFICE)
    assert plant.working(3 * 3600)
    assert not plant.working(15 * 3600)
    with pytest.raises(ValueError, match="says no zone"):
        Plant(OFFICE, start=datetime.fromisoformat("2026-03-30 07:30"))
