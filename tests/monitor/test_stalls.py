"""Silent stalls by story: status fine, counter still, work waiting. What people are told, and what they are not."""

from fleetmon.model.alerts import Subject, SubjectKind
from fleetmon.model.stimuli import Work
from fleetmon.model.words import Silence, State, Unit

from .office import FILM_OUT, Office, read

LINE = (("prn1", "prn2"), ("lam1",), ("qc1",))
NAMES = ("prn1", "prn2", "lam1", "qc1")
STALL = "machine:{}:stall"


def busy() -> Office:
    """Half an hour of work, a document a minute from each printer."""
    office = Office(NAMES, LINE)
    for name, pace_s in (("prn1", 60.0), ("prn2", 60.0), ("lam1", 30.0), ("qc1", 30.0)):
        office.machines[name].pace_s, office.machines[name].unit = pace_s, Unit.SHEETS
    return office.until(1800)


def hangs(office: Office, name: str, state: State = State.PROCESSING) -> None:
    """It says what it said, and makes nothing."""
    office.machines[name].pace_s, office.machines[name].state = None, state


def stalls(office: Office) -> list[tuple[float, str, str]]:
    """When people were first told of which stall."""
    first = [each for each in office.told if each.tell and each.move in ("raised", "announced")]
    return [(each.second, each.key, each.move) for each in first if each.key.endswith(":stall")]


def test_a_hung_printer_is_told_after_its_limit_and_over_after_two_documents() -> None:
    """One alert, priority 2 while the other printer works, since the last document, with what can be checked."""
    office = busy()
    hangs(office, "prn1")
    office.then(900)
    ((second, key, move),) = stalls(office)
    assert (key, move) == (STALL.format("prn1"), "raised")
    assert 2340 <= second <= 2360
    alert = office.told[-1].alert
    assert (alert["priority"], alert["certainty"], alert["actor"]) == (2, "strong", None)
    assert [each["name"] for each in alert["evidence"]] == ["silence", "it says"]
    office.machines["prn1"].pace_s, office.machines["prn1"].state = 60.0, None
    office.then(300)
    assert office.moves(key)[-2:] == ["clearing", "cleared"]
    read(office)


def test_a_laminator_that_hangs_stops_the_line_and_is_the_only_alert() -> None:
    """It says that it is idle; the printers fill its buffer and wait. The line's stop is told with its cause."""
    office = busy()
    hangs(office, "lam1", State.IDLE)
    office.then(60)
    hangs(office, "qc1", State.IDLE)
    office.then(590)
    for name in ("prn1", "prn2", "qc1"):
        hangs(office, name, State.IDLE)
    office.then(2400)
    told = [each for each in office.told if each.tell]
    assert {each.key for each in told} == {STALL.format("lam1")}
    assert [(each.move, each.alert["priority"]) for each in told[:2]] == [("raised", 2), ("worsened", 1)]
    assert told[1].alert["impact"]["line_stopped_since"] is not None
    read(office)


def test_a_reason_that_comes_later_belongs_to_the_same_stop() -> None:
    """The laminator stalls; somebody opens it, and the film is out: what it says now is told, the stall ends."""
    office = busy()
    hangs(office, "lam1", State.IDLE)
    office.then(700)
    office.machines["lam1"].state, office.machines["lam1"].faults = None, (FILM_OUT,)
    office.then(120)
    open_ = {each.key for each in office.monitor.production.alerts() if each.open and each.gone is None}
    assert open_ == {"machine:lam1:supply-empty:film"}


def test_nobody_is_called_for_a_line_without_work() -> None:
    """All of them rest for two hours: nothing is told, and nothing is held back."""
    office = busy()
    for name in NAMES:
        hangs(office, name, State.IDLE)
    office.then(7200)
    assert office.told == []
    assert not office.monitor.production.alerts()


def test_the_issuing_systems_word_calls_for_a_line_that_says_nothing() -> None:
    """Fourteen passports wait for a line whose machines all say that they are idle; the line shows how many."""
    office = busy()
    for name in NAMES:
        hangs(office, name, State.IDLE)
    office.then(300)
    office.works(Work(Subject(SubjectKind.LINE, "l1"), 14, 7200.0, office.at(office.now)))
    office.then(900)
    assert {key for _, key, _ in stalls(office)} == {STALL.format("prn1"), STALL.format("prn2")}
    assert office.monitor.production.floor.verdicts["l1"].waiting == 14
    assert "14" in office.told[0].text
    read(office)


def test_what_is_begun_waits_too() -> None:
    """All that is ready was begun: the issuing system says that nothing waits, and twenty lie before the laminator that
    hangs. Whoever reads that is told of the twenty; the line's own figure stays what the issuing system said."""
    office = busy()
    office.works(Work(Subject(SubjectKind.LINE, "l1"), 0, 7200.0, office.at(office.now)))
    hangs(office, "lam1", State.IDLE)
    hangs(office, "qc1", State.IDLE)
    office.then(600)
    for name in ("prn1", "prn2"):
        hangs(office, name, State.IDLE)
    office.then(900)
    alert = office.alert(STALL.format("lam1"))
    assert alert.impact.waiting is not None
    assert 15 <= alert.impact.waiting <= 21
    assert all("documents waiting" in each.text for each in office.told if each.tell)
    assert office.monitor.production.floor.verdicts["l1"].waiting == 0
    begun = alert.impact.waiting
    office.works(Work(Subject(SubjectKind.LINE, "l1"), 30, 7200.0, office.at(office.now)))
    office.then(60)
    assert office.alert(STALL.format("lam1")).impact.waiting == begun + 30


def lies(office: Office, name: str, told: int | None = None) -> int | None:
    """Of its open alert: how many documents wait, where the issuing system told of so many."""
    if told is not None:
        office.works(Work(Subject(SubjectKind.LINE, "l1"), told, 7200.0, office.at(office.now)))
        office.then(60)
    return office.alert(f"machine:{name}:supply-empty:film").impact.waiting


def test_what_counts_cannot_tell_is_unknown() -> None:
    """Ten documents lie before the laminator whose film is out. While a printer is not heard nobody knows how many, and
    that none waits is not said; what the issuing system tells is told all the same."""
    office = busy()
    office.machines["lam1"].faults = (FILM_OUT,)
    office.then(300)
    assert lies(office, "lam1", 0) in range(9, 14)
    office.machines["prn1"].silent = Silence.TIMEOUT
    office.then(300)
    assert lies(office, "lam1", 0) is None
    assert lies(office, "lam1", 7) == 7


def test_documents_are_only_those_of_machines_that_count_them() -> None:
    """A laminator that counts sides, one whose count never moves: nothing is made of what the printers made."""
    for unit, pace_s in ((Unit.IMPRESSIONS, 30.0), (Unit.SHEETS, None)):
        office = Office(NAMES, LINE)
        for name, each_s in (("prn1", 60.0), ("prn2", 60.0), ("lam1", pace_s)):
            office.machines[name].pace_s, office.machines[name].unit = each_s, Unit.SHEETS
        office.machines["lam1"].unit = unit
        office.until(3600)
        office.machines["lam1"].faults = (FILM_OUT,)
        office.then(120)
        assert lies(office, "lam1", 0) is None
        assert lies(office, "lam1", 5) == 5


def test_a_queue_that_moves_makes_no_news_of_a_standing_alert() -> None:
    """One document more each minute is told of the line, not of the alert; a fifth more is, and that none waits."""
    office = busy()
    for name in NAMES:
        hangs(office, name, State.IDLE)
    office.then(300)

    def waits(documents: int, for_s: float = 60.0) -> int | None:
        office.works(Work(Subject(SubjectKind.LINE, "l1"), documents, 7200.0, office.at(office.now)))
        office.then(for_s)
        return office.alert(STALL.format("prn1")).impact.waiting

    assert waits(30, 1500) == 30
    told = office.alert(STALL.format("prn1"))
    assert [waits(documents) for documents in range(31, 37)] == [30] * 6
    assert office.alert(STALL.format("prn1")).rev == told.rev
    assert office.monitor.production.floor.verdicts["l1"].waiting == 36
    assert [waits(37), waits(31), waits(0), waits(3)] == [37, 37, 0, 3]


def test_a_restart_in_a_stall_tells_nothing_twice() -> None:
    """What was told before stands; what comes after it is its end."""
    office = busy()
    hangs(office, "prn1")
    office.then(900)
    office.starts()
    office.then(1800)
    assert len(stalls(office)) == 1
    office.machines["prn1"].pace_s, office.machines["prn1"].state = 60.0, None
    office.then(300)
    assert office.moves(STALL.format("prn1"))[-1] == "cleared"


def test_a_stalled_machine_that_is_not_heard_any_more_is_one_trouble() -> None:
    """It falls silent altogether: the stall stays as it was, frozen, until somebody hears the machine again."""
    office = busy()
    hangs(office, "prn1")
    office.then(900)
    office.machines["prn1"].silent = Silence.TIMEOUT
    office.then(900)
    alert = office.alert(STALL.format("prn1"))
    assert alert.open
    assert alert.gone is None


def gaps(office: Office, name: str) -> int:
    """How many pauses of a machine are known."""
    return sum(day.gaps for day in office.monitor.production.floor.silences.profile(name).days())


def test_what_is_usual_survives_a_restart() -> None:
    """An hour of documents; the next run knows their gaps, and a machine that is gone leaves nothing behind."""
    office = busy().until(5400)
    known = gaps(office, "prn1")
    assert known > 50
    office.starts()
    assert 50 < gaps(office, "prn1") <= known
    office.starts(Office(NAMES[1:]).plan)
    assert not [id_ for kind, id_ in office.records if id_ == "prn1"]


def test_a_restart_in_the_middle_of_a_silence_forgets_neither_side_of_it() -> None:
    """The laminator hung five minutes before a restart, and says that it works: it is told, not who waits for it."""
    office = busy()
    hangs(office, "lam1")
    office.then(60)
    hangs(office, "qc1", State.IDLE)
    office.then(240)
    office.starts()
    office.then(600)
    for name in ("prn1", "prn2", "qc1"):
        hangs(office, name, State.IDLE)
    office.then(1200)
    assert [key for _, key, _ in stalls(office)] == [STALL.format("lam1")]
    assert stalls(office)[0][0] <= 2100 + 330
