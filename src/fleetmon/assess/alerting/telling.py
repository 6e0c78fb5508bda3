"""Did we tell? When people hear of an alert first, when again, and when somebody else should.

An alert that nobody acknowledges is told again, the more often the more it costs, and goes one step up after a while;
one that somebody has taken is told again only when things get worse or when the acknowledgement runs out. An end is
news too, but nobody is called for it.
"""

from dataclasses import replace
from typing import Final

from fleetmon.assess.alerting.truth import NEVER, Sight, left_s
from fleetmon.model.alerts import Alert, AlertState, Certainty, Handling, HeldBack, Move, Priority, Rule, Telling
from fleetmon.model.frozen import dataclass
from fleetmon.model.report import At

#: Seconds between two reminders, by priority; none where a reminder would only be noise.
REMIND_S: Final = {Priority.P1: 900.0, Priority.P2: 3600.0, Priority.P3: 8 * 3600.0}
#: Seconds until somebody should have taken it.
TAKEN_WITHIN_S: Final = {Priority.P1: 300.0, Priority.P2: 900.0, Priority.P3: 4 * 3600.0}
#: Seconds for which an acknowledgement counts.
ACKNOWLEDGED_S: Final = {Priority.P1: 4 * 3600.0, Priority.P2: 12 * 3600.0}
ACKNOWLEDGED_ELSE_S: Final = 24 * 3600.0
_HIGHEST: Final = 2
_SOON_S: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be told of an alert: `move` None is nothing. `next_s`: when this is to be asked again."""

    alert: Alert
    move: Move | None = None
    next_s: float = NEVER
    waits_for_look: bool = False


def first_word(alert: Alert, rule: Rule, sight: Sight, at: At) -> Told:
    """Whether an alert that nobody has heard of is to be announced now."""
    if not _worth(alert) or alert.held_back is not None or alert.telling.announced is not None:
        return Told(alert)
    released = alert.held_since
    if released is not None:
        if not sight.live or not (sight.heard is None or sight.heard.is_after(released)):
            return Told(alert, waits_for_look=True)
        left = rule.raise_after_s - at.since(released)
        if left > _SOON_S:
            return Told(alert, next_s=left)
    told = replace(alert, telling=Telling(announced=at, reminded=at, counted=at))
    return Told(told, None if alert.handling.acknowledged else Move.ANNOUNCED)


def _worth(alert: Alert) -> bool:
    wanted = alert.priority is not None and alert.priority is not Priority.NOTICE
    return alert.state is AlertState.ACTIVE and wanted and alert.claim.certainty is not Certainty.POSSIBLE


def reweighed(alert: Alert, priority: Priority | None, at: At) -> tuple[Alert, Move | None]:
    """The alert at another priority; what people said to what it was does not cover what gets worse."""
    if priority == alert.priority:
        return alert, None
    before, alert = alert.priority, replace(alert, priority=priority)
    if priority is Priority.P1 and alert.handling.shelved is not None:  # nobody put that on a shelf
        alert = replace(alert, handling=replace(alert.handling, shelved=None))
    if alert.telling.announced is None or priority is None or before is None:
        return alert, None
    if priority > before:
        return alert, Move.EASED
    eaten = alert.telling.in_summary and priority > Priority.P2
    telling = replace(alert.telling, reminded=at, counted=at, escalation=0, in_summary=eaten)
    return replace(alert, telling=telling, handling=Handling()), Move.WORSENED


def again(alert: Alert, at: At) -> Told:
    """Whether an alert that was announced is to be told once more."""
    telling, priority = alert.telling, alert.priority
    if telling.announced is None or alert.state is not AlertState.ACTIVE or alert.held_back is not None:
        return Told(alert)
    if alert.handling.acknowledged is not None or priority is None:
        return Told(alert)
    step_s, step = _next_step(alert, priority, at)
    if step_s <= _SOON_S:
        up = replace(telling, escalation=step, reminded=at)
        return Told(replace(alert, telling=up), Move.ESCALATED, 0.0)
    remind_s = REMIND_S.get(priority, NEVER) - _stood_s(alert, telling.reminded, at)
    if remind_s <= _SOON_S:
        return Told(replace(alert, telling=replace(telling, reminded=at)), Move.REMINDED, 0.0)
    return Told(alert, next_s=min(step_s, remind_s))


def _next_step(alert: Alert, priority: Priority, at: At) -> tuple[float, int]:
    telling, within = alert.telling, TAKEN_WITHIN_S.get(priority)
    if telling.announced is None or within is None or telling.escalation >= _HIGHEST:
        return NEVER, telling.escalation
    step = telling.escalation + 1
    return within * step - _stood_s(alert, telling.counted, at), step


def _stood_s(alert: Alert, since: At | None, at: At) -> float:
    """For how long nobody took it who could: what was held back meanwhile does not count."""
    moments = [at.since(moment) for moment in (since, alert.held_since) if moment is not None]
    return min(moments, default=0.0)


def acknowledged_for_s(alert: Alert) -> float:
    """How long an acknowledgement of it counts."""
    return ACKNOWLEDGED_S.get(alert.priority or Priority.NOTICE, ACKNOWLEDGED_ELSE_S)


def run_out(alert: Alert, at: At) -> tuple[Alert, tuple[Move, ...], float]:
    """What people said holds for a while: without what has run out by now, and in how many seconds the next does."""
    moves: list[Move] = []
    acknowledged, shelved = alert.handling.acknowledged, alert.handling.shelved
    left = NEVER
    if acknowledged is not None:
        left = left_s(acknowledged.until, acknowledged.at, at)
        if left <= 0:
            again_from = replace(alert.telling, reminded=at, counted=at, escalation=0)
            alert = replace(alert, telling=again_from, handling=replace(alert.handling, acknowledged=None))
            moves, left = [Move.ACK_EXPIRED], NEVER
    if shelved is not None:
        shelved_s = left_s(shelved.until, shelved.at, at)
        if shelved_s <= 0:
            alert = replace(alert, handling=replace(alert.handling, shelved=None))
            moves.append(Move.UNSHELVED)
        else:
            left = min(left, shelved_s)
    return alert, tuple(moves), left


def held_anew(alert: Alert, why: HeldBack | None, at: At) -> Alert:
    """The alert as it is held back from now on, or no longer."""
    if alert.held_back is why:
        return alert
    changed = (alert.held_back is None) != (why is None)
    return replace(alert, held_back=why, held_since=at if changed else alert.held_since)
