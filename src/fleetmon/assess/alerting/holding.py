"""Why an alert that is true is not told: it belongs to another, somebody planned it, nobody works, somebody said so.

All of that is decided in one evaluation, from all alerts of a line together and never by which machine was asked first.
A child that is held back is flagged and stays to be seen; when what held it back ends, it needs a fresh look at its
machine and the whole delay again, or the end of every stop would be a burst of news about it (Zabbix does it so;
icinga2 #5208 and centreon #6471 show what happens otherwise).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from fleetmon.assess.alerting.truth import left_s
from fleetmon.assess.lines import attached
from fleetmon.model.alerts import Alert, Certainty, Condition, HeldBack, PlannedStop, Rule, Subject, SubjectKind
from fleetmon.model.frozen import dataclass
from fleetmon.model.plan import LinePlan
from fleetmon.model.report import At

# Whoever removes a document or threads a roll opens a cover; that is the repair, not another trouble.
_OPENED_FOR: Final = (Condition.JAM, Condition.SUPPLY_EMPTY, Condition.MEDIA_EMPTY, Condition.OUTPUT_FULL)
# A machine that stands for a reason of its own often says as well that it is offline, wants service, or merely stands.
_SAYS_LITTLE: Final = (Condition.OFFLINE, Condition.PAUSED, Condition.SERVICE, Condition.UNEXPLAINED)

_SAYS_NOTHING_OF_IT: Final = (*_SAYS_LITTLE, Condition.UNMAPPED, Condition.CONTACT_LOST)
# What `_explains` has a case for: of all others nobody asks, with thousands of alerts at a start.
_EXPLAINED: Final = (Condition.COVER_OPEN, Condition.SUPPLY_LOW, Condition.UNMAPPED, *_SAYS_LITTLE)
# What a machine looks like that somebody switches off in the evening and on in the morning.
_SWITCHED_OFF: Final = (Condition.CONTACT_LOST, Condition.NETWORK_LOST, Condition.OFFLINE, Condition.PAUSED)


@dataclass(frozen=True, slots=True)
class House:
    """What an evaluation sees beside the alerts: the plan of their line, planned stops, whether anybody works, the
    alert that the network is gone if it stands. `surely`: not only in the first or last minutes of a shift. For
    `quiet_s` seconds nothing is told, since the run has just begun."""

    line: LinePlan | None
    stops: tuple[PlannedStop, ...]
    working: bool
    surely: bool
    network: Alert | None
    quiet_s: float = 0.0


def parents(alerts: Iterable[Alert], house: House) -> dict[str, Alert]:
    """Which alert hangs on which: the parent, by the key of the child. A parent hangs on nothing itself."""
    standing = [alert for alert in alerts if alert.open and alert.gone is None]
    if len(standing) < 2 and house.network is None:
        return {}
    by_key = {alert.key: alert for alert in standing}
    found = {key: by_key[parent] for key, parent in (attached(house.line, standing) if house.line else {}).items()}
    if house.network is not None:
        lost = (alert for alert in standing if alert.condition is Condition.CONTACT_LOST)
        found |= {alert.key: house.network for alert in lost}
    for machine in _by_machine(standing).values():
        for alert in [each for each in machine if each.condition in _EXPLAINED]:
            own = _parent_in_machine(alert, [each for each in machine if each.key not in found])
            if own is not None:
                found.setdefault(alert.key, own)
    return {key: _root(parent, found) for key, parent in found.items()}


def _root(parent: Alert, hung: Mapping[str, Alert]) -> Alert:
    """Whatever a parent itself hangs on; as far as the line goes, in no circle."""
    seen = {parent.key}
    while (above := hung.get(parent.key)) is not None and above.key not in seen:
        parent = above
        seen.add(parent.key)
    return parent


def _by_machine(alerts: Iterable[Alert]) -> Mapping[Subject, list[Alert]]:
    machines: dict[Subject, list[Alert]] = {}
    for alert in alerts:
        machines.setdefault(alert.subject, []).append(alert)
    return machines


def _parent_in_machine(alert: Alert, others: Iterable[Alert]) -> Alert | None:
    fitting = [each for each in others if each.key != alert.key and _explains(each, alert)]
    return min(fitting, key=lambda each: (each.began.by.utc, each.key), default=None)


def _explains(other: Alert, alert: Alert) -> bool:
    if other.claim.certainty is Certainty.POSSIBLE:
        return False  # nobody is told of it, so it must not keep anybody from hearing of the other
    match alert.condition:
        case Condition.COVER_OPEN:
            return other.condition in _OPENED_FOR
        case Condition.SUPPLY_LOW:
            same = other.claim.part in (None, alert.claim.part) or alert.claim.part is None
            return other.condition in (Condition.SUPPLY_EMPTY, Condition.MEDIA_EMPTY) and same
        case Condition.UNMAPPED:
            as_grave = other.claim.severity.rank <= alert.claim.severity.rank
            return as_grave and other.condition not in (Condition.UNMAPPED, Condition.CONTACT_LOST)
        case condition if condition in _SAYS_LITTLE:
            return other.claim.stops and other.condition not in _SAYS_NOTHING_OF_IT
    return False


def held_back(alert: Alert, rule: Rule, parent: Alert | None, house: House, at: At) -> HeldBack | None:
    """What holds an alert back now."""
    if rule.always:
        return None
    if (aside := set_aside(alert, house, at)) is not None:
        return aside
    if parent is not None:
        return HeldBack.INHIBITED
    working = house.surely if alert.condition in _SWITCHED_OFF else house.working
    return None if working else HeldBack.BY_DESIGN


def is_planned(alert: Alert, house: House, at: At) -> bool:
    """Whether a planned stop explains it: of its subject, or of the machines that it waits for."""
    if not house.stops:
        return False
    stops = [stop for stop in house.stops if left_s(stop.until, stop.since, at) > 0.0]
    return any(_covers(stop, alert.subject, house.line) for stop in stops) or _waits_for(stops, alert, house.line)


def set_aside(alert: Alert, house: House, at: At) -> HeldBack | None:
    """What people said that holds an alert back."""
    if is_planned(alert, house, at):
        return HeldBack.MAINTENANCE
    shelved = alert.handling.shelved
    return HeldBack.SHELVED if shelved is not None and left_s(shelved.until, shelved.at, at) > 0.0 else None


def _waits_for(stops: Iterable[PlannedStop], alert: Alert, line: LinePlan | None) -> bool:
    """Nothing comes from the stage before, or goes to the next, since all of it stops on purpose."""
    way = {Condition.MEDIA_EMPTY: -1, Condition.OUTPUT_FULL: 1}.get(alert.condition)
    earlier = [stop for stop in stops if not stop.since.is_after(alert.began.by)]
    if way is None or line is None or not earlier:
        return False
    number = next((number for number, stage in enumerate(line.stages) if alert.subject.id in stage), -way) + way
    beside = line.stages[number] if 0 <= number < len(line.stages) else ()
    machines = [Subject(SubjectKind.MACHINE, each) for each in beside]
    return bool(machines) and all(any(_covers(stop, each, line) for stop in earlier) for each in machines)


def _covers(stop: PlannedStop, subject: Subject, line: LinePlan | None) -> bool:
    if stop.scope.kind is SubjectKind.SITE:
        return True
    if stop.scope.kind is SubjectKind.LINE:
        return line is not None and line.id == stop.scope.id
    return stop.scope == subject
