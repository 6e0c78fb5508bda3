"""More announcements than a person can take in: only what stops issuance is told one by one, the rest in summaries.

EEMUA 191 and ISA-18.2 call more than ten in ten minutes a flood, over when it is less than five. What is not told is
shown all the same, and named in the summary, so that nothing is lost in it.
"""

from collections import deque
from typing import Final

from fleetmon.model.alerts import Alert, AlertPlan, Priority, Summary
from fleetmon.model.report import At

SUMMARY_EVERY_S: Final = 300.0


class Flood:
    """The announcements of one site."""

    def __init__(self, plan: AlertPlan) -> None:
        self._plan = plan
        self._told: deque[At] = deque()
        self._held: list[str] = []
        self._since: At | None = None
        self._summed: At | None = None

    def under(self, plan: AlertPlan) -> "Flood":
        """The same flood by other limits."""
        self._plan = plan
        return self

    def lets(self, alert: Alert, at: At) -> bool:
        """Whether an announcement may be made by itself; counted either way."""
        self._forget(at)
        self._told.append(at)
        if self._since is None and len(self._told) > self._plan.flood_from:
            self._since = self._summed = at
        if self._since is None or alert.priority in (Priority.P1, Priority.P2):
            return True
        self._held.append(alert.id)
        return False

    def resume(self, held: list[str], at: At) -> None:
        """The run begins, and so many were held in the last one."""
        if held:
            self._held, self._since, self._summed = held, at, at

    def due(self, at: At) -> float:
        """In how many seconds a summary may be due."""
        if self._since is None or self._summed is None:
            return float("inf")
        return max(0.0, SUMMARY_EVERY_S - at.since(self._summed))

    def summary(self, at: At) -> Summary | None:
        """What was held since the last summary, if it is time for one; the flood may end with it."""
        if self._since is None or self.due(at) > 0.0:
            return None
        self._forget(at)
        since, ended = self._summed or at, len(self._told) < self._plan.flood_from / 2
        held, self._held = tuple(self._held), []
        self._summed = at
        if ended:
            self._since = self._summed = None
        return Summary(at, since, held, ended) if held or ended else None

    def _forget(self, at: At) -> None:
        while self._told and at.since(self._told[0]) > self._plan.flood_window_s:
            self._told.popleft()
