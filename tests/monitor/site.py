"""A site in a test: one monitor, what it told so far, and the records it would find after a restart."""

from collections.abc import Sequence

from tests.assess.timeline import EPOCH, PRINTER, at

from fleetmon.assess.fleet import Snapshot
from fleetmon.model.messages import Event, Json, Outcome, View
from fleetmon.model.plan import FleetPlan, MachinePlan
from fleetmon.model.report import NoAnswer, Observation, Report
from fleetmon.model.words import Silence
from fleetmon.monitor import Monitor
from fleetmon.publish import contract

SHORT = {
    contract.FAULT_RAISED: "raised",
    contract.FAULT_CHANGED: "changed",
    contract.FAULT_CLEARED: "cleared",
    contract.STATE_CHANGED: "state",
    contract.CONTACT_CHANGED: "contact",
    contract.PRODUCTION_COUNTED: "counted",
    contract.MACHINE_REPLACED: "replaced",
    contract.NOTICE_SEEN: "notice",
}


class Site:
    """Steps a monitor through a story told in seconds; keeps events, views and records as the outbox would."""

    def __init__(self, *machines: MachinePlan) -> None:
        self.plan = FleetPlan("office", machines or (PRINTER,))
        self.records: dict[str, bytes] = {}
        self.events: list[Event] = []
        self.views: list[View] = []
        self.boot, self.booted = "boot-1", 0.0
        self.monitor = Monitor(self.plan, self.records)

    def restarts(self, *machines: MachinePlan) -> None:
        """The process dies and starts anew with what it had recorded, perhaps with other settings."""
        self.plan = FleetPlan("office", machines or self.plan.machines)
        self.monitor = Monitor(self.plan, dict(self.records))

    def reboots(self, second: float) -> None:
        """The computer starts anew at `second`, and the process with it."""
        self.boot, self.booted = f"boot-{second}", second
        self.restarts()

    def step(self, observation: Observation) -> Outcome:
        """One observation; what it brought is kept and returned."""
        outcome = self.monitor.step(observation)
        self.events += outcome.events
        self.views += outcome.views
        for record in outcome.records:
            assert record.body is not None
            self.records[record.id] = record.body
        return outcome

    def says(self, second: float, report: Report, machine: str | None = None, source: str | None = None) -> list[str]:
        """At `second` a machine answers; the kinds of events that brings."""
        return self._hear(second, report, machine, source)

    def silent(
        self,
        second: float,
        why: Silence = Silence.TIMEOUT,
        text: str = "",
        machine: str | None = None,
        source: str | None = None,
    ) -> list[str]:
        """At `second` a machine is asked in vain; the kinds of events that brings."""
        return self._hear(second, NoAnswer(why, text), machine, source)

    def _hear(self, second: float, heard: Report | NoAnswer, machine: str | None, source: str | None) -> list[str]:
        plan = next(each for each in self.plan.machines if machine in (None, each.id))
        moment = at(second, self.boot, self.booted)
        outcome = self.step(Observation(plan.id, source or plan.sources[0].name, moment, heard=heard))
        return kinds(outcome.events)

    def known(self, machine: str | None = None) -> Snapshot:
        """What the monitor knows of a machine."""
        return next(each for each in self.monitor.snapshots() if machine in (None, each.machine))

    def shown(self, machine: str = "prn1") -> dict[str, Json]:
        """What the retained state of a machine says now."""
        data = next(view.data for view in reversed(self.views) if view.topic == f"state/{machine}")
        assert data is not None
        return data

    def shown_at(self) -> list[float]:
        """When the state was shown, in seconds of the story."""
        return [view.at.utc - EPOCH for view in self.views]

    def told(self, kind: str) -> list[dict[str, Json]]:
        """The data of all events of a kind, in order."""
        return [event.data for event in self.events if SHORT[event.type] == kind]


def kinds(events: Sequence[Event]) -> list[str]:
    """The kinds of events in short words, in order."""
    return [SHORT[event.type] for event in events]
