"""What a machine has made: a count that starts at the device's own, never goes back and credits nothing unseen."""

from dataclasses import replace

import pytest

from fleetmon.assess import fleet
from fleetmon.model.report import Counter, Report
from fleetmon.model.words import State, Unit

from .timeline import COVER, IDLE, LAMINATOR, PRINTER, Machine, at, count, counting

WRAP = 1 << 32


def totals(machine: Machine, *heard: tuple[float, Report]) -> list[int]:
    """The total after each report."""
    found = []
    for second, report in heard:
        known = machine.says(second, report)
        assert known.produced is not None
        found.append(known.produced.total)
    return found


def test_the_count_starts_at_the_device_s_value() -> None:
    """First sight at 0 s with 1000: that is the total; at 5 s three more are made."""
    assert totals(Machine(), (0, count(1000)), (5, count(1003)), (10, count(1003))) == [1000, 1003, 1003]


def test_nothing_is_counted_before_a_counter_is_told() -> None:
    """A machine without counters has no total, not 0; a poll without a counter leaves the total as it was."""
    machine = Machine()
    assert machine.says(0, IDLE).produced is None
    assert totals(machine, (5, count(10)), (10, IDLE), (15, count(12))) == [10, 10, 12]


def test_progress_made_in_silence_is_credited() -> None:
    """Silent from 5 s on, lost at 65 s; at 300 s the counter stands 40 further: 40 more were made."""
    machine = Machine()
    machine.says(0, count(100))
    for second in (5, 10, 65):
        machine.keeps_silent(second)
    assert totals(machine, (300, count(140))) == [140]


def test_a_counter_that_goes_back_is_a_reset_without_credit() -> None:
    """At 10 s the counter falls from 105 to 0: the total stays; what is made from then on counts."""
    assert totals(Machine(), (0, count(100)), (5, count(105)), (10, count(0)), (15, count(2)), (20, count(120))) == [
        100,
        105,
        105,
        107,
        225,
    ]


def test_a_counter_that_shows_zero_while_the_machine_starts_credits_nothing_on_its_return() -> None:
    """At 10 s and 15 s a starting machine shows 0, at 20 s its old count and two more: two were made, not 50 002."""
    heard = [(0, count(50_000)), (10, count(0)), (15, count(0)), (20, count(50_002)), (25, count(50_003))]
    assert totals(Machine(), *heard) == [50_000, 50_000, 50_000, 50_002, 50_003]


def test_two_falls_in_a_row_still_know_the_count_before_them() -> None:
    """50 000, 40, 0, 50 001: the highest count before the falls is what the return is measured from."""
    heard = [(0, count(50_000)), (5, count(40)), (10, count(0)), (15, count(50_001))]
    assert totals(Machine(), *heard) == [50_000, 50_000, 50_000, 50_001]


def test_a_leap_that_no_machine_can_make_is_not_credited() -> None:
    """From 1000 to four thousand millions in 5 s: nothing of that was made; what follows counts from there."""
    heard = [(0, count(1_000)), (5, count(4_000_000_000)), (10, count(4_000_000_002))]
    assert totals(Machine(), *heard) == [1_000, 1_000, 1_002]


def test_a_day_s_work_in_silence_and_lengths_are_credited_whole() -> None:
    """A hundred thousand pieces since it was last heard may be true, and a length may leap as far as it likes."""
    assert totals(Machine(), (0, count(0)), (86_400, count(900_000))) == [0, 900_000]
    lengths = [count(total, unit=Unit.MICROMETERS) for total in (0, 2_000_000_000)]
    assert totals(Machine(), (0, lengths[0]), (5, lengths[1])) == [0, 2_000_000_000]


def test_a_counter_of_32_bits_may_wrap_while_uptime_goes_on() -> None:
    """At 5 s the counter passes 2^32: ten were made, since the machine has not restarted."""
    machine = Machine()
    heard = [(0, count(WRAP - 4, uptime_s=900)), (5, count(6, uptime_s=905)), (10, count(8, uptime_s=910))]
    assert totals(machine, *heard) == [WRAP - 4, WRAP + 6, WRAP + 8]


@pytest.mark.parametrize("uptime_s", [None, 0.0, 3.0, 899.0])
def test_a_fall_near_2_to_the_32_is_a_reset_if_uptime_did_not_go_on(uptime_s: float | None) -> None:
    """The same fall after a restart, or from a machine that tells no uptime, credits nothing."""
    heard = [(0, count(WRAP - 4, uptime_s=900)), (5, count(6, uptime_s=uptime_s))]
    assert totals(Machine(), *heard) == [WRAP - 4, WRAP - 4]


def test_a_machine_that_restarted_long_ago_has_not_gone_on() -> None:
    """Up 900 s at 0 s, silent, up 1000 s at 2000 s: it restarted meanwhile, so the fall was a reset."""
    heard = [(0, count(WRAP - 4, uptime_s=900)), (2000, count(6, uptime_s=1000))]
    assert totals(Machine(), *heard) == [WRAP - 4, WRAP - 4]


def test_a_late_answer_is_no_restart() -> None:
    """The uptime was read up to half a minute before the observation was stamped; it still went on."""
    heard = [(0, count(WRAP - 4, uptime_s=900)), (33, count(6, uptime_s=904))]
    assert totals(Machine(), *heard) == [WRAP - 4, WRAP + 6]


def test_a_fall_from_the_middle_is_never_a_wrap() -> None:
    """Only a counter within reach of 2^32 can have passed it."""
    heard = [(0, count(WRAP // 2, uptime_s=900)), (5, count(6, uptime_s=905))]
    assert totals(Machine(), *heard) == [WRAP // 2, WRAP // 2]


@pytest.mark.parametrize("counter", [7, 900_000])
def test_another_serial_number_is_another_machine(counter: int) -> None:
    """At 5 s serial B answers with a lower or a higher count: new baseline, no credit, and its faults begin now."""
    machine = Machine()
    machine.says(0, replace(count(500, "A"), faults=(COVER,)))
    before, known = machine.known, machine.says(5, replace(count(counter, "B"), faults=(COVER,)))
    assert known.produced is not None
    assert (known.produced.total, fleet.progress(before.produced, known.produced)) == (counter, 0)
    assert known.faults[0].since == at(5)
    assert fleet.replaced(before, known) == ("A", "B")


def test_a_machine_that_does_not_tell_its_serial_for_a_while_is_the_same() -> None:
    """A, nothing, A: one machine. A, nothing, B: exchanged, though nobody told A and B in two polls running."""
    machine = Machine()
    assert totals(machine, (0, count(5, "A")), (5, count(6)), (10, count(7, "A"))) == [5, 6, 7]
    machine.says(15, count(8))
    before = machine.known
    assert fleet.replaced(before, machine.says(20, count(1000, "B"))) == ("A", "B")
    assert totals(machine, (25, count(1001, "B"))) == [1001]


def test_a_machine_exchanged_while_the_daemon_was_down_is_noticed() -> None:
    """Serial A before the restart, B after it, with a higher count: no credit."""
    machine = Machine()
    machine.says(0, count(500, "A"))
    before = machine.resumes()
    known = machine.says(600, count(900_000, "B"))
    assert fleet.replaced(before, known) == ("A", "B")
    assert fleet.progress(before.produced, known.produced) == 0


def test_documents_are_counts_divided_as_the_settings_say() -> None:
    """Two impressions a document: 1001 impressions are 500 documents, and the odd one waits for its second side."""
    machine = Machine(counting(PRINTER, "main", per_document=2))
    told = []
    for second, total in ((0, 1000), (5, 1001), (10, 1002), (15, 1005)):
        known = machine.says(second, count(total))
        assert known.produced is not None
        told.append(known.produced.published)
    assert told == [(documents, Unit.DOCUMENTS) for documents in (500, 500, 501, 502)]


def test_a_counter_without_such_settings_is_published_as_it_is() -> None:
    """Labels stay labels; a counter without a unit has none."""
    for unit in (Unit.LABELS, None):
        known = Machine().says(0, count(12, unit=unit))
        assert known.produced is not None
        assert known.produced.published == (12, unit)


def two(first: int, second: int) -> Report:
    """A report with two life counts."""
    counters = (Counter(1, first, Unit.IMPRESSIONS), Counter(2, second, Unit.IMPRESSIONS))
    return Report(state=State.PROCESSING, counters=counters)


def test_several_markers_are_never_summed() -> None:
    """Without a choice the first marker counts; with one, the chosen one."""
    assert totals(Machine(), (0, two(10, 70)), (5, two(11, 75))) == [10, 11]
    assert totals(Machine(counting(PRINTER, "main", marker=2)), (0, two(10, 70)), (5, two(11, 75))) == [70, 75]


def test_a_chosen_marker_that_is_missing_is_not_replaced_by_another() -> None:
    """Marker 2 is chosen and absent at 0 s: no total; absent again at 10 s: the total stays."""
    machine = Machine(counting(PRINTER, "main", marker=2))
    assert machine.says(0, count(10)).produced is None
    assert totals(machine, (5, two(10, 70)), (10, count(900)), (15, two(12, 73))) == [70, 70, 73]


def test_another_marker_is_not_mistaken_for_progress() -> None:
    """Nobody chose: marker 1 is followed also where 2 is told first; when only 2 is left, it goes on from there."""
    turned = replace(two(0, 0), counters=(Counter(2, 900, Unit.IMPRESSIONS), Counter(1, 11, Unit.IMPRESSIONS)))
    heard = [(0, two(10, 70)), (5, turned), (10, count(905, marker=2)), (15, count(907, marker=2))]
    assert totals(Machine(), *heard) == [10, 11, 11, 13]


def test_a_unit_that_is_not_told_once_is_still_the_same() -> None:
    """Impressions, no unit, impressions: one count, and its unit is known throughout."""
    machine = Machine()
    assert totals(machine, (0, count(10)), (5, count(11, unit=None)), (10, count(12))) == [10, 11, 12]
    machine.says(15, count(13, unit=None))
    assert machine.known.produced is not None
    assert machine.known.produced.unit is Unit.IMPRESSIONS


def test_another_unit_is_another_count() -> None:
    """Impressions become sheets at 5 s: a new baseline without credit, for nobody can add the two."""
    machine = Machine()
    before = machine.says(0, count(10))
    known = machine.says(5, count(900, unit=Unit.SHEETS))
    assert known.produced is not None
    assert known.produced.published == (900, Unit.SHEETS)
    assert fleet.progress(before.produced, known.produced) == 0


def test_the_source_that_the_settings_mark_counts() -> None:
    """The main source counts unless another has a counter in its settings, be it only documents' size."""
    for plan, total in ((LAMINATOR, 10), (counting(LAMINATOR, "tower", marker=1), 900)):
        machine = Machine(plan)
        machine.says(0, count(10), "heater")
        known = machine.says(1, count(900), "tower")
        assert known.produced is not None
        assert known.produced.total == total
    machine = Machine(counting(LAMINATOR, "tower", per_document=2))
    machine.says(0, count(10), "heater")
    known = machine.says(1, count(900), "tower")
    assert known.produced is not None
    assert known.produced.published == (450, Unit.DOCUMENTS)


@pytest.mark.parametrize(
    "today",
    [counting(LAMINATOR, "tower", marker=1), counting(LAMINATOR, "heater", marker=2)],
    ids=["another source", "another marker"],
)
def test_settings_that_name_another_counter_credit_nothing(today: object) -> None:
    """After a restart another source or marker counts, and shows 900: a new baseline, not 890 documents in a minute."""
    machine = Machine(LAMINATOR)
    machine.says(0, two(10, 900), "heater")
    machine.says(0, two(900, 0), "tower")
    before = machine.resumes(today)  # type: ignore[arg-type]
    name = "tower" if today is not None and machine.plan.sources[1].counter.marker else "heater"
    known = machine.says(60, two(900, 900), name)
    assert known.produced is not None
    assert (known.produced.total, fleet.progress(before.produced, known.produced)) == (900, 0)


def test_settings_that_say_another_size_of_a_document_credit_nothing() -> None:
    """One impression a document becomes two after a restart: the count goes on, the total is told in the new size."""
    machine = Machine(counting(PRINTER, "main", per_document=1))
    machine.says(0, count(100))
    before = machine.resumes(counting(PRINTER, "main", per_document=2))
    known = machine.says(60, count(104))
    assert known.produced is not None
    assert known.produced.published == (52, Unit.DOCUMENTS)
    assert fleet.progress(before.produced, known.produced) == 2
