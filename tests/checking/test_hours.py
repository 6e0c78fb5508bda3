"""`fleetmon check` says when the office works next, and which days are off, so that a slip in the hours is seen."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from fleetmon.checking.hours import hours
from fleetmon.model.plan import Break, Calendar, Season, Shift

OFFICE = Calendar(
    "Asia/Karachi",
    (Shift((0, 1, 2, 3, 4), 480, 960),),
    (Break((0, 1, 2, 3, 4), 750, 795),),
    seasons=(Season("Ramadan", date(2026, 2, 19), date(2026, 3, 19), (Shift((0, 1, 2, 3), 540, 900),)),),
    holidays={date(2026, 2, 5): "Kashmir Day", date(2026, 3, 20): "Eid al-Fitr", date(2026, 3, 21): "Eid al-Fitr"},
    closed=frozenset({date(2026, 2, 27), date(2026, 3, 2)}),
)


def told(calendar: Calendar, wall: str) -> list[str]:
    moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(calendar.timezone)).timestamp()
    return [f"{each.about}: {each.text}" for each in hours(calendar, moment)]


@pytest.mark.parametrize(
    ("wall", "said"),
    [
        ("2026-02-04 09:00", "hours: now at work until Wed 2026-02-04 12:30"),
        ("2026-02-04 12:40", "hours: now a break; at work from Wed 2026-02-04 13:15"),
        ("2026-02-04 20:00", "hours: now closed; at work from Fri 2026-02-06 08:00"),
        ("2026-02-05 10:00", "hours: now closed (Kashmir Day); at work from Fri 2026-02-06 08:00"),
        ("2026-02-19 10:00", "hours: now at work (Ramadan) until Thu 2026-02-19 15:00"),
    ],
)
def test_what_holds_now_and_when_work_begins(wall: str, said: str) -> None:
    """At work: until when. Otherwise: why, and from when on people work, over holidays and weekends."""
    assert told(OFFICE, wall)[0] == said


def test_the_next_days_off_are_named() -> None:
    """With their weekday and reason, today's too; days that would not have been worked anyway are left out."""
    assert told(OFFICE, "2026-02-05 10:00")[1] == (
        "days off: Thu 2026-02-05 Kashmir Day, Mon 2026-03-02 closed, Fri 2026-03-20 Eid al-Fitr"
    )
    assert told(OFFICE, "2026-04-01 10:00")[1].startswith("days off: none in the next 400 days; [site.holidays]")


def test_an_office_that_will_never_work_again_and_one_that_never_closes() -> None:
    """Both are told as what they are."""
    ended = Calendar("UTC", OFFICE.shifts, seasons=(Season("moved", date(2026, 1, 1), date(2030, 1, 1), ()),))
    assert told(ended, "2026-02-05 10:00")[0] == "hours: now closed (moved); no work is planned"
    (said,) = told(Calendar(), "2026-02-05 10:00")
    assert said.startswith("hours: the office is never known to be closed")
