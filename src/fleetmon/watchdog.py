"""Whether the daemon gets anywhere: only then is the service manager told that it lives.

A sign of life from a bare timer proves that a timer runs. Here it is given only if everybody who has something to do
got on with it since the last look: the monitor with what it was handed, the outbox with what is to be written, every
poller with its waiting or asking. Who does not is named in the log, no more signs are given, and the service manager
restarts us. A machine that does not answer, a driver that is suspended or a broker that is away are no such case: the
deadlines of those who wait for them say so.

All time here is the event loop's own, which no one sets and which stands still while the computer sleeps. A look judges
the moment for which it was set, not the one at which it came to be: if the whole process stood still in between, the
others have had no chance either.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog

from fleetmon import systemd
from fleetmon.clock import Clock
from fleetmon.model.words import Contact
from fleetmon.site import Site

GRACE_S: Final = 10.0
LOOKS: Final = 4  # within the time the service manager grants: one that falls into a slow moment does not cost the site
_UNWATCHED_EVERY_S: Final = 10.0

log = structlog.get_logger("watchdog")


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works off what waits: `rounds` ended so far, `busy` while something waits or is being done."""

    name: str
    rounds: int
    busy: bool


@dataclass(frozen=True, slots=True)
class Errand:
    """Something that must have ended by `done_by`, in seconds of the event loop's clock."""

    name: str
    done_by: float


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at `at`; `workers` in the order in which they wait for each other, the last one for nobody."""

    at: float
    workers: tuple[Worker, ...]
    slowest: Errand | None = None


@dataclass(frozen=True, slots=True)
class Healthy:
    """Everybody got on."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Somebody did not."""

    who: str
    why: str


Verdict: TypeAlias = Healthy | Stuck


def verdict(before: Look | None, now: Look) -> Verdict:
    """Judge a look by the one before it; the first has nothing to be judged by but its deadlines."""
    was = {worker.name: worker for worker in before.workers} if before else {}
    for worker in reversed(now.workers):
        known = was.get(worker.name)
        if known is not None and known.busy and worker.busy and worker.rounds == known.rounds:
            return Stuck(worker.name, "has work and did none of it since the last look")
    slowest = now.slowest
    if slowest is not None and now.at - slowest.done_by > GRACE_S:
        return Stuck(slowest.name, f"should have been done {now.at - slowest.done_by:.0f} s ago")
    return Healthy()


def look_at(site: Site, at: float) -> Look:
    """What can be seen of a site."""
    outbox = site.outbox
    workers = (Worker("monitor", site.rounds, site.busy), Worker("outbox", outbox.rounds, outbox.busy))
    slowest = min(site.pollers, key=lambda poller: poller.done_by, default=None)
    return Look(at, workers, Errand(slowest.name, slowest.done_by) if slowest else None)


def status(site: Site) -> str:
    """A site in a few words: "12 of 14 machines live, uplink up"."""
    snapshots = site.monitor.snapshots()
    live = sum(snapshot.contact is Contact.LIVE for snapshot in snapshots)
    uplink = "up" if site.uplink is not None and site.uplink.status.connected else "down"
    return f"{live} of {len(snapshots)} machines live, uplink {uplink}"


class Watchdog:
    """Looks again and again, tells the service manager that we live or, in the log, who does not."""

    def __init__(self, look: Callable[[float], Look], status: Callable[[], str], clock: Clock) -> None:
        """`look` is called with its moment; `status` says in a few words how the site fares, for `systemctl status`."""
        granted_s = systemd.watchdog_s()
        self.every_s = granted_s / LOOKS if granted_s else _UNWATCHED_EVERY_S
        self._look = look
        self._status = status
        self._clock = clock
        self._before: Look | None = None
        self._said: Stuck | None = None

    async def run(self) -> None:
        """Until cancelled. Does nothing where no service manager listens."""
        if not systemd.listens():
            return
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self.judge(due)
            due = loop.time() + self.every_s
            await self._clock.sleep(self.every_s * self._clock.rate)  # real seconds, as the manager's are

    def judge(self, at: float) -> Verdict:
        """One look, for this moment, and what follows from it."""
        now = self._look(at)
        found = verdict(self._before, now)
        self._before = now
        if isinstance(found, Stuck):
            self._complain(found)
            systemd.notify(f"STATUS=stuck: {found.who} {found.why}")
        else:
            if self._said is not None:
                log.warning("it gets on again", who=self._said.who)
            self._said = None
            systemd.notify("WATCHDOG=1", f"STATUS={self._status()}")
        return found

    def _complain(self, found: Stuck) -> None:
        if self._said is None or self._said.who != found.who:
            log.error("stuck: no more signs of life until it gets on", who=found.who, why=found.why)
        self._said = found
