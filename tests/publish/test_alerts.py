"""Alerts as they are told: payloads that explain themselves, stay small, and say nothing that nobody may know."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fleetmon.assess.alerting.rules import RULES
from fleetmon.model.alerts import (
    Acknowledgement,
    Alert,
    AlertState,
    Audience,
    Certainty,
    Claim,
    Condition,
    Evidence,
    Handling,
    HeldBack,
    Impact,
    Move,
    Onset,
    PlannedStop,
    Priority,
    Proof,
    Rule,
    Shelf,
    Subject,
    SubjectKind,
    Summary,
    Telling,
    Transition,
)
from fleetmon.model.messages import Event, EventClass, View
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan
from fleetmon.model.report import At
from fleetmon.model.words import Actor, MachineKind, Severity
from fleetmon.playbooks import shipped
from fleetmon.publish import contract
from fleetmon.publish.alert_data import alert_name, isa_letter
from fleetmon.publish.alerts import alert_counts, alert_event, alert_gone, alert_view, planned_stop, summary_event
from fleetmon.publish.channels import channel
from fleetmon.publish.envelope import SOFT_LIMIT, Origin, encode_data, event_bytes, view_bytes
from fleetmon.publish.mqtt import UplinkPlan
from fleetmon.publish.schemas import messages
from fleetmon.publish.wording import Worded, worded

from .alerting import OFFICE, SITE, SOURCES, ZONE, alert, at, claim, english, words
from .conftest import Read
from .peers import Broker, until
from .sites import a_site

ORIGIN = Origin("office", "4f0c2a52-0000-4000-8000-000000000001")
VALIDATORS = {kind: Draft202012Validator(schema) for kind, schema in messages().items()}
ACKNOWLEDGED = Acknowledgement("Desk 4", at("10:05"), at("22:05").utc, "on my way")
SHELVED = Shelf("Desk 4", at("10:05"), at("12:05").utc, "spare part ordered")


def sent(told: Event | View) -> dict[str, Any]:
    """The message as a subscriber reads it: small enough, where it belongs, and as its schema wants it."""
    if isinstance(told, Event):
        body = event_bytes(ORIGIN, 2**53, told, encode_data(told.data), at("10:03"))
    else:
        body = view_bytes(ORIGIN, "4294967296", told, 2**53, at("10:03"))
    assert len(body) <= SOFT_LIMIT
    place = channel("up/event" if isinstance(told, Event) else f"up/{told.topic}")
    assert place is not None
    assert told.type in place.types
    message: dict[str, Any] = json.loads(body)
    VALIDATORS[told.type].validate(message)
    return message


def shown(of: Alert, now: At | None = None, **more: Any) -> dict[str, Any]:
    """The data of an alert's view."""
    data: dict[str, Any] = sent(alert_view(of, OFFICE, words(of, now), now or at("10:03"), **more))["data"]
    return data


def test_an_alert_explains_itself() -> None:
    """One of everything: what it is, since when, what it costs, the figures, the rule, and what nearly was told."""
    of = alert(
        claim(part="supply-2", evidence=(Evidence("level", 0.0, "percent", 10),)),
        priority=Priority.P1,
        impact=Impact("line2", at("10:02:40").utc, 0, 14),
        telling=Telling(at("10:02:30")),
        root_of=("aa", "bb"),
        rev=4,
    )
    near = alert(claim("prn1", Condition.OUTPUT_FULL), id="n1", held_back=HeldBack.INHIBITED, caused_by=of.id)
    data = shown(of, rule=RULES[Condition.SUPPLY_EMPTY], nearly=[near])
    sentences = words(of)["en"]
    assert data.pop("texts")["en"] == {name: getattr(sentences, name) for name in sentences.__slots__}
    assert data == {
        "text": sentences.text,
        "priority": 1,
        "state": "active",
        "subject": {"kind": "machine", "id": "lam1", "name": None},
        "condition": "supply-empty",
        "held_back": None,
        "isa": "B",
        "certainty": "confirmed",
        "part": "supply-2",
        "reasons": ["laminator-supply-empty"],
        "first_out": "laminator-supply-empty",
        "severity": "error",
        "stops": True,
        "actor": None,
        "audience": ["operator"],
        "line": "line2",
        "impact": {
            "line": "line2",
            "line_stopped_since": "2026-06-01T05:02:40.000Z",
            "stage_left": 0,
            "waiting": 14,
        },
        "began": {"after": "2026-06-01T05:01:55.000Z", "by": "2026-06-01T05:02:00.000Z"},
        "raised": "2026-06-01T05:02:30.000Z",
        "gone": None,
        "cleared": None,
        "closed": None,
        "announced": "2026-06-01T05:02:30.000Z",
        "reminded": None,
        "escalation": 0,
        "in_summary": False,
        "acknowledged": None,
        "shelved": None,
        "held_since": None,
        "caused_by": None,
        "root_of": ["aa", "bb"],
        "root_of_omitted": 0,
        "latched": False,
        "unstable": False,
        "repeats": 0,
        "completions": 0,
        "evidence": [
            {"name": "level", "value": 0.0, "unit": "percent", "expected": 10.0},
            {"name": "code", "value": "31202", "unit": None, "expected": None},
            {"name": "said", "value": "FILM EMPTY", "unit": None, "expected": None},
        ],
        "evidence_omitted": 0,
        "rule": {
            "priority": 2,
            "raise_after_s": 30.0,
            "clear_after_s": 30.0,
            "proof": "absence",
            "latch": False,
            "always": False,
            "audience": ["operator"],
        },
        "nearly": [
            {
                "id": "n1",
                "key": "machine:prn1:output-full",
                "state": "active",
                "held_back": "inhibited",
                "why": f"it follows from another alert: {of.id}",
            }
        ],
        "nearly_omitted": 0,
        "alert": alert_name(of),
        "id": of.id,
        "key": "machine:lam1:supply-empty:supply-2",
        "rev": 4,
        "as_of_seq": 2**53,
    }


def test_the_line_to_read_out_comes_first() -> None:
    """Whoever looks at a topic with mosquitto_sub reads what is wrong before anything else."""
    of = alert(impact=Impact("line2", at("10:02:40").utc, 0, None))
    body = view_bytes(ORIGIN, "1", alert_view(of, OFFICE, words(of), at("10:03")), 7, at("10:03")).decode()
    assert f'"data":{{"text":"{english(of).text}","priority":2,"state":"active",' in body


def test_people_and_what_they_said_are_in_it() -> None:
    """Who acknowledged and who shelved, until when, and the letter of ISA-18.2."""
    data = shown(alert(handling=Handling(ACKNOWLEDGED, SHELVED), held_back=HeldBack.SHELVED, held_since=at("10:05")))
    assert data["acknowledged"] == {
        "by": "Desk 4",
        "at": "2026-06-01T05:05:00.000Z",
        "until": "2026-06-01T17:05:00.000Z",
        "comment": "on my way",
    }
    assert data["shelved"]["reason"] == "spare part ordered"
    assert (data["held_back"], data["held_since"], data["isa"]) == ("shelved", "2026-06-01T05:05:00.000Z", "G")


def test_the_topic_is_that_of_the_key_whatever_the_occurrence() -> None:
    """A dashboard that knows the topic finds the next occurrence there; two parts have two."""
    first, second = alert(), alert(id="0a", rev=9)
    other = alert(claim(part="supply-2"))
    assert alert_name(first) == alert_name(second) != alert_name(other)
    assert alert_name(first) == "lam1-supply-empty-7286558f"
    view = alert_view(first, OFFICE, words(first), at("10:03"))
    assert (view.topic, view.subject, view.retain, view.qos) == (f"alert/{alert_name(first)}", "lam1", True, 1)
    assert alert_gone(second, at("11:00")) == View(view.topic, view.type, "lam1", at("11:00"), None)


def test_an_alert_that_nothing_happened_to_has_the_same_payload() -> None:
    """Hours later, on the same day: nobody is told anything new."""
    of = alert()
    early, late = (alert_view(of, OFFICE, words(of, now), now) for now in (at("10:03"), at("18:47")))
    assert early.data == late.data


def test_an_event_carries_the_alert_as_it_is_since_then() -> None:
    """Who did it, why, whether people should hear of it now, and the very payload of the view."""
    of = alert(handling=Handling(ACKNOWLEDGED))
    change = Transition(of, Move.ACKNOWLEDGED, at("10:05"), tell=False, by="Desk 4", why="on my way")
    event = alert_event(change, OFFICE, words(of), RULES[of.condition])
    assert (event.event_class, event.type, event.subject) == (EventClass.ALERT, "fleetmon.alert.v1", "lam1")
    data = sent(event)["data"]
    assert (data["move"], data["tell"], data["by"], data["why"]) == ("acknowledged", False, "Desk 4", "on my way")
    view = shown(of, rule=RULES[of.condition])
    assert {**data["alert"], "as_of_seq": 2**53} == view
    assert data["text"] == view["text"]


def test_an_alert_of_the_site_has_no_machine_as_its_subject() -> None:
    """The attribute `subject` of a message is a machine or absent."""
    of = alert(replace(claim(condition=Condition.NETWORK_LOST, reasons=()), subject=SITE))
    assert "subject" not in sent(alert_view(of, OFFICE, words(of), at("10:03")))
    assert "subject" not in sent(alert_event(Transition(of, Move.RAISED, at("10:03")), OFFICE, words(of)))


async def test_a_reader_of_the_retained_topics_finds_what_calls_for_a_person(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Through a real broker: the alert on its topic, the line of text with it, then nothing once it is over."""
    broker.start()
    of = alert(impact=Impact("line2", at("10:02:40").utc, 0, None))
    async with a_site(tmp_path, plan) as site:
        site.views.put(alert_view(of, OFFICE, words(of), at("10:03")), 0)
        await site.connected()
        topic = f"fleetmon/v1/demo/up/alert/{alert_name(of)}"
        reader = await read("fleetmon/v1/+/up/alert/#")
        await until(lambda: topic in reader.latest(), "the alert is told")
        first = json.loads(reader.latest()[topic])["data"]
        assert first["text"].startswith("Line 2 stopped since 10:02: laminator lam1, ")
        assert first["texts"]["ur"]["text"] == words(of)["ur"].text
        site.views.put(alert_gone(of, at("11:00")), 0)
        await until(lambda: reader.latest()[topic] == "", "the topic is emptied")


@pytest.mark.parametrize(
    ("more", "letter"),
    [
        ({"state": AlertState.PENDING}, "A"),
        ({}, "B"),
        ({"handling": Handling(ACKNOWLEDGED)}, "C"),
        ({"state": AlertState.CLEARING, "gone": at("10:30")}, "B"),
        ({"state": AlertState.CLEARING, "cleared": at("10:31")}, "D"),
        ({"state": AlertState.CLEARING, "cleared": at("10:31"), "latched": True}, "E"),
        (
            {"state": AlertState.CLEARING, "cleared": at("10:31"), "latched": True, "handling": Handling(ACKNOWLEDGED)},
            "F",
        ),
        ({"held_back": HeldBack.SHELVED}, "G"),
        ({"held_back": HeldBack.INHIBITED}, "H"),
        ({"held_back": HeldBack.BY_DESIGN}, "H"),
        ({"held_back": HeldBack.MAINTENANCE}, "I"),
        ({"state": AlertState.CLOSED, "held_back": HeldBack.SHELVED, "closed": at("10:31")}, "A"),
    ],
)
def test_the_letter_follows_from_the_flags(more: dict[str, Any], letter: str) -> None:
    """ISA-18.2 knows one state where we know several flags; it is for display only."""
    assert isa_letter(alert(**more)) == letter


def test_a_flood_is_one_event() -> None:
    """The most urgent first, whatever order they are given in; what there is no room for is counted."""
    several = [alert(claim(f"m{n}"), id=f"id{n}", priority=Priority(n % 3 + 2)) for n in range(40)]
    summary = Summary(at("10:10"), at("10:05"), tuple(each.id for each in several))
    told = [(each, words(each)) for each in several]
    event = summary_event(summary, told, OFFICE, shipped(), ZONE)
    data = sent(event)["data"]
    assert event == summary_event(summary, reversed(told), OFFICE, shipped(), ZONE)
    assert (data["count"], len(data["alerts"]), data["alerts_omitted"]) == (40, 20, 20)
    assert data["priorities"] == {"1": 0, "2": 14, "3": 13, "4": 13, "5": 0}
    assert [each["priority"] for each in data["alerts"]] == [2] * 14 + [3] * 6
    assert data["text"].startswith("40 more alerts since 10:05 were not told one by one; the worst: Machine m0 stopped")
    assert not data["ended"]


def test_a_flood_of_alerts_that_nobody_remembers_is_told_all_the_same() -> None:
    """After a restart the number is known, though not the texts."""
    data = sent(summary_event(Summary(at("10:10"), at("10:05"), ("x",), ended=True), (), OFFICE, shipped(), ZONE))[
        "data"
    ]
    assert (data["count"], data["alerts"], data["alerts_omitted"], data["ended"]) == (1, [], 1, True)


def test_the_counts_of_a_site() -> None:
    """What people were told of by priority, what not and why, and the worst: the most urgent, then the oldest."""
    told = Telling(at("10:02:30"))
    old = alert(claim("prn2"), id="old", telling=told, began=Onset(None, at("9:00")))
    several = [
        alert(id="known", telling=told, handling=Handling(ACKNOWLEDGED)),
        old,
        alert(claim("prn1"), id="flood", priority=Priority.P4, telling=Telling(in_summary=True)),
        alert(claim("m1"), id="held", priority=Priority.P1, held_back=HeldBack.MAINTENANCE),
        alert(claim("m2"), id="young", state=AlertState.PENDING, priority=None),
        alert(claim("m3"), id="over", state=AlertState.CLOSED, telling=told, priority=Priority.P1),
    ]
    counts = alert_counts(several, OFFICE)
    assert counts == {
        "told": {"1": 0, "2": 2, "3": 0, "4": 1, "5": 0},
        "unacknowledged": 2,
        "held_back": 1,
        "pending": 1,
        "worst": {
            "alert": alert_name(old),
            "id": "old",
            "priority": 2,
            "subject": {"kind": "machine", "id": "prn2", "name": None},
            "condition": "supply-empty",
            "since": "2026-06-01T04:00:00.000Z",
        },
    }
    assert alert_counts(reversed(several), OFFICE) == counts


def test_a_planned_stop_is_told_with_its_scope() -> None:
    """Of a machine, a line or the site, until when, and why."""
    stop = PlannedStop(Subject(SubjectKind.LINE, "line2"), "Desk 4", at("12:00"), at("14:00").utc, "new rollers")
    assert planned_stop(stop, OFFICE).model_dump(mode="json") == {
        "scope": {"kind": "line", "id": "line2", "name": "Line 2"},
        "by": "Desk 4",
        "since": "2026-06-01T07:00:00.000Z",
        "until": "2026-06-01T09:00:00.000Z",
        "reason": "new rollers",
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_figure_that_json_lacks_is_a_word(value: float) -> None:
    """No division by nothing breaks a payload."""
    data = shown(alert(claim(evidence=(Evidence("ratio", value),))))
    assert data["evidence"][0]["value"] == str(value)


def test_what_a_machine_says_of_people_stays_at_the_site() -> None:
    """Neither the holder's name nor the document's number is in any message, nor what would clear a screen."""
    of = alert(claim(text="\x1b[2JJOB: KHAN AYESHA", evidence=(Evidence("display", "AB1234567<<KHAN"),)))
    for told in (
        alert_view(of, OFFICE, words(of), at("10:03")),
        alert_event(Transition(of, Move.RAISED, at("10:03")), OFFICE, words(of)),
    ):
        assert not any(word in json.dumps(sent(told)) for word in ("KHAN", "1234567", "\\u001b"))


ids = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=48)
long_texts = st.text(st.sampled_from('x"\\\x00\x1f🖨ف\u202e<\n{}'), max_size=40).map(lambda text: text * 60)
texts = st.one_of(long_texts, st.text(max_size=80))
values = st.one_of(texts, st.floats(), st.integers(-(10**30), 10**30))
moments = st.floats(-1e12, 1e15).map(lambda utc: At(utc, utc, "boot-1"))
maybe = st.none() | moments


def many(of: st.SearchStrategy[Any], most: int = 40) -> st.SearchStrategy[tuple[Any, ...]]:
    """None, a few, or as many as nobody expects."""
    return st.lists(of, max_size=3).map(tuple) | st.lists(of, min_size=1, max_size=2).map(lambda few: tuple(few * most))


claims = st.builds(
    Claim,
    subject=st.builds(Subject, st.sampled_from(SubjectKind), ids),
    condition=st.sampled_from(Condition),
    seen=moments,
    part=st.none() | texts,
    reasons=many(texts),
    severity=st.sampled_from(Severity),
    certainty=st.sampled_from(Certainty),
    stops=st.booleans(),
    actor=st.none() | st.sampled_from(Actor),
    codes=many(texts),
    text=st.none() | texts,
    evidence=many(st.builds(Evidence, texts, values, st.none() | texts, st.none() | values)),
)
alerts = claims.flatmap(
    lambda of: st.builds(
        Alert,
        key=st.just(of.key),
        id=ids,
        claim=st.just(of),
        began=st.builds(Onset, maybe, moments),
        state=st.sampled_from(AlertState),
        priority=st.none() | st.sampled_from(Priority),
        raised=maybe,
        gone=maybe,
        cleared=maybe,
        closed=maybe,
        latched=st.booleans(),
        unstable=st.booleans(),
        repeats=st.integers(0, 10**9),
        held_back=st.none() | st.sampled_from(HeldBack),
        held_since=maybe,
        caused_by=st.none() | ids,
        root_of=many(ids, 500),
        impact=st.builds(
            Impact,
            st.none() | ids,
            st.none() | st.floats(-1e12, 1e15),
            st.none() | st.integers(0, 9),
            st.none() | st.integers(0, 10**9),
        ),
        telling=st.builds(
            Telling, announced=maybe, reminded=maybe, escalation=st.integers(0, 2), in_summary=st.booleans()
        ),
        handling=st.builds(
            Handling,
            st.none() | st.builds(Acknowledgement, texts, moments, st.floats(0, 1e15), texts),
            st.none() | st.builds(Shelf, texts, moments, st.floats(0, 1e15), texts),
        ),
    )
)
rules = st.builds(
    Rule,
    st.none() | st.sampled_from(Priority),
    st.floats(0, 1e9),
    st.floats(0, 1e9),
    st.sampled_from(Proof),
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(Audience), max_size=5, unique=True).map(tuple),
)


def office_of(of: Alert, name: str) -> FleetPlan:
    """An office in which the alert's subject is called something, if its id can be one of the settings."""
    machine = MachinePlan(of.subject.id, MachineKind.LAMINATOR, SOURCES, name)
    return FleetPlan("office", (machine,), (LinePlan(of.impact.line or "line1", ((machine.id,),), name=name),))


def wordy(of: Alert, plan: FleetPlan, text: str) -> Worded:
    """Four languages, each with a text of somebody who did not know when to stop."""
    told = worded(of, plan, shipped(), ZONE, of.claim.seen)["en"]
    return {language: replace(told, text=text, meaning=text, call=text, next_step=text) for language in "abcd"}


@settings(max_examples=50)  # each of them builds and judges three messages of 16 KiB
@given(alerts, st.lists(alerts, max_size=2), rules, texts, st.none() | texts)
def test_no_alert_is_too_large_or_misses_its_schema(
    of: Alert, near: list[Alert], rule: Rule, name: str, text: str | None
) -> None:
    """The worst that machines, people and translators may write: every message fits below 16 KiB and its schema."""
    plan = office_of(of, name)
    told = worded(of, plan, shipped(), ZONE, of.claim.seen, rule) if text is None else wordy(of, plan, text)
    sent(alert_view(of, plan, told, of.claim.seen, rule, near * 12))
    sent(alert_event(Transition(of, Move.ANNOUNCED, of.claim.seen, True, name, name), plan, told, rule, near * 12))
    flood = Summary(of.claim.seen, of.claim.seen, (of.id,) * 25)
    sent(summary_event(flood, [(of, told)] * 25, plan, shipped(), ZONE))
    alert_counts([of, *near], plan)


def test_ordinary_texts_arrive_whole() -> None:
    """In all shipped languages, with all the figures of an ordinary day: the limits are for extraordinary ones."""
    of = alert(
        claim(part="supply-2", evidence=tuple(Evidence(f"figure {n}", 1.5, "documents", 9.0) for n in range(6))),
        handling=Handling(ACKNOWLEDGED),
        root_of=tuple("abcdef"),
    )
    for language, told in shown(of, rule=RULES[of.condition], nearly=[of] * 4)["texts"].items():
        sentences = words(of)[language]
        assert told == {name: getattr(sentences, name) for name in sentences.__slots__}


def test_types_are_those_of_the_contract() -> None:
    """One type for all transitions, one for the picture, one for a flood."""
    assert {contract.ALERT, contract.ALERT_SHOWN, contract.ALERTS_SUMMARY} <= set(contract.PAYLOADS)
