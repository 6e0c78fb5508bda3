"""The slip printer's status octets, as Epson's manuals have them; the sheet is read here beside the loader."""

import tomllib

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.speakers.escpos import EscPos

SHEET = tomllib.loads((MACHINES / "escpos_slip_printer.toml").read_text(encoding="utf-8"))
# What DLE EOT 1 to 5 say while all is well and no slip is in it, and what each fault makes of it
IDLE = bytes.fromhex("12 12 12 12 7a")
SAID = {
    "waiting-for-slip": "12 12 12 12 7a",
    "cover-open": "1a 16 12 12 12",
    "feed-button": "12 1a 12 12 7a",
    "roll-low": "12 12 12 1e 7a",
    "roll-empty": "1a 32 12 7e 12",
    "slip-jam": "1a 52 16 12 12",
    "cutter": "1a 52 1a 12 12",
    "hardware": "1a 52 32 12 12",
    "head-hot": "1a 52 52 12 12",
    "ribbon-worn": "12 12 12 12 7a",
}


@pytest.fixture
def machine() -> Machine:
    """A slip printer of this model, idle."""
    return Machine(load_sheet("escpos_slip_printer"))


def ask(speaker: EscPos, request: bytes, now: float = 1.0) -> bytes:
    return b"".join(delivery.octets for delivery in speaker.hear(request, now))


def questions(*numbers: int) -> bytes:
    return b"".join(bytes([0x10, 0x04, n]) for n in numbers)


def test_every_fault_of_the_sheet_is_tried_here() -> None:
    """A new row joins the table above."""
    assert SAID.keys() == SHEET["faults"].keys()


@pytest.mark.parametrize("fault", SAID)
def test_each_fault_sets_its_bits_and_no_others(machine: Machine, fault: str) -> None:
    """One octet to each question; the fixed bits always stand; when the fault goes, so do its bits."""
    speaker = EscPos(machine)
    assert ask(speaker, questions(1, 2, 3, 4, 5)) == IDLE
    machine.obey(Command(Do.RAISE, fault=fault), 2.0)
    answer = ask(speaker, questions(1, 2, 3, 4, 5), 2.0)
    assert answer == bytes.fromhex(SAID[fault])
    assert all(octet & 0x93 == 0x12 for octet in answer)
    machine.obey(Command(Do.CLEAR), 3.0)
    assert ask(speaker, questions(1, 2, 3, 4, 5), 3.0) == IDLE


def test_questions_nobody_knows_are_not_answered(machine: Machine) -> None:
    """n = 0, 6 and 255, recovery commands, text: silence, and the next question is answered."""
    speaker = EscPos(machine)
    assert ask(speaker, questions(0, 6, 255) + b"\x10\x05\x01\x10\x05\x02Passport\n" + b"\x10\x10\x04\x01") == b"\x12"


def test_real_time_goes_before_what_waits(machine: Machine) -> None:
    """GS r waits while the cover is open and is answered once it is closed; DLE EOT is answered meanwhile."""
    machine.obey(Command(Do.LEVEL, store="ROLL", left=20), 0.5)
    machine.obey(Command(Do.RAISE, fault="cover-open"), 1.0)
    speaker = EscPos(machine)
    assert ask(speaker, b"\x1dr\x01" + questions(2)) == b"\x16"
    assert ask(speaker, b"", 2.0) == b""
    machine.obey(Command(Do.CLEAR), 3.0)
    assert ask(speaker, b"", 3.0) == b"\x03"


def test_automatic_status_is_sent_at_once_and_on_every_change(machine: Machine) -> None:
    """GS a 14: four octets now, nothing while nothing changes, four when a cover opens; GS a 0 ends it."""
    speaker = EscPos(machine)
    assert ask(speaker, b"\x1da\x0e", 1.0) == bytes.fromhex("10 00 00 00")
    assert ask(speaker, b"", 2.0) == b""
    machine.obey(Command(Do.RAISE, fault="cover-open"), 3.0)
    assert ask(speaker, b"", 3.0) == bytes.fromhex("38 00 00 00")
    machine.obey(Command(Do.CLEAR), 4.0)
    machine.obey(Command(Do.RAISE, fault="roll-low"), 4.0)
    assert ask(speaker, b"", 4.0) == bytes.fromhex("10 00 03 00")
    assert ask(speaker, b"\x1da\x00", 5.0) == b""
    machine.obey(Command(Do.RAISE, fault="cover-open"), 6.0)
    assert ask(speaker, b"", 6.0) == b""


def test_only_what_is_watched_makes_it_speak(machine: Machine) -> None:
    """GS a 8 watches the roll: an open cover is no reason to speak, a roll near its end is."""
    speaker = EscPos(machine)
    ask(speaker, b"\x1da\x08", 1.0)
    machine.obey(Command(Do.RAISE, fault="feed-button"), 2.0)
    assert ask(speaker, b"", 2.0) == b""
    machine.obey(Command(Do.LEVEL, store="ROLL", left=20), 3.0)
    assert ask(speaker, b"", 3.0) == bytes.fromhex("10 00 03 00")


def test_while_it_prints_the_slip_is_in_it(machine: Machine) -> None:
    """Working: no waiting for a slip, both sensors see one; afterwards it waits again."""
    speaker = EscPos(machine)
    machine.obey(Command(Do.PRODUCE, documents=1), 1.0)
    assert ask(speaker, questions(5), 2.0) == b"\x12"
    assert ask(speaker, questions(5), 20.0) == b"\x7a"
