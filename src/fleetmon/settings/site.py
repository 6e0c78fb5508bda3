"""The office: its id, its clock, when it works, and its production lines."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from fleetmon.model import plan
from fleetmon.settings.hours import Break, Holidays, Season, Shifts, clashes, shifts_plan
from fleetmon.settings.values import AS_LIST, NOT_EMPTY, Name, Table, Text, identifier, timezone
from fleetmon.toml_problems import Misfit

Zone = Annotated[str, Text('a time zone, "Asia/Karachi"', timezone)]
MachineId = Annotated[str, identifier(48)]
Stage = Annotated[tuple[MachineId, ...], AS_LIST, NOT_EMPTY]
Buffer = Annotated[int, Field(ge=0)]


class Site(Table):
    """`[site]`: the office."""

    id: Annotated[str, identifier(32, 2)] = Field(
        description="the office's id in every topic; equals the common name of its certificate"
    )
    name: Name | None = Field(None, description="what people call it")
    timezone: Zone | None = Field(None, description="local time of shifts and breaks; without it UTC")
    shifts: Shifts = Field({}, description="working hours by days; without them the office is never known to be closed")
    breaks: Annotated[tuple[Break, ...], AS_LIST] = Field((), description="pauses")
    seasons: Annotated[tuple[Season, ...], AS_LIST] = Field((), description="days with other hours")
    holidays: Holidays = Field(Holidays(), description="days without work")

    @model_validator(mode="after")
    def _local(self) -> Self:
        faults = []
        for key, given in (("shifts", self.shifts), ("breaks", self.breaks), ("seasons", self.seasons)):
            if given and self.timezone is None:
                faults.append(
                    (key, 'local times need a time zone; add timezone = "Asia/Karachi" or your own to [site]')
                )
        faults += [("shifts", clash) for clash in clashes(self.shifts)]
        if self.seasons and not self.shifts:
            faults.append(("seasons", "replace the usual hours: without [site.shifts] there are none"))
        if faults:
            raise Misfit(*faults)
        return self

    def calendar(self) -> plan.Calendar:
        """The office's hours as plain data."""
        return plan.Calendar(
            timezone=self.timezone or "UTC",
            shifts=shifts_plan(self.shifts),
            breaks=tuple(each.plan() for each in self.breaks),
            country=self.holidays.country,
            subdivision=self.holidays.subdivision,
            closed=frozenset(self.holidays.closed),
            open=frozenset(self.holidays.open),
            seasons=tuple(each.plan() for each in self.seasons),
            holidays=self.holidays.public(),
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
