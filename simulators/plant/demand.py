"""Work that comes to a line: batches of documents, geometric in size, with lognormal pauses between them.

Batches come whether or not the line keeps up, as applications do; a line that stands for an hour has a backlog
afterwards. The next comes when the last could have been made and a pause has passed, and only while people are at work,
for people release it.
"""

from math import log
from random import Random

from .agenda import NEVER, Actor, Agenda
from .floor import Floor, Line


class Demand:
    """The work of one line. `takt` is how many seconds the line needs for a document, `factor` a multiple of work."""

    def __init__(self, floor: Floor, line: Line, takt: float, factor: float, dice: Random) -> None:
        self.factor = 1.0
        self._floor = floor
        self._line = line
        self._takt = takt
        self._usual = factor
        self._dice = dice
        self._actor = Actor(self._release)
        self._ends = Actor(self.resume)
        self._waits = True
        self._paused = False

    def opened(self) -> None:
        """People have come to work: what was due meanwhile is released."""
        if self._waits and not self._paused:
            self._release()

    def pause(self, seconds: float) -> None:
        """No new work for so long; what waits already is made."""
        self._paused = True
        agenda: Agenda = self._floor.agenda
        agenda.set(self._ends, self._floor.now + seconds)

    def resume(self) -> None:
        """Work comes again, at once if it was due."""
        self._paused = False
        self._floor.agenda.set(self._ends, NEVER)
        if self._waits and not self._floor.absence:
            self._release()

    def _release(self) -> None:
        self._waits = bool(self._floor.absence) or self._paused
        if self._waits:
            return
        size, figures = self._batch(), self._line.parameters
        pause = self._dice.lognormvariate(log(figures.pause_median), figures.pause_sigma)
        self._line.enter(size)
        after = (size * self._takt + pause) / (self._usual * self.factor)
        self._floor.agenda.set(self._actor, self._floor.now + after)

    def _batch(self) -> int:
        """Geometric, from 1 on, with the mean of the figures."""
        stays = 1 - 1 / max(1.0, self._line.parameters.batch_mean)
        return 1 + int(log(1 - self._dice.random()) / log(stays)) if stays else 1
