"""When the office works: shifts, breaks, seasons with hours of their own, and the days without work."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from fleetmon.model import plan
from fleetmon.settings.values import (
    AS_LIST,
    DAYS,
    Name,
    Table,
    Text,
    clock_time,
    country,
    days,
    days_text,
    duration,
    pattern,
    window,
)
from fleetmon.toml_problems import Misfit, did_you_mean

Time = Annotated[int, Text('a time of day, "08:30"', clock_time)]
Window = Annotated[tuple[int, int], Text('a period of the day, "08:00-16:00"', window)]
Days = Annotated[tuple[int, ...], Text('a day or a range of days, "fri" or "mon-thu"', days, days_text)]
Shifts = dict[Days, Annotated[tuple[Window, ...], AS_LIST]]
Country = Annotated[str, Text('two letters, "PK"', country)]
Subdivision = Annotated[str, pattern("[A-Za-z0-9 -]{1,32}", 'the code of a province or state, "SCT"')]


class Break(Table):
    """`[[site.breaks]]`: a pause in which nobody wonders why nothing is produced."""

    start: Time = Field(description="when it begins, local time")
    end: Time = Field(description="when it ends, local time, on the same day")
    days: Days = Field((0, 1, 2, 3, 4, 5, 6), description="the days it is held on")
    tolerance: Annotated[float, duration("0s", "2h")] = Field(
        600.0, description="how much earlier or later people take it"
    )

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.end <= self.start:
            raise Misfit(("end", "must be after start"))
        return self

    def plan(self) -> plan.Break:
        """The break as plain data."""
        return plan.Break(self.days, self.start, self.end, self.tolerance)


class Season(Table):
    """`[[site.seasons]]`: days with other hours, such as Ramadan; the first season that fits a day holds."""

    name: Name = Field(description="what people call it")
    first: date = Field(alias="from", description="its first day; where the moon decides, an estimate to be corrected")
    last: date = Field(alias="to", description="its last day")
    shifts: Shifts = Field(description="the working hours that replace the usual ones; `{}` closes the office")
    breaks: Annotated[tuple[Break, ...], AS_LIST] = Field((), description="the pauses that replace the usual ones")

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        faults = [("shifts", clash) for clash in clashes(self.shifts)]
        if self.last < self.first:
            faults.append(("to", "must not be before from"))
        if faults:
            raise Misfit(*faults)
        return self

    def plan(self) -> plan.Season:
        """The season as plain data."""
        breaks = tuple(each.plan() for each in self.breaks)
        return plan.Season(self.name, self.first, self.last, shifts_plan(self.shifts), breaks)


class Holidays(Table):
    """`[site.holidays]`: the days without work."""

    country: Country | None = Field(
        None,
        description="whose public holidays are kept, ISO 3166; those that the moon decides are estimates",
    )
    subdivision: Subdivision | None = Field(
        None, description="the province or state, where its holidays differ, ISO 3166-2"
    )
    closed: Annotated[tuple[date, ...], AS_LIST] = Field((), description="further days without work")
    open: Annotated[tuple[date, ...], AS_LIST] = Field((), description="public holidays that are worked")

    @model_validator(mode="after")
    def _decided(self) -> Self:
        faults = self._unknown()
        if both := sorted(set(self.closed) & set(self.open)):
            faults.append(("open", f"{both[0]} is also listed as closed"))
        if faults:
            raise Misfit(*faults)
        return self

    def _unknown(self) -> list[tuple[str, str]]:
        if self.country is None:
            return [("subdivision", "needs country beside it")] if self.subdivision is not None else []
        if self.subdivision is None:
            return []
        from fleetmon.settings.public_holidays import parts

        if self.subdivision in (known := parts(self.country)):
            return []
        if not known:
            return [("subdivision", f"no part of {self.country} is known to have holidays of its own; leave it out")]
        hint = did_you_mean(self.subdivision, known)
        return [("subdivision", f'"{self.subdivision}" is no part of {self.country} with holidays of its own{hint}')]

    def public(self) -> dict[date, str]:
        """The public holidays by day; none without a country."""
        if self.country is None:
            return {}
        from fleetmon.settings.public_holidays import public_holidays  # 10 MB, for those who want it

        return public_holidays(self.country, self.subdivision)


def clashes(shifts: Shifts) -> list[str]:
    """Where one shift of a week runs into the next."""
    week = sorted(
        (day * 1440 + start, day * 1440 + end, day)
        for days, windows in shifts.items()
        for day in days
        for start, end in windows
    )
    # the first one comes again after the last: Sunday's night shift meets Monday
    again = [(start + 7 * 1440, end, day) for start, end, day in week[:1]] if len(week) > 1 else []
    return [
        f"on {DAYS[one[2]]} a shift ends after the next has begun"
        for one, next_one in pairwise(week + again)
        if one[1] > next_one[0]
    ]


def shifts_plan(shifts: Shifts) -> tuple[plan.Shift, ...]:
    """The shifts of a week as plain data."""
    return tuple(plan.Shift(days, *window) for days, windows in shifts.items() for window in windows)
