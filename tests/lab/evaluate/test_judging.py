"""The judge, tried on truths and streams made by hand: what is false, missed, late, twice, or about another."""

from collections import Counter
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.lab.evaluate.facts import Kind, Shock, Sign, Span, Trouble, Wait
from fleetmon.lab.evaluate.figures import figures
from fleetmon.lab.evaluate.judging import judged
from fleetmon.lab.evaluate.report import findings, page
from fleetmon.lab.evaluate.score import Score, Sort, Verdict
from fleetmon.lab.evaluate.stream import Episode
from fleetmon.model.alerts import Condition, Priority

from .made import CLOSES, DAY, LIMITS, MACHINES, OPENS, alert, facts, trouble

T = OPENS + 3600.0


def verdicts(score: Score) -> list[Verdict]:
    return [verdict for verdict, _ in score.verdicts]


def sorts(score: Score) -> list[Sort]:
    return [each.sort for each in score.findings]


def test_told_in_time() -> None:
    """A jam of ten minutes, told after half a minute: nothing to complain about; the delay is from its beginning."""
    found = judged(facts(trouble("lam", T, T + 600)), [alert("lam", T + 30, T + 640)], LIMITS)
    assert (verdicts(found), sorts(found)) == ([Verdict.FIRST], [])
    [demand] = found.demands
    assert (demand.due, demand.told, demand.late, demand.delay) == (True, True, False, 30.0)
    assert found.outcomes[0].right_reason


@pytest.mark.parametrize(("after", "late"), [(35.0, False), (35.2, True)])
def test_a_delay_and_a_poll_and_a_half(after: float, late: bool) -> None:
    """Twenty seconds and fifteen are in time, a moment more is late."""
    found = judged(facts(trouble("lam", T, T + 600)), [alert("lam", T + after)], LIMITS)
    assert found.demands[0].late is late
    assert sorts(found) == [Sort.LATE] * late


def test_missed() -> None:
    """Nobody was told, or only when it was over."""
    for told in ([], [alert("lam", T + 601)]):
        found = judged(facts(trouble("lam", T, T + 600)), told, LIMITS)
        assert Sort.MISSED in sorts(found)
        assert figures(found).missed_count == 1


def test_what_is_over_at_once_need_not_be_told() -> None:
    """A jam of half a minute is over before it has to be told; telling it is no false alarm either."""
    for told in ([], [alert("lam", T + 33)]):
        found = judged(facts(trouble("lam", T, T + 30)), told, LIMITS)
        assert (found.demands[0].due, sorts(found)) == (False, [])


def test_a_false_alarm() -> None:
    """Nothing was wrong with that machine then: on another, at another time, or not at all."""
    jam = trouble("lam", T, T + 600)
    for told in (alert("prn", T + 30, T + 640), alert("lam", T + 2000, T + 2100), alert("lam", T - 900, T - 300)):
        found = judged(facts(jam), [told], LIMITS)
        assert verdicts(found) == [Verdict.FALSE]
        assert Sort.FALSE in sorts(found)


def test_what_asks_nobody_for_anything_is_no_alarm() -> None:
    """A false notice is counted, but apart."""
    found = judged(facts(), [alert("lam", T, priority=Priority.P4)], LIMITS)
    assert sorts(found) == [Sort.FALSE_NOTICE]
    assert (figures(found).false_count, figures(found).false_notices) == (0, 1)


def test_false_alarms_are_by_machine_month() -> None:
    """Four machines that work eight hours: 32 hours, a fifth of a month of 150; one false alarm is five in a month."""
    found = figures(judged(facts(), [alert("lam", T)], LIMITS))
    assert found.machine_months == pytest.approx(32 / 150)
    assert found.false_alarms.value == pytest.approx(150 / 32)


def test_after_a_restart() -> None:
    """A false alarm that follows a shock is told apart: of these there may be none."""
    shock = Shock(T, T + 600, "a restart")
    found = judged(facts(shocks=(shock,)), [alert("lam", T + 100), alert("lam", T + 700)], LIMITS)
    assert [each.after for each in found.findings] == ["a restart", ""]
    assert figures(found).confused == 1


def test_told_twice() -> None:
    """Two alerts about one jam, whatever the second says of it."""
    for other in (Condition.JAM, Condition.UNEXPLAINED):
        told = [alert("lam", T + 30, T + 100), alert("lam", T + 200, condition=other)]
        found = judged(facts(trouble("lam", T, T + 600)), told, LIMITS)
        assert (verdicts(found), sorts(found)) == ([Verdict.FIRST, Verdict.AGAIN], [Sort.AGAIN])
        assert figures(found).alerts_per_incident == 2.0


def test_a_jam_that_comes_and_goes_is_one_incident() -> None:
    """Five short ones within ten minutes of each other: one alert is enough, five are four too many."""
    jams = [trouble("lam", T + number * 300, T + number * 300 + 60) for number in range(5)]
    one = judged(facts(*jams), [alert("lam", T + 30, T + 2000)], LIMITS)
    five = judged(facts(*jams), [alert("lam", each.begins + 30, each.ends) for each in jams], LIMITS)
    assert (len(one.outcomes), figures(one).alerts_per_incident, figures(one).missed_count) == (1, 1.0, 0)
    assert figures(five).alerts_per_incident == 5.0
    apart = judged(facts(trouble("lam", T, T + 60), trouble("lam", T + 661, T + 700)), [], LIMITS)
    assert len(apart.outcomes) == 2


def test_whoever_waits_is_a_symptom() -> None:
    """The laminator starves because the printer is jammed: an alert about it is one too many, and as the first one it
    names the wrong machine."""
    truth = facts(trouble("prn", T, T + 3600), waits=(Wait(T + 600, T + 3700, "lam", ("prn",)),))
    after = judged(truth, [alert("prn", T + 30), alert("lam", T + 700, condition=Condition.MEDIA_EMPTY)], LIMITS)
    assert verdicts(after) == [Verdict.FIRST, Verdict.AGAIN]
    alone = judged(truth, [alert("lam", T + 700, condition=Condition.MEDIA_EMPTY)], LIMITS)
    assert sorted(sorts(alone)) == [Sort.MISSED, Sort.WRONG]
    assert figures(alone).right_machine.value == 0.0


def test_the_wrong_reason() -> None:
    """The right machine, but the film is not what is wrong with it."""
    found = figures(
        judged(facts(trouble("lam", T, T + 600)), [alert("lam", T + 30, condition=Condition.SUPPLY_EMPTY)], LIMITS)
    )
    assert (found.right_machine.value, found.right_reason.value) == (1.0, 0.0)


def test_a_true_warning_is_neither_false_nor_one_too_many() -> None:
    """Film runs low on a machine that is jammed, too."""
    low = Sign(T - 3000, T + 3000, "lam", "film-low", Condition.SUPPLY_LOW, stops=False)
    told = [
        alert("lam", T - 2000, condition=Condition.SUPPLY_LOW, priority=Priority.P4),
        alert("lam", T + 30),
        alert("lam", T + 100, condition=Condition.SUPPLY_LOW, priority=Priority.P4),
    ]
    found = judged(facts(trouble("lam", T, T + 600), signs=(low,)), told, LIMITS)
    assert verdicts(found) == [Verdict.WARNING, Verdict.FIRST, Verdict.WARNING]
    assert not found.findings


def test_the_night_does_not_count() -> None:
    """What begins after hours must be told half a minute after the doors open, and its delay is counted from there."""
    jam = trouble("lam", CLOSES - DAY + 3600, OPENS + 600)
    early = judged(facts(jam), [alert("lam", OPENS + 20)], LIMITS)
    assert (early.demands[0].delay, early.demands[0].late) == (20.0, False)
    assert judged(facts(jam), [alert("lam", OPENS + 60)], LIMITS).demands[0].late
    over = judged(facts(replace(jam, ends=OPENS + 10)), [], LIMITS)
    assert not over.demands[0].due


def test_who_cannot_be_heard_cannot_be_late() -> None:
    """The line is down when it jams: it has to be told when the machine is heard again; who never says it, misses."""
    jam = trouble("lam", T, T + 3600)
    deaf = (("lam", Span(T - 5, T + 900)),)
    told = judged(facts(jam, deaf=deaf), [alert("lam", T + 950)], LIMITS)
    assert (told.demands[0].late, told.demands[0].delay) == (False, None)
    assert judged(facts(jam, deaf=deaf), [alert("lam", T + 1100)], LIMITS).demands[0].late
    assert sorts(judged(facts(jam, deaf=deaf), [], LIMITS)) == [Sort.MISSED]


def test_a_machine_that_is_off_is_told_by_its_silence() -> None:
    """Lost contact is right about it; a jam is not what it is."""
    off = trouble("lam", T, T + 3600, kind=Kind.OFF)
    assert figures(judged(facts(off), [alert("lam", T + 70, condition=Condition.CONTACT_LOST)], LIMITS)).right_reason
    assert verdicts(
        judged(facts(trouble("lam", T, T + 9)), [alert("lam", T, condition=Condition.CONTACT_LOST)], LIMITS)
    ) == [Verdict.FALSE]


def test_all_that_fall_silent_together_are_one_incident() -> None:
    """One alert about the network is right and enough; one for each machine are three too many."""
    off = [trouble(machine, T + number, T + 1200, kind=Kind.CONTACT) for number, machine in enumerate(MACHINES)]
    network = alert("office", T + 70, condition=Condition.NETWORK_LOST, site=True)
    found = judged(facts(*off), [network], LIMITS)
    assert (len(found.outcomes), sorts(found), figures(found).right_machine.value) == (1, [], 1.0)
    each = [alert(machine, T + 70, condition=Condition.CONTACT_LOST) for machine in MACHINES]
    assert figures(judged(facts(*off), each, LIMITS)).alerts_per_incident == 4.0
    assert judged(facts(off[0]), [network], LIMITS).verdicts[0][0] is Verdict.FALSE


def test_a_controller_and_its_machine_are_one() -> None:
    """The controller knows what burnt out, the machine only stands."""
    burnt = trouble("las", T, T + 3600, Condition.HARDWARE, reason="burnout")
    stands = trouble("lam", T + 6, T + 3600, condition=None, reason="burnout")
    found = judged(
        facts(burnt, stands, sits_on={"las": "lam"}), [alert("las", T + 30, condition=Condition.HARDWARE)], LIMITS
    )
    assert [(each.kind, each.right_reason) for each in found.outcomes] == [(Kind.FAULT, True)]


def test_two_troubles_one_after_the_other_keep_their_own_alerts() -> None:
    """The first alert is still open when the second trouble begins; it stays with the first."""
    first = trouble("lam", T, T + 120, Condition.SUPPLY_EMPTY, Kind.SUPPLY, "upper")
    second = trouble("lam", T + 150, T + 400, Condition.SUPPLY_EMPTY, Kind.SUPPLY, "lower")
    told = [
        alert("lam", T + 30, T + 160, Condition.SUPPLY_EMPTY),
        alert("lam", T + 180, T + 420, Condition.SUPPLY_EMPTY),
    ]
    assert verdicts(judged(facts(first, second), told, LIMITS)) == [Verdict.FIRST, Verdict.FIRST]


def test_the_page_says_what_was_broken() -> None:
    """A missed jam and a false alarm: the page and its exit tell, and each finding says where to look."""
    score = judged(facts(trouble("lam", T, T + 600)), [alert("prn", T)], LIMITS, "jam --seeds 1")
    lines = [*page(figures(score)), *findings(score)]
    assert sum(line.startswith("BROKEN") for line in lines) == 2
    assert any(line.startswith("missed: jam --seeds 1 at 32400 s: lam fault jam") for line in lines)
    assert max(map(len, page(figures(score)))) <= 110


moments = st.floats(0, DAY - 1, allow_nan=False)
a_trouble = st.builds(
    lambda machine, begins, lasts, condition: trouble(machine, begins, begins + lasts, condition),
    st.sampled_from(MACHINES),
    moments,
    st.floats(1, 7200),
    st.sampled_from([None, Condition.JAM, Condition.SUPPLY_EMPTY, Condition.COVER_OPEN]),
)
an_alert = st.builds(
    lambda machine, announced, lasts, condition: alert(machine, announced, announced + lasts, condition),
    st.sampled_from(MACHINES),
    moments,
    st.floats(0, 7200),
    st.sampled_from([Condition.JAM, Condition.SUPPLY_EMPTY, Condition.CONTACT_LOST, Condition.STALL]),
)


@given(st.lists(a_trouble, max_size=8), st.lists(an_alert, max_size=8))
def test_everything_is_counted_once(troubles: list[Trouble], told: list[Episode]) -> None:
    """Each alert has one verdict, each alert of an incident is counted there, and no order of the truth matters."""
    told = sorted(told, key=lambda each: (each.announced or 0.0, each.key))
    score = judged(facts(*troubles), told, LIMITS)
    counted = Counter(verdicts(score))
    assert sum(counted.values()) == len(told)
    assert sum(each.alerts for each in score.outcomes) == counted[Verdict.FIRST] + counted[Verdict.AGAIN]
    assert sum(each.alerts > 0 for each in score.outcomes) == counted[Verdict.FIRST]
    assert len(score.demands) == len(troubles)
    assert len(score.findings) >= counted[Verdict.FALSE] + counted[Verdict.AGAIN]
    assert judged(facts(*reversed(troubles)), told, LIMITS) == score


@given(st.lists(a_trouble, min_size=1, max_size=4))
def test_a_perfect_monitor_is_perfect(troubles: list[Trouble]) -> None:
    """Who tells each trouble as soon as it begins, once, and takes it back when it is over, is not complained about,
    unless the same trouble comes back."""
    told = [alert(each.machine, each.begins, each.ends, min(each.conditions)) for each in troubles if each.conditions]
    score = judged(facts(*troubles), sorted(told, key=lambda each: (each.announced or 0.0, each.key)), LIMITS)
    assert not {*sorts(score)} - {Sort.AGAIN, Sort.WRONG}
    assert Sort.WRONG not in sorts(score) or len(troubles) > 1


@given(st.lists(a_trouble, max_size=4), st.lists(an_alert, max_size=3))
def test_runs_add_up(troubles: list[Trouble], told: list[Episode]) -> None:
    """Two runs together have the sum of what each has, in whatever order."""
    one, two = judged(facts(*troubles), told, LIMITS, "a"), judged(facts(), told, LIMITS, "b")
    sums = {figures(Score.of(each)) for each in permutations((one, two))}
    assert len(sums) == 1
    assert sums.pop().alerts == 2 * len(told)
