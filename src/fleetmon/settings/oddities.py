"""What is allowed in the settings and yet is rarely meant: told by `check`, never in the way of the daemon.

Like the crosschecks these read the raw values, so that each is told with its file and line.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fleetmon.model.address import Address, Scheme
from fleetmon.settings.files import Files, read_all
from fleetmon.toml_lines import Path as Place
from fleetmon.toml_problems import Problem, problem

_READ_BY_PEOPLE = ("readme", "changelog")
Spot = tuple[Scheme, str, int, str, object, object, object]


def oddities(path: Path) -> list[Problem]:
    """Everything odd in a settings file and beside it. Raises SettingsError as parsing does."""
    files = read_all(path)
    return [*_same_machine_twice(files), *_never_off(files), *_unread(path.parent / "machines.d")]


def where(path: Path) -> dict[tuple[str, str], str]:
    """`file:line` of what names the driver of each machine's source, or else its address, by their names."""
    files = read_all(path)
    found = {}
    for machine, source, place, table in _sources(files.data):
        file, line = files.locate((*place, "driver") if "driver" in table else (*place, "url"))
        found[machine, source] = f"{file}:{line}"
    return found


def _sources(data: dict[str, Any]) -> Iterator[tuple[str, str, Place, dict[str, Any]]]:
    """Each source of each machine in right settings: the machine's id, the source's name, its place, its table."""
    for index, machine in enumerate(data.get("machine", [])):
        given = machine["source"]
        listed = given if isinstance(given, list) else [given]
        for number, each in enumerate(listed):
            table = {"url": each} if isinstance(each, str) else each
            place: Place = ("machine", index, "source", *([number] if isinstance(given, list) else []))
            yield machine["id"], table.get("name", "main"), place, table


def _same_machine_twice(files: Files) -> Iterator[Problem]:
    """Two machines at one address count one document twice, and ask the machine twice as often."""
    first: dict[Spot, tuple[str, Place]] = {}
    for machine, _, place, table in _sources(files.data):
        spot = _spot(table)
        if spot is None:
            continue
        other, there = first.setdefault(spot, (machine, place))
        if other != machine:
            file, line = files.locate((*there, "url"))
            text = f"machine {machine} has the address of machine {other} ({file}:{line}): everything would count twice"
            yield problem(files.locate, (*place, "url"), text)


def _never_off(files: Files) -> Iterator[Problem]:
    """Without shifts an office is never known to be closed, so it has no days off either."""
    site = files.data["site"]
    if not site.get("shifts"):
        for key in ("country", "closed"):
            if site.get("holidays", {}).get(key):
                text = "changes nothing: without [site.shifts] the office is never known to be closed"
                yield problem(files.locate, ("site", "holidays", key), text)


def _spot(table: dict[str, Any]) -> Spot | None:
    """Where exactly a source is heard; None for a recording, which may well stand for several machines."""
    address = Address.parse(table["url"])
    if address.scheme is Scheme.WALK:
        return None
    return (
        address.scheme,
        address.host.lower(),
        address.port,
        address.path,
        table.get("device"),
        table.get("modbus_unit"),
        table.get("unit"),
    )


def _unread(folder: Path) -> Iterator[Problem]:
    """A file of machines under a name that is not read: an editor's copy, or a slip in the name."""
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        if each.name.startswith(".") or each.name.lower().startswith(_READ_BY_PEOPLE):
            continue
        if each.suffix != ".toml" or each.is_dir():
            yield Problem(str(each), 1, "", "is not read: only files whose names end in .toml are")
