"""What the settings of a site with a plant would ask for: its machines, its lines, the hours on its wall.

Here ends what a monitor may know of a plant beforehand. Whatever is not in this plan it must find out by asking.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from fleetmon.catalog import Catalog
from fleetmon.lab.stage.asked import asked
from fleetmon.lab.virtual_time.hours import announced
from fleetmon.model.plan import CounterChoice, FleetPlan, LinePlan, MachinePlan, SourcePlan, StallLimits
from fleetmon.model.words import MachineKind
from fleetmon.simulators.plant import Plant
from fleetmon.simulators.plant.layout import Line
from fleetmon.simulators.sheets.parts import Kind, Sheet

IN_SHIFT_S: Final = 10.0
OFF_SHIFT_S: Final = 60.0
_KINDS: Final = {Kind.PRINTER: MachineKind.PRINTER, Kind.LAMINATOR: MachineKind.LAMINATOR}


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a machine is asked in and out of working hours, in seconds; breaks are working hours."""

    in_shift_s: float = IN_SHIFT_S
    off_shift_s: float = OFF_SHIFT_S


USUAL_PACE: Final = Pace()
USUAL_STALL: Final = StallLimits()


def plan_of(
    plant: Plant,
    pace: Pace = USUAL_PACE,
    urls: Mapping[str, str] | None = None,
    *,
    drivers: Catalog | None = None,
    stall: StallLimits = USUAL_STALL,
) -> FleetPlan:
    """What the settings of a site with this plant would ask for; `urls` says where the machines answer, by name. With
    `drivers` only of machines that one of them understands."""
    office = plant.office
    known = None if drivers is None else {None, *(each.name for each in drivers.definitions)}
    watched = {
        name: how
        for name, machine in plant.machines.items()
        if (how := asked(machine.sheet)) is not None and (known is None or how.driver in known)
    }
    machines = []
    for name, how in watched.items():
        url = (urls or {}).get(name, f"{how.scheme.value}://{name}:1")
        sheet = plant.machines[name].sheet
        source = SourcePlan(
            "main",
            url,
            how.driver,
            interval_s=pace.in_shift_s,
            counter=_counter(sheet),
            unit=how.unit,
            modbus_unit=how.modbus_unit,
        )
        machines.append(MachinePlan(name, how.kind or _KINDS[sheet.kind], (source,), name))
    lines = tuple(kept for line in office.lines if (kept := _line(line, watched)).stages)
    return FleetPlan("virtual", tuple(machines), lines, calendar=announced(office.plan), stall=stall)


def _counter(sheet: Sheet) -> CounterChoice:
    """An owner knows that a document of his has two sides, where the machine counts sides."""
    several = len(sheet.markers) == 1 and sheet.markers[0].counts > 1
    return CounterChoice(per_document=sheet.markers[0].counts if several else None)


def _line(line: Line, watched: Container[str]) -> LinePlan:
    """The stages that are watched; the buffers before and behind one that is not are one for whoever watches."""
    stages: list[tuple[str, ...]] = []
    between: list[int] = []
    room = 0
    for stage, before in zip(line.stages, (0, *line.buffers), strict=True):
        room += before
        if kept := tuple(name for name in stage if name in watched):
            between += [room] if stages else []
            stages.append(kept)
            room = 0
    return LinePlan(line.name, tuple(stages), tuple(between), name=line.title)
