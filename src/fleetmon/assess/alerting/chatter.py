"""What comes and goes too often to be told each time.

A switch that chatters is one trouble, however often it is seen: it is held open as unstable, and told once, until it
has been quiet for a while (the other way round, a message for each edge, is how monitoring teaches people to look
away). ISA-18.2 calls three activations within a minute chattering; a poll sees only some of the edges, so the window is
longer here.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from fleetmon.model.alerts import Rule
from fleetmon.model.report import At

WINDOW_S: Final = 600.0
ONSETS: Final = 6
RAISES: Final = 3
_TURNS: Final = 4


@dataclass(slots=True)
class Chatter:
    """Of one key: whether it is there, when it came lately, was raised lately, and last came or went."""

    present: bool = False
    onsets: deque[At] = field(default_factory=lambda: deque(maxlen=ONSETS))
    raises: deque[At] = field(default_factory=lambda: deque(maxlen=RAISES))
    edge: At | None = None

    def came(self, at: At) -> None:
        """It was not there at the last look, and is now."""
        self.present, self.edge = True, at
        self.onsets.append(at)

    def went(self, at: At) -> None:
        """It was there at the last look, and is not now."""
        self.present, self.edge = False, at

    def raised(self, at: At) -> None:
        """It has stood long enough to be an alert."""
        self.raises.append(at)

    def chatters(self, at: At, rule: Rule) -> bool:
        """Whether that was too often; what is raised and cleared slowly has longer to be raised three times."""
        slowly_s = _TURNS * (rule.raise_after_s + rule.clear_after_s)
        return _within(self.onsets, ONSETS, WINDOW_S, at) or _within(self.raises, RAISES, max(WINDOW_S, slowly_s), at)

    def forget(self) -> None:
        """It has been quiet: what it did before counts no more."""
        self.onsets.clear()
        self.raises.clear()

    def quiet_in(self, at: At) -> float:
        """How many seconds are left until it has been quiet for long enough; 0 if it has."""
        return 0.0 if self.edge is None else max(0.0, WINDOW_S - at.since(self.edge))


def _within(moments: deque[At], many: int, window_s: float, at: At) -> bool:
    return len(moments) >= many and at.since(moments[0]) <= window_s
