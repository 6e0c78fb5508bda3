"""A small virtual office: which machines stand there and what happens to them, as `offices/*.toml` says.

An office turns into ordinary machines, each with a script of commands: timelines that repeat, batches of work with
pauses, and faults by chance. Chance is dice with a seed, so a run can be had again. A script has no end and is read
only as far as time goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import merge
from itertools import count
from pathlib import Path
from random import Random

from fleetmon.simulators.model.commands import NEVER, Command, Do, check_command, read_command
from fleetmon.simulators.model.machine import Machine, Scripted
from fleetmon.simulators.reading import BadInput, Table, load_toml, meant
from fleetmon.simulators.sheets.parts import Sheet, Store
from fleetmon.simulators.sheets.sheet import load_sheet

OFFICES = Path(__file__).parents[1] / "offices"

_SHORTEST_TURN = 1.0


@dataclass(frozen=True, slots=True)
class Event:
    """A command at so many seconds after the start, and again every so many seconds (0: once)."""

    at: float
    every: float
    command: Command


@dataclass(frozen=True, slots=True)
class Batches:
    """Work that comes in batches: documents each, and seconds from one batch to the next, each from..to."""

    documents: tuple[float, float]
    every: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Chance:
    """Faults that nothing else brings about, on average so many an hour, each lasting from..to seconds."""

    per_hour: float
    lasts: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """One machine of an office; `port` 0 is any free one. Without batches it has work without end, if it stands alone.

    `follows` names the machine it sits on, for heater controllers and signal towers; `batch` is how many documents its
    counter moves at a time.
    """

    name: str
    sheet: Sheet
    serial: str
    port: int
    batches: Batches | None
    chance: Chance | None
    events: tuple[Event, ...]
    follows: str = ""
    batch: int = 1

    def machine(self, seed: int, *, alone: bool = True) -> Machine:
        """The machine with its script, switched on at 0; not `alone`, it gets its work and mishaps elsewhere."""
        backlog = NEVER if alone and not self.batches and not self.follows else 0.0
        script = self._script(seed, alone)
        machine = Machine(self.sheet, name=self.name, serial=self.serial, seed=seed, backlog=backlog, script=script)
        machine.counter.batch = self.batch
        return machine

    def _script(self, seed: int, alone: bool) -> Iterator[Scripted]:
        dice = f"{seed}/{self.name}"
        parts = [_repeated(event) for event in self.events]
        if alone and self.batches:
            parts.append(_work(self.batches, Random(f"{dice}/work")))
        if alone and self.chance:
            parts.append(_mishaps(self.chance, self.sheet, Random(f"{dice}/chance")))
        return merge(*parts, key=lambda scripted: scripted[0])


def find_office(name: str) -> Path:
    """The file of a shipped office, or any `.toml` file. Raises BadInput naming the shipped ones."""
    path = Path(name) if name.endswith(".toml") else OFFICES / f"{name}.toml"
    if not path.is_file():
        shipped = sorted(file.stem for file in OFFICES.glob("*.toml"))
        there = f"shipped: {', '.join(shipped)}; or give a .toml file"
        raise BadInput(f"{name}: no such office; {there}{meant(name, shipped)}")
    return path


def load_office(name: str) -> list[Place]:
    """The places of a shipped office's name or of a `.toml` file, none of them in a line. Raises BadInput."""
    path = find_office(name)
    top = load_toml(path)
    top.text("title")
    places = read_places(top, path)
    top.done()
    return places


def read_places(top: Table, path: Path) -> list[Place]:
    """The machines of an office; a sheet may lie beside `path`. Raises BadInput."""
    places = [_place(table, path) for table in top.tables("machines")]
    names = [place.name for place in places]
    for place in places:
        if names.count(place.name) > 1:
            raise BadInput(f"{path}: two machines are named {place.name!r}")
        if place.follows and place.follows not in names:
            raise BadInput(f"{path}: {place.name} follows {place.follows!r}; there are: {', '.join(names)}")
    return places


def _place(table: Table, path: Path) -> Place:
    sheet_name = table.text("sheet")
    beside = path.parent / sheet_name
    sheet = load_sheet(str(beside) if sheet_name.endswith(".toml") and beside.is_file() else sheet_name)
    cycle = table.number("seconds_per_document", sheet.cycle, least=0.05)
    sheet = replace(sheet, cycle=cycle, stores=_stores(table, sheet))
    place = Place(
        name=table.text("name"),
        sheet=sheet,
        serial=table.text("serial", sheet.serial),
        port=table.whole("port", 0, least=0, most=65535),
        batches=_batches(table.table("batches")) if table.has("batches") else None,
        chance=_chance(table.table("chance")) if table.has("chance") else None,
        events=tuple(_event(event, sheet) for event in table.tables("events")),
        follows=table.text("follows", ""),
        batch=table.whole("counts_in_batches_of", 1, least=1),
    )
    table.done()
    return place


def _stores(table: Table, sheet: Sheet) -> dict[str, Store]:
    """The sheet's stores with what this one office has differently: `stores = { upper-film = { start = 20 } }`."""
    stores = dict(sheet.stores)
    for name, changes in table.named_tables("stores").items():
        if name not in stores:
            raise table.bad("stores", f"{sheet.name} has no store {name!r}; it has: {', '.join(stores)}")
        old = stores[name]
        capacity = changes.number("capacity", old.capacity, least=1)
        stores[name] = replace(
            old,
            capacity=capacity,
            start=changes.number("start", min(old.start, capacity)),
            low=changes.number("low", min(old.low, capacity)),
            use=changes.number("use", old.use),
            refill_after=changes.number("refill_after", old.refill_after),
        )
        changes.done()
    return stores


def _batches(table: Table) -> Batches:
    batches = Batches(table.span("documents"), table.span("every"))
    table.done()
    return batches


def _chance(table: Table) -> Chance:
    chance = Chance(table.number("per_hour", least=0.01), table.span("lasts"))
    table.done()
    return chance


def _event(table: Table, sheet: Sheet) -> Event:
    every = table.number("every", 0)
    if 0 < every < _SHORTEST_TURN:
        raise table.bad("every", f"must be 0 (once) or at least {_SHORTEST_TURN:g} seconds")
    event = Event(table.number("at"), every, read_command(table))
    table.done()
    try:
        check_command(event.command, sheet)
    except BadInput as error:
        raise table.bad("do", str(error)) from None
    return event


def _repeated(event: Event) -> Iterator[Scripted]:
    for turn in count() if event.every else range(1):
        yield event.at + turn * event.every, event.command


def _work(batches: Batches, dice: Random) -> Iterator[Scripted]:
    at = 0.0
    while True:
        yield at, Command(Do.PRODUCE, documents=dice.randint(*(round(number) for number in batches.documents)))
        at += max(_SHORTEST_TURN, dice.uniform(*batches.every))


def _mishaps(chance: Chance, sheet: Sheet, dice: Random) -> Iterator[Scripted]:
    names = [fault.name for fault in sheet.faults.values() if fault.when is None]
    at = 0.0
    while names:
        at += max(_SHORTEST_TURN, dice.expovariate(chance.per_hour / 3600))
        yield at, Command(Do.RAISE, fault=dice.choice(names), seconds=dice.uniform(*chance.lasts))
