"""Signs of life are given for progress only, and whoever makes none is named."""

import asyncio
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from fleetmon.clock import Clock
from fleetmon.decode.dialogue import Reply, Request
from fleetmon.watchdog import GRACE_S, Errand, Healthy, Look, Stuck, Verdict, Watchdog, Worker, verdict

from .machines import REPLY, Driver, FakeLink, poller
from .virtual import VirtualClock, run


def look(at: float, monitor: tuple[int, bool], outbox: tuple[int, bool], done_by: float = 1e9) -> Look:
    """Rounds and business of both workers, and the slowest poller."""
    return Look(at, (Worker("monitor", *monitor), Worker("outbox", *outbox)), Errand("poll m1/main", done_by))


@pytest.mark.parametrize(
    ("before", "now", "who"),
    [
        (None, look(0, (0, True), (0, True)), None),
        (look(0, (3, False), (3, False)), look(7, (3, False), (3, False)), None),
        (look(0, (3, True), (3, True)), look(7, (4, True), (4, True)), None),
        (look(0, (3, False), (3, False)), look(7, (3, True), (3, True)), None),
        (look(0, (3, True), (3, True)), look(7, (4, False), (3, False)), None),
        (look(0, (3, True), (3, False)), look(7, (3, True), (3, False)), "monitor"),
        (look(0, (3, True), (3, True)), look(7, (3, True), (3, True)), "outbox"),
        (look(0, (3, False), (3, True)), look(7, (3, False), (3, True)), "outbox"),
        (None, look(100, (3, False), (3, False), done_by=100 - GRACE_S), None),
        (None, look(100, (3, False), (3, False), done_by=100 - GRACE_S - 1), "poll m1/main"),
    ],
)
def test_who_has_work_and_does_none_is_stuck(before: Look | None, now: Look, who: str | None) -> None:
    """Idle, moving, just begun: healthy. Busy twice without an end: stuck, and of two the one the other waits for."""
    found = verdict(before, now)
    assert (found.who if isinstance(found, Stuck) else None) == who


def test_a_site_without_machines_is_healthy() -> None:
    """Nothing is overdue where nothing is due."""
    assert verdict(None, Look(0, ())) == Healthy()


@dataclass
class Manager:
    """What a service manager hears."""

    channel: socket.socket
    heard: list[str] = field(default_factory=list)

    def fed(self) -> bool:
        """Whether a sign of life came since the last call."""
        new = []
        while True:
            try:
                new.append(self.channel.recv(4096).decode())
            except BlockingIOError:
                break
        self.heard += new
        return any("WATCHDOG=1" in text.split("\n") for text in new)


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """A service manager that wants a sign of life within 30 s."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(path))
        channel.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        monkeypatch.setenv("WATCHDOG_USEC", "30000000")
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
        yield Manager(channel)


class DeafLink(FakeLink):
    """From the second request on it hangs, and no deadline can end it."""

    async def ask(self, request: Request) -> Reply:
        """Waits for ever, whoever cancels."""
        self.asked.append(asyncio.get_running_loop().time())
        while len(self.asked) > 1:
            try:
                await asyncio.sleep(1e9)
            except asyncio.CancelledError:
                if self.closed:
                    raise
        return REPLY


def watching(*pollers: object, workers: tuple[Worker, ...] = ()) -> Watchdog:
    """A watchdog over pollers."""

    def now(at: float) -> Look:
        slowest = min(pollers, key=lambda each: each.done_by)  # type: ignore[attr-defined]
        return Look(at, workers, Errand(slowest.name, slowest.done_by))  # type: ignore[attr-defined]

    return Watchdog(now, lambda: "1 of 1 machines live, uplink up", VirtualClock())


async def fed(manager: Manager, seconds: int) -> list[bool]:
    """For each 10 s of the story, whether a sign of life came."""
    said = []
    for _ in range(seconds // 10):
        await asyncio.sleep(10)
        said.append(manager.fed())
    return said


def test_a_poller_that_hangs_on_purpose_ends_the_signs_of_life(manager: Manager) -> None:
    """A link that no deadline ends: named in the log within half a minute, once, and no sign of life any more."""

    async def story() -> list[bool]:
        deaf, well = poller(link := DeafLink(), machine="deaf"), poller(FakeLink(), machine="well")
        tasks = [asyncio.create_task(each) for each in (deaf.run(), well.run(), watching(deaf, well).run())]
        said = await fed(manager, 120)
        link.closed = 1
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return said

    with capture_logs() as logged:
        said = run(story())
    assert said[0]
    assert not any(said[4:])
    (entry,) = [each for each in logged if each["log_level"] == "error"]
    assert entry["who"] == "poll deaf/main"
    assert "should have been done" in entry["why"]
    assert "STATUS=stuck: poll deaf/main" in manager.heard[-1]


def test_what_is_slow_for_a_reason_is_no_case_for_the_watchdog(manager: Manager) -> None:
    """Silent machines, hanging links, a suspended driver, an interval of an hour, a monitor without work: all fine."""

    async def story() -> list[bool]:
        pollers = [
            poller(FakeLink(lambda now: TimeoutError() if now > 50 else REPLY), machine="mute"),
            poller(FakeLink(lambda now: 1e9), machine="hangs"),
            poller(FakeLink(), Driver(bug=lambda now: ValueError("?")).behave, machine="buggy"),
            poller(FakeLink(), interval_s=3600.0, machine="rare"),
        ]
        dog = watching(*pollers, workers=(Worker("monitor", 0, busy=False), Worker("outbox", 0, busy=False)))
        tasks = [asyncio.create_task(each) for each in (*(each.run() for each in pollers), dog.run())]
        said = await fed(manager, 7200)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return said

    with capture_logs() as logged:
        assert all(run(story()))
    assert not [each for each in logged if each["event"].startswith("stuck")]


def test_pollers_held_up_by_a_full_inbox_are_not_accused(manager: Manager) -> None:
    """Nobody takes observations: it is the monitor that is stuck, not the poller that waits for it."""

    async def story() -> Verdict:
        held = poller(FakeLink())
        held.hand_over = asyncio.Queue(1).put
        task = asyncio.create_task(held.run())
        await asyncio.sleep(300)
        dog = watching(held, workers=(Worker("monitor", 17, busy=True),))
        assert dog.judge(300) == Healthy()
        found = dog.judge(307)
        task.cancel()
        await asyncio.wait([task])
        return found

    assert run(story()) == Stuck("monitor", "has work and did none of it since the last look")


def test_it_is_fed_again_when_it_gets_on(manager: Manager) -> None:
    """A disk that stood still for ten seconds costs one line at its end and one at its beginning, not the site."""
    rounds = iter([(0, 5), (0, 5), (0, 5), (1, 6)])

    async def story() -> list[Verdict]:
        def seen(at: float) -> Look:
            monitor, outbox = next(rounds)
            return look(at, (monitor, True), (outbox, True))

        dog = Watchdog(seen, lambda: "", VirtualClock())
        return [dog.judge(at) for at in (0, 7, 15, 22)]

    with capture_logs() as logged:
        found = run(story())
    assert [isinstance(each, Healthy) for each in found] == [True, False, False, True]
    assert [each["log_level"] for each in logged] == ["error", "warning"]
    assert {each["who"] for each in logged} == {"outbox"}


def test_a_process_that_stood_still_accuses_nobody(manager: Manager) -> None:
    """Stopped for an hour while everybody waited: the look that was due in that hour judges the moment it was due."""

    async def story() -> list[bool]:
        waiting = poller(FakeLink())
        tasks = [asyncio.create_task(each) for each in (waiting.run(), watching(waiting).run())]
        said = await fed(manager, 60)
        asyncio.get_running_loop()._jump.now += 3600  # type: ignore[attr-defined]
        said += await fed(manager, 60)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return said

    with capture_logs() as logged:
        assert all(run(story()))
    assert logged == []


def test_without_a_service_manager_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand, in a container: nobody listens, and the task is over at once."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    run(watching(poller_never_run()).run())


def poller_never_run() -> object:
    """Something that is due never."""

    async def made() -> object:
        return poller(FakeLink())

    return run(made())


def test_a_manager_that_grants_no_time_of_its_own_is_told_how_things_are(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without WatchdogSec= the status is still kept fresh; a scaled clock changes nothing about real seconds."""
    monkeypatch.delenv("WATCHDOG_USEC")
    dog = Watchdog(lambda at: Look(at, ()), lambda: "0 of 0 machines live, uplink down", Clock(rate=60))
    assert dog.every_s == 10
    dog.judge(0)
    manager.fed()
    assert "STATUS=0 of 0 machines live, uplink down" in manager.heard[-1]
