"""What retained topics show of the machines and of the site, and when they are told anew.

A change of what a person would look at is shown at once, the mere progress of counters and levels within a minute, the
summary of the site at most once a second, and only where it differs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fleetmon.assess.fleet import Snapshot
from fleetmon.model.alerts import Alert, PlannedStop
from fleetmon.model.messages import View
from fleetmon.model.plan import FleetPlan, MachinePlan
from fleetmon.model.report import At
from fleetmon.publish import contract
from fleetmon.publish.cadence import PROGRESS_EVERY_S, moving, stands_still
from fleetmon.publish.summary import summary

SUMMARY_EVERY_S: Final = 1.0


@dataclass(slots=True)
class _Shown:
    """When and with what progress a machine's view was last told; `behind` if something moved since."""

    at: At
    progress: object
    behind: bool = False


class Pictures:
    """Of one site."""

    def __init__(self) -> None:
        self._shown: dict[str, _Shown] = {}
        self._summary: View | None = None

    def machine(self, snapshot: Snapshot, plan: MachinePlan, at: At) -> View:
        """A machine as it is now."""
        self._shown[plan.id] = _Shown(at, moving(snapshot))
        return contract.state_view(snapshot, plan, at)

    def progress(self, before: Snapshot, after: Snapshot, plan: MachinePlan, at: At) -> tuple[tuple[View, ...], float]:
        """Where nothing but counters and levels moved, if anything: what is told now, and in how many seconds to look
        again; 0 if there is nothing to come."""
        shown = self._shown.get(plan.id)
        if shown is None:
            shown = self._shown[plan.id] = _Shown(at, None)
        shown.behind = shown.behind or not stands_still(before, after)
        if not shown.behind:
            return (), 0.0
        late_s = at.since(shown.at)
        if late_s < PROGRESS_EVERY_S:
            return (), PROGRESS_EVERY_S - late_s
        shown.behind = False
        return ((self.machine(after, plan, at),) if shown.progress != moving(after) else ()), 0.0

    def forget(self, machine: str) -> None:
        """Nobody watches it any more."""
        self._shown.pop(machine, None)

    def summary_from(self, at: At) -> float:
        """When the summary may be told next, in seconds of the monotonic clock."""
        return at.mono if self._summary is None else max(at.mono, self._summary.at.mono + SUMMARY_EVERY_S)

    def summary(
        self,
        snapshots: Sequence[Snapshot],
        plan: FleetPlan,
        alerts: Iterable[Alert],
        stops: Iterable[PlannedStop],
        at: At,
    ) -> tuple[View, ...]:
        """The summary, if it says anything else than before."""
        told = summary(snapshots, plan, at, alerts, stops)
        if self._summary is not None and told.data == self._summary.data:
            return ()
        self._summary = told
        return (told,)
