"""What a driver of byte machines calls serial number, name or display does not survive in a recording, and frames prove
themselves as before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon import catalog
from fleetmon.decode.framing.framed import wrap
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.decode.lines.questions import questions
from fleetmon.decode.lines.replies import fields_of
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.lab.records.hiding_bytes import InBytes
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.lab.records.said import Exchanged, Header, Poll
from fleetmon.model.report import NoAnswer
from fleetmon.model.words import Silence

DRIVERS = catalog.load()
HARMLESS = "manual p. 1"
READ = {
    "who": {"ask": "I", "read_only": HARMLESS, "reply": "SN=(?P<sn>[^,]*),NAME=(?P<called>[^,]*),MDL=(?P<mdl>.*)"},
    "shown": {"ask": "D", "read_only": HARMLESS, "reply": "(?P<display>.*)"},
    "other": {"ask": "O", "read_only": HARMLESS, "reply": "(?P<rest>(?s:.*))"},
    "code": {"ask": "P", "read_only": HARMLESS, "fields": ["password", "rest_of_it"]},
}


def driver(framing: object = "stx-etx-bcc", read: object = None, **more: object) -> LineDefinition:
    whole: dict[str, Any] = {
        "name": "made_up",
        "title": "A machine that there is not",
        "kind": "printer",
        "maturity": "experimental",
        "link": "serial",
        "line": {"framing": framing},
        "read": read or READ,
        "identity": {"serial": "sn", "name": "called", "model": "mdl"} if read is None else {},
        "console": ["display"] if read is None else [],
    }
    return LineDefinition.model_validate(whole | more)


def hiding(definition: LineDefinition, keep: tuple[Secret, ...] = (), unit: str | None = None) -> InBytes:
    return InBytes(Redactor(b"key", (*DRIVERS.definitions, definition), keep), definition, unit)


def answered(definition: LineDefinition, **contents: bytes) -> Poll:
    """A poll in which the exchanges of these names brought a frame with this content."""
    spoken = []
    for question in questions(definition, "Amt 7"):
        if question.name in contents:
            framing = question.exchange.framing or definition.line.framing
            came = wrap(framing, contents[question.name])
            spoken.append(Exchanged(0.0, 0.1, question.request.octets, came))
    return Poll(1, (), 1.0, None, tuple(spoken))


def hidden(how: InBytes, poll: Poll) -> Poll:
    how.hear([poll], ())
    return how.poll(poll)


def fields(definition: LineDefinition, poll: Poll) -> dict[str, object]:
    """What today's driver reads in it; raises where a frame does not prove itself."""
    found: dict[str, object] = {}
    by_asked = {each.request.octets: each for each in questions(definition, "Amt 7")}
    for spoken in poll.spoken:
        question = by_asked[spoken.asked]
        gathering = Gathering(question.request)
        answer = gathering.feed(spoken.came) or gathering.end()
        found |= fields_of(question.exchange, answer)
    return found


FRAMINGS = (
    "stx-etx-bcc",
    "crlf",
    {"start": "<STX>", "end": "<ETX>", "check": {"kind": "sum", "form": "HEX"}},
    {"start": "<STX>", "end": "<ETX>", "check": {"kind": "crc-16/arc", "order": "little"}},
    {"kind": "length-prefixed", "size": 2, "check": {"kind": "crc-16/modbus"}},
    {"kind": "fixed", "length": 60, "check": {"kind": "crc-32"}},
)


@pytest.mark.parametrize("framing", FRAMINGS, ids=str)
def test_a_frame_is_proven_as_before(framing: object) -> None:
    """The serial number and the name are others of equal length, the model stays, and the check is made anew."""
    definition = driver(framing)
    content = b"SN=UI-48213,NAME=uioea eoaui,MDL=SIM 2000".ljust(56)
    how, poll = hiding(definition), answered(definition, who=content)
    told = fields(definition, hidden(how, poll))
    was = fields(definition, poll)
    assert str(told["mdl"]).strip() == "SIM 2000"
    assert told["sn"] != was["sn"]
    assert len(str(told["sn"])) == len(str(was["sn"]))
    assert not {"uioea", "eoaui"} & set(str(told["called"]).split())
    assert how.unproven == 0


def test_a_secret_is_found_in_other_replies() -> None:
    """Also before the reply that tells it, in capitals and in hexadecimal; and it is the same pseudonym."""
    definition = driver()
    poll = answered(
        definition, who=b"SN=UI48213AE,NAME=uioea,MDL=x", other=b"it is ui48213ae or " + b"UI48213AE".hex().encode()
    )
    told = fields(definition, hidden(hiding(definition), poll))
    serial = str(told["sn"])
    assert serial.lower() in str(told["rest"])
    assert serial.encode().hex() in str(told["rest"])


def test_a_display_keeps_the_words_of_the_trade() -> None:
    """Who is being printed is not told, what is wrong is."""
    definition = driver()
    poll = answered(definition, shown=b"Printing UOIEA AEOUI: paper jam")
    told = str(fields(definition, hidden(hiding(definition), poll))["display"])
    assert told.startswith("Printing ")
    assert told.endswith(": paper jam")
    assert "UOIEA" not in told


@pytest.mark.parametrize("shown", [b"175", b"-3.5", b" 21,50 "])
def test_a_display_that_shows_a_reading_keeps_it(shown: bytes) -> None:
    """A short number alone is nobody's name; a long one may be a document's."""
    definition = driver()
    told = fields(definition, hidden(hiding(definition), answered(definition, shown=shown)))
    assert str(told["display"]) == shown.decode()
    told = fields(definition, hidden(hiding(definition), answered(definition, shown=b"10254711")))
    assert told["display"] != "10254711"


def test_a_password_is_hidden_where_it_stands() -> None:
    """Four digits are looked for nowhere else, for they may be anything."""
    definition = driver()
    poll = answered(definition, code=b"1234,0", other=b"made 1234 of 9000")
    told = fields(definition, hidden(hiding(definition), poll))
    assert str(told["password"]) != "1234"
    assert told["rest"] == "made 1234 of 9000"


def test_what_is_kept_on_purpose_stays() -> None:
    """`--keep` is for each kind by itself."""
    definition = driver()
    poll = answered(definition, who=b"SN=UI48213AE,NAME=uioea,MDL=x")
    told = fields(definition, hidden(hiding(definition, (Secret.SERIALS,)), poll))
    assert told["sn"] == "UI48213AE"
    assert told["called"] != "uioea"
    whole = hidden(hiding(definition, tuple(Secret)), poll)
    assert whole == poll


def test_the_name_on_the_line_is_hidden_in_questions_and_header() -> None:
    """Both alike, so that a replay asks what was asked."""
    definition = driver(read={"who": {"ask": "I{unit}", "read_only": HARMLESS, "reply": "(?P<sn>.*)"}})
    how = hiding(definition, unit="Amt Uoiea")
    [asked] = [each.request.octets for each in questions(definition, "Amt Uoiea")]
    poll = Poll(1, (), 1.0, NoAnswer(Silence.TIMEOUT, "Amt Uoiea says nothing"), (Exchanged(0.0, 0.1, asked, b""),))
    told = hidden(how, poll)
    header = how.header(Header("machine", "tcp", 1.0, 5.0, "made_up", unit="Amt Uoiea"))
    assert header.unit is not None
    assert "Uoiea" not in header.unit
    assert told.spoken[0].asked == b"I" + header.unit.encode()
    assert told.failed is not None
    assert "Uoiea" not in told.failed.text


def test_digits_in_octets_stay_digits() -> None:
    """A serial number packed into BCD is another one in BCD."""
    read = {"who": {"ask": "I", "read_only": HARMLESS, "layout": {"sn": {"at": 1, "size": 4, "form": "bcd"}}}}
    definition = driver(
        {"kind": "fixed", "length": 8, "check": {"kind": "crc-16/arc"}}, read, identity={"serial": "sn"}
    )
    poll = answered(definition, who=bytes.fromhex("aa4821379955"))
    told = fields(definition, hidden(hiding(definition), poll))
    assert told["sn"] != 48213799
    assert len(str(told["sn"])) <= 8


def test_what_cannot_be_proven_anew_is_counted() -> None:
    """Of two ends that are allowed only the first is written; a secret does not stay for that, but it is said."""
    framing = {"start": "<STX>", "end": ["<ETX>", "<ETB>"], "check": {"kind": "xor"}}
    definition = driver(framing)
    content = b"SN=UI48213AE,NAME=uioea,MDL=x"
    check = 0
    for octet in content + b"\x17":
        check ^= octet
    [asked] = [each.request.octets for each in questions(definition) if each.name == "who"]
    came = b"\x02" + content + b"\x17" + bytes((check,))
    how = hiding(definition)
    told = hidden(how, Poll(1, (), 1.0, None, (Exchanged(0.0, 0.1, asked, came),)))
    assert b"UI48213AE" not in told.spoken[0].came
    assert len(told.spoken[0].came) == len(came)
    assert how.unproven == 1


def test_garbled_octets_hide_what_is_known() -> None:
    """Half a reply holds half a secret at most."""
    definition = driver()
    whole = answered(definition, who=b"SN=UI48213AE,NAME=uioea,MDL=x")
    broken = Exchanged(2.0, 0.1, whole.spoken[0].asked, whole.spoken[0].came[:15], NoAnswer(Silence.GARBLED, "?"))
    told = hidden(hiding(definition), Poll(1, (), 1.0, None, (*whole.spoken, broken)))
    assert b"UI48213AE" not in told.spoken[1].came


def test_half_a_display_is_hidden_too() -> None:
    """In octets that are no answer there are no places, but words that nobody knows go; the text shows none of them."""
    definition = driver()
    whole = answered(definition, shown=b"Printing UOIEA AEOUI: paper jam").spoken[0]
    failed = NoAnswer(Silence.GARBLED, "0 of 1 frames came: <STX>Printing UOIEA A")
    broken = Exchanged(2.0, 0.1, whole.asked, whole.came[:17], failed)
    told = hidden(hiding(definition), Poll(1, (), 1.0, failed, (broken,)))
    assert b"Printing" in told.spoken[0].came
    assert b"UOIEA" not in told.spoken[0].came
    assert len(told.spoken[0].came) == 17
    assert told.failed is not None
    assert told.failed.text == "0 of 1 frames came"


def test_two_secrets_in_one_frame_are_both_hidden() -> None:
    """And an echo of the question before it changes nothing."""
    read = {"who": {"ask": "I", "read_only": HARMLESS, "fields": ["sn", "password"]}}
    definition = driver("crlf", read, identity={"serial": "sn"}, line={"framing": "crlf", "echo": True})
    [question] = questions(definition)
    came = question.request.octets + b"AB1,77\r\n"
    told = hidden(hiding(definition), Poll(1, (), 1.0, None, (Exchanged(0.0, 0.1, question.request.octets, came),)))
    sn, password = told.spoken[0].came.removeprefix(question.request.octets).strip().split(b",")
    assert sn != b"AB1"
    assert password != b"77"
    assert (len(sn), len(password)) == (3, 2)


def test_of_registers_it_is_said_that_they_are_shown() -> None:
    """Numbers in registers have no place for names; a driver that reads a serial number there is named."""
    whole: dict[str, Any] = {
        "name": "made_up",
        "title": "A controller that there is not",
        "kind": "laminator",
        "maturity": "experimental",
        "link": "modbus",
        "read": {"number": {"address": 7, "form": "u32"}, "status": {"address": 9}},
        "state": {"from": "status", "otherwise": "idle"},
    }
    silent = ModbusDefinition.model_validate(whole)
    telling = ModbusDefinition.model_validate(whole | {"identity": {"serial": "number"}})
    redactor = Redactor(b"key", DRIVERS.definitions)
    assert InBytes(redactor, silent).shown == ()
    assert InBytes(redactor, telling).shown == (Secret.SERIALS,)


serials = st.from_regex(rb"[A-Z]{2}[A-Z0-9]{4,10}[0-9]{2}", fullmatch=True)


@given(serials, st.binary(max_size=40).filter(lambda rest: not {2, 3, 10, 13} & set(rest)))
def test_no_serial_number_survives(serial: bytes, rest: bytes) -> None:
    """Whatever else the machine says; every reply keeps its length."""
    definition = driver()
    poll = answered(definition, who=b"SN=" + serial + b",NAME=,MDL=x", other=rest + serial + rest)
    told = hidden(hiding(definition), poll)
    for was, now in zip(poll.spoken, told.spoken, strict=True):
        assert serial not in now.came
        assert len(now.came) == len(was.came)
    fields(definition, told)
