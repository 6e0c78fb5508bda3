"""One task per source: it keeps its slots, waits for nobody else, and no failure ends it."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from fleetmon.decode.snmp import Pace
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.model.report import NoAnswer, Observation, Report
from fleetmon.model.words import Silence
from fleetmon.poller import EXCHANGES_KEPT
from fleetmon.schedule import phase

from .machines import REPLY, Driver, FakeLink, for_seconds, poller, second
from .virtual import run

HOUR = 3600.0
MUTE = LinkError("no answer within 2 s", Silence.TIMEOUT)


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """What is logged while the test runs."""
    with capture_logs() as entries:
        yield entries


def why(observation: Observation) -> Silence | None:
    """The reason of a silence, None for a report."""
    return observation.heard.why if isinstance(observation.heard, NoAnswer) else None


def test_a_machine_is_asked_on_its_slots_for_hours() -> None:
    """Every 5 s for three hours, each poll on the machine's own place within the 5 s, none left out."""
    heard: list[Observation] = []
    run(for_seconds(3 * HOUR, poller(FakeLink(), heard=heard)))
    place = phase("m1/main", 5.0)
    expected = [place + 5 * number for number in range(2161)]
    asked = [second(each) for each in heard]
    assert asked == pytest.approx([each for each in expected if 0 < each < 3 * HOUR], abs=1e-3)
    assert all(isinstance(each.heard, Report) for each in heard)


def test_answers_that_take_time_do_not_shift_the_slots() -> None:
    """Answers take 1.7 s each: a poll begins every 5 s all the same."""
    link = FakeLink(lambda now: 1.7)
    run(for_seconds(HOUR, poller(link)))
    assert all(later - sooner == pytest.approx(5.0) for sooner, later in pairwise(link.asked))
    assert len(link.asked) >= 718


def test_every_minute_one_poll_is_slow() -> None:
    """The first poll and then every twelfth asks slowly, although answers take between 0 and 0.5 s."""
    driver = Driver()
    link = FakeLink(lambda now: (now * 7) % 5 / 10)
    run(for_seconds(10 * 60, poller(link, driver.behave)))
    slow = [now for now, _, pace in driver.polls if pace is Pace.SLOW]
    assert len(slow) == 10
    assert all(later - sooner == pytest.approx(60.0) for sooner, later in pairwise(slow))


def test_a_slow_poll_that_failed_is_made_up_for_at_once() -> None:
    """The slow poll of the first minute fails: the next poll is slow, and the minute begins there."""
    driver = Driver()
    link = FakeLink(lambda now: MUTE if now < 6 else REPLY)
    run(for_seconds(30, poller(link, driver.behave)))
    paces = [pace for _, _, pace in driver.polls]
    failed = sum(now < 6 for now in link.asked)
    assert paces == [Pace.SLOW] * (failed + 1) + [Pace.FAST] * (len(paces) - failed - 1)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MUTE, Silence.TIMEOUT),
        (LinkError("port unreachable", Silence.REFUSED), Silence.REFUSED),
        (LinkError("somebody else is connected", Silence.BUSY), Silence.BUSY),
        (LinkError("no such device", Silence.PORT_GONE), Silence.PORT_GONE),
        (LinkError("wrong user", Silence.UNAUTHORISED), Silence.UNAUTHORISED),
        (GarbledReply("not SNMP"), Silence.GARBLED),
    ],
)
def test_a_failure_of_the_link_is_an_observation(error: LinkError, reason: Silence) -> None:
    """The reason and the words of the link are handed over, and the next slot tries again."""
    heard: list[Observation] = []
    run(for_seconds(9.9, poller(FakeLink(lambda now: error), heard=heard)))
    assert [each.heard for each in heard] == [NoAnswer(reason, str(error))] * len(heard)
    assert len(heard) in (1, 2)


def test_a_silent_machine_is_asked_less_and_less_but_once_a_minute() -> None:
    """Silent for eight hours: 5 s apart for a minute, then 10, 20, 40, and 60 s for good, on the machine's place."""
    link = FakeLink(lambda now: MUTE)
    run(for_seconds(8 * HOUR, poller(link)))
    gaps = [later - sooner for sooner, later in pairwise(link.asked)]
    assert gaps[:12] == pytest.approx([5.0] * 12)
    assert all(gap <= 60.0 + 1e-6 for gap in gaps)
    assert gaps[-100:] == pytest.approx([60.0] * 100)
    assert {round(asked * 10) % 50 for asked in link.asked} == {round(phase("m1/main", 5.0) * 10)}


def test_a_machine_that_was_silent_for_eight_hours_is_heard_within_a_minute() -> None:
    """It answers again from 8 h on: the first report by 8 h + 60 s, the next ones every 5 s."""
    heard: list[Observation] = []
    run(for_seconds(8 * HOUR + 120, poller(FakeLink(lambda now: MUTE if now < 8 * HOUR else REPLY), heard=heard)))
    reports = [second(each) for each in heard if isinstance(each.heard, Report)]
    assert 8 * HOUR <= reports[0] <= 8 * HOUR + 60
    assert all(later - sooner == pytest.approx(5.0) for sooner, later in pairwise(reports))


def test_a_machine_that_was_silent_for_three_polls_is_met_afresh() -> None:
    """After one failure what is known of the machine is used again; after three it may be another one."""
    for failures, known in ((1, True), (2, True), (3, False)):
        driver = Driver()
        answers = iter([REPLY, *[MUTE] * failures, REPLY])
        run(for_seconds(40, poller(FakeLink(lambda now, told=answers: next(told, REPLY)), driver.behave)))
        _, met_before, _ = driver.polls[1 + failures]
        assert met_before is known, failures


def test_a_poll_has_five_seconds_and_a_meeting_thirty() -> None:
    """Each poll takes 4 requests of 2 s: met at leisure, then 8 s are too long, so it is met again with more time."""
    heard: list[Observation] = []
    driver = Driver(requests=4)
    run(for_seconds(60, poller(FakeLink(lambda now: 2.0), driver.behave, heard=heard)))
    assert [why(each) for each in heard[:4]] == [None, Silence.TIMEOUT, None, Silence.TIMEOUT]
    assert [known for _, known, _ in driver.polls[:4]] == [False, True, False, True]
    (met, _, _), (polled, _, _) = driver.polls[:2]
    assert [second(heard[0]) - met, second(heard[1]) - polled] == pytest.approx([8.0, 5.0])
    assert heard[1].heard == NoAnswer(Silence.TIMEOUT, "no complete answer within 5 s")


def test_a_machine_too_slow_even_to_be_met_is_a_time_out() -> None:
    """A link that hangs for ever: after 30 s the poll is given up, and tried again."""
    heard: list[Observation] = []
    link = FakeLink(lambda now: 1e9)
    run(for_seconds(200, poller(link, heard=heard)))
    assert {each.heard for each in heard} == {NoAnswer(Silence.TIMEOUT, "no complete answer within 30 s")}
    assert all(second(each) - asked == pytest.approx(30.0) for each, asked in zip(heard, link.asked, strict=False))


def test_a_hanging_machine_delays_no_other() -> None:
    """Five machines hang for ever, five others are asked every 5 s on their slots, to the millisecond, for an hour."""
    hanging = [poller(FakeLink(lambda now: 1e9), machine=f"h{number}") for number in range(5)]
    links = [FakeLink(lambda now: 0.05) for _ in range(5)]
    well = [poller(link, machine=f"w{number}") for number, link in enumerate(links)]
    run(for_seconds(HOUR, *hanging, *well))
    for number, link in enumerate(links):
        place = phase(f"w{number}/main", 5.0)
        first = place or 5.0
        assert link.asked == pytest.approx([first + 5 * count for count in range(len(link.asked))], abs=1e-3)
        assert len(link.asked) >= 719


def test_two_hundred_mute_and_fifty_slow_machines_delay_no_other() -> None:
    """Of a thousand machines every fifth hangs and every twentieth answers after 4.9 s: the others keep their slots."""

    def link(number: int) -> FakeLink:
        return FakeLink(lambda now: 1e9 if number % 5 == 0 else 4.9 if number % 20 == 1 else 0.02)

    links = {number: link(number) for number in range(1000)}
    run(for_seconds(60, *(poller(each, machine=f"m{number}") for number, each in links.items())))
    for number in (number for number in links if number % 5 and number % 20 != 1):
        first = phase(f"m{number}/main", 5.0) or 5.0
        asked = links[number].asked
        assert asked == pytest.approx([first + 5 * count for count in range(len(asked))], abs=1e-3)
        assert len(asked) >= 11
    for number in (number for number in links if number % 20 == 1):
        assert all(later - sooner >= 4.9 for sooner, later in pairwise(links[number].asked)), "asked while it answered"


def test_a_bug_of_a_driver_suspends_that_source_for_ten_minutes(logged: list[EventDict]) -> None:
    """A dialogue raises ValueError in its third poll: told once, logged once, asked again after 600 s, others go on."""
    third = phase("m1/main", 5.0) + 10
    driver = Driver(bug=lambda now: ValueError("no such column") if third - 1 < now < third + 1 else None)
    heard: list[Observation] = []
    other: list[Observation] = []
    buggy, well = poller(FakeLink(), driver.behave, heard=heard), poller(FakeLink(), machine="m2", heard=other)
    run(for_seconds(HOUR, buggy, well))
    bugs = [each for each in heard if why(each) is Silence.DRIVER_BUG]
    assert [each.heard for each in bugs] == [NoAnswer(Silence.DRIVER_BUG, "ValueError: no such column")]
    after = next(now for now, _, _ in driver.polls if now > second(bugs[0]))
    assert 600 < after - second(bugs[0]) <= 605.1
    assert len([now for now, _, _ in driver.polls if now > second(bugs[0])]) >= 595  # and every 5 s from then on
    assert len(other) >= 719
    assert len(logged) == 1
    entry = logged[0]
    assert (entry["log_level"], entry["machine"], entry["source"], entry["driver"]) == ("error", "m1", "main", "acme")
    assert "no such column" in entry["traceback"]
    assert "behave" in entry["traceback"]


def test_the_exchange_that_made_a_driver_fail_is_kept() -> None:
    """The reply on which the dialogue stumbled can be looked at afterwards."""
    buggy = poller(FakeLink(), Driver(bug=lambda now: ValueError("?")).behave)
    run(for_seconds(9.9, buggy))
    assert [exchange.reply for exchange in buggy.exchanges] == [REPLY]


def test_a_bug_that_stays_is_logged_every_ten_minutes_and_its_traceback_once(logged: list[EventDict]) -> None:
    """A driver that always fails costs six lines an hour; when it fails otherwise, the new traceback is told."""
    driver = Driver(bug=lambda now: ValueError("old" if now < HOUR else "new"))
    run(for_seconds(2 * HOUR, poller(FakeLink(), driver.behave)))
    traced = [entry["bug"] for entry in logged if entry["traceback"]]
    assert traced == ["ValueError: old", "ValueError: new"]
    assert 10 <= len(logged) <= 12


def test_what_a_bug_says_is_kept_short() -> None:
    """A bug may quote a whole reply: no more than 256 characters of it are handed over."""
    heard: list[Observation] = []
    driver = Driver(bug=lambda now: ValueError("x" * 100_000))
    run(for_seconds(9.9, poller(FakeLink(), driver.behave, heard=heard)))
    assert isinstance(heard[0].heard, NoAnswer)
    assert len(heard[0].heard.text) == 256


def test_the_last_twenty_exchanges_are_kept() -> None:
    """For `explain`: twenty, however long the poller runs."""
    running = poller(FakeLink())
    run(for_seconds(HOUR, running))
    assert len(running.exchanges) == EXCHANGES_KEPT == 20


@pytest.mark.parametrize("when", [-0.05, 0.0, 1.0, 5.5], ids=["waiting", "asking", "asked", "asking again"])
@pytest.mark.parametrize(
    "behave", [lambda now: REPLY, lambda now: 1e9, lambda now: MUTE], ids=["well", "hangs", "mute"]
)
def test_a_poller_that_is_cancelled_closes_its_link(behave: Callable[[float], object], when: float) -> None:
    """Wherever it stands, the link is closed exactly once and the poller ends."""
    link = FakeLink(behave)  # type: ignore[arg-type]
    run(for_seconds(phase("m1/main", 5.0) + when, poller(link)))
    assert link.closed == 1


def test_a_poller_suspended_for_a_bug_can_be_cancelled_too() -> None:
    """Nobody waits ten minutes for a daemon to stop."""
    link = FakeLink()
    run(for_seconds(30, poller(link, Driver(bug=lambda now: ValueError("?")).behave)))
    assert (link.closed, len(link.asked)) == (1, 1)


def test_a_full_inbox_holds_the_poller_back_and_loses_nothing() -> None:
    """Nobody takes observations for a minute: the poller waits with the one it has, and goes on afterwards."""
    inbox: asyncio.Queue[Observation] = asyncio.Queue(1)
    taken: list[Observation] = []

    async def story() -> None:
        running = poller(FakeLink())
        running.hand_over = inbox.put
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(running.run())
            await asyncio.sleep(60)
            taken.extend([await inbox.get() for _ in range(3)])
            task.cancel()

    run(story())
    assert next(second(later) - second(sooner) for sooner, later in pairwise(taken)) == pytest.approx(5.0)
    assert second(taken[2]) >= 60


def test_what_a_poller_knows_of_itself_can_be_read() -> None:
    """When it last polled, how often it failed in a row, and what it has met."""
    running = poller(FakeLink(lambda now: MUTE if now > 20 else REPLY))
    run(for_seconds(40, running))
    assert running.failures >= 3
    assert running.polled_at is not None
    assert running.polled_at.mono > 20
    assert running.met is None
