"""When to poll next: on common slots, evenly spread, never early, and never more than a minute late."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess.source import LOST_AFTER_S
from fleetmon.schedule import BACKOFF_CAP_S, PATIENCE_S, PHASE_S, SLOT_S, is_slow, next_due, pace_s, phase

MACHINES = [f"prn{number:03}/main" for number in range(1000)]
moments = st.floats(0, 1e9)
intervals = st.floats(0.1, 3600) | st.integers(1, 36_000).map(lambda slots: slots / 10)
keys = st.text(max_size=20)


def slots(moment_s: float) -> int:
    """Which slot a moment is; it must be one, to the last bit."""
    number = round(moment_s / SLOT_S)
    assert moment_s == number / 10
    return number


@pytest.mark.parametrize("interval_s", [1.0, 5.0, 30.0, 60.0])
def test_machines_are_spread_evenly_over_the_interval(interval_s: float) -> None:
    """A thousand machines with running numbers: each fifth of the interval holds 150 to 250, each phase few."""
    phases = [phase(key, interval_s) for key in MACHINES]
    assert all(0 <= place < interval_s for place in phases)
    fifths = Counter(int(place / interval_s * 5) for place in phases)
    assert all(150 <= fifths[fifth] <= 250 for fifth in range(5)), fifths
    share = len(MACHINES) * PHASE_S / interval_s
    assert max(Counter(phases).values()) <= share + 5 * share**0.5 + 5


def test_twenty_machines_do_not_come_at_once() -> None:
    """An office of twenty machines, asked every 5 s, has at most four at once; phases are 200 ms apart."""
    for prefix in ("prn", "lam", "m", "passport-printer-"):
        phases = Counter(phase(f"{prefix}{number}/main", 5.0) for number in range(1, 21))
        assert max(phases.values()) <= 4, prefix


@given(keys, intervals)
def test_a_phase_is_a_slot_within_the_interval(key: str, interval_s: float) -> None:
    """Always the same for the same machine, on a slot, and before the interval is over."""
    place = phase(key, interval_s)
    assert 0 <= slots(place) <= max(0, slots(next_due(0.0, interval_s, 0.0)) - 1)
    assert place == phase(key, interval_s)


@given(moments, intervals, keys)
def test_the_next_poll_is_later_on_a_slot_and_within_the_interval(now_s: float, interval_s: float, key: str) -> None:
    """For any moment and interval: strictly later, exactly on a slot, at most an interval and a slot away."""
    due = next_due(now_s, interval_s, phase(key, interval_s))
    slots(due)
    assert now_s < due <= now_s + interval_s + 2 * SLOT_S


@given(st.floats(0, 1e6), st.integers(1, 600).map(lambda slots: slots / 10), keys)
def test_polls_at_an_interval_keep_their_distance(start_s: float, interval_s: float, key: str) -> None:
    """From one due moment to the next it is one interval, to the slot, for a thousand polls."""
    place = phase(key, interval_s)
    due = next_due(start_s, interval_s, place)
    first = slots(due)
    for number in range(1, 1001):
        due = next_due(due, interval_s, place)
        assert slots(due) == first + number * round(interval_s * 10)


@given(st.floats(0, 1e6), intervals, keys, st.floats(0, 30))
def test_a_late_poll_does_not_shift_the_ones_after_it(
    start_s: float, interval_s: float, key: str, late_s: float
) -> None:
    """However long a poll lasts, the next one is due at a moment that was due anyway."""
    place = phase(key, interval_s)
    after = next_due(start_s + late_s, interval_s, place)
    due = next_due(start_s, interval_s, place)
    while due < after:
        due = next_due(due, interval_s, place)
    assert due == after


def test_an_interval_between_two_slots_is_rounded_up() -> None:
    """A machine to be asked every 0.25 s is asked every 0.3 s, and never twice on one slot."""
    dues, now_s = [], 0.22
    for _ in range(3):
        now_s = next_due(now_s, 0.25, 0.0)
        dues.append(now_s)
    assert dues == [0.3, 0.6, 0.9]


def test_a_silent_machine_keeps_its_phase_and_silent_machines_stay_spread() -> None:
    """At a tenth, a twentieth and once a minute the place is the one of every 5 s; 200 silent ones fill the minute."""
    for key in MACHINES:
        for paced_s in (10.0, 20.0, 40.0, 60.0):
            assert slots(phase(key, paced_s)) % 50 == slots(phase(key, 5.0))
    silent = [phase(key, BACKOFF_CAP_S) for key in MACHINES[:200]]
    assert max(Counter(int(place / 6) for place in silent).values()) <= 40


def test_a_silent_machine_is_asked_as_before_until_it_counts_as_lost() -> None:
    """Every 5 s for the minute of silence that makes a machine lost; then 10 s, after 2, 4, 8 minutes 20, 40, 60 s."""
    assert PATIENCE_S == LOST_AFTER_S
    paces = [pace_s(5.0, silent_s) for silent_s in (0, 5, 59.9, 60, 119, 120, 239, 240, 479, 480, 3600, 1e9)]
    assert paces == [5, 5, 5, 10, 10, 20, 20, 40, 40, 60, 60, 60]


@pytest.mark.parametrize(
    ("interval_s", "expected_s"),
    [(0.1, [10, 20, 40, 60]), (7.0, [14, 21, 42, 60]), (30.0, [30, 30, 60, 60]), (45.0, [45, 45, 45, 60])],
)
def test_a_slower_pace_is_a_multiple_of_the_interval(interval_s: float, expected_s: list[float]) -> None:
    """So that the machine is asked at moments at which it would have been asked anyway; only the minute is a minute."""
    assert [pace_s(interval_s, silent_s) for silent_s in (60, 120, 240, 480)] == pytest.approx(expected_s)


@given(intervals, st.floats(0, 1e9), st.floats(0, 1e6))
def test_no_machine_is_asked_less_than_once_a_minute_unless_the_settings_say_so(
    interval_s: float, silent_s: float, longer_s: float
) -> None:
    """The pace is never quicker than the interval, above a minute only where the interval is, and never grows back."""
    paced_s = pace_s(interval_s, silent_s)
    assert interval_s <= paced_s <= max(BACKOFF_CAP_S, interval_s)
    assert pace_s(interval_s, silent_s + longer_s) >= paced_s


@pytest.mark.parametrize(
    ("interval_s", "expected_s"), [(0.5, 60.0), (5.0, 60.0), (7.0, 63.0), (50.0, 50.0), (60.0, 60.0), (300.0, 300.0)]
)
def test_the_slow_poll_is_the_one_nearest_to_a_minute(interval_s: float, expected_s: float) -> None:
    """Of polls that come up to 50 ms early or late, the same one is slow every time."""
    for jitter_s in (-0.05, 0.0, 0.05):
        passed = (number * interval_s + jitter_s for number in range(1, 1000))
        assert round(next(each for each in passed if is_slow(each, interval_s)), 0) == expected_s
    assert is_slow(None, interval_s)
