"""The one clock: it may be scaled, and it never goes back."""

import asyncio
import time

import pytest

from fleetmon.clock import Clock, Nap


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


async def test_a_nap_lasts_as_long_as_the_clock_says() -> None:
    """Ten seconds of a clock that runs a hundred times as fast."""
    clock = Clock(100.0)
    began = clock.now()
    await Nap(clock).sleep(10.0)
    assert clock.now().since(began) >= 10.0


async def test_a_nap_can_be_ended_and_the_next_one_is_a_nap_again() -> None:
    """Ended from outside, however often; whoever does not sleep is not woken, now or later."""
    clock, loop = Clock(), asyncio.get_running_loop()
    nap = Nap(clock)
    nap.end()
    loop.call_later(0.01, nap.end)
    loop.call_later(0.01, nap.end)
    began = loop.time()
    await nap.sleep(30.0)
    assert loop.time() - began < 5
    await nap.sleep(0.05)
    assert loop.time() - began >= 0.05


async def test_nobody_sleeps_longer_than_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The computer may have been suspended meanwhile, which timers do not know."""
    monkeypatch.setattr("fleetmon.clock._LONGEST_NAP_S", 0.01)
    async with asyncio.timeout(5):
        await Nap(Clock()).sleep(3600.0)
