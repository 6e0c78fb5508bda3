"""Each mistake a definition can hold is told with its file, its line and what is allowed, when it is loaded."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon import catalog, vocabulary
from fleetmon.errors import DriverError
from fleetmon.model.oid import dotted, oid
from fleetmon.model.words import Severity, State, Unit

HEAD = """name = "acme"
title = "Acme LX"
kind = "laminator"
maturity = "experimental"
link = "snmp"
"""
FAULTS = (
    HEAD
    + """
[faults.status]
oid = "1.3.6.1.4.1.99999.1.0"
"""
)
TABLE = (
    HEAD
    + """
[fault_tables.alerts]
entry = "1.3.6.1.4.1.99999.2.1"
columns = [4, 5]
"""
)
CODES = "[faults.status.codes]\n"
BITS = "[faults.status.bits]\n"
NO_REASON = "is no printer-state-reasons keyword and no extension of ours (docs/vocabulary.md)"

MISTAKES = {
    "no TOML": (HEAD + "title\n", "line 6: not valid TOML: Expected '=' after a key"),
    "a quote left open": ('name = "acme\n', "line 1: not valid TOML: Illegal character '\\n'; the closing quote"),
    "a key twice": (HEAD + 'name = "acme"\n', "line 6: not valid TOML: Cannot overwrite a value; the same key"),
    "an empty file": ("", "line 1: name: is missing"),
    "a key left out": (HEAD.replace('link = "snmp"\n', ""), "line 1: link: is missing"),
    "a key misspelt": (HEAD.replace("title", "titel"), 'line 2: titel: unknown key "titel"; did you mean "title"?'),
    "a key nobody knows": (HEAD + "community = 1\n", 'line 6: community: unknown key "community"; allowed here: name,'),
    "a key nobody knows, further down": (
        HEAD + '[match]\nsysobjectid = []\nvendor = "x"\n',
        'line 8: match.vendor: unknown key "vendor"; allowed here: sysobjectid, sysdescr, unless',
    ),
    "something to write": (
        FAULTS + 'set = "1"\n' + CODES + "1 = {}\n",
        'line 9: faults.status.set: unknown key "set"; allowed here: oid, pace, pattern, codes, bits',
    ),
    "another folder's name": (
        HEAD.replace("acme", "other"),
        "line 1: name: 'other' must equal the folder's name 'acme'",
    ),
    "a name that cannot be imported": (
        HEAD.replace("acme", "Acme-LX"),
        'line 1: name: "Acme-LX" is no name; write small letters',
    ),
    "a kind nobody knows": (
        HEAD.replace("laminator", "laminater"),
        'line 3: kind: "laminater" is not allowed; did you mean "laminator"?',
    ),
    "a maturity nobody knows": (
        HEAD.replace("experimental", "tested"),
        'line 4: maturity: "tested" is not allowed; allowed here: experimental, documented, verified',
    ),
    "a link nobody speaks": (
        HEAD.replace("snmp", "telepathy"),
        'line 5: link: "telepathy" is not allowed; allowed here:',
    ),
    "too many objects a message": (HEAD + "max_varbinds = 500\n", "line 6: max_varbinds: must be at most 50"),
    "a number in quotes": (
        HEAD + 'max_varbinds = "10"\n',
        "line 6: max_varbinds: must be a whole number, without quotes",
    ),
    "letters in an OID": (HEAD + '[match]\nsysobjectid = ["1.3.6.x"]\n', "line 7: match.sysobjectid: is no OID; write"),
    "a negative arc": (HEAD + '[match]\nsysobjectid = ["1.3.-6"]\n', "line 7: match.sysobjectid: is no OID; write"),
    "an arc beyond 32 bits": (
        HEAD + '[match]\nsysobjectid = ["1.3.4294967296"]\n',
        "line 7: match.sysobjectid: is no OID",
    ),
    "an OID as a number": (
        HEAD + "[match]\nsysobjectid = [1.3]\n",
        "line 7: match.sysobjectid: is no OID; write it in quotes",
    ),
    "the root of all OIDs": (
        HEAD + '[match]\nsysobjectid = ["1"]\n',
        "line 7: match.sysobjectid: is no OID; write it in",
    ),
    "one OID where a list belongs": (
        HEAD + '[match]\nsysobjectid = "1.3.6"\n',
        "line 7: match.sysobjectid: must be a list",
    ),
    "no OID at all": (HEAD + "[faults.status.codes]\n1 = {}\n", "line 6: faults.status.oid: is missing"),
    "a parenthesis left open": (
        HEAD + "[match]\nsysdescr = ['good', '(']\n",
        "line 7: match.sysdescr: not a regular expression that RE2 can run: missing ): (",
    ),
    "a pattern that RE2 cannot run": (
        HEAD + "[match]\nsysdescr = ['a(?=b)']\n",
        "line 7: match.sysdescr: not a regular expression that RE2 can run: invalid perl operator: (?=",
    ),
    "a pattern too long": (
        HEAD + f"[match]\nsysdescr = ['{'a' * 513}']\n",
        "line 7: match.sysdescr: must have at most 512 characters",
    ),
    "a pattern that picks nothing": (
        FAULTS + "pattern = '([0-9]+)'\n" + CODES + "1 = {}\n",
        "line 9: faults.status.pattern: picks nothing; name the part that is meant: (?P<value>...)",
    ),
    "a counter's pattern that picks nothing": (
        HEAD + "[counters.labels]\noid = '1.3.6.1'\nunit = 'labels'\npattern = '[0-9]+'\n",
        "line 9: counters.labels.pattern: picks nothing; name the part",
    ),
    "a model's pattern that picks nothing": (
        HEAD + "[identity]\nmodel_sysdescr = ['PID:(.*)']\n",
        "line 7: identity.model_sysdescr: picks nothing; name the part",
    ),
    "a reason nobody registered": (
        FAULTS + CODES + '1 = { reason = "paper-stuck" }\n',
        f'line 10: faults.status.codes.1.reason: "paper-stuck" {NO_REASON}',
    ),
    "a reason misspelt": (
        FAULTS + CODES + '1 = { reason = "media-jamm" }\n',
        f'line 10: faults.status.codes.1.reason: "media-jamm" {NO_REASON}; did you mean "media-jam"?',
    ),
    "a reason with its severity": (
        FAULTS + CODES + '1 = { reason = "media-low-warning" }\n',
        f'line 10: faults.status.codes.1.reason: "media-low-warning" {NO_REASON}; did you mean "media-low"?',
    ),
    "a severity nobody knows": (
        FAULTS + CODES + '1 = { reason = "media-jam", severity = "fatal" }\n',
        'line 10: faults.status.codes.1.severity: "fatal" is not allowed; allowed here: error, warning, report',
    ),
    "neither codes nor bits": (FAULTS, "line 7: faults.status: give either codes or bits"),
    "codes and bits": (
        FAULTS + CODES + "1 = {}\n" + BITS + "0x1 = {}\n",
        "line 7: faults.status: give either codes or bits",
    ),
    "a mask that is no number": (FAULTS + BITS + "low = {}\n", 'line 9: faults.status.bits: "low" names no bit; write'),
    "a mask without a bit": (FAULTS + BITS + "0x00 = {}\n", 'line 9: faults.status.bits: "0x00" names no bit; write'),
    "a mask twice": (FAULTS + BITS + "0x1 = {}\n0x01 = {}\n", 'line 9: faults.status.bits: "0x01" stands twice'),
    "a pace nobody knows": (
        FAULTS + 'pace = "quick"\n' + CODES + "1 = {}\n",
        'line 9: faults.status.pace: "quick" is not allowed; allowed here: fast, slow',
    ),
    "a word that is none": (
        HEAD + '[faults."State Word"]\noid = "1.3.6.1"\n[faults."State Word".codes]\n1 = {}\n',
        'line 6: faults.State Word: "State Word" is no name; write small letters, digits and _',
    ),
    "a table without columns": (
        TABLE.replace("[4, 5]", "[]") + "codes = {}\n",
        "line 9: fault_tables.alerts.columns: needs at least 1 of them",
    ),
    "a column that is none": (
        TABLE.replace("[4, 5]", "[0]") + "codes = {}\n",
        "line 9: fault_tables.alerts.columns: must be at least 1",
    ),
    "a code of too few columns": (
        TABLE + '[fault_tables.alerts.codes]\n"4" = {}\n',
        'line 7: fault_tables.alerts: the code "4" has not one value for each of the 2 columns',
    ),
    "severities from nowhere": (
        TABLE + 'severities = { 1 = "notice" }\ncodes = { "4,5" = {} }\n',
        "line 7: fault_tables.alerts: severities need a severity_column",
    ),
    "a table without codes": (TABLE, "line 7: fault_tables.alerts.codes: is missing"),
    "a state nobody knows": (
        HEAD + '[state]\noid = "1.3.6.1"\ncodes = { 1 = "ready" }\n',
        'line 8: state.codes.1: "ready" is not allowed; allowed here: idle, processing, stopped, unknown',
    ),
    "a unit nobody knows": (
        HEAD + '[counters.labels]\noid = "1.3.6.1"\nunit = "label"\n',
        'line 8: counters.labels.unit: "label" is not allowed; did you mean "labels"?',
    ),
    "a maker without a name": (HEAD + "[[makers]]\nenterprises = [1]\n", "line 6: makers.name: is missing"),
    "an enterprise in quotes": (
        HEAD + '[[makers]]\nname = "A"\nenterprises = ["1"]\n',
        "line 8: makers.enterprises: must be a whole number, without quotes",
    ),
}


def written(folder: Path, text: str | bytes, name: str = "acme") -> Path:
    """A driver's folder with this definition."""
    driver = folder / name
    driver.mkdir(parents=True, exist_ok=True)
    (driver / "driver.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return driver


def complaint(folder: Path, text: str | bytes) -> str:
    """What loading the definition says, each `file:N:` as `line N:`."""
    driver = written(folder, text)
    with pytest.raises(DriverError) as raised:
        catalog.read(driver)
    lines = str(raised.value).splitlines()
    assert all(line.startswith(f"{driver / 'driver.toml'}:") for line in lines), lines
    return "\n".join(line.replace(f"{driver / 'driver.toml'}:", "line ") for line in lines)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_line(mistake: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """File, line, key, what is wrong and what is allowed; and nothing is printed beside the error."""
    text, expected = MISTAKES[mistake]
    assert any(line.startswith(expected) for line in complaint(tmp_path, text).splitlines()), complaint(tmp_path, text)
    assert capfd.readouterr() == ("", "")


def test_several_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Three mistakes, three lines."""
    text = HEAD.replace("laminator", "stove") + 'max_varbinds = 0\n[match]\nsysobjectid = ["x"]\n'
    assert [line[:7] for line in complaint(tmp_path, text).splitlines()] == ["line 3:", "line 6:", "line 8:"]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """UTF-16, as an editor may leave it."""
    assert complaint(tmp_path, HEAD.encode("utf-16")).startswith("line 1: cannot be read: ")


def test_a_folder_without_a_definition_is_told(tmp_path: Path) -> None:
    """Reading a folder that holds no driver.toml names the file that is missing."""
    with pytest.raises(DriverError, match=r"driver\.toml:1: cannot be read: "):
        catalog.read(tmp_path)


SHIPPED = {
    name: each.folder.joinpath("driver.toml").read_text("utf-8") for name, each in catalog.load().drivers.items()
}
PIECES = st.sampled_from(["", "[", '"', "1", "=", "\n", "x = 1\n", "[[match]]\n", "\x00"]) | st.text(max_size=9)


def what_is_wrong(driver: Path) -> list[str]:
    """The lines that loading the driver complains with, none if it loads."""
    try:
        catalog.read(driver)
    except DriverError as error:
        return str(error).splitlines()
    return []


@given(data=st.data())
def test_any_file_is_a_definition_or_an_error_with_its_line(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any bytes, and a shipped definition with a piece cut out or put in: nothing but a DriverError ever comes out."""
    name = data.draw(st.sampled_from(sorted(SHIPPED)))
    text = SHIPPED[name]
    start, cut = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 40))
    damaged = text[:start] + data.draw(PIECES) + text[start + cut :]
    content = data.draw(st.just(damaged.encode("utf-8", "replace")) | st.binary(max_size=300))
    driver = written(tmp_path_factory.mktemp("drivers"), content, name)
    assert all(re.match(r".*driver\.toml:\d+: ", line) for line in what_is_wrong(driver))


def test_everything_a_definition_may_say(tmp_path: Path) -> None:
    """A definition that uses every part of the language is read as it is meant."""
    text = (
        FAULTS
        + "pattern = 'S(?P<value>[0-9]+)'\npace = \"slow\"\n"
        + CODES
        + '1 = { reason = "laminator-jam", severity = "warning", text = "Jam", manual = "p. 41" }\n'
        + '2 = { manual = "p. 42" }\n'
        + """
[match]
sysobjectid = ["1.3.6.1.4.1.99999", ".1.3.6.1.4.1.99998"]
sysdescr = ['(?i)^acme']
[state]
oid = "1.3.6.1.4.1.99999.3.0"
codes = { 1 = "idle", 9 = "stopped" }
[counters.made]
oid = "1.3.6.1.4.1.99999.4.0"
unit = "documents"
[faults.word]
oid = "1.3.6.1.4.1.99999.5.0"
bits = { 0x01 = { reason = "cover-open" }, 0x80 = {} }
[fault_tables.alerts]
entry = "1.3.6.1.4.1.99999.2.1"
columns = [4, 5]
severity_column = 2
severities = { 1 = "notice", 3 = "error" }
codes = { "1,2" = { reason = "media-empty" } }
[[supply_rules]]
pattern = 'film'
kind = "laminate"
[[text_rules]]
pattern = 'jam'
reason = "media-jam"
severity = "error"
"""
    )
    found = catalog.read(written(tmp_path, text)).definition
    assert found.match.sysobjectid == (oid("1.3.6.1.4.1.99999"), oid("1.3.6.1.4.1.99998"))
    assert found.faults["status"].codes["1"].severity is Severity.WARNING
    assert found.faults["status"].codes["2"].reason is None
    assert found.state[0].codes == {"1": State.IDLE, "9": State.STOPPED}
    assert found.counters["made"].unit is Unit.DOCUMENTS
    assert found.codes == 5


@pytest.mark.parametrize("reason", sorted(vocabulary.REASONS)[::40])
def test_every_word_of_the_vocabulary_may_be_used(reason: str, tmp_path: Path) -> None:
    """Registered keywords and extensions alike, those that end in a severity included."""
    text = FAULTS + CODES + f'1 = {{ reason = "{reason}" }}\n'
    assert catalog.read(written(tmp_path, text)).definition.faults["status"].codes["1"].reason == reason


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=128).map(tuple))
def test_an_oid_is_read_as_it_is_written(arcs: tuple[int, ...]) -> None:
    """With or without a leading dot, and with blanks around it."""
    assert oid(dotted(arcs)) == oid("." + dotted(arcs)) == oid(f" {dotted(arcs)}\n") == arcs


@given(st.text(max_size=20))
def test_any_text_is_an_oid_or_none(text: str) -> None:
    """What is read as an OID has arcs of 32 bits and is written again as it was; all else is a ValueError."""
    try:
        arcs = oid(text)
    except ValueError:
        return
    assert arcs
    assert all(0 <= arc < 2**32 for arc in arcs)
    assert oid(dotted(arcs)) == arcs


@pytest.mark.parametrize(
    "text", ["", ".", "1..3", "1.3.", "..1", "1_0.3", "+1.3", "1.3.٣", "1. 3", "0x1.3", "1.3.4294967296"]
)
def test_what_is_no_oid(text: str) -> None:
    """Python would take some of these for numbers; SNMP does not."""
    with pytest.raises(ValueError, match="is no OID"):
        oid(text)
