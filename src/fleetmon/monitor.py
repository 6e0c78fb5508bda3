"""The single owner of what is known: observations in, messages and records out.

Pure and synchronous: `step` takes one observation, `now` is inside it, and nothing is read from anywhere else. So a
recorded site can be replayed through it at any speed, and a test is a list of timestamped observations. Durable events
tell what changed; the retained state of a machine is told on every change of what a person would look at, and at most
once a minute for mere progress of counters and levels. A record follows every change that could not be found out again
by asking the machine, so that a monitor made from the records goes on as if there had been no restart.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter

from fleetmon.assess import fleet
from fleetmon.assess.fleet import Snapshot
from fleetmon.model.messages import Event, EventClass, Outcome, Record, View
from fleetmon.model.plan import FleetPlan, MachinePlan
from fleetmon.model.report import At, Observation
from fleetmon.publish import contract
from fleetmon.publish import payloads as p
from fleetmon.publish.changes import changes, without_age

SNAPSHOT = "snapshot"
PROGRESS_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class _Counting:
    """What was made and not told yet, in units of the published total, and when a count was last told."""

    untold: int = 0
    told_at: At | None = None


@dataclass(frozen=True, slots=True)
class _Memory:
    """The record of one machine: what is true, and what of it was told."""

    snapshot: Snapshot
    counting: _Counting = _Counting()


@dataclass(slots=True)
class _Shown:
    """When and with what progress a machine's view was last told; every start tells all views anew."""

    at: At | None = None
    progress: object = None


_memories = TypeAdapter(_Memory)


class Monitor:
    """All state of one site. `plan` is what the settings ask for, `records` what an earlier run left."""

    def __init__(self, plan: FleetPlan, records: dict[str, bytes]) -> None:
        self.plan = plan
        self._plans = {machine.id: machine for machine in plan.machines}
        self._known = {machine.id: _recall(machine, records.get(machine.id)) for machine in plan.machines}
        self._shown = {machine.id: _Shown() for machine in plan.machines}

    def snapshots(self) -> tuple[Snapshot, ...]:
        """What is known of every machine, in the order of the settings."""
        return tuple(memory.snapshot for memory in self._known.values())

    def begin(self, at: At, version: str) -> Outcome:
        """The views that hold before anything was heard: the inventory, and what an earlier run knew."""
        states = [self._view(snapshot, self._plans[snapshot.machine], at) for snapshot in self.snapshots()]
        return Outcome(views=(*contract.inventory(self.plan, version, at), *states))

    def step(self, observation: Observation) -> Outcome:
        """What one observation changes. An observation of a machine or source that is not planned changes nothing."""
        plan = self._plans.get(observation.machine)
        if plan is None:
            return Outcome()
        known = self._known[plan.id]
        before, after, at = known.snapshot, fleet.hear(known.snapshot, plan, observation), observation.at
        counting, counts = _count(known.counting, before, after, at)
        self._known[plan.id] = _Memory(after, counting)
        looks_other = _face(before) != _face(after)
        views = (self._view(after, plan, at),) if looks_other else self._progress(after, plan, at)
        kept = looks_other or counting != known.counting or before.produced != after.produced
        records = (Record(SNAPSHOT, plan.id, _memories.dump_json(self._known[plan.id])),) if kept else ()
        return Outcome((*changes(before, after, at), *counts), views, records)

    def _view(self, snapshot: Snapshot, plan: MachinePlan, at: At) -> View:
        self._shown[plan.id] = _Shown(at, _moving(snapshot))
        return contract.state_view(snapshot, plan, at)

    def _progress(self, snapshot: Snapshot, plan: MachinePlan, at: At) -> tuple[View, ...]:
        shown = self._shown[plan.id]
        due = shown.at is None or at.since(shown.at) >= PROGRESS_EVERY_S
        return (self._view(snapshot, plan, at),) if due and shown.progress != _moving(snapshot) else ()


def _count(counting: _Counting, before: Snapshot, after: Snapshot, at: At) -> tuple[_Counting, tuple[Event, ...]]:
    """At most one count a machine and minute, and only with progress; what is held back is told with the next."""
    untold, told_at = counting.untold + fleet.progress(before.produced, after.produced), counting.told_at
    over_s = None if told_at is None else at.since(told_at)
    # After a reboot nobody knows whether a minute has passed: the wall clock may be wrong by years, on either side.
    early = over_s is not None and told_at is not None and told_at.boot == at.boot and over_s < PROGRESS_EVERY_S
    if untold <= 0 or early or after.produced is None:
        return _Counting(untold, told_at), ()
    total, unit = after.produced.published
    count = p.ProductionCount(machine=after.machine, made=untold, total=total, unit=unit, over_s=over_s)
    return _Counting(0, at), (contract.event(EventClass.COUNT, contract.PRODUCTION_COUNTED, after.machine, at, count),)


def _recall(plan: MachinePlan, record: bytes | None) -> _Memory:
    """What an earlier run knew; a record that does not fit today's model is a machine not heard yet."""
    try:
        memory = _memories.validate_json(record) if record is not None else None
    except ValueError:
        memory = None
    if memory is None or memory.snapshot.machine != plan.id:
        return _Memory(fleet.awaited(plan))
    return _Memory(fleet.resumed(memory.snapshot, plan), memory.counting)


def _face(snapshot: Snapshot) -> object:
    """What a person would look at: everything told but counters, the numbers of levels, uptime and ages."""
    reports = snapshot.reports()
    return (
        snapshot.state,
        snapshot.contact,
        snapshot.asleep,
        snapshot.identity,
        [(source.name, source.contact, source.why, source.driver) for source in snapshot.sources],
        [(without_age(standing), standing.since, standing.device_since) for standing in snapshot.faults],
        [notice for report in reports for notice in report.notices],
        [line for report in reports for line in report.console],
        [
            (s.part, s.kind, s.supply_class, s.description, s.colour, s.level.unit, s.level.quality)
            for r in reports
            for s in r.supplies
        ],
        [(i.part, i.description, i.level.unit, i.level.quality) for report in reports for i in report.inputs],
    )


def _moving(snapshot: Snapshot) -> object:
    """What may be told late: counters and levels."""
    reports = snapshot.reports()
    supplies = [supply.level for report in reports for supply in report.supplies]
    produced = snapshot.produced.published if snapshot.produced else None
    return produced, supplies, [slot.level for report in reports for slot in report.inputs]
