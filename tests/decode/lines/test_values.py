"""How a field is read before anybody asks what it means: numbers that are numbers, nothing where nothing is known."""

import pytest

from fleetmon.decode.lines import Value, asks, understand
from fleetmon.decode.lines.placed import Unreadable, number, shown, written
from fleetmon.decode.lines.values import read
from fleetmon.definition.meanings import ValueRule
from fleetmon.errors import DriverError
from fleetmon.model.report import Level, RawLevel
from fleetmon.model.words import Quality, State, Unit

from .talking import line

READ: list[tuple[dict[str, object], Value | None, Value | None]] = [
    ({}, " a ", " a "),
    ({}, None, None),
    ({"absent": ["---"]}, " --- ", None),
    ({"pattern": "(?P<value>[0-9]+)%"}, "film 55%", "55"),
    ({"pattern": "(?P<value>[0-9]+)%"}, "film", None),
    ({"pattern": "(?P<value>.*):", "absent": ["x"]}, "x:", None),
    ({"pattern": "(?P<value>[0-9])"}, 7.0, "7"),
    ({"base": 16}, "0x1F", 31),
    ({"base": 16}, " 00010003 ", 65539),
    ({"base": 16}, "1_0", Unreadable("1_0")),
    ({"base": 16}, "fag", Unreadable("fag")),
    ({"base": 2}, "0100", 4),
    ({"base": 10}, "\u0661", Unreadable("\u0661")),
    ({"base": 16}, "F" * 17, Unreadable("F" * 17)),
    ({"base": 16}, 12, 12),
    ({"mask": "0xf0"}, 0xA5, 10),
    ({"mask": "0x8000000000000000"}, 1 << 63, 1),
    ({"mask": "0xf0"}, -1, Unreadable("-1")),
    ({"mask": "0xf0"}, "x", Unreadable("x")),
    ({"base": 16, "mask": "0x0f"}, "A5", 5),
    ({"scale": 0.1}, "235", 23.5),
    ({"scale": 0.1}, "3", 0.3),
    ({"scale": 0.1}, 150, 15),
    ({"scale": 1.8, "offset": 32}, 100, 212),
    ({"offset": -273.15}, "300", 26.85),
    ({"scale": 2.0}, "x", Unreadable("x")),
    ({"scale": 1e300}, 1e300, Unreadable("1e+300")),
    ({"scale": 2.0}, "1e2", 200),
    ({"base": 16}, " ", None),
    ({"scale": 2.0, "absent": ["x"]}, Unreadable("y"), Unreadable("y")),
]


@pytest.mark.parametrize(("rule", "value", "made"), READ)
def test_what_a_rule_makes_of_a_value(rule: dict[str, object], value: Value | None, made: Value | None) -> None:
    """First the part, its digits, its bits, its unit; what should be a number and is none, stays words."""
    found = read(value, ValueRule.model_validate(rule))
    assert found == made
    assert isinstance(found, Unreadable) == isinstance(made, Unreadable)


@pytest.mark.parametrize(
    ("value", "found"),
    [("007", 7), ("+5", 5), ("-5.", -5.0), (".5", 0.5), ("1,5", None), ("1 2", None), ("", None), ("nan", None),
     ("inf", None), ("1e99", None), ("9" * 19, None), (1 << 64, 1 << 64), ((1 << 64) + 1, None), (float("nan"), None),
     (float("inf"), None), ("\u0661", None), ("1_0", None), (True, True)],
)  # fmt: skip
def test_what_is_a_number(value: Value, found: float | None) -> None:
    """Digits with a point at most, within 64 bits; nothing that Python alone would take for one."""
    assert number(value) == found


@pytest.mark.parametrize(
    ("value", "text"), [(7, "7"), (7.0, "7"), (-0.5, "-0.5"), (1e300, "1e+300"), ("07", "07"), (True, "True")]
)
def test_how_a_value_is_written(value: Value, text: str) -> None:
    """As a manual does: whole numbers without a point, text as it came."""
    assert written(value) == text


def test_text_for_people_is_plain() -> None:
    """Control characters are gone, ends trimmed, at most 256 characters; nothing is None."""
    assert shown(" a\tb\x07 ") == "ab"
    assert shown("\x02") is None
    assert shown(None) is None
    assert shown("x" * 300) == "x" * 256


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("RE", "idle"),
        ("RE,PR", "processing"),
        ("PR, OF", "stopped"),
        ("E2", "unknown"),
        ("E2,RE", "idle"),
        ("", "unknown"),
    ],
)
def test_a_state_in_several_words(said: str, state: str) -> None:
    """The first of the codes counts that one of the words fits, wherever it stands among them."""
    driver = line("""
[read]
s = { ask = "?", read_only = "p. 1", reply = '(?P<state>.*)' }
[state]
separator = ","
codes = { "O?" = "stopped", PR = "processing", RE = "idle" }
""")
    assert understand(driver, {"state": said}, None, 0.0).state == state


LEVELS = """
[read.s]
ask = "?"
read_only = "p. 1"
fields = ["left", "most"]
[inputs.tray_1]
from = "left"
unit = "sheets"
"""


@pytest.mark.parametrize(
    ("more", "left", "most", "level"),
    [
        ("capacity = 200", "50", "0", Level(Unit.SHEETS, 200, 50, 25.0, Quality.EXACT, RawLevel(50, 200))),
        ('capacity = "most"', "50", "100", Level(Unit.SHEETS, 100, 50, 50.0, Quality.EXACT, RawLevel(50, 100))),
        ('capacity = "most"', "50", "0000", Level(Unit.SHEETS, None, 50, None, Quality.EXACT, RawLevel(50, 0))),
        ('capacity = "most"', "50", "?", Level(Unit.SHEETS, None, 50, None, Quality.EXACT, RawLevel(50, None))),
        ("capacity = 40", "50", "", Level(Unit.SHEETS, 40, 50, None, Quality.EXACT, RawLevel(50, 40))),
        ("capacity = 200", "?", "", Level(Unit.SHEETS, 200, None, None, Quality.UNKNOWN, RawLevel(None, 200))),
        ("capacity = 200", "-1", "", Level(Unit.SHEETS, 200, None, None, Quality.UNKNOWN, RawLevel(-1, 200))),
        ("", "50", "", Level(Unit.SHEETS, None, 50, None, Quality.EXACT, RawLevel(50, None))),
        ('capacity = 80\ntells = "used"', "20", "", Level(Unit.SHEETS, 80, 60, 75.0, Quality.EXACT, RawLevel(20, 80))),
        ('tells = "used"', "50", "", Level(Unit.SHEETS, None, None, None, Quality.UNKNOWN, RawLevel(50, None))),
    ],
)  # fmt: skip
def test_a_level_is_honest(more: str, left: str, most: str, level: Level) -> None:
    """A percentage only where level and capacity are known and fit together; what the machine said stays beside it."""
    report = understand(line(LEVELS + more), {"left": left, "most": most}, None, 0.0)
    assert [(each.part, each.level) for each in report.inputs] == [("tray-1", level)]


def test_a_percentage_is_its_own_level() -> None:
    """With unit percent the whole is 100."""
    driver = line(LEVELS.replace("sheets", "percent"))
    (tray,) = understand(driver, {"left": "55.4"}, None, 0.0).inputs
    assert (tray.level.percent, tray.level.level, tray.level.capacity) == (55.4, 55, 100)


def test_a_unit_that_no_frame_can_hold_is_told() -> None:
    """Before anything is sent, with the driver and the exchange."""
    driver = line("""
[line]
request_framing = { kind = "fixed", length = 3, start = "<STX>" }
[read]
s = { ask = "{unit}S", read_only = "p. 1", reply = '(?P<s>.)' }
""")
    assert asks(driver, "5")
    with pytest.raises(DriverError, match=r"driver acme: read\.s: 15S cannot be one fixed frame"):
        asks(driver, "15")


def test_rubbish_where_faults_are_told_is_a_fault() -> None:
    """A word of bits that is no number does not say that nothing is wrong; a state, a count or a name it is not."""
    definition = line(
        """
[read]
s = { ask = "?", read_only = "p. 1", reply = '(?P<flags>[^,]*),(?P<state>.*),(?P<count>.*),(?P<id>.*)' }
[values]
flags = { base = 16 }
state = { base = 16 }
count = { base = 8 }
id = { base = 10 }
[state]
codes = { 1 = "idle" }
otherwise = "processing"
[faults.flags.bits]
0x1 = { reason = "media-jam" }
[counters]
count = {}
[identity]
serial = "id"
"""
    )
    report = understand(definition, {"flags": "zz", "state": "zz", "count": "89", "id": "12x"}, None, 0.0)
    assert [(fault.reason, fault.codes) for fault in report.faults] == [("other", ("zz",))]
    assert (report.state, report.counters, report.identity.serial) == (State.UNKNOWN, (), None)
    assert not understand(definition, {"flags": "", "state": "1"}, None, 0.0).faults
