"""`fleetmon drivers`: a driver as a page, proven, and begun from what a machine was heard to say."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

from fleetmon import catalog
from fleetmon.cli import expectation, octet_words
from fleetmon.definition.words import compiled

from .conftest import PRINTER

Run = Callable[..., Result]

SAID = """\
= idle
> <ENQ>
< <STX>S0C000001<ETX>
= film at its end
> <ENQ>
< <STX>S9C000175<ETX>
"""
MEANING = """
[state]
from = "enq_1"
codes = { 0 = "idle", 9 = "stopped" }
[counters.produced]
from = "enq_2"
"""


def test_a_driver_in_five_commands(fleetmon: Run, tmp_path: Path) -> None:
    """Begun from a transcript, given meaning, its expectations taken over after a person saw them, proven."""
    said, folder = tmp_path / "said.txt", tmp_path / "acme_lx"
    said.write_text(SAID, encoding="utf-8")
    begun = fleetmon(
        "drivers", "new", str(folder), "--from-transcript", str(said), "--provenance", "manual-example",
        "--read-only", "manual p. 12",
    )  # fmt: skip
    assert begun.exit_code == 0, begun.stderr
    assert f"fleetmon drivers test {folder} --print" in begun.stdout
    text = (folder / "driver.toml").read_text(encoding="utf-8")
    assert r"reply = 'S(?P<enq_1>\d+)C(?P<enq_2>\d+)'" in text
    (folder / "driver.toml").write_text(text + MEANING, encoding="utf-8")
    assert fleetmon("drivers", "test", str(folder)).exit_code == 1, "nobody has said yet what to expect"
    printed = fleetmon("drivers", "test", str(folder), "--print").stdout
    filled = fleetmon("drivers", "test", str(folder), "--fill")
    assert filled.exit_code == 0, filled.stdout
    assert "nobody has checked what is expected in: film-at-its-end.toml, idle.toml" in filled.stdout
    for part in printed.split("# ")[1:]:
        file, table = Path(part.partition(": ")[0]), part[part.index("[expect]") :]
        text = file.read_text(encoding="utf-8")
        assert text.endswith(f"{expectation.UNCHECKED}\n{table.strip()}\n"), "what is filled in is what is printed"
        file.write_text(text.replace(expectation.UNCHECKED, ""), encoding="utf-8")
    proven = fleetmon("drivers", "test", str(folder))
    assert proven.exit_code == 0, proven.stdout
    assert proven.stdout.splitlines() == ["ok   film at its end (manual-example)", "ok   idle (manual-example)"]
    wrong = folder / "captures" / "idle.toml"
    wrong.write_text(wrong.read_text(encoding="utf-8").replace('state = "idle"', 'state = "stopped"'), encoding="utf-8")
    assert fleetmon("drivers", "test", str(folder), "--fill").exit_code == 1, "nothing is ever overwritten"
    shown = fleetmon("drivers", "show", str(folder)).stdout
    for words in (
        "2 manual-example",
        "from <STX> to <ETX>",
        "Asked at every poll",
        "changes nothing, says manual p. 12",
    ):
        assert words in shown


def test_what_is_not_in_a_capture_is_not_filled_in(fleetmon: Run, tmp_path: Path) -> None:
    """A situation in which not everything was asked, or nobody answered, waits for a person."""
    said, folder = tmp_path / "said.txt", tmp_path / "acme_lx"
    said.write_text("= idle\n> <ENQ>\n< S0<CR>\n> <ACK>\n< F0<CR>\n= odd\n> <ENQ>\n< S1<CR>\n= off\n> <ENQ>\n> <ACK>\n")
    begun = ("drivers", "new", str(folder), "--from-transcript", str(said), "--read-only", "p. 12")
    assert fleetmon(*begun, "--provenance", "simulated").exit_code == 0
    filled = fleetmon("drivers", "test", str(folder), "--fill")
    assert filled.exit_code == 1
    assert "ok   idle" in filled.stdout
    assert "FAIL odd" in filled.stdout
    assert "FAIL off" in filled.stdout
    for name in ("odd", "off"):
        assert (folder / "captures" / f"{name}.toml").read_text(encoding="utf-8").endswith("[expect]\n")


def test_what_was_heard_later_becomes_a_capture(fleetmon: Run, tmp_path: Path) -> None:
    """Under the name of its situation, with what the driver makes of it printed; never over another one."""
    said, folder = tmp_path / "said.txt", tmp_path / "acme_lx"
    said.write_text(SAID, encoding="utf-8")
    words = ("--provenance", "hardware")
    begun = ("drivers", "new", str(folder), "--from-transcript", str(said), "--read-only", "p. 12")
    assert fleetmon(*begun, *words).exit_code == 0
    later = tmp_path / "later.txt"
    later.write_text("> <ENQ>\n< <STX>S9C000176<ETX>\n", encoding="utf-8")
    added = fleetmon("drivers", "capture", str(folder), str(later), "--situation", "Hood open", *words)
    assert added.exit_code == 0, added.stderr
    assert "[expect]" in added.stdout
    assert 'situation = "Hood open"' in (folder / "captures" / "hood-open.toml").read_text(encoding="utf-8")
    again = fleetmon("drivers", "capture", str(folder), str(later), "--situation", "hood open", *words)
    assert again.exit_code == 1
    assert "exists already" in again.stderr
    walk = tmp_path / "it.snmprec"
    walk.write_text(PRINTER, encoding="utf-8")
    elsewhere = fleetmon("drivers", "capture", str(folder), str(walk), *words)
    assert elsewhere.exit_code == 1, "a walk is no talk on a line"
    snmp = tmp_path / "acme_snmp"
    assert fleetmon("drivers", "new", str(snmp), "--from-walk", str(walk), *words).exit_code == 0
    assert fleetmon("drivers", "capture", str(snmp), str(walk), "--situation", "jam", *words).exit_code == 0
    assert (snmp / "captures" / "jam.toml").is_file()


def test_a_folder_that_was_meant_is_named(fleetmon: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word without a slash is a name; where a folder of that name stands here, that is said."""
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "driver.toml").touch()
    monkeypatch.chdir(tmp_path)
    assert "did you mean the folder ./acme?" in fleetmon("drivers", "test", "acme").stderr
    monkeypatch.chdir(tmp_path / "acme")
    assert "acme/driver.toml" in fleetmon("drivers", "test", ".").stderr


def test_a_driver_begun_from_a_walk(fleetmon: Run, tmp_path: Path) -> None:
    """Without a slash it stands beside the settings, where its name alone finds it."""
    walk = tmp_path / "machine.snmprec"
    walk.write_text(PRINTER, encoding="utf-8")
    settings_file = tmp_path / "fleetmon.toml"
    words = ("acme", "--from-walk", str(walk), "--provenance", "hardware", "--settings", str(settings_file))
    assert fleetmon("drivers", "new", *words).exit_code == 0
    assert catalog.read(tmp_path / "drivers" / "acme").definition.link == "snmp"
    assert fleetmon("drivers", "test", "acme", "--print", "--settings", str(settings_file)).exit_code == 0
    again = fleetmon("drivers", "new", *words)
    assert again.exit_code == 1
    assert "exists already" in again.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["./acme"], "Missing option '--provenance'"),
        (["./acme", "--provenance", "hardware"], "either --from-transcript FILE or --from-walk FILE"),
        (["./Acme", "--provenance", "hardware", "--from-walk", "x"], "is no name of a driver"),
        (["./a", "--provenance", "hardware", "--from-walk", "x", "--link", "serial"], "--link does not fit"),
        (["./a", "--provenance", "hardware", "--from-transcript", "x", "--protocol", "zlp"], 'did you mean "zpl"'),
    ],
)
def test_wrong_usage_is_explained(fleetmon: Run, words: list[str], complaint: str) -> None:
    """Exit 2, and nothing is written."""
    wrong = fleetmon("drivers", "new", *words)
    assert wrong.exit_code == 2
    assert complaint in wrong.stderr


def test_every_shipped_driver_has_a_page(fleetmon: Run) -> None:
    """What it asks, and each of its codes under the rule that names it."""
    for name, driver in catalog.load().drivers.items():
        shown = fleetmon("drivers", "show", name)
        assert shown.exit_code == 0
        lines = shown.stdout.splitlines()
        for each in driver.definition.mapped():
            assert any(line.startswith(f"  {each.code} ") for line in lines), f"{name} {each.code}"
        assert "asked" in shown.stdout.lower()


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(VALUES)
def test_an_expectation_is_written_as_toml_reads_it(value: object) -> None:
    """Any value of a decoded state comes back as it was."""
    assert tomllib.loads(f"a = {expectation.inline(value)}") == {"a": value}  # type: ignore[arg-type]


@given(st.from_regex(r"[A-C]{1,3}", fullmatch=True), st.from_regex(r"[0-9A-C]{0,6}", fullmatch=True))
def test_a_misfit_is_found_where_it_is(head: str, rest: str) -> None:
    """Up to the mark the text fits the pattern's beginning; behind it, nothing longer does."""
    pattern = rf"{head}(?P<number>\d\d)Z"
    in_pattern, in_text = octet_words.misfit(pattern, head + rest)
    assert in_pattern >= len(head)
    assert in_text >= len(head)
    assert not compiled(pattern).fullmatch(head + rest)
    assert (head + rest)[len(head) : in_text].isdecimal() or in_text == len(head)
