"""Walks of real machines, served as they were recorded.

Three forms are read: what `fleetmon record` writes, which moves in time (exchanges.py), snmpsim's snmprec
(`OID|tag|value`, a tag ending in x means hex, in e backslash escapes) and the text of `snmpwalk -On`. Recordings come
with faults of their own: names twice, names out of order, lines from the walking program. The first of two rows counts,
the rest is sorted, and what cannot be understood is refused with its line.
"""

import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from fleetmon.simulators.reading import BadInput, parse_oid
from fleetmon.simulators.recordings.exchanges import Moment, began_anew, is_recording, moments
from fleetmon.simulators.recordings.spoken import Talk, is_spoken, talk
from fleetmon.simulators.snmp.rows import Row, Rows, Tag, Value, Version

_NUMBERS = {
    Tag.INTEGER: (-(2**31), 2**31 - 1),
    Tag.COUNTER: (0, 2**32 - 1),
    Tag.GAUGE: (0, 2**32 - 1),
    Tag.TICKS: (0, 2**32 - 1),
    Tag.COUNTER64: (0, 2**64 - 1),
}
_WALK_ROW = re.compile(r"^(\.[0-9.]+) = (?:Wrong Type \(.*?\): )?(?:([A-Za-z][A-Za-z0-9 -]*):(?: |$))?(.*)$", re.DOTALL)
_WALK_NOISE = re.compile(r"\.[0-9.]+ = No (such|more) |No more variables|Timeout: |End of MIB", re.IGNORECASE)
_WALK_START = re.compile(r"\.[0-9.]+ = |No more variables|Timeout: |End of MIB")
_ADDRESS = 4
_LARGEST = 64 << 20  # octets; a recording of some days at 5 s
_WALK_END = "End of MIB"
_WALK_TAGS = {
    "integer": Tag.INTEGER,
    "string": Tag.STRING,
    "hex-string": Tag.STRING,
    "bits": Tag.STRING,
    "oid": Tag.OID,
    "timeticks": Tag.TICKS,
    "counter32": Tag.COUNTER,
    "gauge32": Tag.GAUGE,
    "unsigned32": Tag.GAUGE,
    "counter64": Tag.COUNTER64,
    "ipaddress": Tag.ADDRESS,
    "network address": Tag.ADDRESS,
    "null": Tag.NULL,
    "opaque": Tag.OPAQUE,
    "": Tag.STRING,
}

_Line = tuple[int, str]


class Recording:
    """A static source of rows; it answers every version and the usual community."""

    def __init__(self, name: str, rows: Rows, communities: tuple[str, ...] = ("public",)) -> None:
        self.name = name
        self.versions: tuple[Version, ...] = tuple(Version)
        self.communities = communities
        self.boots = 1
        self._rows = rows

    def rows(self, now: float) -> Rows | None:
        """The same rows at any time; a recording does not move on."""
        return self._rows


class Exchanges(Recording):
    """A machine that does again what it did while it was recorded; then it goes on saying the last of it."""

    def __init__(self, name: str, polls: list[Moment]) -> None:
        self._polls = polls
        super().__init__(name, next((rows for _, rows in self._polls if rows is not None), Rows(())))
        self._place = 0

    @property
    def lasts(self) -> float:
        """Seconds from the beginning of the recording to its last poll."""
        return self._polls[-1][0]

    def rows(self, now: float) -> Rows | None:
        """As recorded at `now`; before the first poll as at the first. None where nobody answered."""
        while self._place + 1 < len(self._polls) and self._polls[self._place + 1][0] <= now:
            before, self._place = self._polls[self._place][1], self._place + 1
            self.boots += began_anew(before, self._polls[self._place][1])
        return self._polls[self._place][1]


def load(path: Path, name: str = "") -> Recording | Talk:
    """What `fleetmon record` wrote, a `.snmprec` file, or else the text of `snmpwalk -On`.

    Raises BadInput with file and line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > _LARGEST:
        raise BadInput(f"{path}: is larger than {_LARGEST >> 20} MiB; serve its beginning: head -n")
    text = data.decode("latin-1")
    if is_recording(data):
        recorded = text.split("\n")
        if is_spoken(recorded):
            return talk(recorded, str(path))
        return Exchanges(name or path.stem, moments(recorded, str(path)))
    is_snmprec = path.suffix == ".snmprec"
    lines, parse = (_snmprec_lines(text), _snmprec_row) if is_snmprec else (_walk_lines(text), _walk_row)
    rows = Rows(_parsed(path, lines, parse))
    if not len(rows):
        raise BadInput(f"{path}: holds no rows")
    return Recording(name or path.stem, rows)


def load_recording(path: Path, name: str = "") -> Recording:
    """The same of a machine that speaks SNMP. Raises BadInput for others as well."""
    found = load(path, name)
    if isinstance(found, Talk):
        raise BadInput(f"{path}: is the recording of a machine on a line of bytes, and no SNMP")
    return found


def _parsed(path: Path, lines: Iterator[_Line], parse: Callable[[str], Row]) -> Iterator[Row]:
    for number, line in lines:
        try:
            yield parse(line)
        except ValueError as error:
            raise BadInput(f"{path}:{number}: {error}") from error


def _snmprec_lines(text: str) -> Iterator[_Line]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.rstrip("\r")


def _snmprec_row(row: str) -> Row:
    fields = row.split("|", 2)
    match = re.fullmatch(r"(\d+)([xe]?)", fields[1]) if len(fields) == 3 else None
    if match is None:
        raise ValueError(f"{row[:60]!r} is not OID|tag|value")
    number, form = int(match[1]), match[2]
    if number not in list(Tag):
        raise ValueError(f"{number} is no tag; allowed: {', '.join(str(int(tag)) for tag in Tag)}")
    content = fields[2]
    if form == "x":
        octets = bytes.fromhex(content)
    else:
        octets = (re.sub(r"\\(x[0-9a-fA-F]{2}|.)", _unescape, content) if form == "e" else content).encode("latin-1")
    return parse_oid(fields[0]), _value(Tag(number), content, octets, is_text=form != "x")


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if code[0] == "x" else {"n": "\n", "r": "\r", "t": "\t"}.get(code, code)


def _value(tag: Tag, content: str, octets: bytes, *, is_text: bool) -> Value:
    if tag is Tag.NULL:
        return Value(tag, None)
    if tag is Tag.OID:
        return Value(tag, parse_oid(content.strip()))
    if tag is Tag.ADDRESS:
        dotted = is_text and re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", content)
        address = bytes(int(part) for part in content.split(".")) if dotted else octets
        if len(address) != _ADDRESS:
            raise ValueError(f"{content!r} is no IPv4 address")
        return Value(tag, address)
    if tag in _NUMBERS:
        return Value(tag, _ranged(tag, int(content)))
    return Value(tag, octets)


def _ranged(tag: Tag, number: int) -> int:
    least, most = _NUMBERS[tag]
    if not least <= number <= most:
        raise ValueError(f"{number} does not fit {tag.name}: {least} to {most}")
    return number


def _walk_lines(text: str) -> Iterator[_Line]:
    """A string may run over several lines: a row lasts until the next line that begins with a name."""
    begun, row = 1, ""
    for number, line in enumerate([*text.split("\n"), _WALK_END], 1):
        line = line.rstrip("\r")
        if _WALK_START.match(line):
            if row.strip() and not _WALK_NOISE.match(row):
                yield begun, row
            begun, row = number, line
        else:
            row = f"{row}\n{line}" if row else line


def _walk_row(row: str) -> Row:
    row = row.rstrip("\n")
    match = _WALK_ROW.match(row)
    kind = (match[2] or "").lower() if match else "?"
    if match is None or kind not in _WALK_TAGS:
        raise ValueError(f"{row[:60]!r} is no line of `snmpwalk -On`")
    bare_null = not kind and match[3] == "NULL"
    return parse_oid(match[1]), _walk_value("null" if bare_null else kind, match[3])


def _walk_value(kind: str, content: str) -> Value:
    tag = _WALK_TAGS[kind]
    if kind in ("hex-string", "network address"):
        return Value(tag, bytes.fromhex(re.sub(r"\[.*?\](\n|$)|:", " ", content)))
    if kind == "bits":  # `5B 00 clear(1) other(3)`
        octets = re.match(r"(?:[0-9A-Fa-f]{2}(?:\s+|$))*", content)
        return Value(tag, bytes.fromhex(octets[0] if octets else ""))
    if tag is Tag.STRING:
        return Value(tag, _unquoted(content))
    if tag is Tag.OPAQUE:
        return Value(tag, _opaque(content))
    if tag in _NUMBERS:  # `up(1)`, `(123) 0:00:01.23`, `60 seconds` or a bare number
        number = re.search(r"\((-?\d+)\)", content) or re.match(r"(-?\d+)", content)
        if number is None:
            raise ValueError(f"{content!r} holds no number")
        return Value(tag, _ranged(tag, int(number[1])))
    return _value(tag, content, b"", is_text=True)


def _unquoted(content: str) -> bytes:
    """Strings stand in quotes, a backslash before a quote or a backslash; a MAC address stands as 0:17:c8:b9:2:de."""
    if len(content) >= 2 and content[0] == content[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", content[1:-1]).encode("latin-1")
    if re.fullmatch(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5,}", content):
        return bytes(int(part, 16) for part in content.split(":"))
    return content.encode("latin-1")


def _opaque(content: str) -> bytes:
    """A wrapped float as net-snmp understands it (tag 9f78), or plain octets in hex."""
    if content.startswith("Float: "):
        return b"\x9f\x78\x04" + struct.pack(">f", float(content.removeprefix("Float: ")))
    return bytes.fromhex(content)
