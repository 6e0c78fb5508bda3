"""When the office works next, as the settings have it: whoever wrote them sees at a glance whether they meant that."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from fleetmon.assess.calendar import Hours, Period, WorkCalendar
from fleetmon.checking.finding import Finding, Weight
from fleetmon.model.plan import Calendar

_WORDS = {Hours.WORK: "at work", Hours.BREAK: "a break", Hours.OFF: "closed"}
_DAYS_OFF = 5
_AHEAD = 400


def hours(calendar: Calendar, utc: float) -> Iterator[Finding]:
    """What holds at `utc`, when work begins next, and the next days off."""
    if not calendar.shifts:
        text = "the office is never known to be closed: [site.shifts] says when it works"
        yield Finding(Weight.OK, "hours", text)
        return
    office = WorkCalendar(calendar)
    now = office.at(utc)
    said = f"now {_WORDS[now.hours]}{f' ({now.name})' if now.name else ''}"
    if now.hours is Hours.WORK:
        said += _shown(office, " until", now.until)
    else:
        begins = _work_after(office, now)
        said += "; no work is planned" if begins is None else _shown(office, "; at work from", begins)
    yield Finding(Weight.NOTE, "hours", said)
    named = [f"{day:%a %Y-%m-%d} {why}" for day, why in islice(days_off(office, office.local(utc).date()), _DAYS_OFF)]
    none = f"none in the next {_AHEAD} days; [site.holidays] is where they are listed"
    yield Finding(Weight.NOTE, "days off", ", ".join(named) or none)


def days_off(office: WorkCalendar, first: date) -> Iterator[tuple[date, str]]:
    """The days from `first` on that would be worked if they were no days off, and why they are."""
    for day in (first + timedelta(days=ahead) for ahead in range(_AHEAD)):
        season = office.season(day)
        shifts = season.shifts if season else office.calendar.shifts
        why = office.day_off(day)
        if why is not None and any(day.weekday() in shift.days for shift in shifts):
            yield day, why


def _work_after(office: WorkCalendar, period: Period) -> float | None:
    """When work begins after a period without; None if it does not within the days that are looked at."""
    last = period.until + _AHEAD * 86_400.0
    while period.until < last:
        period = office.at(period.until)
        if period.hours is Hours.WORK:
            return period.since
    return None


def _shown(office: WorkCalendar, word: str, utc: float) -> str:
    """A moment for people, after a word; nothing if it never comes."""
    return f"{word} {office.local(utc):%a %Y-%m-%d %H:%M}" if abs(utc) < 1e11 else ""
