"""Which alerts of a line are nothing but the consequence of another one.

Only two conditions are ever attached, because a machine says them of itself while its neighbour is at fault: no media
behind a stage that stands, and no room before one. The parent is at the nearest stage all of whose machines stand, at
the machine that stopped last and so ended the flow, and it is the alert that came first there. What surely began before
its parent is no consequence; what the polls cannot tell apart is. Upstream for the one, downstream for the other, and a
machine without media never blocks anybody: so no two alerts can be attached to each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from fleetmon.model.alerts import Alert, Condition, SubjectKind
from fleetmon.model.plan import LinePlan

_UNHEARD: Final = frozenset({Condition.CONTACT_LOST, Condition.ACCESS_REFUSED, Condition.DRIVER_FAILED})
_WAYS: Final = {Condition.MEDIA_EMPTY: -1, Condition.OUTPUT_FULL: 1}

_Stage: TypeAlias = Mapping[str, list[Alert]]


def attached(line: LinePlan, open_: Iterable[Alert]) -> dict[str, str]:
    """By key of each alert that is a consequence, the key of its cause: an alert that is itself no consequence.

    `open_` are the open alerts of the line's machines, in any order, those not raised yet among them; `began` decides.
    """
    alerts = [alert for alert in open_ if alert.subject.kind is SubjectKind.MACHINE]
    if len(alerts) < 2 or not any(alert.condition in _WAYS for alert in alerts):
        return {}
    of: dict[str, list[Alert]] = defaultdict(list)
    for alert in sorted(alerts, key=lambda each: each.key):
        of[alert.subject.id].append(alert)
    stages = [{machine: of.get(machine, []) for machine in stage} for stage in line.stages]
    parents = {}
    for number, stage in enumerate(stages):
        for alert in (alert for found in stage.values() for alert in found if alert.condition in _WAYS):
            cause = _cause(stages, number, alert)
            if cause is not None:
                parents[alert.key] = cause.key
    return {child: _root(parents, child) for child in sorted(parents)}


def _root(parents: Mapping[str, str], child: str) -> str:
    key = parents[child]
    while key in parents:
        key = parents[key]
    return key


def _cause(stages: Sequence[_Stage], number: int, child: Alert) -> Alert | None:
    way = _WAYS[child.condition]
    number += way
    while 0 <= number < len(stages):
        if way > 0 and _is_hungry(stages[number]):
            return None
        cause = _ended_the_flow(stages[number])
        if cause is not None:
            return None if child.began.before(cause.began) else cause
        number += way
    return None


def _is_hungry(stage: _Stage) -> bool:
    """Somebody there has no media, so there is room."""
    return any(alert.condition is Condition.MEDIA_EMPTY for found in stage.values() for alert in found)


def _ended_the_flow(stage: _Stage) -> Alert | None:
    """The first alert of the last machine to stop; None while one can work. Who is not heard decides nothing."""
    stops = []
    for found in stage.values():
        stopping = [alert for alert in found if alert.claim.stops and alert.condition not in _UNHEARD]
        if stopping:
            stops.append(_first(stopping))
        elif not any(alert.condition in _UNHEARD for alert in found):
            return None
    last = [stop for stop in stops if not any(stop.began.before(other.began) for other in stops)]
    return min(last, key=lambda alert: alert.key, default=None)


def _first(alerts: Sequence[Alert]) -> Alert:
    """The first-out; of those that may have begun together an own fault before a word for a neighbour's."""
    first = [alert for alert in alerts if not any(other.began.before(alert.began) for other in alerts)]
    return min(first, key=lambda alert: (alert.condition in _WAYS, alert.key))
