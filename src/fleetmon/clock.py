"""The only source of time and of sleep above the pure layers.

Two facts about time shape this file. The wall clock of a small computer may be wrong by decades until the network
sets it, so durations are never taken from it: `At.mono` is CLOCK_BOOTTIME (clock_gettime(2)), which no one sets and
which goes on counting while the machine is suspended, and it means something only together with the boot it belongs to
(/proc/sys/kernel/random/boot_id, random(4)). And a demonstration wants an hour within a minute, so the passing of time
may be scaled: a scaled clock calls itself a boot of its own, so that nobody subtracts its moments from real ones.

What a wire does (a time-out of a socket, a keepalive) belongs to the real world and is never scaled: that is asyncio's.
"""

import asyncio
import time
import uuid
from pathlib import Path

from fleetmon.model.report import At

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_LONGEST_NAP_S = 60.0


class Clock:
    """Runs `rate` times as fast as the world and starts at `epoch` (seconds since 1970, UTC).

    Without arguments it is the plain clock of the computer and follows every correction of the wall clock.
    """

    def __init__(self, rate: float = 1.0, epoch: float | None = None) -> None:
        if rate <= 0:
            raise ValueError(f"a clock runs forwards: rate {rate} is not above 0")
        self.rate = rate
        self._follows_wall_clock = rate == 1.0 and epoch is None
        self._boot = _boot_id() if self._follows_wall_clock else f"scaled-{uuid.uuid4()}"
        self._epoch = time.time() if epoch is None else epoch
        self._started = _boottime()

    def now(self) -> At:
        """This moment."""
        mono = _boottime()
        if self._follows_wall_clock:
            return At(time.time(), mono, self._boot)
        passed = (mono - self._started) * self.rate
        return At(self._epoch + passed, self._started + passed, self._boot)

    def until(self, mono: float) -> float:
        """How many seconds of the world pass until this clock shows `mono` (as in At); 0 if it is past."""
        return max(0.0, mono - self.now().mono) / self.rate

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` of this clock pass; none or a negative number only lets others run."""
        await asyncio.sleep(max(0.0, seconds) / self.rate)


async def wire_pause(seconds: float) -> None:
    """Let `seconds` of the world pass, whatever any clock's rate: a pause that a line wants, not a schedule."""
    await asyncio.sleep(max(0.0, seconds))


class Nap:
    """A sleep of a clock that somebody else may end; for one sleeper."""

    __slots__ = ("_clock", "_over")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._over: asyncio.Future[None] | None = None

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass, or less: until `end`, and never more than a minute. So look again what time it is."""
        # The event loop's timers stand still while the computer is suspended, boot time does not: hence the minute.
        loop = asyncio.get_running_loop()
        self._over = over = loop.create_future()
        timer = loop.call_later(min(seconds / self._clock.rate, _LONGEST_NAP_S), self.end)
        try:
            await over
        finally:
            timer.cancel()

    def end(self) -> None:
        """Wake the sleeper, if there is one."""
        if self._over is not None and not self._over.done():
            self._over.set_result(None)


def _boottime() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        # Elsewhere than on Linux: an id of this process. Durations across a restart then come from UTC.
        return str(uuid.uuid4())
