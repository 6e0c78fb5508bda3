"""Counters that do not say what was made: batches, resets, wraps, a counter that stands."""

import pytest
from fleetmon.simulators.model.commands import NEVER, Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp.tables import LiveTables

SHEET = load_sheet("passport_printer")
LIFE = (1, 3, 6, 1, 2, 1, 43, 10, 2, 1, 4, 1, 1)


@pytest.fixture
def printer() -> Machine:
    """A printer of 24 s a booklet, two impressions each, with work without end and nobody tired."""
    return Machine(SHEET, backlog=NEVER)


def _life(machine: Machine, now: float) -> int:
    rows = LiveTables(machine).rows(now)
    assert rows is not None
    value = dict(rows)[LIFE]
    assert isinstance(value.content, int)
    return value.content


def test_a_counter_moves_per_batch(printer: Machine) -> None:
    """In batches of five it shows nothing for four booklets, then five at once."""
    printer.obey(Command(Do.BATCH_COUNTER, documents=5), 0)
    seen = []
    for number in range(1, 12):
        printer.step(24 * number + 1)
        seen.append(printer.documents)
    assert seen == [0, 0, 0, 0, 5, 5, 5, 5, 5, 10, 10]
    assert printer.made == 11


def test_a_counter_stands_while_booklets_come_out(printer: Machine) -> None:
    """Stuck, it stays; freed, it goes on from where it stood, and what was missed is never counted."""
    printer.obey(Command(Do.STICK_COUNTER), 24 * 3 + 1)
    printer.obey(Command(Do.UNSTICK_COUNTER), 24 * 10 + 1)
    assert (printer.documents, printer.made) == (3, 10)
    printer.step(24 * 11 + 1)
    assert (printer.documents, printer.made) == (4, 11)


def test_a_counter_is_reset(printer: Machine) -> None:
    """After a reset the life count on the wire begins at nought."""
    assert _life(printer, 49) == SHEET.markers[0].life + 4
    printer.obey(Command(Do.RESET_COUNTER), 49)
    assert _life(printer, 50) == 0
    assert _life(printer, 73) == 2
    assert printer.documents_since_boot == 1


def test_a_counter_wraps_after_32_bits(printer: Machine) -> None:
    """Three booklets before its end the life count stands at 2^32 - 6; with the third it is nought again."""
    printer.obey(Command(Do.WRAP_COUNTER, documents=3), 25)
    assert _life(printer, 25) == 2**32 - 6
    assert _life(printer, 49) == 2**32 - 4
    assert _life(printer, 73) == 2**32 - 2
    assert _life(printer, 97) == 0
    assert _life(printer, 121) == 2


def test_another_machine_is_another_serial_with_nothing_made(printer: Machine) -> None:
    """Replaced, it says another serial, full stores and a life count of nought, after it has started."""
    printer.obey(Command(Do.RAISE, fault="booklet-jam"), 49)
    printer.obey(Command(Do.REPLACE), 50)
    assert not printer.answers
    assert _life(printer, 57) == 0
    assert printer.serial != SHEET.serial
    assert not printer.faults
    assert all(printer.left(store.name) == store.capacity for store in SHEET.stores.values())


def test_a_stalled_machine_is_busy_without_progress(printer: Machine) -> None:
    """Its mechanics stand, its agent is fine: it says it works, and nothing comes out until it goes on."""
    printer.obey(Command(Do.STALL), 30)
    made = printer.documents
    printer.step(3000)
    assert (printer.documents, printer.activity) == (made, "working")
    printer.obey(Command(Do.GO), 3000)
    printer.step(3025)
    assert printer.documents == made + 1


def test_cleaning_is_said_where_the_machine_can(printer: Machine) -> None:
    """While it cleans itself it makes nothing, and its own row for that stands and goes."""
    printer.obey(Command(Do.CLEAN, seconds=200), 30)
    assert "head-cleaning" in [fault.name for fault in printer.faults]
    printer.step(231)
    assert "head-cleaning" not in [fault.name for fault in printer.faults]
    assert printer.documents == 1


def test_an_unplugged_machine_answers_nothing(printer: Machine) -> None:
    """Off for a minute: no answer, no progress; plugged in again it boots, and its uptime is small."""
    printer.obey(Command(Do.OFF, seconds=60), 30)
    assert LiveTables(printer).rows(80) is None
    printer.step(97)
    assert printer.answers
    assert printer.uptime == 7
    assert printer.documents_since_boot == 0
