"""The office: its id, its clock, when it works, and its production lines."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from fleetmon.model import plan
from fleetmon.settings.values import (
    AS_LIST,
    DAYS,
    NOT_EMPTY,
    Name,
    Table,
    Text,
    clock_time,
    country,
    days,
    days_text,
    duration,
    identifier,
    pattern,
    timezone,
    window,
)
from fleetmon.toml_problems import Misfit

Time = Annotated[int, Text('a time of day, "08:30"', clock_time)]
Window = Annotated[tuple[int, int], Text('a period of the day, "08:00-16:00"', window)]
Days = Annotated[tuple[int, ...], Text('a day or a range of days, "fri" or "mon-thu"', days, days_text)]
Zone = Annotated[str, Text('a time zone, "Asia/Karachi"', timezone)]
Country = Annotated[str, Text('two letters, "PK"', country)]
Subdivision = Annotated[str, pattern("[A-Za-z0-9 -]{1,32}", 'the code of a province or state, "PB"')]
MachineId = Annotated[str, identifier(48)]
Stage = Annotated[tuple[MachineId, ...], AS_LIST, NOT_EMPTY]
Buffer = Annotated[int, Field(ge=0)]


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


class Holidays(Table):
    """`[site.holidays]`: the days without work."""

    country: Country | None = Field(None, description="whose public holidays are kept, ISO 3166")
    subdivision: Subdivision | None = Field(
        None, description="the province or state, where its holidays differ, ISO 3166-2"
    )
    closed: Annotated[tuple[date, ...], AS_LIST] = Field((), description="further days without work")
    open: Annotated[tuple[date, ...], AS_LIST] = Field((), description="public holidays that are worked")

    @model_validator(mode="after")
    def _decided(self) -> Self:
        faults = []
        if both := sorted(set(self.closed) & set(self.open)):
            faults.append(("open", f"{both[0]} is also listed as closed"))
        if self.subdivision is not None and self.country is None:
            faults.append(("subdivision", "needs country beside it"))
        if faults:
            raise Misfit(*faults)
        return self


class Site(Table):
    """`[site]`: the office."""

    id: Annotated[str, identifier(32, 2)] = Field(
        description="the office's id in every topic; equals the common name of its certificate"
    )
    name: Name | None = Field(None, description="what people call it")
    timezone: Zone | None = Field(None, description="local time of shifts and breaks; without it UTC")
    shifts: dict[Days, Annotated[tuple[Window, ...], AS_LIST]] = Field(
        {}, description="working hours by days; without them the office is never known to be closed"
    )
    breaks: Annotated[tuple[Break, ...], AS_LIST] = Field((), description="pauses")
    holidays: Holidays = Field(Holidays(), description="days without work")

    @model_validator(mode="after")
    def _local(self) -> Self:
        faults = []
        for key, given in (("shifts", self.shifts), ("breaks", self.breaks)):
            if given and self.timezone is None:
                faults.append(
                    (key, 'local times need a time zone; add timezone = "Asia/Karachi" or your own to [site]')
                )
        faults += [("shifts", clash) for clash in self._clashes()]
        if faults:
            raise Misfit(*faults)
        return self

    def _clashes(self) -> list[str]:
        week = sorted(
            (day * 1440 + start, day * 1440 + end, day)
            for days, windows in self.shifts.items()
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

    def calendar(self) -> plan.Calendar:
        """The office's hours as plain data."""
        return plan.Calendar(
            timezone=self.timezone or "UTC",
            shifts=tuple(plan.Shift(days, *window) for days, windows in self.shifts.items() for window in windows),
            breaks=tuple(plan.Break(each.days, each.start, each.end, each.tolerance) for each in self.breaks),
            country=self.holidays.country,
            subdivision=self.holidays.subdivision,
            closed=frozenset(self.holidays.closed),
            open=frozenset(self.holidays.open),
        )


class Line(Table):
    """`[[line]]`: machines in the order in which a document passes them."""

    id: MachineId = Field(description="the line's id in topics")
    name: Name | None = Field(None, description="what people call it")
    stages: Annotated[tuple[Stage, ...], AS_LIST, NOT_EMPTY] = Field(
        description='the stages in order, each a list of parallel machines: [["prn1", "prn2"], ["lam1"]]'
    )
    buffers: Annotated[tuple[Buffer, ...], AS_LIST] = Field(
        (), description="documents that fit between each two stages"
    )

    @model_validator(mode="after")
    def _between(self) -> Self:
        if self.buffers and len(self.buffers) != len(self.stages) - 1:
            raise Misfit(
                (
                    "buffers",
                    f"needs {len(self.stages) - 1} numbers, one between each two stages",
                )
            )
        return self

    def plan(self) -> plan.LinePlan:
        """The line as plain data."""
        return plan.LinePlan(self.id, self.stages, self.buffers, self.name)
