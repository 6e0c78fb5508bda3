"""SNMP v1 and v2c messages to bytes and back (RFC 1157, RFC 3416, in the BER of X.690): what a poller needs, no more.

A datagram is whatever the network delivered, so decoding believes nothing: every length is checked against what
encloses it, nothing recurses, nothing is allocated that the datagram does not carry, and whatever is wrong is a
GarbledReply. It is lenient only where real agents err and the meaning stays plain:

- lengths, integers and arcs with needless leading octets are read as they stand (X.690 wants the shortest form);
- unsigned types are read modulo 2^32 or 2^64, so a Counter32 sent as a negative number is the number meant;
- an INTEGER beyond 32 bits is kept as sent, up to 64 bits;
- an integer without octets says nothing: its value is None, and the rest of the answer still counts;
- an OID without octets is 0.0, as net-snmp reads it;
- octets behind the message are ignored: some agents send their whole buffer.

The indefinite length (X.690 8.1.3.6), tags of several octets, arcs above 32 bits and more than 128 arcs (RFC 2578
section 3.5) are refused, and so is an inner element that does not fill what encloses it.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Final, NamedTuple

from fleetmon.decode.dialogue import Oid, Value, Varbind
from fleetmon.errors import GarbledReply

V1, V2C = 0, 1
GET, GETNEXT, RESPONSE, GETBULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8
INTEGER, OCTET_STRING, NULL, OBJECT_ID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIMETICKS, OPAQUE, NSAP, COUNTER64, UINTEGER32 = range(0x40, 0x48)
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = EXCEPTIONS = 0x80, 0x81, 0x82
REQUEST_IDS: Final = range(1 << 23, 1 << 31)
_MAX_VARBINDS, _MAX_ARCS, _MAX_ARC = 2_000, 128, 0xFFFF_FFFF


class Response(NamedTuple):
    """A Response-PDU and the message around it (RFC 3416 section 3)."""

    version: int
    community: bytes
    request_id: int
    error_status: int
    error_index: int
    varbinds: tuple[Varbind, ...]


class Message(NamedTuple):
    """A request but for its id."""

    head: bytes
    tail: bytes

    def numbered(self, request_id: int) -> bytes:
        """The bytes to send; the id must be one of `REQUEST_IDS`, which take four octets each."""
        return self.head + request_id.to_bytes(4, "big") + self.tail


def encode(pdu: int, version: int, community: bytes, request_id: int, oids: Iterable[Oid], repeat: int = 0) -> bytes:
    """A GET, a GETNEXT, or a GETBULK of `repeat` repetitions; ValueError for an OID that cannot be encoded."""
    return _request(pdu, version, community, _integer(request_id) + _behind_id(oids, repeat))


@lru_cache(maxsize=1024)  # machines of one model are asked alike
def message(pdu: int, version: int, community: bytes, oids: tuple[Oid, ...], repeat: int = 0) -> Message:
    """The same for any id, since whoever asks the same again encodes it once."""
    tail = _behind_id(oids, repeat)
    whole = _request(pdu, version, community, _integer(REQUEST_IDS[0]) + tail)
    return Message(whole[: -len(tail) - 4], tail)


def decode(data: bytes) -> Response:
    """The response in one datagram, or GarbledReply; never another exception."""
    at, end = enter(data, 0, len(data), SEQUENCE)
    version, at = number(data, at, end)
    if version not in (V1, V2C):
        raise GarbledReply(f"SNMP reply: version {version} to a request of version 0 or 1 (v1, v2c)")
    at, community_end = enter(data, at, end, OCTET_STRING)
    return Response(version, data[at:community_end], *read_pdu(data, community_end, end, RESPONSE))


def read_pdu(data: bytes, at: int, end: int, tag: int) -> tuple[int, int, int, tuple[Varbind, ...]]:
    """The PDU that fills `data` from `at` to `end`: request id, error-status, error-index, varbinds."""
    at, pdu_end = enter(data, at, end, tag)
    request_id, at = number(data, at, pdu_end)
    status, at = number(data, at, pdu_end)
    index, at = number(data, at, pdu_end)
    at, binds_end = enter(data, at, pdu_end, SEQUENCE)
    if not binds_end == pdu_end == end:
        raise GarbledReply(f"SNMP reply: octets left over inside the message, at {min(binds_end, pdu_end)}")
    return request_id, status, index, _varbinds(data, at, end)


def spans(data: bytes) -> tuple[tuple[int, int], ...]:
    """Where in a datagram that `decode` has read the contents of the request id and of each value start and stop."""
    at, end = enter(data, 0, len(data), SEQUENCE)
    for _ in ("version", "community"):
        _, _, at = element(data, at, end)
    at, end = enter(data, at, end, RESPONSE)
    _, id_start, at = element(data, at, end)
    found = [(id_start, at)]
    for _ in ("error-status", "error-index"):
        _, _, at = element(data, at, end)
    at, end = enter(data, at, end, SEQUENCE)
    while at < end:
        begin, at = enter(data, at, end, SEQUENCE)
        _, _, name_end = element(data, begin, at)
        _, start, stop = element(data, name_end, at)
        found.append((start, stop))
    return tuple(found)


def value(tag: int, contents: bytes) -> Value:
    """The value in the contents of an element with one of the tags that `decode` knows, or GarbledReply."""
    return _READERS[tag](contents)


def element(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """The element at `at`, which must end by `end`: its tag, and where its contents start and stop."""
    start = at + 2
    if start > end:
        raise GarbledReply(f"SNMP reply: breaks off at octet {at}")
    length = data[at + 1]
    if length > 0x7F:
        size = length & 0x7F
        if not 1 <= size <= 4:
            raise GarbledReply(f"SNMP reply: length octet {length:#04x} at {at + 1} is refused")
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > end:
        raise GarbledReply(f"SNMP reply: the element at octet {at} runs past what encloses it")
    return data[at], start, start + length


def enter(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Where the contents of the element at `at` start and stop, which must have this tag and end by `end`."""
    found, start, stop = element(data, at, end)
    if found != tag:
        raise GarbledReply(f"SNMP reply: tag {found:#04x} instead of {tag:#04x} at octet {at}")
    return start, stop


def number(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The INTEGER at `at`, and where the next element starts."""
    start, stop = enter(data, at, end, INTEGER)
    found = _signed(data[start:stop])
    if found is None:
        raise GarbledReply(f"SNMP reply: a number without octets at {at}")
    return found, stop


def _varbinds(data: bytes, at: int, end: int) -> tuple[Varbind, ...]:
    found: list[Varbind] = []
    while at < end:
        begin, at = enter(data, at, end, SEQUENCE)
        name, name_end = enter(data, begin, at, OBJECT_ID)
        tag, start, stop = element(data, name_end, at)
        read = _READERS.get(tag)
        if read is None or stop != at or len(found) == _MAX_VARBINDS:
            raise GarbledReply(f"SNMP reply: a value of unknown tag {tag:#04x}, misfit or one too many at {name_end}")
        found.append(Varbind(_oid(data[name:name_end]), tag, read(data[start:stop])))
    return tuple(found)


def _signed(octets: bytes) -> int | None:
    if len(octets) > 8:
        raise GarbledReply(f"SNMP reply: an INTEGER of {len(octets)} octets")
    return int.from_bytes(octets, "big", signed=True) if octets else None


def _unsigned(octets: bytes, mask: int = 0xFFFF_FFFF) -> int | None:
    if len(octets) > 9:
        raise GarbledReply(f"SNMP reply: an unsigned number of {len(octets)} octets")
    return int.from_bytes(octets, "big") & mask if octets else None


@lru_cache(maxsize=2048)  # a fleet asks the same few hundred OIDs for ever; bounded, as strangers may send others
def _oid(octets: bytes) -> Oid:
    if len(octets) > _MAX_ARCS * 5 or octets[-1:] > b"\x7f":
        raise GarbledReply("SNMP reply: an OID that is too long or breaks off")
    arcs, arc = [], 0
    for octet in octets or b"\x00":
        arc = arc << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)  # X.690 8.19.4: the first two arcs share one number
    oid = (first, arcs[0] - 40 * first, *arcs[1:])
    if len(oid) > _MAX_ARCS or max(oid) > _MAX_ARC:
        raise GarbledReply("SNMP reply: an OID of more than 128 arcs, or with one above 32 bits")
    return oid


# RFC 2578 section 7.1, and the two types of RFC 1442 that old agents still send (NsapAddress, UInteger32).
_READERS: Final[dict[int, Callable[[bytes], Value]]] = {
    **dict.fromkeys((OCTET_STRING, IP_ADDRESS, OPAQUE, NSAP), bytes),
    **dict.fromkeys((COUNTER32, GAUGE32, TIMETICKS, UINTEGER32), _unsigned),
    **dict.fromkeys((NULL, *EXCEPTIONS), lambda octets: None),
    INTEGER: _signed,
    OBJECT_ID: _oid,
    COUNTER64: partial(_unsigned, mask=0xFFFF_FFFF_FFFF_FFFF),
}


@lru_cache(maxsize=2048)
def _asked(oid: Oid) -> bytes:
    """An OID with the NULL a request carries in place of a value; a walk may start at a single arc."""
    if not (oid and oid[0] <= 2 and len(oid) <= _MAX_ARCS and min(oid) >= 0 and max(oid) <= _MAX_ARC):
        raise ValueError(f"cannot be asked for as an SNMP OID: {oid}")
    octets = bytearray()
    for arc in (oid[0] * 40 + (oid[1] if len(oid) > 1 else 0), *oid[2:]):
        octets += bytes([0x80 | arc >> shift & 0x7F for shift in (28, 21, 14, 7) if arc >> shift] + [arc & 0x7F])
    return _element(SEQUENCE, _element(OBJECT_ID, bytes(octets)) + b"\x05\x00")


def _behind_id(oids: Iterable[Oid], repeat: int) -> bytes:
    """No error-status or non-repeaters, the repetitions in the place of error-index, and the OIDs."""
    return b"\x02\x01\x00" + _integer(repeat) + _element(SEQUENCE, b"".join([_asked(oid) for oid in oids]))


def _request(pdu: int, version: int, community: bytes, body: bytes) -> bytes:
    return _element(SEQUENCE, _integer(version) + _element(OCTET_STRING, community) + _element(pdu, body))


def _integer(number: int) -> bytes:
    return _element(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def _element(tag: int, contents: bytes) -> bytes:
    length = len(contents)
    size = (length.bit_length() + 7) // 8
    return bytes((tag, length) if length < 0x80 else (tag, 0x80 | size, *length.to_bytes(size, "big"))) + contents
