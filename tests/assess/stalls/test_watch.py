"""The clocks of one machine's silence, and the company of others, second by second."""

from hypothesis import given
from hypothesis import strategies as st
from tests.assess.timeline import at

from fleetmon.assess.stalls.company import LATELY_S, Company
from fleetmon.assess.stalls.process import Process
from fleetmon.assess.stalls.watch import COMPANY_S, Pending, Watch
from fleetmon.model.alerts import Certainty
from fleetmon.model.plan import LinePlan
from fleetmon.model.words import WorkSign

QUEUE, BUSY = Pending(WorkSign.QUEUE, 5), Pending(WorkSign.BUSY)
LINE = LinePlan("l1", (("a", "b"), ("c",), ("d",)))


def look(watch: Watch, second: float, pending: Pending | None, *, works: bool = True, rests: bool = False) -> None:
    watch.look(pending, works=works, rests=rests, together_s=0.0, at=at(second))


def test_only_time_in_which_work_waits_counts() -> None:
    """Ten minutes of work waiting, an hour of none, ten more minutes."""
    watch = Watch()
    for second, pending in ((0, QUEUE), (600, None), (4200, QUEUE), (4800, QUEUE)):
        look(watch, second, pending)
    assert watch.silent_s == 1200.0
    assert watch.judge(1200.0, together=False) is Certainty.STRONG


def test_a_break_stops_the_clock_and_is_looked_at_again() -> None:
    """Nobody says when the others begin again."""
    watch = Watch()
    look(watch, 0, QUEUE)
    assert watch.patience_s(540.0, together=False) == 540.0
    look(watch, 100, QUEUE, works=False)
    assert watch.patience_s(540.0, together=False) == COMPANY_S
    look(watch, 5000, QUEUE)
    assert watch.silent_s == 100.0


def test_the_gap_between_two_documents_is_learnt_but_a_stall_is_not() -> None:
    """A minute is a gap, a stall is none, and neither is time without work."""
    watch = Watch()
    look(watch, 0, BUSY)
    assert watch.progressed(at(60)) == 60.0
    look(watch, 60, BUSY)
    look(watch, 660, BUSY)
    assert watch.judge(540.0, together=False) is Certainty.STRONG
    assert watch.progressed(at(790)) is None
    look(watch, 790, None)
    watch.progressed(at(800))
    assert watch.progressed(at(900)) is None


def test_what_goes_on_by_itself_at_once_was_a_pause() -> None:
    """Told after nine minutes, over after ten and a half: too soon for anybody to have helped. Of a stall that an
    earlier run told of nobody knows that."""
    watch = Watch()
    look(watch, 0, BUSY)
    look(watch, 545, BUSY)
    assert watch.judge(540.0, together=False) is Certainty.STRONG
    assert watch.progressed(at(630)) == 630.0
    look(watch, 630, BUSY)
    watch.resume(Certainty.STRONG, at(0))
    assert watch.progressed(at(640)) is None


def test_a_stall_that_somebody_ended_by_switching_it_off_and_on_is_no_pause() -> None:
    """While it is off its clock stands still; by the clock on the wall there was time enough to help."""
    watch = Watch()
    look(watch, 0, BUSY)
    look(watch, 545, BUSY)
    assert watch.judge(540.0, together=False) is Certainty.STRONG
    look(watch, 560, None)
    look(watch, 1000, BUSY)
    assert watch.progressed(at(1020)) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.0, 600.0)), max_size=40))
def test_company_never_lasts_longer_than_time(made: list[tuple[str, float]]) -> None:
    """However machines come and go: company only grows, no faster than time, and one machine is none."""
    company, second, before = Company(), 0.0, 0.0
    for machine, wait_s in made:
        second += wait_s
        now_s = company.together_s(at(second))
        assert before <= now_s <= before + wait_s + 1e-6
        company.made(machine, at(second))
        before = company.together_s(at(second))
        assert abs(before - now_s) < 1e-6
    assert len({machine for machine, _ in made}) > 1 or before == 0.0


def test_company_ends_some_minutes_after_the_last_but_one() -> None:
    """One goes on alone: that is no company."""
    company = Company()
    company.made("a", at(0))
    company.made("b", at(10))
    for second in range(20, 1200, 10):
        company.made("b", at(second))
    assert company.together_s(at(1200)) == LATELY_S - 10.0
    assert not company.now(at(1200))


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 20)), max_size=60))
def test_documents_on_their_way_are_never_less_than_none(made: list[tuple[str, int]]) -> None:
    """Whatever is counted, in whatever order."""
    process = Process(LINE)
    for second, (machine, documents) in enumerate(made):
        process.made(machine, documents, at(second))
        assert all(process.before(stage) >= 0 for stage in range(4))
    assert process.before(0) == 0


def test_a_buffer_holds_what_came_less_what_left() -> None:
    """Five came, two left; an hour later the least of the last two hours is still known."""
    process = Process(LINE)
    for second in range(5):
        process.made("a", 1, at(second))
    process.made("c", 2, at(10))
    assert (process.before(1), process.before(2)) == (3, 2)
    process.made("b", 1, at(3600))
    assert process.before(1) == 4
    process.made("b", 1, at(9000))
    assert process.before(1) == 2
    process.begin_anew(1)
    assert process.before(1) == 0
