"""What can be run, and what can be named in an order to the office that runs, as pages for people."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from fleetmon.simulators.orders import near
from fleetmon.simulators.plant.office_file import load_plant_office
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.stories.office import OFFICES
from fleetmon.simulators.stories.scenario import load_scenario, shipped

_WIDTH = 80


def shipped_page() -> list[str]:
    """The offices and scenarios that come with fleetmon, a sentence each."""
    offices = {file.stem: load_plant_office(file.stem).title for file in sorted(OFFICES.glob("*.toml"))}
    stories = {name: load_scenario(name).shows for name in shipped()}
    lines = ["fleetmon simulate run OFFICE"]
    lines += [line for name, title in offices.items() for line in _entry(name, title)]
    lines += ["", "fleetmon simulate run --scenario SCENARIO"]
    return lines + [line for name, shows in stories.items() for line in _entry(name, shows)]


def _entry(name: str, text: str) -> list[str]:
    return textwrap.wrap(f"  {name:<20} {text}", _WIDTH, subsequent_indent=" " * 23, break_on_hyphens=False)


def page(told: Mapping[str, object], only: str | None) -> list[str]:
    """The lines of an answer to `{"ask": "list"}`; `only` one machine. Raises BadInput where there is none."""
    machines = [each for each in _items(told, "machines") if isinstance(each, dict)]
    names = [str(machine["machine"]) for machine in machines]
    if only is not None and only not in names:
        raise BadInput(f"no machine is named {only!r}; {near(only, names)}")
    shown = [machine for machine in machines if only in (None, machine["machine"])]
    lines = [line for machine in shown for line in _machine(machine)]
    for title in dict.fromkeys(str(machine["title"]) for machine in shown):
        alike = [machine for machine in shown if machine["title"] == title]
        who = ", ".join(str(machine["machine"]) for machine in alike)
        lines += _wrapped(f"faults of {who} ({title})", map(str, _items(alike[0], "can_have")))
    if only is None:
        lines += _wrapped("vices of a line", [*map(str, _items(told, "vices")), "off"])
        lines += _wrapped("orders to a machine", map(str, _items(told, "machine_orders")))
        lines += _wrapped("orders to the office", map(str, _items(told, "office_orders")))
    return lines


def _machine(machine: Mapping[str, object]) -> Iterator[str]:
    where = ", ".join(map(str, _items(machine, "urls")))
    yield f"{machine['machine']}  {machine['activity']}, {machine['documents']} documents; {where}"
    if faults := list(map(str, _items(machine, "faults"))):
        yield from _wrapped("  says", faults)
    if machine.get("bad_line"):
        yield f"  its line: {machine['bad_line']}"
    stores = machine.get("stores")
    if isinstance(stores, dict):
        yield from _wrapped("  stores", [f"{name} {left:g}" for name, left in stores.items()])


def _wrapped(title: str, words: Iterable[str]) -> list[str]:
    return textwrap.wrap(
        f"{title}: {', '.join(words)}", _WIDTH, subsequent_indent="    ", break_on_hyphens=False, break_long_words=False
    )


def _items(told: Mapping[str, object], key: str) -> list[object]:
    found = told.get(key)
    return found if isinstance(found, list) else []
