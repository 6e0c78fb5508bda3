"""The calendar that the owner of a monitor would write for an office: what hangs on its wall, and nothing else.

A plant knows more than its monitor may: that people come some minutes late today, that Wednesday is a holiday which
nobody announced. So only the announced hours, seasons and holidays are taken over.
"""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Final

from fleetmon.model.plan import Break, Calendar, Season, Shift
from fleetmon.simulators.plant.calendar import Hours, Plan

BREAK_TOLERANCE_S: Final = 600.0  # what the settings take where nobody says anything
_DAY: Final = timedelta(days=1)
_WEEK: Final = range(7)
_MINUTES: Final = 1440


def announced(plan: Plan) -> Calendar:
    """The calendar of a `FleetPlan`: hours that hold all the year, others as seasons, and the announced holidays."""
    usual: tuple[tuple[Shift, ...], tuple[Break, ...]] = ((), ())
    seasons = []
    for first, last in _stretches(plan.hours):
        fitting = [hours for hours in plan.hours if hours.first <= first and last <= hours.last]
        worked = [(hours, days) for hours in fitting if (days := _days(hours, fitting))]
        found = _shifts(worked), _breaks(worked)
        if not worked:
            continue
        if all((hours.first, hours.last) == (date.min, date.max) for hours, _ in worked):
            usual = found
        else:
            seasons.append(Season(worked[0][0].name, first, last, *found))
    return Calendar(str(plan.zone), *usual, holidays=dict(plan.holidays), seasons=tuple(seasons))


def _stretches(hours: Sequence[Hours]) -> list[tuple[date, date]]:
    """Stretches of days, both ends included, within which the same hours fit; those of none are left out."""
    begins = {date.min, *(each.first for each in hours)}
    begins |= {each.last + _DAY for each in hours if each.last != date.max}
    ends = [*(first - _DAY for first in sorted(begins)[1:]), date.max]
    found = zip(sorted(begins), ends, strict=True)
    return [(a, b) for a, b in found if any(each.first <= a and b <= each.last for each in hours)]


def _days(hours: Hours, fitting: Sequence[Hours]) -> tuple[int, ...]:
    """The weekdays of these hours on which no others come first."""
    before = fitting[: fitting.index(hours)]
    return tuple(day for day in _WEEK if day in hours.days and not any(day in each.days for each in before))


def _shifts(worked: Sequence[tuple[Hours, tuple[int, ...]]]) -> tuple[Shift, ...]:
    return tuple(
        Shift(days, _minute(begins), _minute(ends) + _MINUTES * (ends <= begins))
        for hours, days in worked
        for begins, ends in hours.shifts
    )


def _breaks(worked: Sequence[tuple[Hours, tuple[int, ...]]]) -> tuple[Break, ...]:
    return tuple(
        Break(days, _minute(pause.begins), _minute(pause.ends), BREAK_TOLERANCE_S)
        for hours, days in worked
        for pause in hours.breaks
    )


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute
