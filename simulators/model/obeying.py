"""What each order does to a machine. The orders are checked before and the machine settles itself after."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from fleetmon.simulators.model.commands import NEVER, OFFICE_ORDERS, Command, Do
from fleetmon.simulators.model.counter import Counter
from fleetmon.simulators.model.faults import Faults
from fleetmon.simulators.model.levels import Level, Levels
from fleetmon.simulators.model.power import Power
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.parts import Sheet

_WRAP = 2**32
_CLEANING = 240.0  # seconds, in the middle of the plant's own figures


class Subject(Protocol):
    """A machine, as an order sees it."""

    name: str
    serial: str
    now: float
    changed: int
    backlog: float
    factor: float
    sheet: Sheet
    counter: Counter
    levels: Levels
    held_up: Faults
    power: Power
    undergoing: dict[Do, float]

    def set_level(self, level: Level, left: float) -> None: ...

    def freeze(self) -> None: ...

    def thaw(self) -> None: ...

    def lose_power(self) -> None: ...

    def reboot(self) -> None: ...


def carry_out(machine: Subject, command: Command) -> None:
    """Do it, at the moment the machine stands at. Raises BadInput for an order that only an office understands."""
    if command.do in OFFICE_ORDERS:
        raise BadInput(f"{command.do} is for an office, {machine.name} is one machine")
    _ORDERS[command.do](machine, command)


def begin(machine: Subject, do: Do, until: float) -> None:
    """Put an order in force that lasts until then."""
    if do is Do.HANG:
        machine.freeze()
    elif do is Do.OFF:
        machine.lose_power()
    machine.undergoing[do] = until
    machine.changed += 1


def end(machine: Subject, do: Do) -> None:
    """It is over; one that is not in force is left alone."""
    if machine.undergoing.pop(do, None) is None:
        return
    machine.changed += 1
    if do is Do.HANG:
        machine.thaw()
    elif do is Do.SLOW:
        machine.factor = 1.0
    elif do is Do.STICK_COUNTER:
        machine.counter.stuck = False
    elif do is Do.OFF:
        machine.reboot()


def _raise(machine: Subject, command: Command) -> None:
    machine.held_up.hold(command.fault, machine.now + command.seconds)


def _clear(machine: Subject, command: Command) -> None:
    if command.fault:
        machine.held_up.release(command.fault)
    else:
        machine.held_up.release_all()


def _stock(machine: Subject, command: Command) -> None:
    for level in machine.levels:
        if command.store in ("", level.part.name):
            machine.set_level(level, command.left if command.do is Do.LEVEL else level.part.capacity)


def _produce(machine: Subject, command: Command) -> None:
    machine.backlog += command.documents
    machine.power.wake(machine.now)


def _starve(machine: Subject, _: Command) -> None:
    machine.backlog = 0


def _sleep(machine: Subject, _: Command) -> None:
    machine.power.fall_asleep(machine.now)


def _wake(machine: Subject, _: Command) -> None:
    machine.power.wake(machine.now)


def _undergo(machine: Subject, command: Command) -> None:
    begin(machine, command.do, machine.now + command.seconds)


def _slow(machine: Subject, command: Command) -> None:
    machine.factor = command.factor
    _undergo(machine, command)
    if command.factor == 1:
        end(machine, Do.SLOW)


def _go(machine: Subject, _: Command) -> None:
    end(machine, Do.STALL)
    end(machine, Do.MAINTAIN)


def _clean(machine: Subject, command: Command) -> None:
    seconds = _CLEANING if command.seconds == NEVER else command.seconds
    begin(machine, Do.CLEAN, machine.now + seconds)
    for fault in machine.sheet.faults.values():
        if fault.name.endswith("-cleaning") and not fault.stops and fault.when is None:
            machine.held_up.hold(fault.name, machine.now + seconds)


def _stick(machine: Subject, command: Command) -> None:
    machine.counter.stuck = True
    _undergo(machine, command)


def _batch(machine: Subject, command: Command) -> None:
    machine.counter.batch = 1 if command.documents == NEVER else int(command.documents)


def _reset(machine: Subject, _: Command) -> None:
    machine.counter.reset()
    _count_from(machine, 0)


def _wrap(machine: Subject, command: Command) -> None:
    """So many documents before the first marker's 32 bits are full."""
    markers = machine.sheet.markers
    per_document = markers[0].counts if markers else 1
    _count_from(machine, _WRAP - int(command.documents + machine.counter.total) * per_document)


def _count_from(machine: Subject, life: int) -> None:
    markers = tuple(replace(marker, life=life) for marker in machine.sheet.markers)
    machine.sheet = replace(machine.sheet, markers=markers)
    machine.changed += 1


def _replace(machine: Subject, command: Command) -> None:
    """Another one of the model, out of its box: full stores, nothing wrong, everything counted from nought."""
    machine.serial = command.serial or f"{machine.serial}-R"
    for do in Do:
        end(machine, do)
    machine.held_up.release_all()
    _stock(machine, Command(Do.REFILL))
    _reset(machine, command)
    machine.reboot()


_ORDERS: dict[Do, Callable[[Subject, Command], None]] = {
    Do.RAISE: _raise,
    Do.CLEAR: _clear,
    Do.REFILL: _stock,
    Do.LEVEL: _stock,
    Do.PRODUCE: _produce,
    Do.STARVE: _starve,
    Do.SLEEP: _sleep,
    Do.WAKE: _wake,
    Do.REBOOT: lambda machine, _: machine.reboot(),
    Do.SHOW: lambda machine, _: None,
    Do.HANG: _undergo,
    Do.UNHANG: lambda machine, _: end(machine, Do.HANG),
    Do.STALL: _undergo,
    Do.MAINTAIN: _undergo,
    Do.GO: _go,
    Do.SLOW: _slow,
    Do.OFF: _undergo,
    Do.ON: lambda machine, _: end(machine, Do.OFF),
    Do.REPLACE: _replace,
    Do.RESET_COUNTER: _reset,
    Do.WRAP_COUNTER: _wrap,
    Do.BATCH_COUNTER: _batch,
    Do.STICK_COUNTER: _stick,
    Do.UNSTICK_COUNTER: lambda machine, _: end(machine, Do.STICK_COUNTER),
    Do.CLEAN: _clean,
}
