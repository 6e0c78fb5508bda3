"""A scenario set on a plant: the office it names, changed as it says, from its own start, with what is to happen.

The plant is not moved. On the wire or in virtual time, with a monitor or without, it is the same office with the same
fate: what a run adds (vices of the links, troubles of the daemon) leaves the truth alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random

from fleetmon.simulators.bad_line import carriage_of, vice_of
from fleetmon.simulators.plant import Office, Plant, read_office
from fleetmon.simulators.plant.parameters import sway
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.stories.scenario import ALL, OFFICES, Scenario, office_toml


def office_of(scenario: Scenario) -> Office:
    """The office with the scenario's changes. Raises BadInput that names the scenario's file and the office's key."""
    with _named(scenario, "changes"):
        top = office_toml(scenario.office, scenario.changes, str(scenario.path))
        office = read_office(top, OFFICES / f"{scenario.office}.toml")
    sheets = {place.name: place.sheet for place in office.places}
    for link in scenario.links:
        if link.machine not in (ALL, *sheets):
            there = ", ".join((ALL, *sheets))
            raise BadInput(f"{scenario.path}: link: machine: {link.machine!r} is not allowed; allowed: {there}")
        if link.machine != ALL:
            with _named(scenario, "link: vice"):
                vice_of(link.vice, link.numbers).fit(link.machine, carriage_of(sheets[link.machine]))
    return office


def staged(scenario: Scenario, seed: int, perturbed: float = 0.0) -> Plant:
    """The plant at the scenario's start, its figures `perturbed` by up to that part of each, as the seed has it. Raises
    BadInput for machines, faults and stores the office does not have."""
    office = office_of(scenario)
    if perturbed:
        office = _perturbed(office, perturbed, seed)
    with _named(scenario, "happens"):
        return Plant(office, seed=seed, start=scenario.start, happenings=scenario.happenings)


def _perturbed(office: Office, part: float, seed: int) -> Office:
    """Another office of the same kind: all of its lines sway together."""
    factors = sway(part, Random(f"{seed}/perturbed"))
    lines = tuple(replace(line, parameters=line.parameters.swayed(factors)) for line in office.lines)
    return replace(office, lines=lines, parameters=office.parameters.swayed(factors))


@contextmanager
def _named(scenario: Scenario, part: str) -> Iterator[None]:
    """Whoever reads a complaint is told which file to mend: the office's own is right as it is."""
    try:
        yield
    except BadInput as error:
        if str(error).startswith(str(scenario.path)):
            raise
        raise BadInput(f"{scenario.path}: {part}: {error}") from None
