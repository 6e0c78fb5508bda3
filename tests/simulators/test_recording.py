"""Recordings: two ways of writing a walk down, read alike, and served exactly as they stand."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.recordings.recording import load_recording
from fleetmon.simulators.snmp.rows import Row, Rows, Tag, Value
from fleetmon.simulators.snmp_agent import serve
from hypothesis import given
from hypothesis import strategies as st

Ask = Callable[..., Awaitable[list[str]]]

# One of everything, with what recordings do wrong: out of order, twice, blanks at the end (here @), quotes inside.
SNMPREC = r"""
1.3.6.1.2.1.1.3.0|67|3721980054
1.3.6.1.2.1.1.1.0|4|Invented label printer, "quoted" and \back
1.3.6.1.2.1.1.1.0|4|the same name again
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.7
1.3.6.1.2.1.1.4.0|4|
1.3.6.1.2.1.1.5.0|4|ends in blanks@@@
1.3.6.1.2.1.4.20.1.1.192.0.2.7|64|192.0.2.7
1.3.6.1.2.1.25.3.5.1.2.1|4x|20
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.43.11.1.1.6.1.1|4x|426c61636b20496e6b00
1.3.6.1.2.1.43.11.1.1.9.1.1|2|-3
1.3.6.1.2.1.43.10.2.1.4.1.1|65|4294967295
1.3.6.1.2.1.43.16.5.1.2.1.1|4e|line one\r\nline two \xe9
1.3.6.1.4.1.32473.7.1.0|66|12
1.3.6.1.4.1.32473.7.2.0|5|
"""

EXPECTED = [
    ("1.3.6.1.2.1.1.1.0", Tag.STRING, b'Invented label printer, "quoted" and \\back'),
    ("1.3.6.1.2.1.1.2.0", Tag.OID, (1, 3, 6, 1, 4, 1, 32473, 7)),
    ("1.3.6.1.2.1.1.3.0", Tag.TICKS, 3721980054),
    ("1.3.6.1.2.1.1.4.0", Tag.STRING, b""),
    ("1.3.6.1.2.1.1.5.0", Tag.STRING, b"ends in blanks   "),
    ("1.3.6.1.2.1.4.20.1.1.192.0.2.7", Tag.ADDRESS, bytes([192, 0, 2, 7])),
    ("1.3.6.1.2.1.25.3.5.1.2.1", Tag.STRING, b" "),
    ("1.3.6.1.2.1.31.1.1.1.6.1", Tag.COUNTER64, 2**64 - 1),
    ("1.3.6.1.2.1.43.10.2.1.4.1.1", Tag.COUNTER, 2**32 - 1),
    ("1.3.6.1.2.1.43.11.1.1.6.1.1", Tag.STRING, b"Black Ink\0"),
    ("1.3.6.1.2.1.43.11.1.1.9.1.1", Tag.INTEGER, -3),
    ("1.3.6.1.2.1.43.16.5.1.2.1.1", Tag.STRING, b"line one\r\nline two \xe9"),
    ("1.3.6.1.4.1.32473.7.1.0", Tag.GAUGE, 12),
    ("1.3.6.1.4.1.32473.7.2.0", Tag.NULL, None),
]


def _rows(path: Path) -> list[Row]:
    return list(load_recording(path).rows(0))


@pytest.fixture
def snmprec(tmp_path: Path) -> Path:
    """A small recording of our own."""
    path = tmp_path / "label.snmprec"
    path.write_text(SNMPREC.replace("@", " "), encoding="latin-1")
    return path


def test_a_snmprec_file_is_read_row_by_row(snmprec: Path) -> None:
    """Sorted, the first of two equal names, blanks and odd octets kept."""
    read = [(".".join(map(str, name)), value.tag, value.content) for name, value in _rows(snmprec)]
    assert read == EXPECTED


@pytest.mark.parametrize("tool", ["snmpwalk", "snmpbulkwalk"])
@pytest.mark.parametrize("strings", ["", "x"])
async def test_a_served_recording_walks_back_identical(
    snmprec: Path, tmp_path: Path, ask: Ask, accesses: dict[str, tuple[str, ...]], tool: str, strings: str
) -> None:
    """What net-snmp writes down of a served recording, as text or in hex, is read as the same recording."""
    async with serve(load_recording(snmprec)) as [port]:
        lines = await ask(tool, (*accesses["2c"], f"-O{strings}U"), port, ".1.3")
    walk = tmp_path / "label.walk"
    walk.write_bytes("\n".join(lines).encode("latin-1"))
    assert _rows(walk) == _rows(snmprec)


async def test_version_1_walks_all_but_counter64(
    snmprec: Path, tmp_path: Path, ask: Ask, accesses: dict[str, tuple[str, ...]]
) -> None:
    """Version 1 has no Counter64; everything else comes back."""
    async with serve(load_recording(snmprec)) as [port]:
        lines = await ask("snmpwalk", (*accesses["1"], "-Ox"), port, ".1.3")
    walk = tmp_path / "label.walk"
    walk.write_bytes("\n".join(lines).encode("latin-1"))
    assert _rows(walk) == [row for row in _rows(snmprec) if row[1].tag is not Tag.COUNTER64]


@given(st.lists(st.tuples(st.integers(0, 9), st.binary(max_size=40)), max_size=12))
def test_any_octets_survive_a_snmprec_file(
    tmp_path_factory: pytest.TempPathFactory, listed: list[tuple[int, bytes]]
) -> None:
    """Strings written in hex come back octet for octet."""
    path = tmp_path_factory.mktemp("walks") / "any.snmprec"
    path.write_text("1.3.0|2|1\n" + "".join(f"1.3.9.{n}|4x|{octets.hex()}\n" for n, octets in listed))
    expected = Rows([((1, 3, 0), Value(Tag.INTEGER, 1)), *(((1, 3, 9, n), Value(Tag.STRING, o)) for n, o in listed)])
    assert _rows(path) == list(expected)


def test_the_text_of_snmpwalk_is_read_with_its_oddities(tmp_path: Path) -> None:
    """Enumerations, units, strings and hex over several lines, a MAC address, and the walker's own remarks."""
    path = tmp_path / "some.txt"
    path.write_text(
        ".1.3.1.0 = INTEGER: idle(3)\n"
        ".1.3.2.0 = INTEGER: 60 seconds\n"
        '.1.3.3.0 = STRING: "two\nlines of \\"it\\""\n'
        ".1.3.4.0 = Hex-STRING: 00 01 \n02 \n"
        ".1.3.5.0 = STRING: 0:17:c8:b9:2:de\n"
        ".1.3.6.0 = Wrong Type (should be INTEGER): Gauge32: 7\n"
        ".1.3.7.0 = No Such Instance currently exists at this OID\n"
        ".1.3.8.0 = Opaque: Float: 0.5\n"
        ".1.3.9.0 = BITS: A0 0 2\n"
        ".1.3.10.0 = Timeticks: (123) 0:00:01.23\r\n"
        ".1.3.11.0 = No more variables left in this MIB View (It is past the end of the MIB tree)\n"
    )
    assert [value.content for _, value in _rows(path)] == [
        3,
        60,
        b'two\nlines of "it"',
        b"\0\1\2",
        bytes.fromhex("0017c8b902de"),
        7,
        bytes.fromhex("9f78043f000000"),
        b"\xa0",
        123,
    ]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("a.snmprec", "1.3.1|2|1\n1.3.2|2\n", "a.snmprec:2: '1.3.2|2' is not OID|tag|value"),
        ("a.snmprec", "1.3.1|99|1\n", "a.snmprec:1: 99 is no tag; allowed: 2, 4, 5"),
        ("a.snmprec", "1.3.1|2|x\n", "a.snmprec:1: invalid literal"),
        ("a.snmprec", "1.3.1|65|-1\n", "a.snmprec:1: -1 does not fit COUNTER"),
        ("a.snmprec", "1.x.1|2|1\n", "a.snmprec:1: '1.x.1' is not an object identifier"),
        ("a.snmprec", "1.3.1|64|1.2.3\n", "a.snmprec:1: '1.2.3' is no IPv4 address"),
        ("a.snmprec", "\n", "a.snmprec: holds no rows"),
        (
            "a.walk",
            "SNMPv2-MIB::sysDescr.0 = STRING: x\n",
            "a.walk:1: 'SNMPv2-MIB::sysDescr.0 = STRING: x' is no line of",
        ),
        ("a.walk", ".1.3.1 = Mystery: 1\n", "a.walk:1: '.1.3.1 = Mystery: 1' is no line of"),
    ],
)
def test_a_damaged_recording_is_refused_with_its_line(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    """The complaint is one line that says where and what."""
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput) as caught:
        load_recording(tmp_path / name)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_capture_of_a_real_device_can_be_served(captures: Path) -> None:
    """Recordings by strangers are read without complaint, and hold what their files do."""
    files = sorted((captures / "visible").glob("*.snmprec"))
    assert files
    for file in files:
        names = {line.split("|")[0] for line in file.read_text("latin-1").splitlines() if "|" in line}
        assert len(_rows(file)) == len(names), file.name
