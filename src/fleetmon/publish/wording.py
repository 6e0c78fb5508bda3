"""What people read of an alert: what is seen, why, since when, what waits, what to do next and who should do it.

The symptom comes first, since that is what somebody across the room sees; the cause follows. Sentences and pages are
data in every language of the playbooks, this module only chooses and fills them, the same way for all. Times are those
of a clock on the site's wall, with the day where it is not today's; nothing counts on by itself, so that an alert that
nothing happened to reads the same again. Codes of vendors have no place here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Final

from fleetmon.model.alerts import Alert, AlertState, Audience, Condition, Rule, SubjectKind, Summary
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan
from fleetmon.model.report import At
from fleetmon.model.words import MachineKind
from fleetmon.playbooks import Page, Playbooks
from fleetmon.publish.device_text import device_text, plain

NAME_ROOM: Final = 120
SUPPLY: Final = "supply"
"""The evidence that says what a machine calls the part in question."""
_DESCRIBED_ROOM: Final = 80
_LANGUAGES: Final = 4
_LAST_DAY: Final = 253_402_128_000.0  # 9999-12-30: in no zone beyond what a date can say
_BRACES: Final = re.compile(r"\{(\w+)\}")
_ID: Final = re.compile(r"[\w.-]+")
_BY_CONDITION: Final = {
    Condition.CONTACT_LOST: "symptom-unheard",
    Condition.ACCESS_REFUSED: "symptom-refused",
    Condition.DRIVER_FAILED: "symptom-unread",
    Condition.NETWORK_LOST: "symptom-network",
    Condition.SETTINGS_REFUSED: "symptom-settings",
    Condition.SLOWER: "symptom-slower",
    Condition.QUIET: "symptom-quiet",
    Condition.NOT_WORKING: "symptom-not-working",
    Condition.TUNE_LIMIT: "symptom-tune-limit",
}


@dataclass(frozen=True, slots=True)
class Sentences:
    """An alert in one language; `text` has it all in one line."""

    text: str
    symptom: str
    cause: str
    since: str
    waiting: str
    next_step: str
    actor: str
    meaning: str
    call: str
    reviewed: bool


Worded = Mapping[str, Sentences]
"""By language, English first."""


@lru_cache(maxsize=1024)
def _pieces(sentence: str) -> tuple[str, ...]:
    """Text, name, text, name, ..., text."""
    return tuple(_BRACES.split(sentence))


def _filled(sentence: str, words: Mapping[str, object]) -> str:
    """A name in braces that nobody fills stays as it is."""
    pieces = list(_pieces(sentence))
    if len(pieces) > 1:
        pieces[1::2] = [str(words[name]) if name in words else f"{{{name}}}" for name in pieces[1::2]]
    return "".join(pieces)


@lru_cache(maxsize=4096)
def _named(kind: str, name: str, bare: str, quoted: str) -> str:
    """The same few machines, lines and sites are named in every alert."""
    name = plain(name, NAME_ROOM)
    if kind.casefold() in name.casefold():
        return name
    return _filled(bare if _ID.fullmatch(name) else quoted, {"kind": kind, "name": name})


@dataclass(frozen=True, slots=True)
class _Speech:
    """One language at one site: how to fill its sentences, and what the clock on the wall says."""

    words: Mapping[str, str]
    zone: tzinfo
    today: At

    def says(self, key: str, **words: object) -> str:
        """A sentence; a name in braces that nobody fills stays as it is."""
        return _filled(self.words[key], words)

    def named(self, kind: str, name: str) -> str:
        """`printer upstairs`; a name that says the kind already stands alone."""
        return _named(self.words[f"kind-{kind}"], name, self.words["named"], self.words["named-quoted"])

    def time(self, key: str, utc: float) -> str:
        """A moment in the sentence `key`, or in `{key}-day` where that was another day than today."""
        then, now = _local(utc, self.zone), _local(self.today.utc, self.zone)
        if then.date() == now.date():
            return self.says(key, time=f"{then:%H:%M}")
        weekday = self.words[f"weekday-{then.isoweekday()}"]
        return self.says(f"{key}-day", weekday=weekday, date=f"{then:%Y-%m-%d}", time=f"{then:%H:%M}")

    def waiting(self, waiting: int | None) -> str:
        """How much work waits, if anybody knows."""
        if waiting is None:
            return self.says("waiting-unknown")
        number = {0: "none", 1: "one"}.get(waiting, "many")
        return self.says(f"waiting-{number}", count=waiting)


def worded(
    alert: Alert,
    plan: FleetPlan,
    books: Playbooks,
    zone: tzinfo,
    at: At,
    rule: Rule | None = None,
    driver: str | None = None,
) -> Worded:
    """The alert as it reads at `at` in every language. `driver` understood the machine; else the settings name it."""
    place = _place(alert, plan)
    known = driver or (place.machine.sources[0].driver if place.machine else None)
    reason = next(iter(alert.claim.reasons), None)
    described = _described(alert)

    def told(language: str) -> Sentences:
        page = books.page(language, reason, alert.condition, known)
        part = alert.claim.part and books.part(language, alert.claim.part, known, described)
        speech = _Speech(books.words(language), zone, at)
        return _sentences(alert, place, speech, page, part, _who(alert, rule))

    return {language: told(language) for language in books.languages[:_LANGUAGES]}


def flooded(summary: Summary, worst: Mapping[str, str], books: Playbooks, zone: tzinfo) -> dict[str, str]:
    """The line about alerts that are not told one by one, by language; `worst` is the text of the most urgent one."""
    key = "text-flood-over" if summary.ended else "text-flood"
    told = {}
    for language in books.languages[:_LANGUAGES]:
        speech = _Speech(books.words(language), zone, summary.at)
        since = speech.time("since", summary.since.utc)
        told[language] = speech.says(key, count=len(summary.held), since=since, text=worst.get(language, "-"))
    return told


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the alert's subject stands."""

    site: str
    machine: MachinePlan | None
    line: LinePlan | None

    @property
    def step(self) -> int | None:
        """Which stage of the line the machine belongs to, from 1."""
        stages = self.line.stages if self.line and self.machine else ()
        return next(
            (number for number, stage in enumerate(stages, 1) if self.machine and self.machine.id in stage), None
        )


def _place(alert: Alert, plan: FleetPlan) -> _Place:
    subject = alert.subject
    machine = plan.machine(subject.id) if subject.kind is SubjectKind.MACHINE else None
    line = alert.impact.line or (subject.id if subject.kind is SubjectKind.LINE else plan.line_of(subject.id))
    return _Place(plan.site, machine, plan.line(line) if line else None)


def _sentences(alert: Alert, place: _Place, speech: _Speech, page: Page, part: str | None, actor: str) -> Sentences:
    symptom, began, subject = _symptom(alert, place, speech)
    cause = speech.says("cause-part", cause=page.title, part=plain(part, NAME_ROOM)) if part else page.title
    since, waiting = speech.time("since", began), speech.waiting(alert.impact.waiting)
    over = alert.cleared or alert.gone or alert.closed
    text = speech.says(
        _text_key(alert, calls=actor != Audience.OPERATOR),
        symptom=symptom,
        cause=cause if subject in symptom else speech.says("cause-of", machine=subject, cause=cause),
        since=since,
        ended=speech.time("ended", over.utc) if over else "",
        waiting=waiting,
        actor=(who := speech.words[f"actor-{actor}"]),
        step=page.step,
    )
    return Sentences(
        text=text[:1].upper() + text[1:] if not text.startswith(_own_names(place)) else text,
        symptom=symptom,
        cause=cause,
        since=since,
        waiting=waiting,
        next_step=page.operator,
        actor=who,
        meaning=page.meaning,
        call=page.call,
        reviewed=page.reviewed,
    )


def _symptom(alert: Alert, place: _Place, speech: _Speech) -> tuple[str, float, str]:
    """What is seen, since when (utc), and the words for the alert's own subject."""
    kind, subject, impact = alert.subject.kind, _subject(alert, place, speech), alert.impact
    site = speech.named("site", place.site)
    line = speech.named("line", place.line.name or place.line.id) if place.line else ""
    began, stops = alert.began.by.utc, alert.claim.stops
    if line and stops and kind is not SubjectKind.SITE and impact.line_stopped_since is not None:
        return speech.says("symptom-line-stopped", line=line), impact.line_stopped_since, subject
    if line and stops and place.step and impact.stage_left == 0 and alert.condition not in _BY_CONDITION:
        return speech.says("symptom-step-out", line=line, step=place.step), began, subject
    usual = "symptom-machine-stopped" if stops else "symptom-machine-warns"
    other = {SubjectKind.LINE: "symptom-line-other", SubjectKind.SITE: "symptom-site-other"}.get(kind, usual)
    partly = alert.condition is Condition.CONTACT_LOST and not stops  # one of several ways to the machine
    key = other if partly else _BY_CONDITION.get(alert.condition, other)
    return speech.says(key, machine=subject, line=line or subject, site=site), began, subject


def _subject(alert: Alert, place: _Place, speech: _Speech) -> str:
    kind, known = alert.subject.kind, place.machine
    if kind is SubjectKind.MACHINE:
        return speech.named(known.kind if known else MachineKind.OTHER, (known and known.name) or alert.subject.id)
    if kind is SubjectKind.LINE:
        return speech.named("line", (place.line and place.line.name) or alert.subject.id)
    return speech.named("site", alert.subject.id)


def _own_names(place: _Place) -> tuple[str, ...]:
    """What somebody called it is not written otherwise because it begins a sentence."""
    named = (each.name or each.id for each in (place.machine, place.line) if each)
    return (place.site, *(plain(each, NAME_ROOM) for each in named))


def _described(alert: Alert) -> str | None:
    """What the machine calls the supply in question, if it does."""
    told = (each.value for each in alert.claim.evidence if each.name == SUPPLY and isinstance(each.value, str))
    return device_text(next(told, ""), _DESCRIBED_ROOM) or None


def _text_key(alert: Alert, *, calls: bool) -> str:
    """`calls`: somebody must come who may not stand there, so the step is for whoever does."""
    if alert.state is AlertState.CLOSED:
        return "text-over"
    if alert.cleared is not None and alert.latched:
        return "text-latched"
    if alert.state is AlertState.CLEARING:
        return "text-clearing"
    return ("text-unstable" if alert.unstable else "text-open") + ("-call" if calls else "")


def _who(alert: Alert, rule: Rule | None) -> str:
    """Who should act: the machine's own word, or whom the rule means first."""
    return alert.claim.actor or next(iter(rule.audience if rule else ()), Audience.OPERATOR)


@lru_cache(maxsize=256)
def _local(utc: float, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(min(max(utc, 0.0), _LAST_DAY), zone)
