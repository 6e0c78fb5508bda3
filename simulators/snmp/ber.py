"""BER as SNMP uses it (RFC 3417 section 8): definite lengths, a dozen types; values and names to octets and back.

pysnmp's codec takes twenty-five times as long for a message of eight objects, and two hundred machines in one process
are asked forty times a second and more. Strangers judge this one: net-snmp's tools in the tests, and pysnmp's codec,
which has to read what is written here and to write what is read. Whatever is not well-formed raises Garbled, whose
text nobody reads: a real agent is silent too.
"""

from functools import lru_cache
from typing import NamedTuple

from fleetmon.simulators.reading import Oid

from .rows import Absence, Cell, Tag, Value

SEQUENCE = 0x30

_ABSENCES = {Absence.NO_SUCH_OBJECT: b"\x80\0", Absence.NO_SUCH_INSTANCE: b"\x81\0", Absence.END_OF_VIEW: b"\x82\0"}
_LAST_ARC = 0xFFFFFFFF


class Garbled(ValueError):
    """Octets that are no message of ours."""


class Element(NamedTuple):
    """One element: its tag, where its contents begin and where they end."""

    tag: int
    start: int
    end: int


def element(data: bytes, at: int, end: int, tag: int | None = None) -> Element:
    """The element that begins at `at` and lies before `end`; with `tag`, of that kind."""
    try:
        found, length, start = data[at], data[at + 1], at + 2
        if length > 0x7F:
            octets = length & 0x7F
            if not 1 <= octets <= 4:
                raise Garbled
            start += octets
            length = int.from_bytes(data[start - octets : start], "big")
    except IndexError:
        raise Garbled from None
    if start + length > end or (tag is not None and tag != found):
        raise Garbled
    return Element(found, start, start + length)


def read_integer(data: bytes, at: Element) -> int:
    """Contents of an INTEGER, in two's complement."""
    if not 1 <= at.end - at.start <= 8:
        raise Garbled
    return int.from_bytes(data[at.start : at.end], "big", signed=True)


def read_oid(contents: bytes) -> Oid:
    """Contents of an OBJECT IDENTIFIER."""
    if not contents or contents[-1] & 0x80:
        raise Garbled
    arcs, arc = [], 0
    for octet in contents:
        arc = arc << 7 | octet & 0x7F
        if arc > _LAST_ARC:
            raise Garbled
        if octet < 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return (first, arcs[0] - 40 * first, *arcs[1:])


def tlv(tag: int, contents: bytes) -> bytes:
    """One element."""
    if len(contents) < 0x80:
        return bytes((tag, len(contents))) + contents
    size = (len(contents).bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + len(contents).to_bytes(size, "big") + contents


def integer(number: int, tag: int = Tag.INTEGER) -> bytes:
    """An INTEGER, or with its own tag a Counter, Gauge or TimeTicks, which are never negative."""
    size = (number + (number < 0)).bit_length() // 8 + 1
    return tlv(tag, number.to_bytes(size, "big", signed=True))


@lru_cache(maxsize=16384)  # the machines of one process have most of their names in common
def oid(name: Oid) -> bytes:
    """An OBJECT IDENTIFIER of at least two arcs."""
    octets = bytearray()
    for arc in (40 * name[0] + name[1], *name[2:]):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(groups))
    return tlv(Tag.OID, bytes(octets))


def value(told: Value) -> bytes:
    """A value as its tag says."""
    match told.content:
        case int(number):
            return integer(number, told.tag)
        case bytes(octets):
            return tlv(told.tag, octets)
        case None:
            return tlv(told.tag, b"")
        case name:
            return oid(name)


def varbind(cell: Cell) -> bytes:
    """A name with its value, or with the exception in its place."""
    name, told = cell
    if isinstance(told, Absence):
        return tlv(SEQUENCE, oid(name) + _ABSENCES[told])
    return _pair(name, told) if told.tag is not Tag.TICKS else tlv(SEQUENCE, oid(name) + value(told))


@lru_cache(maxsize=65536)  # what does not run with time is said again and again, by many machines in the same words
def _pair(name: Oid, told: Value) -> bytes:
    return tlv(SEQUENCE, oid(name) + value(told))
