"""The one clock: it may be scaled, and it never goes back."""

import time

import pytest

from fleetmon.clock import Clock
from fleetmon.model.report import At


async def test_an_unscaled_clock_is_the_clock_of_the_computer() -> None:
    """UTC is the wall clock's, and the monotonic part belongs to the boot that the kernel names, the same for all."""
    clock, before = Clock(), time.time()
    assert before <= clock.now().utc <= time.time()
    assert clock.now().boot == Clock().now().boot
    assert clock.now().mono <= clock.now().mono


@pytest.mark.parametrize("rate", [0.0, -1.0])
def test_a_clock_does_not_stand_still_or_run_backwards(rate: float) -> None:
    """A rate that is not above 0 is refused."""
    with pytest.raises(ValueError, match="forwards"):
        Clock(rate)


async def test_a_scaled_clock_runs_ahead_and_is_a_boot_of_its_own() -> None:
    """At 600 times the speed a minute passes in a tenth of a second, and its moments never mix with real ones."""
    clock, real = Clock(600.0, epoch=0.0), Clock()
    began = clock.now()
    await clock.sleep(60.0)
    assert clock.now().since(began) >= 60.0
    assert clock.now().utc >= 60.0
    assert clock.now().boot != real.now().boot


async def test_a_clock_sleeps_until_a_moment() -> None:
    """The clock shows the moment, or later, when it wakes up."""
    clock = Clock(100.0)
    began = clock.now()
    goal = At(began.utc + 5, began.mono + 5, began.boot)
    await clock.sleep_until(goal)
    assert clock.now().mono >= goal.mono
