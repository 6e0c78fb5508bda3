"""Frames cut out of a stream: however octets arrive, whatever stands in them, right or garbled."""

import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tests.decode.framing.arriving import CUTS, arrived, ask, contents, framing, pieces
from tests.decode.framing.independent import CHECKS, CONTENT, COUNTED, DELIMITED, FIXED, FRAMINGS, MARKS, number

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.bounds import LONGEST_FRAME, LONGEST_REPLY
from fleetmon.decode.framing.framed import Framed, wrap
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.definition.framing import Check, Delimited, Fixed, LengthPrefixed, UntilClose, UntilQuiet
from fleetmon.definition.line import Nack
from fleetmon.errors import GarbledReply

NACKS = st.one_of(
    st.none(), st.sampled_from([Nack(), Nack(start=b"\x15", length=0), Nack(start=b"\x10\x15", length=2)])
)
BCC = {"start": "<STX>", "end": "<ETX>", "check": {"kind": "xor"}}
BCC_INSIDE = {"start": "<STX>", "end": "<ETX>", "check": {"kind": "xor", "place": "before-end"}}
STUFFED = {
    "start": "<DLE><STX>", "end": "<DLE><ETX>", "escape": "<DLE>", "check": {"kind": "crc-16/xmodem"},
}  # fmt: skip


def one_by_one(octets: bytes) -> list[bytes]:
    """Each octet alone."""
    return [bytes([octet]) for octet in octets]


def frame_or_none(how, content: bytes) -> bytes | None:
    """The frame of this content, None if it cannot hold it."""
    try:
        return wrap(how, content)
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------------------ arrival


@given(
    FRAMINGS, NACKS, st.sampled_from([b"", b"?", b"A0"]), st.integers(1, 3), st.lists(CONTENT, max_size=4), CUTS,
    st.booleans(), st.booleans(),
)  # fmt: skip
@settings(max_examples=300)
def test_it_makes_no_difference_how_octets_arrive(how, nack, echo, frames, said, cuts, framed, closed):
    """Singly, in any pieces or at once: the same answer, or the same refusal to see one."""
    octets = echo + b"".join((framed and frame_or_none(how, content)) or content for content in said)
    question = Ask(b"?", Framed(how, nack, echo), 2.0, frames)
    singly = arrived(question, one_by_one(octets), closed)
    assert arrived(question, pieces(octets, cuts), closed) == singly
    assert arrived(question, [octets], closed) == singly


@given(st.one_of(DELIMITED, FIXED, COUNTED), st.lists(CONTENT, min_size=1, max_size=4), CONTENT, CUTS)
@settings(max_examples=200)
def test_what_is_wrapped_is_cut_out_again(how, said, behind, cuts):
    """Frames glued to each other are told apart, and what comes behind the last one is left over."""
    wrapped = [frame_or_none(how, content) for content in said]
    assume(all(wrapped))
    octets = b"".join(wrapped)
    question = Ask(b"?", Framed(how), 2.0, len(said))
    assert arrived(question, pieces(octets, cuts)) == Answer(octets, tuple(said))
    gathering = Gathering(question)
    assert gathering.feed(octets + behind) == Answer(octets, tuple(said))
    assert gathering.leftover == behind
    assert gathering.octets == octets


@given(st.one_of(DELIMITED, FIXED, COUNTED), CONTENT, st.binary(max_size=40), CUTS)
def test_noise_before_a_start_mark_is_passed_over(how, content, noise, cuts):
    """Only where the mark cannot be made by the noise and the frame's own beginning."""
    assume(how.start)
    frame = frame_or_none(how, content)
    assume(frame and (noise + frame).find(how.start) == len(noise))
    found = arrived(Ask(b"?", Framed(how), 2.0), pieces(noise + frame, cuts))
    assert found == Answer(noise + frame, (content,))


@given(st.one_of(DELIMITED, FIXED, COUNTED), CONTENT, st.data())
def test_a_frame_that_was_cut_short_is_garbled(how, content, data):
    """Every beginning of a frame waits for more, and is garbled when the line is closed."""
    frame = frame_or_none(how, content)
    assume(frame)
    short = frame[: data.draw(st.integers(0, len(frame) - 1))]
    assert arrived(Ask(b"?", Framed(how), 2.0), [short]) == "more"
    assert arrived(Ask(b"?", Framed(how), 2.0), [short], closed=True) == "garbled"


# ------------------------------------------------------------------------------------------------------ checks


@given(st.one_of(DELIMITED, FIXED, COUNTED), st.lists(CONTENT, min_size=1, max_size=3))
@settings(max_examples=200)
@example(framing(BCC), [b"\x02S1\x03b\x03"])
def test_nothing_is_taken_that_its_check_does_not_prove(how, said):
    """Of any octets, only a content whose check, computed independently, stands where it must be."""
    assume(how.check and not getattr(how, "escape", b""))
    octets = b"".join(frame_or_none(how, content) or content for content in said)
    found = arrived(Ask(b"?", Framed(how), 2.0), [octets])
    if isinstance(found, Answer):
        came = found.octets.lower()
        assert any(came.endswith(each.lower()) for each in proven_frames(how, found.frames[0], found.octets))


def proven_frames(how, content: bytes, came: bytes) -> Iterator[bytes]:
    """The frames that may hold this content, their checks computed independently; hexadecimal digits in one case."""
    if isinstance(how, Fixed):
        yield how.start + content + written(how.check, how.start + content, content, b"")
        return
    for end in how.ends if isinstance(how, Delimited) else (how.end,):
        before, number, rest = b"", b"", content
        if isinstance(how, LengthPrefixed):
            size = len(how.start + content + end) + how.size + how.check.width
            at = len(came) - size + len(how.start) + how.before
            before, number, rest = content[: how.before], came[at : at + how.size], content[how.before :]
        body = how.start + before + number + rest
        proof = written(how.check, body, content, end, before + number + rest)
        inside = how.check.place == "before-end"
        yield body + (proof + end if inside else end + proof) + getattr(how, "after", b"")


def written(check: Check, from_start: bytes, content: bytes, end: bytes, from_number: bytes = b"") -> bytes:
    """The check as it stands in a frame."""
    first, *_, last = check.of.split("+") * 2
    body = {"start": from_start, "number": from_number, "content": content}[first]
    said = number(check, body + (end if last == "end" else b""))
    if check.form == "decimal":
        return f"{said:0{check.width}d}".encode()
    octets = said.to_bytes(check.bits // 8, check.order)
    return octets if check.form == "binary" else octets.hex().encode()


def flipped(octets: bytes, bit: int) -> bytes:
    """The octets with one bit turned round."""
    return octets[: bit // 8] + bytes([octets[bit // 8] ^ 1 << bit % 8]) + octets[bit // 8 + 1 :]


@given(CHECKS.filter(bool), st.integers(1, 40).flatmap(lambda size: st.binary(min_size=size, max_size=size)), st.data())
def test_a_flipped_bit_is_always_seen_where_it_moves_no_mark(said, content, data):
    """Every sum and every CRC sees one wrong bit in content or check. In a frame of fixed length no bit can do more,
    except to the case of a hexadecimal digit, which means nothing."""
    check = Check.model_validate(said)
    assume(check.kind != "crc" or check.polynomial & 1)
    how = Fixed(kind="fixed", length=len(content) + check.width, check=check)
    frame = wrap(how, content)
    bit = data.draw(st.integers(0, 8 * len(frame) - 1))
    assert contents(ask(how), flipped(frame, bit)) in ("garbled", [content])
    if bit < 8 * len(content):
        assert contents(ask(how), flipped(frame, bit)) == "garbled"


def test_every_flipped_bit_of_a_frame_with_marks_is_seen():
    """In STX..ETX with BCC and in a stuffed frame with a CRC: no bit of this frame can be wrong and another content be
    taken. (A frame may exist whose flipped bit makes an ETX before a fitting BCC: eight bits prove no more.)"""
    for said in (BCC, STUFFED, {**BCC, "check": {"kind": "crc-16/modbus", "order": "little", "form": "hex"}}):
        frame = wrap(framing(said), b"S1,02,0034;E14")
        for bit in range(8 * len(frame)):
            assert contents(ask(said), flipped(frame, bit), closed=True) in ("garbled", [b"S1,02,0034;E14"])


# ------------------------------------------------------------------------------------------------------ adversaries


@pytest.mark.parametrize(
    ("said", "octets", "found"),
    [
        # start and refusal octets inside the content
        ("stx-etx", b"\x02a\x02b\x03", [b"a\x02b"]),
        ("stx-etx", b"\x02a\x15\x15b\x03", [b"a\x15\x15b"]),
        # the end mark inside the content without an escape: cannot be told, and the check says so
        (BCC, b"\x02a\x03z\x03" + bytes([0x61 ^ 3 ^ 0x7A ^ 3]), "garbled"),
        # a BCC that equals ETX, STX, CR
        (BCC, b"\x02aa\x03\x03", [b"aa"]),
        (BCC, b"\x02ab\x03\x00", [b"ab"]),
        # the same before the end: 'A' ^ 'A' ^ ETX = ETX
        (BCC_INSIDE, b"\x02AA\x03\x03", [b"AA"]),
        (BCC_INSIDE, b"\x02AA\x03", "more"),
        (BCC_INSIDE, b"\x02AAb\x03x", "garbled"),
        (BCC_INSIDE, b"\x02\x03", "more"),
        # a CRC of two octets before the end, both of them end marks
        ({**BCC_INSIDE, "check": {"kind": "sum", "bits": 16, "of": "content", "place": "before-end"}},
         b"\x02" + b"\xff" * 3 + b"\x06\x03\x03\x03", [b"\xff" * 3 + b"\x06"]),
        # hexadecimal digits of either case, whatever the definition prints
        ({**BCC, "check": {"kind": "sum", "form": "HEX"}}, b"\x0205S\x03bb", [b"05S"]),
        ({**BCC, "check": {"kind": "sum", "form": "hex"}}, b"\x0205S\x03BB", [b"05S"]),
        ({**BCC, "check": {"kind": "sum", "form": "HEX"}}, b"\x0205S\x03BC", "garbled"),
        ({**BCC, "check": {"kind": "sum", "form": "decimal"}}, b"\x0205S\x03187", [b"05S"]),
        # what must follow
        ({**BCC, "check": None, "after": "<CR><LF>"}, b"\x02a\x03\r\n", [b"a"]),
        ({**BCC, "check": None, "after": "<CR><LF>"}, b"\x02a\x03\r", "more"),
        ({**BCC, "check": None, "after": "<CR><LF>"}, b"\x02a\x03\n", "garbled"),
        # several ends; the earliest counts, and of two that end together the longer
        ({"end": ["<LF>", "<CR><LF>"]}, b"a\r\n", [b"a"]),
        ({"end": ["<LF>", "<CR><LF>"]}, b"a\n", [b"a"]),
        ({"end": ["<3E>", "#"]}, b"ok#", [b"ok"]),
        ("line", b"\r\n\r\nok\r\n", [b"ok"]),
        ("cr", b"\r", [b""]),
        ("quoted", b'"V75.19"', [b"V75.19"]),
        ("quoted", b'V75"', "more"),
        # stuffing
        (STUFFED, b"\x10\x02a\x10\x10b\x10\x03" + bytes.fromhex("0000"), "garbled"),
        ({"end": "<CR>", "escape": "<ESC>"}, b"a\x1b\rb\x1b\x1bc\r", [b"a\rb\x1bc"]),
        ({"end": "<CR>", "escape": "<ESC>"}, b"a\x1b\r", "more"),
        # lengths beyond all measure, below none, in no digits
        ({"kind": "length-prefixed", "size": 4}, b"\xff\xff\xff\xff", "garbled"),
        ({"kind": "length-prefixed", "size": 2}, b"\x0f\xff", "garbled"),
        ({"kind": "length-prefixed", "size": 2, "counts": "frame"}, b"\x10\x00", "more"),
        ({"kind": "length-prefixed", "size": 2, "counts": "frame"}, b"\x10\x01", "garbled"),
        ({"kind": "length-prefixed", "size": 2, "counts": "frame"}, b"\x00\x01", "garbled"),
        ({"kind": "length-prefixed", "add": -3}, b"\x02", "garbled"),
        ({"kind": "length-prefixed", "add": -3}, b"\x04x", [b"x"]),
        ({"kind": "length-prefixed", "size": 2, "form": "hex"}, b"+1a", "garbled"),
        ({"kind": "length-prefixed", "size": 2, "form": "hex"}, b"0xa", "garbled"),
        ({"kind": "length-prefixed", "size": 2, "form": "decimal"}, b"\xb2\xb2a", "garbled"),
        ({"kind": "length-prefixed", "size": 2, "form": "decimal"}, b" 1a", "garbled"),
        ({"kind": "length-prefixed", "size": 2, "form": "decimal"}, b"03abc", [b"abc"]),
        ({"kind": "length-prefixed", "size": 4, "form": "hex", "order": "little"}, b"0300abc", [b"abc"]),
        ({"kind": "length-prefixed", "each": 4}, b"\x01abcd", [b"abcd"]),
        ({"kind": "length-prefixed", "before": 1, "end": "<CR>"}, b"S\x02ok\r", [b"Sok"]),
        ({"kind": "length-prefixed", "before": 1, "end": "<CR>"}, b"S\x02okx", "garbled"),
        # a second frame behind the first
        ("stx-etx", b"\x02a\x03\x02b\x03", [b"a"]),
        # beyond what a frame may hold
        ("line", b"x" * LONGEST_FRAME, "garbled"),
        ("line", b"x" * (LONGEST_FRAME - 1) + b"\r", [b"x" * (LONGEST_FRAME - 1)]),
        ("stx-etx", b"x" * (LONGEST_FRAME + 1) + b"\x02a\x03", "garbled"),
        ("line", b"\r\n" * LONGEST_FRAME, "garbled"),
        ({"kind": "fixed", "length": 3}, b"ab", "more"),
        ({"kind": "fixed", "length": 1}, b"\x16\x12", [b"\x16"]),
    ],
)  # fmt: skip
def test_what_a_sick_line_may_bring(said, octets, found):
    """Right, waiting for more, or garbled; the same singly as at once."""
    assert contents(ask(said), octets) == found
    singly = arrived(ask(said), one_by_one(octets))
    assert (singly if isinstance(singly, str) else list(singly.frames)) == found


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (b"\x15C", b"C"),
        (b"\x15Cok\r", b"C"),
        (b"\r\n\x15C", b"C"),
        (b"\x15", None),
        (b"ok\x15C\r", None),
        (b"ok\r", None),
    ],
)
def test_a_refusal_is_one_only_as_the_beginning_of_a_frame(octets, found):
    """Inside a frame its octet is content."""
    answer = arrived(ask("line", nack=Nack()), [octets])
    assert (answer.nack if isinstance(answer, Answer) else None) == found


def test_a_refusal_after_noise_is_noise():
    """An octet of noise may look like a refusal, so one that does not come first is not believed."""
    assert arrived(ask("stx-etx", nack=Nack()), [b"xx\x15C"]) == "more"
    assert contents(ask("stx-etx", nack=Nack()), b"xx\x15C\x02a\x03") == [b"a"]
    assert arrived(ask("stx-etx", nack=Nack()), [b"\x15C\x02a\x03"]) == Answer(b"\x15C", (), b"C")


def test_a_refusal_may_come_in_place_of_a_later_frame():
    """The frames before it are kept, and it ends the reply."""
    found = arrived(ask("line", frames=3, nack=Nack(length=0)), [b"a\r\n\x15b\r\n"])
    assert found == Answer(b"a\r\n\x15", (b"a",), b"")


@pytest.mark.parametrize("noise", [b"", b"\xff\x00", b"~H", b"S"])
def test_the_echo_is_passed_over_with_the_noise_before_it(noise):
    """A half-duplex line gives our own request back, perhaps with noise before it."""
    assert contents(ask("line", echo=b"S?\r"), noise + b"S?\rS=4\r") == [b"S=4"]


@pytest.mark.parametrize("octets", [b"S!\rS=4\r", b"S=4\r"])
def test_without_its_echo_nothing_is_an_answer(octets):
    """A machine that echoes has not heard us if our words do not come back as we sent them."""
    assert contents(ask("line", echo=b"S?\r"), octets) == "more"
    assert contents(ask("line", echo=b"S?\r"), octets, closed=True) == "garbled"
    assert contents(ask("line", echo=b"S?\r"), octets + b"x" * LONGEST_FRAME) == "garbled"


# ------------------------------------------------------------------------------------------- the end of the line


@pytest.mark.parametrize("said", ["until-close", "until-quiet"])
def test_all_that_comes_is_one_frame(said):
    """Until nothing more comes; at most what a frame may hold."""
    assert contents(ask(said), b'{"result":"READY"}') == "more"
    assert contents(ask(said), b'{"result":"READY"}', closed=True) == [b'{"result":"READY"}']
    assert contents(ask(said), b"x" * LONGEST_FRAME, closed=True) == [b"x" * LONGEST_FRAME]
    assert contents(ask(said), b"x" * (LONGEST_FRAME + 1)) == "garbled"
    assert contents(ask(said), b"", closed=True) == "garbled"
    assert contents(ask(said, echo=b"?"), b"?ok", closed=True) == [b"ok"]
    assert contents(ask(said, echo=b"?"), b"?", closed=True) == "garbled"
    assert contents(ask(said, frames=2), b"ok", closed=True) == "garbled"


def test_only_what_ends_by_silence_has_a_pause_and_only_once_it_has_begun():
    """Before the first octet the time for the whole reply runs; an echo is no octet of the reply."""
    gathering = Gathering(ask({"kind": "until-quiet", "quiet": "300ms"}, echo=b"?"))
    assert gathering.quiet_s is None
    gathering.feed(b"?")
    assert gathering.quiet_s is None
    gathering.feed(b"o")
    assert gathering.quiet_s == 0.3
    assert gathering.end() == Answer(b"?o", (b"o",))
    other = Gathering(ask("line"))
    other.feed(b"o")
    assert other.quiet_s is None


def test_our_half_is_closed_only_where_the_machine_waits_for_that():
    """With until-close."""
    assert Framed(UntilClose(kind="until-close")).half_closes
    assert not Framed(UntilQuiet(kind="until-quiet")).half_closes
    assert not Framed(framing("line")).half_closes


def test_ways_of_framing_are_values():
    """Equal ones are equal and may be keys: a driver's machines share them."""
    assert {Framed(framing(BCC)), Framed(framing(BCC))} == {Framed(framing(BCC))}
    assert Framed(framing({"end": ["<CR>", "<LF>"]})) != Framed(framing(BCC), Nack())


# ------------------------------------------------------------------------------------------------------ garbage


@given(FRAMINGS, st.lists(st.one_of(st.binary(max_size=2000), CONTENT), max_size=30), st.integers(1, 64), st.booleans())
@settings(max_examples=150)
def test_garbage_is_garbled_and_nothing_else(how, said, frames, closed):
    """Nothing but GarbledReply is raised, and no more is kept than a reply may hold."""
    gathering = Gathering(Ask(b"?", Framed(how, Nack(), b""), 2.0, frames))
    with suppress(GarbledReply):
        for part in said:
            gathering.feed(part)
        if closed:
            gathering.end()
    assert len(gathering.octets) <= LONGEST_REPLY + 1


@pytest.mark.parametrize("said", ["line", "stx-etx-bcc", "crlf", "quoted", "until-close", STUFFED,
                                  {"kind": "fixed", "length": 4096, "start": "<STX>"},
                                  {"kind": "length-prefixed", "size": 2, "start": "<STX>"}])  # fmt: skip
@pytest.mark.parametrize("garbage", [b"\x00", b"U", b"\r\n", b"\x02", bytes(range(256))])
def test_a_megabyte_of_garbage_stays_small(said, garbage):
    """However it comes, at most the octets of one reply are held, and it ends soon."""
    gathering = Gathering(ask(said, frames=64, until="never"))
    part = (garbage * 1460)[:1460]
    tracemalloc.start()
    try:
        with pytest.raises(GarbledReply) as caught:
            swallow(gathering, part, 720)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * LONGEST_REPLY
    assert caught.value.came == gathering.octets


def swallow(gathering: Gathering, part: bytes, times: int) -> None:
    """The same octets again and again, until the machine hangs up."""
    for _ in range(times):
        gathering.feed(part)
    gathering.end()


@given(st.sampled_from(MARKS), st.binary(max_size=30))
def test_a_request_that_its_frame_cannot_hold_is_not_wrapped(end, content):
    """An end mark inside would leave the rest to the machine as a second command."""
    how = Delimited(end=end)
    if end in content:
        with pytest.raises(ValueError, match="cannot be one"):
            wrap(how, content)
    elif end not in (content + end)[:-1]:
        assert wrap(how, content) == content + end


def test_requests_are_sent_as_they_are_where_nothing_frames_them():
    """Until close and until quiet say how replies end."""
    assert wrap(framing("until-close"), b"{}") == b"{}"
    assert wrap(framing("until-quiet"), b"S?") == b"S?"


def test_a_request_must_fit_the_length_of_its_frame():
    """Fixed frames have one length, and a number of few digits counts no more than it can."""
    with pytest.raises(ValueError, match="cannot be one"):
        wrap(framing({"kind": "fixed", "length": 3}), b"ab")
    with pytest.raises(ValueError, match="cannot say"):
        wrap(framing({"kind": "length-prefixed", "form": "decimal"}), b"0123456789")
    with pytest.raises(ValueError, match="cannot say"):
        wrap(framing({"kind": "length-prefixed", "each": 4}), b"abc")
    with pytest.raises(ValueError, match="must begin with"):
        wrap(framing({"kind": "length-prefixed", "before": 2}), b"a")
