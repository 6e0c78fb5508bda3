"""Whatever stands in the files, the outcome is Settings or a SettingsError whose every line names a place."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon import settings
from fleetmon.errors import SettingsError
from fleetmon.model.plan import FleetPlan
from fleetmon.settings import Settings, page

WORDS = sorted(
    {field.alias or name for model in (Settings, *page.tables(Settings)) for name, field in model.model_fields.items()}
    | {"office", "mon-thu", "file", "env", "credential"}
)
VALUES = st.one_of(
    st.sampled_from("1 -1 0.5 true inf nan 2026-03-20 2026-03-20T10:00:00Z 12:30:00".split()),
    st.sampled_from(["", "x", "5s", "prn1", "lhr-rpo", "mqtt://127.0.0.1", "snmp://192.0.2.1", "tcp://h:1"]).map(repr),
    st.sampled_from(["walk:x", "public", "3", "1MiB", "08:00-16:00", "PK", "printer", "UTC"]).map(repr),
    st.sampled_from(["[]", "{}", '["hq"]', '[["prn1"]]', "[[]]", "[1]", "[{}]", '"\\u0000"', '{ "" = 1 }']),
    st.sampled_from(['{ env = "HOME" }', '{ file = "fleetmon.toml" }', "{ office = {} }", '[{ url = "snmp://h" }]']),
)
KEYS = st.one_of(st.sampled_from(WORDS), st.sampled_from(['""', '"a b"', "x", '"\\n\\u0000"']))
PLACE = re.compile(r"^\S+\.toml:\d+: \S")


@st.composite
def tomlish(draw: Callable[..., Any]) -> str:
    """Lines of TOML made of the words of a settings file, mostly valid, in any order."""
    lines = []
    for _ in range(draw(st.integers(0, 12))):
        key = ".".join(draw(st.lists(KEYS, min_size=1, max_size=3)))
        lines.append(draw(st.sampled_from([f"{key} = {draw(VALUES)}", f"[{key}]", f"[[{key}]]"])))
    return "\n".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("any")
    (folder / "machines.d").mkdir()
    return folder


def load(path: Path) -> Settings:
    return settings.load(path, environ={"HOME": "x"})


def outcome(folder: Path, main: bytes, extra: bytes = b"", read: Callable[[Path], Settings] = load) -> Settings | str:
    (folder / "fleetmon.toml").write_bytes(main)
    (folder / "machines.d" / "m.toml").write_bytes(extra)
    try:
        found = read(folder / "fleetmon.toml")
    except SettingsError as error:
        return str(error)
    assert isinstance(found.plan(), FleetPlan)
    return found


def check(found: Settings | str) -> None:
    assert isinstance(found, Settings) or all(PLACE.match(line) for line in found.split("\n"))


GOOD = '[site]\nid = "lhr-rpo"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n[[machine]]\nid = "prn1"\nsource = "snmp://h"\n'


@given(tomlish(), tomlish())
def test_any_words_of_settings_in_any_order(folder: Path, main: str, extra: str) -> None:
    """Right words in wrong places never give another exception."""
    check(outcome(folder, main.encode(), extra.encode()))


@given(tomlish())
def test_any_words_after_a_good_start(folder: Path, more: str) -> None:
    """The same where the rest of the file is in order, so that all checks are reached."""
    check(outcome(folder, (GOOD + more).encode()))


@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode)))
def test_any_bytes(folder: Path, content: bytes) -> None:
    """Neither does any garbage."""
    check(outcome(folder, content))
    check(outcome(folder, GOOD.encode(), content))


@given(st.integers(0, 2**32), st.integers(0, 255))
def test_the_example_with_one_byte_changed(folder: Path, root: Path, place: int, byte: int) -> None:
    """Nor a slip of the finger in a whole file."""
    text = bytearray((root / "config" / "fleetmon.example.toml").read_bytes())
    text[place % len(text)] = byte
    check(outcome(folder, bytes(text), read=settings.parse))


@given(st.data())
def test_the_example_with_lines_lost_and_moved(folder: Path, root: Path, data: st.DataObject) -> None:
    """Nor an accident with the clipboard; what still parses has a plan."""
    lines = (root / "config" / "fleetmon.example.toml").read_text().splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        line = lines.pop(data.draw(st.integers(0, len(lines) - 1)))
        for _ in range(data.draw(st.integers(0, 2))):
            lines.insert(data.draw(st.integers(0, len(lines))), line)
    check(outcome(folder, "\n".join(lines).encode(), read=settings.parse))
