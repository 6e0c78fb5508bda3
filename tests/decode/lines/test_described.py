"""What each field of a spoken exchange says, in the driver's words, and where it stands among the octets."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.decode.lines import Described, described
from fleetmon.errors import GarbledReply

from .talking import line, modbus

LAMINATOR = line(
    """
console = ["note"]
[line]
framing = "stx-etx"
[line.nack]
form = "unsigned"
[read.status]
ask = "S"
read_only = "p. 1"
reply = 'S(?P<state>.)(?P<faults>(E..)*)F(?P<film>...),(?P<word>..),(?P<note>.*)'
[values.word]
base = 16
[values.left]
from = "film"
absent = ["---"]
scale = 0.5
[state]
codes = { 0 = "idle", 9 = "stopped" }
asleep = ["0"]
[faults.faults]
split = 3
[faults.faults.codes]
E14 = { reason = "laminator-jam", part = "infeed", manual = "p. 41" }
E00 = { text = "a test" }
[faults.word]
bits = { "0x1" = { reason = "cover-open" }, "0x80" = {} }
[faults.nack]
codes = { 4 = { reason = "door-open" } }
[supplies.upper]
from = "left"
kind = "laminate"
unit = "meters"
"""
)


def test_each_field_is_told_where_it_stands_and_what_it_means() -> None:
    """In the order of the reply, octets counted from 0 as they came, noise and marks included."""
    assert described(LAMINATOR, "status", b"S", b"?\x02S9E14E00E99F043,C1,hm\x03") == [
        Described("state", "9", "octet 3", "state stopped"),
        Described(
            "faults",
            "E14E00E99",
            "octets 4 to 12",
            "E14: laminator-jam, error, infeed, p. 41; E00: a test; E99: not mapped",
        ),
        Described("film", "043", "octets 14 to 16", "left = 21.5; supply upper, meters"),
        Described(
            "word", "C1", "octets 18 to 19", "193; 0x1: cover-open, error; 0x80: deliberately nothing; 0x40: not mapped"
        ),
        Described("note", "hm", "octets 21 to 22", "display"),
    ]


def test_what_is_empty_absent_or_not_mapped_is_said() -> None:
    """Nobody has to guess why nothing is shown."""
    told = {each.field: each for each in described(LAMINATOR, "status", b"S", b"\x02S0F---,0G,\x03")}
    assert told["state"].meaning == "state idle; asleep"
    assert told["faults"].at == "nothing at octet 3"
    assert told["faults"].meaning == ""
    assert told["film"].meaning == "left = nothing known"
    assert told["word"].meaning == "nothing known; no number, so no bits: other, warning"
    assert described(LAMINATOR, "status", b"S", b"\x02S5F---,00,\x03")[0].meaning == "state not mapped"


def test_a_refusal_is_told_too() -> None:
    """Its code is a field like another."""
    assert described(LAMINATOR, "status", b"S", b"\x15\x04") == [
        Described("nack", 4, "the refusal", "4: door-open, error")
    ]


def test_what_is_no_reply_is_garbled() -> None:
    """The reason is told, not a field."""
    with pytest.raises(GarbledReply, match="does not fit"):
        described(LAMINATOR, "status", b"S", b"\x02x\x03")
    assert described(LAMINATOR, "nonsense", b"S", b"") == []


def test_registers_are_told_by_their_addresses() -> None:
    """Whoever holds the manual finds them there."""
    definition = modbus("""
[read]
pv = { address = 0x2000, form = "s16", scale = 0.1, table = "input" }
total = { address = 0x2001, form = "u32", table = "input" }
hot = { address = 0x2003, bit = 3, table = "input" }
[counters]
total = { unit = "documents" }
[heaters.roller]
measured = "pv"
set_point = "pv"
""")
    asked = bytes.fromhex("0104200000043A09")
    came = bytes.fromhex("000900000 00B 0104 08 05D9 00010002 0008".replace(" ", ""))
    told = described(definition, "pv, total, hot", b"\0\x09" + asked[2:], came, tcp=True)
    assert [(each.field, each.value, each.at) for each in told] == [
        ("pv", 149.7, "input 0x2000"),
        ("total", 65538, "input 0x2001 and 0x2002"),
        ("hot", 1, "input 0x2003 bit 3"),
    ]
    assert told[0].meaning == "heater roller, measured; heater roller, set point"
    assert told[1].meaning == "counter total, documents"


def test_json_is_told_by_its_pointers() -> None:
    """An object has no places, but paths."""
    definition = line("""
[read.state]
ask = "?"
read_only = "p. 1"
framing = "until-close"
json = { state = "/result" }
[state.codes]
READY = "idle"
""")
    assert described(definition, "state", b"?", b'{"result":"READY"}') == [
        Described("state", "READY", "/result", "state idle")
    ]


@given(st.binary(max_size=40) | st.text("\x02\x03\x15SE0149F,C-", max_size=40).map(str.encode))
def test_any_octets_are_told_or_garbled(came: bytes) -> None:
    """Each field is told once, with a place within what came."""
    try:
        told = described(LAMINATOR, "status", b"S", came)
    except GarbledReply:
        return
    assert len({each.field for each in told}) == len(told)
    assert all(int(digits) < max(len(came), 1) for each in told for digits in re.findall(r"\d+$", each.at))
