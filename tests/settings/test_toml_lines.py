"""Every key of any TOML text is found on its line, and what is no TOML is told with its line."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.errors import DriverError, SettingsError
from fleetmon.toml_lines import Path, load

# texts that look like the very things the scanner looks for
TRAPS = ["[[machine]]", "a = 1", "]", "}", "#", "'", '"', '""', "\\", "{", "[x]", "=", ".", ",", " ", "é", "\t"]
WORDS = st.lists(st.sampled_from([*TRAPS, "id", "prn1"]), max_size=5).map("".join)
KEYS = st.one_of(
    st.sampled_from(["id", "source", "machine", "a-b", "7", "x_y"]), WORDS, st.text("ab.'\"é\t", max_size=4)
)
BLANKS = st.sampled_from(["", " ", "\t", "  "])
FILLERS = st.sampled_from(["", "\n", "# [not.a.table]\n", " \t\n", "#\n\n", "\n\n# x = 1\n"])
SCALARS = st.sampled_from(
    ["1", "-0.5e3", "true", "1979-05-27 07:32:00", "07:32:00", "0xff", "inf", "1979-05-27T00:32:00.5Z"]
)


def basic(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


class Writer:
    """Writes a random document and notes on which line it puts each key."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[Path, int] = {}

    def put(self, text: str) -> None:
        self.text += text

    def note(self, path: Path, again: bool = False) -> None:
        if again or path not in self.lines:
            self.lines[path] = self.text.count("\n") + 1

    def chance(self) -> bool:
        return bool(self.draw(st.booleans()))

    def key(self, key: str) -> str:
        ways = [basic(key)]
        if key and key.isascii() and all(letter.isalnum() or letter in "-_" for letter in key):
            ways.append(key)
        if "'" not in key and "\n" not in key:
            ways.append(f"'{key}'")
        return str(self.draw(st.sampled_from(ways)))

    def dotted(self, *keys: str) -> None:
        for index, key in enumerate(keys):
            self.put((self.draw(BLANKS) + "." + self.draw(BLANKS) if index else "") + self.key(key))

    def keys(self, most: int) -> list[str]:
        return list(self.draw(st.lists(KEYS, max_size=most, unique=True)))

    def string(self) -> str:
        text = self.draw(WORDS)
        ways = [basic(text)]
        if "'" not in text:
            ways += [f"'{text}'", f"'''\n{text}\n[a]\n'''", f"'''{text}'it''s'''''"]
        ways += [f'"""\n{basic(text)[1:-1]}\nb = 2\\\n   """', f'"""{basic(text)[1:-1]}"" \\""""""']
        return str(self.draw(st.sampled_from(ways)))

    def value(self, path: Path, depth: int) -> None:
        kind = self.draw(
            st.sampled_from(["scalar", "string", "array", "inline"] if depth < 3 else ["scalar", "string"])
        )
        if kind == "scalar":
            self.put(self.draw(SCALARS))
        elif kind == "string":
            self.put(self.string())
        elif kind == "array":
            self.array(path, depth)
        else:
            self.inline(path, depth)

    def array(self, path: Path, depth: int) -> None:
        self.put("[")
        length = self.draw(st.integers(0, 3))
        for index in range(length):
            self.put(self.draw(FILLERS) + self.draw(BLANKS))
            self.note((*path, index))
            self.value((*path, index), depth + 1)
            self.put(self.draw(FILLERS) + ("," if index < length - 1 or self.chance() else ""))
        self.put(self.draw(FILLERS) + "]")

    def inline(self, path: Path, depth: int) -> None:
        self.put("{")
        for index, key in enumerate(self.keys(3)):
            self.put("," if index else "")
            self.put(self.draw(BLANKS))
            self.assignment(path, (key, "deep") if self.chance() else (key,), depth)
        self.put(self.draw(BLANKS) + "}")

    def assignment(self, path: Path, keys: tuple[str, ...], depth: int) -> None:
        for length in range(1, len(keys) + 1):
            self.note((*path, *keys[:length]))
        self.dotted(*keys)
        self.put(self.draw(BLANKS) + "=" + self.draw(BLANKS))
        self.value((*path, *keys), depth + 1)

    def table(self, path: Path, names: tuple[str, ...], depth: int) -> None:
        """The body of a table; `names` is its path without the indices of arrays, as headers want it."""
        later = []
        for key in self.keys(4):
            self.put(self.draw(FILLERS))
            kind = self.draw(st.sampled_from(["value", "dotted", "table", "array", "implicit"]))
            if kind in {"value", "dotted"} or depth > 2:
                self.assignment(path, (key,) if kind == "value" else (key, "below"), 1)
                self.put(self.draw(st.sampled_from(["\n", " # a = 1\n"])))
            else:
                later.append((key, kind))
        for key, kind in later:
            self.below(path, names, key, kind, depth)

    def below(self, path: Path, names: tuple[str, ...], key: str, kind: str, depth: int) -> None:
        for index in range(self.draw(st.integers(1, 2)) if kind == "array" else 1):
            self.put(self.draw(FILLERS))
            inner: Path = (*path, key)
            self.note(inner)
            if kind == "array":
                inner = (*inner, index)
            if kind == "implicit":
                inner = (*inner, "sub")
            self.note(inner, again=True)
            header = (*names, key, "sub") if kind == "implicit" else (*names, key)
            self.put("[[" if kind == "array" else "[")
            self.put(self.draw(BLANKS))
            self.dotted(*header)
            self.put(self.draw(BLANKS) + ("]]" if kind == "array" else "]") + "\n")
            self.table(inner, header, depth + 1)


@st.composite
def documents(draw: Callable[..., Any]) -> tuple[str, dict[Path, int]]:
    writer = Writer(draw)
    writer.table((), (), 0)
    return writer.text, writer.lines


def paths(data: object, path: Path = ()) -> Iterator[Path]:
    steps: list[tuple[str | int, object]] = []
    if isinstance(data, dict):
        steps = list(data.items())
    elif isinstance(data, list):
        steps = list(enumerate(data))
    for step, value in steps:
        yield (*path, step)
        yield from paths(value, (*path, step))


@given(documents())
def test_every_key_of_any_document_is_found_on_its_line(written: tuple[str, dict[Path, int]]) -> None:
    """However a document is written, each key, table and element has the line it was written on."""
    text, lines = written
    document = load(text, "any.toml")
    assert set(paths(document.data)) == set(lines)
    assert {path: document.line_of(path) for path in lines} == lines


@given(documents())
def test_windows_line_ends_change_no_line(written: tuple[str, dict[Path, int]]) -> None:
    """A file saved with CRLF has the same lines."""
    text, lines = written
    document = load(text.replace("\n", "\r\n"), "any.toml")
    assert {path: document.line_of(path) for path in lines} == lines


def test_nested_arrays_of_tables_are_told_apart() -> None:
    """[[machine.source]] belongs to the machine above it, and each of both has its own line."""
    text = "\n".join(
        [
            "[[machine]]",
            'id = "prn1"',
            "[[machine.source]]",
            'url = "a"',
            "[[machine.source]]",
            'url = "b"',
            "[[machine]]",
            'id = "lam1"',
            "[[machine.source]]",
            "counter.marker = 1",
        ]
    )
    document = load(text, "f.toml")
    assert document.line_of(("machine", 0)) == 1
    assert document.line_of(("machine", 0, "source", 1, "url")) == 6
    assert document.line_of(("machine", 1, "source", 0)) == 9
    assert document.line_of(("machine", 1, "source", 0, "counter", "marker")) == 10


def test_a_missing_key_is_placed_at_the_table_it_is_missing_from() -> None:
    """Asking for a key that is not there gives the nearest table above it, or the first line."""
    document = load("\n[a]\nb = 1\n", "f.toml")
    assert document.line_of(("a", "c", "d")) == 2
    assert document.line_of(("x",)) == 1
    assert document.line_of(()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\na = 2", "2: not valid TOML: Cannot overwrite a value; the same key or table is given twice"),
        (
            "[machine]\n[machine]",
            (
                "2: not valid TOML: Cannot declare ('machine',) twice; the same table is given twice; "
                "several machines are written [[machine]], with two brackets"
            ),
        ),
        ("\nid = prn1", '2: not valid TOML: Invalid value; text stands in quotes: key = "text"'),
        ('id = "prn1\n', "1: not valid TOML: Illegal character '\\n'; the closing quote is missing on this line"),
        (
            "a b",
            (
                "1: not valid TOML: Expected '=' after a key in a key/value pair; "
                "a line is key = value, [table], or a # comment"
            ),
        ),
        ('a = """x\n\n', "2: not valid TOML: Unterminated string; the closing quote is missing"),
        ("a = " + "[" * 5000, "1: not valid TOML: nested too deeply"),
        ("b = 1\n" + "a." * 200_000 + "a = 1", "2: not valid TOML: more than 200 names joined by dots"),
        ("b = 1\n[" + "'a' . " * 9000 + "a]", "2: not valid TOML: more than 200 names joined by dots"),
    ],
)
def test_bad_syntax_is_told_with_line_and_hint(text: str, message: str) -> None:
    """What tomllib refuses becomes one line: file, line, what is wrong, how it is written."""
    with pytest.raises(SettingsError) as caught:
        load(text, "site.toml")
    assert str(caught.value) == f"site.toml:{message}"


def test_the_caller_chooses_whose_error_it_is() -> None:
    """A driver definition that is no TOML is the driver author's matter."""
    with pytest.raises(DriverError, match=r"^driver\.toml:1: not valid TOML"):
        load("=", "driver.toml", DriverError)


@given(
    st.one_of(
        st.text(), st.lists(st.sampled_from([*TRAPS, "\n", "a", "1", '"""', "'''", "\r"]), max_size=30).map("".join)
    )
)
def test_any_text_is_a_document_or_a_settings_error(text: str) -> None:
    """Nothing else ever comes out, and whatever is accepted has a line for each key."""
    with suppress(SettingsError):
        document = load(text, "any.toml")
        assert set(paths(document.data)) <= set(document.lines)


def test_what_the_walk_cannot_read_costs_places_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a later Python accept more TOML than the walk knows, settings still load, with the places found so far."""
    monkeypatch.setattr("tomllib.loads", lambda text: {"a": 1, "b": 2})
    document = load('a = 1\n"b = 2', "f.toml")
    assert (document.line_of(("a",)), document.line_of(("b",))) == (1, 1)
    assert document.data == {"a": 1, "b": 2}


def test_a_number_of_thousands_of_digits_is_refused_like_any_other_mistake() -> None:
    """int() refuses such a number with an error that is not TOML's; it must not get through."""
    with pytest.raises(SettingsError, match=r"^f\.toml:1: not valid TOML"):
        load("a = " + "9" * 5000, "f.toml")
