"""Captures of machines on lines: raw octets, what frames say, registers; and what is wrong with a capture."""

from pathlib import Path

import pytest

from fleetmon import catalog, proof
from fleetmon.errors import DriverError
from fleetmon.proof import Proof

HEAD = 'title = "Acme"\nkind = "laminator"\nmaturity = "experimental"\n'
BUS = f"""\
name = "acme"
{HEAD}link = "serial"
[line]
framing = "stx-etx-sum"
request_framing = "stx-etx-sum"
unit = "05"
[read.status]
ask = "{{unit}}S"
read_only = "manual p. 3"
frames = 2
reply = ['05S(?P<state>\\d)', 'F(?P<faults>.*)']
[state.codes]
0 = "idle"
9 = "stopped"
[faults.faults]
none = [""]
[faults.faults.codes]
"E1?" = {{ reason = "laminator-jam", severity = "error", manual = "p. 41" }}
E20 = {{ reason = "cover-open", severity = "error", manual = "p. 41" }}
"""
HEATER = f"""\
name = "acme"
{HEAD}link = "modbus"
[read]
word = {{ address = 0x2000 }}
run = {{ table = "discrete", address = 3 }}
[state]
from = "run"
codes = {{ 0 = "idle", 1 = "processing" }}
[faults.word.bits]
0x8000 = {{ reason = "fuser-over-temp", severity = "warning", manual = "p. 2" }}
"""
EXPECT = '[expect]\nkind = "laminator"\nasleep = false\nstate = "stopped"\nheadline = "laminator-jam"\n'
JAM = """\
[[expect.faults]]
reason = "laminator-jam"
class = "jam"
severity = "error"
extension = true
codes = ["E14"]
"""


def prove(place: Path, driver: str, *captures: str) -> list[Proof]:
    """The captures decoded with the driver; `situation` and `provenance` stand in them already."""
    folder = place / "acme" / "captures"
    folder.mkdir(parents=True)
    (folder.parent / "driver.toml").write_text(driver, encoding="utf-8")
    for number, text in enumerate(captures):
        (folder / f"{number}.toml").write_text(f'situation = "s"\nprovenance = "simulated"\n{text}', encoding="utf-8")
    return proof.prove(catalog.read(folder.parent))


def test_raw_octets_and_what_they_say_are_the_same(tmp_path: Path) -> None:
    """`says` is wrapped as the driver says, checks included; the request may be written as the driver writes it."""
    raw = '"<STX>05S9<ETX><F4>", "<STX>FE14<ETX><F3>"'
    found = prove(
        tmp_path,
        BUS,
        f'exchanges = [{{ ask = "<STX>05S<ETX><BB>", reply = [{raw}] }}]\n{EXPECT}{JAM}',
        f'exchanges = [{{ ask = "{{unit}}S", says = ["05S9", "FE14"] }}]\n{EXPECT}{JAM}',
        f'exchanges = [{{ ask = "05S", says = ["05S9", "hex: 46 45 31 34"] }}]\n{EXPECT}{JAM}',
        f'exchanges = [{{ ask = "hex: 02 30 35 53 03 BB", reply = [{raw}] }}]\n{EXPECT}{JAM}',
    )
    assert [each.differences for each in found] == [()] * 4


def test_codes_without_capture_and_captures_without_code(tmp_path: Path) -> None:
    """A code that fits a pattern shows it, but not one that has a word of its own; a code without any is told."""
    told = (f'exchanges = [{{ ask = "05S", says = ["05S9", "F{code}"] }}]\n[expect]\n' for code in ("E14", "X7", "E20"))
    found = prove(
        tmp_path, BUS.replace("[faults.faults.codes]", "[faults.faults.codes]\n'E2?' = { reason = 'other' }"), *told
    )
    driver = catalog.read(tmp_path / "acme")
    assert proof.unproven(driver, found) == ("E2?",)
    assert proof.unmapped(driver, found) == ("X7",)
    assert proof.unproven(driver, found[1:2]) == ("E2?", "E1?", "E20")


def test_silence_and_what_was_never_asked(tmp_path: Path) -> None:
    """Both bring no state, and say which it was."""
    found = prove(
        tmp_path,
        BUS,
        'exchanges = [{ ask = "05S" }]\n[expect]\n',
        'exchanges = [{ ask = "<ENQ>", reply = "1" }]\n[expect]\n',
    )
    assert "no answer" in str(found[0].decoded["why"])
    assert found[0].differences == (f"no report: {found[0].decoded['why']}",)
    assert "holds no such question" in str(found[1].decoded["incomplete"])
    assert found[1].differences == (found[1].decoded["incomplete"],), "whatever it expects, it proves nothing"


def test_registers_answer_however_they_are_asked(tmp_path: Path) -> None:
    """Over RTU and over TCP, words and bits; a register that is not there is exception 2, and garbled."""
    registers = "[registers]\nholding = { 0x2000 = 0x8000, 8193 = -1 }\ndiscrete = { 3 = 1 }\n[expect]\n"
    found = prove(tmp_path, HEATER, registers, f"tcp = true\n{registers}", registers.replace("discrete", "coil"))
    for each in found[:2]:
        assert each.decoded["state"] == "processing"
        assert each.codes == {"0x8000"}
    assert "exception 2" in str(found[2].decoded["why"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[expect]\n", "give what was heard: one of walk"),
        ("exchanges = []\nwalk = ''\n[expect]\n", "give what was heard: one of walk"),
        ('exchanges = [{ ask = "05S", reply = "a", says = "b" }]\n[expect]\n', "stands beside reply"),
        ('exchanges = [{ ask = "05S", says = "a<ETX>b" }]\n[expect]\n', "exchange 1: says: "),
        ('exchanges = [{ ask = "X", says = "a" }]\n[expect]\n', "the driver does not ask X"),
        ("registers = { holding = { 70000 = 1 } }\n[expect]\n", "addresses are 0 to 65535"),
        ("registers = { holding = { here = 1 } }\n[expect]\n", '"here" is no address'),
        ("registers = { coil = { 1 = 1 } }\n[expect]\n", "holds registers, but the driver is for machines on a serial"),
        ("walk = '1.3.6.1.2.1.1.1.0|4|Acme'\n[expect]\n", "holds walk, but the driver is for machines on a serial"),
    ],
)
def test_a_capture_that_cannot_be_used(tmp_path: Path, text: str, complaint: str) -> None:
    """It is named with its file and line, and with what is wrong."""
    with pytest.raises(DriverError) as wrong:
        prove(tmp_path, BUS, text)
    assert complaint in str(wrong.value)
    assert "0.toml" in str(wrong.value)


def test_each_difference_is_named_where_it_is(tmp_path: Path) -> None:
    """Not the whole list of faults, but what in it is other; what is missing on one side is nothing."""
    wrong = EXPECT.replace("stopped", "idle") + JAM.replace('"error"', '"warning"') + 'text = "jam"\n'
    (found,) = prove(tmp_path, BUS, f'exchanges = [{{ ask = "05S", says = ["05S9", "FE14"] }}]\n{wrong}')
    assert found.differences == (
        "faults 1.severity: expected 'warning', decoded 'error'",
        "faults 1.text: expected 'jam', decoded nothing",
        "state: expected 'idle', decoded 'stopped'",
    )
