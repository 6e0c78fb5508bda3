"""What `explain` tells of one exchange on a line of bytes: the octets, and what each field of them says."""

from fleetmon.control.spoken import spoken
from fleetmon.decode.dialogue import Spoken
from fleetmon.decode.framing.modbus import read_request
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.model.plan import SourcePlan

SOURCE = SourcePlan("main", "tcp://192.0.2.1:9100")
COMMON = {"name": "acme", "title": "Acme", "kind": "other", "maturity": "experimental"}
ACME = LineDefinition.model_validate(
    {
        **COMMON,
        "link": "serial",
        "read": {"status": {"ask": "{unit}?<CR>", "read_only": "p. 1", "reply": r"S(?P<state>\d)"}},
        "state": {"codes": {"9": "stopped"}},
        "line": {"unit": "05"},
    }
)
HEATER = ModbusDefinition.model_validate(
    {**COMMON, "link": "modbus", "read": {"wanted": {"address": 8192, "scale": 0.1}}, "console": ["wanted"]}
)


def told(exchange: Spoken, definition: LineDefinition | ModbusDefinition | None, source: SourcePlan) -> list[str]:
    """The answers, after the octets themselves."""
    found = spoken(exchange, definition, source)
    answers = found["answers"]
    assert isinstance(answers, list)
    assert found["values"] == len(answers)
    return [str(answer) for answer in answers]


def test_octets_and_fields_are_told() -> None:
    """Readable octets first, then each field with its meaning; a unit of the settings is known."""
    exchange = Spoken(b"07?\r", b"S9\r\n")
    source = SourcePlan("main", "tcp://192.0.2.1:9100", unit="07")
    assert spoken(exchange, ACME, source)["asked"] == "07?<CR>"
    octets, field = told(exchange, ACME, source)
    assert octets == "S9<CR><LF>"
    assert field.startswith("state = 9: ")
    assert "stopped" in field


def test_numbered_questions_are_recognised() -> None:
    """Modbus TCP numbers its requests, which is no other question."""
    source = SourcePlan("main", "modbus+tcp://192.0.2.1", modbus_unit=7)
    asked = read_request("tcp", 7, 3, 8192, 1, transaction=99)
    exchange = Spoken(asked, asked[:4] + bytes.fromhex("0005 0703 02 05dc"))
    assert any("150" in answer for answer in told(exchange, HEATER, source)[1:])


def test_what_cannot_be_explained_is_still_shown() -> None:
    """Silence, a garbled reply, an unknown question, a driver that is gone: octets, and no invented field."""
    assert told(Spoken(b"05?\r", b""), ACME, SOURCE) == ["silence"]
    assert len(told(Spoken(b"05?\r", b"X\r"), ACME, SOURCE)) == 2
    assert told(Spoken(b"06?\r", b"S9\r"), ACME, SOURCE) == ["S9<CR>"]
    assert told(Spoken(b"05?\r", b"S9\r"), None, SOURCE) == ["S9<CR>"]
    long = told(Spoken(b"06?\r", b"S" * 600), ACME, SOURCE)[0]
    assert long.endswith("... (600 octets)")
