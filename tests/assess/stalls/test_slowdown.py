"""A machine that became slower is told of soon, one that did not hardly ever; and the CUSUM is that of the books."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fleetmon.assess.stalls.slowdown import ALARM, SLACK, Pace, Slowdown, cusum

FIRST = date(2026, 6, 1)
_paces = TypeAdapter(Pace)


def run_length(draw: random.Random, slack: float, limit: float, shift: float) -> int:
    """Steps of unit noise about `shift` until S exceeds the limit."""
    level, steps = 0.0, 0
    while level <= limit:
        level, steps = cusum(level, draw.gauss(shift, 1.0), slack), steps + 1
    return steps


def siegmund(slack: float, limit: float, shift: float) -> float:
    """The mean run length by Siegmund's approximation (1985)."""
    drift, bound = shift - slack, limit + 1.166
    return (exp(-2 * drift * bound) + 2 * drift * bound - 1) / (2 * drift * drift)


@pytest.mark.parametrize(
    ("limit", "shift", "book", "runs"),
    [(4.0, 0.0, 335.0, 1500), (4.0, 1.0, 8.4, 3000), (5.0, 0.0, 938.0, 700), (5.0, 1.0, 10.3, 3000)],
)
def test_the_cusum_is_that_of_the_books(limit: float, shift: float, book: float, runs: int) -> None:
    """k = 0.5, one-sided: the mean run lengths of Gaussian noise, at rest and moved by one sigma."""
    draw = random.Random(31)
    mean = sum(run_length(draw, 0.5, limit, shift) for _ in range(runs)) / runs
    error = 3 / runs**0.5 if shift == 0.0 else 0.03
    assert siegmund(0.5, limit, shift) == pytest.approx(book, rel=0.02)
    assert mean == pytest.approx(book, rel=error)


def test_the_default_is_rarely_wrong() -> None:
    """k = 1, h = 5 on Gaussian blocks: once in a hundred thousand, less than 0.02 a month of 1 500 blocks."""
    assert 1500 / siegmund(SLACK, ALARM, 0.0) < 0.02


def gap(draw: random.Random, times: float = 1.0) -> float:
    """Of a printer with a cycle of 45 s: now and then a tray is filled, now and then somebody is slow."""
    if draw.random() < 0.025:
        return draw.uniform(90.0, 240.0)
    return 45.0 * times * draw.lognormvariate(0.0, 0.12)


def worked(draw: random.Random, days: int, gaps: int = 400) -> Slowdown:
    """A machine that has worked so many days, at its usual pace."""
    slowdown = Slowdown()
    for day in range(days):
        for _ in range(gaps):
            slowdown.gap(gap(draw), FIRST + timedelta(days=day))
    return slowdown


def documents_until_told(slowdown: Slowdown, gaps: Iterator[float], day: date, most: int) -> int | None:
    """How many documents it took; None: it was not told."""
    for number, seconds in enumerate(gaps, start=1):
        slowdown.gap(seconds, day)
        if slowdown.slower is not None:
            return number
        if number >= most:
            return None
    return None


@pytest.mark.parametrize(("times", "within"), [(1.2, 60), (1.5, 30)])
def test_a_slower_machine_is_told_of_within_a_few_blocks(times: float, within: int) -> None:
    """20 % slower is told after 40 documents at most in the median and nearly always within 60; 50 % slower after 30.

    A block that was slow by chance just before counts too, so that it may be 20."""
    lengths = []
    for seed in range(20):
        draw = random.Random(seed)
        slowdown = worked(draw, days=8, gaps=200)
        told = documents_until_told(
            slowdown, (gap(draw, times) for _ in iter(int, 1)), FIRST + timedelta(days=8), most=300
        )
        assert told is not None
        assert told >= 20
        lengths.append(told)
    assert sorted(lengths)[len(lengths) // 2] <= 40
    assert sorted(lengths)[-2] <= within


def test_what_is_told_says_by_how_much() -> None:
    """20 % slower for a hundred documents: between 15 % and 25 % are told, and the usual pace beside them."""
    draw = random.Random(5)
    slowdown = worked(draw, days=8)
    for _ in range(100):
        slowdown.gap(gap(draw, 1.2), FIRST + timedelta(days=8))
    slower = slowdown.slower
    assert slower is not None
    assert slower.times == pytest.approx(1.2, abs=0.05)
    assert slower.usual_s == pytest.approx(43.0, abs=2.0)
    assert slower.documents >= 90


def test_it_is_over_when_the_machine_is_as_fast_as_before() -> None:
    """After a day of slowness, a hundred and fifty documents at the usual pace end the notice."""
    draw = random.Random(6)
    slowdown = worked(draw, days=8)
    for times, day in ((1.4, 8), (1.0, 9)):
        for _ in range(150):
            slowdown.gap(gap(draw, times), FIRST + timedelta(days=day))
        assert (slowdown.slower is not None) is (times > 1.0)


def test_a_tenth_slower_is_certain_and_told_to_nobody() -> None:
    """The CUSUM stands at its end, but 10 % are not worth a person's time; when it gets worse it is told."""
    draw = random.Random(7)
    slowdown = worked(draw, days=8)
    for _ in range(600):
        slowdown.gap(gap(draw, 1.09), FIRST + timedelta(days=8))
        assert slowdown.slower is None
    assert slowdown.pace.level > ALARM
    assert documents_until_told(slowdown, (gap(draw, 1.4) for _ in range(200)), FIRST + timedelta(days=8), 200)


def test_a_month_at_the_usual_pace_is_quiet() -> None:
    """Twenty machine-months of 22 days and 400 documents: no notice, and of the CUSUM alone, which says 0.02 a month,
    at most three."""
    notices = certain = 0
    for seed in range(20):
        draw, told = random.Random(100 + seed), False
        slowdown = worked(draw, days=6, gaps=200)
        for day in range(6, 28):
            for _ in range(400):
                slowdown.gap(gap(draw), FIRST + timedelta(days=day))
                notices += slowdown.slower is not None
                above = slowdown.pace.level > ALARM
                certain, told = certain + (above and not told), above
    assert notices == 0
    assert certain <= 3


def test_nothing_is_told_before_the_pace_is_known() -> None:
    """A machine of four days may be as slow as it likes: who knows what is usual?"""
    draw = random.Random(8)
    slowdown = worked(draw, days=4)
    for _ in range(200):
        slowdown.gap(gap(draw, 3.0), FIRST + timedelta(days=4))
    assert slowdown.slower is None


def test_a_perfectly_even_machine_is_given_two_per_cent() -> None:
    """Gaps that never vary have no spread; a change of one per cent is nothing all the same."""
    slowdown = Slowdown()
    for day in range(8):
        for _ in range(200):
            slowdown.gap(45.0 if day < 7 else 45.4, FIRST + timedelta(days=day))
    assert (slowdown.slower, slowdown.pace.level) == (None, 0.0)


def test_micro_stops_are_counted_in_a_thousand_documents() -> None:
    """Five gaps of two minutes among a thousand; one of six minutes is a stall, and belongs elsewhere."""
    slowdown = Slowdown()
    for number in range(1000):
        slowdown.gap({100: 360.0}.get(number, 120.0 if number % 200 == 7 else 20.0), FIRST)
    assert slowdown.micro_stops == pytest.approx(5.0)
    assert Slowdown().micro_stops is None


def test_the_ordinary_gap_of_a_slow_machine_is_no_micro_stop() -> None:
    """A laminator that takes 70 s has no thousand stops in a thousand documents, once that is known."""
    slowdown = Slowdown()
    for day in range(12):
        for _ in range(100):
            slowdown.gap(70.0, FIRST + timedelta(days=day))
    assert sum(day.micro_stops for day in slowdown.pace.days[5:]) == 0


def test_documents_that_come_in_batches_are_paced_by_the_document() -> None:
    """Ten at a time every 450 s is as fast as one every 45 s."""
    one, ten = Slowdown(), Slowdown()
    for day in range(6):
        for _ in range(100):
            one.gap(45.0, FIRST + timedelta(days=day))
            ten.gap(450.0, FIRST + timedelta(days=day), documents=10)
    assert one.pace.days[-1].blocks == ten.pace.days[-1].blocks
    assert ten.pace.days[-1].documents == 1000


def test_a_clock_that_was_wrong_forgets_no_day() -> None:
    """A block of 2099 is one day of work among thirty."""
    draw = random.Random(9)
    slowdown = worked(draw, days=8)
    for day in (date(2099, 1, 1), FIRST + timedelta(days=8)):
        for _ in range(10):
            slowdown.gap(gap(draw), day)
    assert len(slowdown.pace.days) == 10


@given(
    st.lists(
        st.tuples(st.floats(-1.0, 1e7), st.integers(0, 60), st.integers(-1, 9), st.integers(1, 200)),
        max_size=15,
    )
)
def test_a_restart_forgets_nothing_and_the_record_is_small(told: list[tuple[float, int, int, int]]) -> None:
    """Any gaps on any days: stored and read again it goes on as it would have, within 20 KB."""
    slowdown = Slowdown()
    for seconds, day, documents, times in told:
        for _ in range(times):
            slowdown.gap(seconds, FIRST + timedelta(days=day), documents)
    body = _paces.dump_json(slowdown.pace)
    again = Slowdown(_paces.validate_json(body))
    assert len(body) < 20_000
    for _ in range(30):
        slowdown.gap(30.0, FIRST + timedelta(days=61))
        again.gap(30.0, FIRST + timedelta(days=61))
    assert again.pace == slowdown.pace
    assert again.slower == slowdown.slower


def test_a_busy_month_takes_no_more_than_its_share() -> None:
    """Three hundred documents an hour around the clock for forty days: thirty are kept, of each at most 24 blocks."""
    slowdown = Slowdown()
    draw = random.Random(10)
    for day in range(40):
        for _ in range(7200):
            slowdown.gap(12.0 + draw.random(), FIRST + timedelta(days=day))
    assert len(slowdown.pace.days) <= 31
    assert all(12 <= len(day.blocks) <= 24 and day.seen == 720 for day in slowdown.pace.days)
    assert len(_paces.dump_json(slowdown.pace)) < 20_000
