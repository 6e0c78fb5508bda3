"""A Zebra label printer's answers, field by field, against the guide's tables typed in a second time."""

from dataclasses import replace

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.interfaces import Line, Parity
from fleetmon.simulators.sheets.parts import Sheet
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.speakers.zpl import Zpl

HEALTHY = b"\x02030,0,0,0812,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
# fault: (errors, warnings, fields of ~HS that become 1 as (string, field), whether ~HS stays mute)
TOLD: dict[str, tuple[int, int, list[tuple[int, int]], bool]] = {
    "media-out": (0x00000001, 0, [(0, 1)], True),
    "ribbon-out": (0x00000002, 0, [(1, 3)], True),
    "head-open": (0x00000004, 0, [(1, 2)], True),
    "cutter-fault": (0x00000008, 0, [], False),
    "head-too-hot": (0x00000010, 0, [(0, 11)], True),
    "motor-too-hot": (0x00000020, 0, [], False),
    "head-element-bad": (0x00000040, 0, [], False),
    "head-not-detected": (0x00000080, 0, [], False),
    "firmware-invalid": (0x00000100, 0, [], False),
    "head-thermistor-open": (0x00000200, 0, [], False),
    "feed-error": (0x00004000, 0, [], False),
    "path-not-cleared": (0x00008000, 0, [], False),
    "paused": (0x00010000, 0, [(0, 2)], False),
    "head-too-cold": (0, 0, [(0, 10)], False),
    "memory-lost": (0, 0, [(0, 9)], False),
    "calibrate-media": (0, 0x01, [], False),
    "clean-head": (0, 0x02, [], False),
    "replace-head": (0, 0x04, [], False),
    "media-near-end": (0, 0x08, [], False),
}


@pytest.fixture
def sheet() -> Sheet:
    """The label printer's."""
    return load_sheet("zebra_label_printer")


def frank(sheet: Sheet) -> Sheet:
    """The same printer, one that answers ~HS whatever stands."""
    assert sheet.speaks is not None
    return replace(sheet, speaks=replace(sheet.speaks, words=sheet.speaks.words | {"mute": 0}))


def ask(machine: Machine, request: bytes) -> bytes:
    return b"".join(delivery.octets for delivery in Zpl(machine).hear(request, machine.now))


def masks(machine: Machine) -> tuple[int, int]:
    """The third groups of ~HQES, after a look at the rest."""
    lines = ask(machine, b"~HQES").decode().split("\r\n")
    assert (lines[0], lines[1].strip(), lines[4]) == ("\x02", "PRINTER STATUS", "\x03")
    assert [len(line) for line in lines[1:4]] == [44, 44, 44]
    found = []
    for line, word in zip(lines[2:4], ("ERRORS:", "WARNINGS:"), strict=True):
        name, any_, high, mask = line.split()
        assert (name, any_, high) == (word, str(int(int(mask, 16) > 0)), "00000000")
        found.append(int(mask, 16))
    return found[0], found[1]


def strings(answer: bytes) -> list[list[str]]:
    """The fields of the three strings of ~HS."""
    frames = answer.decode().split("\r\n")
    assert frames.pop() == ""
    assert all((frame[0], frame[-1]) == ("\x02", "\x03") for frame in frames)
    return [frame[1:-1].split(",") for frame in frames]


def test_a_healthy_printer(sheet: Sheet) -> None:
    """Three strings, no flag, no mask."""
    machine = Machine(sheet)
    assert ask(machine, b"~HS") == HEALTHY
    assert masks(machine) == (0, 0)
    assert ask(machine, b"~HI") == b"\x02ZT410-200dpi,V75.19.15Z,8,4096KB\x03\r\n"


def test_every_fault_of_the_sheet_is_in_the_table(sheet: Sheet) -> None:
    """A fault nobody typed in twice would be checked by nobody."""
    assert list(sheet.faults) == list(TOLD)


@pytest.mark.parametrize("fault", TOLD)
def test_each_fault_shows_where_the_guide_says(sheet: Sheet, fault: str) -> None:
    """Its bit in ~HQES, its flag in ~HS, its silence; and nothing of it when it is over."""
    errors, warnings, flags, mute = TOLD[fault]
    machine = Machine(sheet)
    machine.obey(Command(Do.RAISE, fault=fault), 1.0)
    assert masks(machine) == (errors, warnings)
    assert (ask(machine, b"~HS") == b"") is mute
    assert (ask(machine, b'! U1 getvar "device.host_status"\r\n') == b"") is mute
    open_printer = Machine(frank(sheet))
    open_printer.obey(Command(Do.RAISE, fault=fault), 1.0)
    expected = strings(HEALTHY)
    for string, field in flags:
        expected[string][field] = "1"
    assert strings(ask(open_printer, b"~HS")) == expected
    machine.obey(Command(Do.CLEAR), 2.0)
    assert (masks(machine), ask(machine, b"~HS")) == ((0, 0), HEALTHY)


def test_two_faults_at_once_are_both_told(sheet: Sheet) -> None:
    """Masks are or-ed."""
    machine = Machine(sheet)
    for fault in ("cutter-fault", "paused", "clean-head", "media-near-end"):
        machine.obey(Command(Do.RAISE, fault=fault), 1.0)
    assert masks(machine) == (0x00010008, 0x0A)
    assert strings(ask(machine, b"~HS"))[0][2] == "1"


def test_it_runs_out_of_labels_by_itself(sheet: Sheet) -> None:
    """With work and nobody to refill: near the end, then mute; refilled, it speaks again."""
    stores = {name: replace(store, refill_after=0) for name, store in sheet.stores.items()}
    machine = Machine(replace(sheet, stores=stores), backlog=1000)
    machine.step(581 * 5)
    assert masks(machine) == (0, 0x08)
    assert strings(ask(machine, b"~HS"))[0][4] == "419"
    machine.step(700 * 5)
    assert masks(machine) == (0x01, 0)
    assert ask(machine, b"~HS") == b""
    machine.obey(Command(Do.REFILL, store="roll"), machine.now)
    assert strings(ask(machine, b"~HS"))[0][1] == "0"


def test_in_a_plant_the_labels_that_wait_there_are_told(sheet: Sheet) -> None:
    """Formats in the receive buffer: what stands in front of the machine, as far as three digits go."""

    class Place:
        waiting = 7

        def step(self, now: float) -> None:
            """Nothing moves."""

    machine, place = Machine(sheet), Place()
    machine.station = place  # type: ignore[assignment]
    assert strings(ask(machine, b"~HS"))[0][4] == "007"
    place.waiting = 12345
    assert strings(ask(machine, b"~HS"))[0][4] == "999"


def test_its_odometer_counts_what_it_made(sheet: Sheet) -> None:
    """812 dots at 203 dots an inch are 4 inches a label; whole inches, and whole centimetres of the same length."""
    machine = Machine(sheet, backlog=10)
    length = 25718 * 4
    assert f'TOTAL NONRESETTABLE:         {length} "    \r\n'.encode() in ask(machine, b"~HQOD")
    machine.step(60)
    assert machine.documents == 10
    answer = ask(machine, b"~HQOD").decode().split("\r\n")
    assert [len(line) for line in answer[1:5]] == [44] * 4
    assert [line.split()[-2] for line in answer[2:5]] == [str(length + 40)] * 3
    told = ask(machine, b'! U1 getvar "odometer.total_print_length"\r\n')
    assert told == f'"{length + 40} INCHES, {int((length + 40) * 2.54)} CENTIMETERS"'.encode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("device.friendly_name", "SIM-0007"),
        ("device.unique_id", "SIM-0007"),
        ("device.host_identification", "ZT410-200dpi,V75.19.15Z,8,4096KB"),
        ("device.uptime", "01 days 00 hours 02 mins 05 secs"),
        ("device.host_status", HEALTHY.decode().replace("\x02", "").replace("\x03", "").removesuffix("\r\n")),
        ("media.speed", "6.0"),
        ("head.latch", "ok"),
        ("sensor.cover_open", "no"),
        ("sensor.paper_supply", "ok"),
        ("head.resolution.in_dpi", "203"),
        ("no.such.name", "?"),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n", " "])
def test_settings_are_read(sheet: Sheet, name: str, value: str, end: str) -> None:
    """In quotes and without an end of line, however the question ends."""
    machine = Machine(sheet)
    machine.step(125)
    assert ask(machine, f'! U1 getvar "{name}"{end}'.encode()) == f'"{value}"'.encode()


def test_sensors_are_read_as_settings(sheet: Sheet) -> None:
    """An open head and an empty roll."""
    machine = Machine(sheet)
    machine.obey(Command(Do.RAISE, fault="head-open"), 1.0)
    machine.obey(Command(Do.RAISE, fault="media-out"), 1.0)
    names = ("head.latch", "sensor.cover_open", "sensor.paper_supply")
    assert [ask(machine, f'! U1 getvar "{name}"\n'.encode()) for name in names] == [b'"open"', b'"yes"', b'"out"']


@pytest.mark.parametrize(
    "request_",
    [b"~HX", b"~hs", b"~H S", b"^XA^FO50,50^FDlabel^FS^XZ",
     b'! U1 setvar "media.speed" "2"\r\n', b'! U1 do "device.reset" ""\r\n',
     b'! U1 getvar "x\r\ny"\r\n', b"~HQZZ", b'! U1 getvar "' + b"x" * 200 + b'"\r\n', b'! U1 getvar ""\r\n'],
)  # fmt: skip
def test_nothing_answers_print_data_or_unknown_commands(sheet: Sheet, request_: bytes) -> None:
    """And the next command is understood."""
    machine = Machine(sheet)
    assert ask(machine, request_) == b""
    assert ask(machine, request_ + b"~HI").startswith(b"\x02ZT410")


def test_status_is_told_in_the_middle_of_a_label(sheet: Sheet) -> None:
    """Commands with a tilde are obeyed at once."""
    assert ask(Machine(sheet), b"^XA^FO50,50^FD~HSlabel^FS^XZ") == HEALTHY


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        (Line(9600, 8, Parity.NONE, 1), 0b000011110),
        (Line(110, 7, Parity.ODD, 2), 0b000100000),
        (Line(19200, 7, Parity.EVEN, 1), 0b001110111),
        (Line(57600, 8, Parity.NONE, 1), 0b100011010),
    ],
)
def test_the_line_s_settings_are_in_the_first_field(sheet: Sheet, line: Line, settings: int) -> None:
    """Nine bits as a decimal number: a8 and a2-a0 the speed, a3 eight bits, a4 one stop bit, a5 parity, a6 even."""
    assert sheet.speaks is not None
    machine = Machine(replace(sheet, speaks=replace(sheet.speaks, line=line)))
    assert strings(ask(machine, b"~HS"))[0][0] == f"{settings:03}"


@pytest.mark.parametrize("says", [{"error": 1}, {"status": "z"}])
def test_a_fault_said_in_unknown_words_is_refused(sheet: Sheet, says: dict[str, int | str]) -> None:
    """With the fault's name, when the machine is made ready."""
    faults = sheet.faults | {"paused": replace(sheet.faults["paused"], says=says)}
    with pytest.raises(BadInput, match=r"faults\.paused\.says"):
        Zpl(Machine(replace(sheet, faults=faults)))
