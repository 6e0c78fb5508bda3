"""A profile keeps of thirty days what the limit is learned from, in a record of bounded size."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.stalls.gaps import FIRST, by_chance, dates, gaps_of, printing

from fleetmon import memory_profiles
from fleetmon.assess.stalls.limit import Limit, learn
from fleetmon.assess.stalls.profile import DAYS, LONGEST, Day, Profile
from fleetmon.model.plan import StallLimits

PLAN = StallLimits()
OPEN = StallLimits(shortest_s=1.0, longest_s=1e9)
TOMORROW = date(2026, 12, 31)


def told(profile: Profile, days: int, a_day: int, seed: int = 1) -> list[float]:
    """So many working days of gaps by chance, in tenths of a second as they are kept; and the day after has begun."""
    gaps: list[float] = []
    for number, day in zip(range(days), dates(), strict=False):
        today = [round(gap, 1) for gap in by_chance(Random(seed + number), a_day, 60.0)]
        gaps += today
        for gap in today:
            profile.gap(gap, day)
    profile.gap(60.0, TOMORROW)
    return gaps


def again(profile: Profile) -> Profile:
    """As it is after a restart."""
    kept = memory_profiles.record("prn1", profile)
    assert kept.body is not None
    return memory_profiles.recall({kept.kind: {kept.id: kept.body}}).profiles["prn1"]


@pytest.mark.parametrize("a_day", [59, 60, 61, 330, 2000])
def test_the_limit_is_the_same_as_from_all_gaps(a_day: int) -> None:
    """What is left out of the profile makes no difference, as long as sixty are a fiftieth of a day's gaps."""
    profile = Profile()
    gaps = told(profile, 10, a_day)
    limit = profile.limit(OPEN)
    assert limit == learn(gaps_of(gaps, 10), OPEN)
    assert limit.learned
    assert (limit.gaps, limit.days) == (10 * a_day, 10)


def test_a_very_quick_machine_gets_a_limit_from_fewer() -> None:
    """With more gaps a day than its record can hold a fiftieth of, the limit is still about the same."""
    profile = Profile()
    gaps = told(profile, 6, 4000)
    assert profile.limit(OPEN).seconds == pytest.approx(learn(gaps_of(gaps, 6), OPEN).seconds, rel=0.1)


def test_one_slow_day_does_not_hide_the_others() -> None:
    """A day on which every gap was long leaves its own longest: enough to go on with, and no limit below the
    fixed one."""
    profile = Profile()
    for gap in [600.0 + 0.1 * number for number in range(70)]:
        profile.gap(gap, FIRST - timedelta(days=3))
    told(profile, 10, 330)
    assert profile.limit(PLAN).seconds > PLAN.cold_start_s


def test_the_limit_stays_for_a_day() -> None:
    """What happens today is learned from tomorrow on: nobody's limit moves while he is looked at."""
    profile = Profile()
    told(profile, 6, 300)
    limit = profile.limit(OPEN)
    for _ in range(100):
        profile.gap(5000.0, TOMORROW)
    assert profile.limit(OPEN) is limit
    profile.gap(60.0, TOMORROW + timedelta(days=1))
    assert profile.limit(OPEN).seconds > limit.seconds
    assert profile.limit(OPEN).days == 7


def test_other_settings_count_at_once() -> None:
    """A limit under other settings is another one, without waiting for tomorrow."""
    profile = Profile()
    told(profile, 6, 300)
    assert profile.limit(OPEN) != profile.limit(StallLimits(shortest_s=7000.0, longest_s=7000.0))


def test_the_first_week_has_a_fixed_limit() -> None:
    """Five whole working days are needed; until then it is fixed and the profile tells how far it is."""
    profile = Profile()
    assert profile.limit(PLAN) == Limit(PLAN.cold_start_s, False, 0, 0)
    for number, day in zip(range(5), dates(), strict=False):
        for _ in range(100):
            profile.gap(45.0, day)
        assert profile.limit(PLAN) == Limit(PLAN.cold_start_s, False, 100 * number, number)
    profile.gap(45.0, TOMORROW)
    assert profile.limit(PLAN) == Limit(PLAN.shortest_s + 2 * 45.0, True, 500, 5, 0.0)


def test_only_thirty_days_are_kept() -> None:
    """The days it was told of first go first."""
    profile = Profile()
    told(profile, 40, 10)
    days = [each.day for each in profile.days()]
    assert len(days) == DAYS
    assert days[-1] == TOMORROW
    assert days[0] == list(zip(range(40), dates(), strict=False))[11][1]


def test_a_clock_that_is_wrong_for_a_while_breaks_nothing() -> None:
    """Set back, it opens an earlier day again; years ahead, it costs the days it pushed out and no more."""
    profile = Profile()
    told(profile, 10, 60)
    profile.gap(45.0, FIRST)
    assert profile.limit(PLAN).days == 10
    for ahead in range(DAYS):
        profile.gap(45.0, date(2090, 1, 1) + timedelta(days=ahead))
    told(profile, 10, 60)
    assert profile.limit(PLAN).days == DAYS - 1
    assert {each.day for each in profile.days()} >= {day for _, day in zip(range(10), dates(), strict=False)}


def test_people_are_told_the_usual_gap_and_the_longest() -> None:
    """The usual one is the mean without the longest tenth: pauses are not usual, however long."""
    profile = Profile()
    assert profile.usual_s is None
    assert profile.longest_s is None
    for gap in (45.0,) * 18 + (600.0, 1200.0):
        profile.gap(gap, FIRST)
    assert profile.usual_s == pytest.approx(45.0)
    assert profile.longest_s == 1200.0


def test_a_profile_survives_a_restart() -> None:
    """Its record brings it back, with the same limit, and from then on it counts as unchanged."""
    profile = Profile()
    told(profile, 8, 330)
    assert profile.changed
    new = again(profile)
    assert not profile.changed
    assert not new.changed
    assert list(new.days()) == list(profile.days())
    assert new.limit(OPEN) == profile.limit(OPEN)
    assert (new.usual_s, new.longest_s) == (profile.usual_s, profile.longest_s)


days = st.builds(
    Day,
    st.dates(),
    st.integers(-(10**9), 10**9),
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(-(10**9), 10**9), max_size=80).map(tuple),
)


@given(st.lists(days, max_size=40))
def test_any_record_that_can_be_read_can_be_used(some: list[Day]) -> None:
    """Figures that no day can have are brought to what one can."""
    profile = Profile(some)
    profile.gap(45.0, TOMORROW)
    limit = profile.limit(PLAN)
    assert PLAN.shortest_s <= limit.seconds <= PLAN.longest_s
    assert len(list(profile.days())) <= DAYS
    assert profile.usual_s is not None
    assert profile.usual_s >= 0
    assert profile.longest_s is not None
    assert profile.longest_s >= 45.0
    assert all(len(each.longest) <= LONGEST for each in again(profile).days())


@given(
    st.lists(st.tuples(st.floats(-1, 1e9), st.integers(0, 3)), max_size=300),
    st.randoms(use_true_random=False),
)
def test_the_order_within_a_day_makes_no_difference(gaps: list[tuple[float, int]], random: Random) -> None:
    """The same gaps in another order are the same profile."""
    one, other = Profile(), Profile()
    for gap, day in sorted(gaps, key=lambda each: each[1]):
        one.gap(gap, FIRST + timedelta(days=day))
    random.shuffle(gaps)
    for gap, day in sorted(gaps, key=lambda each: each[1]):
        other.gap(gap, FIRST + timedelta(days=day))
    assert list(one.days()) == list(other.days())
    assert one.limit(PLAN) == other.limit(PLAN)


def test_gaps_as_polls_see_them_give_the_same_limit() -> None:
    """A count that is asked for every ten seconds has gaps of whole tens of seconds: the limit hardly notices."""
    for seed in range(8):
        exact, polled = Profile(), Profile()
        for number, day in zip(range(15), dates(), strict=False):
            for gap in printing(Random(100 * seed + number), 1):
                exact.gap(gap, day)
                polled.gap(10 * round(gap / 10), day)
        for profile in (exact, polled):
            profile.gap(45.0, TOMORROW)
        assert polled.limit(OPEN).seconds == pytest.approx(exact.limit(OPEN).seconds, rel=0.1)


def test_the_limit_leaves_room_for_a_minor_stop_and_two_documents() -> None:
    """A printer that takes 90 s for a document, and has hardly any pauses: five minutes and two documents."""
    profile = Profile()
    for number in range(8):
        for _ in range(200):
            profile.gap(90.0, date(2026, 6, 1) + timedelta(days=number))
    assert profile.limit(PLAN).seconds == PLAN.shortest_s + 180.0
