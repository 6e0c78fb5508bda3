"""A scenario: an office, what is different there, and what happens when. Plain data, read from `scenarios/*.toml`.

A scenario scripts causes and never symptoms: somebody leaves a cover open, a roll ends, the operator stays away. What
follows in the line (who starves, who is blocked, how much work waits) is the plant's business and comes out as ground
truth. What happens to the wire and to the daemon is part of the scenario too, so that one file tells the whole story;
whoever runs it carries those out, for the plant knows neither.

Seeds are in two lots. Thresholds may be tuned on the first; on the second they are judged.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from fleetmon.simulators.bad_line import vice_of
from fleetmon.simulators.model.commands import Happening, read_command
from fleetmon.simulators.reading import BadInput, Table, load_toml, meant
from fleetmon.simulators.stories.changes import laid_over
from fleetmon.simulators.stories.moments import Calendar, read_start, span
from fleetmon.simulators.vices import Vice

__all__ = [
    "ALL",
    "DaemonHappening",
    "LinkHappening",
    "Scenario",
    "Seeds",
    "Trouble",
    "Vice",
    "load_scenario",
    "office_toml",
    "shipped",
]

SCENARIOS = Path(__file__).parents[1] / "scenarios"
OFFICES = Path(__file__).parents[1] / "offices"
ALL = "all"
SHORTEST_TURN = 1.0


class Trouble(StrEnum):
    """What befalls the daemon: it is down for a while; its clock jumps; it reaches no machine; headquarters is gone."""

    RESTART = "restart"
    CLOCK_JUMP = "clock-jump"
    SITE_NETWORK_LOST = "site-network-lost"


@dataclass(frozen=True, slots=True)
class LinkHappening:
    """A vice on the link of one machine, or of all, between two moments; `numbers` are those of its own that are not
    as usual."""

    vice: Vice
    machine: str
    begins: float
    ends: float
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class DaemonHappening:
    """Trouble of the daemon's own. `seconds` is how long it lasts, or how far the clock jumps (backwards below 0)."""

    trouble: Trouble
    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Seeds:
    """Seeds that thresholds may be tuned on, and those they are judged on."""

    tuning: tuple[int, ...]
    held_back: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. `shows` is one sentence for people; `changes` is laid over the TOML of the office.

    `start` is aware, in the office's zone; `lasts` and all moments are seconds after it.
    """

    name: str
    path: Path
    title: str
    shows: str
    office: str
    changes: Mapping[str, object]
    start: datetime
    lasts: float
    seeds: Seeds
    happenings: tuple[Happening, ...]
    links: tuple[LinkHappening, ...]
    daemon: tuple[DaemonHappening, ...]


def shipped() -> list[str]:
    """The names of the scenarios that come with fleetmon."""
    return sorted(file.stem for file in SCENARIOS.glob("*.toml"))


def load_scenario(name: str) -> Scenario:
    """The scenario of a shipped one's name or of a `.toml` file. Raises BadInput."""
    path = Path(name) if name.endswith(".toml") else SCENARIOS / f"{name}.toml"
    if not path.is_file():
        there = f"shipped: {', '.join(shipped())}; or give a .toml file"
        raise BadInput(f"{name}: no such scenario; {there}{meant(name, shipped())}")
    top = load_toml(path)
    office, changes = top.text("office"), _changes(top, path)
    zone = ZoneInfo(office_toml(office, changes, str(path)).text("zone", "Asia/Karachi"))
    calendar = Calendar(read_start(top, "start").replace(tzinfo=zone), span(top, "lasts"))
    scenario = Scenario(
        name=path.stem,
        path=path,
        title=top.text("title"),
        shows=top.text("shows"),
        office=office,
        changes=changes,
        start=calendar.start,
        lasts=calendar.lasts,
        seeds=_seeds(top.table("seeds")),
        happenings=_in_order([each for table in top.tables("happens") for each in _happenings(table, calendar)]),
        links=tuple(_link(table, calendar) for table in top.tables("link")),
        daemon=tuple(_daemon(table, calendar) for table in top.tables("daemon")),
    )
    top.done()
    return scenario


def office_toml(name: str, changes: Mapping[str, object], changed_by: str) -> Table:
    """The TOML of a shipped office with the changes laid over it, for the office's own reader. Raises BadInput."""
    path = OFFICES / f"{name}.toml"
    if not path.is_file():
        there = ", ".join(sorted(file.stem for file in OFFICES.glob("*.toml")))
        raise BadInput(f"{changed_by}: office: {name!r} is not allowed; allowed: {there}")
    try:
        below = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: {error}") from error
    where = f"{changed_by}: changes of {path.name}" if changes else str(path)
    return Table(laid_over(below, changes), where)


def _changes(top: Table, path: Path) -> Mapping[str, object]:
    """Taken as they are: it is the office's reader that judges them."""
    top.table("changes")
    changes = tomllib.loads(path.read_text()).get("changes", {})
    assert isinstance(changes, dict)
    return changes


def _seeds(table: Table) -> Seeds:
    seeds = Seeds(table.wholes("tuning"), table.wholes("held_back"))
    table.done()
    if not seeds.tuning or not seeds.held_back:
        raise table.bad("tuning", "at least one seed is needed here and one in held_back")
    if both := sorted(set(seeds.tuning) & set(seeds.held_back)):
        raise table.bad("held_back", f"seed {both[0]} is used for tuning too; a seed held back is seen by nobody")
    return seeds


def _happenings(table: Table, calendar: Calendar) -> Iterator[Happening]:
    """One, or as many as there is time for with `every`, until `until`."""
    at = calendar.moment(table, "at")
    repeats = table.has("every")
    every = span(table, "every") if repeats else 0.0
    until = calendar.moment(table, "until") if repeats and table.has("until") else calendar.lasts
    if repeats and every < SHORTEST_TURN:
        raise table.bad("every", f"must not be below {SHORTEST_TURN:g} s; without it, it happens once")
    machine = table.text("machine", "")
    command = read_command(table)
    table.done()
    while at <= until:
        yield Happening(at, machine, command)
        if not repeats:
            return
        at += every


def _in_order(happenings: Sequence[Happening]) -> tuple[Happening, ...]:
    return tuple(sorted(happenings, key=lambda happening: happening.at))


def _link(table: Table, calendar: Calendar) -> LinkHappening:
    happening = LinkHappening(
        vice=table.word("vice", Vice),
        machine=table.text("machine", ALL),
        begins=calendar.moment(table, "from", "0s"),
        ends=calendar.moment(table, "to") if table.has("to") else calendar.lasts,
        numbers=table.numbers("numbers"),
    )
    table.done()
    if happening.ends <= happening.begins:
        raise table.bad("to", "must be after `from`")
    try:
        vice_of(happening.vice, happening.numbers)
    except BadInput as error:
        raise table.bad("numbers", str(error)) from None
    return happening


def _daemon(table: Table, calendar: Calendar) -> DaemonHappening:
    trouble = table.word("do", Trouble)
    least = -86_400.0 if trouble is Trouble.CLOCK_JUMP else 1.0
    happening = DaemonHappening(trouble, calendar.moment(table, "at"), table.number("seconds", least=least))
    table.done()
    return happening
