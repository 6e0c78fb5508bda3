"""What may be done to a simulated machine from outside, by a timeline, a test or a technician at a keyboard.

A command is checked against the machine's sheet before it is obeyed, so that a timeline with a misspelt fault fails
when it is loaded and not three hours into a run.
"""

from dataclasses import dataclass
from enum import StrEnum

from .parts import Sheet
from .reading import BadInput, Table

NEVER = float("inf")


class Do(StrEnum):
    """raise, clear: a fault. refill, level: a store. produce, starve: work. show: nothing, only answer."""

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


@dataclass(frozen=True, slots=True)
class Command:
    """One order. `fault` and `store` are names in the sheet; an empty one means all where that makes sense (clear,
    refill).

    `seconds` is how long a raised fault stands (for ever if infinite), `documents` how many to produce (without end if
    infinite), `left` what a store is set to, in its own unit.
    """

    do: Do
    fault: str = ""
    store: str = ""
    seconds: float = NEVER
    documents: float = NEVER
    left: float = 0.0


def read_command(table: Table) -> Command:
    """A command from a JSON object or a TOML table; reads its own keys only. Raises BadInput."""
    do = table.word("do", Do)
    fault = store = ""
    if do is Do.RAISE or (do is Do.CLEAR and table.has("fault")):
        fault = table.text("fault")
    if do is Do.LEVEL or (do is Do.REFILL and table.has("store")):
        store = table.text("store")
    return Command(
        do,
        fault=fault,
        store=store,
        seconds=table.number("seconds") if do is Do.RAISE and table.has("seconds") else NEVER,
        documents=table.whole("documents", least=1) if do is Do.PRODUCE and table.has("documents") else NEVER,
        left=table.number("left") if do is Do.LEVEL else 0.0,
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
