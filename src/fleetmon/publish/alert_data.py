"""One alert as its payload: what it is, since when, what people said to it, and all that explains it. Pure.

What machines and people wrote is bounded, and what is left out of a list is counted. Where all of it together is too
long for one message, the long texts are cut, evenly in all languages: half a text that arrives is better than a whole
one that a broker refuses.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

from fleetmon.model.alerts import (
    Alert,
    AlertState,
    Claim,
    Evidence,
    HeldBack,
    Rule,
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
    name = None
    if subject.kind is SubjectKind.MACHINE:
        name = next((machine.name for machine in plan.machines if machine.id == subject.id), None)
    elif subject.kind is SubjectKind.LINE:
        name = next((line.name for line in plan.lines if line.id == subject.id), None)
    return p.SubjectData(kind=subject.kind, id=subject.id, name=name and plain(name, NAME_ROOM))


def alert_data(
    alert: Alert, plan: FleetPlan, words: Worded, rule: Rule | None, nearly: Sequence[Alert], room: int
) -> p.AlertData:
    """The payload, in at most `room` bytes of JSON; `nearly` are other alerts that are not told."""
    told = p.AlertData.model_validate(
        {
            **_what(alert, plan),
            **_course(alert),
            **_handling(alert),
            **_evidence(alert.claim),
            "rule": rule and p.RuleData.model_validate(rule, from_attributes=True),
            "audience": rule.audience if rule else (),
            "nearly": [_nearly(each) for each in nearly[:_NAMED_AT_MOST]],
            "nearly_omitted": max(0, len(nearly) - _NAMED_AT_MOST),
            "text": "",
            "texts": {},
        }
    )
    left = room - _size(told)
    texts: dict[str, p.TextData] = {}
    for text_room in _TEXT_ROOMS:
        texts = _texts(words, text_room)
        if _weight(texts) <= left:
            break
    return told.model_copy(update={"text": next(iter(texts.values())).text if texts else "", "texts": texts})


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
        "impact": p.ImpactData(
            line=impact.line,
            line_stopped_since=None if impact.line_stopped_since is None else rfc3339(impact.line_stopped_since),
            stage_left=impact.stage_left,
            waiting=impact.waiting,
        ),
    }


def _course(alert: Alert) -> dict[str, object]:
    """What became of it: is it true, was it told, what holds it back."""
    told = alert.telling
    return {
        "state": alert.state,
        "isa": isa_letter(alert),
        "began": p.OnsetData(after=_time(alert.began.after), by=rfc3339(alert.began.by.utc)),
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
        "acknowledged": known
        and p.AcknowledgementData(
            by=plain(known.by, SAID_ROOM),
            at=rfc3339(known.at.utc),
            until=rfc3339(known.until),
            comment=plain(known.comment, SAID_ROOM),
        ),
        "shelved": shelf
        and p.ShelfData(
            by=plain(shelf.by, SAID_ROOM),
            at=rfc3339(shelf.at.utc),
            until=rfc3339(shelf.until),
            reason=plain(shelf.reason, SAID_ROOM),
        ),
    }


def _evidence(claim: Claim) -> dict[str, object]:
    """Figures first, then the vendor's codes, then what the machine said."""
    found = [*claim.evidence, *(Evidence("code", code) for code in claim.codes[:_CODES_AT_MOST])]
    found += [Evidence("said", claim.text)] if claim.text else []
    shown = found if len(found) <= _EVIDENCE_AT_MOST else [*found[: _EVIDENCE_AT_MOST - 1], found[-1]]
    omitted = len(found) - len(shown) + max(0, len(claim.codes) - _CODES_AT_MOST)
    return {"evidence": [_figure(each) for each in shown], "evidence_omitted": omitted}


def _figure(each: Evidence) -> p.EvidenceData:
    return p.EvidenceData(
        name=plain(each.name, _WORD_ROOM),
        value=_value(each.value, code=each.name == "code"),
        unit=each.unit and plain(each.unit, _WORD_ROOM),
        expected=None if each.expected is None else _value(each.expected),
    )


def _value(value: str | int | float, *, code: bool = False) -> str | int | float:
    """A number that JSON lacks is told as a word; a code stays as the vendor wrote it."""
    if isinstance(value, str):
        return plain(value, _WORD_ROOM) if code else device_text(value, SAID_ROOM)
    return value if isinstance(value, int) or math.isfinite(value) else str(value)


def _nearly(alert: Alert) -> p.NearlyData:
    why = "it has not stood long enough" if alert.held_back is None else _NOT_TOLD[alert.held_back]
    if alert.caused_by and alert.held_back is HeldBack.INHIBITED:
        why = f"{why}: {alert.caused_by}"
    return p.NearlyData(
        id=alert.id, key=plain(alert.key, _KEY_ROOM), state=alert.state, held_back=alert.held_back, why=why
    )


def _texts(words: Worded, room: int) -> dict[str, p.TextData]:
    return {language: _text(sentences, room) for language, sentences in words.items()}


def _text(sentences: Sentences, room: int) -> p.TextData:
    told = ("text", "symptom", "cause", "since", "waiting", "next_step", "actor", "meaning", "call")
    cut: Mapping[str, object] = {name: plain(getattr(sentences, name), room) for name in told}
    return p.TextData.model_validate({**cut, "reviewed": sentences.reviewed})


def _weight(texts: Mapping[str, p.TextData]) -> int:
    """Bytes of the texts; the first language's line is told twice."""
    first = next((len(json.dumps(each.text, ensure_ascii=False).encode()) for each in texts.values()), 0)
    return first + sum(_size(each) + len(language) + 8 for language, each in texts.items())


def _size(told: p.Payload) -> int:
    return len(told.model_dump_json(by_alias=True).encode("utf-8", "replace"))


def _time(at: At | None) -> str | None:
    return None if at is None else rfc3339(at.utc)
