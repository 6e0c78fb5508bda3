"""Modbus frames: the standard's examples, a real controller's exchanges, pymodbus' own framers, and noise."""

import json
import random
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from fleetmon.simulators.modbus.frames import (
    Refusal,
    Request,
    RtuStream,
    TcpStream,
    crc16,
    refused,
    rtu_frame,
    tcp_frame,
)
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU

READS = st.builds(
    lambda function, start, count: bytes([function]) + start.to_bytes(2, "big") + count.to_bytes(2, "big"),
    st.integers(1, 4),
    st.integers(0, 65535),
    st.integers(0, 65535),
)
WRITES = st.builds(
    lambda start, values: b"\x10" + start.to_bytes(2, "big") + bytes([0, len(values) // 2, len(values)]) + values,
    st.integers(0, 65535),
    st.binary(max_size=120).filter(lambda values: len(values) % 2 == 0),
)
PDUS = READS | WRITES
UNITS = st.integers(1, 247)


def pieces(stream: bytes, cuts: list[int]) -> Iterator[bytes]:
    edges = [0, *sorted(min(each, len(stream)) for each in cuts), len(stream)]
    return (stream[start:end] for start, end in pairwise(edges))


@pytest.mark.parametrize(
    ("unit", "pdu", "frame"),
    [
        (1, "0320000001", "0103200000018fca"),
        (1, "0310000002", "010310000002c0cb"),
        (1, "8302", "018302c0f1"),
    ],
)
def test_known_frames(unit: int, pdu: str, frame: str) -> None:
    """Frames with checksums worked out elsewhere; the check value of the checksum itself is 4B37."""
    assert crc16(b"123456789") == 0x4B37
    assert rtu_frame(unit, bytes.fromhex(pdu)).hex() == frame
    assert refused(3, Refusal.ADDRESS).hex() == "8302"


def test_a_real_controller_s_exchanges(captures: Path) -> None:
    """Every request a real Delta was sent is recognised, to the octet; every answer has the checksum we would put."""
    told = json.loads((captures / "visible" / "serial" / "modbus-rtu-delta-dtb4824.json").read_text())
    for exchange in told["exchanges"]:
        request, response = (bytes.fromhex(exchange[key]) for key in ("request_hex", "response_hex"))
        assert list(RtuStream().feed(request)) == [Request(request[0], request[1:-2])]
        assert rtu_frame(response[0], response[1:-2]) == response


@given(unit=UNITS, pdu=PDUS)
def test_pymodbus_agrees_on_rtu(unit: int, pdu: bytes) -> None:
    """Its framer makes the same frame of a PDU and takes ours apart again."""
    framer = FramerRTU(DecodePDU(True))
    assert framer.encode(pdu, unit, 0) == rtu_frame(unit, pdu)
    assert list(RtuStream().feed(framer.encode(pdu, unit, 0))) == [Request(unit, pdu)]
    used, from_unit, _, payload = framer.decode(rtu_frame(unit, pdu))
    assert (used, from_unit, payload) == (len(pdu) + 3, unit, pdu)


@given(unit=st.integers(0, 255), pdu=PDUS, transaction=st.integers(0, 65535))
def test_pymodbus_agrees_on_tcp(unit: int, pdu: bytes, transaction: int) -> None:
    """Its socket framer makes the same frame, and takes ours apart again."""
    framer = FramerSocket(DecodePDU(True))
    frame = tcp_frame(transaction, unit, pdu)
    assert framer.encode(pdu, unit, transaction) == frame
    assert list(TcpStream().feed(frame)) == [Request(unit, pdu, transaction)]
    assert framer.decode(frame) == (len(frame), unit, transaction, pdu)


@given(requests=st.lists(st.tuples(UNITS, PDUS), max_size=5), cuts=st.lists(st.integers(0, 300), max_size=9))
def test_the_cut_makes_no_difference(requests: list[tuple[int, bytes]], cuts: list[int]) -> None:
    """Several requests in a row, in any pieces, are the same requests, on both kinds of line."""
    wanted = [Request(unit, pdu) for unit, pdu in requests]
    rtu, tcp = RtuStream(), TcpStream()
    stream = b"".join(rtu_frame(unit, pdu) for unit, pdu in requests)
    assert [request for piece in pieces(stream, cuts) for request in rtu.feed(piece)] == wanted
    stream = b"".join(tcp_frame(0, unit, pdu) for unit, pdu in requests)
    assert [request for piece in pieces(stream, cuts) for request in tcp.feed(piece)] == wanted


@given(noise=st.binary(max_size=300), unit=UNITS, pdu=READS, cuts=st.lists(st.integers(0, 320), max_size=9))
def test_noise_before_a_request_does_no_harm(noise: bytes, unit: int, pdu: bytes, cuts: list[int]) -> None:
    """Whatever was on the line, the request behind it is the last thing heard; and the cut makes no difference."""
    whole = list(RtuStream().feed(noise + rtu_frame(unit, pdu)))
    assert whole[-1] == Request(unit, pdu)
    stream = RtuStream()
    assert [each for piece in pieces(noise + rtu_frame(unit, pdu), cuts) for each in stream.feed(piece)] == whole


@given(st.binary(max_size=600))
def test_what_is_no_modbus_tcp_is_told(octets: bytes) -> None:
    """Any octets: requests, or one None and then nothing more of this piece."""
    heard = list(TcpStream().feed(octets))
    assert None not in heard[:-1]
    assert all(1 <= len(request.pdu) <= 253 for request in heard if request)


@pytest.mark.parametrize("function", [0x2B, 0x41, 0x64])
def test_an_unknown_function_is_a_request_all_the_same(function: int) -> None:
    """Its length is not known; it is recognised by its checksum when nothing stood before it."""
    frame = rtu_frame(9, bytes([function, 1, 2, 3]))
    assert list(RtuStream().feed(frame)) == [Request(9, bytes([function, 1, 2, 3]))]


def test_a_wrong_checksum_is_no_request() -> None:
    """Not even one bit may be wrong."""
    frame = bytearray(rtu_frame(1, bytes.fromhex("0320000001")))
    for bit in range(len(frame) * 8):
        broken = bytearray(frame)
        broken[bit // 8] ^= 1 << bit % 8
        assert list(RtuStream().feed(bytes(broken))) == []


@pytest.mark.parametrize("opening", [b"", b"\x01\x10", b"\x01\x2b", b"\x00\x01\x00\x00\x00\xfe"])
def test_noise_takes_no_room(opening: bytes) -> None:
    """Random octets behind any opening: memory does not grow, and a request is understood after them."""
    dice = random.Random(1)
    rtu, tcp = RtuStream(), TcpStream()
    tracemalloc.start()
    try:
        for _ in range(10):
            list(rtu.feed(opening + dice.randbytes(2_000)))
            list(tcp.feed(opening + dice.randbytes(2_000)))
        assert tracemalloc.get_traced_memory()[0] < 65_536
    finally:
        tracemalloc.stop()
    assert list(rtu.feed(rtu_frame(1, bytes.fromhex("0320000001"))))[-1] == Request(1, bytes.fromhex("0320000001"))
