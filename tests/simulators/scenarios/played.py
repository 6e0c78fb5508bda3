"""A scenario played to its end, and the questions its tests ask of the truth. Nothing is played twice for one seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.plant import Plant, Stop
from fleetmon.simulators.plant.states import Klass
from fleetmon.simulators.stories.scenario import Scenario, load_scenario
from fleetmon.simulators.stories.staging import staged

MINUTE, HOUR = 60.0, 3600.0
OWN = frozenset({Klass.FAULT, Klass.SUPPLY, Klass.OPERATOR, Klass.SILENT, Klass.OFF})


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when something was ordered to last."""

    begins: float
    ends: float
    command: Command

    @property
    def middle(self) -> float:
        return (self.begins + self.ends) / 2


class Played:
    """The plant at the end of a scenario, and every stop."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.seed = seed
        self.plant = staged(scenario, seed)
        self._earlier: Plant | None = None
        self._made: list[dict[str, int]] = []
        for minute in range(int(scenario.lasts // MINUTE) + 1):
            self.plant.step(minute * MINUTE)
            self._made.append({name: machine.made for name, machine in self.plant.machines.items()})
        self.stops = self.plant.close(scenario.lasts)

    def ordered(self, do: Do, machine: str = "") -> list[Window]:
        """When such an order was given to a machine, and how long it held; at least once."""
        found = [
            Window(each.at, min(each.at + each.command.seconds, self.scenario.lasts), each.command)
            for each in self.scenario.happenings
            if each.command.do is do and each.machine == machine
        ]
        assert found
        return found

    def of(self, machine: str, *klasses: Klass, reason: str = "", cause: str = "") -> list[Stop]:
        """A machine's stops; every word that is not given fits."""
        return [
            stop
            for stop in self.stops
            if stop.machine == machine
            and (not klasses or stop.klass in klasses)
            and reason in ("", stop.reason)
            and cause in ("", stop.cause)
        ]

    def share(
        self, machine: str, begins: float, ends: float, *klasses: Klass, reason: str = "", cause: str = ""
    ) -> float:
        """Which share of the working time of a window lies in such stops."""
        calendar = self.plant.calendar
        stops = self.of(machine, *klasses, reason=reason, cause=cause)
        within = [(max(begins, stop.start), min(ends, stop.end)) for stop in stops]
        stopped = sum(calendar.worked(first, last) for first, last in within if first < last)
        return stopped / calendar.worked(begins, ends)

    def long_unplanned(self, machine: str, least: float = 15 * MINUTE) -> list[Stop]:
        """What an alert would be right about: own trouble and waits for somebody else's, for so much working time."""
        klasses = (*OWN, Klass.STARVED, Klass.BLOCKED)
        return [s for s in self.of(machine, *klasses) if s.scheduled >= least and not s.planned]

    def at(self, moment: float) -> Plant:
        """The same run at an earlier moment; the plant of the last call is moved if it has not come so far."""
        if self._earlier is None or self._earlier.now > moment:
            self._earlier = staged(self.scenario, self.seed)
        self._earlier.step(moment)
        return self._earlier

    def watched(self, machine: str, begins: float, ends: float, every: float = 10.0) -> Iterator[Machine]:
        """The machine at every poll of a window."""
        plant = self.at(begins)
        for step in range(int((ends - begins) / every) + 1):
            plant.step(begins + step * every)
            yield plant.machines[machine]

    def without(self, *words: Do) -> "Played":
        """The same seed, had such orders never been given."""
        kept = tuple(each for each in self.scenario.happenings if each.command.do not in words)
        assert len(kept) < len(self.scenario.happenings)
        return Played(replace(self.scenario, happenings=kept), self.seed)

    def made(self, machine: str, begins: float, ends: float) -> int:
        """How many documents a machine really made between two moments, to the minute."""
        first, last = (self._made[min(len(self._made) - 1, round(each / MINUTE))] for each in (begins, ends))
        return last[machine] - first[machine]


@cache
def played(name: str, seed: int) -> Played:
    """A shipped scenario, once for each seed."""
    return Played(load_scenario(name), seed)
