"""How much work waits, as an issuing system says it: believed for a while or refused with a hint, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.assess.timeline import at

from fleetmon.model.alert_words import Subject, SubjectKind
from fleetmon.model.plan import FleetPlan, LinePlan
from fleetmon.model.report import At
from fleetmon.model.stimuli import Work
from fleetmon.publish import schemas
from fleetmon.publish.command_payloads import Reason
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.work import LARGEST_BODY, LARGEST_FILE, MOST_VALID_S, Unbelieved, is_work, told, written

PLAN = FleetPlan("lab", (), tuple(LinePlan(name, (("a",),), (), None) for name in ("line1", "line2")))
NOW = at(0)
SCHEMA = Draft202012Validator(schemas.files()["work.json"])
SITE, LINE = Subject(SubjectKind.SITE, "lab"), Subject(SubjectKind.LINE, "line1")


def heard(body: object, below: str = "work/line1", now: At = NOW) -> Work | Unbelieved:
    """What a message says; anything but bytes is made JSON."""
    return told(below, body if isinstance(body, bytes) else json.dumps(body).encode(), PLAN, now)


def ago(seconds: float) -> str:
    """A moment before `NOW`."""
    return rfc3339(NOW.utc - seconds)


def test_a_number_is_enough() -> None:
    """It holds for a quarter of an hour, for the line of the topic or for the site."""
    assert heard({"waiting": 14}) == Work(LINE, 14, 900.0, NOW)
    assert heard({"waiting": 0, "valid_for_s": 30}, "work") == Work(SITE, 0, 30.0, NOW)
    assert heard(b'\xef\xbb\xbf{"waiting": 14.0}') == Work(LINE, 14, 900.0, NOW)


def test_nothing_says_that_nothing_is_known() -> None:
    """An empty message takes the retained one away: the word on it holds for no time at all."""
    assert heard(b"") == Work(LINE, 0, 0.0, NOW)


def test_age_counts_against_validity_and_the_future_is_now() -> None:
    """Told ten minutes ago it holds for five more; a publisher whose clock is ahead means now."""
    assert heard({"waiting": 3, "as_of": ago(600)}) == Work(LINE, 3, 300.0, NOW)
    assert heard({"waiting": 3, "as_of": ago(-7200)}) == Work(LINE, 3, 900.0, NOW)
    assert heard({"waiting": 3, "valid_for_s": 40, "as_of": ago(30)}) == Work(LINE, 3, 10.0, NOW)


@pytest.mark.parametrize("age_s", [900, 901, 86_400, 1e9])
def test_what_is_out_of_date_is_not_believed(age_s: float) -> None:
    """However it was kept for us; the text says how old it seems, for it may be a clock that is wrong."""
    old = heard({"waiting": 3, "as_of": ago(age_s)})
    assert isinstance(old, Unbelieved)
    assert old.reason is Reason.EXPIRED
    assert old.text == f"by this computer's clock it is {age_s:.0f} s old, and it holds for 900 s"


def test_a_cloud_event_is_opened_and_its_time_is_as_good() -> None:
    """What `data` says itself comes first."""
    event: dict[str, Any] = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "time": ago(60)}
    assert heard({**event, "data": {"waiting": 2}}) == Work(LINE, 2, 840.0, NOW)
    assert heard({**event, "data": {"waiting": 2, "as_of": ago(10)}}) == Work(LINE, 2, 890.0, NOW)
    assert heard({**event, "data": [2]}) == Unbelieved(Reason.MALFORMED, 'it is no JSON object as {"waiting": 14}')


@pytest.mark.parametrize(
    ("body", "reason", "hint"),
    [
        (b'{"waiting": 1', Reason.MALFORMED, "it is no JSON, or only half of it"),
        (b"\xff\xfe", Reason.MALFORMED, "it is no JSON, or only half of it"),
        (b"[" * 4000, Reason.MALFORMED, "it is no JSON, or only half of it"),
        (b"14", Reason.MALFORMED, 'it is no JSON object as {"waiting": 14}'),
        (b" " * (LARGEST_BODY + 1), Reason.TOO_LARGE, "it has 4097 bytes, at most 4096 are read"),
        ({}, Reason.BAD_ARGUMENTS, "waiting is missing: a whole number from 0 to 10000000: documents ready to be made"),
        (
            {"waiting": 1, "name": "Somebody"},
            Reason.BAD_ARGUMENTS,
            "it has a member that nobody here knows; there are ",
        ),
        ({"waiting": 1, "valid_for_s": 29}, Reason.BAD_ARGUMENTS, "valid_for_s must be seconds, from 30 to 86400"),
        ({"waiting": 1, "valid_for_s": 86_401}, Reason.BAD_ARGUMENTS, "valid_for_s must be seconds, from 30 to 86400"),
        ({"waiting": 1, "valid_for_s": True}, Reason.BAD_ARGUMENTS, "valid_for_s must be seconds, from 30 to 86400"),
        (b'{"waiting": 1, "valid_for_s": NaN}', Reason.BAD_ARGUMENTS, "valid_for_s must be seconds"),
        ({"waiting": 1, "as_of": "noon"}, Reason.BAD_ARGUMENTS, "as_of must be a moment as 2026-11-22T14:15:00Z"),
        ({"waiting": 1, "as_of": 1e9}, Reason.BAD_ARGUMENTS, "as_of must be a moment as 2026-11-22T14:15:00Z"),
        (rb'{"waiting": 1, "\ud800": 1}', Reason.BAD_ARGUMENTS, "it has a member that nobody here knows"),
        ({"waiting": 1, "line": "line1"}, Reason.BAD_ARGUMENTS, "it has a member that nobody here knows"),
    ],
)
def test_a_refusal_says_what_would_do(body: object, reason: Reason, hint: str) -> None:
    """And never repeats a value: it may be somebody's name."""
    refused = heard(body)
    assert isinstance(refused, Unbelieved)
    assert refused.reason is reason
    assert refused.text.startswith(hint)
    assert "Somebody" not in refused.text


@pytest.mark.parametrize(
    "number", ["-1", "true", '"14"', "14.5", "NaN", "Infinity", "-Infinity", "1e400", "10000001", "null", "9" * 4000]
)
def test_what_is_no_number_of_documents_is_refused(number: str) -> None:
    """Negative, of another type, not finite, larger than any office."""
    refused = heard(f'{{"waiting": {number}}}'.encode())
    assert isinstance(refused, Unbelieved)
    assert refused.reason is Reason.BAD_ARGUMENTS


def test_a_line_that_nobody_set_up_is_refused_and_the_others_named() -> None:
    """Whatever characters its name is made of."""
    for line in ("line3", "LINE1", "", "line1/x", "a\n\u202eb"):
        refused = heard({"waiting": 1}, f"work/{line}")
        assert isinstance(refused, Unbelieved)
        assert refused.reason is Reason.BAD_ARGUMENTS
        assert refused.text.endswith("lines here: line1, line2")
        assert refused.text.isprintable()


def test_which_topics_tell_of_work() -> None:
    """`work` itself and what is below it."""
    assert [is_work(each) for each in ("work", "work/line1", "works", "cmd/work")] == [True, True, False, False]


def test_a_file_holds_one_word_or_several() -> None:
    """Of the site where no line is named; each is judged by itself, and its place is said."""
    assert written(b'{"waiting": 5}', 0.0, PLAN, NOW) == (Work(SITE, 5, 900.0, NOW),)
    several = [{"line": "line1", "waiting": 5}, {"line": "lane2", "waiting": 6}, 7]
    good, stranger, number = written(json.dumps(several).encode(), 0.0, PLAN, NOW)
    assert good == Work(LINE, 5, 900.0, NOW)
    text = "word 2 of 3: no line is called lane2; lines here: line1, line2"
    assert stranger == Unbelieved(Reason.BAD_ARGUMENTS, text)
    assert number == Unbelieved(Reason.MALFORMED, 'word 3 of 3: it is no JSON object as {"waiting": 14}')
    assert written(b"[]", 0.0, PLAN, NOW) == ()


def test_a_file_is_as_old_as_it_was_written_or_says_it_is() -> None:
    """The greater age counts; one from the future is from now."""
    both = json.dumps({"waiting": 5, "as_of": ago(100)}).encode()
    assert written(both, 300.0, PLAN, NOW) == (Work(SITE, 5, 600.0, NOW),)
    assert written(both, -300.0, PLAN, NOW) == (Work(SITE, 5, 800.0, NOW),)
    (old,) = written(b'{"waiting": 5}', 900.0, PLAN, NOW)
    assert isinstance(old, Unbelieved)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.MALFORMED),
        (b"7", Reason.MALFORMED),
        (b"{", Reason.MALFORMED),
        (b"\0" * 100, Reason.MALFORMED),
        (b" " * (LARGEST_FILE + 1), Reason.TOO_LARGE),
    ],
)
def test_a_file_that_says_nothing_is_refused_as_a_whole(content: bytes, reason: Reason) -> None:
    """Empty, half written, too large, something else."""
    (refused,) = written(content, 0.0, PLAN, NOW)
    assert isinstance(refused, Unbelieved)
    assert refused.reason is reason


TEXT = st.text(st.characters(codec=None), max_size=8)  # with halves of surrogate pairs, as JSON can write them
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries(
    {"waiting": JSON | st.integers(0, 100)},
    optional={
        "valid_for_s": JSON | st.floats(20, 100_000),
        "as_of": JSON | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
        "line": JSON | st.sampled_from(["line1", "line9"]),
        "specversion": st.just("1.0"),
        "time": JSON,
        "data": JSON,
    },
)
BYTES = st.binary(max_size=200) | (JSON | NEARLY | st.lists(NEARLY, max_size=3)).map(
    lambda each: json.dumps(each).encode()
)


def fits(word: Work | Unbelieved) -> None:
    """A word is one that may be believed, a refusal one that may be shown."""
    if isinstance(word, Work):
        assert word.scope in {SITE, LINE, Subject(SubjectKind.LINE, "line2")}
        assert type(word.waiting) is int
        assert 0 <= word.waiting <= 10_000_000
        assert 0.0 <= word.valid_for_s <= MOST_VALID_S
    else:
        assert word.text
        assert word.text.isprintable()
        assert len(word.text) < 300


@given(body=BYTES, line=st.text(max_size=60) | st.sampled_from(["line1", "line2"]), utc=st.floats(-1e9, 1e10))
def test_any_message_at_any_time(body: bytes, line: str, utc: float) -> None:
    """Whatever comes, by whatever clock: a word that will be out of date within a day, or a refusal."""
    now = At(utc, 5.0, "boot")
    fits(told("work", body, PLAN, now))
    fits(told(f"work/{line}", body, PLAN, now))


@given(content=BYTES, age_s=st.floats(-1e12, 1e12))
def test_any_file_of_any_age(content: bytes, age_s: float) -> None:
    """The same for files."""
    for word in written(content, age_s, PLAN, NOW):
        fits(word)


@given(body=NEARLY)
def test_the_schema_and_the_site_agree(body: dict[str, object]) -> None:
    """What the published schema refuses is refused; what it allows is, unless it is out of date or no real moment."""
    if "specversion" in body:
        return
    valid = SCHEMA.is_valid(json.loads(json.dumps(body)))
    word = heard(body)
    if isinstance(word, Work):
        assert valid
    elif valid:
        assert word.reason is Reason.EXPIRED or "as_of" in word.text
