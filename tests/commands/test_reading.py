"""From any bytes on any topic to a command or a named refusal."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.model.report import At
from fleetmon.publish.command import (
    LARGEST_BODY,
    MUST_BE,
    Addressee,
    Asked,
    Command,
    Heading,
    Refusal,
    local,
    read,
)
from fleetmon.publish.command_arguments import RefreshArguments
from fleetmon.publish.command_payloads import ARGUMENTS, REASONS, Reason, Verb, Via
from fleetmon.publish.said import plain

REPLIES = "fleetmon/v1/office/up/reply"
NOW = At(1_800_000_000.0, 1000.0, "boot-1")  # 2027-01-15T08:00:00Z
SOON = "2027-01-15T08:01:00Z"
GOOD: dict[str, Any] = {"id": "a-1", "not_after": SOON, "who": "night shift", "why": "looks odd"}


def asked(verb: str = "ping", body: object = None, **details: Any) -> Command | Refusal:
    """What a body asks; None is a good one."""
    payload = body if isinstance(body, bytes) else json.dumps(GOOD if body is None else body).encode()
    return read(Asked(verb, payload, **details), REPLIES, NOW)


def refused(*arguments: Any, **details: Any) -> Refusal:
    found = asked(*arguments, **details)
    assert isinstance(found, Refusal), found
    return found


def accepted(*arguments: Any, **details: Any) -> Command:
    found = asked(*arguments, **details)
    assert isinstance(found, Command), found
    return found


def test_a_good_command_is_read_with_all_it_says() -> None:
    """Who, why, until when, what exactly, and whom to answer."""
    command = accepted("refresh", {**GOOD, "machine": "prn1", "reply": "wall"}, correlation=b"\x00\xff")
    assert command.heading == Heading("a-1", "refresh", "night shift", "looks odd", Via.MQTT)
    assert (command.verb, command.arguments) == (Verb.REFRESH, RefreshArguments(machine="prn1"))
    assert (command.not_after, command.to) == (NOW.utc + 60, Addressee("wall", b"\x00\xff"))


def test_the_envelope_may_be_there_or_not() -> None:
    """The same fields bare, or as the data of a CloudEvent, whose own id is another thing."""
    assert asked("ping", {"specversion": "1.0", "id": "x", "type": "t", "data": GOOD}) == asked("ping")


def test_properties_say_what_the_body_leaves_out() -> None:
    """MQTT 5: the response topic names the client, the correlation data is the id where the body has none."""
    body = {key: value for key, value in GOOD.items() if key != "id"}
    command = accepted("ping", body, response_topic=f"{REPLIES}/wall", correlation=b"c-7")
    assert (command.heading.id, command.to) == ("c-7", Addressee("wall", b"c-7"))
    both = accepted("ping", {**GOOD, "reply": "desk"}, response_topic=f"{REPLIES}/wall", correlation=b"c-7")
    assert (both.heading.id, both.to) == ("a-1", Addressee("wall", b"c-7"))


def test_nobody_needs_a_reply() -> None:
    """Without response topic and `reply` the audit event has to do."""
    assert accepted("ping").to is None
    assert accepted("ping", {**GOOD, "reply": None}).to is None


@pytest.mark.parametrize(
    ("reason", "verb", "body", "details"),
    [
        (Reason.MALFORMED, "ping", b"", {}),
        (Reason.MALFORMED, "ping", b"\xff\xfe{", {}),
        (Reason.MALFORMED, "ping", b"[" * 10_000, {}),
        (Reason.MALFORMED, "ping", [GOOD], {}),
        (Reason.MALFORMED, "ping", {"specversion": "1.0", "data": "text"}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "id": "a b"}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "id": "a" * 65}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "id": 7}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "id": "../x"}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "who": ""}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "who": "\x00\u202e\n"}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "who": "x" * 201}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "why": "x" * 201}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "why": 5}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "not_after": None}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "not_after": 1_800_000_060}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "not_after": "2027-01-15T08:01:00"}, {}),
        (Reason.MALFORMED, "ping", {**GOOD, "not_after": "2027-02-30T08:01:00Z"}, {}),
        (Reason.TOO_LARGE, "ping", b" " * (LARGEST_BODY + 1), {}),
        (Reason.TOO_LARGE, "ping", None, {"correlation": b"c" * 1025}),
        (Reason.RETAINED, "ping", None, {"retained": True}),
        (Reason.UNKNOWN_VERB, "reboot", None, {}),
        (Reason.UNKNOWN_VERB, "", None, {}),
        (Reason.EXPIRED, "ping", {**GOOD, "not_after": "2027-01-15T07:59:59.999Z"}, {}),
        (Reason.EXPIRED, "ping", {**GOOD, "not_after": "0001-01-01T00:00:00+23:59"}, {}),
        (Reason.TOO_FAR_AHEAD, "ping", {**GOOD, "not_after": "2027-01-16T08:00:01Z"}, {}),
        (Reason.BAD_ARGUMENTS, "ping", {**GOOD, "machine": "prn1"}, {}),
        (Reason.BAD_ARGUMENTS, "refresh", GOOD, {}),
        (Reason.BAD_ARGUMENTS, "refresh", {**GOOD, "machine": "prn1\n"}, {}),
        (Reason.BAD_ARGUMENTS, "refresh", {**GOOD, "machine": "prn1", "depth": 2}, {}),
        (Reason.BAD_ARGUMENTS, "replay", {**GOOD, "from": 5, "to": 4}, {}),
        (Reason.BAD_ARGUMENTS, "replay", {**GOOD, "from": 0, "to": 4}, {}),
        (Reason.BAD_ARGUMENTS, "replay", {**GOOD, "first": 1, "last": 4}, {}),
        (Reason.BAD_ARGUMENTS, "replay", {**GOOD, "from": 1, "to": 2**70}, {}),
        (Reason.FOREIGN_REPLY_TOPIC, "ping", {**GOOD, "reply": "a/b"}, {}),
        (Reason.FOREIGN_REPLY_TOPIC, "ping", {**GOOD, "reply": "Wall"}, {}),
        (Reason.FOREIGN_REPLY_TOPIC, "ping", {**GOOD, "reply": ["wall"]}, {}),
    ],
)
def test_each_refusal_has_its_name(reason: Reason, verb: str, body: object, details: dict[str, Any]) -> None:
    """What is wrong is said with a word for programs and a text for people."""
    refusal = refused(verb, body, **details)
    assert (refusal.reason, bool(refusal.text)) == (reason, True)


@pytest.mark.parametrize(
    "topic",
    [
        "fleetmon/v1/office/up/event",
        "fleetmon/v1/other/up/reply/wall",
        REPLIES,
        f"{REPLIES}/",
        f"{REPLIES}/a/b",
        f"{REPLIES}/../event",
        f"{REPLIES}/+",
        f"{REPLIES}/wall\n",
        f"{REPLIES}/{'w' * 49}",
        f"x/{REPLIES}/wall",
        "",
    ],
)
def test_a_reply_goes_below_our_own_reply_topic_or_nowhere(topic: str) -> None:
    """A response topic is text of the sender's choice; whatever the body says beside it."""
    refusal = refused("ping", {**GOOD, "reply": "wall"}, response_topic=topic)
    assert (refusal.reason, refusal.to) == (Reason.FOREIGN_REPLY_TOPIC, None)


def test_a_refused_command_with_an_id_is_known_by_it() -> None:
    """Its audit event and its reply can name it; one without an id cannot, but its sender may still be told."""
    assert refused("reboot").heading == Heading("a-1", "reboot", "night shift", "looks odd", Via.MQTT)
    garbage = refused("ping", b"?", response_topic=f"{REPLIES}/wall", correlation=b"c-7")
    assert (garbage.heading, garbage.to) == (None, Addressee("wall", b"c-7"))


def test_a_clock_that_was_never_set_is_named() -> None:
    """Not "expired", not "too far ahead": the site's own clock is what is wrong, and the text shows it."""
    refusal = read(Asked("ping", json.dumps(GOOD).encode()), REPLIES, At(12.0, 12.0, "boot-1"))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.CLOCK_NOT_SET
    assert "1970-01-01T00:00:12" in refusal.text


def test_a_command_from_the_local_socket_is_wanted_now() -> None:
    """It needs no date; its verb and arguments are checked like any other's."""
    heading = Heading("b-1", "refresh", "root", "", Via.CONTROL)
    command = local(heading, {"machine": "*"}, NOW)
    assert isinstance(command, Command)
    assert (command.to, command.arguments, command.not_after) == (None, RefreshArguments(machine="*"), NOW.utc + 86_400)
    refusal = local(heading, {"machine": "*", "hard": True}, NOW)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.heading) == (Reason.BAD_ARGUMENTS, heading)


@pytest.mark.parametrize(
    ("verb", "arguments", "text"),
    [
        ("ping", {"machine": "prn1"}, "ping knows no argument machine; it takes none"),
        ("ping", {"\ud800": 1}, "ping knows no argument whose name is no text; it takes none"),
        ("replay", {"from": 1, "to": 2, "first": 1}, "replay knows no argument first; it takes from and to"),
        ("refresh", {}, "machine is missing"),
        ("refresh", {"machine": "PRN 1"}, 'machine must be the id of a machine, or "*" for all of them'),
        ("refresh", {"machine": None}, 'machine must be the id of a machine, or "*" for all of them'),
        ("replay", {"from": 0, "to": 2}, "from must be a whole number from 1 to 2^63 - 1"),
        ("replay", {"from": 1, "to": []}, "to must be a whole number from 1 to 2^63 - 1"),
        ("replay", {"from": 2, "to": 1}, "from is above to"),
    ],
)
def test_what_is_wrong_with_an_argument_is_said_in_plain_words(verb: str, arguments: dict[str, Any], text: str) -> None:
    """The answer is read by somebody who asked, not by who wrote the models."""
    refusal = local(Heading("b-1", verb, "root", "", Via.CONTROL), arguments, NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.text == text


def test_every_argument_has_words_for_what_it_must_be() -> None:
    """An argument that is new gets its words too."""
    names = {field.alias or name for model in ARGUMENTS.values() for name, field in model.model_fields.items()}
    assert names == set(MUST_BE)


def test_texts_are_shown_as_they_are() -> None:
    """One line, nothing hidden, nothing reordered; the joiners of Urdu stay."""
    assert plain("  a\tb\r\nc\x1b[31m\u202e!\ud800 ") == "a b c [31m !"
    assert plain("دفعہ\u200cکا") == "دفعہ\u200cکا"


def test_every_reason_is_explained_and_every_verb_has_arguments() -> None:
    """The tables have no holes."""
    assert set(REASONS) == set(Reason)
    assert set(ARGUMENTS) == set(Verb)


TEXT = st.text(st.characters(codec=None))  # with halves of surrogate pairs, as JSON can write them
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | TEXT
ANY_JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=10)
FIELDS = (
    "id",
    "not_after",
    "who",
    "why",
    "reply",
    "machine",
    "from",
    "to",
    "alert",
    "until",
    "for",
    "scope",
    "data",
    "specversion",
)
BODIES = st.builds(
    lambda good, changes: {**good, **changes},
    st.sampled_from([{}, GOOD, {**GOOD, "machine": "prn1"}, {**GOOD, "from": 1, "to": 2}]),
    st.dictionaries(st.sampled_from(FIELDS) | TEXT, ANY_JSON, max_size=4),
)
PAYLOADS = (
    st.binary()
    | BODIES.map(lambda body: json.dumps(body).encode())
    | ANY_JSON.map(lambda body: json.dumps(body).encode())
)


@given(
    st.sampled_from([*Verb]) | st.text(),
    PAYLOADS,
    st.booleans(),
    st.none() | st.text() | st.just(f"{REPLIES}/wall") | st.text().map(lambda end: f"{REPLIES}/{end}"),
    st.none() | st.binary(max_size=1100),
    st.sampled_from([NOW, At(0.0, 0.0, "b"), At(-5.0, 0.0, "b"), At(1e18, 0.0, "b")]),
)
def test_whatever_arrives_is_a_command_or_a_refusal(
    verb: str, payload: bytes, retained: bool, topic: str | None, correlation: bytes | None, now: At
) -> None:
    """Never an exception; all texts bounded and plain; replies confined; no command without an id and a name."""
    found = read(Asked(str(verb), payload, retained, topic, correlation), REPLIES, now)
    assert found.to is None or found.to.client.replace("-", "").isalnum()
    if isinstance(found, Refusal):
        assert 0 < len(found.text) <= 300
        assert found.text == plain(found.text)
    else:
        assert not retained
        assert now.utc <= found.not_after <= now.utc + 86_400
        assert found.heading.who
    if found.heading is not None:
        assert len(found.heading.verb) <= 48
        said: Callable[[str], bool] = lambda text: text == plain(text) and len(text) <= 200  # noqa: E731
        assert said(found.heading.who or "")
        assert said(found.heading.why)
