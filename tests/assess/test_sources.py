"""A machine heard in several ways: worst state, union of faults, one count, and settings that change."""

from dataclasses import replace

from fleetmon.assess import fleet
from fleetmon.model.report import Identity, Report
from fleetmon.model.words import Contact, Severity, Silence, State

from .timeline import (
    BUSY,
    COVER,
    FILM_LOW,
    IDLE,
    JAM,
    JAMMED,
    LAMINATOR,
    PRINTER,
    Machine,
    at,
    count,
    counting,
    sources,
)


def test_the_worst_state_of_the_sources_is_the_machine_s() -> None:
    """Stopped before processing before idle before unknown, whichever source says it."""
    ranking = [State.STOPPED, State.PROCESSING, State.IDLE, State.UNKNOWN]
    for heater in ranking:
        for tower in ranking:
            machine = Machine(LAMINATOR)
            machine.says(0, Report(state=heater), "heater")
            known = machine.says(1, Report(state=tower), "tower")
            assert known.state is min(heater, tower, key=ranking.index)


def test_the_faults_of_all_sources_stand_together() -> None:
    """A jam from the heater at 0 s, low film from the tower at 1 s; each clears when its own source says so."""
    machine = Machine(LAMINATOR)
    machine.says(0, JAMMED, "heater")
    known = machine.says(1, Report(faults=(FILM_LOW,)), "tower")
    assert {(standing.fault, standing.since) for standing in known.faults} == {(JAM, at(0)), (FILM_LOW, at(1))}
    assert [standing.fault for standing in machine.says(5, IDLE, "heater").faults] == [FILM_LOW]
    assert machine.says(6, IDLE, "tower").faults == ()


def test_one_fault_told_by_two_sources_is_one_and_the_worst_word_counts() -> None:
    """Both tell the open cover, at 0 s and 1 s: one fault since 0 s, an error even if the main source only warns."""
    machine = Machine(LAMINATOR)
    machine.says(0, Report(faults=(replace(COVER, severity=Severity.WARNING),)), "heater")
    known = machine.says(1, Report(faults=(COVER,)), "tower")
    assert [(standing.fault, standing.since) for standing in known.faults] == [(COVER, at(0))]
    assert len(machine.says(5, IDLE, "heater").faults) == 1
    assert machine.says(6, IDLE, "tower").faults == ()


def test_a_lost_source_tells_no_state_but_its_faults_stay() -> None:
    """The heater, stopped by a jam, is lost at 65 s; the tower says idle: idle, and the jam is still shown."""
    machine = Machine(LAMINATOR)
    machine.says(0, JAMMED, "heater")
    for second in (5, 10, 64):
        machine.keeps_silent(second, source="heater")
        assert machine.says(second, IDLE, "tower").state is State.STOPPED
    known = machine.keeps_silent(65, source="heater")
    assert (known.contact, known.state) == (Contact.LIVE, State.IDLE)
    assert [standing.fault for standing in known.faults] == [JAM]


def test_jobs_are_of_the_first_source_that_is_heard_and_tells() -> None:
    """The heater tells none, the tower three; of a source that is lost nothing is believed, and no word is no zero."""
    machine = Machine(LAMINATOR)
    machine.says(0, IDLE, "heater")
    assert machine.says(1, Report(state=State.IDLE, jobs=3), "tower").jobs == 3
    assert machine.says(2, Report(state=State.IDLE, jobs=0), "heater").jobs == 0
    for second in (5, 10, 64, 65):
        machine.keeps_silent(second, source="heater")
        known = machine.says(second, Report(state=State.IDLE, jobs=3), "tower")
    assert known.jobs == 3
    alone = Machine()
    assert alone.says(0, IDLE).jobs is None
    assert alone.says(1, Report(state=State.IDLE, jobs=2)).jobs == 2
    for second in (5, 10, 64, 65):
        lost = alone.keeps_silent(second)
    assert (lost.contact, lost.jobs) == (Contact.LOST, None)


def test_the_main_source_s_word_on_identity_comes_first() -> None:
    """The first source that knows answers: model and serial from the heater, firmware from the tower."""
    machine = Machine(LAMINATOR)
    machine.says(0, Report(identity=Identity(model="T", serial="T9", firmware="2")), "tower")
    known = machine.says(1, Report(identity=Identity(model="H", serial="H1")), "heater")
    assert known.identity == Identity(model="H", serial="H1", firmware="2")


def test_a_second_source_with_a_serial_number_of_its_own_is_no_other_machine() -> None:
    """The tower tells T9 at 0 s, the heater H1 at 1 s: count and onsets go on, whoever is heard first."""
    for first, second in ((("tower", "T9"), ("heater", "H1")), (("heater", "H1"), ("tower", "T9"))):
        machine = Machine(counting(LAMINATOR, "tower"))
        start = machine.known
        for moment in (0, 5):
            for name, serial in (first, second):
                before = machine.known
                known = machine.says(moment, replace(count(100 + moment, serial), faults=(JAM,)), name)
                assert fleet.replaced(before, known) is None
        assert known.produced is not None
        assert (known.produced.total, known.faults[0].since) == (105, at(0))
        assert start.produced is None


def test_both_sources_of_an_exchanged_machine_make_one_exchange() -> None:
    """Both tell A; from 5 s on both tell B: one exchange, told by the main source, one new baseline."""
    machine = Machine(LAMINATOR)
    for name in ("heater", "tower"):
        machine.says(0, count(100, "A"), name)
    exchanges = []
    for name in ("heater", "tower", "heater", "tower"):
        before = machine.known
        exchanges.append(fleet.replaced(before, machine.says(5, count(7, "B"), name)))
    assert exchanges == [("A", "B"), None, None, None]
    assert machine.known.produced is not None
    assert machine.known.produced.total == 7


def test_asleep_is_a_word_beside_the_state() -> None:
    """A source that saves power makes the machine asleep, unless some source says that it works."""
    machine = Machine(LAMINATOR)
    assert machine.says(0, Report(state=State.IDLE, asleep=True), "heater").asleep
    assert not machine.says(1, BUSY, "tower").asleep


def test_a_source_that_is_lost_no_longer_says_that_the_machine_sleeps() -> None:
    """The tower fell asleep at 0 s and is lost; the heater answers that it is awake: so is the machine."""
    machine = Machine(LAMINATOR)
    machine.says(0, Report(state=State.IDLE, asleep=True), "tower")
    for second in (5, 10, 65):
        machine.keeps_silent(second, Silence.GARBLED, source="tower")
    assert not machine.says(70, IDLE, "heater").asleep


def test_a_restart_changes_nothing_but_the_contact() -> None:
    """Jammed at 0 s, then a restart: awaited with the same state, faults and count; live at the first answer."""
    machine = Machine()
    before = machine.says(0, replace(count(100), state=State.STOPPED, faults=(JAM,)))
    known = machine.resumes()
    assert known.contact is Contact.AWAITED
    assert (known.state, known.faults, known.produced, known.heard_at) == (
        before.state,
        before.faults,
        before.produced,
        before.heard_at,
    )
    known = machine.says(600, replace(count(103), state=State.STOPPED, faults=(JAM,)))
    assert (known.contact, known.faults) == (Contact.LIVE, before.faults)
    assert known.produced is not None
    assert known.produced.total == 103


def test_a_restart_forgets_the_failures_of_a_line_that_was_only_stale() -> None:
    """Silent at 5 s and 10 s, then a restart: the minute begins anew, since an outage of ours is not the machine's."""
    machine = Machine()
    machine.says(0, IDLE)
    machine.keeps_silent(5)
    machine.keeps_silent(10)
    source = machine.resumes().sources[0]
    assert (source.contact, source.failures, source.failing_since, source.why) == (Contact.AWAITED, 0, None, None)
    assert [machine.keeps_silent(second).contact for second in (70, 75, 129)] == [Contact.AWAITED] * 3
    assert machine.keeps_silent(130).contact is Contact.LOST


def test_a_line_that_was_lost_is_lost_after_a_restart() -> None:
    """Lost at 65 s: a restart does not bring a state back that nobody has heard; the first answer does."""
    machine = Machine()
    machine.says(0, BUSY)
    for second in (5, 10, 65):
        machine.keeps_silent(second, Silence.REFUSED)
    known = machine.resumes()
    assert (known.contact, known.state, known.sources[0].why) == (Contact.LOST, State.UNKNOWN, Silence.REFUSED)
    assert known.sources[0].failing_since == at(5)
    assert machine.says(100, BUSY).state is State.PROCESSING


def test_a_source_that_was_taken_out_of_the_settings_is_silent_and_its_faults_end() -> None:
    """The tower, which told a fault, is gone after the restart: its fault stands until the heater is heard."""
    machine = Machine(LAMINATOR)
    machine.says(0, JAMMED, "heater")
    machine.says(1, Report(state=State.STOPPED, faults=(FILM_LOW,)), "tower")
    known = machine.resumes(replace(LAMINATOR, sources=sources("heater")))
    assert [source.name for source in known.sources] == ["heater"]
    assert len(known.faults) == 2
    assert [standing.fault for standing in machine.says(10, JAMMED).faults] == [JAM]


def test_a_source_that_was_added_to_the_settings_is_awaited() -> None:
    """After the restart the tower is new: awaited without a word, while the heater keeps what it said."""
    machine = Machine(replace(LAMINATOR, sources=sources("heater")))
    machine.says(0, JAMMED)
    known = machine.resumes(LAMINATOR)
    assert known.sources[1] == fleet.Source("tower")
    assert (known.state, known.faults[0].fault) == (State.STOPPED, JAM)
    assert machine.says(5, Report(faults=(FILM_LOW,)), "tower").contact is Contact.LIVE


def test_the_order_of_the_settings_is_the_order_of_the_sources() -> None:
    """After a restart the sources stand as the settings of today list them."""
    machine = Machine(replace(PRINTER, sources=sources("a", "b")))
    machine.says(0, Report(identity=Identity(model="A")), "a")
    machine.says(0, Report(identity=Identity(model="B")), "b")
    assert machine.resumes(replace(PRINTER, sources=sources("b", "a"))).identity.model == "B"
