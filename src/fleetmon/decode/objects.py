"""What an SNMP machine has said so far, and how to read it without believing too much.

`Objects` is every value heard, by OID. Devices lie about columns (hrDeviceIndex 0..5 for rows 1..6), pad texts with
blanks and NULs and answer in the wrong type; so rows are keyed by their OID suffix, and a value of the wrong type reads
as absent, never as something invented.

A thousand machines of one model have the same objects and nearly the same texts: between two conversations they share
them (`Said`).
"""

from codecs import getincrementaldecoder
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias
from unicodedata import category

from fleetmon.decode.dialogue import Reply, Value
from fleetmon.model.oid import Oid, oid

Objects: TypeAlias = Mapping[Oid, Value]
Row: TypeAlias = Mapping[int, Value]
Table: TypeAlias = Mapping[Oid, Row]

TEXT_LIMIT = 256
_LONGEST_SHARED = 64  # so that rubbish cannot fill what is shared
_ENTRY_ARCS = 10
_Utf8 = getincrementaldecoder("utf-8")


class Said:
    """Objects between two conversations: smaller than as a mapping, because their OIDs and short values are shared with
    all machines that have the same."""

    __slots__ = ("_oids", "_values")

    def __init__(self, objects: Objects) -> None:
        self._oids = same_oids(tuple(objects))
        self._values = tuple(map(_shared, objects.values()))

    def objects(self) -> dict[Oid, Value]:
        """As they were, in the same order."""
        return dict(zip(self._oids, self._values, strict=True))


@lru_cache(maxsize=256)
def same_oids(oids: tuple[Oid, ...]) -> tuple[Oid, ...]:
    """One object for all machines that have these."""
    return oids


def _shared(value: Value) -> Value:
    return value if isinstance(value, int) or value is None or len(value) > _LONGEST_SHARED else _same_value(value)


@lru_cache(maxsize=1024)
def _same_value(value: bytes | Oid) -> bytes | Oid:
    return value


@lru_cache(maxsize=1024)
def _same_text(text: str) -> str:
    return text


def learn(known: Objects, reply: Reply) -> dict[Oid, Value]:
    """`known` with what the reply said; an instance that does not exist is not learnt."""
    return {**known, **{varbind.oid: varbind.value for varbind in reply if varbind.value is not None}}


def tables(objects: Objects, entries: Iterable[Oid]) -> dict[Oid, dict[Oid, dict[int, Value]]]:
    """The rows of each table entry (of ten arcs, as all standard ones are), keyed by OID suffix, each a mapping from
    column to value."""
    found: dict[Oid, dict[Oid, dict[int, Value]]] = {entry: {} for entry in entries}
    for name in objects:
        rows = found.get(name[:_ENTRY_ARCS])
        if rows is not None and len(name) > _ENTRY_ARCS + 1:
            rows.setdefault(name[_ENTRY_ARCS + 1 :], {})[name[_ENTRY_ARCS]] = objects[name]
    return found


def number(value: Value) -> int | None:
    """The value as an integer, if it is one."""
    return value if isinstance(value, int) else None


def text(value: Value) -> str | None:
    """Octets as text: UTF-8, also where a device cut it within a character, else Latin-1; cut at the first NUL,
    control characters (Unicode Cc) removed, ends trimmed, at most 256 characters; None when nothing is left."""
    if not isinstance(value, bytes):
        return None
    octets = value.split(b"\0", 1)[0]
    if octets.isascii() and (decoded := octets.decode("ascii")).isprintable():  # nearly all there is
        plain = decoded.strip()[:TEXT_LIMIT]
        return _same_text(plain) if plain else None
    try:
        decoded = _Utf8().decode(octets)  # leaves an unfinished last character out
    except UnicodeDecodeError:
        decoded = octets.decode("latin-1")
    plain = "".join(c for c in decoded if category(c) != "Cc").strip()[:TEXT_LIMIT]
    return _same_text(plain) if plain else None


def arcs(value: Value) -> Oid | None:
    """The value as an object identifier, also where an agent sends it as text."""
    if isinstance(value, tuple):
        return value
    written = text(value)
    if written is None:
        return None
    try:
        return oid(written)
    except ValueError:
        return None
