"""Reading the TOML that describes machines and offices.

Sheets are written by people who know a machine, not by programmers, so a mistake must be named where it stands: the
file, the key, and what would have been allowed. A `Table` therefore hands out every key once, by type; `done` then
complains about whatever nobody asked for, because a misspelt key that is silently ignored costs an afternoon.
"""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

Word = TypeVar("Word", bound=StrEnum)
Oid = tuple[int, ...]

_HIGHEST_ARC = 0xFFFFFFFF


class BadInput(Exception):
    """A file, command or option the simulators cannot use; the text is one line for the person who wrote it."""


def meant(word: str, words: Iterable[str]) -> str:
    """`; did you mean ...?` for somebody who mistyped one of `words`, else nothing."""
    likely = get_close_matches(word, list(words), cutoff=0.5)
    return f"; did you mean {' or '.join(likely)}?" if likely else ""


def load_toml(path: Path) -> "Table":
    """The file's top table. Raises BadInput when it cannot be read or is no TOML."""
    try:
        with path.open("rb") as file:
            return Table(tomllib.load(file), str(path))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}") from error


def parse_oid(text: str) -> Oid:
    """`1.3.6.1` or `.1.3.6.1` -> (1, 3, 6, 1). Raises ValueError."""
    arcs = text.removeprefix(".").split(".")
    if len(arcs) < 2 or not all(arc.isascii() and arc.isdigit() and int(arc) <= _HIGHEST_ARC for arc in arcs):
        raise ValueError(f"{text!r} is not an object identifier like 1.3.6.1.2.1.1.1.0")
    return tuple(int(arc) for arc in arcs)


class Table:
    """One table on its way in; `where` is how people find it, for instance `laminator.toml: supplies[2]`."""

    def __init__(self, data: Mapping[str, object], where: str, inside: str = "") -> None:
        self._left = dict(data)
        self._asked: set[str] = set()
        self._where = where
        self._inside = inside

    def bad(self, key: str, complaint: str) -> BadInput:
        """The exception to raise about one key of this table."""
        dotted = f"{self._inside}.{key}" if self._inside else key
        return BadInput(f"{self._where}: {dotted}: {complaint}")

    def has(self, key: str) -> bool:
        """Whether the key is still there to be read."""
        self._asked.add(key)
        return key in self._left

    def _take(self, key: str, kind: type | tuple[type, ...], needed: str, default: object) -> object:
        self._asked.add(key)
        if key not in self._left:
            if default is None:
                raise self.bad(key, f"is missing; {needed} is needed")
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.bad(key, f"{needed} is needed, not {value!r}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required unless a default is given, like all the readers below."""
        return str(self._take(key, str, "a text in quotes", default))

    def flag(self, key: str, default: bool | None = None) -> bool:
        return bool(self._take(key, bool, "true or false", default))

    def number(self, key: str, default: float | None = None, *, least: float = 0) -> float:
        """A number not below `least`."""
        value = self._take(key, (int, float), "a number", default)
        assert isinstance(value, (int, float))
        if not least <= value < float("inf"):
            raise self.bad(key, f"must not be below {least:g}, it is {value}")
        return float(value)

    def whole(self, key: str, default: int | None = None, *, least: int = -2, most: int = 2**31 - 1) -> int:
        """A whole number in least..most; SNMP's integers end at 2147483647 and its wildcards go down to -2."""
        value = self._take(key, int, "a whole number", default)
        assert isinstance(value, int)
        if not least <= value <= most:
            raise self.bad(key, f"must be from {least} to {most}, it is {value}")
        return value

    def word(self, key: str, words: type[Word], default: Word | None = None) -> Word:
        """One of an enumeration's words."""
        value = self.text(key, default)
        try:
            return words(value)
        except ValueError:
            raise self.bad(key, f"{value!r} is not allowed; allowed: {', '.join(words)}") from None

    def oid(self, key: str, default: Oid | None = None) -> Oid:
        if default is not None and not self.has(key):
            return default
        try:
            return parse_oid(self.text(key))
        except ValueError as error:
            raise self.bad(key, str(error)) from None

    def oids(self, key: str) -> tuple[Oid, ...]:
        """A list of object identifiers; absent is empty."""
        try:
            return tuple(parse_oid(text) for text in self.texts(key, ()))
        except ValueError as error:
            raise self.bad(key, str(error)) from None

    def texts(self, key: str, default: Iterable[str] | None = None) -> tuple[str, ...]:
        """A list of strings."""
        items = self._list(key, default)
        if not all(isinstance(item, str) for item in items):
            raise self.bad(key, "a list of texts is needed")
        return tuple(str(item) for item in items)

    def wholes(self, key: str, default: Iterable[int] | None = None) -> tuple[int, ...]:
        """A list of whole numbers."""
        items = self._list(key, default)
        if not all(isinstance(item, int) and not isinstance(item, bool) for item in items):
            raise self.bad(key, "a list of whole numbers is needed")
        return tuple(item for item in items if isinstance(item, int))

    def span(self, key: str) -> tuple[float, float]:
        """`[least, most]`, two numbers in order."""
        items = [item for item in self._list(key, None) if isinstance(item, (int, float))]
        if len(items) != 2 or not 0 <= items[0] <= items[1]:
            raise self.bad(key, "two numbers [least, most] are needed")
        return float(items[0]), float(items[1])

    def table(self, key: str) -> "Table":
        """A table inside this one; an absent one reads as empty, so that its keys' defaults hold."""
        value = self._take(key, dict, "a table", {})
        assert isinstance(value, dict)
        return Table(value, self._where, f"{self._inside}.{key}" if self._inside else key)

    def tables(self, key: str) -> list["Table"]:
        """A list of tables, `[[key]]`; absent is empty."""
        items = self._list(key, [])
        inside = f"{self._inside}.{key}" if self._inside else key
        for item in items:
            if not isinstance(item, dict):
                raise self.bad(key, "a list of tables is needed")
        return [Table(item, self._where, f"{inside}[{n}]") for n, item in enumerate(items, 1) if isinstance(item, dict)]

    def named_tables(self, key: str) -> dict[str, "Table"]:
        """Tables by name, `[key.some-name]`; absent is empty."""
        outer = self.table(key)
        return {name: outer.table(name) for name in list(outer._left)}

    def numbers(self, key: str) -> dict[str, float]:
        """`{ name = 1, other = 2.5 }`; absent is empty."""
        inner = self.table(key)
        return {name: inner.number(name) for name in list(inner._left)}

    def words(self, key: str) -> dict[str, int | str]:
        """`{ name = 1, other = "text" }`; absent is empty."""
        inner = self.table(key)
        said: dict[str, int | str] = {}
        for name in list(inner._left):
            value = inner._take(name, (int, str), "a whole number or a text", None)
            assert isinstance(value, (int, str))
            said[name] = value
        return said

    def texts_by_name(self, key: str) -> dict[str, str]:
        """`{ name = "text", other = "text" }`; absent is empty."""
        inner = self.table(key)
        return {name: inner.text(name) for name in list(inner._left)}

    def groups(self, key: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of texts."""
        groups = self._list(key, None)
        if not all(isinstance(group, list) and all(isinstance(item, str) for item in group) for group in groups):
            raise self.bad(key, "a list of lists of texts is needed")
        return tuple(tuple(map(str, group)) for group in groups if isinstance(group, list))

    def _list(self, key: str, default: Iterable[object] | None) -> list[object]:
        value = self._take(key, list, "a list", None if default is None else list(default))
        assert isinstance(value, list)
        return value

    def done(self) -> None:
        """To be called last: every key must have been asked for."""
        for key in self._left:
            raise self.bad(key, f"no such key; allowed: {', '.join(sorted(self._asked))}")
