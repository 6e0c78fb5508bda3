"""T15, T16: each part dies alone, and a monitoring room shows who it was; then two daemons claim to be one site.

The heartbeat is 1 s, so a site is late after 2.5 s of silence and lost after 4 s (`fleetmon.assess.presence`).
"""

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from .books import books
from .ground import Ground, Missed, Process, require, until
from .report import Result
from .watch import Watch

WELL = "live/heartbeat [] m0 fresh/answers"
LATE_S, LOST_S = 2.5, 4.0
GRACE_S = 1.5  # of a heartbeat that had just gone, and of two busy cores
BACKLOG_S = 60.0
WAR_S, PEACE_S = 20.0, 60.0  # until both have noticed, and what is looked at then
DOUBT_S = 7.0  # of a machine that misses a poll: five seconds at most, a heartbeat, and two busy cores
MINUTE_S = 60.0  # until a silent machine counts as lost, and one that was not asked any more as stale


class Deaths:
    """One site, well at first; each method kills one part, sees what is shown, and mends it again."""

    def __init__(self, ground: Ground, watch: Watch, hang: Path, short: bool) -> None:
        self._ground, self._watch, self._hang, self._short = ground, watch, hang, short
        self.figures: list[str] = []

    async def shown(self, cell: str, within_s: float, who: str) -> None:
        """The room comes to show this within the time."""
        began = time.monotonic()

        def right() -> bool:
            return self._watch.cell().startswith(cell)

        try:
            await until(right, within_s, "")
        except Missed:
            raise Missed(f"{who}: not {cell!r} within {within_s:g} s but {self._watch.cell()!r}") from None
        self.figures.append(f"{who}: {cell} {time.monotonic() - began:.1f}s")

    async def machine(self) -> None:
        """A dead machine: it alone is in doubt at once, and after a minute it cannot be reached."""
        self._ground.machines.tell("mute", 0)
        await self.shown("live/heartbeat [] m0 stale/hesitates", DOUBT_S, "machine")
        require(self._watch.cell("m1") == WELL.replace("m0", "m1"), "the other machines answer")
        if not self._short:
            await self.shown("live/heartbeat [] m0 unreachable/silent", MINUTE_S + DOUBT_S, "machine")
        self._ground.machines.tell("speak", 0)
        await self.shown(WELL, DOUBT_S if self._short else 15, "machine back")

    async def loop(self) -> None:
        """A daemon that stands still: late, then lost, and with it all that it says of machines."""
        self._ground.daemon.signal(signal.SIGSTOP)
        await self.shown("late/heartbeat-late", LATE_S + GRACE_S, "hung loop")
        await self.shown("lost/heartbeat-missed [] m0 unknown/site-lost", LOST_S - LATE_S + GRACE_S, "hung loop")
        self._ground.daemon.signal(signal.SIGCONT)
        await self.shown(WELL, 10, "loop back")

    async def broker(self) -> None:
        """A dead broker: the room knows that it is itself that hears nothing."""
        self._ground.broker.kill()
        await self.shown("unknown/not-connected [] m0 unknown/site-unknown", 2, "broker")
        self._ground.broker.start()
        await self.shown(WELL, 15, "broker back")

    async def consumer(self) -> None:
        """A dead consumer: the site is well and says who holds it up, and within a minute it is flagged."""
        self._ground.consumer.kill()
        await until(lambda: self._watch.latest["heartbeat"]["holding_back"] == ["test"], 10, "who holds events back")
        await self.shown(WELL, 2, "consumer")
        if not self._short:
            await self.shown("live/heartbeat [backlog] m0 fresh/answers", BACKLOG_S + 5, "consumer")
        self._ground.consumer.start()
        await self.shown(WELL, 30, "consumer back")

    async def poller(self) -> None:
        """A poll that never ends: its machine goes stale although everything else lives."""
        self._hang.touch()
        await self.shown("live/heartbeat [] m0 stale", MINUTE_S + DOUBT_S, "hung poller")
        require(self._watch.cell("m1") == WELL.replace("m0", "m1"), "the other machines are polled")


async def deaths(folder: Path, short: bool) -> Result:
    """T15: machine, event loop, broker, consumer, poller, each alone."""
    async with Ground(folder, count=3) as ground, Watch(ground.port, ground.site) as watch:
        hang = folder / "hang"
        hung = ["-m", "bench.torture.hung", str(hang), "m0", "--", *ground.run()]
        ground.daemon.command = [sys.executable, *hung]
        ground.machines.tell("flap", 1)
        await ground.start()
        each = Deaths(ground, watch, hang, short)
        await each.shown(WELL, 10, "well")
        parts: list[Callable[[], Awaitable[None]]] = [each.machine, each.loop, each.broker, each.consumer]
        for part in parts if short else [*parts, each.poller]:
            await part()
        hang.unlink(missing_ok=True)
        ground.daemon.kill()
        ground.daemon.start()
        await ground.quiet()
        found = books(ground.state, ground.stored, ground.site)
    return Result(found.balanced, f"{'; '.join(each.figures)}; {found}")


async def duplicate(folder: Path) -> Result:
    """T16: a second daemon with the same identity and a database of its own. Both stay, neither storms."""
    async with Ground(folder, count=3) as ground, Watch(ground.port, ground.site) as watch:
        ground.machines.tell("flap", 1)
        await ground.start()
        began = time.monotonic()
        twin = ["-m", "fleetmon.cli", "run", "--settings", str(ground.settings), "--state", str(folder / "second")]
        second = Process("second", [sys.executable, *twin], folder / "second.log")
        ground.others.append(second)
        second.start()
        await until(lambda: "duplicate" in (watch.picture.flags if watch.picture else ()), 90, "the flag DUPLICATE")
        flagged_s = time.monotonic() - began
        await asyncio.sleep(WAR_S)
        logins = _logins(ground)
        await asyncio.sleep(PEACE_S)
        later = _logins(ground) - logins
        require(later <= PEACE_S / 10, f"{later} more logins within {PEACE_S:g} s")
        second.kill()
        await ground.settled(120)
        await ground.quiet()
        found = books(ground.state, ground.stored, ground.site)
    return Result(
        found.balanced,
        f"flagged after {flagged_s:.0f} s, {logins} logins at first, {later} within the next {PEACE_S:g} s; {found}",
    )


def _logins(ground: Ground) -> int:
    return (ground.folder / "broker.log").read_text().count(f" as {ground.site} ")
