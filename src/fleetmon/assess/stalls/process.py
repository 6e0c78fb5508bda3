"""Documents between the stages of a line, from what each stage has made.

What one stage made and the next did not is on its way between them, give or take what was there when the counting
began, what was thrown away, and what somebody carried by hand. All of that shifts the difference and stays; so what
counts is how far the difference lies above its least value of the last two hours, in which a buffer has nearly always
been empty once.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final

from fleetmon.model.plan import LinePlan
from fleetmon.model.report import At

_WINDOW_S: Final = 2 * 3600.0


class _Between:
    """Two neighbouring stages: the difference of what they made, and its least values of the last hours."""

    def __init__(self) -> None:
        self.difference = 0
        self._least: deque[tuple[At, int]] = deque()  # rising: the first is the least of the window

    def moved(self, by: int, at: At) -> None:
        if not self._least:
            self._least.append((at, self.difference))
        self.difference += by
        while self._least and self._least[-1][1] >= self.difference:
            self._least.pop()
        self._least.append((at, self.difference))
        while len(self._least) > 1 and at.since(self._least[1][0]) > _WINDOW_S:  # until then the first one held
            self._least.popleft()

    def begin_anew(self) -> None:
        self._least.clear()

    @property
    def documents(self) -> int:
        return self.difference - self._least[0][1] if self._least else 0


class Process:
    """Of one line, from the moment it is first watched."""

    def __init__(self, line: LinePlan) -> None:
        self._stage: Mapping[str, int] = {
            name: number for number, stage in enumerate(line.stages) for name in reversed(stage)
        }
        self._between = [_Between() for _ in line.stages]  # the first has nothing before it
        self._made_after = [0] * len(line.stages)
        self._lay_behind = [0] * len(line.stages)

    def made(self, machine: str, documents: int, at: At) -> None:
        """A machine of the line made so many."""
        stage = self._stage[machine]
        self._made_after[stage] = 0
        if stage > 0:
            self._made_after[stage - 1] += documents
        if stage + 1 < len(self._between):
            self._between[stage + 1].moved(documents, at)
            self._lay_behind[stage] = self.before(stage + 1)
        if stage > 0:
            self._between[stage].moved(-documents, at)

    def from_nowhere(self, stage: int) -> int:
        """How many more documents the next stage has made, since this one was last seen to make any, than lay there."""
        return self._made_after[stage] - self._lay_behind[stage]

    def begin_anew(self, stage: int) -> None:
        """What was counted between a stage and the one before it is not to be believed: its buffer counts as empty."""
        self._between[stage].begin_anew()

    def before(self, stage: int) -> int:
        """How many documents wait for a stage (0 is the first), as far as counts tell."""
        return self._between[stage].documents if 0 < stage < len(self._between) else 0
