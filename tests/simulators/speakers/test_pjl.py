"""The laser's PJL, as HP's manual and a real Brother's answer have it; the sheet is read here beside the loader."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.speakers.pjl import Pjl

SHEET = tomllib.loads((MACHINES / "pjl_laser.toml").read_text(encoding="utf-8"))
UEL = b"\x1b%-12345X"


@pytest.fixture
def machine() -> Machine:
    """A laser of this model, idle."""
    return Machine(load_sheet("pjl_laser"))


def ask(speaker: Pjl, *lines: str, now: float = 1.0) -> list[str]:
    """The answers to one PJL block, each without its form feed."""
    block = UEL + b"@PJL\r\n" + b"".join(f"{line}\r\n".encode() for line in lines) + UEL
    return heard(speaker, block, now)


def heard(speaker: Pjl, octets: bytes, now: float) -> list[str]:
    text = b"".join(delivery.octets for delivery in speaker.hear(octets, now)).decode()
    assert text == "" or text.endswith("\f")
    return text.split("\f")[:-1]


def status(code: int, display: str, on_line: bool, of: str = "INFO STATUS") -> str:
    return f'@PJL {of}\r\nCODE={code}\r\nDISPLAY="{display}"\r\nONLINE={"TRUE" if on_line else "FALSE"}\r\n'


def test_an_idle_printer_is_ready(machine: Machine) -> None:
    """The token comes back first, then the status, each with its form feed."""
    answers = ask(Pjl(machine), "@PJL ECHO fleet 17", "@PJL INFO STATUS")
    assert answers == ["@PJL ECHO fleet 17\r\n", status(10001, "Ready", True)]


@pytest.mark.parametrize("fault", SHEET["faults"])
def test_each_fault_is_said_with_its_code_and_text(machine: Machine, fault: str) -> None:
    """The numbers of the sheet's rows, which their sources name too; off-line whenever production stops."""
    row = SHEET["faults"][fault]
    cited = row["source"].replace("42xyy: ", "").replace("41xyy: ", "").partition(" ")[2]
    assert str(row["says"]["code"]) in cited
    machine.obey(Command(Do.RAISE, fault=fault), 1.0)
    expected = status(row["says"]["code"], row["text"], not row.get("stops", False))
    assert ask(Pjl(machine), "@PJL INFO STATUS") == [expected]


def test_of_two_faults_one_is_said(machine: Machine) -> None:
    """A warning hides behind what stops it; when that is cleared the warning shows."""
    machine.obey(Command(Do.RAISE, fault="toner-low"), 1.0)
    machine.obey(Command(Do.RAISE, fault="paper-jam"), 1.0)
    speaker = Pjl(machine)
    assert ask(speaker, "@PJL INFO STATUS") == [status(40022, "13 PAPER JAM", False)]
    machine.obey(Command(Do.CLEAR, fault="paper-jam"), 2.0)
    assert ask(speaker, "@PJL INFO STATUS", now=2.0) == [status(10006, "16 TONER LOW", True)]


def test_a_real_brother_answers_so(captures: Path) -> None:
    """Asleep, with one form feed behind both answers: the octets of the capture, and nothing else."""
    [exchange] = json.loads((captures / "visible" / "serial" / "pjl-brother-sleep.json").read_text())["exchanges"]
    sheet = load_sheet("pjl_laser")
    assert sheet.speaks is not None
    speaks = replace(sheet.speaks, words=sheet.speaks.words | {"joined": 1})
    machine = Machine(replace(sheet, speaks=speaks, markers=(replace(sheet.markers[0], life=16441),)))
    machine.obey(Command(Do.SLEEP), 1.0)
    block = UEL + b"@PJL\r\n@PJL INFO STATUS\r\n@PJL INFO PAGECOUNT\r\n" + UEL
    answer = b"".join(delivery.octets for delivery in Pjl(machine).hear(block, 1.0))
    assert answer.hex() == exchange["reply_hex"]


def test_identity_pages_and_what_nobody_knows(machine: Machine) -> None:
    """INFO ID in quotes, the page count with what was printed since, a question mark for an unknown category."""
    machine.obey(Command(Do.PRODUCE, documents=3), 1.0)
    answers = ask(
        Pjl(machine), "@pjl info id", "@PJL INFO PAGECOUNT", "@PJL INFO SHOESIZE", "@PJL INQUIRE COPIES", now=60
    )
    assert answers == [
        '@PJL INFO ID\r\n"SIM LASER 30"\r\n',
        "@PJL INFO PAGECOUNT\r\nPAGECOUNT=16003\r\n",
        '@PJL INFO SHOESIZE\r\n"?"\r\n',
        '@PJL INQUIRE COPIES\r\n"?"\r\n',
    ]


def test_outside_pjl_nothing_is_answered(machine: Machine) -> None:
    """Without the universal exit, in print data, after ENTER LANGUAGE: silence; the next exit leads back."""
    speaker = Pjl(machine)
    question = b"@PJL INFO ID\r\n"
    assert heard(speaker, question, 1.0) == []
    assert heard(speaker, UEL + b"%!PS\r\n" + question, 1.0) == []
    assert heard(speaker, UEL + b"@PJL ENTER LANGUAGE = PCL\r\n" + question + b"text" * 1000, 1.0) == []
    assert heard(speaker, UEL + question, 1.0) == ['@PJL INFO ID\r\n"SIM LASER 30"\r\n']


def test_it_takes_its_time_while_it_works(machine: Machine) -> None:
    """0.05 s idle, 1.25 s while it prints."""
    speaker = Pjl(machine)
    question = UEL + b"@PJL INFO ID\r\n"
    assert [delivery.after_s for delivery in speaker.hear(question, 1.0)] == [0.05]
    machine.obey(Command(Do.PRODUCE, documents=3), 2.0)
    assert [delivery.after_s for delivery in speaker.hear(question, 3.0)] == [1.25]


def test_device_changes_are_told_unasked_until_told_to_stop(machine: Machine) -> None:
    """USTATUS DEVICE = ON: one message for each change, none for none; USTATUSOFF ends it."""
    speaker = Pjl(machine)
    assert ask(speaker, "@PJL USTATUS DEVICE = ON", now=1.0) == []
    assert heard(speaker, b"", 2.0) == []
    machine.obey(Command(Do.RAISE, fault="cover-open"), 3.0)
    assert heard(speaker, b"", 3.0) == [status(40021, "12 PRINTER OPEN", False, "USTATUS DEVICE")]
    assert heard(speaker, b"", 4.0) == []
    machine.obey(Command(Do.CLEAR), 5.0)
    assert heard(speaker, b"", 5.0) == [status(10001, "Ready", True, "USTATUS DEVICE")]
    assert ask(speaker, "@PJL USTATUSOFF", now=6.0) == []
    machine.obey(Command(Do.RAISE, fault="cover-open"), 7.0)
    assert heard(speaker, b"", 7.0) == []


def test_timed_status_comes_at_its_interval(machine: Machine) -> None:
    """TIMED = 10 speaks at 11 s and 21 s; 3 is out of range and switches it off."""
    speaker: Pjl = Pjl(machine)
    ask(speaker, "@PJL USTATUS TIMED = 10", now=1.0)
    timed: Callable[[float], int] = lambda now: len(heard(speaker, b"", now))  # noqa: E731
    assert [timed(now) for now in (5.0, 10.9, 11.0, 12.0, 21.5, 22.0)] == [0, 0, 1, 0, 1, 0]
    ask(speaker, "@PJL USTATUS TIMED = 3", now=23.0)
    assert timed(60.0) == 0


def test_pages_are_told_one_by_one(machine: Machine) -> None:
    """USTATUS PAGE = ON: two documents made, two messages."""
    speaker = Pjl(machine)
    ask(speaker, "@PJL USTATUS PAGE = ON", now=1.0)
    machine.obey(Command(Do.PRODUCE, documents=2), 1.0)
    assert heard(speaker, b"", 30.0) == ["@PJL USTATUS PAGE\r\n1\r\n", "@PJL USTATUS PAGE\r\n2\r\n"]


def test_what_is_asked_for_is_listed(machine: Machine) -> None:
    """INFO USTATUS names each setting, its value and what it may be."""
    speaker = Pjl(machine)
    [listed] = ask(speaker, "@PJL USTATUS DEVICE = VERBOSE", "@PJL USTATUS TIMED = 30", "@PJL INFO USTATUS")
    assert "DEVICE=VERBOSE [3 ENUMERATED]\r\n\tOFF\r\n\tON\r\n\tVERBOSE\r\n" in listed
    assert listed.endswith("TIMED=30 [2 RANGE]\r\n\t5\r\n\t300\r\n")
