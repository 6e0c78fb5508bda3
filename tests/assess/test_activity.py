"""What one machine does: its own trouble first, then what it makes, then what it says, by the office's hours."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess.activity import RHYTHM_S, Doing, batch_limit_s, doing, patience_s
from fleetmon.assess.calendar import Hours
from fleetmon.assess.fleet import Snapshot
from fleetmon.model.plan import MachinePlan
from fleetmon.model.report import At, Counter, Fault, Notice, Report
from fleetmon.model.words import Activity, Severity, Silence, State, Unit

from .histories import histories, plans
from .timeline import COVER, FILM_LOW, IDLE, JAM, JAMMED, LAMINATOR, PRINTER, Machine, at

LIMIT_S = 600.0
FILM = Fault("laminator-supply-empty", Severity.ERROR, part="laminate-upper")
WARMING = Fault("subunit-warming-up", Severity.REPORT)


@dataclass
class Watched:
    """One machine and what it does, moment by moment; it makes documents wherever its count moves."""

    plan: MachinePlan = PRINTER
    hours: Hours = Hours.WORK
    planned: bool = False
    now: Doing | None = None
    progressed: At | None = None
    machine: Machine = field(init=False)

    def __post_init__(self) -> None:
        self.machine = Machine(self.plan)

    def says(self, second: float, report: Report, source: str | None = None) -> tuple[Activity, str | None]:
        """At `second` it answers."""
        made = self.machine.known.produced
        snapshot = self.machine.says(second, report, source)
        if made is not None and snapshot.produced is not None and snapshot.produced.total > made.total:
            self.progressed = at(second)
        return self._does(snapshot, second)

    def keeps_silent(self, second: float) -> tuple[Activity, str | None]:
        """At `second` it is asked in vain."""
        return self._does(self.machine.keeps_silent(second, Silence.TIMEOUT), second)

    def at(self, second: float) -> tuple[Activity, str | None]:
        """Nothing is heard until `second`."""
        return self._does(self.machine.known, second)

    def since(self) -> float:
        """Since which second it does what it does."""
        assert self.now is not None
        return self.now.since.mono

    def _does(self, snapshot: Snapshot, second: float) -> tuple[Activity, str | None]:
        self.now = doing(self.now, snapshot, self.progressed, self.hours, self.planned, LIMIT_S, at(second))
        return self.now.activity, self.now.reason


def made(total: int, state: State = State.PROCESSING, *faults: Fault) -> Report:
    """A report with a life count."""
    return Report(state=state, counters=(Counter(1, total, Unit.IMPRESSIONS),), faults=faults)


def stopped(*faults: Fault) -> Report:
    return Report(state=State.STOPPED, faults=faults)


def test_a_machine_whose_count_moves_produces() -> None:
    """Asked between two documents it says that it rests: within a minute of the last one it produces all the same."""
    machine = Watched()
    machine.says(0, made(10))
    assert machine.says(40, made(11, State.IDLE)) == (Activity.PRODUCING, None)
    assert machine.says(90, made(11, State.IDLE)) == (Activity.PRODUCING, None)
    assert machine.says(100, made(11, State.IDLE)) == (Activity.IDLE, None)
    assert machine.since() == 100


def test_a_machine_without_counts_is_believed() -> None:
    """It has no life count: it produces while it says that it works, however long, and idles after a minute of rest."""
    machine = Watched()
    for second in range(0, 7200, 600):
        assert machine.says(second, Report(state=State.PROCESSING)) == (Activity.PRODUCING, None)
    assert machine.since() == 0
    assert machine.says(7200, IDLE) == (Activity.PRODUCING, None)
    assert machine.says(7259, IDLE) == (Activity.PRODUCING, None)
    assert machine.says(7260, IDLE) == (Activity.IDLE, None)


def test_a_batch_counter_that_moves_within_the_limit_is_no_stall() -> None:
    """The count moves by ten every nine minutes while the machine works: it produces all along."""
    machine = Watched()
    machine.says(0, made(0))
    heard = [machine.says(second, made(10 * (second // 540)))[0] for second in range(10, 5400, 10)]
    assert set(heard) == {Activity.PRODUCING}


def test_a_machine_that_rests_now_and_then_is_no_stall() -> None:
    """Its count moves every half hour, but it rests between its documents: it goes on producing, rests included."""
    machine = Watched()
    machine.says(0, made(0))
    states = [State.PROCESSING] * 6 + [State.IDLE] * 4
    heard = [machine.says(10 * n, made(10 * (n // 180), states[n % 10]))[0] for n in range(1, 1000)]
    assert set(heard) == {Activity.PRODUCING}
    assert machine.since() == 0


def test_a_batch_takes_as_long_as_the_last_one() -> None:
    """A count that moves by ten every twelve minutes: half as much again, at most twenty minutes; by one: its limit."""
    assert batch_limit_s(LIMIT_S, 10, 720) == 1080
    assert batch_limit_s(LIMIT_S, 10, 3600) == 1200
    assert batch_limit_s(LIMIT_S, 10, 100) == LIMIT_S
    assert batch_limit_s(LIMIT_S, 1, 7200) == LIMIT_S


def test_a_count_that_never_moved_proves_no_stall() -> None:
    """After a restart nobody has seen it make anything; its count may count something else."""
    machine = Watched()
    for second in (0, 600, 6000):
        assert machine.says(second, made(10)) == (Activity.PRODUCING, None)


def test_a_machine_that_never_says_what_it_does_is_known_by_its_count() -> None:
    """State unknown: it produces within the limit of its last document; after that nobody knows."""
    machine = Watched()
    machine.says(0, made(10, State.UNKNOWN))
    machine.says(10, made(11, State.UNKNOWN))
    assert machine.says(600, made(11, State.UNKNOWN)) == (Activity.PRODUCING, None)
    assert machine.says(610, made(11, State.UNKNOWN)) == (Activity.UNKNOWN, None)


@pytest.mark.parametrize(
    ("reason", "activity"),
    [
        ("cover-open", Activity.HELD),
        ("laminator-supply-empty", Activity.HELD),
        ("media-empty", Activity.HELD),
        ("output-area-full", Activity.HELD),
        ("offline", Activity.HELD),
        ("paused", Activity.HELD),
        ("media-jam", Activity.FAULTED),
        ("laminator-over-temperature", Activity.FAULTED),
        ("laminator-heater-failure", Activity.FAULTED),
        ("encoder-failure", Activity.FAULTED),
        ("service-needed", Activity.FAULTED),
        ("other", Activity.FAULTED),
    ],
)
def test_a_need_holds_a_machine_and_a_fault_stops_it(reason: str, activity: Activity) -> None:
    """What an operator meets in passing is held, what has to be repaired faulted; the reason says which."""
    assert Watched().says(0, stopped(Fault(reason, Severity.ERROR))) == (activity, reason)


def test_a_stop_without_a_reason_is_a_fault_without_one() -> None:
    """It says that it cannot work, and not why; a film that runs low is no reason."""
    machine = Watched(LAMINATOR)
    assert machine.says(0, stopped(), "heater") == (Activity.FAULTED, None)
    assert machine.says(5, stopped(FILM_LOW), "heater") == (Activity.FAULTED, None)
    assert machine.since() == 0


def test_a_stop_is_named_after_what_came_first() -> None:
    """A jam at 0 s, the cover opened for it at 20 s: the jam, until that is gone; the stop began at 0 s."""
    machine = Watched()
    assert machine.says(0, stopped(JAM)) == (Activity.FAULTED, "media-jam")
    assert machine.says(20, stopped(COVER, JAM)) == (Activity.FAULTED, "media-jam")
    assert machine.since() == 0
    assert machine.says(60, stopped(COVER)) == (Activity.HELD, "cover-open")
    assert machine.since() == 60


def test_of_two_that_came_together_the_worse_names_the_stop() -> None:
    """Both are new in one poll: the order of headlines decides, not the machine's own order."""
    assert Watched().says(0, stopped(JAM, COVER)) == (Activity.HELD, "cover-open")
    assert Watched().says(0, stopped(COVER, JAM)) == (Activity.HELD, "cover-open")


def test_a_jam_at_noon_is_a_jam() -> None:
    """Own trouble goes before the hour; what has none is off in a break."""
    for hours in (Hours.BREAK, Hours.OFF):
        assert Watched(hours=hours).says(0, JAMMED) == (Activity.FAULTED, "media-jam")
        assert Watched(hours=hours).says(0, IDLE) == (Activity.PLANNED_OFF, None)
        assert Watched(hours=hours).says(0, Report()) == (Activity.PLANNED_OFF, None)


def test_a_machine_that_works_through_the_break_produces() -> None:
    """Work goes on into lunch: it produces as at any hour, and is off a minute after the last document."""
    machine = Watched(hours=Hours.BREAK)
    machine.says(0, made(10))
    assert machine.says(10, made(11)) == (Activity.PRODUCING, None)
    assert machine.says(20, made(12, State.IDLE)) == (Activity.PRODUCING, None)
    assert machine.says(80, made(12, State.IDLE)) == (Activity.PLANNED_OFF, None)


def test_a_planned_stop_is_planned_whatever_else_is_true() -> None:
    """A cover open in maintenance is part of it; a machine that works all the same is seen to produce."""
    machine = Watched(planned=True)
    assert machine.says(0, stopped(COVER)) == (Activity.PLANNED_OFF, None)
    assert machine.says(10, IDLE) == (Activity.PLANNED_OFF, None)
    assert machine.says(20, Report(state=State.PROCESSING)) == (Activity.PRODUCING, None)
    machine.planned = False
    assert machine.says(30, stopped(COVER)) == (Activity.HELD, "cover-open")


def test_nothing_is_known_of_a_lost_machine() -> None:
    """Lost with a jam: unknown, not faulted; heard again, the jam stands since it began. Off shift it is simply off."""
    machine = Watched()
    machine.says(0, JAMMED)
    heard = [machine.keeps_silent(second) for second in (10, 40, 75)]
    assert heard == [(Activity.FAULTED, "media-jam"), (Activity.FAULTED, "media-jam"), (Activity.UNKNOWN, None)]
    machine.hours = Hours.OFF
    assert machine.keeps_silent(300) == (Activity.PLANNED_OFF, None)
    machine.hours = Hours.WORK
    assert machine.keeps_silent(600) == (Activity.UNKNOWN, None)
    assert machine.says(700, JAMMED) == (Activity.FAULTED, "media-jam")
    assert machine.since() == 0


def test_a_missed_poll_changes_nothing() -> None:
    """One poll in twenty is lost: what it was doing goes on, and the limit of a stall does not run out meanwhile."""
    machine = Watched()
    machine.says(0, made(10))
    machine.says(590, made(11))
    machine.progressed = at(0)
    assert machine.keeps_silent(600) == (Activity.PRODUCING, None)
    assert machine.says(610, made(12)) == (Activity.PRODUCING, None)


def test_nothing_is_known_of_a_machine_not_heard_yet() -> None:
    """From the start until its first answer; also one that an earlier run knew."""
    machine = Watched()
    assert machine.at(0) == (Activity.UNKNOWN, None)
    machine.says(5, JAMMED)
    machine.machine.resumes()
    assert machine.at(10) == (Activity.UNKNOWN, None)


def test_a_sleeping_machine_is_idle_and_may_be_silent() -> None:
    """It sleeps for hours, at times without an answer: idle at work, off when the office is."""
    machine = Watched()
    asleep = Report(state=State.IDLE, asleep=True)
    assert machine.says(0, asleep) == (Activity.IDLE, None)
    assert {machine.keeps_silent(second) for second in range(60, 7200, 60)} == {(Activity.IDLE, None)}
    machine.hours = Hours.OFF
    assert machine.keeps_silent(7200) == (Activity.PLANNED_OFF, None)


def test_warming_up_is_what_the_machine_says_it_is() -> None:
    """RFC 2790 warmup is a state of work: it warms until it has made something; before the shift it is off."""
    machine = Watched()
    warming = Report(state=State.PROCESSING, faults=(WARMING,), counters=(Counter(1, 10, Unit.IMPRESSIONS),))
    assert machine.says(0, warming) == (Activity.WARMING_UP, "subunit-warming-up")
    assert machine.says(60, made(11, State.PROCESSING, WARMING)) == (Activity.PRODUCING, None)
    assert Watched(hours=Hours.OFF).says(0, warming) == (Activity.PLANNED_OFF, None)
    assert Watched().says(0, stopped(WARMING)) == (Activity.WARMING_UP, "subunit-warming-up")


@pytest.mark.parametrize(
    ("words", "activity"),
    [
        ("WARMING UP", Activity.WARMING_UP),
        ("Heating 143 C", Activity.WARMING_UP),
        ("Starting up", Activity.WARMING_UP),
        ("Head cleaning", Activity.CLEANING),
        ("SELF-CLEANING", Activity.CLEANING),
        ("being cleaned", Activity.CLEANING),
        ("Cleaning roller worn", Activity.IDLE),
        ("Replace cleaning kit", Activity.IDLE),
        ("Cleaning required", Activity.IDLE),
        ("must be cleaned", Activity.IDLE),
        ("Heating failure", Activity.IDLE),
        ("Ready", Activity.IDLE),
    ],
)
def test_the_display_tells_what_a_machine_does_to_itself(words: str, activity: Activity) -> None:
    """A line of the display, or a notice; words that ask somebody to clean are no cleaning."""
    assert Watched().says(0, Report(state=State.IDLE, console=("", words)))[0] is activity
    notice = Notice("41", "other", Severity.REPORT, words)
    assert Watched().says(0, Report(state=State.IDLE, notices=(notice,)))[0] is activity


def test_a_machine_that_adjusts_its_print_quality_cleans_itself() -> None:
    """PrtAlertCodeTC markerAdjustingPrintQuality; in a break, too: nobody has to be there for it."""
    adjusts = Fault("marker-adjusting-print-quality", Severity.REPORT)
    for hours in Hours:
        heard = Watched(hours=hours).says(0, Report(state=State.IDLE, faults=(adjusts,)))
        assert heard == (Activity.CLEANING, "marker-adjusting-print-quality")


def test_a_notice_of_cleaning_is_believed_until_something_is_made() -> None:
    """It is told with the document before it: cleaning from the next look on; the next document ends it."""
    adjusts = (Notice("1005", "marker-adjusting-print-quality", Severity.REPORT),)
    machine = Watched()
    machine.says(0, made(10))
    assert machine.says(10, replace(made(11), notices=adjusts)) == (Activity.PRODUCING, None)
    assert machine.says(20, replace(made(11), notices=adjusts))[0] is Activity.CLEANING
    assert machine.says(200, replace(made(12), notices=adjusts))[0] is Activity.PRODUCING


def test_a_display_is_not_believed_against_the_count() -> None:
    """It is read more seldom than the count: while documents are made, nobody cleans."""
    machine = Watched()
    machine.says(0, made(10))
    machine.says(10, made(11))
    cleaning = replace(made(11), console=("Cleaning",))
    assert machine.says(20, cleaning) == (Activity.PRODUCING, None)
    assert machine.says(80, cleaning) == (Activity.CLEANING, None)


def test_an_error_that_a_machine_works_through_does_not_stop_it() -> None:
    """One of two trays is empty: it says that it works, or rests between documents that it makes all the same."""
    tray = Fault("media-empty", Severity.ERROR, part="input-2")
    machine = Watched()
    machine.says(0, made(10))
    assert machine.says(10, made(10, State.PROCESSING, tray)) == (Activity.PRODUCING, None)
    assert machine.says(40, made(11, State.IDLE, tray)) == (Activity.PRODUCING, None)
    assert Watched().says(0, Report(state=State.IDLE, faults=(tray,))) == (Activity.HELD, "media-empty")


def test_the_same_again_is_the_same_object() -> None:
    """Whoever compares what a machine did with what it does compares identities."""
    machine = Watched()
    machine.says(0, JAMMED)
    was = machine.now
    machine.says(10, JAMMED)
    assert machine.now is was


def test_time_changes_nothing_sooner_than_said() -> None:
    """It rests a minute after its last document; it stalls no sooner than its limit allows. Who says that it works goes
    on until it says something else, unless its display may tell after a while what it does to itself."""
    machine = Watched()
    machine.says(0, made(10))
    machine.says(10, made(11, State.UNKNOWN))
    assert left(machine, 30) <= RHYTHM_S - 20
    assert left(machine, 100) <= LIMIT_S - 90
    machine.says(20, made(12))
    assert left(machine, 30) == float("inf")
    machine.says(30, replace(made(13), console=("Printing 13",)))
    assert left(machine, 40) == float("inf")
    machine.says(50, replace(made(14), console=("Self-cleaning",)))
    assert left(machine, 60) <= RHYTHM_S - 10
    machine.says(200, Report(state=State.IDLE))
    assert left(machine, 230) <= RHYTHM_S - 30


def left(machine: Watched, second: float) -> float:
    """For how long nothing changes by itself."""
    assert machine.now is not None
    return patience_s(machine.now, machine.machine.known, machine.progressed, LIMIT_S, at(second))


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[Snapshot, At]]:
    """A machine's snapshots and their moments."""
    plan = draw(plans())
    machine = Machine(plan)
    told = []
    for observation in draw(histories(plan)):
        known = machine._hear(observation.at.mono, observation.heard, observation.source)
        told.append((known, observation.at))
    return told


@given(stories(), st.sampled_from(Hours), st.booleans(), st.sampled_from([None, -50.0, -3.0]))
def test_any_history_has_an_answer_that_holds_as_long_as_said(
    story: list[tuple[Snapshot, At]], hours: Hours, planned: bool, made_s: float | None
) -> None:
    """Never an error; never since the future; the same again at once, and until the patience is over."""
    before: Doing | None = None
    for snapshot, now in story:
        progressed = None if made_s is None else at(now.mono + made_s)
        found = doing(before, snapshot, progressed, hours, planned, LIMIT_S, now)
        assert not found.since.is_after(now)
        assert doing(found, snapshot, progressed, hours, planned, LIMIT_S, now) is found
        rest_s = patience_s(found, snapshot, progressed, LIMIT_S, now)
        later = at(now.mono + min(rest_s, 10_000.0) - 0.01)
        if later.is_after(now):
            assert doing(found, snapshot, progressed, hours, planned, LIMIT_S, later).activity is found.activity
        before = found
