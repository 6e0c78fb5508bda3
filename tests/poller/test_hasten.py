"""A hastened poll: at once, at most once a second, never lost, and the slots stay where they were."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from fleetmon.assess import fleet
from fleetmon.decode.snmp import Pace
from fleetmon.errors import LinkError
from fleetmon.model.report import Observation
from fleetmon.model.words import Contact
from fleetmon.poller import SourcePoller
from fleetmon.schedule import phase

from .machines import REPLY, Driver, FakeLink, for_seconds, poller
from .virtual import run

PLACE = phase("m1/main", 5.0)
MUTE = LinkError("no answer within 2 s")


async def hastened(running: SourcePoller, *moments: float, until: float) -> None:
    """Run a poller and hasten it at these seconds of the story."""
    loop = asyncio.get_running_loop()
    for moment in moments:
        loop.call_at(moment, running.hasten)
    await for_seconds(until, running)


def between(link: FakeLink, first: float, last: float) -> list[float]:
    """When the machine was asked, from and to these seconds."""
    return [now for now in link.asked if first <= now <= last]


def test_it_comes_at_once_and_the_slots_stay() -> None:
    """Hastened at 1.3 s after a slot: asked then, and on all slots that were due anyway."""
    link = FakeLink()
    run(hastened(poller(link), PLACE + 11.3, until=PLACE + 31))
    slots = [PLACE + 5 * number for number in range(7)]
    assert link.asked == pytest.approx(sorted([*(slot for slot in slots if slot), PLACE + 11.3]), abs=1e-3)


def test_it_looks_everywhere() -> None:
    """A hastened poll is a slow one: it reads the alert table whether counters moved or not."""
    driver = Driver()
    run(hastened(poller(FakeLink(), driver.behave), PLACE + 11.3, until=PLACE + 14))
    assert [pace for now, _, pace in driver.polls if now > PLACE + 6] == [Pace.FAST, Pace.SLOW]


def test_a_thousand_traps_a_second_are_one_poll_a_second() -> None:
    """Hastened without end for 20 s: a poll every second and those on the slots."""
    link = FakeLink()
    flood = [PLACE + 10 + number / 1000 for number in range(20_000)]
    run(hastened(poller(link), *flood, until=PLACE + 35.5))
    asked = between(link, PLACE + 9.9, PLACE + 31.05)
    assert 20 <= len(asked) <= 26
    off_slots = [now for now in asked if abs((now - PLACE + 0.1) % 5 - 0.1) > 0.01]
    assert all(later - sooner >= 1 - 1e-6 for sooner, later in pairwise(off_slots))
    assert between(link, PLACE + 31.1, PLACE + 36) == pytest.approx([PLACE + 35])


def test_within_the_second_it_is_late_but_not_lost() -> None:
    """Hastened at 11.0 s and 11.2 s: asked at 11.0 s and at 12.0 s."""
    link = FakeLink()
    run(hastened(poller(link), PLACE + 11.0, PLACE + 11.2, until=PLACE + 14))
    assert between(link, PLACE + 10.5, PLACE + 14) == pytest.approx([PLACE + 11.0, PLACE + 12.0], abs=1e-3)


def test_during_a_poll_it_means_one_more_right_after() -> None:
    """An answer takes 0.8 s; what changed within that time may have been read before it changed."""
    link = FakeLink(lambda now: 0.8)
    run(hastened(poller(link), PLACE + 10.5, PLACE + 10.6, until=PLACE + 14))
    assert between(link, PLACE + 9.9, PLACE + 14) == pytest.approx([PLACE + 10, PLACE + 10.8], abs=1e-3)


def test_a_silent_machine_is_hastened_too() -> None:
    """Asked once a minute after an hour of silence, it says a word of its own: asked at once."""
    link = FakeLink(lambda now: MUTE if now < 3600 else REPLY)
    run(hastened(poller(link), 3610.123, until=3611))
    assert link.asked[-1] == pytest.approx(3610.123, abs=1e-3)


def test_a_driver_with_a_bug_is_not_hastened() -> None:
    """Suspended means that nobody is asked for ten minutes, whoever calls; nor was the call kept for later."""
    for bug in (lambda now: ValueError("?"), lambda now: ValueError("?") if now < 60 else None):
        driver = Driver(bug=bug)
        run(hastened(poller(FakeLink(), driver.behave), PLACE + 6, 100, 300, until=590))
        assert len(driver.polls) == 1


def test_a_hastened_slot_serves_both() -> None:
    """What was hastened within the second before a slot waits for no more than the slot."""
    link = FakeLink()
    run(hastened(poller(link), PLACE + 14.5, PLACE + 14.6, until=PLACE + 18))
    assert between(link, PLACE + 14, PLACE + 18) == pytest.approx([PLACE + 14.5, PLACE + 15], abs=1e-3)


@pytest.mark.parametrize("behave", [lambda now: MUTE, lambda now: 1e9], ids=["mute", "hangs"])
@pytest.mark.parametrize("interval_s", [0.2, 1.0, 5.0, 30.0])
def test_a_silent_machine_counts_as_lost_within_a_minute_and_an_interval(
    behave: Callable[[float], float | LinkError], interval_s: float
) -> None:
    """From the first failed poll on: not before 60 s, and not more than one poll later."""
    heard: list[Observation] = []
    running = poller(FakeLink(lambda now: REPLY if now < 100 else behave(now)), interval_s=interval_s, heard=heard)  # type: ignore[arg-type,return-value]
    run(for_seconds(300, running))
    known = fleet.awaited(running.machine)
    first = lost = None
    for observation in heard:
        known = fleet.hear(known, running.machine, observation)
        if known.sources[0].failures == 1:
            first = observation.at
        if known.contact is Contact.LOST and lost is None:
            lost = observation.at
    assert first is not None
    assert lost is not None
    poll_s = 30.0 if behave(0) == 1e9 else 0.0
    assert 60 <= lost.since(first) <= 60 + interval_s + poll_s + 0.2


def test_how_late_polls_were_and_when_they_must_be_done_can_be_read() -> None:
    """On slots to the millisecond here; a wait must end at its slot, a poll at its deadline, and nothing else must."""

    async def story() -> None:
        running = poller(FakeLink(lambda now: 2.0))
        task = asyncio.create_task(running.run())
        seen = []
        for second in (PLACE + 6, PLACE + 8, PLACE + 12.5):
            await asyncio.sleep(second - asyncio.get_running_loop().time())
            seen.append((running.due_s, running.done_by))
        task.cancel()
        await asyncio.wait([task])
        assert seen[0] == pytest.approx((PLACE + 5, PLACE + 5 + 5))  # polling since its slot
        assert seen[1] == pytest.approx((PLACE + 10, PLACE + 10))
        assert seen[2] == pytest.approx((PLACE + 15, PLACE + 15))
        assert running.late_s == pytest.approx(0, abs=1e-3)

    run(story())
