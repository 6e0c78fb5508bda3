"""What people say to an alert: I know of it, I want to hear nothing of it, it is planned.

Every order names an occurrence, so that nobody acknowledges what they have not seen; a `rev` that is not the latest is
refused for the same reason. Nothing of it hides another fault.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from fleetmon.assess.alerting.rules import ruled
from fleetmon.assess.alerting.telling import acknowledged_for_s
from fleetmon.assess.alerting.truth import closed
from fleetmon.model.alerts import (
    Acknowledge,
    Acknowledgement,
    Alert,
    Condition,
    Move,
    Priority,
    Rule,
    Shelf,
    Shelve,
    Unshelve,
)
from fleetmon.model.report import At

SHELVED_AT_MOST_S: Final = 8 * 3600.0
P1_SHELVED_AT_MOST_S: Final = 3600.0


class Refused(Exception):
    """Why an order is not carried out, for people."""


def meant(alerts: Iterable[Alert], order: Acknowledge | Shelve | Unshelve, rules: Mapping[Condition, Rule]) -> Alert:
    """The alert that an order names, if it may be given there. Raises Refused."""
    alert = next((each for each in alerts if each.id == order.id), None)
    if alert is None:
        raise Refused("there is no such alert, or it was closed some time ago")
    if isinstance(order, Shelve) and ruled(alert.claim, rules[alert.condition]).always:
        raise Refused("this is told whatever else is so, for somebody's safety; acknowledge it instead")
    return alert


def ordered(alert: Alert, order: Acknowledge | Shelve | Unshelve, at: At) -> tuple[Alert, tuple[Move, ...]]:
    """The alert as somebody wants it, and what that comes to. Raises Refused."""
    match order:
        case Acknowledge():
            return acknowledged(alert, order, at)
        case Shelve():
            return shelved(alert, order, at)
        case Unshelve():
            return unshelved(alert, order)


def acknowledged(alert: Alert, order: Acknowledge, at: At) -> tuple[Alert, tuple[Move, ...]]:
    """Somebody knows. What was only waiting for that is closed. Raises Refused."""
    _is_open(alert)
    if order.rev is not None and order.rev != alert.rev:
        raise Refused(f"the alert has changed since it was looked at (rev {alert.rev}, not {order.rev}); look again")
    until = at.utc + acknowledged_for_s(alert)
    told = Acknowledgement(order.by, at, until, order.comment)
    alert = replace(alert, handling=replace(alert.handling, acknowledged=told))
    if alert.cleared is not None:
        return closed(alert, at), (Move.ACKNOWLEDGED, Move.CLOSED)
    return alert, (Move.ACKNOWLEDGED,)


def shelved(alert: Alert, order: Shelve, at: At) -> tuple[Alert, tuple[Move, ...]]:
    """Nothing of it for a while. Raises Refused."""
    _is_open(alert)
    most_s = P1_SHELVED_AT_MOST_S if alert.priority is Priority.P1 else SHELVED_AT_MOST_S
    if not order.reason.strip():
        raise Refused("an alert is shelved for a reason; say which")
    if order.until <= at.utc:
        raise Refused("the end of shelving lies in the past")
    if order.until > at.utc + most_s + 1.0:
        raise Refused(f"an alert of this priority can be shelved for {most_s / 3600:g} h at most")
    shelf = Shelf(order.by, at, order.until, order.reason)
    return replace(alert, handling=replace(alert.handling, shelved=shelf)), (Move.SHELVED,)


def unshelved(alert: Alert, _: Unshelve) -> tuple[Alert, tuple[Move, ...]]:
    """The end of that. Raises Refused."""
    if alert.handling.shelved is None:
        raise Refused("the alert is not shelved")
    return replace(alert, handling=replace(alert.handling, shelved=None)), (Move.UNSHELVED,)


def _is_open(alert: Alert) -> None:
    if not alert.open:
        raise Refused("the alert is closed already")
