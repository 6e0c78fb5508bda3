"""Bounds are those of the books, hold what they promise, and never lie narrower than the data allow."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.lab.evaluate.bounds import quantile, rate, share


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (5, 1.6235, 11.6683), (10, 4.7954, 18.3904), (100, 81.3637, 121.6272)],
)
def test_the_exact_bounds_of_a_count(count: int, low: float, high: float) -> None:
    """The table of Garwood's limits for a Poisson count, 95 %."""
    found = rate(count, 1.0)
    assert (found.value, found.low, found.high) == (count, pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


def test_a_rate_is_by_exposure() -> None:
    """No false alarm in ten machine-months says: at most 0.37 a month. Nothing was watched: nothing is known."""
    assert rate(0, 10.0).high == pytest.approx(0.36889, abs=1e-4)
    assert rate(3, 0.0).high == inf
    assert rate(3, 0.0).value is None


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (98, 100, 0.9300, 0.9945), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_s_bounds_of_a_share(hits: int, trials: int, low: float, high: float) -> None:
    """Worked by hand from Wilson's formula, and the example of Newcombe (1998): 81 of 263."""
    found = share(hits, trials)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_no_trial_is_no_share() -> None:
    """Everything is possible."""
    found = share(0, 0)
    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)


def test_the_bounds_of_a_median() -> None:
    """Of ten values the second and the ninth (97.9 %); five are too few for any bound."""
    found = quantile([float(value) for value in range(1, 11)], 0.5)
    assert (found.low, found.high) == (2.0, 9.0)
    few = quantile([1.0, 2.0, 3.0, 4.0, 5.0], 0.5)
    assert (few.value, few.low, few.high) == (3.0, -inf, inf)
    assert quantile([], 0.5).value is None


def test_many_values() -> None:
    """Of ten thousand, the bounds of the median are the 4902nd and the 5099th, as the normal approximation has it."""
    found = quantile([float(value) for value in range(1, 10_001)], 0.5)
    assert (found.low, found.high) == (pytest.approx(4902, abs=1), pytest.approx(5099, abs=1))


@given(st.integers(0, 400), st.floats(0.01, 1000.0))
def test_a_rate_lies_within_its_bounds(count: int, exposure: float) -> None:
    """Whatever was counted; and more counted is never a lower bound."""
    found = rate(count, exposure)
    assert found.value is not None
    assert 0 <= found.low <= found.value <= found.high
    assert rate(count + 1, exposure).high > found.high


@given(st.integers(1, 3000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_a_share_lies_within_its_bounds(counted: tuple[int, int]) -> None:
    """And both within 0 and 1."""
    found = share(*counted)
    assert found.value is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=120), st.sampled_from([0.5, 0.9]))
def test_a_quantile_lies_within_its_bounds(values: list[float], part: float) -> None:
    """And the bounds do not hang on the order of the values."""
    found = quantile(values, part)
    assert found.value is not None
    assert found.low <= found.value <= found.high
    assert quantile(values[::-1], part) == found
