"""Whether a target takes what it is sent: said when that changes, with how long it did not, and never in between.

A target that is away for a weekend costs one line in the log when it goes and one when it is back.
"""

import random
from dataclasses import dataclass

import structlog

from fleetmon.clock import Clock
from fleetmon.model.messages import Json
from fleetmon.model.report import At
from fleetmon.publish.envelope import rfc3339

log = structlog.get_logger("notify")

_FIRST_S = 1.0
_LONGEST_S = 60.0


@dataclass(slots=True)
class Reach:
    """One target: its kind, where it is, and how it has fared."""

    name: str
    where: str
    clock: Clock
    taken: int = 0
    skipped: int = 0
    waiting: int = 0
    failing: At | None = None
    why: str = ""
    _tries: int = 0
    _left_out: int = 0

    def took(self) -> None:
        """It took what it was sent."""
        if self.failing is not None:
            away_s = round(self.clock.now().since(self.failing))
            log.info("takes alerts again", target=self.name, where=self.where, away_s=away_s, left_out=self._left_out)
        self.taken, self.failing, self.why, self._tries, self._left_out = self.taken + 1, None, "", 0, 0

    def failed(self, why: str) -> float:
        """It did not. For how many seconds of the world it should be left alone: longer each time, up to a minute."""
        if self.failing is None:
            self.failing = self.clock.now()
            log.warning("does not take alerts", target=self.name, where=self.where, why=why)
        self.why, self._tries = why, self._tries + 1
        return random.uniform(0.5, 1.0) * min(_LONGEST_S, _FIRST_S * 2.0 ** min(self._tries - 1, 10))

    def skip(self, why: str, what: str) -> None:
        """It refused something for good: that is left out and counted; the first of a run is named in the log."""
        if not self._left_out:
            log.warning("refuses alerts: they are left out", target=self.name, where=self.where, why=why, first=what)
        self.skipped, self._left_out, self.why = self.skipped + 1, self._left_out + 1, why
        self.failing, self._tries = self.failing or self.clock.now(), 0

    def status(self) -> dict[str, Json]:
        """How it stands, for `fleetmon status`; `failing_since` null while it takes what it is sent."""
        return {
            "target": self.name,
            "where": self.where,
            "failing_since": rfc3339(self.failing.utc) if self.failing else None,
            "why": self.why or None,
            "taken": self.taken,
            "skipped": self.skipped,
            "waiting": self.waiting,
        }
