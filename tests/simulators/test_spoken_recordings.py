"""A recorded talk on a line of bytes is said again: octet by octet, at its moment, in its turn, silences included."""

import json

import pytest
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.recordings.spoken import Repeating, Talk, talk
from fleetmon.simulators.wires.delivery import Delivery
from hypothesis import given
from hypothesis import strategies as st

HEADER = {
    "fleetmon-recording": 1,
    "machine": "m",
    "link": "tcp",
    "began": 1.0,
    "interval_s": 5.0,
    "driver": "lapis_lamina",
}
LINE = {"baud": 19200, "data_bits": 8, "parity": "none", "stop_bits": 1}


def said(poll: int, at: float, asked: bytes, came: bytes | None, failed: str | None = None) -> dict[str, object]:
    words: dict[str, object] = {"t": at, "took": 0.1, "poll": poll, "ask": asked.hex()}
    if came is not None:
        words["got"] = came.hex()
    return words | ({"failed": failed, "text": "why"} if failed else {})


def end(poll: int, at: float) -> dict[str, object]:
    return {"t": at, "poll": poll, "heard": "report"}


def told(*lines: dict[str, object], **header: object) -> Talk:
    return talk([json.dumps(each) for each in (HEADER | {"line": LINE} | header, *lines)], "it")


def octets(deliveries: list[Delivery]) -> list[bytes]:
    return [each.octets for each in deliveries]


STORY = (
    said(1, 0.0, b"\x1bT\r", b"175\r"),
    said(1, 0.2, b"\x1bX\r", b""),
    end(1, 0.3),
    said(2, 5.0, b"\x1bT\r", b"17", "garbled"),
    end(2, 6.0),
    said(3, 10.0, b"\x1bT\r", None, "timeout"),
    end(3, 12.0),
    said(4, 15.0, b"\x1bT\r", None, "refused"),
    end(4, 15.1),
    said(5, 20.0, b"\x1bT\r", b"160\r"),
    said(5, 20.1, b"\x1bT\r", b"161\r"),
    end(5, 20.2),
)


def test_each_moment_has_its_answer() -> None:
    """What was garbled is garbled, what was silent is silent, who was not there hangs up, the end stays."""
    speaker = Repeating(told(*STORY))
    assert octets(speaker.hear(b"\x1bT\r", 0.0)) == [b"175\r"]
    assert octets(speaker.hear(b"\x1bX\r", 0.2)) == []
    assert octets(speaker.hear(b"\x1bT\r", 5.0)) == [b"17"]
    assert octets(speaker.hear(b"\x1bT\r", 10.0)) == []
    assert speaker.hear(b"\x1bT\r", 15.0) == [Delivery(0.0, b"", hang_up=True)]
    assert [octets(speaker.hear(b"\x1bT\r", 20.0 + n)) for n in range(3)] == [[b"160\r"], [b"161\r"], [b"161\r"]]
    assert octets(speaker.hear(b"\x1bX\r", 25.0)) == []
    assert speaker.hear(b"\x1bQ\r", 25.0) == []


def test_two_clients_share_the_turns_and_not_the_halves_of_questions() -> None:
    """Who connects for each question is answered in turn all the same."""
    speaker = Repeating(told(*STORY))
    assert speaker.hear(b"\x1bT", 20.0) == []
    assert octets(speaker.meet().hear(b"\x1bT\r", 20.0)) == [b"160\r"]
    assert octets(speaker.meet().hear(b"\x1bT\r", 20.0)) == [b"161\r"]


def test_the_time_of_the_line_is_not_waited_for_twice() -> None:
    """What a serial line takes for the octets is a part of what was measured."""
    [fast] = Repeating(told(*STORY)).hear(b"\x1bT\r", 0.0)
    [slow] = Repeating(told(*STORY), octet_s=0.01).hear(b"\x1bT\r", 0.0)
    assert (fast.after_s, slow.after_s) == (0.1, pytest.approx(0.03))


def test_modbus_tcp_is_answered_under_the_asker_s_own_number() -> None:
    """The transaction is of no account in the question, and in the answer the one that was asked with."""
    asked, came = (
        bytes.fromhex("0007000000060103000000 02".replace(" ", "")),
        bytes.fromhex("000700000007010304000005dc"),
    )
    speaker = Repeating(told(said(1, 0.0, asked, came), end(1, 0.1), link="modbus+tcp", modbus_unit=1))
    [answer] = speaker.hear(b"\x12\x34" + asked[2:], 0.0)
    assert answer.octets == b"\x12\x34" + came[2:]


questions = st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=4, unique=True).filter(
    lambda found: not any(one != other and one.startswith(other) for one in found for other in found)
)


@given(questions, st.data())
def test_how_a_question_is_cut_makes_no_difference(asked: list[bytes], data: st.DataObject) -> None:
    """Octet by octet, or several questions at once: the answers are the same, in the order asked."""
    lines = [said(1, 0.0, each, b"<" + each + b">") for each in asked]
    wanted = data.draw(st.lists(st.sampled_from(asked), max_size=5))
    whole = Repeating(told(*lines, end(1, 1.0))).hear(b"".join(wanted), 0.5)
    speaker = Repeating(told(*lines, end(1, 1.0)))
    pieces = [each for octet in b"".join(wanted) for each in speaker.hear(bytes((octet,)), 0.5)]
    assert octets(pieces) == octets(whole) == [b"<" + each + b">" for each in wanted]


@pytest.mark.parametrize(
    ("lines", "header", "complaint"),
    [
        ((end(1, 0.0) | {"t": "x"}, end(2, 1.0)), {}, "it:2: poll and t are numbers"),
        ((said(1, 0.0, b"a", b"b") | {"ask": "1"}, end(1, 0.0)), {}, "it:2: non-hexadecimal number"),
        ((said(1, 0.0, b"a", b"b") | {"took": "x"}, end(1, 0.0)), {}, "it:2: took is a number of seconds"),
        ((said(1, 0.0, b"a", None), end(1, 0.0)), {}, "it:2: got is missing"),
        ((said(1, 0.0, b"a", b"b"),), {}, "it: holds no whole poll"),
        ((end(1, 0.0),), {"line": {"baud": "x"}}, r"it:1: line: .* are no settings of a serial line"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    lines: tuple[dict[str, object], ...], header: dict[str, object], complaint: str
) -> None:
    """As for every file that people may have touched."""
    with pytest.raises(BadInput, match=complaint):
        told(*lines, **header)
