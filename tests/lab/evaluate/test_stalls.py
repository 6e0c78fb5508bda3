"""Machines that stand and do not say so: when that had to be told, how late it was, and what is promised of it."""

import pytest

from fleetmon.lab.evaluate.facts import Kind, Sign, Span, Trouble, Wait
from fleetmon.lab.evaluate.figures import PERTURBED, Figures, figures
from fleetmon.lab.evaluate.judging import judged
from fleetmon.lab.evaluate.score import Demand, Score, Sort, Verdict
from fleetmon.lab.evaluate.stream import Episode
from fleetmon.model.alerts import Condition

from .made import LIMITS, OPENS, alert, facts, stall, trouble

T = OPENS + 3600.0
MINUTE = 60.0
HOUR_OF_WORK = Span(T, T + 3600)


def told(machine: str, announced: float, ended: float = T + 3600) -> Episode:
    return alert(machine, announced, ended, Condition.STALL)


def demand_of(found: Score) -> Demand:
    [demand] = found.demands
    return demand


def broken(found: Figures) -> list[str]:
    return [gate.promise for gate in found.gates if not gate.kept]


def test_a_stall_with_waiting_work_has_to_be_told() -> None:
    """An hour, and nobody is told: missed, and a promise is broken."""
    found = judged(facts(stall("lam", T, T + 3600, HOUR_OF_WORK)), [], LIMITS)
    assert [each.sort for each in found.findings] == [Sort.MISSED]
    assert figures(found).stalls.missed.value == 1.0
    assert broken(figures(found)) == ["silent stalls missed at most 6%"]
    assert figures(found).missed_count == 0, "what machines tell of is counted apart"


def test_told_before_its_end() -> None:
    """In time is any moment before it is over; the delay is from its beginning."""
    found = judged(facts(stall("lam", T, T + 3600, HOUR_OF_WORK)), [told("lam", T + 590)], LIMITS)
    assert (demand_of(found).due, demand_of(found).told, demand_of(found).delay) == (True, True, 590.0)
    assert (found.findings, broken(figures(found))) == ((), [])
    assert [verdict for verdict, _ in found.verdicts] == [Verdict.FIRST]
    after = judged(facts(stall("lam", T, T + 3600, HOUR_OF_WORK)), [told("lam", T + 3605, T + 3700)], LIMITS)
    assert Sort.MISSED in [each.sort for each in after.findings]


@pytest.mark.parametrize(
    ("minutes", "due"),
    [([(0, 14.9)], False), ([(0, 15)], True), ([(5, 12), (40, 47.9)], False), ([(5, 12), (40, 48)], True), ([], False)],
)
def test_a_quarter_of_an_hour_with_work(minutes: list[tuple[float, float]], due: bool) -> None:
    """It counts how long work waited and not how long the machine stood: an hour without work need not be told."""
    work = [Span(T + a * MINUTE, T + b * MINUTE) for a, b in minutes]
    found = judged(facts(stall("lam", T, T + 3600, *work)), [], LIMITS)
    assert demand_of(found).due is due
    assert (figures(found).stalls.there, figures(found).stalls.due) == (1, due)
    assert bool(found.findings) is due


def test_the_delay_counts_while_work_waits() -> None:
    """Work came ten minutes after the machine had hung, and a break of twenty lay between: of the forty minutes on the
    clock ten count."""
    work = (Span(T + 600, T + 900), Span(T + 2100, T + 3600))
    found = judged(facts(stall("lam", T, T + 3600, *work)), [told("lam", T + 2400)], LIMITS)
    assert (demand_of(found).delay, demand_of(found).by_clock) == (600.0, 2400.0)


def test_telling_a_stall_that_need_not_be_told_is_no_false_alarm() -> None:
    """The machine stood, whether or not anything waited; but a machine that only has nothing to do does not stand."""
    found = judged(facts(stall("lam", T, T + 3600)), [told("lam", T + 900)], LIMITS)
    assert [verdict for verdict, _ in found.verdicts] == [Verdict.FIRST]
    assert figures(judged(facts(), [told("lam", T + 900)], LIMITS)).false_count == 1


def test_what_comes_later_makes_no_stall_true() -> None:
    """Of a counter that stands a stall is told; half an hour later the machine really stops for some minutes, and the
    alert is still open. It was false."""
    minor = stall("lam", T + 1800, T + 2000, Span(T + 1800, T + 2000))
    found = judged(facts(minor), [told("lam", T)], LIMITS)
    assert [verdict for verdict, _ in found.verdicts] == [Verdict.FALSE]
    just_after = judged(facts(minor), [told("lam", T + 1790)], LIMITS)
    assert [verdict for verdict, _ in just_after.verdicts] == [Verdict.FIRST]


def test_low_film_does_not_excuse_a_stall_that_is_none() -> None:
    """What stops nothing is no reason to say that the machine stands; what stops it is a graver word for the same."""
    low = Sign(T, T + 3600, "lam", "film-low", Condition.SUPPLY_LOW, stops=False)
    jam = Sign(T, T + 3600, "lam", "jam", Condition.JAM, stops=True)
    alerts = [told("lam", T + 900)]
    assert judged(facts(signs=(low,)), alerts, LIMITS).verdicts[0][0] is Verdict.FALSE
    assert judged(facts(signs=(jam,)), alerts, LIMITS).verdicts[0][0] is Verdict.WARNING


def test_whoever_only_waits_for_it_is_the_wrong_machine() -> None:
    """A stall told on the laminator that starves behind the hung printer is a symptom: as the first alert it is wrong,
    after the right one it is one too many."""
    truth = facts(stall("prn", T, T + 3600, HOUR_OF_WORK), waits=(Wait(T + 300, T + 3700, "lam", ("prn",)),))
    alone = judged(truth, [told("lam", T + 900)], LIMITS)
    assert sorted(each.sort for each in alone.findings) == [Sort.MISSED, Sort.WRONG]
    assert figures(alone).stalls.right_machine.value == 0.0
    assert "right machine of a silent stall at least 98%" in broken(figures(alone))
    both = judged(truth, [told("prn", T + 600), told("lam", T + 900)], LIMITS)
    assert [verdict for verdict, _ in both.verdicts] == [Verdict.FIRST, Verdict.AGAIN]
    assert figures(both).alerts_per_incident == 2.0
    assert broken(figures(both)) == ["alerts per incident at most 1.1"]


def test_two_stalls_are_two() -> None:
    """Both printers of a stage stand: each is to be told, and a third alert about who waits is one too many."""
    truth = facts(
        stall("prn", T, T + 3600, HOUR_OF_WORK),
        stall("las", T + 60, T + 3600, Span(T + 60, T + 3600)),
        waits=(Wait(T + 300, T + 3700, "lam", ("las", "prn")),),
    )
    found = judged(truth, [told("prn", T + 600), told("las", T + 660), told("lam", T + 900)], LIMITS)
    assert sorted(each.alerts for each in found.outcomes) == [1, 2]
    assert [each.sort for each in found.findings] == [Sort.AGAIN]


def test_where_a_controller_tells_nobody_else_has_to() -> None:
    """The controller says that the heater burnt out: that the laminator stands is not due, and if told too, it is one
    too many."""
    burnt = trouble("las", T, T + 3600, Condition.HARDWARE, reason="burnout")
    stands = stall("lam", T, T + 3600, HOUR_OF_WORK, reason="burnout")
    said = alert("las", T + 30, condition=Condition.HARDWARE)
    quiet = judged(facts(burnt, stands, sits_on={"las": "lam"}), [said], LIMITS)
    assert (figures(quiet).stalls.due, quiet.findings) == (0, ())
    twice = judged(facts(burnt, stands, sits_on={"las": "lam"}), [said, told("lam", T + 600)], LIMITS)
    assert figures(twice).alerts_per_incident == 2.0


def test_what_nobody_can_hear_nobody_can_tell() -> None:
    """The line is mute for most of it: fourteen minutes are left. A line that is bad at times leaves all of it."""
    hung = stall("lam", T, T + 3600, HOUR_OF_WORK)
    gap = (("lam", Span(T + 60, T + 3600 - 780)),)
    assert not demand_of(judged(facts(hung, mute=gap), [], LIMITS)).due
    assert demand_of(judged(facts(hung, mute=(("prn", gap[0][1]),)), [], LIMITS)).due
    assert demand_of(judged(facts(hung, deaf=gap), [], LIMITS)).due
    late = judged(facts(hung, mute=(("", Span(T, T + 600)),)), [told("lam", T + 900)], LIMITS)
    assert demand_of(late).delay == 300.0


def test_what_is_promised_of_delays() -> None:
    """Half within ten minutes and nine of ten within twenty: of those that are due, whatever is told of others."""
    assert broken(figures(at_minutes(*[9] * 10, 21))) == []
    assert broken(figures(at_minutes(*[9] * 9, 21, 21))) == ["nine of ten silent stalls told within 20 minutes"]
    assert broken(figures(at_minutes(*[9] * 4, *[11] * 6))) == ["half of the silent stalls told within 10 minutes"]


def test_less_is_promised_of_an_office_that_is_unlike_the_others() -> None:
    """One false alarm in a machine-month and one missed stall of ten, and nothing of delays."""
    score = at_minutes(*[25] * 9, None)
    assert len(broken(figures(score))) == 3
    assert broken(figures(score, PERTURBED)) == []
    assert broken(figures(at_minutes(*[25] * 8, None, None), PERTURBED)) == ["silent stalls missed at most 10%"]


def test_the_table_has_a_row_for_them() -> None:
    """Short ones are there, and told or not; delays and misses are of those that are due."""
    short = stall("prn", T, T + 300, Span(T, T + 300))
    long = stall("lam", T, T + 3600, HOUR_OF_WORK)
    found = figures(judged(facts(short, long), [told("prn", T + 240, T + 400), told("lam", T + 600)], LIMITS))
    [row] = [each for each in found.classes if each.kind is Kind.SILENT]
    assert (row.incidents, row.told, row.due, row.missed, row.median.value) == (2, 2, 1, 0, 600.0)


def at_minutes(*delays: float | None) -> Score:
    """Days with one stall of an hour each, told after so many minutes, or not at all."""
    truth: Trouble = stall("lam", T, T + 3600, HOUR_OF_WORK)
    alerts = [[] if each is None else [told("lam", T + each * MINUTE)] for each in delays]
    return Score.of(judged(facts(truth), each, LIMITS) for each in alerts)
