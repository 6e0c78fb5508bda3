"""Waiting longer each time that it was in vain, and never filling a thin line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.publish.patience import Pace, Patience


def resends(patience: Patience, until_s: float, rtt_s: float = 0.0) -> list[float]:
    """When everything is sent once more, looked at four times a second."""
    found = []
    for quarter in range(round(until_s * 4)):
        if patience.spent(now := quarter / 4, rtt_s):
            patience.again(now)
            found.append(now)
    return found


def test_a_consumer_that_is_away_is_sent_less_and_less() -> None:
    """After 10 s, 20 s, 40 s, and then each minute: in an hour not even 62 windows instead of 360."""
    patience = Patience(10.0)
    times = resends(patience, 3600)
    assert times[:5] == [10, 30, 70, 130, 190]
    assert len(times) <= 62


def test_one_that_comes_back_is_believed_in_again() -> None:
    """Once it moves, the next wait is the first one again; waiting for something new keeps the length of the wait."""
    patience = Patience(10.0)
    resends(patience, 200)
    patience.begin(200.0)
    assert patience.spent(210.0, 0.0)
    patience.again(210.0)
    patience.wait(300.0)
    assert not patience.spent(319.0, 0.0)
    assert patience.spent(320.0, 0.0)


def test_one_that_is_seen_is_not_kept_waiting() -> None:
    """It was away for minutes, comes back and says what it had: what it lacks follows at once, but not each time."""
    patience = Patience(10.0)
    resends(patience, 200)
    patience.seen()
    assert patience.spent(200.0, 0.0)
    patience.again(200.0)
    patience.seen()
    assert not patience.spent(209.0, 0.0)
    assert patience.spent(210.0, 0.0)


def test_one_that_is_seen_is_given_the_time_to_answer() -> None:
    """What was sent a moment ago is on its way: two seconds, or eight round trips."""
    patience = Patience(10.0)
    patience.begin(100.0)
    patience.seen()
    assert [patience.spent(at, 0.0) for at in (101.9, 102.0)] == [False, True]
    assert [patience.spent(at, 0.5) for at in (103.9, 104.0)] == [False, True]


def test_a_long_round_trip_is_waited_for() -> None:
    """With answers after 5 s nothing is sent again before 40 s, and then each minute."""
    assert resends(Patience(10.0), 200, rtt_s=5.0) == [40, 100, 160]


@pytest.mark.parametrize(("rtt_s", "per_s"), [(0.0, 1000.0), (0.3, 1000.0), (0.3, 12.0), (0.6, 8.0), (0.05, 400.0)])
def test_a_line_is_filled_but_not_drowned(rtt_s: float, per_s: float) -> None:
    """A line that carries so many a second: it is kept busy, and nothing waits in it for much longer than a second."""
    pace, now, free, answers, taken, worst = Pace(148), 0.0, 0.0, list[tuple[float, float]](), 0, 0.0
    while now < 60.0:
        while len(answers) < pace.allowed:
            free = max(free, now) + 1 / per_s
            answers.append((free + rtt_s, now))
        now, sent = answers.pop(0)
        pace.answered(now - sent, now)
        taken += 1
        if now > 10.0:
            worst = max(worst, now - sent - rtt_s)
    assert taken >= 0.7 * 60 * min(per_s, 148 / max(rtt_s, 1 / per_s))
    assert worst <= 2.5


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 5)), max_size=200), st.integers(1, 200))
def test_something_may_always_be_sent_and_never_too_much(answers: list[tuple[float, float]], most: int) -> None:
    """Whatever answers take: between one and what the broker allows."""
    pace, now = Pace(most), 0.0
    for took_s, later_s in answers:
        now += later_s
        pace.answered(took_s, now)
        assert 1 <= pace.allowed <= most
