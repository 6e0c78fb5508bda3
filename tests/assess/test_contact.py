"""What we know of the line to a machine, and what stays of the machine when the line is lost."""

import pytest

from fleetmon.model.report import Identity, Input, Level, Report
from fleetmon.model.words import Contact, Silence, State

from .timeline import COVER, IDLE, JAM, JAMMED, LAMINATOR, Machine, at


def test_contact_is_awaited_until_something_is_heard() -> None:
    """Before 1 s a new machine is awaited and its state unknown; at 1 s it answers and is live."""
    machine = Machine()
    assert (machine.known.contact, machine.known.state, machine.known.heard_at) == (
        Contact.AWAITED,
        State.UNKNOWN,
        None,
    )
    known = machine.says(1, IDLE)
    assert (known.contact, known.state, known.heard_at) == (Contact.LIVE, State.IDLE, at(1))


def test_a_machine_that_falls_silent_is_stale_and_after_a_minute_lost() -> None:
    """At 0 s it answers, from 5 s on it is silent: stale at once, still so at 64 s, lost at 65 s."""
    machine = Machine()
    machine.says(0, IDLE)
    for second in (5, 10, 15, 30, 60, 64):
        known = machine.keeps_silent(second)
        assert (known.contact, known.state) == (Contact.STALE, State.IDLE), second
    known = machine.keeps_silent(65)
    assert (known.contact, known.state) == (Contact.LOST, State.UNKNOWN)


def test_a_minute_of_silence_needs_three_failures() -> None:
    """A machine asked once a minute fails at 60 s and 120 s and is only stale; the third failure, at 180 s, counts."""
    machine = Machine()
    machine.says(0, IDLE)
    assert machine.keeps_silent(60).contact is Contact.STALE
    assert machine.keeps_silent(120).contact is Contact.STALE
    assert machine.keeps_silent(180).contact is Contact.LOST


def test_a_machine_that_never_answered_is_awaited_and_then_lost() -> None:
    """Asked in vain from 0 s on, it is awaited until 59 s and lost at 60 s: it is not stale, for nothing is old."""
    machine = Machine()
    assert [machine.keeps_silent(second).contact for second in (0, 5, 59)] == [Contact.AWAITED] * 3
    assert machine.keeps_silent(60).contact is Contact.LOST


def test_one_answer_starts_the_minute_anew() -> None:
    """Failures at 5, 10 and 60 s, an answer at 62 s: the failures at 65 and 70 s are the first two again."""
    machine = Machine()
    machine.says(0, IDLE)
    for second in (5, 10, 60):
        machine.keeps_silent(second)
    assert machine.says(62, IDLE).contact is Contact.LIVE
    machine.keeps_silent(65)
    known = machine.keeps_silent(70)
    assert (known.contact, known.sources[0].failures) == (Contact.STALE, 2)


def test_what_was_known_stays_when_the_line_is_lost() -> None:
    """Lost at 65 s: the state counts as unknown, faults, levels, identity and the time of the last answer stay."""
    machine = Machine()
    told = Report(
        state=State.STOPPED,
        faults=(JAM, COVER),
        inputs=(Input("input-1", Level(level=40)),),
        identity=Identity(serial="A1"),
        console=("PAPER JAM",),
    )
    before = machine.says(0, told)
    for second in (5, 10, 65):
        known = machine.keeps_silent(second)
    assert (known.contact, known.state) == (Contact.LOST, State.UNKNOWN)
    assert (known.faults, known.identity, known.reports(), known.heard_at) == (
        before.faults,
        before.identity,
        before.reports(),
        at(0),
    )


def test_a_lost_machine_that_answers_is_live_at_once() -> None:
    """Lost at 65 s, still after eight hours, live with its state at the first answer; nothing of the silence stays."""
    machine = Machine()
    machine.says(0, JAMMED)
    for second in (5, 10, 65, 28_800):
        machine.keeps_silent(second, Silence.REFUSED, "connection refused")
    known = machine.says(28_860, IDLE)
    assert (known.contact, known.state, known.faults) == (Contact.LIVE, State.IDLE, ())
    source = known.sources[0]
    assert (source.failures, source.failing_since, source.why, source.text) == (0, None, None, "")


@pytest.mark.parametrize("why", list(Silence))
def test_the_reason_of_the_silence_is_kept(why: Silence) -> None:
    """At 5 s a poll fails: its reason and its words stand with the source, and the last reason counts."""
    machine = Machine()
    machine.says(0, IDLE)
    machine.keeps_silent(5, Silence.TIMEOUT, "no answer")
    source = machine.keeps_silent(10, why, "words").sources[0]
    assert (source.why, source.text, source.failing_since) == (why, "words", at(5))


def test_the_machine_is_heard_as_long_as_one_source_is() -> None:
    """The heater falls silent from 5 s on and is lost at 65 s, while the signal tower answers: the machine is live."""
    machine = Machine(LAMINATOR)
    machine.says(0, IDLE, "heater")
    machine.says(0, IDLE, "tower")
    for second in (5, 10, 65):
        machine.says(second, IDLE, "tower")
        known = machine.keeps_silent(second, source="heater")
    assert [source.contact for source in known.sources] == [Contact.LOST, Contact.LIVE]
    assert known.contact is Contact.LIVE


def test_an_observation_of_a_source_that_is_not_ours_changes_nothing() -> None:
    """A source that the settings do not name says nothing about the machine."""
    machine = Machine()
    before = machine.says(0, JAMMED)
    assert machine.says(5, IDLE, "stranger") == before
