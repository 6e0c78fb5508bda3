"""Alerts as they are told: the retained view of each, the durable event of each change, the summary of a flood. Pure.

A topic holds the alert of one key, whichever occurrence it is, so that a dashboard that knows one finds the next there
too. Nothing is said twice in different words: the event carries the very alert that the view shows, so that whoever
reads only events can explain it as well.
"""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

from fleetmon.model.alerts import Alert, PlannedStop, Priority, Rule, Summary, Transition
from fleetmon.model.messages import Event, EventClass, Json, View
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At
from fleetmon.playbooks import Playbooks
from fleetmon.publish import contract
from fleetmon.publish import payloads as p
from fleetmon.publish.alert_data import SAID_ROOM, alert_data, alert_name, machine_of, subject_data, subject_name
from fleetmon.publish.device_text import plain
from fleetmon.publish.envelope import SOFT_LIMIT, rfc3339
from fleetmon.publish.wording import Worded, flooded

_ROOM: Final = SOFT_LIMIT - 1024 - 64  # without the attributes around the data, and `as_of_seq`
_CHANGE_ROOM: Final = 1536  # of what an event says beside the alert itself
_FLOODED_AT_MOST: Final = 20
_FLOOD_TEXT_ROOM: Final = 400
_PRIORITIES: Final = tuple((priority, str(priority)) for priority in Priority)


def alert_view(
    alert: Alert, plan: FleetPlan, words: Worded, at: At, rule: Rule | None = None, nearly: Iterable[Alert] = ()
) -> View:
    """The retained picture of an alert; `nearly` are other alerts of its machine or line that are not told."""
    told = alert_data(alert, plan, words, rule, tuple(nearly), _ROOM)
    return contract.view(f"alert/{told.alert}", contract.ALERT_SHOWN, machine_of(alert.subject), at, told)


def alert_gone(alert: Alert, at: At) -> View:
    """The end of that picture, when the alert has been closed for long enough."""
    return View(f"alert/{alert_name(alert)}", contract.ALERT_SHOWN, machine_of(alert.subject), at, None)


def alert_event(
    transition: Transition,
    plan: FleetPlan,
    words: Worded,
    rule: Rule | None = None,
    nearly: Iterable[Alert] = (),
    lead: str = "{text}",
) -> Event:
    """One change of an alert, with the alert as it is since then; `lead` says before its text that this is not new."""
    alert = alert_data(transition.alert, plan, words, rule, tuple(nearly), _ROOM - _CHANGE_ROOM)
    told = p.AlertChange(
        text=plain(_led(lead, alert), _CHANGE_ROOM // 2),
        move=transition.move,
        tell=transition.tell,
        by=transition.by and plain(transition.by, SAID_ROOM),
        why=plain(transition.why, SAID_ROOM),
        alert=alert,
    )
    data = contract.dump(told)
    return Event(EventClass.ALERT, contract.ALERT, machine_of(transition.alert.subject), transition.at, data)


def _led(lead: str, alert: p.AlertData) -> str:
    return lead.replace("{priority}", str(alert.priority or "-")).replace("{text}", alert.text)


def summary_event(
    summary: Summary, held: Iterable[tuple[Alert, Worded]], plan: FleetPlan, books: Playbooks, zone: tzinfo
) -> Event:
    """What a flood kept from being told one by one; `held` are the alerts that the summary names, in any order."""
    known = sorted(held, key=lambda each: _urgency(each[0]))
    worst = {language: each.text for language, each in known[0][1].items()} if known else {}
    texts = flooded(summary, worst, books, zone)
    told = p.AlertSummary(
        text=plain(next(iter(texts.values()), ""), _FLOOD_TEXT_ROOM),
        texts={language: plain(text, _FLOOD_TEXT_ROOM) for language, text in texts.items()},
        ended=summary.ended,
        since=rfc3339(summary.since.utc),
        count=len(summary.held),
        priorities=by_priority(alert for alert, _ in known),
        alerts=[_flooded(alert, words, plan) for alert, words in known[:_FLOODED_AT_MOST]],
        alerts_omitted=max(0, len(summary.held) - min(len(known), _FLOODED_AT_MOST)),
    )
    return Event(EventClass.ALERT, contract.ALERTS_SUMMARY, None, summary.at, contract.dump(told))


def by_priority(alerts: Iterable[Alert]) -> dict[str, int]:
    """How many of each priority, by its number."""
    found = [alert.priority for alert in alerts]
    return {name: found.count(priority) for priority, name in _PRIORITIES}


def alert_counts(alerts: Iterable[Alert], plan: FleetPlan) -> dict[str, Json]:
    """`AlertCounts`, of the open alerts: how many people were told of, how many not, and the worst of those told."""
    told: list[Alert] = []
    untold: list[Alert] = []
    for alert in alerts:
        if alert.open:
            heard = alert.telling.announced is not None or alert.telling.in_summary
            (told if heard else untold).append(alert)
    pending = [alert.held_back for alert in untold].count(None)
    worst = min(told, key=_urgency, default=None)
    return {
        "told": {**by_priority(told)},
        "unacknowledged": [alert.handling.acknowledged for alert in told].count(None),
        "held_back": len(untold) - pending,
        "pending": pending,
        "worst": None if worst is None else _worst(worst, plan),
    }


def planned_stop(stop: PlannedStop, plan: FleetPlan) -> p.PlannedStopData:
    """A planned stop."""
    return p.PlannedStopData(
        scope=subject_data(stop.scope, plan),
        by=plain(stop.by, SAID_ROOM),
        since=rfc3339(stop.since.utc),
        until=rfc3339(stop.until),
        reason=plain(stop.reason, SAID_ROOM),
    )


def _worst(alert: Alert, plan: FleetPlan) -> dict[str, Json]:
    subject = alert.subject
    return {
        "alert": alert_name(alert),
        "id": alert.id,
        "priority": alert.priority,
        "subject": {"kind": subject.kind, "id": subject.id, "name": subject_name(subject, plan)},
        "condition": alert.condition,
        "since": rfc3339(alert.began.by.utc),
    }


def _urgency(alert: Alert) -> tuple[int, float, str]:
    return alert.priority or Priority.NOTICE, alert.began.by.utc, alert.key


def _flooded(alert: Alert, words: Worded, plan: FleetPlan) -> p.FloodedAlert:
    return p.FloodedAlert(
        text=plain(next((each.text for each in words.values()), ""), _FLOOD_TEXT_ROOM),
        priority=alert.priority,
        subject=subject_data(alert.subject, plan),
        condition=alert.condition,
        alert=alert_name(alert),
        id=alert.id,
    )
