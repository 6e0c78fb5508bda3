"""What a simulated machine held while somebody asked it, and what a report may say of it then.

The truth is read from the machine itself, never from what its agent lists. It is written down whenever the machine has
been moved on, which is what every question to its agent does first; so whatever an agent can have told is in here.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from fleetmon.simulators.model.commands import Command
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.parts import Activity, Sheet, Store, Tells
from tests.simulators.contract.expected import EXPECTED, Told

from fleetmon.model.report import Report, Supply

_STATES = {
    Activity.IDLE: "idle",
    Activity.WORKING: "processing",
    Activity.ASLEEP: "idle",
    Activity.WARMING: "stopped",
    Activity.STOPPED: "stopped",
}


@dataclass(frozen=True)
class Held:
    """What a machine held from a moment of its own time on."""

    at: float
    serial: str
    life: int
    activity: Activity
    faults: frozenset[str]
    left: dict[str, float]
    on_since: float


class Witnessed(Machine):
    """A machine that remembers what it held."""

    def __init__(self, sheet: Sheet, **how: object) -> None:
        self.history: list[Held] = []
        super().__init__(sheet, **how)  # type: ignore[arg-type]
        self._write_down()

    def step(self, now: float) -> None:
        """As Machine."""
        super().step(now)
        self._write_down()

    def obey(self, command: Command, now: float) -> None:
        """As Machine."""
        super().obey(command, now)
        self._write_down()

    def _write_down(self) -> None:
        held = Held(
            at=self.now,
            serial=self.serial,
            life=(self.sheet.markers[0].life + self.documents * self.sheet.markers[0].counts) % 2**32,
            activity=self.activity,
            faults=frozenset(fault.name for fault in self.faults),
            left={name: self.left(name) for name in self.sheet.stores},
            on_since=self.power.on_since,
        )
        if not self.history or held.__dict__ | {"at": 0.0} != self.history[-1].__dict__ | {"at": 0.0}:
            self.history.append(held)

    def held(self, since: float, until: float) -> list[Held]:
        """All that it held in a stretch of time, what it held at the beginning included."""
        first = max(0, bisect_right(self.history, since, key=attrgetter("at")) - 1)
        return self.history[first : bisect_right(self.history, until, key=attrgetter("at"))]


def lies(report: Report, machine: Witnessed, since: float, until: float) -> list[str]:
    """What a report says that its machine held at no moment of the time in which it was asked."""
    held = machine.held(since, until)
    said = [*_numbers(report, machine.sheet, held), *_faults(report, machine.sheet, held)]
    if report.identity.serial not in {each.serial for each in held}:
        said.append(f"serial {report.identity.serial}")
    if str(report.state) not in _states(machine.sheet, held):
        said.append(f"state {report.state}")
    up = [moment - each.on_since for each in held for moment in (since, until)]
    if report.uptime_s is None or not min(up) - 0.02 <= report.uptime_s <= max(up) + 0.02:
        said.append(f"uptime {report.uptime_s}")
    return [f"{each}; it held {held}" for each in said]


def _states(sheet: Sheet, held: list[Held]) -> set[str]:
    """A report may know of a fault that stops production before the machine's own status says so.

    The state is drawn from two objects, device and printer status, which at a first meeting are read one after the
    other: hrDeviceStatus running(2) from a moment of work beside hrPrinterStatus other(1) from one of trouble is idle.
    """
    stopped = any(sheet.faults[name].stops for each in held for name in each.faults)
    activities = {each.activity for each in held}
    between = {"idle"} if len(activities) > 1 else set()
    return {_STATES[activity] for activity in activities} | ({"stopped"} if stopped else set()) | between


def _numbers(report: Report, sheet: Sheet, held: list[Held]) -> Iterator[str]:
    counted = [counter.total for counter in report.counters]
    if len(counted) != len(sheet.markers) or counted[0] not in {each.life for each in held}:
        yield f"counters {counted}"
    stores = {word: store for store in sheet.stores.values() for word in (store.description, store.name)}
    for part in (*report.supplies, *report.inputs):
        store = stores.get(part.description or "")
        if store is None or not _is_told(part, store, held):  # type: ignore[arg-type]
            yield f"{part}"


def _is_told(part: Supply, store: Store, held: list[Held]) -> bool:
    """Levels are told in whole steps, and a last drop as one of them."""
    level = part.level.level
    if store.tells is not Tells.EXACT:
        return level is None or level == 0
    least = [min(store.capacity, math.ceil(each.left[store.name] / store.step) * store.step) for each in held]
    return level in least and part.level.capacity == store.capacity


def _faults(report: Report, sheet: Sheet, held: list[Held]) -> Iterator[str]:
    """Whatever is said must have stood at some moment; whatever stood all the time must be said."""
    told = EXPECTED[sheet.name]
    stood = [each.faults for each in held]
    some, all_the_time = frozenset[str]().union(*stood), stood[0].intersection(*stood)
    said = {code for fault in report.faults for code in fault.codes}
    if any(each.activity is Activity.WARMING for each in held):
        said -= {"warmup"}  # hrPrinterStatus says it, RFC 2790; it is no row and no bit
    if strange := said - {code for name in some for code in _codes(told[name])}:
        yield f"codes {sorted(strange)} of no fault that stood"
    if missing := [name for name in all_the_time if told[name].is_fault and told[name].code not in said]:
        yield f"nothing of {missing}"


def _codes(told: Told) -> frozenset[str]:
    return told.also | {told.code}
