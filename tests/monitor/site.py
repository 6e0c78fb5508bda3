"""A site in a test: one monitor, what it told so far, and the records it would find after a restart."""

from collections.abc import Sequence
from dataclasses import replace

from tests.assess.timeline import EPOCH, PRINTER, at

from fleetmon.assess.fleet import Snapshot
from fleetmon.model.messages import Event, Json, Outcome, View
from fleetmon.model.plan import FleetPlan, MachinePlan
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.stimuli import Elapsed, Reload, Stimulus
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
    contract.SETTINGS_CHANGED: "settings",
}
APART = ("alert/", "line/")


class Site:
    """Steps a monitor through a story told in seconds; keeps events, views and records as the outbox would."""

    def __init__(self, *machines: MachinePlan) -> None:
        self.plan = FleetPlan("office", machines or (PRINTER,))
        self.records: dict[tuple[str, str], bytes] = {}
        self.events: list[Event] = []
        self.alerts: list[Event] = []
        self.alert_views: list[View] = []
        self.views: list[View] = []
        self.summaries: list[dict[str, Json]] = []
        self.boot, self.booted = "boot-1", 0.0
        self.monitor, self.begun = Monitor(self.plan, {}), False

    def restarts(self, *machines: MachinePlan) -> None:
        """The process dies and starts anew with what it had recorded, perhaps with other settings."""
        self.plan = FleetPlan("office", machines or self.plan.machines)
        found: dict[str, dict[str, bytes]] = {}
        for (kind, id_), body in self.records.items():
            found.setdefault(kind, {})[id_] = body
        self.monitor, self.begun = Monitor(self.plan, found), False

    def reboots(self, second: float) -> None:
        """The computer starts anew at `second`, and the process with it."""
        self.boot, self.booted = f"boot-{second}", second
        self.restarts()

    def step(self, stimulus: Stimulus) -> Outcome:
        """One stimulus, after all that came due before it; what it brought is kept and returned, by itself."""
        if not self.begun:
            self.begin(stimulus.at)
        while (due := self.monitor.due()) is not None and due < stimulus.at.mono:
            early = due - stimulus.at.mono
            self._keep(self.monitor.step(Elapsed(replace(stimulus.at, utc=stimulus.at.utc + early, mono=due))))
        return self._keep(self.monitor.step(stimulus))

    def begin(self, moment: At) -> Outcome:
        """The start: its records and events are kept, its views are returned only."""
        self.begun = True
        outcome = self.monitor.begin(moment)
        self._keep(replace(outcome, views=()))
        return outcome

    def time_passes(self, second: float) -> list[str]:
        """Nothing but time, until `second`; the kinds of events that brings."""
        told = len(self.events)
        self.step(Elapsed(at(second, self.boot, self.booted)))
        return kinds(self.events[told:])

    def ends(self, second: float) -> None:
        """The process ends in good order."""
        self._keep(self.monitor.end(at(second, self.boot, self.booted)))

    def reloads(self, second: float, *machines: MachinePlan) -> Outcome:
        """Other settings from `second` on."""
        self.plan = FleetPlan("office", machines)
        return self.step(Reload(self.plan, at(second, self.boot, self.booted)))

    def _keep(self, outcome: Outcome) -> Outcome:
        """What was told; alerts apart, so that each story reads by itself."""
        self.alerts += [event for event in outcome.events if event.type not in SHORT]
        self.alert_views += [view for view in outcome.views if view.topic.startswith(APART)]
        events = tuple(event for event in outcome.events if event.type in SHORT)
        views = tuple(view for view in outcome.views if not view.topic.startswith(APART))
        outcome = replace(outcome, events=events, views=views)
        self.events += outcome.events
        self.views += [view for view in outcome.views if view.topic.startswith("state/")]
        self.summaries += [view.data for view in outcome.views if view.topic == "summary" and view.data]
        for record in outcome.records:
            if record.body is None:
                self.records.pop((record.kind, record.id), None)
            else:
                self.records[record.kind, record.id] = record.body
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
