"""The agents' own BER and messages, with pysnmp's codec as the second opinion: the same octets, the same meaning."""

import pytest
from fleetmon.simulators.snmp import ber
from fleetmon.simulators.snmp.messages import Request, read_request, response, v1_trap, v2_trap, version_of
from fleetmon.simulators.snmp.rows import Absence, Ask, Tag, Value, Version
from hypothesis import example, given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import univ
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import v1, v2c

ARCS = st.integers(0, 2**32 - 1)
NAMES = st.tuples(st.integers(0, 2), st.integers(0, 39), ARCS, ARCS) | st.lists(ARCS, max_size=12).map(
    lambda arcs: (1, 3, *arcs)
)
COMMUNITIES = st.binary(max_size=200)
PDUS = {
    Ask.GET: (v1.GetRequestPDU, v2c.GetRequestPDU),
    Ask.NEXT: (v1.GetNextRequestPDU, v2c.GetNextRequestPDU),
    Ask.SET: (v1.SetRequestPDU, v2c.SetRequestPDU),
}
TYPES = {
    Tag.COUNTER: rfc1902.Counter32,
    Tag.GAUGE: rfc1902.Gauge32,
    Tag.TICKS: rfc1902.TimeTicks,
    Tag.COUNTER64: rfc1902.Counter64,
}


@given(NAMES)
def test_names_are_written_and_read_as_pyasn1_does(name: tuple[int, ...]) -> None:
    """Whatever the arcs, up to 2^32-1."""
    octets = ber.oid(name)
    assert octets == encoder.encode(univ.ObjectIdentifier(name))
    found = ber.element(octets, 0, len(octets), Tag.OID)
    assert ber.read_oid(octets[found.start : found.end]) == name


@given(st.integers(-(2**31), 2**31 - 1))
def test_integers_are_read_by_pyasn1(number: int) -> None:
    """Two's complement in the fewest octets; pyasn1 itself takes one more for -128 and its like."""
    octets = ber.integer(number)
    assert int(decoder.decode(octets)[0]) == number
    assert len(octets) == 3 or int.from_bytes(octets[2:4], "big") >> 7 not in (0, 0x1FF)
    assert ber.read_integer(octets, ber.element(octets, 0, len(octets))) == number


@given(st.sampled_from(sorted(TYPES)), st.integers(0, 2**32 - 1))
@example(Tag.COUNTER64, 2**64 - 1)
def test_counters_never_look_negative(tag: Tag, number: int) -> None:
    """RFC 2578's unsigned types get an octet of nought where the highest bit would be a sign."""
    assert ber.value(Value(tag, number)) == encoder.encode(TYPES[tag](number))


@given(st.binary(max_size=70000))
def test_texts_of_any_length(text: bytes) -> None:
    """Lengths in one, two and three octets."""
    assert ber.value(Value(Tag.STRING, text)) == encoder.encode(univ.OctetString(text))


@given(st.sampled_from(sorted(PDUS, key=str)), st.booleans(), st.integers(0, 2**31 - 1), COMMUNITIES, st.lists(NAMES))
def test_requests_are_read_as_pysnmp_writes_them(
    ask: Ask, old: bool, number: int, community: bytes, names: list[tuple[int, ...]]
) -> None:
    """GET, GETNEXT and SET in both versions."""
    spoken = v1 if old else v2c
    pdu = PDUS[ask][0 if old else 1]()
    spoken.apiPDU.set_defaults(pdu)
    spoken.apiPDU.set_request_id(pdu, number)
    spoken.apiPDU.set_varbinds(pdu, [(name, spoken.null) for name in names])
    message = spoken.Message()
    spoken.apiMessage.set_defaults(message)
    spoken.apiMessage.set_community(message, community)
    spoken.apiMessage.set_pdu(message, pdu)
    octets = encoder.encode(message)
    version = version_of(octets)
    assert version is (Version.V1 if old else Version.V2C)
    request = read_request(octets, version)
    assert (request.ask, request.number, request.community) == (ask, number, community)
    assert request.names == tuple(names)


def test_getbulk_is_read_and_version_1_has_none() -> None:
    """Its two numbers are read; in version 1 the same octets are garbage."""
    pdu = v2c.GetBulkRequestPDU()
    v2c.apiBulkPDU.set_defaults(pdu)
    v2c.apiBulkPDU.set_non_repeaters(pdu, 2)
    v2c.apiBulkPDU.set_max_repetitions(pdu, 20)
    message = v2c.Message()
    v2c.apiMessage.set_defaults(message)
    v2c.apiMessage.set_pdu(message, pdu)
    octets = encoder.encode(message)
    assert read_request(octets, Version.V2C).bulk == (2, 20)
    with pytest.raises(ber.Garbled):
        read_request(octets, Version.V1)


@given(st.integers(0, 2**31 - 1), COMMUNITIES, st.lists(st.tuples(NAMES, ARCS), max_size=20))
def test_responses_are_what_pysnmp_reads(
    number: int, community: bytes, told: list[tuple[tuple[int, ...], int]]
) -> None:
    """Names, values and exceptions arrive; the request's number and community come back."""
    request = Request(Version.V2C, community, Ask.GET, number, (0, 0), (), b"")
    cells = [(name, Value(Tag.GAUGE, value)) for name, value in told] + [((1, 3, 9), Absence.NO_SUCH_INSTANCE)]
    message, rest = decoder.decode(response(request, 0, 0, b"".join(map(ber.varbind, cells))), asn1Spec=v2c.Message())
    pdu = v2c.apiMessage.get_pdu(message)
    assert (rest, bytes(v2c.apiMessage.get_community(message))) == (b"", community)
    assert int(v2c.apiPDU.get_request_id(pdu)) == number
    *values, missing = v2c.apiPDU.get_varbinds(pdu)
    assert [(tuple(name), int(value)) for name, value in values] == told
    assert missing[1] == rfc1905.noSuchInstance


def test_traps_are_what_pysnmp_reads() -> None:
    """The fields of a version 1 trap's head, and a version 2 trap's number."""
    trap = v1_trap(b"office", (1, 3, 6, 1, 2, 1, 43, 18, 2), 1, b"\x7f\0\0\2", 4711, b"")
    message, _ = decoder.decode(trap, asn1Spec=v1.Message())
    pdu = v1.apiMessage.get_pdu(message)
    assert tuple(v1.apiTrapPDU.get_enterprise(pdu)) == (1, 3, 6, 1, 2, 1, 43, 18, 2)
    assert bytes(v1.apiTrapPDU.get_agent_address(pdu)) == b"\x7f\0\0\2"
    assert [int(v1.apiTrapPDU.get_generic_trap(pdu)), int(v1.apiTrapPDU.get_specific_trap(pdu))] == [6, 1]
    assert int(v1.apiTrapPDU.get_timestamp(pdu)) == 4711
    message, _ = decoder.decode(v2_trap(b"office", 7, b""), asn1Spec=v2c.Message())
    assert int(v2c.apiPDU.get_request_id(v2c.apiMessage.get_pdu(message))) == 7


REQUEST = bytes.fromhex("302602010104067075626c6963a01902047d0b7a2a020100020100300b300906052b060102010500")


@given(st.binary(max_size=80) | st.lists(st.tuples(st.integers(0, 39), st.integers(0, 255)), min_size=1, max_size=4))
def test_garbage_is_read_or_refused(damage: bytes | list[tuple[int, int]]) -> None:
    """Random octets and damaged requests: a request, or Garbled, and nothing else."""
    octets = bytearray(damage if isinstance(damage, bytes) else REQUEST)
    for place, octet in damage if isinstance(damage, list) else ():
        octets[place] = octet
    assert version_of(bytes(octets)) in (None, *Version)
    for each in (Version.V1, Version.V2C):
        try:
            request = read_request(bytes(octets), each)
        except ber.Garbled:
            continue
        assert all(len(name) >= 2 for name in request.names)


@pytest.mark.parametrize("cut", range(len(REQUEST)))
def test_a_request_that_is_cut_off_is_none(cut: int) -> None:
    """Every place where a datagram may end too soon."""
    assert read_request(REQUEST, Version.V2C).names == ((1, 3, 6, 1, 2, 1),)
    with pytest.raises(ber.Garbled):
        read_request(REQUEST[:cut], Version.V2C)
