"""Sheets of machines that speak in bytes: what must be said, and what is refused by name."""

from pathlib import Path

import pytest
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.interfaces import Line, Parity
from fleetmon.simulators.sheets.parts import Sheet
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.speakers import speaker_for

BYTES = '[bytes]\nprotocol = "lapis"\n[bytes.words]\ntemperature = 160\n'
FAULT = '[faults.jam]\nsource = "a manual"\nsays = { code = 7, letter = "J" }\n'
REGISTER = (
    '[modbus]\n[[modbus.registers]]\nkind = "holding"\naddress = 4096\nvalue = -3\nfaults = ["jam"]\nduring = 9\n'
)


def sheet(folder: Path, text: str) -> Sheet:
    path = folder / "invented.toml"
    path.write_text(
        f'title = "Invented"\nkind = "laminator"\nserial = "SIM-1"\nseconds_per_document = 5\n[[supplies]]\n'
        f'name = "film"\ndescription = "Film"\ncapacity = 10\nuse = 1\n{text}'
    )
    return load_sheet(str(path))


def test_a_machine_without_snmp(tmp_path: Path) -> None:
    """It needs no numbers of SNMP; line settings have defaults; faults say what they say in its protocol."""
    found = sheet(tmp_path, BYTES + FAULT)
    assert (found.snmp, found.modbus) == (None, None)
    assert found.speaks is not None
    assert (found.speaks.protocol, found.speaks.line) == ("lapis", Line(9600, 8, Parity.NONE, 1))
    assert (found.speaks.answers_after, found.speaks.words) == (0.0, {"temperature": 160})
    jam = found.faults["jam"]
    assert (jam.number("code"), jam.number("letter"), jam.number("other")) == (7, 0, 0)
    assert (jam.text_of("letter"), jam.text_of("code"), jam.text_of("other")) == ("J", "", "")
    with pytest.raises(BadInput, match="does not speak SNMP"):
        _ = found.agent
    assert Machine(found).activity == "idle"


def test_a_machine_may_speak_all_three(tmp_path: Path, machines: Path) -> None:
    """SNMP, bytes and Modbus side by side."""
    path = tmp_path / "all.toml"
    path.write_text((machines / "laminator.toml").read_text() + "\n" + BYTES + REGISTER.replace("jam", "cutter-jam"))
    found = load_sheet(str(path))
    assert found.snmp is found.agent
    assert found.speaks is not None
    assert found.modbus is not None
    (register,) = found.modbus.registers
    assert (register.kind, register.address, register.width, register.value) == ("holding", 4096, 1, -3)
    assert (register.faults, register.during) == (("cutter-jam",), 9)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", r"at least one of \[snmp\], \[bytes\] and \[modbus\]"),
        ("[bytes]\n", r"bytes\.protocol: is missing"),
        ('[bytes]\nprotocol = "lapis"\nbaud = 7\n', r"bytes\.baud"),
        ('[bytes]\nprotocol = "lapis"\nparity = "some"\n', r"bytes\.parity: .*none, even, odd"),
        ('[bytes]\nprotocol = "lapis"\nbits = 8\n', r"bytes\.bits: no such key"),
        ('[bytes]\nprotocol = "lapis"\n[bytes.words]\nx = 1.5\n', r"bytes\.words\.x: a whole number or a text"),
        (BYTES + FAULT.replace("7", "true"), r"says\.code"),
        (REGISTER, "no fault is named 'jam'"),
        (REGISTER.replace('"holding"', '"relay"'), "'relay' is not allowed"),
        ("[modbus]\nunit = 248\n", r"modbus\.unit"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    """File and key, and what would be right."""
    with pytest.raises(BadInput, match=complaint) as caught:
        sheet(tmp_path, text)
    assert "invented.toml" in str(caught.value)


def test_a_protocol_nobody_speaks_is_named(tmp_path: Path) -> None:
    """With those that are spoken."""
    with pytest.raises(BadInput, match=r"no protocol 'morse'; there are: .*lapis"):
        speaker_for(Machine(sheet(tmp_path, BYTES.replace("lapis", "morse"))))


def test_a_character_s_length_is_that_of_its_bits() -> None:
    """Start bit, data, parity, stop bits at the line's speed."""
    assert Line(9600, 8, Parity.NONE, 1).octet_s == 10 / 9600
    assert Line(1200, 7, Parity.EVEN, 2).octet_s == 11 / 1200
