"""One alert as its payload: what it is, since when, what people said to it, and all that explains it. Pure.

What machines and people wrote is bounded, and what is left out of a list is counted. Where all of it together is too
long for one message, the long texts are cut, evenly in all languages: half a text that arrives is better than a whole
one that a broker refuses.
"""

import hashlib
import math
from collections.abc import Sequence
from typing import Final

from fleetmon.model.alerts import (
    Acknowledgement,
    Alert,
    AlertState,
    Claim,
    Evidence,
    HeldBack,
    Rule,
    Shelf,
    Subject,
    SubjectKind,
)
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At
from fleetmon.publish import payloads as p
from fleetmon.publish.device_text import device_text, plain
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.wording import NAME_ROOM, Sentences, Worded

SAID_ROOM: Final = 200
# Bytes for each text: as much as fits with what the alert carries else.
_TEXT_ROOMS: Final = (2400, 1200, 600, 320, 200, 120)
_WORD_ROOM: Final = 64
_KEY_ROOM: Final = 160
_EVIDENCE_AT_MOST: Final = 12
_CODES_AT_MOST: Final = 8
_NAMED_AT_MOST: Final = 10
_LETTERS: Final = {
    HeldBack.SHELVED: "G",
    HeldBack.INHIBITED: "H",
    HeldBack.BY_DESIGN: "H",
    HeldBack.MAINTENANCE: "I",
}
_NOT_TOLD: Final = {
    HeldBack.INHIBITED: "it follows from another alert",
    HeldBack.MAINTENANCE: "a planned stop holds",
    HeldBack.BY_DESIGN: "nobody works now",
    HeldBack.SHELVED: "somebody has shelved it",
}


def alert_name(alert: Alert) -> str:
    """The last level of the alert's topic: the same for every occurrence, and legible."""
    digest = hashlib.sha1(alert.key.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
    return f"{alert.subject.id}-{alert.condition}-{digest[:8]}"


def isa_letter(alert: Alert) -> str:
    """The state as ISA-18.2 letters it: A normal, B/C active, D gone, E/F latched (un/acknowledged), G..I held back."""
    known = alert.handling.acknowledged is not None
    if alert.state in (AlertState.PENDING, AlertState.CLOSED):
        return "A"
    if alert.held_back is not None:
        return _LETTERS[alert.held_back]
    if alert.cleared is None:
        return "C" if known else "B"
    if alert.latched:
        return "F" if known else "E"
    return "A" if known else "D"


def machine_of(subject: Subject) -> str | None:
    """The machine an alert is about, which its messages have as their subject."""
    return subject.id if subject.kind is SubjectKind.MACHINE else None


def subject_data(subject: Subject, plan: FleetPlan) -> p.SubjectData:
    """What an alert is about, with the name that the settings give it."""
    return p.SubjectData(kind=subject.kind, id=subject.id, name=subject_name(subject, plan))


def subject_name(subject: Subject, plan: FleetPlan) -> str | None:
    """The name that the settings give it."""
    known = {SubjectKind.MACHINE: plan.machine, SubjectKind.LINE: plan.line}.get(subject.kind)
    named = known(subject.id) if known else None
    name = named.name if named else None
    return name and plain(name, NAME_ROOM)


def alert_data(
    alert: Alert, plan: FleetPlan, words: Worded, rule: Rule | None, nearly: Sequence[Alert], room: int
) -> p.AlertData:
    """The payload, in at most `room` bytes of JSON; `nearly` are other alerts that are not told."""
    known: dict[str, object] = {
        **_what(alert, plan),
        **_course(alert),
        **_handling(alert),
        **_evidence(alert.claim),
        "rule": rule,
        "audience": rule.audience if rule else (),
        "nearly": [_nearly(each) for each in nearly[:_NAMED_AT_MOST]],
        "nearly_omitted": max(0, len(nearly) - _NAMED_AT_MOST),
    }
    told = _with_texts(known, words, _TEXT_ROOMS[0])
    for text_room in _TEXT_ROOMS[1:]:
        if len(told.model_dump_json().encode("utf-8", "replace")) <= room:
            break
        told = _with_texts(known, words, text_room)
    return told


def _with_texts(known: dict[str, object], words: Worded, room: int) -> p.AlertData:
    texts = {language: _text(sentences, room) for language, sentences in words.items()}
    first = next((each["text"] for each in texts.values()), "")
    return p.AlertData.model_validate({**known, "text": first, "texts": texts}, from_attributes=True)


def _what(alert: Alert, plan: FleetPlan) -> dict[str, object]:
    claim, subject, impact = alert.claim, alert.subject, alert.impact
    reasons = [plain(reason, _WORD_ROOM) for reason in claim.reasons[:_CODES_AT_MOST]]
    own_line = {SubjectKind.MACHINE: plan.line_of(subject.id), SubjectKind.LINE: subject.id}.get(subject.kind)
    return {
        "alert": alert_name(alert),
        "id": alert.id,
        "key": plain(alert.key, _KEY_ROOM),
        "rev": alert.rev,
        "subject": subject_data(subject, plan),
        "condition": claim.condition,
        "part": claim.part and plain(claim.part, _WORD_ROOM),
        "reasons": reasons,
        "first_out": next(iter(reasons), None),
        "severity": claim.severity,
        "certainty": claim.certainty,
        "stops": claim.stops,
        "actor": claim.actor,
        "priority": alert.priority,
        "line": impact.line or own_line,
        "impact": {
            "line": impact.line,
            "line_stopped_since": None if impact.line_stopped_since is None else rfc3339(impact.line_stopped_since),
            "stage_left": impact.stage_left,
            "waiting": impact.waiting,
        },
    }


def _course(alert: Alert) -> dict[str, object]:
    """What became of it: is it true, was it told, what holds it back."""
    told = alert.telling
    return {
        "state": alert.state,
        "isa": isa_letter(alert),
        "began": {"after": _time(alert.began.after), "by": _time(alert.began.by)},
        "raised": _time(alert.raised),
        "gone": _time(alert.gone),
        "cleared": _time(alert.cleared),
        "closed": _time(alert.closed),
        "announced": _time(told.announced),
        "reminded": _time(told.reminded),
        "escalation": told.escalation,
        "in_summary": told.in_summary,
        "latched": alert.latched,
        "unstable": alert.unstable,
        "repeats": alert.repeats,
        "completions": alert.completions,
        "held_back": alert.held_back,
        "held_since": _time(alert.held_since),
        "caused_by": alert.caused_by,
        "root_of": alert.root_of[:_NAMED_AT_MOST],
        "root_of_omitted": max(0, len(alert.root_of) - _NAMED_AT_MOST),
    }


def _handling(alert: Alert) -> dict[str, object]:
    known, shelf = alert.handling.acknowledged, alert.handling.shelved
    return {
        "acknowledged": known and {**_said_by(known), "comment": plain(known.comment, SAID_ROOM)},
        "shelved": shelf and {**_said_by(shelf), "reason": plain(shelf.reason, SAID_ROOM)},
    }


def _said_by(said: Acknowledgement | Shelf) -> dict[str, object]:
    return {"by": plain(said.by, SAID_ROOM), "at": _time(said.at), "until": rfc3339(said.until)}


def _evidence(claim: Claim) -> dict[str, object]:
    """Figures first, then the vendor's codes, then what the machine said."""
    found = [*claim.evidence, *(Evidence("code", code) for code in claim.codes[:_CODES_AT_MOST])]
    found += [Evidence("said", claim.text)] if claim.text else []
    shown = found if len(found) <= _EVIDENCE_AT_MOST else [*found[: _EVIDENCE_AT_MOST - 1], found[-1]]
    omitted = len(found) - len(shown) + max(0, len(claim.codes) - _CODES_AT_MOST)
    return {"evidence": [_figure(each) for each in shown], "evidence_omitted": omitted}


def _figure(each: Evidence) -> dict[str, object]:
    return {
        "name": plain(each.name, _WORD_ROOM),
        "value": _value(each.value, code=each.name == "code"),
        "unit": each.unit and plain(each.unit, _WORD_ROOM),
        "expected": None if each.expected is None else _value(each.expected),
    }


def _value(value: str | int | float, *, code: bool = False) -> str | int | float:
    """A number that JSON lacks is told as a word; a code stays as the vendor wrote it."""
    if isinstance(value, str):
        return plain(value, _WORD_ROOM) if code else device_text(value, SAID_ROOM)
    return value if isinstance(value, int) or math.isfinite(value) else str(value)


def _nearly(alert: Alert) -> dict[str, object]:
    why = "it has not stood long enough" if alert.held_back is None else _NOT_TOLD[alert.held_back]
    if alert.caused_by and alert.held_back is HeldBack.INHIBITED:
        why = f"{why}: {alert.caused_by}"
    return {
        "id": alert.id,
        "key": plain(alert.key, _KEY_ROOM),
        "state": alert.state,
        "held_back": alert.held_back,
        "why": why,
    }


def _text(said: Sentences, room: int) -> dict[str, object]:
    return {
        "text": plain(said.text, room),
        "symptom": plain(said.symptom, room),
        "cause": plain(said.cause, room),
        "since": plain(said.since, room),
        "waiting": plain(said.waiting, room),
        "next_step": plain(said.next_step, room),
        "actor": plain(said.actor, room),
        "meaning": plain(said.meaning, room),
        "call": plain(said.call, room),
        "reviewed": said.reviewed,
    }


def _time(at: At | None) -> str | None:
    return None if at is None else rfc3339(at.utc)
