"""A walk somebody recorded, as text, back to the varbinds the machine sent.

Two formats are read: snmpsim's snmprec (`OID|tag|value`) and what net-snmp's snmpwalk prints with numeric OIDs. Real
files carry junk (comments, cut lines, one OID twice, rows out of order), so a line that says nothing is left out and
remarked upon, never guessed at. What cannot be read *faithfully* is refused with a hint: symbolic names need the MIB
they were printed with, and `-Oq` has thrown the types away.

Values are octets: the file is never decoded as a whole, so Latin-1, hp-roman8 and broken UTF-8 survive. Numbers are
bounded as `ber` bounds them, so a walk file and the same machine on the wire give the same varbinds. One loss is
snmpwalk's own: with MIBs loaded it prints some strings through a display hint (dates, hardware addresses).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from fleetmon.decode import ber
from fleetmon.decode.dialogue import Oid, Value, Varbind, dotted
from fleetmon.errors import DriverError

_HINT: Final = "record it with: snmpwalk -v2c -c COMMUNITY -On HOST .1.3.6.1"


@dataclass(slots=True)
class WalkText:
    """A walk file's varbinds in increasing order of OID, and a `file:line: remark` for everything left out."""

    varbinds: dict[Oid, Varbind] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def parse(data: bytes, file: str) -> WalkText:
    """The contents of a walk file called `file`; DriverError (`file:line: ...`) if it is none that can be believed."""
    if data.partition(b"\n")[0].endswith(b"\r"):  # a file from Windows, not a value that ends in CR
        data = data.replace(b"\r\n", b"\n")
    lines = data.split(b"\n")
    if any(map(_SNMPREC.match, lines)):
        return _collect(enumerate(lines, start=1), _snmprec_varbind, file)
    _refuse_lossy(lines, file)
    return _collect(_snmpwalk_records(lines), _snmpwalk_varbind, file)


def _collect(records: Iterable[tuple[int, bytes]], read: Callable[[bytes], Varbind], file: str) -> WalkText:
    found = WalkText()
    for at, record in records:
        if not record.strip() or record.startswith((b"#", b"End of MIB")):  # the latter is how snmpwalk -v1 ends
            continue
        try:
            varbind = read(record)
        except ValueError as error:
            found.remarks.append(f"{file}:{at}: left out: {error}")
            continue
        if varbind.tag in ber.EXCEPTIONS:
            continue
        if found.varbinds.setdefault(varbind.oid, varbind) is not varbind:
            found.remarks.append(f"{file}:{at}: left out: {dotted(varbind.oid)} again, the first one counts")
    if not found.varbinds:
        raise DriverError(f"{file}:1: holds no SNMP values; {_HINT}")
    found.varbinds = dict(sorted(found.varbinds.items()))
    return found


def _shown(text: bytes) -> str:
    return ascii(text[:60].decode("latin-1"))


# Values by tag, from the text that snmprec gives them; a ValueError becomes a remark.

_OID_TEXT = re.compile(rb"\.?[0-9]{1,10}(?:\.[0-9]{1,10}){0,127}")
_INTEGER_TEXT = re.compile(rb"-?[0-9]{1,20}")
_QUAD_TEXT = re.compile(rb"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


def _oid(text: bytes) -> Oid:
    oid = tuple(map(int, text.strip(b" .").split(b"."))) if _OID_TEXT.fullmatch(text.strip()) else ()
    if not oid or max(oid) > 0xFFFF_FFFF:
        raise ValueError(f"{_shown(text)} is no OID")
    return oid


def _integer(text: bytes) -> int:
    if not _INTEGER_TEXT.fullmatch(text.strip()) or not -(1 << 63) <= int(text) < 1 << 64:
        raise ValueError(f"{_shown(text)} is no number of 64 bits")
    return int(text)


def _unsigned32(text: bytes) -> int:
    return _integer(text) & 0xFFFF_FFFF


def _unsigned64(text: bytes) -> int:
    return _integer(text) & 0xFFFF_FFFF_FFFF_FFFF


def _quad(text: bytes) -> bytes:
    if len(text) == 4:
        return text  # snmprec writes printable octets as they are
    if not _QUAD_TEXT.fullmatch(text.strip()) or max(octets := [int(part) for part in text.split(b".")]) > 255:
        raise ValueError(f"{_shown(text)} is no IPv4 address")
    return bytes(octets)


_OCTETS: Final = (ber.OCTET_STRING, ber.OPAQUE, ber.NSAP, ber.IP_ADDRESS)
_VALUES: Final[dict[int, Callable[[bytes], Value]]] = {
    **dict.fromkeys(_OCTETS, bytes),
    **dict.fromkeys((ber.NULL, *ber.EXCEPTIONS), lambda text: None),
    **dict.fromkeys((ber.COUNTER32, ber.GAUGE32, ber.TIMETICKS, ber.UINTEGER32), _unsigned32),
    ber.COUNTER64: _unsigned64,
    ber.INTEGER: _integer,
    ber.OBJECT_ID: _oid,
    ber.IP_ADDRESS: _quad,
}

# snmprec: one line a value; `4x` is hexadecimal, `4e` has backslash escapes.

_SNMPREC = re.compile(rb"(\.?[0-9][0-9.]*)\|([0-9]{1,3})([xe]?)\|(.*)")
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))")
_ESCAPED: Final = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def _snmprec_varbind(line: bytes) -> Varbind:
    parts = _SNMPREC.fullmatch(line)
    if parts is None:
        raise ValueError(f"{_shown(line)} is not OID|tag|value")
    tag, form, text = int(parts[2]), parts[3], parts[4]
    if tag not in _VALUES or (form and tag not in _OCTETS):
        raise ValueError(f"tag {_shown(parts[2] + form)} is none of SNMP's")
    if form == b"e":
        text = _ESCAPE.sub(lambda found: _unhex(found[1]) if found[1] else _ESCAPED.get(found[2], found[2]), text)
    return Varbind(_oid(parts[1]), tag, _unhex(text) if form == b"x" else _VALUES[tag](text))


def _unhex(text: bytes) -> bytes:
    return bytes.fromhex(text.decode("latin-1"))


# snmpwalk: `OID = TYPE: value`, where strings and hexadecimal dumps may go on for lines.

_RECORD = re.compile(rb"\.?(iso\.|ccitt\.)?([0-9]+(?:\.[0-9]+)*) = (?:Wrong Type \([^)]*\): )?(.*)", re.DOTALL)
_ROOTS: Final[dict[bytes | None, Oid]] = {None: (), b"iso.": (1,), b"ccitt.": (0,)}
_SYMBOLIC = re.compile(rb'\.?[A-Za-z][A-Za-z0-9-]*(?:::|\.)\S+ = (?:[A-Za-z-]+:|"")')
_TYPELESS = re.compile(rb"\.?(?:iso\.)?[0-9]+(?:\.[0-9]+)+ (?:= )?[^= ]")
_ABSENT: Final = (b"No Such Object", b"No Such Instance", b"No more variables left")
_HEX_LINE = re.compile(rb"(?:[0-9A-Fa-f]{2}\s*)+")
_CLOSED = re.compile(rb'(?:[^\\"]|\\.)*"\s*')
_NUMBER = re.compile(rb"(?:(?:[A-Za-z][^()\s]*)?\((-?[0-9]+)\)|(-?[0-9]+))(?: .*)?")
_BIT_NAMES = re.compile(rb"(?: ?[\w-]+\([0-9]+\))*\s*\Z")


def _refuse_lossy(lines: list[bytes], file: str) -> None:
    """Say so where the way of printing has lost what a driver needs."""
    typed = any((record := _RECORD.match(line)) and record[3].partition(b":")[0] in _TYPES for line in lines)
    for at, line in enumerate(lines, start=1):
        if _SYMBOLIC.match(line) and not _RECORD.match(line):
            raise DriverError(f"{file}:{at}: names instead of numbers in {_shown(line)}; {_HINT}")
        if not typed and _TYPELESS.match(line) and not any(text in line for text in _ABSENT):
            raise DriverError(f"{file}:{at}: no types (-Oq, -OQ), so nobody can tell 5 from '5'; {_HINT}")


def _snmpwalk_records(lines: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """Every record, with the lines it goes on for, and the number of the line it begins in."""
    at = 0
    while at < len(lines):
        begin, at = at, at + 1
        record = _RECORD.fullmatch(lines[begin])
        rest = last = record[3] if record else b""
        while at < len(lines) and _goes_on(rest, last, lines[at]):
            last, at = lines[at], at + 1
        yield begin + 1, b"\n".join(lines[begin:at])


def _goes_on(rest: bytes, last: bytes, line: bytes) -> bool:
    """Whether `line` belongs to the value that starts with `rest` and has come as far as the line `last`."""
    if _RECORD.fullmatch(line):
        return False
    if rest.startswith((b'"', b'STRING: "')):
        return not _closed(last.partition(b'"')[2] if last is rest else last)
    if rest.startswith((b"Hex-STRING:", b"OPAQUE:", b"BITS:")):
        return _HEX_LINE.fullmatch(line) is not None
    return rest.startswith(b"STRING:")


def _closed(text: bytes) -> bool:
    """Whether the text ends in a quote that no backslash escapes."""
    before = text[:-1]
    return text.endswith(b'"') and (len(before) - len(before.rstrip(b"\\"))) % 2 == 0


def _snmpwalk_varbind(record: bytes) -> Varbind:
    parts = _RECORD.fullmatch(record)
    if parts is None:
        raise ValueError(f"{_shown(record)} is not OID = TYPE: value")
    oid, rest = (*_ROOTS[parts[1]], *_oid(parts[2])), parts[3]
    if rest.startswith(_ABSENT):
        return Varbind(oid, ber.NO_SUCH_OBJECT, None)
    if rest.strip() == b"NULL":
        return Varbind(oid, ber.NULL, None)
    if rest.startswith(b'"'):
        return Varbind(oid, ber.OCTET_STRING, _string(rest))
    kind, _, text = rest.partition(b":")
    if kind not in _TYPES:
        raise ValueError(f"{_shown(rest)} has no type that can be read back")
    tag, read = _TYPES[kind]
    return Varbind(oid, tag, read(text.removeprefix(b" ")))


def _string(text: bytes) -> bytes:
    if not text.startswith(b'"'):
        return text.rstrip(b"\n")  # printed through a display hint: no quotes
    if not _closed(text[1:]):
        raise ValueError(f"the string {_shown(text)} breaks off")
    return re.sub(rb'\\([\\"])', rb"\1", text[1:-1])


def _dump(text: bytes) -> bytes:
    """Hexadecimal octets; of BITS also the names behind them."""
    octets = _HEX_LINE.match(text + b" ")
    end = octets.end() if octets else 0
    if not _BIT_NAMES.fullmatch(text[end:]):
        raise ValueError(f"{_shown(text)} is no hexadecimal dump")
    return _unhex(text[:end])


def _number(text: bytes) -> bytes:
    """The digits of `5`, `down(5)`, `(5) 0:00:00.05` and `5 percent`."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{_shown(text)} is no number")
    return found[1] or found[2]


def _named_oid(text: bytes) -> Oid:
    root = re.match(rb"\.?(iso\.|ccitt\.)", text)
    return (*_ROOTS[root[1]], *_oid(text[root.end() :])) if root else _oid(text)


def _numeric(tag: int) -> tuple[int, Callable[[bytes], Value]]:
    return tag, lambda text: _VALUES[tag](_number(text))


_TYPES: Final[dict[bytes, tuple[int, Callable[[bytes], Value]]]] = {
    b"INTEGER": _numeric(ber.INTEGER),
    b"Counter32": _numeric(ber.COUNTER32),
    b"Gauge32": _numeric(ber.GAUGE32),
    b"Timeticks": _numeric(ber.TIMETICKS),
    b"Counter64": _numeric(ber.COUNTER64),
    b"UInteger32": _numeric(ber.UINTEGER32),
    b"STRING": (ber.OCTET_STRING, _string),
    b"Hex-STRING": (ber.OCTET_STRING, _dump),
    b"BITS": (ber.OCTET_STRING, _dump),
    b"OPAQUE": (ber.OPAQUE, _dump),
    b"OID": (ber.OBJECT_ID, _named_oid),
    b"IpAddress": (ber.IP_ADDRESS, _quad),
    b"Network Address": (ber.IP_ADDRESS, lambda text: _unhex(text.replace(b":", b" "))),
}
