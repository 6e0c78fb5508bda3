"""Whether the others go on: for how long at least two machines of the site have been making documents.

A break takes all of a site from their machines, a stall takes one. Where two others go on making, nobody is at lunch,
whatever the plan on the wall says: so silence may be counted then that no clock of working hours counts.
"""

from typing import Final

from fleetmon.model.report import At

#: Who made something this many seconds ago still counts as at work.
LATELY_S: Final = 240.0
#: Who goes on for so long after the first to stop, has not gone to lunch with it.
STAYED_S: Final = 300.0


class Company:
    """Of one site: the two machines that made something last, and how long such company has lasted in all."""

    def __init__(self) -> None:
        self._last: tuple[str, At] | None = None
        self._before: tuple[str, At] | None = None
        self._counted: At | None = None
        self._together_s = 0.0

    def made(self, machine: str, at: At) -> None:
        """A machine made something."""
        self._together_s = self.together_s(at)
        self._counted = at
        if self._last is not None and self._last[0] != machine:
            self._before = self._last
        self._last = machine, at

    def together_s(self, at: At) -> float:
        """For how many seconds in all, since the run began, two machines at least have been at work."""
        if self._before is None or self._counted is None:
            return self._together_s
        left_s = max(0.0, LATELY_S - self._counted.since(self._before[1]))
        return self._together_s + min(at.since(self._counted), left_s)

    def stayed(self, machine: str, since: At | None) -> bool:
        """Whether another one made something some minutes after this one did: they did not all stop at once, as people
        who leave make them do."""
        if self._last is None or self._last[0] == machine:
            return False
        return since is None or self._last[1].since(since) >= STAYED_S

    def now(self, at: At) -> bool:
        """Whether two machines are at work."""
        return self._before is not None and at.since(self._before[1]) < LATELY_S
