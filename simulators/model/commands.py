"""What may be done to a simulated machine or office from outside, by a timeline, a test or a technician at a keyboard.

A command is checked against the machine's sheet before it is obeyed, so that a timeline with a misspelt fault fails
when it is loaded and not three hours into a run. Each word reads its own keys only; which those are is a table.
"""

from dataclasses import dataclass
from enum import StrEnum

from fleetmon.simulators.reading import BadInput, Table
from fleetmon.simulators.sheets.parts import Sheet

NEVER = float("inf")


class Do(StrEnum):
    """Orders to a machine, then orders to an office, which only a plant understands.

    raise, clear: a fault. refill, level: a store. produce, starve: work of a machine that stands alone. hang: the
    firmware hangs, it says what it said and makes nothing. stall: only the mechanics stand. slow: every document takes
    `factor` times as long. off: unplugged. replace: another one of its kind takes its place. The counter may be reset,
    set shortly before its end (wrap), made to move in batches, or stand although documents are made (stick). maintain:
    a planned stop. go: ends stall and maintain. show: nothing, only answer.

    absent: nobody looks after the machines. holiday, workday: the day of that moment. demand: `factor` times as much
    work comes. pause, resume: no new work. shortage: the site's stock of a store is what `left` says, and nothing is
    delivered for `seconds`. deliver: `left` more.
    """

    RAISE = "raise"
    CLEAR = "clear"
    REFILL = "refill"
    LEVEL = "level"
    SLEEP = "sleep"
    WAKE = "wake"
    REBOOT = "reboot"
    PRODUCE = "produce"
    STARVE = "starve"
    SHOW = "show"
    HANG = "hang"
    UNHANG = "unhang"
    STALL = "stall"
    MAINTAIN = "maintain"
    GO = "go"
    SLOW = "slow"
    OFF = "off"
    ON = "on"
    REPLACE = "replace"
    RESET_COUNTER = "reset-counter"
    WRAP_COUNTER = "wrap-counter"
    BATCH_COUNTER = "batch-counter"
    STICK_COUNTER = "stick-counter"
    UNSTICK_COUNTER = "unstick-counter"
    CLEAN = "clean"

    ABSENT = "absent"
    PRESENT = "present"
    HOLIDAY = "holiday"
    WORKDAY = "workday"
    DEMAND = "demand"
    PAUSE = "pause"
    RESUME = "resume"
    SHORTAGE = "shortage"
    DELIVER = "deliver"


OFFICE_ORDERS = frozenset(
    {Do.ABSENT, Do.PRESENT, Do.HOLIDAY, Do.WORKDAY, Do.DEMAND, Do.PAUSE, Do.RESUME, Do.SHORTAGE, Do.DELIVER}
)

# Which keys belong to a word: those it needs, and those it may have.
_KEYS: dict[Do, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Do.RAISE: (("fault",), ("seconds",)),
    Do.CLEAR: ((), ("fault",)),
    Do.REFILL: ((), ("store",)),
    Do.LEVEL: (("store", "left"), ()),
    Do.PRODUCE: ((), ("documents",)),
    Do.HANG: ((), ("seconds",)),
    Do.STALL: ((), ("seconds",)),
    Do.MAINTAIN: ((), ("seconds",)),
    Do.SLOW: (("factor",), ("seconds",)),
    Do.OFF: ((), ("seconds",)),
    Do.REPLACE: ((), ("serial",)),
    Do.WRAP_COUNTER: (("documents",), ()),
    Do.BATCH_COUNTER: (("documents",), ()),
    Do.STICK_COUNTER: ((), ("seconds",)),
    Do.CLEAN: ((), ("seconds",)),
    Do.ABSENT: ((), ("seconds",)),
    Do.DEMAND: (("factor",), ()),
    Do.PAUSE: ((), ("seconds",)),
    Do.SHORTAGE: (("store",), ("left", "seconds")),
    Do.DELIVER: (("store", "left"), ()),
}


@dataclass(frozen=True, slots=True)
class Command:
    """One order. `fault` and `store` are names in the sheet; an empty one means all where that makes sense (clear,
    refill).

    `seconds` is how long it lasts (for ever if infinite), `documents` how many (without end if infinite), `left` what
    a store is set to, in its own unit, or units of the site's stock; `factor` is a multiple of the usual.
    """

    do: Do
    fault: str = ""
    store: str = ""
    seconds: float = NEVER
    documents: float = NEVER
    left: float = 0.0
    factor: float = 1.0
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """A command at so many seconds after the start; an empty `machine` is the office as a whole."""

    at: float
    machine: str
    command: Command


def read_command(table: Table) -> Command:
    """A command from a JSON object or a TOML table; reads its own keys only. Raises BadInput."""
    do = table.word("do", Do)
    needed, possible = _KEYS.get(do, ((), ()))

    def reads(key: str) -> bool:
        return key in needed or (key in possible and table.has(key))

    return Command(
        do,
        fault=table.text("fault") if reads("fault") else "",
        store=table.text("store") if reads("store") else "",
        seconds=table.number("seconds") if reads("seconds") else NEVER,
        documents=table.whole("documents", least=1) if reads("documents") else NEVER,
        left=table.number("left") if reads("left") else 0.0,
        factor=table.number("factor", least=0.01) if reads("factor") else 1.0,
        serial=table.text("serial") if reads("serial") else "",
    )


def check_command(command: Command, sheet: Sheet) -> None:
    """Raise BadInput unless the machine has such a fault or store."""
    if command.fault and command.fault not in sheet.faults:
        raise BadInput(f"{sheet.name} has no fault {command.fault!r}; it has: {', '.join(sheet.faults)}")
    if command.store and command.store not in sheet.stores:
        raise BadInput(f"{sheet.name} has no store {command.store!r}; it has: {', '.join(sheet.stores)}")
    if command.do is Do.LEVEL and command.left > sheet.stores[command.store].capacity:
        capacity = sheet.stores[command.store].capacity
        raise BadInput(f"{sheet.name}: {command.store} holds {capacity:g}, it cannot be set to {command.left:g}")
