"""The limit of a machine is the quantile of its own gaps that its budget of false alarms asks for, between two ends."""

from dataclasses import replace
from math import exp, isfinite, log
from random import Random
from statistics import mean, quantiles

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.assess.stalls.gaps import by_chance, gaps_of, longer_a_month, pareto, printing

from fleetmon.assess.stalls.limit import MONTH_DAYS, Limit, learn
from fleetmon.model.plan import StallLimits

PLAN = StallLimits()
OPEN = StallLimits(shortest_s=1.0, longest_s=1e9)
N = 7000  # gaps a machine-month
MONTHS = 12


def fixed(seconds: float) -> StallLimits:
    """A plan that leaves no choice."""
    return StallLimits(shortest_s=seconds, longest_s=seconds)


@pytest.mark.parametrize(("h", "alarms"), [(5, 47.2), (7, 6.38)])
def test_gaps_of_pure_chance_keep_the_closed_form(h: float, alarms: float) -> None:
    """Where gaps are exponential, a limit of h mean gaps costs N exp(-h) false alarms a month: that many are counted,
    and about that many are predicted, rather more, for a power's tail is the longer one."""
    gaps = by_chance(Random(7), N * MONTHS, 60.0)
    limit = learn(gaps_of(gaps, MONTHS * MONTH_DAYS), fixed(h * 60.0))
    assert N * exp(-h) == pytest.approx(alarms, abs=0.05)
    assert longer_a_month(gaps, MONTHS * MONTH_DAYS, limit.seconds) == pytest.approx(alarms, rel=0.15)
    assert limit.predicted is not None
    assert 0.85 * alarms < limit.predicted < 1.6 * alarms


@pytest.mark.parametrize(("budget", "off", "at_most"), [(0.1, 0.1, 0.75), (0.5, 0.1, 0.45), (2.0, 0.1, 0.4)])
def test_a_power_tail_is_found_again(budget: float, off: float, at_most: float) -> None:
    """Of gaps whose tail is a power of the time, the limit is the true quantile, start * (N / B) ** index, but for what
    was fixed before, which counts as ten days. The rarer the alarms may be, the further beyond all gaps it lies."""
    start_s, index, days = 30.0, 0.35, 30
    plan, count = replace(OPEN, false_alarms=budget), N * 30 // MONTH_DAYS
    found = [learn(gaps_of(pareto(Random(seed), count, start_s, index), days), plan) for seed in range(20)]
    true = (days * log(start_s * (N / budget) ** index) + 10 * log(OPEN.cold_start_s)) / (days + 10)
    assert mean(log(limit.seconds) for limit in found) == pytest.approx(true, abs=off)
    assert all(abs(log(limit.seconds) - true) < at_most for limit in found)


def test_pauses_that_end_somewhere_have_a_limit_not_far_beyond() -> None:
    """Work with hardly any spread, eight stops in a thousand of half a minute to four minutes, five minutes now and
    then, all seen by polls of ten seconds: what is long against the work is no beginning of a tail without an end."""
    for seed in range(12):
        random = Random(seed)
        gaps = [40.0] * (250 * MONTH_DAYS)
        for place in range(len(gaps)):
            if random.random() < 1 / 125:
                gaps[place] += 10 * round(random.uniform(30, 240) / 10)
            elif random.random() < 1 / 1000:
                gaps[place] += 10 * round(random.uniform(180, 300) / 10)
        limit = learn(gaps_of(gaps, MONTH_DAYS), PLAN)
        assert max(gaps) < limit.seconds < 2 * max(gaps)
        assert limit.predicted is not None
        assert limit.predicted < 1


def test_a_week_is_enough_for_a_sane_limit() -> None:
    """After five days of a printer's gaps, eight limits of ten are of 6 to 10 minutes, and what they cost in false
    alarms is within the budget; after a month it is nearer to what the budget allows."""
    plan = replace(PLAN, false_alarms=1.0)
    to_come = printing(Random(1000), 30 * MONTH_DAYS)
    limits = [learn(gaps_of(printing(Random(seed), 5), 5), plan).seconds for seed in range(60)]
    deciles = quantiles(limits, n=10)
    assert 360 <= deciles[0] < deciles[-1] <= 600
    month = [learn(gaps_of(printing(Random(seed), 22), 22), plan).seconds for seed in range(20)]
    costs = [mean(longer_a_month(to_come, 30 * MONTH_DAYS, limit) for limit in some) for some in (limits, month)]
    assert costs[0] < costs[1] < plan.false_alarms


def test_what_is_predicted_comes() -> None:
    """False alarms as predicted from a month of a printer's gaps come in the next months, within a factor of three."""
    days = 24 * MONTH_DAYS
    to_come = printing(Random(2000), days)
    for seconds in (240.0, 300.0):
        limits = [learn(gaps_of(printing(Random(seed), MONTH_DAYS), MONTH_DAYS), fixed(seconds)) for seed in range(8)]
        predicted = mean(limit.predicted or 0.0 for limit in limits)
        assert 1 / 3 < predicted / longer_a_month(to_come, days, seconds) < 3


def test_what_comes_every_other_day_is_no_stall() -> None:
    """Ten minutes after every hundredth document, beside work without pauses: no limit is shorter than such a pause,
    however little is known; but one in a week may have been a stall."""
    for days in (5, 10, 20):
        often = learn(gaps_of([60.0] * (days * 150) + [600.0 + day for day in range(days)], days), PLAN)
        assert often.seconds > 600
        once = learn(gaps_of([60.0] * (days * 150) + [1100.0], days), PLAN)
        assert once.seconds < 600


def test_the_tail_begins_where_it_is_thin() -> None:
    """Fourteen long pauses above a heap of four hundred equal gaps: the heap is no part of the tail."""
    gaps = [90.0] * 400 + [60.0] * 500 + [300.0 + 45.0 * place for place in range(14)]
    one, other = (learn(gaps_of(some, 10), PLAN) for some in (gaps, [*gaps, 600.0]))
    assert min(one.seconds, other.seconds) > 900
    assert max(one.seconds, other.seconds) < PLAN.longest_s


def test_stalls_nobody_confirmed_do_not_make_the_limit_long() -> None:
    """Two lost afternoons in a month move the limit by a sixth at most; how lost they were makes no difference."""
    moved = []
    for seed in range(8):
        gaps = printing(Random(seed), MONTH_DAYS)
        without = learn(gaps_of(gaps, MONTH_DAYS), OPEN).seconds
        lost = [learn(gaps_of([*gaps, afternoon, 2 * afternoon], MONTH_DAYS), OPEN).seconds for afternoon in (7e3, 7e6)]
        assert lost[0] == lost[1]
        moved.append(lost[0] / without)
    assert mean(moved) < 7 / 6
    assert max(moved) < 1.25


@pytest.mark.parametrize(("count", "days"), [(0, 0), (299, 30), (40_000, 4), (20, 5)])
def test_too_little_is_no_teacher(count: int, days: int) -> None:
    """Below five working days or 300 gaps the limit is fixed, and nothing is predicted."""
    gaps = gaps_of(by_chance(Random(1), count, 60.0), days)
    assert learn(gaps, PLAN) == Limit(PLAN.cold_start_s, False, count, days, None)


def test_a_machine_that_is_never_late_has_the_shortest_limit() -> None:
    """Gaps that are all equal, or nothing at all: no tail, no alarm to be expected."""
    for gap in (45.0, 0.0):
        assert learn(gaps_of([gap] * 2000, 10), PLAN) == Limit(PLAN.shortest_s, True, 2000, 10, 0.0)


def test_a_machine_that_is_always_late_is_told_to_have_too_short_a_limit() -> None:
    """Where each gap is longer than the longest limit, each is predicted to be a false alarm."""
    limit = learn(gaps_of([3600.0] * 420, 21), PLAN)
    assert limit.seconds == PLAN.longest_s
    assert limit.predicted == 420


some_gaps = st.lists(st.floats(0, 1e12), min_size=1, max_size=40)
plans = st.builds(
    lambda budget, shortest, more: StallLimits(budget, shortest, shortest + more),
    st.floats(1e-6, 30),
    st.floats(60, 3600),
    st.floats(0, 36_000),
)


@given(some_gaps, st.integers(300, 900), st.integers(5, 30), plans)
@example([0.0], 300, 5, PLAN)
@example([1e12, 0.0], 300, 5, PLAN)
def test_any_gaps_give_a_limit_between_the_ends(few: list[float], count: int, days: int, plan: StallLimits) -> None:
    """Whatever the gaps: no limit outside its two ends, no prediction that is not a number of gaps a month."""
    gaps = gaps_of((few * count)[:count], days)
    limit = learn(gaps, plan)
    assert plan.shortest_s <= limit.seconds <= plan.longest_s
    assert limit.predicted is not None
    assert isfinite(limit.predicted)
    assert 0 <= limit.predicted <= count * MONTH_DAYS / days * (1 + 1e-9)


@given(some_gaps, st.integers(5, 30), st.floats(1e-3, 30), st.floats(1e-3, 30))
def test_who_allows_more_false_alarms_never_waits_longer(few: list[float], days: int, one: float, other: float) -> None:
    """A larger budget never gives a longer limit."""
    gaps = gaps_of((few * 400)[:400], days)
    frugal, lavish = (learn(gaps, replace(OPEN, false_alarms=budget)).seconds for budget in sorted((one, other)))
    assert lavish <= frugal
