"""The laminator's serial port, as its manual describes it."""

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.speakers.lapis import Lapis


@pytest.fixture
def machine() -> Machine:
    """A laminator of this model."""
    return Machine(load_sheet("lapis_laminator"))


def ask(speaker: Lapis, request: bytes, now: float = 0.0) -> list[bytes]:
    return [delivery.octets for delivery in speaker.hear(request, now)]


def test_the_manual_s_example(machine: Machine) -> None:
    """ESC T 175 CR is acknowledged with CR, ESC T CR reads 175 CR; LF is ignored."""
    speaker = Lapis(machine)
    assert ask(speaker, b"\x1bT160\r") == [b"\r"]
    assert ask(speaker, b"\x1bT\r") == [b"160\r"]
    assert ask(speaker, b"\x1bT175\r\n\x1bT\n\r\n") == [b"\r", b"175\r"]


@pytest.mark.parametrize(
    "request_", [b"T\r", b"\x1b\r", b"\x1bX\r", b"\x1bTabc\r", b"\x1bT1234\r", b"\x1bT" + b"1" * 40 + b"\r", b"\r\r"]
)
def test_what_it_does_not_know_it_does_not_answer(machine: Machine, request_: bytes) -> None:
    """Without ESC, of another letter, with other data: silence, and the setting is what it was."""
    speaker = Lapis(machine)
    assert ask(speaker, request_) == []
    assert ask(speaker, b"\x1bT\r") == [b"175\r"]


def test_an_escape_begins_anew(machine: Machine) -> None:
    """Half a sequence before the next one is forgotten."""
    assert ask(Lapis(machine), b"\x1bT1\x1bT\r") == [b"175\r"]


def test_it_says_nothing_of_what_stops_it(machine: Machine) -> None:
    """Every fault of the sheet stops it and leaves the answer as it was: such stops are found by counting only."""
    speaker = Lapis(machine)
    for fault in machine.sheet.faults.values():
        assert fault.stops
        assert not fault.says
        machine.obey(Command(Do.RAISE, fault=fault.name), machine.now)
        assert ask(speaker, b"\x1bT\r", machine.now) == [b"175\r"]


def test_it_thinks_before_it_answers(machine: Machine) -> None:
    """As long as the sheet says."""
    (delivery,) = Lapis(machine).hear(b"\x1bT\r", 0.0)
    assert delivery.after_s == 0.02


def test_words_it_does_not_know_are_refused(machine: Machine) -> None:
    """A sheet with a misspelt word is not served."""
    interface = machine.sheet.speaks
    assert interface is not None
    interface.words["temprature"] = 3
    try:
        with pytest.raises(BadInput, match="temprature"):
            Lapis(machine)
    finally:
        del interface.words["temprature"]
    with pytest.raises(BadInput, match=r"no \[bytes\]"):
        Lapis(Machine(load_sheet("laminator")))
