"""The SNMP codec against an encoder nobody here wrote (pysnmp, pyasn1), and against octets nobody meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder as asn1_decoder
from pyasn1.codec.ber import encoder as asn1_encoder
from pysnmp.proto import api, rfc1902, rfc1905

from fleetmon.decode import ber
from fleetmon.decode.dialogue import Oid, Varbind
from fleetmon.errors import GarbledReply

ARC = st.integers(0, 2**32 - 1)
OIDS: st.SearchStrategy[Oid] = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39)), st.tuples(st.just(2), ARC)
).flatmap(lambda head: st.lists(ARC, max_size=30).map(lambda rest: (*head, *rest)))
UINT32 = st.integers(0, 2**32 - 1)
SHORT = st.binary(max_size=300)

# per tag: what a machine may say, and the same in pysnmp's types
VALUES = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(lambda n: (2, n, rfc1902.Integer32(n))),
    SHORT.map(lambda b: (4, b, rfc1902.OctetString(b))),
    OIDS.map(lambda o: (6, o, rfc1902.ObjectIdentifier(o))),
    st.just((5, None, rfc1902.Null(""))),
    st.binary(min_size=4, max_size=4).map(lambda b: (0x40, b, rfc1902.IpAddress(b))),
    UINT32.map(lambda n: (0x41, n, rfc1902.Counter32(n))),
    UINT32.map(lambda n: (0x42, n, rfc1902.Gauge32(n))),
    UINT32.map(lambda n: (0x43, n, rfc1902.TimeTicks(n))),
    SHORT.map(lambda b: (0x44, b, rfc1902.Opaque(b))),
    st.integers(0, 2**64 - 1).map(lambda n: (0x46, n, rfc1902.Counter64(n))),
    st.just((0x80, None, rfc1905.noSuchObject)),
    st.just((0x81, None, rfc1905.noSuchInstance)),
    st.just((0x82, None, rfc1905.endOfMibView)),
)


def foreign_response(request_id, status, index, rows, community=b"public", version=1) -> bytes:
    """A Response as pysnmp encodes it."""
    module = api.PROTOCOL_MODULES[version]
    pdu = module.GetResponsePDU()
    module.apiPDU.set_defaults(pdu)
    module.apiPDU.set_request_id(pdu, request_id)
    module.apiPDU.set_error_status(pdu, status)
    module.apiPDU.set_error_index(pdu, index)
    module.apiPDU.set_varbinds(pdu, [(oid, value) for oid, _, _, value in rows])
    message = module.Message()
    module.apiMessage.set_defaults(message)
    module.apiMessage.set_community(message, community)
    module.apiMessage.set_pdu(message, pdu)
    return bytes(asn1_encoder.encode(message))


ROWS = st.lists(st.tuples(OIDS, VALUES).map(lambda row: (row[0], *row[1])), max_size=12)
REQUEST_IDS = st.integers(-(2**31), 2**31 - 1)


@given(REQUEST_IDS, st.integers(0, 18), st.integers(0, 12), ROWS, st.binary(max_size=40))
def test_what_pysnmp_encodes_is_read_back(request_id, status, index, rows, community):
    """Every type of RFC 2578 section 7.1 and the three exceptions arrive as another stack sent them."""
    seen = ber.decode(foreign_response(request_id, status, index, rows, community))
    expected = tuple(Varbind(oid, tag, value) for oid, tag, value, _ in rows)
    assert seen == (1, community, request_id, status, index, expected)


@given(st.integers(0, 2**31 - 1), st.lists(OIDS, max_size=15), st.sampled_from([0, 1]), st.binary(max_size=200))
def test_pysnmp_reads_our_requests(request_id, oids, version, community):
    """GET and GETNEXT, v1 and v2c, mean the same to pysnmp."""
    module = api.PROTOCOL_MODULES[version]
    for pdu_tag, kind in ((ber.GET, module.GetRequestPDU), (ber.GETNEXT, module.GetNextRequestPDU)):
        sent = ber.encode(pdu_tag, version, community, request_id, oids)
        message, rest = asn1_decoder.decode(sent, asn1Spec=module.Message())
        pdu = module.apiMessage.get_pdu(message)
        assert rest == b""
        assert pdu.isSameTypeWith(kind())
        assert int(message[0]) == version
        assert bytes(module.apiMessage.get_community(message)) == community
        assert module.apiPDU.get_request_id(pdu) == request_id
        assert [tuple(name) for name, _ in module.apiPDU.get_varbinds(pdu)] == oids


@given(st.integers(0, 2**31 - 1), OIDS, st.integers(0, 2**15))
def test_pysnmp_reads_our_getbulk(request_id, oid, repetitions):
    """GETBULK carries no non-repeaters and the repetitions asked for."""
    module = api.PROTOCOL_MODULES[1]
    sent = ber.encode(ber.GETBULK, ber.V2C, b"public", request_id, [oid], repetitions)
    message, _ = asn1_decoder.decode(sent, asn1Spec=module.Message())
    pdu = module.apiMessage.get_pdu(message)
    assert pdu.isSameTypeWith(module.GetBulkRequestPDU())
    assert int(module.apiBulkPDU.get_non_repeaters(pdu)) == 0
    assert int(module.apiBulkPDU.get_max_repetitions(pdu)) == repetitions


def decoded(data: bytes) -> ber.Response | GarbledReply:
    """The answer, or the one error allowed."""
    try:
        return ber.decode(data)
    except GarbledReply as error:
        return error


@settings(max_examples=500)
@given(st.binary(max_size=400))
def test_any_octets_are_an_answer_or_garbled(data):
    """No datagram raises anything but GarbledReply."""
    assert isinstance(decoded(data), ber.Response | GarbledReply)


@settings(max_examples=500)
@given(st.data(), ROWS)
def test_damaged_answers_are_answers_or_garbled(data, rows):
    """Octets changed, cut out or put in anywhere in a real answer never raise anything else."""
    octets = bytearray(foreign_response(7, 0, 0, rows))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(octets)))
        octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert isinstance(decoded(bytes(octets)), ber.Response | GarbledReply)


@given(ROWS, st.data())
def test_every_truncation_is_garbled(rows, data):
    """A datagram that lost its end is never taken for a shorter answer."""
    octets = foreign_response(7, 0, 0, rows)
    with pytest.raises(GarbledReply):
        ber.decode(octets[: data.draw(st.integers(0, len(octets) - 1))])


def tlv(tag: int, contents: bytes, length: bytes | None = None) -> bytes:
    """One element; `length` overrides how its length is written."""
    return bytes([tag]) + (bytes([len(contents)]) if length is None else length) + contents


def answer(value: bytes, name: bytes = tlv(6, b"\x2b\x06\x01")) -> bytes:
    """A v2c Response with one varbind whose parts are given as octets."""
    pdu = tlv(2, b"\x07") + tlv(2, b"\x00") + tlv(2, b"\x00") + tlv(0x30, tlv(0x30, name + value))
    return tlv(0x30, tlv(2, b"\x01") + tlv(4, b"public") + tlv(0xA2, pdu))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (tlv(0x41, b"\xff\xff\xff\xfe"), 2**32 - 2),
        (tlv(0x41, b"\x00\x00\x00\x00\x05"), 5),
        (tlv(0x46, b"\x80" + b"\x00" * 7), 2**63),
        (tlv(2, b"\x00\xff\xff\xff\xff"), 2**32 - 1),
        (tlv(2, b"\x00\x00\x05"), 5),
        (tlv(2, b""), None),
        (tlv(0x41, b""), None),
        (tlv(6, b""), (0, 0)),
        (tlv(5, b"\x00"), None),
        (tlv(4, b"abc", b"\x84\x00\x00\x00\x03"), b"abc"),
        (tlv(6, b"\x2b\x80\x80\x06"), (1, 3, 6)),
        (tlv(0x40, b""), b""),
        (tlv(0x47, b"\x05"), 5),
    ],
)
def test_harmless_errors_of_agents_are_read_as_meant(value, expected):
    """Each leniency the module lists."""
    assert ber.decode(answer(value)).varbinds[0].value == expected


def test_octets_behind_the_message_are_ignored():
    """Some agents send their whole buffer; the message says where it ends."""
    assert ber.decode(answer(tlv(2, b"\x05")) + b"\x00" * 50).varbinds[0].value == 5


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x30", id="a tag alone"),
        pytest.param(b"\x30\x80" + answer(tlv(5, b""))[2:] + b"\x00\x00", id="indefinite length"),
        pytest.param(answer(tlv(4, b"x", b"\x85\x00\x00\x00\x00\x01")), id="length of five octets"),
        pytest.param(answer(tlv(4, b"x", b"\x84\xff\xff\xff\xff")), id="length of four gigabytes"),
        pytest.param(answer(tlv(0x1F, b"x")), id="unknown tag"),
        pytest.param(answer(tlv(0x30, b"")), id="a sequence for a value"),
        pytest.param(answer(tlv(2, b"\x01" * 9)), id="an INTEGER of nine octets"),
        pytest.param(answer(tlv(0x46, b"\x01" * 10)), id="a Counter64 of ten octets"),
        pytest.param(answer(tlv(6, b"\x2b\x86")), id="an OID that breaks off"),
        pytest.param(answer(tlv(6, b"\x2b\x90\x80\x80\x80\x00")), id="an arc of 2^32"),
        pytest.param(answer(tlv(6, b"\x2b" + b"\x01" * 127, b"\x81\x80")), id="129 arcs"),
        pytest.param(answer(tlv(5, b"") + tlv(5, b"")), id="two values under one name"),
        pytest.param(answer(tlv(5, b""), tlv(4, b"name")), id="a string for a name"),
        pytest.param(answer(tlv(5, b"")).replace(b"\x02\x01\x01", b"\x02\x01\x03"), id="version 3"),
        pytest.param(answer(tlv(5, b"")).replace(b"\xa2", b"\xa8"), id="a Report"),
        pytest.param(answer(tlv(5, b"")).replace(b"\xa2", b"\xa0"), id="a request"),
        pytest.param(answer(tlv(5, b"")).replace(b"\x02\x01\x07", b"\x02\x00\x07"), id="no request id"),
    ],
)
def test_what_breaks_the_protocol_is_garbled(data):
    """Refusals are deliberate and say where."""
    with pytest.raises(GarbledReply, match="SNMP reply"):
        ber.decode(data)


def test_a_datagram_of_varbinds_alone_is_bounded():
    """64 KB of the smallest varbinds are refused instead of becoming ten thousand objects."""
    rows = tlv(0x30, tlv(6, b"") + tlv(5, b"")) * 9_000
    pdu = tlv(2, b"\x07") + tlv(2, b"\x00") + tlv(2, b"\x00") + tlv(0x30, rows, b"\x83" + len(rows).to_bytes(3, "big"))
    inside = tlv(2, b"\x01") + tlv(4, b"public") + tlv(0xA2, pdu, b"\x83" + len(pdu).to_bytes(3, "big"))
    with pytest.raises(GarbledReply, match="one too many"):
        ber.decode(tlv(0x30, inside, b"\x83" + len(inside).to_bytes(3, "big")))


@pytest.mark.parametrize("oid", [(), (3, 1), (1, 3, -1), (1, 3, 2**32), (1,) * 129])
def test_an_oid_that_cannot_exist_is_not_asked(oid):
    """A driver's mistake shows as a ValueError before anything is sent."""
    with pytest.raises(ValueError, match="cannot be asked"):
        ber.encode(ber.GET, ber.V2C, b"public", 1, [oid])
