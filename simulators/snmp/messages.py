"""Messages of versions 1 and 2c (RFC 1157, RFC 1901, RFC 3416) as octets: requests taken apart, responses and
notifications put together. Version 3 has a library of its own, see wire_v3.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from fleetmon.simulators.reading import Oid

from .ber import SEQUENCE, Garbled, element, integer, oid, read_integer, read_oid, tlv
from .rows import Ask, Tag, Version

_ASKS = {0xA0: Ask.GET, 0xA1: Ask.NEXT, 0xA3: Ask.SET, 0xA5: Ask.BULK}
_RESPONSE, _V1_TRAP, _V2_TRAP = 0xA2, 0xA4, 0xA7
_NUMBERS = {0: Version.V1, 1: Version.V2C, 3: Version.V3}
_SPOKEN = {Version.V1: 0, Version.V2C: 1}
_ENTERPRISE_SPECIFIC = 6


@dataclass(frozen=True, slots=True)
class Request:
    """A request of version 1 or 2c. `bulk` is (non-repeaters, max-repetitions) of a GETBULK; `varbinds` are the
    octets inside the list that came with it, to be sent back where an answer must repeat them."""

    version: Version
    community: bytes
    ask: Ask
    number: int
    bulk: tuple[int, int]
    names: tuple[Oid, ...]
    varbinds: bytes


def version_of(data: bytes) -> Version | None:
    """The version a datagram claims; None if it is none that exists."""
    try:
        message = element(data, 0, len(data), SEQUENCE)
        return _NUMBERS.get(read_integer(data, element(data, message.start, message.end, Tag.INTEGER)))
    except Garbled:
        return None


def read_request(data: bytes, version: Version) -> Request:
    """A datagram of this version. Raises Garbled if it is none, or asks what agents are not asked."""
    message = element(data, 0, len(data), SEQUENCE)
    spoken = element(data, message.start, message.end)
    community = element(data, spoken.end, message.end, Tag.STRING)
    pdu = element(data, community.end, message.end)
    ask = _ASKS.get(pdu.tag)
    if ask is None or (ask is Ask.BULK and version is Version.V1):
        raise Garbled
    number = element(data, pdu.start, pdu.end, Tag.INTEGER)
    first = element(data, number.end, pdu.end, Tag.INTEGER)
    second = element(data, first.end, pdu.end, Tag.INTEGER)
    listed = element(data, second.end, pdu.end, SEQUENCE)
    return Request(
        version=version,
        community=data[community.start : community.end],
        ask=ask,
        number=read_integer(data, number),
        bulk=(read_integer(data, first), read_integer(data, second)),
        names=tuple(_names(data, listed.start, listed.end)),
        varbinds=data[listed.start : listed.end],
    )


def _names(data: bytes, at: int, end: int) -> Iterable[Oid]:
    while at < end:
        pair = element(data, at, end, SEQUENCE)
        name = element(data, pair.start, pair.end, Tag.OID)
        element(data, name.end, pair.end)  # a value must be there; only a SET gives one, and nothing is ever set
        yield read_oid(data[name.start : name.end])
        at = pair.end


def response(request: Request, status: int, index: int, varbinds: bytes) -> bytes:
    """The answer to a request; `varbinds` are the elements of the list, one after another."""
    numbers = integer(request.number) + integer(status) + integer(index)
    return _message(request.version, request.community, _RESPONSE, numbers + tlv(SEQUENCE, varbinds))


def v1_trap(community: bytes, enterprise: Oid, specific: int, address: bytes, ticks: int, varbinds: bytes) -> bytes:
    """An enterprise-specific Trap-PDU, RFC 1157 section 4.1.6; `address` is the agent's, four octets."""
    head = oid(enterprise) + tlv(Tag.ADDRESS, address) + integer(_ENTERPRISE_SPECIFIC) + integer(specific)
    return _message(Version.V1, community, _V1_TRAP, head + integer(ticks, Tag.TICKS) + tlv(SEQUENCE, varbinds))


def v2_trap(community: bytes, number: int, varbinds: bytes) -> bytes:
    """An SNMPv2-Trap-PDU, RFC 3416 section 4.2.6; the list must begin with sysUpTime.0 and snmpTrapOID.0."""
    numbers = integer(number) + integer(0) + integer(0)
    return _message(Version.V2C, community, _V2_TRAP, numbers + tlv(SEQUENCE, varbinds))


def _message(version: Version, community: bytes, pdu: int, contents: bytes) -> bytes:
    return tlv(SEQUENCE, integer(_SPOKEN[version]) + tlv(Tag.STRING, community) + tlv(pdu, contents))
