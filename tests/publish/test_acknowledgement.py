"""Whatever arrives where consumers confirm: only what is meant and true counts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.publish.acknowledgement import Confirmations, Verdict, acknowledgement

TOPIC = "fleetmon/v1/demo/down/ack/hq"
NAMED = {"hq": 10, "ministry": 0}


def heard(payload: object, topic: str = TOPIC) -> Verdict | None:
    """The verdict of a site that has committed 20 events, of which hq has confirmed 10."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    told = Confirmations().hear(topic, body, "stream", 20, NAMED)
    return told[0] if told else None


@pytest.mark.parametrize(
    ("payload", "verdict"),
    [
        ({"stream": "stream", "upto": 11}, Verdict.COUNTS),
        ({"stream": "stream", "upto": "20"}, Verdict.COUNTS),
        ({"specversion": "1.0", "data": {"stream": "stream", "upto": 12}}, Verdict.COUNTS),
        ({"stream": "stream", "upto": 10}, Verdict.KNOWN),
        ({"stream": "stream", "upto": 9}, Verdict.BACK),
        ({"stream": "stream", "upto": 21}, Verdict.BEYOND),
        ({"stream": "stream", "upto": 10**400}, Verdict.BEYOND),
        ({"stream": "an older one", "upto": 11}, Verdict.OTHER_STREAM),
        ({"stream": "stream", "upto": -1}, Verdict.GARBLED),
        ({"stream": "stream", "upto": "many"}, Verdict.GARBLED),
        ({"stream": "stream"}, Verdict.GARBLED),
        (b'{"stream": "stream", "upto": 1e999}', Verdict.GARBLED),
        (b"[" * 4000, Verdict.GARBLED),
        (b"", Verdict.GARBLED),
        (b"\xff\xfe", Verdict.GARBLED),
        (b'{"stream": "stream", "upto": 11, "more": "' + b"x" * 5000 + b'"}', Verdict.GARBLED),
    ],
)
def test_each_confirmation_has_its_verdict(payload: object, verdict: Verdict) -> None:
    """One that moves on counts; old, false, foreign and unreadable ones do not, and are told apart."""
    assert heard(payload) is verdict


def test_only_who_is_named_counts_and_other_topics_are_no_confirmations() -> None:
    """A stranger's word, though well formed, is a stranger's; a command is nobody's confirmation."""
    told = {"stream": "stream", "upto": 11}
    assert heard(told, "fleetmon/v1/demo/down/ack/somebody") is Verdict.STRANGER
    assert heard(told, "fleetmon/v1/demo/down/cmd/ping") is None


def test_of_many_only_the_newest_is_kept() -> None:
    """A flood in any order: one number a consumer, and each message counted."""
    confirmations = Confirmations()
    for upto in (12, 20, 15, 20):
        confirmations.hear(TOPIC, json.dumps({"stream": "stream", "upto": upto}).encode(), "stream", 20, NAMED)
    confirmations.hear(f"{TOPIC[:-2]}ministry", b'{"stream": "stream", "upto": 3}', "stream", 20, NAMED)
    confirmations.hear(TOPIC, b"?", "stream", 20, NAMED)
    assert confirmations.take() == {"hq": 20, "ministry": 3}
    assert confirmations.take() == {}
    confirmations.keep("hq", 20)
    confirmations.hear(TOPIC, b'{"stream": "stream", "upto": 19}', "stream", 20, NAMED)
    assert confirmations.take() == {"hq": 20}
    assert confirmations.heard == {Verdict.COUNTS: 6, Verdict.GARBLED: 1}


def test_who_repeats_itself_is_there_and_lacks_the_rest() -> None:
    """As after a reconnect: nothing new is confirmed, but it is known that somebody waits."""
    confirmations = Confirmations()
    confirmations.hear(TOPIC, json.dumps({"stream": "stream", "upto": 12}).encode(), "stream", 20, NAMED)
    assert not confirmations.said_again()
    confirmations.hear(TOPIC, json.dumps({"stream": "stream", "upto": NAMED["hq"]}).encode(), "stream", 20, NAMED)
    assert confirmations.said_again()
    assert not confirmations.said_again()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "stream", "upto"]), inner),
    max_leaves=8,
)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    """Nothing that arrives raises; what is read has a sequence that is not negative."""
    said = acknowledgement(TOPIC, payload)
    assert said is None or said.upto >= 0
