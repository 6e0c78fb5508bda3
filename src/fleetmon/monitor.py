"""The single owner of what is known: whatever happens goes in, messages and records come out.

Pure and synchronous: `step` takes one stimulus, `now` is inside it, and nothing is read from anywhere else. So a
recorded site can be replayed through it at any speed, and a test is a list of timestamped stimuli. There is no tick:
`due` says when something will happen by itself. Durable events tell what changed; the retained state of a machine is
told on every change of what a person would look at, and at most once a minute for mere progress of counters and levels.
A record follows every change that could not be found out again by asking the machine, so that a monitor made from the
records goes on as if there had been no restart.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from fleetmon import memory, memory_alerts, memory_profiles, memory_quality
from fleetmon.assess import fleet
from fleetmon.assess.again import hear_again
from fleetmon.assess.alerting.people import Refused
from fleetmon.assess.alerting.site_claims import settings_claim
from fleetmon.assess.fleet import Snapshot
from fleetmon.assess.production import Production
from fleetmon.assess.wakes import Wakes
from fleetmon.memory import Memory, Records, Written
from fleetmon.model.alerts import Alert, Order
from fleetmon.model.messages import Outcome, Record, View
from fleetmon.model.plan import FleetPlan, MachinePlan
from fleetmon.model.report import At, Observation
from fleetmon.model.stimuli import Elapsed, Reload, Stimulus, Work
from fleetmon.playbooks import Playbooks, shipped
from fleetmon.publish import contract, settings_events
from fleetmon.publish.cadence import PROGRESS_EVERY_S, looks_alike
from fleetmon.publish.changes import changes
from fleetmon.publish.counts import began_anew, count, tell_held_back
from fleetmon.publish.news import Newsroom
from fleetmon.publish.pictures import Pictures
from fleetmon.publish.production_views import line_gone

HEARD_EVERY_S: Final = 600.0
PROFILES_EVERY_S: Final = 3600.0
# What is left of a wait after rounding may be too small to move a clock on: nothing is looked at again sooner.
_SOON_S: Final = 0.001
_SUMMARY: Final = "the summary"  # no machine's id has a space
_HEARD: Final = "when all were heard"
_PROFILES: Final = "what is usual"
_PATIENCE: Final = "whose silence lasts"


_NOTHING = Outcome()


@dataclass(frozen=True, slots=True)
class Ordered:
    """What became of an order: to be committed, or why it was refused; the alert as it is now."""

    outcome: Outcome
    refused: str | None = None
    alert: Alert | None = None


class Monitor:
    """All state of one site: `plan` is what the settings ask for, `records` what an earlier run left.

    To be begun before the first step.
    """

    def __init__(self, plan: FleetPlan, records: Records, version: str = "", books: Playbooks | None = None) -> None:
        self.plan = plan
        self.production = Production(plan, *memory_alerts.recall(records), memory_profiles.recall(records))
        self.newsroom = Newsroom(self.production, books or shipped(), memory_quality.recall(records))
        self._version = version
        self._plans = {machine.id: machine for machine in plan.machines}
        self._left = memory.recall(plan.machines, records)
        self._known = {
            machine: replace(left, snapshot=fleet.resumed(left.snapshot, self._plans[machine]))
            for machine, left in self._left.items()
        }
        self._forgotten = memory.forgotten(plan.machines, records)
        self._written = Written(records)
        self._pictures = Pictures()
        self._wakes = Wakes()

    def snapshots(self) -> tuple[Snapshot, ...]:
        """What is known of every machine, in the order of the settings."""
        return tuple(known.snapshot for known in self._known.values())

    def due(self) -> float | None:
        """When something will happen by itself, in seconds of the monotonic clock; None if never."""
        own, others = self._wakes.next, self.production.due
        if own is None or (others is not None and others < own):
            return others
        return own

    def begin(self, at: At) -> Outcome:
        """What holds before anything was heard: the inventory, and what an earlier run knew."""
        self._wakes.by(_SUMMARY, at.mono)
        self._wakes.by(_HEARD, at.mono + HEARD_EVERY_S)
        self._wakes.by(_PROFILES, at.mono + PROFILES_EVERY_S)
        last = (event for known in self._forgotten.values() if known for event in tell_held_back(known, at))
        gone = settings_events.changed((), (), tuple(self._forgotten), at)
        told = Outcome((*last, *gone), records=self._written.forget(self._forgotten))
        self.production.begin(self.snapshots(), {m: known.counting.told_at for m, known in self._known.items()}, at)
        fitted = Outcome.of(self._fit(plan, at) for plan in self.plan.machines)
        for machine, known in self._known.items():
            if known.counting.untold:
                self._wake_in(machine, PROGRESS_EVERY_S, at)
        views = (*self._inventory(at), *(self._view(machine, at) for machine in self._plans))
        alerts = Outcome(views=self.newsroom.alerts(at))
        return Outcome.of((told, replace(fitted, views=views), alerts, self.newsroom.figures(at), self._news(at)))

    def _fit(self, plan: MachinePlan, at: At) -> Outcome:
        """What ends with settings that changed while nobody ran: the words of a source that is asked no more."""
        left = self._left.pop(plan.id)
        if fleet.fits(left.snapshot, plan):
            return Outcome()
        self._known[plan.id] = left
        return self._settle(plan, fleet.refitted(left.snapshot, None, plan, at), at)

    def step(self, stimulus: Stimulus) -> Outcome:
        """What one stimulus changes. An observation of a machine or source that is not planned changes nothing."""
        match stimulus:
            case Observation():
                outcome = self._hear(stimulus)
                if outcome is _NOTHING:
                    return _NOTHING
                news = self._news(stimulus.at)
                return outcome if news is _NOTHING else Outcome.of((outcome, news))
            case Elapsed(at):
                looked = [self._look(key, at) for key in self._wakes.take(at.mono)]
                self.production.elapsed(at)
                told = [each for each in (*looked, self._news(at)) if each is not _NOTHING]
                return Outcome.of(told) if told else _NOTHING
            case Reload(plan, at):
                return Outcome.of((self._reload(plan, at), self._news(at)))
            case Work():
                self.production.work(stimulus)
                return self._news(stimulus.at)

    def order(self, order: Order, at: At) -> Ordered:
        """What somebody wants of an alert, or a planned stop."""
        try:
            alert = self.production.order(order, at)
        except Refused as refused:
            return Ordered(_NOTHING, str(refused))
        news = self._news(at)
        return Ordered(news, None, alert and self.production.book.get(alert.key))

    def settings_read(self, refused: str | None, at: At) -> Outcome:
        """Settings were read again: why they could not be used, None if they could."""
        self.production.settings(None if refused is None else settings_claim(self.plan.site, refused, at), at)
        return self._news(at)

    def read(self, books: Playbooks) -> None:
        """Other texts from now on; an alert that stands is worded anew at its next change."""
        self.newsroom.books = books

    def _news(self, at: At) -> Outcome:
        """What follows for production, and what of it is told."""
        news = self.production.evaluate(at)
        if not news:
            return _NOTHING
        if news.round or news.stops is not None:
            self._wakes.by(_SUMMARY, self._pictures.summary_from(at))
        return self.newsroom.tell(news, at)

    def end(self, at: At) -> Outcome:
        """What is kept of a run that ends in good order."""
        return Outcome(records=(*self._heard(), *self._profiles()))

    def _heard(self) -> Iterator[Record]:
        yield memory.record_of_heard(self.snapshots())
        yield from (self._written.whole(known) for known in self._known.values() if self._written.late(known))

    def _profiles(self) -> Iterator[Record]:
        """What was learnt since it was kept last: large, and no loss for an hour."""
        return memory_profiles.changed(self.production.floor)

    def _hear(self, observation: Observation) -> Outcome:
        known = self._known.get(observation.machine)
        if known is not None and (again := hear_again(known.snapshot, observation)) is not None:
            self._known[observation.machine] = Memory(again, known.counting)
            return Outcome() if self.production.looked_again(again) else _NOTHING
        plan = self._plans.get(observation.machine)
        if plan is None or all(source.name != observation.source for source in plan.sources):
            return Outcome()
        after = fleet.hear(self._known[plan.id].snapshot, plan, observation)
        return self._settle(plan, after, observation.at)

    def _look(self, key: str, at: At) -> Outcome:
        """A moment has come that was asked for."""
        if key == _SUMMARY:
            alerts, stops = self.production.alerts(), self.production.planned_stops()
            return Outcome(views=self._pictures.summary(self.snapshots(), self.plan, alerts, stops, at))
        if key == _HEARD:
            self._wakes.by(_HEARD, at.mono + HEARD_EVERY_S)
            return Outcome.of((Outcome(records=tuple(self._heard())), self.newsroom.figures(at)))
        if key == _PROFILES:
            self._wakes.by(_PROFILES, at.mono + PROFILES_EVERY_S)
            return Outcome(records=tuple(self._profiles()))
        if key == _PATIENCE:
            return self._wait(at)
        return self._settle(self._plans[key], self._known[key].snapshot, at)

    def _wait(self, at: At) -> Outcome:
        """What silence makes of each machine: one look at all, since those that answer need none for a while."""
        told, next_s = [], math.inf
        for machine, known in self._known.items():
            plan, after = self._plans[machine], known.snapshot
            left_s = fleet.patience_s(after, plan, at)
            if left_s <= 0.0:
                after = fleet.waited(after, plan, at)
                told.append(self._settle(plan, after, at))
                left_s = fleet.patience_s(after, plan, at)
            next_s = min(next_s, left_s)
        self._wake_in(_PATIENCE, next_s, at)
        return Outcome.of(told) if told else _NOTHING

    def _settle(self, plan: MachinePlan, after: Snapshot, at: At) -> Outcome:
        """From what was known to `after`: what of that is told, and what is kept."""
        known = self._known[plan.id]
        before = known.snapshot
        made = 0 if before.produced is after.produced else fleet.progress(before.produced, after.produced)
        counting, counts = count(known.counting, before, after, made, at)
        self._known[plan.id] = Memory(after, counting)
        alike = looks_alike(before, after)
        if not alike:
            self.production.look(after, before.heard_at, at)
        if made > 0:
            self.production.made(after, made, at)
        elif alike:
            self.production.looked_again(after)
        if counting.untold and counting.told_at is not None and after.produced is not None:
            self._wake_in(plan.id, PROGRESS_EVERY_S - at.since(counting.told_at), at)
        if alike:
            views, told = self._progress(before, after, plan, at), counts
            if not began_anew(before.produced, after.produced):
                return Outcome(told, views, (self._written.count(self._known[plan.id]),) if told else ())
        else:
            self._wake_in(_PATIENCE, fleet.patience_s(after, plan, at), at)
            self._wakes.by(_SUMMARY, self._pictures.summary_from(at))
            views, told = (self._view(plan.id, at),), (*changes(before, after, at), *counts)
        if contract.learnt(before) != contract.learnt(after):
            views = (contract.machine_inventory(plan, self.plan, at, after), *views)
        return Outcome(told, views, (self._written.whole(self._known[plan.id]),))

    def _progress(self, before: Snapshot, after: Snapshot, plan: MachinePlan, at: At) -> tuple[View, ...]:
        views, look_s = self._pictures.progress(before, after, plan, at)
        if look_s:
            self._wake_in(plan.id, look_s, at)
        return views

    def _reload(self, plan: FleetPlan, at: At) -> Outcome:
        """Other settings: what stays as it is, is not touched."""
        lines = {line.id for line in self.plan.lines} - {line.id for line in plan.lines}
        before, inventory = self._plans, {view.topic: view.data for view in self._inventory(at)}
        self.plan, self._plans = plan, {machine.id: machine for machine in plan.machines}
        self.production.reload(plan, [machine for machine in before if machine not in self._plans], at)
        known = self._known
        self._known = {
            machine: known.get(machine, Memory(fleet.awaited(plan))) for machine, plan in self._plans.items()
        }
        added = [machine for machine in self._plans if machine not in before]
        altered = [machine for machine, was in before.items() if self._plans.get(machine, was) != was]
        gone = [machine for machine in before if machine not in self._plans]
        last = (event for machine in gone for event in tell_held_back(known[machine], at))
        changed = settings_events.changed(added, altered, gone, at)
        told = Outcome((*last, *changed), records=self._written.forget(gone))
        refitted = Outcome.of(self._refit(before[machine], self._plans[machine], at) for machine in altered)
        self._wakes.by(_PATIENCE, at.mono)
        self._wakes.by(_SUMMARY, self._pictures.summary_from(at))
        views = (
            *(view for view in self._inventory(at) if inventory.get(view.topic) != view.data),
            *(self._view(machine, at) for machine in (*added, *altered)),
            *(view for machine in gone for view in self._forget(machine, at)),
            *(line_gone(line, at) for line in sorted(lines)),
        )
        return Outcome.of((told, replace(refitted, views=()), Outcome(views=views)))

    def _refit(self, was: MachinePlan, plan: MachinePlan, at: At) -> Outcome:
        return self._settle(plan, fleet.refitted(self._known[plan.id].snapshot, was, plan, at), at)

    def _forget(self, machine: str, at: At) -> tuple[View, ...]:
        self._wakes.forget(machine)
        self._pictures.forget(machine)
        return contract.decommissioned(machine, at)

    def _inventory(self, at: At) -> tuple[View, ...]:
        return contract.inventory(self.plan, self._version, at, self.snapshots())

    def _view(self, machine: str, at: At) -> View:
        return self._pictures.machine(self._known[machine].snapshot, self._plans[machine], at)

    def _wake_in(self, key: str, seconds: float, at: At) -> None:
        self._wakes.by(key, at.mono + max(seconds, _SOON_S))
