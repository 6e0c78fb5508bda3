"""The summary of a site: how many machines are how, what is worst, who is called, whether documents can be made. Pure.

It is drawn anew whenever anything changes, so that it is plain JSON, as the model `Summary` describes it, from the
start; the tests hold every one against the model.

It counts only what is known now. A machine that is not heard has no state, whatever it said last, and a line of which a
whole stage is not heard neither runs nor stands still: then nothing is said of production.
"""

from collections.abc import Iterable, Mapping, Sequence

from fleetmon import vocabulary
from fleetmon.assess.fleet import Snapshot, Standing
from fleetmon.model.alerts import Alert, PlannedStop
from fleetmon.model.messages import Json, View
from fleetmon.model.plan import FleetPlan, LinePlan
from fleetmon.model.report import At
from fleetmon.model.words import Contact, MachineKind, Severity, State
from fleetmon.publish import contract
from fleetmon.publish import payloads as p
from fleetmon.publish.alerts import alert_counts, planned_stop
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.heartbeat import machine_counts

_STOPS_AT_MOST = 8
_ABLE = (State.IDLE, State.PROCESSING)
_WORST_FIRST = (p.Production.STOPPED, None, p.Production.DEGRADED, p.Production.RUNNING)
_SEVERITIES, _STATES, _KINDS = tuple(Severity), tuple(State), tuple(MachineKind)


def summary(
    snapshots: Sequence[Snapshot],
    plan: FleetPlan,
    at: At,
    alerts: Iterable[Alert] = (),
    planned_stops: Iterable[PlannedStop] = (),
) -> View:
    """The retained summary; equal data as long as nothing in it has changed."""
    stops = sorted(planned_stops, key=lambda stop: (stop.until, stop.scope))
    heard = [snapshot for snapshot in snapshots if snapshot.contact in (Contact.LIVE, Contact.STALE)]
    states = dict.fromkeys([snapshot.machine for snapshot in snapshots], State.UNKNOWN)
    states |= {snapshot.machine: snapshot.state for snapshot in heard}
    standing = [(snapshot.machine, each) for snapshot in heard for each in snapshot.faults]
    severities, counted = [each.fault.severity for _, each in standing], list(states.values())
    data: dict[str, Json] = {
        "production": production(plan.lines, states),
        "alerts": alert_counts(alerts, plan),
        "worst": _worst(standing),
        "faults": {severity: severities.count(severity) for severity in _SEVERITIES},
        "states": {state: counted.count(state) for state in _STATES},
        "machines": machine_counts(snapshots),
        "kinds": _kinds(plan, states),
        "planned_stops": [contract.dump(planned_stop(stop, plan)) for stop in stops[:_STOPS_AT_MOST]],
        "planned_stops_omitted": max(0, len(stops) - _STOPS_AT_MOST),
    }
    return View("summary", contract.SUMMARY, None, at, data)


def production(lines: Iterable[LinePlan], states: Mapping[str, State]) -> p.Production | None:
    """What the lines together make of it; None without lines, and where what is known leaves it open."""
    told = {_line(line, states) for line in lines}
    if len(told) == 1:
        return told.pop()
    some_work = told & {p.Production.RUNNING, p.Production.DEGRADED}
    some_do_not = told & {p.Production.DEGRADED, p.Production.STOPPED}
    return p.Production.DEGRADED if some_work and some_do_not else None


def _line(line: LinePlan, states: Mapping[str, State]) -> p.Production | None:
    """A line is as its worst stage: without it no document is finished."""
    told = {_stage([states.get(machine, State.UNKNOWN) for machine in stage]) for stage in line.stages}
    return min(told, key=_WORST_FIRST.index, default=None)


def _stage(states: Sequence[State]) -> p.Production | None:
    able = [state in _ABLE for state in states]
    if True in able:
        return p.Production.DEGRADED if False in able else p.Production.RUNNING
    return None if State.UNKNOWN in states else p.Production.STOPPED


def _worst(standing: Iterable[tuple[str, Standing]]) -> dict[str, Json] | None:
    """Of equal ones the oldest."""
    oldest_first = sorted(standing, key=lambda each: (each[1].since.utc, each[0]))
    top = vocabulary.headline(each.fault for _, each in oldest_first)
    for machine, each in oldest_first:
        if each.fault is top:
            return {
                "machine": machine,
                "reason": top.reason,
                "class": vocabulary.reason(top.reason).reason_class,
                "severity": top.severity,
                "since": rfc3339(each.since.utc),
            }
    return None


def _kinds(plan: FleetPlan, states: Mapping[str, State]) -> dict[str, Json]:
    told: dict[MachineKind, list[State]] = {}
    for machine in plan.machines:
        if machine.id in states:
            told.setdefault(machine.kind, []).append(states[machine.id])
    return {
        kind: {
            "total": len(told[kind]),
            "able": [state in _ABLE for state in told[kind]].count(True),
            "stopped": told[kind].count(State.STOPPED),
        }
        for kind in _KINDS
        if kind in told
    }
