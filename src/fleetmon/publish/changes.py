"""The durable events between two snapshots of one machine: what changed, since when, and how long it had stood."""

from dataclasses import replace

from fleetmon import vocabulary
from fleetmon.assess import fleet
from fleetmon.assess.fleet import Snapshot, Source, Standing
from fleetmon.model.messages import Event, EventClass
from fleetmon.model.report import At, Fault
from fleetmon.model.words import Contact, Severity
from fleetmon.publish import contract
from fleetmon.publish import payloads as p


def changes(before: Snapshot, after: Snapshot, at: At) -> list[Event]:
    """The events, in the order in which a reader would tell them."""
    return [
        *_replacement(before, after, at),
        *_contact_change(before, after, at),
        *_fault_changes(before, after, at),
        *_state_change(before, after, at),
        *_new_notices(before, after, at),
    ]


def _replacement(before: Snapshot, after: Snapshot, at: At) -> list[Event]:
    serials = fleet.replaced(before, after)
    if serials is None:
        return []
    told = p.MachineReplaced(machine=after.machine, before=serials[0], serial=serials[1])
    return [contract.event(EventClass.STATE, contract.MACHINE_REPLACED, after.machine, at, told)]


def _contact_change(before: Snapshot, after: Snapshot, at: At) -> list[Event]:
    """Stale is a doubt, not a change: only live, lost and awaited are worth an event."""
    was, now = _settled(before), _settled(after)
    if was is now:
        return []
    silent = _last_to_fall_silent(before if now is Contact.LIVE else after, at)
    told = p.ContactChange(
        machine=after.machine,
        before=was,
        contact=now,
        why=silent.why if silent and now is Contact.LOST else None,
        text=silent.text or None if silent and now is Contact.LOST else None,
        silent_s=round(at.since(silent.failing_since), 3) if silent and silent.failing_since else None,
    )
    return [contract.event(EventClass.STATE, contract.CONTACT_CHANGED, after.machine, at, told)]


def _last_to_fall_silent(snapshot: Snapshot, at: At) -> Source | None:
    """A machine is silent since its last source is, and for that source's reason."""
    failing = [(at.since(source.failing_since), source) for source in snapshot.sources if source.failing_since]
    return min(failing, key=lambda each: each[0], default=(0.0, None))[1]


def _settled(snapshot: Snapshot) -> Contact:
    return Contact.LIVE if snapshot.contact is Contact.STALE else snapshot.contact


def _fault_changes(before: Snapshot, after: Snapshot, at: At) -> list[Event]:
    """What ends is told before what begins: on another machine under this id the same fault ends and begins at once."""
    was = {(standing.fault.key, standing.since): standing for standing in before.faults}
    now = {(standing.fault.key, standing.since): standing for standing in after.faults}
    cleared = [(contract.FAULT_CLEARED, standing) for key, standing in was.items() if key not in now]
    raised = [(contract.FAULT_RAISED, standing) for key, standing in now.items() if key not in was]
    changed = [
        (contract.FAULT_CHANGED, s) for key, s in now.items() if key in was and without_age(was[key]) != without_age(s)
    ]
    return [_fault_event(kind, standing, after, at) for kind, standing in (*cleared, *raised, *changed)]


def _fault_event(kind: str, standing: Standing, after: Snapshot, at: At) -> Event:
    told = p.FaultChange(
        machine=after.machine,
        fault=contract.fault_data(standing),
        state=after.state,
        stood_s=round(at.since(standing.since), 3),
    )
    event_class = EventClass.REPORT if standing.fault.severity is Severity.REPORT else EventClass.FAULT
    return contract.event(event_class, kind, after.machine, at, told)


def _state_change(before: Snapshot, after: Snapshot, at: At) -> list[Event]:
    if (before.state, before.asleep) == (after.state, after.asleep):
        return []
    top = vocabulary.headline(standing.fault for standing in after.faults)
    told = p.StateChange(
        machine=after.machine,
        before=before.state,
        state=after.state,
        asleep=after.asleep,
        headline=top.reason if top else None,
    )
    return [contract.event(EventClass.STATE, contract.STATE_CHANGED, after.machine, at, told)]


def _new_notices(before: Snapshot, after: Snapshot, at: At) -> list[Event]:
    known = {notice for report in before.reports() for notice in report.notices}
    fresh = dict.fromkeys(n for report in after.reports() for n in report.notices if n not in known)
    return [
        contract.event(
            EventClass.REPORT,
            contract.NOTICE_SEEN,
            after.machine,
            at,
            p.NoticeSeen(machine=after.machine, notice=contract.notice_data(notice)),
        )
        for notice in fresh
    ]


def without_age(standing: Standing) -> Fault:
    """The fault as far as a change of it is news: the age it reports moves by itself."""
    return replace(standing.fault, age_s=None)
