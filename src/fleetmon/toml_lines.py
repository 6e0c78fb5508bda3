"""A TOML text, its values, and the line on which each key stands.

`tomllib` gives values without places, and an error without a place costs a site engineer an hour. So the values come
from tomllib, which alone decides what is TOML, and a small scanner then walks the same text, already known to be valid,
only to note where keys stand. It therefore never has to judge; where it should ever miss a key, the nearest table
above it answers instead.
"""

import re
import tomllib
from dataclasses import dataclass
from typing import Any

from fleetmon.errors import FleetmonError, SettingsError

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY_PART = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
_STRING = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'''
    r"""|\'\'\'(?:[^']|'{1,2}(?!'))*'{3,5}"""
    r"""|"(?:[^"\\]|\\.)*"|'[^']*'""",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}#\n]*")
_MOST_PARTS = 200
# tomllib's time grows with the square of the names in a key
_LONG_KEY = re.compile(
    r"""(?<![\w."'-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){"""  # a name and its dot
    f"{_MOST_PARTS}}}"
)
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

_HINTS = {
    "Cannot overwrite a value": "the same key or table is given twice",
    "Cannot declare": "the same table is given twice; several machines are written [[machine]], with two brackets",
    "Cannot mutate immutable namespace": "a table written { in one line } cannot be added to further down",
    "Invalid value": 'text stands in quotes: key = "text"',
    "Expected '=' after a key": "a line is key = value, [table], or a # comment",
    "Invalid statement": "a line is key = value, [table], or a # comment",
    "Expected newline or end of document": "only one key = value on a line; text stands in quotes",
    "Unterminated string": "the closing quote is missing",
    "Illegal character '\\n'": "the closing quote is missing on this line",
    "Invalid initial character for a key part": "a key is letters, digits, - and _, or stands in quotes",
    "Unclosed array": "the closing ] is missing",
    "Unclosed inline table": "the closing } is missing on this line",
    "Unescaped '\\' in a string": "write backslashes inside 'single quotes'",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One parsed TOML text: `data` as tomllib gives it, and the place of every key."""

    file: str
    data: dict[str, Any]
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """The line, from 1, of a key or of an array's element; of the nearest table above it if the key is absent."""
        for length in range(len(path), 0, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return 1


def load(text: str, file: str, error: type[FleetmonError] = SettingsError) -> Document:
    """Parse a TOML text; `file` is only named in messages. Raises `error`, its text `file:line: what; hint`."""
    text = text.replace("\r\n", "\n")
    try:
        if long := _LONG_KEY.search(text):
            raise ValueError(f"more than {_MOST_PARTS} names joined by dots (at line {_line(text, long)}, column 1)")
        data = tomllib.loads(text)
        lines = _Scanner(text).scan()
    except RecursionError:
        fault = f"{file}:1: not valid TOML: nested too deeply"
    except ValueError as complaint:  # TOMLDecodeError, and int() refusing numbers of thousands of digits
        fault = _syntax_fault(file, text, str(complaint))
    else:
        return Document(file, data, lines)
    raise error(fault)


def _line(text: str, place: re.Match[str]) -> int:
    return text.count("\n", 0, place.start()) + 1


def _syntax_fault(file: str, text: str, complaint: str) -> str:
    place = _PLACE.search(complaint)
    line = 1
    if place:
        complaint = complaint[: place.start()]
        line = int(place[1]) if place[1] else max(1, len(text.splitlines()))
    hint = next((f"; {hint}" for start, hint in _HINTS.items() if complaint.startswith(start)), "")
    return f"{file}:{line}: not valid TOML: {complaint}{hint}"


class _Scanner:
    """One walk over a valid text. `lines` grows; `arrays` counts the elements of each [[array.of.tables]] so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.counted = 0
        self.lines: dict[Path, int] = {}
        self.arrays: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        try:
            while self.skip_blank() < len(self.text):
                if self.text[self.at] == "[":
                    table = self.header()
                else:
                    self.key_value(table)
        except LookupError:
            # tomllib accepted what this walk cannot read: the places found so far must do, settings must not fail on it
            pass
        return self.lines

    def skip_blank(self) -> int:
        self.at = self.match(_BLANK).end()
        return self.at

    def match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        if (found := pattern.match(self.text, self.at)) is None:
            raise LookupError(self.at)
        return found

    def here(self) -> int:
        """The line the walk stands on; counts each newline once."""
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def key(self) -> list[str]:
        parts = []
        while True:
            part = self.match(_KEY_PART)
            self.at = part.end()
            parts.append(_unquoted(part[1]))
            if not part[2]:
                return parts

    def header(self) -> Path:
        line, double = self.here(), self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        *above, last = self.key()
        self.at += 2 if double else 1
        path: Path = ()
        for part in above:
            path = self.newest((*path, part))
            self.lines.setdefault(path, line)
        path = (*path, last)
        if double:
            self.lines.setdefault(path, line)
            self.arrays[path] = self.arrays.get(path, -1) + 1
            path = self.newest(path)
        self.lines[path] = line
        return path

    def newest(self, path: Path) -> Path:
        return (*path, self.arrays[path]) if path in self.arrays else path

    def key_value(self, table: Path) -> None:
        line, path = self.here(), table
        for part in self.key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self.at += 1  # the equals sign
        self.skip_blank()
        self.value(path)

    def value(self, path: Path) -> None:
        start = self.text[self.at]
        if start == "[":
            self.array(path)
        elif start == "{":
            self.inline_table(path)
        else:
            self.at = self.match(_STRING if start in "\"'" else _BARE).end()

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.text[self.skip_blank()] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.lines[*path, index] = self.here()
            self.value((*path, index))
            index += 1
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while self.text[self.skip_blank()] != "}":
            if self.text[self.at] == ",":
                self.at += 1
            else:
                self.key_value(path)
        self.at += 1


def _unquoted(part: str) -> str:
    """The key a quoted or bare part spells."""
    if part[0] == '"' and "\\" in part:
        return str(tomllib.loads(f"key = {part}")["key"])
    return part[1:-1] if part[0] in "\"'" else part
