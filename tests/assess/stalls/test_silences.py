"""Stalls by story: who is silent although work waits, who only waits, and who rests."""

import pytest
from tests.assess.timeline import at

from fleetmon.assess.calendar import Hours
from fleetmon.model.alerts import Certainty
from fleetmon.model.plan import StallLimits
from fleetmon.model.words import Contact, State, WorkSign

from .office import Office

STRONG, LIKELY = Certainty.STRONG, Certainty.LIKELY


def working(**changes: object) -> Office:
    """An hour in which both printers, the laminator and the check work."""
    office = Office(**changes)  # type: ignore[arg-type]
    office.pace = {"prn1": 60, "prn2": 60, "lam1": 30, "qc1": 30}
    office.then(3600)
    assert office.found == []
    return office


def test_a_machine_that_says_it_works_and_makes_nothing_stalls_at_its_limit() -> None:
    """The last document came at 3600 s; ten minutes later it is a stall, until the next one."""
    office = working()
    office.pace["prn1"], office.says["prn1"] = 0, State.PROCESSING
    office.then(900)
    assert office.found == [(4200, "prn1", STRONG)]
    claim = office.silences.stall("prn1")
    assert claim is not None
    assert claim.seen == at(3600)
    assert [(each.name, each.value, each.expected) for each in claim.evidence] == [
        ("silence", 10.0, 10.0),
        ("it says", "processing", None),
    ]
    office.pace["prn1"] = 60
    office.then(60)
    assert office.silences.stall("prn1") is None


def test_documents_before_it_are_work_whatever_it_says() -> None:
    """The laminator says that it is idle while the printers go on: it stalls, and the printers, whose buffer is full
    by then, do not."""
    office = working()
    office.pace |= {"lam1": 0, "qc1": 0}
    office.says["lam1"] = State.IDLE
    office.then(600)
    office.pace |= {"prn1": 0, "prn2": 0}
    office.then(1800)
    assert [(name, certainty) for _, name, certainty in office.found] == [("lam1", STRONG)]


def test_who_stopped_later_only_waits() -> None:
    """The check stops, then the laminator that has no room: only the check stalls, though work waits for both."""
    office = working(buffers=())
    office.pace["qc1"], office.says["qc1"] = 0, State.IDLE
    office.then(300)
    office.pace["lam1"], office.says["lam1"] = 0, State.IDLE
    office.then(2400)
    assert [name for _, name, _ in office.found] == ["qc1"]


def test_without_a_sign_of_work_there_is_no_stall() -> None:
    """Everybody rests: nobody knows whether anything waits."""
    office = working()
    office.pace.clear()
    office.then(7200)
    assert office.found == []


def test_the_issuing_systems_word_makes_a_silent_printer_a_stall() -> None:
    """Fourteen documents wait, both printers say that they are idle; a word that is too old is not believed."""
    office = working()
    office.pace.clear()
    office.queue(14, valid_for_s=500)
    office.then(900)
    assert office.found == []
    office.queue(14, valid_for_s=3600)
    office.then(400)
    assert office.found == [(4610, "prn1", STRONG), (4610, "prn2", STRONG)]
    assert any(each.value == 14 for each in office.silences.stall("prn1").evidence)  # type: ignore[union-attr]


def test_jobs_that_a_machine_says_it_has_are_work() -> None:
    """It says that it is idle, and that three labels are left: a stall. The issuing system's word goes before, also on
    how many wait; of a machine that is not heard nobody believes what it said last."""
    office = working()
    office.pace["prn1"], office.says["prn1"], office.jobs["prn1"] = 0, State.IDLE, 3
    office.then(900)
    assert office.found == [(4200, "prn1", STRONG)]
    claim = office.silences.stall("prn1")
    assert claim is not None
    assert ("documents waiting in the machine", 3) in [(each.name, each.value) for each in claim.evidence]
    assert claim.waiting == 3
    assert office.silences.waiting(office.snapshot("prn1"), at(office.now)) == 3
    office.queue(14)
    assert office.silences.waiting(office.snapshot("prn1"), at(office.now)) == 14
    office.contact["prn2"], office.jobs["prn2"] = Contact.LOST, 5
    office.then(20)
    assert office.silences.sign("prn2") is None


def test_a_job_that_goes_away_is_no_silence() -> None:
    """Labels are sent and printed, and its count is not asked for or does not move: what is finished counts no more."""
    office = working()
    office.pace["prn1"] = 0
    for _ in range(6):
        office.jobs["prn1"], office.says["prn1"] = 1, State.PROCESSING
        office.then(240)
        office.jobs["prn1"], office.says["prn1"] = 0, State.IDLE
        office.then(60)
    assert office.found == []


def test_one_document_for_two_printers_is_one_printers_work() -> None:
    """The other may well rest."""
    office = working()
    office.pace["prn2"] = 0
    for _ in range(30):
        office.queue(1)
        office.then(60)
    assert office.found == []


def test_in_a_break_only_others_at_work_make_a_stall() -> None:
    """The clock of working hours stands still in a break; where two others go on, silence counts all the same."""
    office = working()
    office.pace["lam1"], office.says["lam1"] = 0, State.IDLE
    office.then(120)
    office.hours = Hours.BREAK
    office.pace.clear()
    office.says = dict.fromkeys(office.names, State.IDLE)
    office.then(2400)
    assert office.found == []
    office.pace = {"prn1": 120, "prn2": 120}
    office.then(1200)
    assert [(name, certainty) for _, name, certainty in office.found] == [("lam1", LIKELY)]


def test_a_machine_that_is_not_heard_has_no_silence() -> None:
    """The clock stands still while polls fail."""
    office = working()
    office.pace["prn1"], office.says["prn1"] = 0, State.PROCESSING
    office.then(300)
    office.contact["prn1"] = Contact.STALE
    office.then(3000)
    assert office.found == []
    office.contact["prn1"] = Contact.LIVE
    office.then(310)
    assert [name for _, name, _ in office.found] == ["prn1"]


def test_counts_that_were_not_heard_together_are_no_documents() -> None:
    """The network is gone for an hour; the printers' leap is seen, the laminator's never: nothing waits for it."""
    office = working()
    office.contact = dict.fromkeys(office.names, Contact.LOST)
    office.pace.clear()
    office.says = dict.fromkeys(office.names, State.IDLE)
    office.then(3600)
    office.contact.clear()
    office.then(10)
    for _ in range(15):
        office.made("prn1")
    office.then(3600)
    assert office.found == []


def test_more_documents_than_there_is_room_for_are_a_miscount() -> None:
    """Somebody carries a tray from another line: the laminator's buffer holds twenty, thirty are counted."""
    office = working()
    office.pace["lam1"], office.says["lam1"] = 0, State.IDLE
    for _ in range(30):
        office.made("prn1")
    office.pace.clear()
    office.says = dict.fromkeys(office.names, State.IDLE)
    office.then(3600)
    assert office.found == []


def test_who_goes_to_lunch_with_all_the_others_stalls_nobody() -> None:
    """The clock on the wall is wrong: everybody stops within two minutes, documents lie before the laminator."""
    office = working()
    office.pace["lam1"] = 0
    office.then(120)
    office.pace.clear()
    office.says = dict.fromkeys(office.names, State.IDLE)
    office.then(3600)
    assert office.found == []


def test_a_count_that_stands_while_documents_come_out_is_no_stall() -> None:
    """Both printers say that they work and count nothing; the laminator makes more than can have lain before it."""
    office = working()
    office.pace |= {"prn1": 0, "prn2": 0}
    office.says |= {"prn1": State.PROCESSING, "prn2": State.PROCESSING}
    office.then(7200)
    assert {name for when, name, _ in office.found if when > 3600 + 780} == set()
    assert office.silences.stall("prn1") is None


def test_one_whose_neighbour_stands_only_waits() -> None:
    """As its line was judged."""
    office = working()
    office.pace["prn1"], office.says["prn1"] = 0, State.PROCESSING
    office.waits = {"prn1"}
    office.then(3600)
    assert office.found == []


def test_a_machine_that_rests_now_and_then_is_no_stall() -> None:
    """Its count moves every half hour, but it rests between its documents: it has finished something each time."""
    office = working()
    office.pace["prn1"] = 1800
    for _ in range(60):
        office.says["prn1"] = State.PROCESSING
        office.then(60)
        office.says["prn1"] = State.IDLE
        office.then(40)
    assert office.found == []


def test_a_count_that_never_moved_proves_nothing() -> None:
    """After a restart nobody has seen it make anything: it may count something else."""
    office = Office()
    office.says["prn1"] = State.PROCESSING
    office.then(7200)
    assert office.found == []


def test_a_new_shift_begins_anew() -> None:
    """What stood still in the evening is given its limit in the morning."""
    office = working()
    office.pace["prn1"], office.says["prn1"] = 0, State.PROCESSING
    office.then(500)
    office.hours = Hours.OFF
    office.then(36_000)
    office.hours = Hours.WORK
    office.then(500)
    assert office.found == []
    office.then(200)
    assert [name for _, name, _ in office.found] == ["prn1"]


@pytest.mark.parametrize("sign", [WorkSign.QUEUE, WorkSign.BUSY, WorkSign.IN_PROCESS, WorkSign.JOBS])
def test_a_sign_that_is_not_believed_is_none(sign: WorkSign) -> None:
    """Each can be left out by the settings."""
    office = working(limits=StallLimits(signs=frozenset({sign}) ^ frozenset(WorkSign)))
    office.pace |= {"prn1": 0, "lam1": 0, "qc1": 0}
    office.says |= {"prn1": State.PROCESSING, "lam1": State.IDLE, "qc1": State.IDLE}
    office.jobs["qc1"] = 2
    for _ in range(20):
        office.queue(20)
        office.then(60)
    stalls = {name for _, name, _ in office.found}
    assert (
        stalls
        == {
            WorkSign.QUEUE: {"prn1", "lam1", "qc1"},
            WorkSign.JOBS: {"prn1", "lam1"},
            WorkSign.BUSY: {"prn1", "lam1", "qc1"},
            WorkSign.IN_PROCESS: {"prn1", "qc1"},
        }[sign]
    )


def test_stalls_are_never_learnt_as_usual() -> None:
    """The gap that a stall made is not one of the machine's own."""
    office = working()
    gaps = office.silences.profile("prn1").limit(StallLimits()).gaps
    office.pace["prn1"], office.says["prn1"] = 0, State.PROCESSING
    office.then(1200)
    office.pace["prn1"] = 60
    office.then(60)
    assert (office.silences.profile("prn1").longest_s or 0.0) <= 60.0
    assert office.silences.profile("prn1").limit(StallLimits()).gaps >= gaps
