"""What an Alertmanager is told: which alerts stand, over and over, and which have ended. Pure.

To an Alertmanager an alert *is* its labels, so only what never changes during one stands there, and no figure ever: a
label that moves makes a new alert at every move. The one label that may change is the severity, when an alert worsens;
then the old labels end in the same breath as the new ones begin. All else is annotation, the acknowledgement too.

An alert that nobody repeats is over for an Alertmanager at its `endsAt` (prometheus.io/docs/alerting/clients). That is
three intervals ahead each time, so that two lost messages resolve nothing, and a site that died does not fire for ever.
One that ended is repeated for a quarter of an hour, as Prometheus does it, in case the Alertmanager was just restarted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from fleetmon.model.alerts import AlertState, HeldBack
from fleetmon.model.messages import Json
from fleetmon.model.report import At
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.payloads import AlertData

Labels: TypeAlias = tuple[tuple[str, str], ...]

INTERVALS: Final = 3
_REPEAT_END_S: Final = 900.0
_ENDED_MOST: Final = 2000
_SEVERITIES: Final = {1: "critical", 2: "error", 3: "warning", 4: "info"}
_TEXTS: Final = ("symptom", "cause", "since", "waiting", "next_step", "actor", "meaning", "call")
_HELD_BACK: Final = {
    HeldBack.INHIBITED: "it follows from another alert",
    HeldBack.MAINTENANCE: "the stop is planned",
    HeldBack.BY_DESIGN: "nobody works now",
    HeldBack.SHELVED: "shelved",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One alert as it was last told; `ended` once it is over."""

    labels: Labels
    annotations: Labels
    starts: str
    ended: At | None = None


class Ledger:
    """What the Alertmanager should know, by labels: `look` brings it up to date, `message` is all of it."""

    def __init__(self, site: str, language: str | None = None) -> None:
        self._site = site
        self._language = language
        self._told: dict[Labels, Standing] = {}

    @property
    def firing(self) -> int:
        """How many alerts stand."""
        return sum(each.ended is None for each in self._told.values())

    def look(self, alerts: Iterable[AlertData], now: At) -> bool:
        """The alerts as they are; whether that changes anything that was told."""
        standing = {}
        for alert in alerts:
            if stands(alert):
                labels = labels_of(self._site, alert)
                starts = alert.raised or alert.began.by
                standing[labels] = Standing(labels, annotations_of(alert, self._language), starts)
        before = self._told
        gone = (each for labels, each in before.items() if labels not in standing)
        ended = [(each, each.ended or now) for each in gone]
        kept = [replace(each, ended=end) for each, end in ended if now.since(end) < _REPEAT_END_S][-_ENDED_MOST:]
        self._told = {each.labels: each for each in kept} | standing
        return any(before.get(labels) != each for labels, each in self._told.items())

    def message(self, now: At, interval_s: float) -> list[Json]:
        """The alerts as POST /api/v2/alerts takes them."""
        ends = rfc3339(now.utc + INTERVALS * interval_s)
        return [
            {
                "labels": dict(each.labels),
                "annotations": dict(each.annotations),
                "startsAt": min(each.starts, over),
                "endsAt": over,
            }
            for each in self._told.values()
            for over in [rfc3339(each.ended.utc) if each.ended else ends]
        ]


def stands(alert: AlertData) -> bool:
    """Whether people were told, and it is not over. What a flood swallowed counts: an Alertmanager groups by itself.

    What is held back after it was told goes on standing: it did not end, and to say so would be a false all-clear.
    """
    return alert.state != AlertState.CLOSED and (alert.announced is not None or alert.in_summary)


def labels_of(site: str, alert: AlertData) -> Labels:
    """What makes it this alert and no other; sorted, and none empty, as an Alertmanager would leave those out."""
    found = {
        "alertname": f"fleetmon-{alert.condition}",
        "site": site,
        "condition": str(alert.condition),
        "line": alert.line or "",
        str(alert.subject.kind): alert.subject.id,  # machine, line or site
        "part": alert.part or "",
        "severity": _SEVERITIES.get(alert.priority or 0, "none"),
    }
    return tuple(sorted((name, value) for name, value in found.items() if value))


def annotations_of(alert: AlertData, language: str | None) -> Labels:
    """What people read, in one language; and how to name it to us."""
    text = alert.texts.get(language or "") or next(iter(alert.texts.values()), None)
    found = {"summary": text.text if text else alert.text, "name": alert.subject.name or ""}
    if text is not None:
        found |= {name: str(getattr(text, name)) for name in _TEXTS}
    found |= {"certainty": str(alert.certainty), "alert": alert.id, "key": alert.key}
    if known := alert.acknowledged:
        found["acknowledged"] = f"by {known.by} until {known.until}" + (f": {known.comment}" if known.comment else "")
    if shelf := alert.shelved:
        found["held_back"] = f"shelved by {shelf.by} until {shelf.until}: {shelf.reason}"
    elif alert.held_back:
        found["held_back"] = _HELD_BACK[alert.held_back]
    return tuple((name, value) for name, value in found.items() if value)
