"""What is to be run: an office as it is, or the story of a scenario, with its start and its seed.

Everything that can be wrong with a wish is found here, before a port is opened.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from fleetmon.clock import Clock
from fleetmon.errors import FleetmonError
from fleetmon.simulators.model.commands import Happening
from fleetmon.simulators.plant.layout import Office
from fleetmon.simulators.plant.office_file import load_plant_office
from fleetmon.simulators.plant.plant import Plant
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.stories.scenario import Scenario, load_scenario
from fleetmon.simulators.stories.staging import office_of

NOW: Final = "now"
_USUAL_SEED: Final = 1


class NoStory(FleetmonError):
    """The wish cannot be carried out; the text names what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Story:
    """An office at its start. `lasts` is None where nothing says when it ends."""

    name: str
    office: Office
    start: datetime
    seed: int
    lasts: float | None
    happenings: tuple[Happening, ...]
    scenario: Scenario | None

    def plant(self) -> Plant:
        """The office, before anything has happened. Raises NoStory where a happening does not fit it."""
        try:
            return Plant(self.office, seed=self.seed, start=self.start, happenings=self.happenings)
        except BadInput as error:
            raise NoStory(str(error)) from None


def story(office: str | None, scenario: str | None, start: str | None, seed: int | None) -> Story:
    """The story of an office, of a scenario, or of both where the scenario names that office. Raises NoStory."""
    try:
        if scenario is not None:
            return _of_scenario(load_scenario(scenario), office, start, seed)
        if office is None:
            raise NoStory("name an office, or a --scenario, which has one; fleetmon simulate offices shows them")
        found = load_plant_office(office)
        dice = _USUAL_SEED if seed is None else seed
        return Story(Path(office).stem, found, _start(start, found), dice, None, (), None)
    except BadInput as error:
        raise NoStory(str(error)) from None


def _of_scenario(found: Scenario, office: str | None, start: str | None, seed: int | None) -> Story:
    if office not in (None, found.office):
        raise NoStory(f"scenario {found.name} is about the office {found.office}, not {office}; leave the office out")
    read = office_of(found)
    begins = found.start if start is None else _start(start, read)
    usual = found.seeds.tuning[0]
    return Story(found.office, read, begins, usual if seed is None else seed, found.lasts, found.happenings, found)


def _start(text: str | None, office: Office) -> datetime:
    """`now`, or a time of the office's own clock; without either, what the office says."""
    if text is None:
        return office.start
    zone = office.plan.zone
    if text == NOW:
        return datetime.fromtimestamp(Clock().now().utc, zone)
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        start = None
    if start is None or start.tzinfo is not None:
        raise NoStory(f'--start {text!r} is no time of the office\'s clock like "2026-03-02 08:00", and not now')
    return start.replace(tzinfo=zone)
