"""How many documents leave a line in an hour: those of the last hour, or of as much of it as was watched.

Only counts of whole pieces are documents: an impression may be half a passport. Whoever says in the settings how many
counts one document takes, is told documents for every machine. What was watched for less than a quarter of an hour is
no hour.
"""

from collections import deque
from typing import Final

from fleetmon.assess.produced import Produced
from fleetmon.model.report import At
from fleetmon.model.words import Unit

#: How often the figure is worth telling, in seconds.
STEP_S: Final = 300.0
_HOUR_S: Final = 3600.0
_LEAST_S: Final = 900.0
_PIECES: Final = frozenset({Unit.DOCUMENTS, Unit.SHEETS, Unit.ITEMS, Unit.LABELS})


def counts_documents(produced: Produced | None) -> bool:
    """Whether what a machine counts are documents."""
    return produced is not None and produced.published[1] in _PIECES


class Output:
    """Of one line, watched since `begun`."""

    def __init__(self, begun: At) -> None:
        self._begun = begun
        self._steps: deque[tuple[At, int]] = deque()

    def made(self, documents: int, at: At) -> None:
        """So many more have left the line."""
        if self._steps and at.since(self._steps[-1][0]) < STEP_S / 5:
            begun, before = self._steps.pop()
            self._steps.append((begun, before + documents))
        else:
            self._steps.append((at, documents))

    def per_hour(self, at: At) -> float | None:
        """In an hour, as a whole number; None while too little was watched."""
        while self._steps and at.since(self._steps[0][0]) >= _HOUR_S:
            self._steps.popleft()
        watched_s = min(_HOUR_S, at.since(self._begun))
        if watched_s < _LEAST_S:
            return None
        return float(round(sum(count for _, count in self._steps) * _HOUR_S / watched_s))
