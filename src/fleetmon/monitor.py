"""The single owner of what is known: observations in, messages and records out.

Pure and synchronous: `step` takes one observation, `now` is inside it, and nothing is read from anywhere else. So a
recorded site can be replayed through it at any speed, and a test is a list of timestamped observations. Durable events
tell what changed; the retained state of a machine is told on every change of what a person would look at, and at most
once a minute for mere progress of counters and levels.
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

_snapshots = TypeAdapter(Snapshot)


@dataclass(slots=True)
class _Told:
    """When and what subscribers were last told of one machine's progress."""

    counted: At | None = None
    total: int | None = None
    viewed: At | None = None
    progress: object = None


class Monitor:
    """All state of one site. `plan` is what the settings ask for, `records` what an earlier run left."""

    def __init__(self, plan: FleetPlan, records: dict[str, bytes]) -> None:
        self.plan = plan
        self._plans = {machine.id: machine for machine in plan.machines}
        self._known = {machine.id: _recall(machine, records.get(machine.id)) for machine in plan.machines}
        self._told = {machine.id: _Told() for machine in plan.machines}

    def snapshots(self) -> tuple[Snapshot, ...]:
        """What is known of every machine, in the order of the settings."""
        return tuple(self._known.values())

    def begin(self, at: At, version: str) -> Outcome:
        """The views that hold before anything was heard: the inventory, and what an earlier run knew."""
        states = tuple(contract.state_view(s, self._plans[s.machine], at) for s in self._known.values())
        return Outcome(views=(*contract.inventory(self.plan, version, at), *states))

    def step(self, observation: Observation) -> Outcome:
        """What one observation changes. An observation of a machine or source that is not planned changes nothing."""
        plan = self._plans.get(observation.machine)
        if plan is None:
            return Outcome()
        before = self._known[plan.id]
        after = fleet.hear(before, plan, observation)
        self._known[plan.id] = after
        events = (*changes(before, after, observation.at), *self._counts(before, after, observation.at))
        if events or _face(before) != _face(after):
            views = self._view(after, plan, observation.at)
        else:
            views = self._progress(after, plan, observation.at)
        records = (Record(SNAPSHOT, plan.id, _snapshots.dump_json(after)),) if events else ()
        return Outcome(events, views, records)

    def _view(self, snapshot: Snapshot, plan: MachinePlan, at: At) -> tuple[View, ...]:
        told = self._told[plan.id]
        told.viewed, told.progress = at, _moving(snapshot)
        return (contract.state_view(snapshot, plan, at),)

    def _progress(self, snapshot: Snapshot, plan: MachinePlan, at: At) -> tuple[View, ...]:
        told = self._told[plan.id]
        due = told.viewed is None or at.since(told.viewed) >= PROGRESS_EVERY_S
        return self._view(snapshot, plan, at) if due and told.progress != _moving(snapshot) else ()

    def _counts(self, before: Snapshot, after: Snapshot, at: At) -> tuple[Event, ...]:
        """At most one count a machine and minute, and only with progress; the first sight is a baseline."""
        if after.produced is None:
            return ()
        told, (total, unit) = self._told[after.machine], after.produced.published
        if told.total is None or total < told.total:
            known = before.produced or after.produced
            told.total = known.published[0] if known.unit == after.produced.unit else total
        made = total - told.total
        early = told.counted is not None and at.since(told.counted) < PROGRESS_EVERY_S
        if made <= 0 or early:
            return ()
        over_s = None if told.counted is None else at.since(told.counted)
        told.counted, told.total = at, total
        count = p.ProductionCount(machine=after.machine, made=made, total=total, unit=unit, over_s=over_s)
        return (contract.event(EventClass.COUNT, contract.PRODUCTION_COUNTED, after.machine, at, count),)


def _recall(plan: MachinePlan, record: bytes | None) -> Snapshot:
    """What an earlier run knew; a record that does not fit today's model is a machine not heard yet."""
    if record is None:
        return fleet.awaited(plan)
    try:
        return fleet.resumed(_snapshots.validate_json(record), plan)
    except ValueError:
        return fleet.awaited(plan)


def _face(snapshot: Snapshot) -> object:
    """What a person would look at: everything but counters, the numbers of levels, uptime and ages."""
    reports = snapshot.reports()
    return (
        snapshot.state,
        snapshot.contact,
        snapshot.asleep,
        snapshot.identity,
        [(source.name, source.contact, source.why, source.driver) for source in snapshot.sources],
        [without_age(standing) for standing in snapshot.faults],
        [report.notices for report in reports],
        [report.console for report in reports],
        [(s.part, s.kind, s.description, s.colour, s.level.quality) for r in reports for s in r.supplies],
        [(slot.part, slot.description, slot.level.quality) for report in reports for slot in report.inputs],
    )


def _moving(snapshot: Snapshot) -> object:
    """What may be told late: counters and levels."""
    reports = snapshot.reports()
    supplies = [supply.level for report in reports for supply in report.supplies]
    return snapshot.produced, supplies, [slot.level for report in reports for slot in report.inputs]
