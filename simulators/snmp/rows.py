"""What an SNMP agent knows at one moment, as sorted rows, and how it answers for them.

No bytes and no sockets: names and values in, names and values out. The three versions differ in how they refuse.
Version 1 loses the whole answer to one missing object (RFC 1157 section 4.1.2); version 2c answers each name for
itself with an exception (RFC 3416 section 4.2). Nothing here can be written: every SET is refused.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import NamedTuple, Protocol

from fleetmon.simulators.reading import Oid

# An answer must fit a datagram that no network in between has to cut, as on the real devices.
_ROOM = 1400
_PER_ROW = 12


class Version(StrEnum):
    """The SNMP versions an agent may speak."""

    V1 = "1"
    V2C = "2c"
    V3 = "3"


class Tag(IntEnum):
    """ASN.1 tags of RFC 2578's types, as numbered in snmprec files."""

    INTEGER = 2
    STRING = 4
    NULL = 5
    OID = 6
    ADDRESS = 64
    COUNTER = 65
    GAUGE = 66
    TICKS = 67
    OPAQUE = 68
    COUNTER64 = 70


class Value(NamedTuple):
    """`content` is an int, bytes (STRING, ADDRESS, OPAQUE), an Oid or None (NULL), as the tag says."""

    tag: Tag
    content: int | bytes | Oid | None


class Absence(Enum):
    """RFC 3416's exceptions in the place of a value."""

    NO_SUCH_OBJECT = 0
    NO_SUCH_INSTANCE = 1
    END_OF_VIEW = 2


class Ask(Enum):
    """The kinds of request an agent understands."""

    GET = 0
    NEXT = 1
    BULK = 2
    SET = 3


class Refusal(IntEnum):
    """error-status values used here, RFC 3416 section 3."""

    NONE = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    NO_ACCESS = 6
    NOT_WRITABLE = 17


Row = tuple[Oid, Value]
Cell = tuple[Oid, Value | Absence]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response PDU's content; `cells` is None when the request's own variables are to be sent back."""

    cells: Sequence[Cell] | None
    status: Refusal = Refusal.NONE
    index: int = 0


class Rows:
    """Rows sorted by name; of two with one name the first counts. `columns` names objects that may have no row now."""

    def __init__(self, rows: Iterable[Row], columns: Sequence[Oid] = ()) -> None:
        self._values: dict[Oid, Value] = {}
        for name, value in rows:
            self._values.setdefault(name, value)
        self._names = sorted(self._values)
        self._columns = columns

    def but(self, name: Oid, value: Value) -> "Rows":
        """The same rows, in which the row of this name, if there is one, has another value now."""
        other = Rows((), self._columns)
        other._names = self._names
        other._values = {**self._values, name: value} if name in self._values else self._values
        return other

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Row]:
        return ((name, self._values[name]) for name in self._names)

    def get(self, name: Oid) -> Value | Absence:
        """The value, or why there is none."""
        return self._values.get(name) or self._why_absent(name)

    def _why_absent(self, name: Oid) -> Absence:
        """An object is known when an instance of it stands here, or when it is a column of a table empty now."""
        place = bisect_right(self._names, name)
        neighbours = self._names[max(0, place - 1) : place + 1]
        sibling = any(len(other) == len(name) and other[:-1] == name[:-1] for other in neighbours)
        known = sibling or any(_under(name, column) for column in self._columns)
        return Absence.NO_SUCH_INSTANCE if known else Absence.NO_SUCH_OBJECT

    def after(self, name: Oid, *, version: Version) -> Cell:
        """The next row; version 1 has no Counter64 and steps over it (RFC 3584 section 4.2.2.1)."""
        for place in range(bisect_right(self._names, name), len(self._names)):
            value = self._values[self._names[place]]
            if version is not Version.V1 or value.tag is not Tag.COUNTER64:
                return self._names[place], value
        return name, Absence.END_OF_VIEW


class Source(Protocol):
    """Whatever an agent speaks for: a live machine or a recording. `boots` grows when it is switched off and on."""

    name: str
    versions: tuple[Version, ...]
    communities: tuple[str, ...]

    @property
    def boots(self) -> int: ...

    def rows(self, now: float) -> Rows | None:
        """What it lists now; None when it is not there to answer."""


def _under(name: Oid, branch: Oid) -> bool:
    return name[: len(branch)] == branch


def answer(rows: Rows, ask: Ask, names: Sequence[Oid], version: Version, bulk: tuple[int, int] = (0, 0)) -> Answer:
    """The agent's answer; `bulk` is (non-repeaters, max-repetitions)."""
    if ask is Ask.SET:
        return _refuse(Refusal.NO_SUCH_NAME if version is Version.V1 else Refusal.NOT_WRITABLE, 1)
    if ask is Ask.BULK:
        return Answer(_bulk(rows, names, version, *bulk))
    if ask is Ask.GET:
        cells: list[Cell] = [(name, rows.get(name)) for name in names]
    else:
        cells = [rows.after(name, version=version) for name in names]
    if version is Version.V1:
        for place, (_, value) in enumerate(cells, 1):
            if isinstance(value, Absence) or value.tag is Tag.COUNTER64:
                return _refuse(Refusal.NO_SUCH_NAME, place)
    fits = len(cells) == 1 or sum(map(_size, cells)) <= _ROOM
    return Answer(cells) if fits else Answer([], Refusal.TOO_BIG)


def _refuse(status: Refusal, index: int) -> Answer:
    return Answer(None, status, index)


def _bulk(rows: Rows, names: Sequence[Oid], version: Version, once: int, repetitions: int) -> list[Cell]:
    """RFC 3416 section 4.2.3: as many whole or partial rounds as fit; what does not fit is left out, not refused."""
    once = max(0, min(once, len(names)))
    cells = [rows.after(name, version=version) for name in names[:once]]
    room = _ROOM - sum(map(_size, cells))
    heads: list[Oid] = list(names[once:])
    for _ in range(max(0, repetitions) if heads else 0):
        round_ = [rows.after(name, version=version) for name in heads]
        for cell in round_:
            room -= _size(cell)
            if room < 0 and cells:
                return cells
            cells.append(cell)
        if all(value is Absence.END_OF_VIEW for _, value in round_):
            break
        heads = [name for name, _ in round_]
    return cells


def _size(cell: Cell) -> int:
    """At most so many octets on the wire: two an arc and a few for each header is more than nearly all names need."""
    name, value = cell
    content = value.content if isinstance(value, Value) else None
    inside = len(content) * (1 if isinstance(content, bytes) else 2) if isinstance(content, (bytes, tuple)) else 5
    return _PER_ROW + 2 * len(name) + inside
