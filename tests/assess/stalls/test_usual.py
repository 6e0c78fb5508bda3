"""The usual rate is that of closed forms, forgets nothing at a restart, and believes no single week."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from math import exp, inf, log
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fleetmon.assess.stalls.usual import (
    PRIOR_H,
    SLOT_S,
    SLOTS,
    WEEKS,
    WEEKS_A_MONTH,
    Place,
    Usual,
    Week,
    place,
    threshold,
)

KARACHI = ZoneInfo("Asia/Karachi")
NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
WEEK_S = SLOTS * SLOT_S
_weeks = TypeAdapter(tuple[Week, ...])


def learned(made: Callable[[int, int], int], weeks: int = WEEKS, seconds: float = SLOT_S) -> Usual:
    """So many whole weeks, `made(week, slot)` in each slot, and the first second of the next."""
    usual = Usual()
    for week in range(weeks):
        for slot in range(SLOTS):
            usual.watched(seconds, made(week, slot), Place(week, slot, SLOT_S))
    usual.watched(1.0, 0, Place(weeks, 0, SLOT_S))
    return usual


def in_hours(slot: int) -> bool:
    """Monday to Friday, 9 to 17."""
    return slot // 48 < 5 and 18 <= slot % 48 < 34


def test_an_even_rate_is_learned_exactly() -> None:
    """40 documents in every half-hour are 80 an hour, 80 * 168 a week, whatever is smoothed and shrunk."""
    usual = learned(lambda _week, _slot: 40)
    assert [usual.rate(slot) for slot in (0, 100, SLOTS - 1)] == [pytest.approx(80.0)] * 3
    assert usual.a_month == pytest.approx(80 * 168 * WEEKS_A_MONTH)


def test_the_formula() -> None:
    """Two half-hours of one week: (kappa * prior + c) / (kappa + E), with c a half of it in place, a quarter beside."""
    usual = learned(lambda _week, slot: {100: 8, 101: 4}.get(slot, 0), weeks=1)
    day, week = 12 / 24, 12 / 168  # an hour; the prior is the day's rate times the time of day's, by the week's
    busy, less = PRIOR_H * day * (8 / 3.5) / week, PRIOR_H * day * (4 / 3.5) / week
    assert usual.rate(100) == pytest.approx((busy + 0.5 * (0.5 * 16 + 0.25 * 8)) / (PRIOR_H + 0.5))
    assert usual.rate(101) == pytest.approx((less + 0.5 * (0.5 * 8 + 0.25 * 16)) / (PRIOR_H + 0.5))


def test_closing_time_is_an_edge() -> None:
    """Who never works after five is not expected to at a quarter past, though the half-hour before is a busy one."""
    usual = learned(lambda week, slot: 40 if in_hours(slot) or (slot == 34 and week == 3) else 0)
    assert (usual.rate(33), usual.rate(34), usual.rate(17)) == (pytest.approx(70.0, abs=5.0), 0.0, 0.0)
    lately = learned(lambda week, slot: 40 if in_hours(slot) or (slot == 34 and week % 2) else 0)
    assert (lately.rate(34) or 0.0) > 10.0


def test_nothing_is_known_before_a_week_is_over() -> None:
    """The present week says nothing of itself; unknown is neither 0 nor a hazard."""
    usual = Usual()
    for slot in range(SLOTS):
        usual.watched(SLOT_S, 40, Place(7, slot, SLOT_S))
    assert usual.rate(100) is None
    assert (usual.a_month, usual.hazard(MONDAY, MONDAY + 86_400, KARACHI)) == (0.0, 0.0)
    usual.watched(5.0, 0, Place(8, 0, SLOT_S))
    assert usual.rate(100) == pytest.approx(80.0)


def test_nights_and_days_off_stay_at_zero() -> None:
    """After a single week already nothing is expected at night or on Sunday, though little was watched of each slot."""
    usual = learned(lambda _week, slot: 40 if in_hours(slot) else 0, weeks=1)
    assert usual.rate(48 * 6 + 24) == 0.0
    assert usual.rate(4) == 0.0
    assert usual.rate(24) == pytest.approx(80.0)


def test_one_week_that_stood_still_changes_little() -> None:
    """Of six weeks one without a document takes less than a tenth, where a mean would lose a sixth."""
    usual = learned(lambda week, slot: 40 if in_hours(slot) and week != 3 else 0)
    rate = usual.rate(24)
    assert rate is not None
    assert 0.9 * 80.0 < rate <= 80.0


def test_hours_in_which_nobody_looked_are_no_hours_without_work() -> None:
    """Watched for a third of each half-hour, a machine is as fast as it is; never watched, it is unknown."""
    assert learned(lambda _week, _slot: 10, seconds=SLOT_S / 3).rate(50) == pytest.approx(60.0)
    assert learned(lambda _week, _slot: 0, seconds=200.0).rate(50) is None


def test_the_last_six_weeks_count() -> None:
    """What was usual half a year ago is forgotten."""
    assert learned(lambda week, _slot: 40 if week >= 20 else 10, weeks=26).rate(50) == pytest.approx(80.0)


def test_a_clock_that_was_wrong_for_an_hour_costs_one_week() -> None:
    """The computer wakes up in 1970 or 2099: five of six weeks are still known, and the present one goes on."""
    usual = learned(lambda _week, _slot: 40)
    usual.watched(3600.0, 0, Place(-3000, 5, SLOT_S))
    usual.watched(5.0, 0, Place(WEEKS, 1, SLOT_S))
    assert usual.rate(50) == pytest.approx(80.0, rel=0.01)
    assert len(usual.weeks) == WEEKS + 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, SLOTS - 1), st.integers(0, 90_000)), max_size=40))
def test_a_restart_forgets_nothing_and_the_record_is_small(told: list[tuple[int, int, int]]) -> None:
    """Stored and read again it says the same, and never takes more than 20 KB."""
    usual = Usual()
    for week, slot, made in told:
        usual.watched(600.0, made, Place(week, slot, SLOT_S))
    body = _weeks.dump_json(usual.weeks)
    again = Usual(_weeks.validate_json(body))
    assert len(body) < 20_000
    assert again.weeks == usual.weeks
    assert [again.rate(slot) for slot in range(SLOTS)] == [usual.rate(slot) for slot in range(SLOTS)]


@pytest.mark.parametrize("text", ["", "AAAA", "!", "ä"])
def test_a_record_that_is_none_is_refused(text: str) -> None:
    """Anything but 336 numbers raises ValueError, for who reads it to begin anew."""
    with pytest.raises(ValueError, match=r"."):
        Usual((Week(1, text, text),))


def test_documents_that_come_together_count_as_one() -> None:
    """Of batches of ten, in every second week of each half-hour, ten times as many are to be expected before silence is
    strange; single ones that come by chance are believed as they are, and one week says nothing of it."""
    draw = random.Random(5)
    single = learned(lambda _week, _slot: sum(draw.random() < 0.01 for _ in range(1000)))
    batches = learned(lambda _week, _slot: 10 * sum(draw.random() < 0.01 for _ in range(100)))
    assert single.batch == pytest.approx(1.0, abs=0.15)
    assert batches.batch == pytest.approx(10.0, rel=0.15)
    told = [next(n for n in range(1000) if usual.surprises(float(n), 0.1)) for usual in (single, batches)]
    assert 10 <= told[0] <= 20
    assert 80 <= told[1] <= 160
    early = learned(lambda _week, _slot: 10, weeks=1)
    assert early.batch is None
    assert not early.surprises(1e6, 0.1)


def test_places_follow_the_wall_clock() -> None:
    """Monday 00:00 in Karachi begins a new week; half past ten on Thursday in New York is slot 165 in any season."""
    monday = datetime(2026, 6, 1, tzinfo=KARACHI).timestamp()
    assert place(monday, KARACHI) == Place(place(monday - 1, KARACHI).week + 1, 0, SLOT_S)
    assert place(monday - 1, KARACHI).slot == SLOTS - 1
    for month in (1, 7):
        thursday = datetime(2026, month, 8 if month == 1 else 9, 10, 30, 10, tzinfo=NEW_YORK).timestamp()
        assert (place(thursday, NEW_YORK).slot, place(thursday, NEW_YORK).left_s) == (3 * 48 + 21, SLOT_S - 10)


@given(st.floats(0, 1.2 * WEEK_S), st.floats(0, 1.2 * WEEK_S), st.floats(0, 1.2 * WEEK_S))
def test_the_hazard_of_a_silence_is_that_of_its_parts(one: float, two: float, three: float) -> None:
    """Hazards add up and never fall, and one of a whole week is a week's documents."""
    usual = learned(lambda _week, slot: slot % 7, weeks=2)
    a, b, c = sorted((MONDAY + one, MONDAY + two, MONDAY + three))
    whole = usual.hazard(a, c, KARACHI)
    assert usual.hazard(a, b, KARACHI) + usual.hazard(b, c, KARACHI) == pytest.approx(whole, abs=1e-6)
    assert usual.hazard(a, a + WEEK_S, KARACHI) == pytest.approx(usual.a_month / WEEKS_A_MONTH)
    assert usual.hazard(c, a, KARACHI) == 0.0 or a == c


def test_a_night_without_work_adds_nothing() -> None:
    """Forty minutes before closing and forty after opening are eighty minutes of expected work."""
    usual = learned(lambda _week, slot: 40 if 18 <= slot % 48 < 34 else 0)
    closing = datetime(2026, 6, 2, 16, 20, tzinfo=KARACHI).timestamp()
    opening = datetime(2026, 6, 3, 9, 40, tzinfo=KARACHI).timestamp()
    assert usual.hazard(closing + 2400, opening - 2400, KARACHI) == 0.0
    assert usual.hazard(closing, opening, KARACHI) == pytest.approx(80 * 80 / 60, rel=0.15)


@pytest.mark.parametrize("limit", [5.0, 7.0])
def test_false_alarms_on_exponential_gaps_are_as_many_as_the_theory_says(limit: float) -> None:
    """N gaps a month, none of them a stall: N * exp(-h) exceed the hazard h. 60 months of 7 000 are drawn."""
    usual, draw = learned(lambda _week, _slot: 40), random.Random(20130722)
    gaps = [draw.expovariate(80 / 3600) for _ in range(60 * 7000)]
    fewest = limit / 80 * 3600 * 0.99  # shorter ones cannot
    alarms = sum(usual.hazard(MONDAY, MONDAY + gap, KARACHI) > limit for gap in gaps if gap > fewest)
    expected = 60 * 7000 * exp(-limit)
    assert alarms == pytest.approx(expected, abs=3 * expected**0.5)


def test_the_threshold_keeps_the_budget() -> None:
    """h = ln(N / B); who makes nothing in a month is expected to make one, so that h has a meaning."""
    assert threshold(7000, 7.0) == pytest.approx(log(1000))
    assert 7000 * exp(-threshold(7000, 0.5)) == pytest.approx(0.5)
    assert 0 < threshold(0.0, 0.5) < inf
