"""Faults stand from when they were first heard until they are heard no more, each by itself."""

from dataclasses import replace

from fleetmon.model.report import Fault, Report
from fleetmon.model.words import Severity, State

from .timeline import COVER, EPOCH, FILM_LOW, IDLE, JAM, JAMMED, Machine, at


def onsets(machine: Machine) -> dict[str, float]:
    """When each fault began, in seconds of the story."""
    return {standing.fault.reason: standing.since.utc - EPOCH for standing in machine.known.faults}


def test_three_faults_stand_at_once_and_clear_one_by_one() -> None:
    """Cover at 5 s, film low at 10 s, jam at 15 s; the cover is closed by 20 s: the other two keep their onset."""
    machine = Machine()
    machine.says(0, IDLE)
    machine.says(5, Report(state=State.STOPPED, faults=(COVER,)))
    machine.says(10, Report(state=State.STOPPED, faults=(COVER, FILM_LOW)))
    machine.says(15, Report(state=State.STOPPED, faults=(JAM, COVER, FILM_LOW)))
    assert onsets(machine) == {"cover-open": 5, "laminator-supply-low": 10, "media-jam": 15}
    machine.says(20, Report(state=State.STOPPED, faults=(FILM_LOW, JAM)))
    assert onsets(machine) == {"laminator-supply-low": 10, "media-jam": 15}
    machine.says(25, Report(state=State.IDLE, faults=(FILM_LOW,)))
    assert onsets(machine) == {"laminator-supply-low": 10}


def test_a_fault_keeps_its_onset_through_silence() -> None:
    """Jammed at 0 s, lost at 65 s, still jammed when it answers at 300 s: the jam began at 0 s."""
    machine = Machine()
    machine.says(0, JAMMED)
    for second in (5, 10, 65):
        machine.keeps_silent(second)
    machine.says(300, JAMMED)
    assert onsets(machine) == {"media-jam": 0}


def test_a_fault_that_went_and_came_back_is_a_new_one() -> None:
    """Jammed at 0 s, well at 5 s, jammed at 10 s: this jam began at 10 s."""
    machine = Machine()
    for second, report in ((0, JAMMED), (5, IDLE), (10, JAMMED)):
        machine.says(second, report)
    assert onsets(machine) == {"media-jam": 10}


def test_the_latest_word_of_a_standing_fault_counts() -> None:
    """From 0 s to 5 s codes, text and severity of the jam change: it is the same fault with today's words."""
    machine = Machine()
    machine.says(0, JAMMED)
    now = replace(JAM, codes=("8", "jammed"), text="Jam in rear", severity=Severity.WARNING)
    standing = machine.says(5, Report(state=State.STOPPED, faults=(now,))).faults[0]
    assert (standing.fault, standing.since) == (now, at(0))


def test_two_trays_are_two_faults() -> None:
    """The same reason at another part is another fault, with an onset of its own."""
    machine = Machine()
    first, second = (Fault("media-empty", Severity.ERROR, part=part) for part in ("input-1", "input-2"))
    machine.says(0, Report(faults=(first,)))
    known = machine.says(5, Report(faults=(first, second)))
    assert [(standing.fault.part, standing.since) for standing in known.faults] == [
        ("input-1", at(0)),
        ("input-2", at(5)),
    ]


def test_the_machine_s_own_word_on_the_onset_is_kept() -> None:
    """At 100 s the machine says the jam is 40 s old: ours is 100 s, its own 60 s, and later ages do not move it."""
    machine = Machine()
    machine.says(95, IDLE)
    for second, age_s in ((100, 40.0), (105, 45.2), (110, 49.9)):
        known = machine.says(second, Report(state=State.STOPPED, faults=(replace(JAM, age_s=age_s),)))
        assert [(standing.since, standing.device_since) for standing in known.faults] == [(at(100), EPOCH + 60)], second


def test_a_word_on_the_onset_that_comes_later_is_taken() -> None:
    """At 0 s no age is told, at 60 s the slow poll brings one: from then on the machine's own onset is known."""
    machine = Machine()
    assert machine.says(0, JAMMED).faults[0].device_since is None
    known = machine.says(60, Report(state=State.STOPPED, faults=(replace(JAM, age_s=62.0),)))
    assert known.faults[0].device_since == EPOCH - 2


def test_a_report_that_says_one_thing_twice_has_one_fault() -> None:
    """Of two words on the same reason and part the worse one counts, whichever comes first."""
    mild = replace(JAM, severity=Severity.REPORT, codes=("mild",))
    for faults in ((mild, JAM), (JAM, mild)):
        known = Machine().says(0, Report(faults=faults))
        assert [standing.fault for standing in known.faults] == [JAM]
