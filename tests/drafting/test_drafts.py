"""What a begun driver looks like: forms that are guessed, files that are written, mistakes that are refused."""

from pathlib import Path

import pytest

from fleetmon import catalog, proof
from fleetmon.decode.framing.checks import check_octets
from fleetmon.decode.framing.modbus import read_request
from fleetmon.definition.framing import Check
from fleetmon.drafting import answers, draft, from_modbus, from_transcript, from_walk
from fleetmon.drafting.cutting import cutting
from fleetmon.drafting.from_transcript import Harmless
from fleetmon.errors import DriverError
from fleetmon.links.transcript import Scene, Turn
from fleetmon.proof import Provenance

SIMULATED = Provenance.SIMULATED
MODBUS_CRC = Check(kind="crc-16/modbus", order="little")


@pytest.mark.parametrize(
    ("replies", "framing", "form"),
    [
        ([b"\x02S1C000175\x03"], '"stx-etx"', r"reply = 'S(?P<s_1>\d+)C(?P<s_2>\d+)'"),
        ([b"\x02S1\x03a"], '"stx-etx-bcc"', r"reply = 'S(?P<s_1>\d+)'"),
        ([b"175\r", b"9\r"], '"cr"', r"reply = '(?P<s_1>\d+)'"),
        ([b"175\r", b"ERR\r"], '"cr"', "reply = '(?s)(?P<s>.*)'"),
        ([b"ST=2,00,1310\r\n"], '"crlf"', r"reply = 'ST=(?P<s_1>\d+),(?P<s_2>\d+),(?P<s_3>\d+)'"),
        ([b"1,2\r\n3,4,5\r\n"], '"crlf"', 'fields = [["s_1", "s_2"], ["s_3", "s_4", "s_5"]]'),
        ([b"A=1\r\nB=2\r\n\x0c"], '"until-ff"', '[read.s.pairs.keys]\n"A" = "s_1"\n"B" = "s_2"'),
        ([b'{"a":{"b":1}}\n'], '"lf"', '[read.s.json]\ns_1 = "/a/b"'),
        ([b"\x12\x01"], '{ kind = "fixed", length = 2 }', "[read.s.layout]\ns_0 = { at = 0 }\ns_1 = { at = 1 }"),
        ([b"ready", b"busy"], '"until-quiet"', "reply = '(?s)(?P<s>.*)'"),
        ([], '"until-quiet"', "reply = '(?s)(?P<s>.*)'"),
    ],
)
def test_the_form_of_answers_is_guessed(replies: list[bytes], framing: str, form: str) -> None:
    """Only where every answer fits; the frames are those of that framing."""
    cut = cutting(replies)
    assert (cut.framing, answers.form("s", cut.frames)) == (framing, form)


@pytest.mark.parametrize(
    ("replies", "framing", "until"),
    [
        ([b"\x02S1\x03F1", b"\x02S99\x03F9"], None, None),
        (
            [b"\x02S1\x0387", b"\x02S9\x038F"],
            '{ start = "<STX>", end = "<ETX>", check = { kind = "sum", form = "HEX" } }',
            None,
        ),
        (
            [b"\xa5\x01\x02\xa6", b"\xa5\x03\x02\xa4"],
            '{ kind = "fixed", length = 4, check = { kind = "xor", of = "content" } }',
            None,
        ),
        ([b"\xa5\x01\x02\xa6"], '{ kind = "fixed", length = 4 }', None),
        ([b"\x01\x02RE\x03\x04\r\n"], '{ start = "<SOH><STX>", end = "<ETX><EOT><CR><LF>" }', None),
        ([b"\x02STSA1,0\r"], '{ start = "<STX>", end = "<CR>" }', None),
        ([b"A=1\r\nB=2\r\n.\r\n", b"A=1\r\n.\r\n"], '"crlf"', r"\."),
        ([b"A\r\nOK\r\n"], '"crlf"', "OK"),
        ([b"A\r\n17\r\n"], '"crlf"', None),
    ],
)
def test_checks_and_last_frames_are_guessed(replies: list[bytes], framing: str | None, until: str | None) -> None:
    """A check that two answers bear; a last frame that is always the same. What fits nothing is ended by silence."""
    cut = cutting(replies)
    assert (cut.framing, cut.until) == (framing or '"until-quiet"', until)


def test_nobody_is_asked_what_nobody_calls_harmless() -> None:
    """A list counts only if a person says that the machine speaks that protocol; else the manual's page must."""
    scenes = (Scene("", (Turn(b"\x1bT\r", b"175\r"),)),)
    with pytest.raises(DriverError) as refused:
        from_transcript.draft("acme", scenes, "f", SIMULATED, Harmless())
    assert "nobody says that they are harmless: <ESC>T<CR>" in str(refused.value)
    assert "--protocol lapis" in str(refused.value)
    with pytest.raises(DriverError, match="not on the list"):
        from_transcript.draft("acme", scenes, "f", SIMULATED, Harmless(protocol="zpl"))
    assert 'protocol = "lapis"' in from_transcript.draft("acme", scenes, "f", SIMULATED, Harmless("lapis")).definition
    told = from_transcript.draft("acme", scenes, "f", SIMULATED, Harmless(page="p. 3")).definition
    assert 'read_only = "p. 3"' in told


def test_one_framing_for_most_and_another_for_some() -> None:
    """The framing of most answers is the line's, the others say their own."""
    turns = (Turn(b"A", b"1\r"), Turn(b"B", b"2\r"), Turn(b"C", b'"3"'))
    told = from_transcript.draft("acme", (Scene("", turns),), "f", SIMULATED, Harmless(page="p. 3")).definition
    assert 'timeout = "2s"                        # how long an answer may take\nframing = "cr"' in told
    assert told.count('framing = "quoted"') == 1


def test_requests_in_frames_are_taken_out_of_them() -> None:
    """A check is believed where answers to different requests bear it; then requests are written without it."""
    turns = (
        Turn(b"\x0205S\x03BB", b"\x0205S2,00\x0379"),
        Turn(b"\x0205C\x03AB", b"\x0205C00048\x03A7"),
    )
    told = from_transcript.draft("acme", (Scene("", turns),), "f", SIMULATED, Harmless(page="p. 3")).definition
    framing = '{ start = "<STX>", end = "<ETX>", check = { kind = "sum", form = "HEX" } }'
    assert f"framing = {framing}\nrequest_framing = {framing}" in told
    assert '[read.s]\nask = "05S"' in told
    assert '[read.c]\nask = "05C"' in told


def test_modbus_writes_are_refused() -> None:
    """Only frames that read registers make a driver, and all of one kind."""
    write = Scene("", (Turn(bytes.fromhex("0106200000010bca"), None),))
    assert not from_modbus.is_modbus((write,))
    with pytest.raises(DriverError, match="no Modbus frame that reads"):
        from_modbus.draft("acme", (write,), "f", SIMULATED)
    mixed = (
        Turn(bytes.fromhex("010320000002cfcb"), None),
        Turn(bytes.fromhex("000100000006010320000002"), None),
    )
    with pytest.raises(DriverError, match="RTU and TCP"):
        from_modbus.draft("acme", (Scene("", mixed),), "f", SIMULATED)


def test_a_walk_begins_a_driver(tmp_path: Path) -> None:
    """The vendor's objects are listed to choose from, the walk is the capture; ''' in a text is refused."""
    walk = "1.3.6.1.2.1.1.1.0|4|Acme 9\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1\n1.3.6.1.4.1.99999.2.1.0|2|7\n"
    begun = from_walk.draft("acme", walk, "f", SIMULATED)
    assert "#   1.3.6.1.4.1.99999.2.1.0 = 7" in begun.definition
    assert '# sysobjectid = ["1.3.6.1.4.1.99999.1"]' in begun.definition
    draft.write(begun, tmp_path / "acme")
    assert catalog.read(tmp_path / "acme").definition.link == "snmp"
    with pytest.raises(DriverError, match="'''"):
        from_walk.draft("acme", walk.replace("Acme 9", "'''"), "f", SIMULATED)
    with pytest.raises(DriverError, match="holds no SNMP values"):
        from_walk.draft("acme", "\n", "f", SIMULATED)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Not even an empty folder; where nothing may be written, another place is proposed."""
    begun = from_walk.draft("acme", "1.3.6.1.2.1.1.1.0|4|Acme 9\n", "f", SIMULATED)
    (tmp_path / "acme").mkdir()
    with pytest.raises(DriverError, match="exists already"):
        draft.write(begun, tmp_path / "acme")
    (tmp_path / "file").write_text("")
    with pytest.raises(DriverError, match=r"fleetmon drivers new \./acme"):
        draft.write(begun, tmp_path / "file" / "acme")


def test_what_registers_held_is_the_capture(tmp_path: Path) -> None:
    """Words and bits of every answer that is one; a refusal and a broken answer tell nothing."""
    asked = [read_request("rtu", 1, *each) for each in ((3, 0x2000, 2), (2, 8, 3), (4, 7, 1), (3, 9, 1))]
    said = [bytes.fromhex(each) for each in ("01030405dc05e6", "01020105", "018402", "01")]
    told = [octets + check_octets(MODBUS_CRC, octets) for octets in said]
    scene = Scene("ready", tuple(Turn(ask, reply) for ask, reply in zip(asked, told, strict=True)))
    begun = from_modbus.draft("acme", (scene,), "f", SIMULATED)
    draft.write(begun, tmp_path / "acme")
    capture = proof.read(tmp_path / "acme" / "captures" / "ready.toml")
    assert capture.registers == {"holding": {0x2000: 1500, 0x2001: 1510}, "discrete": {8: 1, 9: 0, 10: 1}}
    over_tcp = Scene("", (Turn(read_request("tcp", 1, 3, 0, 1), None),))
    assert "tcp = true" in from_modbus.draft("acme", (over_tcp,), "f", SIMULATED).captures["heard"]
    other = Scene("", (*scene.turns, Turn(read_request("rtu", 2, 3, 0, 1), None)))
    with pytest.raises(DriverError, match="units 1 and 2"):
        from_modbus.draft("acme", (other,), "f", SIMULATED)
