"""The short cut for answers that say the same again gives exactly what the full decoder gives."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fleetmon.decode import ber
from fleetmon.decode.again import Reader
from fleetmon.decode.dialogue import Oid
from fleetmon.errors import GarbledReply

OID = (1, 3, 6, 1, 2, 1, 43, 5)
NUMBERS = st.integers(-(2**31), 2**31 - 1).map(lambda n: (2, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True)))
COUNTERS = st.tuples(st.sampled_from([0x41, 0x42, 0x43, 0x46]), st.binary(max_size=9))
OTHERS = st.tuples(st.sampled_from([2, 4, 6, 0x40, 0x44]), st.binary(max_size=9)) | st.sampled_from(
    [(5, b""), (0x80, b"")]
)
VALUES = st.lists(NUMBERS | COUNTERS | OTHERS, min_size=1, max_size=6)
IDS = st.sampled_from([7, 2**23, 2**30 + 5, 2**31 - 1])


def element(tag: int, *contents: bytes) -> bytes:
    """Tag, length, contents."""
    inside = b"".join(contents)
    size = len(inside)
    return bytes([tag, size] if size < 128 else [tag, 0x82, size >> 8, size & 255]) + inside


def answer(request_id: int, values: list[tuple[int, bytes]], status: int = 0, behind: bytes = b"") -> bytes:
    """A response with one varbind for each value."""
    binds = [
        element(0x30, element(6, bytes([0x2B, *OID[2:], number])), element(tag, contents))
        for number, (tag, contents) in enumerate(values)
    ]
    numbers = element(2, request_id.to_bytes(4, "big")), element(2, bytes([status])), element(2, b"\0")
    pdu = element(0xA2, *numbers, element(0x30, *binds))
    return element(0x30, element(2, b"\1"), element(4, b"public"), pdu) + behind


def read(reader: Reader, datagram: bytes) -> ber.Response | str:
    """The answer, or what the reader finds wrong."""
    try:
        return reader(datagram)
    except GarbledReply as error:
        return str(error)


def decoded(datagram: bytes) -> ber.Response | str:
    """The same by the full decoder."""
    try:
        return ber.decode(datagram)
    except GarbledReply as error:
        return str(error)


@settings(max_examples=400)
@given(st.data(), VALUES, st.lists(IDS, min_size=2, max_size=5))
def test_other_values_in_the_same_places_are_read_as_by_the_decoder(data, values, ids):
    """Some values move, in width too; whatever comes, the short cut says what the decoder says."""
    reader = Reader()
    for request_id in ids:
        at = data.draw(st.integers(0, len(values) - 1))
        tag, contents = values[at]
        same_width = st.binary(min_size=len(contents), max_size=len(contents)).map(lambda octets, t=tag: (t, octets))
        values = [*values[:at], data.draw(same_width | NUMBERS | COUNTERS | OTHERS), *values[at + 1 :]]
        datagram = answer(request_id, values, data.draw(st.sampled_from([0, 0, 5])), data.draw(st.binary(max_size=1)))
        assert read(reader, datagram) == decoded(datagram)


@settings(max_examples=400)
@given(st.data(), VALUES)
def test_damaged_answers_are_refused_as_by_the_decoder(data, values):
    """Octets overwritten, cut out or put in anywhere: no length, tag or name slips through unread."""
    reader = Reader()
    whole = answer(2**23, values)
    for _ in range(4):
        damaged = bytearray(whole)
        at = data.draw(st.integers(0, len(whole) - 1))
        damaged[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
        assert read(reader, bytes(damaged)) == decoded(bytes(damaged))
        assert read(reader, whole) == decoded(whole)


def test_what_did_not_change_is_the_very_same_object():
    """So that whoever compares later is done at once."""
    reader = Reader()
    before = reader(answer(2**23, [(0x43, b"\1\2"), (4, b"idle"), (2, b"\5")]))
    after = reader(answer(2**24, [(0x43, b"\1\3"), (4, b"idle"), (2, b"\5")]))
    assert (after.request_id, after.varbinds[0].value) == (2**24, 0x103)
    assert all(was is now for was, now in zip(before.varbinds[1:], after.varbinds[1:], strict=True))
    again = reader(answer(2**25, [(0x43, b"\1\3"), (4, b"idle"), (2, b"\5")]))
    assert again.varbinds is after.varbinds


@pytest.mark.parametrize("pdu", [ber.GET, ber.GETNEXT, ber.GETBULK])
@given(st.sampled_from([2**23, 2**30 + 5, 2**31 - 1]), st.lists(st.just(OID), max_size=30), st.binary(max_size=200))
def test_a_message_with_a_number_is_the_request_as_encoded(pdu, request_id, oids: list[Oid], community):
    """A request that is encoded once for all its ids has the bytes of one that is encoded for this id."""
    prepared = ber.message(pdu, ber.V2C, community, tuple(oids), 7)
    assert prepared.numbered(request_id) == ber.encode(pdu, ber.V2C, community, request_id, oids, 7)


CLOCK = (1, 3, 6, 1, 2, 1, 43, 5, 0)
TICKS = st.tuples(st.just(0x43), st.integers(0, 2**32 - 1).map(lambda n: n.to_bytes(5, "big")))


@settings(max_examples=400)
@given(st.data(), TICKS, VALUES)
def test_a_repetition_is_an_answer_that_says_nothing_new(data, clock, values):
    """What is taken for a repetition decodes to the same but for id and clock, which did not fall; and the other way
    round, as long as the values keep their widths."""
    assume(isinstance(decoded(answer(2**23, [clock, *values])), ber.Response))
    reader = Reader()
    before = reader(answer(2**23, [clock, *values]))
    repeat = reader.repeat((1, 3, *OID[2:], 0))
    assert repeat is not None
    changed = list(values)
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(values) - 1))
        changed[at] = (changed[at][0], data.draw(st.binary(min_size=len(changed[at][1]), max_size=len(changed[at][1]))))
    later = (clock[0], data.draw(st.binary(min_size=len(clock[1]), max_size=len(clock[1]))))
    request_id = data.draw(st.sampled_from([2**23, 2**30 + 5]))
    datagram = bytearray(answer(request_id, [later, *changed]))
    if data.draw(st.booleans()):
        datagram[data.draw(st.integers(0, len(datagram) - 1))] = data.draw(st.integers(0, 255))
    seen, ticks = decoded(bytes(datagram)), repeat.read(bytes(datagram))
    if ticks is not None:
        assert isinstance(seen, ber.Response)
        assert seen.varbinds[1:] == before.varbinds[1:]
        assert seen[:2] + seen[3:5] == before[:2] + before[3:5]
        assert before.varbinds[0].value <= seen.varbinds[0].value == ticks
    elif bytes(datagram) == answer(request_id, [later, *values]):
        assert seen.varbinds[0].value < before.varbinds[0].value


@settings(max_examples=400)
@given(st.data(), TICKS, VALUES, st.binary(max_size=40))
def test_a_repetition_has_no_octet_more_or_less(data, clock, values, octets):
    """Octets put in or taken out anywhere, another answer behind it: nothing raises, and what is still believed the
    decoder believes, too."""
    whole = answer(2**23, [clock, *values])
    assume(isinstance(decoded(whole), ber.Response))
    reader = Reader()
    reader(whole)
    repeat = reader.repeat((1, 3, *OID[2:], 0))
    assert repeat is not None
    at, to = sorted(data.draw(st.integers(0, len(whole))) for _ in range(2))
    for datagram in (whole[:at] + octets + whole[at:], whole[:at] + octets + whole[to:], whole + whole):
        if repeat.read(datagram) is not None:
            seen = decoded(datagram)
            assert isinstance(seen, ber.Response)
            assert repeat.read(datagram) == seen.varbinds[0].value


def test_a_repetition_without_a_clock_has_nothing_that_may_move():
    """Of levels and texts every octet counts."""
    reader = Reader()
    reader(answer(2**23, [(0x43, b"\1"), (4, b"idle")]))
    repeat = reader.repeat((1, 3, 6, 1, 2, 1, 1, 3, 0))
    assert repeat is not None
    assert repeat.read(answer(2**30, [(0x43, b"\1"), (4, b"idle")])) == 0
    assert repeat.read(answer(2**30, [(0x43, b"\2"), (4, b"idle")])) is None
    assert repeat.read(answer(2**30, [(0x43, b"\1"), (4, b"idle")], behind=b"\0")) is None


def test_an_error_is_no_answer_to_be_repeated():
    """An agent that refuses has to be spoken to."""
    reader = Reader()
    assert reader.repeat(CLOCK) is None
    reader(answer(2**23, [(5, b"")], status=5))
    assert reader.repeat(CLOCK) is None
