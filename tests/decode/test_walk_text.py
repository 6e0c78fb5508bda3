"""Walk files in both formats: the values exactly, the junk remarked upon, the unreadable refused with a hint."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetmon.decode import walk_text
from fleetmon.decode.dialogue import dotted, oid
from fleetmon.errors import DriverError

SYSTEM = "1.3.6.1.2.1.1"


def values(text: str | bytes) -> dict[str, tuple[int, object]]:
    """What a file holds, by dotted OID."""
    found = walk_text.parse(text if isinstance(text, bytes) else text.encode(), "f.walk")
    return {dotted(name): (varbind.tag, varbind.value) for name, varbind in found.varbinds.items()}


def remarks(text: str) -> list[str]:
    """What was left out of a file."""
    return walk_text.parse(text.encode(), "f.walk").remarks


@pytest.mark.parametrize(
    ("line", "tag", "value"),
    [
        ("2|-7", 2, -7),
        ("4|two | bars ", 4, b"two | bars "),
        ("4|", 4, b""),
        ("4x|00ff20", 4, b"\x00\xff "),
        (r"4e|a\n\x41\\", 4, b"a\nA\\"),
        ("5|", 5, None),
        ("6|.1.3.6", 6, (1, 3, 6)),
        ("64|10.0.0.1", 0x40, b"\x0a\x00\x00\x01"),
        ("64x|0a000001", 0x40, b"\x0a\x00\x00\x01"),
        ("64|J}M}", 0x40, b"J}M}"),
        ("65|4294967295", 0x41, 2**32 - 1),
        ("65|-1", 0x41, 2**32 - 1),
        ("66|5", 0x42, 5),
        ("67|5", 0x43, 5),
        ("68x|9f7804", 0x44, b"\x9f\x78\x04"),
        ("70|18446744073709551615", 0x46, 2**64 - 1),
    ],
)
def test_snmprec_values(line, tag, value):
    """Every tag and form of snmpsim's format."""
    assert values(f"{SYSTEM}.1.0|{line}\n") == {f"{SYSTEM}.1.0": (tag, value)}


@pytest.mark.parametrize(
    ("printed", "tag", "value"),
    [
        ('STRING: "He said \\"hi\\" \\\\ back"', 4, b'He said "hi" \\ back'),
        ('STRING: "line1\nline2 \\"q\r\nend"', 4, b'line1\nline2 "q\r\nend'),
        ('STRING: "\n"', 4, b"\n"),
        ('STRING: "abc\\\\"', 4, b"abc\\"),
        ("STRING: HP LaserJet", 4, b"HP LaserJet"),
        ("STRING: two\nlines", 4, b"two\nlines"),
        ('""', 4, b""),
        ("Hex-STRING: E4 F6 FC 00 ", 4, b"\xe4\xf6\xfc\x00"),
        ("Hex-STRING: 00 01 \n10 11 ", 4, b"\x00\x01\x10\x11"),
        ("BITS: 80 20 lowPaper(0) doorOpen(4) ", 4, b"\x80\x20"),
        ("OPAQUE: 04 03 AB ", 0x44, b"\x04\x03\xab"),
        ("INTEGER: -5", 2, -5),
        ("INTEGER: down(5)", 2, 5),
        ("INTEGER: 23 percent", 2, 23),
        ("Timeticks: (12345) 0:02:03.45", 0x43, 12345),
        ("Counter32: 5", 0x41, 5),
        ("Gauge32: 5 sheets", 0x42, 5),
        ("Counter64: 55555555555555", 0x46, 55555555555555),
        ("IpAddress: 10.1.2.3", 0x40, b"\x0a\x01\x02\x03"),
        ("Network Address: 0A:01:02:03", 0x40, b"\x0a\x01\x02\x03"),
        ("OID: .1.3.6.1.4.1.9", 6, (1, 3, 6, 1, 4, 1, 9)),
        ("OID: iso.3.6", 6, (1, 3, 6)),
        ("OID: ccitt.0", 6, (0, 0)),
        ("NULL", 5, None),
        ("Wrong Type (should be Gauge32 or Unsigned32): INTEGER: 7", 2, 7),
    ],
)
@pytest.mark.parametrize("prefix", [".1.3.6.1", "1.3.6.1", "iso.3.6.1"])
def test_snmpwalk_values(prefix, printed, tag, value):
    """Every type as net-snmp 5.9 prints it, with another record behind it that stays whole."""
    text = f"{prefix}.2.1.1.1.0 = {printed}\n{prefix}.2.1.1.7.0 = INTEGER: 72\n"
    assert values(text) == {f"{SYSTEM}.1.0": (tag, value), f"{SYSTEM}.7.0": (2, 72)}


@pytest.mark.parametrize(
    "absent",
    [
        "No Such Object available on this agent at this OID",
        "No Such Instance currently exists at this OID",
        "No more variables left in this MIB View (It is past the end of the MIB tree)",
    ],
)
def test_what_the_machine_did_not_have_is_not_a_value(absent):
    """The three exceptions of RFC 3416 are no rows, and no junk either."""
    text = f".{SYSTEM}.1.0 = INTEGER: 1\n.{SYSTEM}.1.0 = {absent}\n.{SYSTEM}.2.0 = {absent}\nEnd of MIB\n"
    assert values(text) == {f"{SYSTEM}.1.0": (2, 1)}
    assert remarks(text) == []


def test_octets_survive_whatever_their_encoding():
    """A file is octets: Latin-1 and broken UTF-8 arrive as they were recorded, in both formats."""
    assert values(f"{SYSTEM}.1.0|4|".encode() + b"caf\xe9 \xff\x00") == {f"{SYSTEM}.1.0": (4, b"caf\xe9 \xff\x00")}
    assert values(f".{SYSTEM}.1.0 = STRING: ".encode() + b'"caf\xe9"\n') == {f"{SYSTEM}.1.0": (4, b"caf\xe9")}


def test_a_file_from_windows_reads_the_same():
    """CRLF is the file's, not the values'."""
    text = f"{SYSTEM}.1.0|4|printer\n{SYSTEM}.3.0|67|5\n"
    assert values(text.replace("\n", "\r\n")) == values(text)


def test_rows_are_sorted_and_the_first_of_equals_counts():
    """Order is the OIDs' own (9 before 10), duplicates are remarked upon with their line."""
    text = f"{SYSTEM}.10.0|2|10\n# a comment\n\n{SYSTEM}.9.0|2|9\n{SYSTEM}.9.0|2|99\n"
    assert list(values(text).items()) == [(f"{SYSTEM}.9.0", (2, 9)), (f"{SYSTEM}.10.0", (2, 10))]
    assert remarks(text) == [f"f.walk:5: left out: {SYSTEM}.9.0 again, the first one counts"]


@pytest.mark.parametrize(
    "junk",
    [
        f"{SYSTEM}.17.1|65|6git3159",
        f"{SYSTEM}.1.0|2|",
        f"{SYSTEM}.1.0|2:numeric|rate=5",
        f"{SYSTEM}.1.0|99|5",
        f"{SYSTEM}.1.0|2x|05",
        f"{SYSTEM}.1.0|4x|0",
        f"{SYSTEM}.1.0|64|10.0.0.256",
        f"{SYSTEM}.1.0|6|enterprises.9",
        f"{SYSTEM}.1.0|70|{2**64}",
        "1.3.99999999999|2|1",
        "38 32 37 41 48 50",
        "the rest of a line",
    ],
)
def test_junk_in_snmprec_is_left_out_and_named(junk):
    """One bad line costs that line, and says which."""
    text = f"{SYSTEM}.3.0|67|5\n{junk}\n{SYSTEM}.4.0|4|x\n"
    assert list(values(text)) == [f"{SYSTEM}.3.0", f"{SYSTEM}.4.0"]
    assert [remark.startswith("f.walk:2: left out: ") for remark in remarks(text)] == [True]


@pytest.mark.parametrize(
    "junk",
    [
        f".{SYSTEM}.4.0 = INTEGER: 1.5",
        f".{SYSTEM}.4.0 = Opaque: Float: 0.460000",
        f'.{SYSTEM}.4.0 = STRING: "cut',
        f".{SYSTEM}.4.0 = Hex-STRING: 0",
        f".{SYSTEM}.4.0 = Hex-STRING: 00 01   [..]",
        f".{SYSTEM}.4.0 = nonsense",
        "Timeout: No Response from printer-3",
    ],
)
def test_junk_in_snmpwalk_is_left_out_and_named(junk):
    """What cannot be read back is not guessed at; the next record is whole."""
    text = f".{SYSTEM}.3.0 = INTEGER: 5\n{junk}\n.{SYSTEM}.5.0 = INTEGER: 6\n"
    assert list(values(text)) == [f"{SYSTEM}.3.0", f"{SYSTEM}.5.0"]
    assert [remark.startswith("f.walk:2: left out: ") for remark in remarks(text)] == [True]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SNMPv2-MIB::sysDescr.0 = STRING: HP\n", "names instead of numbers"),
        (f".{SYSTEM}.1.0 = INTEGER: 1\nsysDescr.0 = STRING: HP\n", "names instead of numbers"),
        (".iso.org.dod.internet.mgmt.mib-2.system.sysDescr.0 = STRING: HP\n", "names instead of numbers"),
        (f'.{SYSTEM}.1.0 "HP"\n.{SYSTEM}.3.0 5\n', "no types"),
        (f'.{SYSTEM}.1.0 = "HP"\n.{SYSTEM}.3.0 = 5\n', "no types"),
        ("", "holds no SNMP values"),
        ("#!/bin/sh\necho hello\n", "holds no SNMP values"),
    ],
)
def test_a_file_that_cannot_be_believed_is_refused_with_a_hint(text, says):
    """The error names file and line and the command that records a usable walk."""
    with pytest.raises(DriverError, match=rf"^f\.walk:\d+: .*{says}.*snmpwalk -v2c .* -On"):
        walk_text.parse(text.encode(), "f.walk")


OIDS = st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=20).map(lambda rest: (1, 3, *rest))
ROWS = st.dictionaries(
    OIDS,
    st.one_of(
        st.integers(-(2**31), 2**31 - 1).map(lambda n: (2, n, f"2|{n}")),
        st.binary(max_size=60).map(lambda b: (4, b, f"4x|{b.hex()}")),
        st.text("abc |.:=\"'", max_size=20).map(lambda t: (4, t.encode(), f"4|{t}")),
        OIDS.map(lambda o: (6, o, f"6|{dotted(o)}")),
        st.integers(0, 2**32 - 1).map(lambda n: (0x41, n, f"65|{n}")),
    ),
    min_size=1,
)


@given(ROWS)
def test_what_snmprec_can_say_is_read_back(rows):
    """Any set of values written as snmprec gives the same values, sorted."""
    text = "\n".join(f"{dotted(name)}|{written}" for name, (_, _, written) in rows.items())
    found = walk_text.parse(text.encode(), "f.walk")
    assert list(found.varbinds) == sorted(rows)
    assert {name: (v.tag, v.value) for name, v in found.varbinds.items()} == {n: r[:2] for n, r in rows.items()}
    assert found.remarks == []


PIECES = [".1.3.6.1 = ", "iso.3.6 = ", "1.3.6.1|4|", "STRING: ", '"', "\\", "Hex-STRING: ", "00 ", "INTEGER: ", "5"]
PIECES += ["\n", "\r\n", "A::b.1 = STRING: x", "|", "x", ".", "(", ")", " ", "#", "\xff"]
FILES = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from(PIECES), max_size=30).map(lambda pieces: "".join(pieces).encode("latin-1")),
)


def read_or_refused(data: bytes) -> walk_text.WalkText | DriverError:
    """The walk, or the one error allowed."""
    try:
        return walk_text.parse(data, "f.walk")
    except DriverError as error:
        return error


@settings(max_examples=500)
@given(FILES)
def test_any_file_is_a_walk_or_refused(data):
    """No octets raise anything but DriverError, and what is read is sorted."""
    found = read_or_refused(data)
    if isinstance(found, DriverError):
        assert str(found).startswith("f.walk:")
    else:
        assert list(found.varbinds) == sorted(found.varbinds)
        assert all(name == varbind.oid for name, varbind in found.varbinds.items())


def test_oids_come_back_as_tuples():
    """The key of a row is the OID that dialogues ask by."""
    assert oid(f".{SYSTEM}.1.0") in walk_text.parse(f"{SYSTEM}.1.0|2|1".encode(), "f.walk").varbinds
