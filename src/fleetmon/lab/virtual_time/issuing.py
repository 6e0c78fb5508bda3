"""The issuing system of an office, as its monitor hears of it: how many documents of each line wait to be made.

It knows what was released and what the first station has finished; of what lies between two stations, or of which
machine stands, it knows nothing. It says so every minute while people work, and is not to be believed for much longer.
"""

from collections.abc import Collection, Iterator
from typing import Final

from fleetmon.simulators.plant import Plant

TOLD_EVERY_S: Final = 60.0
BELIEVED_S: Final = 900.0


class Issuing:
    """The issuing system of a plant, for those of its lines that are watched."""

    def __init__(self, plant: Plant, lines: Collection[str]) -> None:
        self._plant = plant
        self._lines = [line for line in plant.lines if line.name in lines]
        self._due = 0.0

    def due(self) -> float:
        """When it speaks next."""
        return self._due

    def words(self, now: float) -> Iterator[tuple[str, int]]:
        """Each line and how many of its documents are released and not finished at its first station; nothing while
        nobody works."""
        away, until = self._plant.calendar.at(now)
        self._due = until if away else now + TOLD_EVERY_S
        if away:
            return
        self._plant.step(now)
        for line in self._lines:
            inside = sum(post.machine.inside for post in line.stages[0])
            yield line.name, line.buffers[0].documents + inside
