"""Modbus replies found in whatever a line brings, judged by pymodbus, captures of a real controller, flips."""

import json
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pymodbus.framer import FramerAscii, FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse
from pymodbus.pdu import bit_message as bits
from pymodbus.pdu import register_message as registers
from tests.decode.framing.arriving import CUTS, arrived, pieces

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.decode.framing.modbus import ModbusCut, read_request
from fleetmon.errors import GarbledReply

FRAMERS = {"rtu": FramerRTU, "ascii": FramerAscii, "tcp": FramerSocket}
REQUESTS = {
    1: bits.ReadCoilsRequest,
    2: bits.ReadDiscreteInputsRequest,
    3: registers.ReadHoldingRegistersRequest,
    4: registers.ReadInputRegistersRequest,
}
RESPONSES = {
    1: bits.ReadCoilsResponse,
    2: bits.ReadDiscreteInputsResponse,
    3: registers.ReadHoldingRegistersResponse,
    4: registers.ReadInputRegistersResponse,
}
MODES = st.sampled_from(["rtu", "ascii", "tcp"])
UNITS = st.integers(1, 247)
FUNCTIONS = st.integers(1, 4)
TRANSACTIONS = st.integers(0, 0xFFFF)


def encoder(mode):
    """pymodbus's way of writing frames."""
    return FRAMERS[mode](DecodePDU(False))


@st.composite
def readings(draw) -> tuple[ModbusCut, int, list[int]]:
    """What is asked, from where, and what the machine holds there."""
    function = draw(FUNCTIONS)
    count = draw(st.integers(1, 60 if function < 3 else 20))
    cut = ModbusCut(draw(MODES), draw(UNITS), function, count, draw(TRANSACTIONS))
    values = st.booleans() if function < 3 else st.integers(0, 0xFFFF)
    held = draw(st.lists(values, min_size=count, max_size=count))
    return cut, draw(st.integers(0, 65536 - count)), held


def reply(cut: ModbusCut, held, unit: int | None = None, transaction: int | None = None) -> bytes:
    """The reply as pymodbus writes it."""
    said = {"dev_id": cut.unit if unit is None else unit}
    said["transaction_id"] = cut.transaction if transaction is None else transaction
    said["bits" if cut.function < 3 else "registers"] = list(held)
    return encoder(cut.mode).buildFrame(RESPONSES[cut.function](**said))


def data(cut: ModbusCut, held) -> bytes:
    """What the data octets of the reply must be: bits from the lowest of the first octet on, registers high octet
    first."""
    if cut.function > 2:
        return b"".join(each.to_bytes(2) for each in held)
    packed = sum(bit << place for place, bit in enumerate(held))
    return packed.to_bytes((len(held) + 7) // 8, "little")


def refusal(cut: ModbusCut, code: int) -> bytes:
    """An exception as pymodbus writes it."""
    pdu = ExceptionResponse(cut.function, code)
    pdu.dev_id, pdu.transaction_id = cut.unit, cut.transaction
    return encoder(cut.mode).buildFrame(pdu)


def outcome(cut: ModbusCut, octets: bytes, cuts=()) -> Answer | str:
    """What a gathering makes of them."""
    return arrived(Ask(b"?", cut, 1.0), pieces(octets, cuts))


@given(readings())
def test_requests_are_those_of_pymodbus(said):
    """Octet by octet, for all four functions and all three kinds of frames."""
    cut, address, _ = said
    request = REQUESTS[cut.function](
        dev_id=cut.unit, transaction_id=cut.transaction, address=address, count=cut.count
    )  # fmt: skip
    made = read_request(cut.mode, cut.unit, cut.function, address, cut.count, cut.transaction)
    assert made == encoder(cut.mode).buildFrame(request)


@given(readings(), CUTS)
@settings(max_examples=150)
def test_replies_of_pymodbus_are_read(said, cuts):
    """The data octets, however they arrive."""
    cut, _, held = said
    octets = reply(cut, held)
    assert outcome(cut, octets, cuts) == Answer(octets, (data(cut, held),))


@given(readings(), st.integers(1, 11), CUTS)
def test_exceptions_of_pymodbus_are_refusals(said, code, cuts):
    """Their code is the refusal."""
    cut, _, _ = said
    octets = refusal(cut, code)
    assert outcome(cut, octets, cuts) == Answer(octets, (), bytes([code]))


@given(readings(), st.binary(max_size=300), st.binary(max_size=20), CUTS)
@settings(max_examples=150)
def test_on_a_serial_line_noise_and_what_follows_are_passed_over(said, noise, behind, cuts):
    """An RTU reply is found behind any noise that does not happen to be a reply itself; it makes no difference how the
    octets arrive."""
    cut, _, held = said
    assume(cut.mode == "rtu")
    octets = noise + reply(cut, held)
    assert outcome(cut, octets + behind, cuts) == Answer(octets, (data(cut, held),))
    assert outcome(cut, octets + behind, range(len(octets) + len(behind))) == Answer(octets, (data(cut, held),))


@given(readings(), UNITS, st.integers(0, 3), CUTS)
def test_another_units_reply_is_never_taken(said, other, further, cuts):
    """On a line it is passed over and ours awaited; on a connection nobody else can be meant, so it is garbled."""
    cut, _, held = said
    assume(other != cut.unit)
    foreign = reply(cut, [not each if isinstance(each, bool) else each ^ 0xFFFF for each in held], unit=other)
    ours = reply(cut, held)
    found = outcome(cut, foreign * further + ours, cuts)
    if cut.mode == "tcp" and further:
        assert found == "garbled"
    else:
        assert found == Answer(foreign * further + ours, (data(cut, held),))


@given(readings(), st.integers(1, 40))
def test_a_reply_of_another_length_or_function_is_never_taken(said, count):
    """It is not what was asked for."""
    cut, _, _ = said
    for function in range(1, 5):
        other = ModbusCut(cut.mode, cut.unit, function, count, cut.transaction)
        assume(function != cut.function or other.size != cut.size)
        octets = reply(other, [0] * count)
        assert outcome(cut, octets) in ("more", "garbled")


@given(readings(), TRANSACTIONS, CUTS)
def test_a_late_reply_to_an_earlier_request_is_passed_over(said, earlier, cuts):
    """On a connection the transaction tells."""
    cut, _, held = said
    assume(cut.mode == "tcp" and earlier != cut.transaction)
    late = reply(cut, [0] * cut.count, transaction=earlier)
    ours = reply(cut, held)
    assert outcome(cut, late, cuts) == "more"
    assert outcome(cut, late + ours, cuts) == Answer(late + ours, (data(cut, held),))


@given(readings(), st.data())
@settings(max_examples=150)
def test_a_flipped_bit_is_seen_on_a_serial_line(said, draw):
    """One wrong bit never makes another value: the checksum sees it. (TCP has checksums of its own.)"""
    cut, _, held = said
    assume(cut.mode != "tcp")
    octets = bytearray(reply(cut, held))
    bit = draw.draw(st.integers(0, 8 * len(octets) - 1))
    octets[bit // 8] ^= 1 << bit % 8
    found = outcome(cut, bytes(octets))
    # in ASCII a small letter is the same digit as a capital, and CR before LF means nothing
    assert found in ("more", "garbled") or found.frames == (data(cut, held),)


@given(readings())
def test_our_own_echo_is_passed_over(said):
    """An RS-485 adapter may give our request back. (Three octets of bits at an address 03xx make a reply that looks
    like its request; whoever plans requests asks for fewer there.)"""
    cut, address, held = said
    assume(cut.mode != "tcp" and not (cut.size == 3 and address >> 8 == 3))
    echo = read_request(cut.mode, cut.unit, cut.function, address, cut.count)
    ours = reply(cut, held)
    assert outcome(replace(cut, asked=echo), echo + ours) == Answer(echo + ours, (data(cut, held),))


@pytest.mark.parametrize(
    ("unit", "function", "address", "count"), [(4, 3, 0x2B0, 1), (5, 4, 0x2E3, 1), (4, 1, 0x28D, 16)]
)
def test_an_echo_that_begins_like_a_reply_is_none(unit, function, address, count):
    """At some addresses seven octets of a request are a whole reply; the eighth decides, whenever it comes."""
    asked = read_request("rtu", unit, function, address, count)
    assert outcome(ModbusCut("rtu", unit, function, count), asked).frames == (bytes([address & 0xFF, 0]),)
    cut = ModbusCut("rtu", unit, function, count, asked=asked)
    ours = reply(cut, [1] * count)
    for cuts in ((), (7,), range(1, 15)):
        assert outcome(cut, asked + ours, cuts) == Answer(asked + ours, (data(cut, [1] * count),))
        assert outcome(cut, asked, cuts) == "more"
        assert outcome(cut, ours, cuts) == Answer(ours, (data(cut, [1] * count),))


@given(MODES, st.lists(st.binary(max_size=1500), max_size=8), CUTS)
def test_garbage_is_garbled_and_nothing_else(mode, said, cuts):
    """Any octets: nothing but GarbledReply, the same however they arrive."""
    cut = ModbusCut(mode, 1, 3, 4, 7)
    octets = b"".join(said)
    assert outcome(cut, octets, cuts) == outcome(cut, octets) == outcome(cut, octets, range(0, len(octets), 3))


@pytest.mark.parametrize("mode", ["rtu", "ascii", "tcp"])
@pytest.mark.parametrize("garbage", [b"\0", b"\x01\x03\x08", b":", b"::\r\n", b"\xff", b"\0\x01\0\0\0\xff"])
def test_a_megabyte_of_garbage_is_garbled_soon(mode, garbage):
    """After a few thousand octets nobody waits any more."""
    gathering = Gathering(Ask(b"?", ModbusCut(mode, 1, 3, 4), 1.0))
    with pytest.raises(GarbledReply):
        any(gathering.feed((garbage * 100)[:100]) for _ in range(10_000))
    assert len(gathering.octets) < 9000


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (b":010304000A000DE1\r\n", b"\x00\x0a\x00\x0d"),
        (b":010304000a000de1\r\n", b"\x00\x0a\x00\x0d"),
        (b":0103:010304000A000DE1\r\n", b"\x00\x0a\x00\x0d"),
        (b"\xff\x00\r\nxx:010304000A000DE1\r\n", b"\x00\x0a\x00\x0d"),
        (b":010304000A000DE2\r\n", "garbled"),
        (b":010304000A000DE\r\n", "garbled"),
        (b":01 03 04 000A000DE1\r\n", "garbled"),
        (b":01030400\xb2A000DE1\r\n", "garbled"),
        (b":\r\n", "garbled"),
        (b":010304000A000DE1\r", "more"),
    ],
)
def test_ascii_frames_are_lines_of_hexadecimal_digits(octets, found):
    """A colon begins a frame anew, wherever it comes; a line that is no frame is garbled."""
    answer = outcome(ModbusCut("ascii", 1, 3, 2), octets)
    assert (answer if isinstance(answer, str) else answer.frames[0]) == found


@pytest.mark.parametrize(
    "octets",
    [
        b"\0\x07\0\x01\0\x05\x01\x03\x02\0\x01",  # another protocol
        b"\0\x07\0\0\0\x02\x01\x03",  # too short to say anything
        b"\0\x07\0\0\x01\0\x01\x03",  # longer than a message may be
        b"\0\x07\0\0\0\x05\x01\x03\x04\0\x01",  # counts more than it holds
        b"\0\x07\0\0\0\x06\x01\x03\x02\0\x01\0",  # holds more than it counts
        b"\0\x07\0\0\0\x04\x01\x83\x02\0",  # a refusal with something behind it
    ],
)
def test_a_connection_that_speaks_no_modbus_is_garbled(octets):
    """Headers that cannot be, and counts that do not agree."""
    assert outcome(ModbusCut("tcp", 1, 3, 1, 7), octets) == "garbled"


@pytest.mark.parametrize("mode", ["rtu", "ascii", "tcp"])
def test_only_the_four_reading_functions_can_be_asked(mode):
    """A monitor has no way to write: there is no request for it."""
    for function in set(range(256)) - {1, 2, 3, 4}:
        with pytest.raises(ValueError, match="cannot read"):
            read_request(mode, 1, function, 0, 1)


@pytest.mark.parametrize(
    ("unit", "function", "address", "count"),
    [(1, 3, 0, 0), (1, 3, 0, 126), (1, 1, 0, 2001), (1, 3, 65535, 2), (1, 3, -1, 1), (0, 3, 0, 1), (248, 3, 0, 1)],
)
def test_what_no_reply_can_hold_is_not_asked(unit, function, address, count):
    """Nor units that never answer: 0 is for all of them at once, and 248 to 255 are reserved on a line."""
    with pytest.raises(ValueError, match=r"cannot read|can answer"):
        read_request("rtu", unit, function, address, count)


def test_the_example_of_the_specification_is_met():
    """Read a register of unit 1 from 2000h: 01 03 20 00 00 01 8F CA; the refusal 01 83 02 C0 F1."""
    assert read_request("rtu", 1, 3, 0x2000, 1).hex(" ") == "01 03 20 00 00 01 8f ca"
    refused = outcome(ModbusCut("rtu", 1, 3, 1), bytes.fromhex("018302c0f1"))
    assert refused == Answer(bytes.fromhex("018302c0f1"), (), b"\x02")


@pytest.mark.parametrize("mode", ["rtu", "ascii"])
def test_a_real_controllers_talk_is_asked_and_read_alike(captures, mode, record_property):
    """Every reading request of the recorded talk is the one we build, and its reply is read."""
    name = f"modbus-{mode}-delta-dtb4824.json"
    talk = json.loads((captures / "visible" / "serial" / name).read_text())["exchanges"]
    seen = 0
    for exchange in talk:
        asked, came = (bytes.fromhex(exchange[key]) for key in ("request_hex", "response_hex"))
        unit, function, *rest = asked[:6] if mode == "rtu" else bytes.fromhex(asked[1:13].decode())
        if function not in (1, 2, 3, 4):
            continue
        address, count = rest[0] << 8 | rest[1], rest[2] << 8 | rest[3]
        assert read_request(mode, unit, function, address, count) == asked
        found = outcome(ModbusCut(mode, unit, function, count), came)
        plain = came[3:-2] if mode == "rtu" else bytes.fromhex(came[7:-4].decode())
        assert found == Answer(came, (plain,))
        seen += 1
    assert seen >= 5
