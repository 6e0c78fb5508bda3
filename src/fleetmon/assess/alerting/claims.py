"""What is wrong with one machine now, as the latest look at it shows: claims, from faults and from silence.

A claim is made of what was heard and holds no clock: as long as nothing changes it is equal to the one before, so that
whoever keeps alerts compares instead of computing. Of a machine that is not heard nothing is claimed and nothing
withdrawn: it is frozen, and only what concerns the line to it goes on. A machine that stands still and names no error
is explained by what it warns of, if that can stop a machine; else its standing still is the claim, and what it said
in words that nobody knows is evidence of that.

What passes by itself is not claimed: a heater that is cold while the machine sleeps or warms up, and one that was cold
hours ago already when it was first asked (Kyocera keeps such rows for weeks). One that is cold by its controller's
figures alone may have been switched off by the machine around it: that is possible, and shown, but told to nobody.
"""

from collections.abc import Iterable

from fleetmon import vocabulary
from fleetmon.assess.alerting.rules import condition_of, may_be_off
from fleetmon.assess.fleet import Snapshot, Standing
from fleetmon.assess.source import Source
from fleetmon.model.alerts import Certainty, Claim, Condition, Evidence, Subject, SubjectKind
from fleetmon.model.plan import MachinePlan
from fleetmon.model.report import At, Input, Supply
from fleetmon.model.words import Contact, ReasonClass, Severity, Silence, State

_ABLE = (State.IDLE, State.PROCESSING)
_CLASS_RANK = {reason_class: rank for rank, reason_class in enumerate(ReasonClass)}
_NEVER_STOPS = (Condition.SUPPLY_LOW, Condition.UNMAPPED)  # unless it says so itself, as an error
_WARMS_UP = (Condition.TEMPERATURE, Condition.UNMAPPED)  # what a heater that is not hot yet says of itself
_COLD_S = 3600.0  # heat comes back within minutes, or not at all

#: Silences that say more than that nothing was heard: they need no minute to be believed.
_TOLD_BY_SILENCE = {Silence.UNAUTHORISED: Condition.ACCESS_REFUSED, Silence.DRIVER_BUG: Condition.DRIVER_FAILED}


def claims(snapshot: Snapshot, plan: MachinePlan, at: At, before: Iterable[Claim] = ()) -> tuple[Claim, ...] | None:
    """What the machine itself shows to be wrong, by key; None while it is not heard: nothing is known.

    `before` are its claims of the last look, from which a stop without a reason keeps the moment it was first seen.
    """
    if not any(source.contact is Contact.LIVE for source in snapshot.sources):
        return None
    if not snapshot.faults and not any(report.state is State.STOPPED for report in snapshot.reports(Contact.LOST)):
        return ()  # nearly every look at nearly every machine ends here
    state = snapshot.state
    subject = Subject(SubjectKind.MACHINE, plan.id)
    warming = _warms_up(snapshot)
    found = [
        _claim(subject, condition, group, state, at, _described(snapshot, part))
        for (condition, part), group in _grouped(snapshot, state, warming=warming).items()
    ]
    if state is State.STOPPED and not warming and not any(claim.stops for claim in found):
        found = [claim for claim in found if claim.condition is not Condition.UNMAPPED]
        found.append(_unexplained(subject, snapshot, at, before))
    return tuple(sorted(found, key=_key)) if len(found) > 1 else tuple(found)


def _warms_up(snapshot: Snapshot) -> bool:
    return any(vocabulary.reason(each.fault.reason).reason_class is ReasonClass.WARMING for each in snapshot.faults)


def _grouped(snapshot: Snapshot, state: State, *, warming: bool) -> dict[tuple[Condition, str | None], list[Standing]]:
    """By condition and part. What has no word of ours is one thing, whatever part it names: red lamp, amber lamp and
    buzzer call together."""
    found: dict[tuple[Condition, str | None], list[Standing]] = {}
    for standing in snapshot.faults:
        condition = condition_of(standing.fault)
        if condition is None or _passes(standing, condition, snapshot, state, warming=warming):
            continue
        part = None if condition is Condition.UNMAPPED else standing.fault.part
        found.setdefault((condition, part), []).append(standing)
    return found


def _passes(standing: Standing, condition: Condition, snapshot: Snapshot, state: State, *, warming: bool) -> bool:
    if standing.fault.severity is Severity.ERROR or condition not in _WARMS_UP:
        return False
    if condition is Condition.UNMAPPED:
        return warming or any(may_be_off(each.fault) for each in snapshot.faults)
    if warming or state not in _ABLE:
        return warming
    told = standing.device_since
    return snapshot.asleep or (told is not None and standing.since.utc - told > _COLD_S)


def _key(claim: Claim) -> str:
    return claim.key


def _described(snapshot: Snapshot, part: str | None) -> tuple[Evidence, ...]:
    """What the machine itself calls a supply or an input: of a Printer-MIB the part is only a number."""
    if part is None:
        return ()
    for report in snapshot.reports(Contact.LOST):
        things: tuple[Supply | Input, ...] = (*report.supplies, *report.inputs)
        for each in things:
            if each.part == part and each.description:
                return (Evidence("supply", each.description),)
    return ()


def _claim(
    subject: Subject,
    condition: Condition,
    group: list[Standing],
    state: State,
    at: At,
    evidence: tuple[Evidence, ...],
) -> Claim:
    """Several reasons of one condition and part are one claim, the first to come first."""
    if len(group) > 1:
        group = sorted(group, key=lambda each: _coming(each, at))
    first = group[0]
    severity = min((each.fault.severity for each in group), key=lambda severity: severity.rank)
    error = severity is Severity.ERROR
    return Claim(
        subject=subject,
        condition=condition,
        seen=first.since,
        part=None if condition is Condition.UNMAPPED else first.fault.part,
        reasons=tuple(dict.fromkeys(each.fault.reason for each in group)),
        severity=severity,
        certainty=Certainty.POSSIBLE if all(may_be_off(each.fault) for each in group) else Certainty.CONFIRMED,
        stops=state not in _ABLE and (error or (state is State.STOPPED and condition not in _NEVER_STOPS)),
        actor=next((each.fault.actor for each in group if each.fault.actor), None),
        codes=tuple(dict.fromkeys(code for each in group for code in each.fault.codes)),
        text=next((each.fault.text for each in group if each.fault.text), None),
        evidence=evidence,
    )


def _coming(standing: Standing, at: At) -> tuple[float, int, int, str]:
    """Oldest first; what came together by weight, never by the order in which the machine lists it."""
    fault = standing.fault
    rank = _CLASS_RANK[vocabulary.reason(fault.reason).reason_class]
    return -at.since(standing.since), fault.severity.rank, rank, fault.reason


def _unexplained(subject: Subject, snapshot: Snapshot, at: At, before: Iterable[Claim]) -> Claim:
    """What was said beside it goes into the evidence as it was when it began."""
    for claim in before:
        if claim.condition is Condition.UNEXPLAINED:
            return claim
    said = [code for standing in snapshot.faults for code in standing.fault.codes]
    said += [notice.code for report in snapshot.reports(Contact.LOST) for notice in report.notices]
    shown = next((line for report in snapshot.reports(Contact.LOST) for line in report.console if line.strip()), None)
    return Claim(subject, Condition.UNEXPLAINED, at, codes=tuple(dict.fromkeys(said)), text=shown)


def contact_claims(snapshot: Snapshot, plan: MachinePlan, at: At) -> tuple[Claim, ...]:
    """What is wrong with the line to the machine, by key. One that fell asleep is not lost within its excuse.

    A machine of several sources that is still heard by another has lost that source only: it is the claim's part.
    """
    silent = [(source, condition) for source in snapshot.sources if (condition := _silence(source)) is not None]
    if not silent:
        return ()
    subject = Subject(SubjectKind.MACHINE, plan.id)
    whole = all(source.contact is Contact.LOST for source in snapshot.sources)
    found: dict[tuple[Condition, str | None], Claim] = {}
    for source, condition in sorted(silent, key=lambda each: -at.since(_failing(each[0]))):
        part = None if whole or len(snapshot.sources) == 1 else source.name
        if (condition, part) not in found:
            found[condition, part] = _silent(subject, condition, part, source, whole=whole)
    return tuple(sorted(found.values(), key=_key))


def _failing(source: Source) -> At:
    assert source.failing_since is not None  # whoever is silent has been asked
    return source.failing_since


def _silence(source: Source) -> Condition | None:
    if source.failing_since is None:
        return None
    told = _TOLD_BY_SILENCE.get(source.why) if source.why else None
    return told or (Condition.CONTACT_LOST if source.contact is Contact.LOST else None)


def _silent(subject: Subject, condition: Condition, part: str | None, source: Source, *, whole: bool) -> Claim:
    """Only a broken driver's text is kept: it says where to look, and is the same at each poll."""
    why = (Evidence("why", source.why),) if source.why else ()
    text = source.text or None if condition is Condition.DRIVER_FAILED else None
    return Claim(subject, condition, _failing(source), part, stops=whole, text=text, evidence=why)
