"""T8: the wall clock is set while the daemon runs, while it is down and while the broker is away.

Order is that of the sequences, whatever the clock says, and what a clock of 1970 committed is neither forgotten nor
thought to be old.
"""

import json
import sys
import time
from datetime import datetime
from pathlib import Path

from fleetmon.assess.presence import Flag

from .books import books
from .ground import Ground, look, require, until
from .report import Result
from .watch import Watch

HOUR_S = 3600.0
FLAP_S = 0.4


async def wrong_clocks(folder: Path, times: int) -> Result:
    """An hour ahead, an hour behind, 1970 with a restart, and a step during an outage; the order must hold."""
    async with Ground(folder, count=20) as ground, Watch(ground.port, ground.site) as watch:
        ahead = folder / "ahead"
        set_clock(ahead, 0.0)
        wrong = ["-m", "bench.torture.wrongclock", str(ahead), "--", *ground.run()]
        ground.daemon.command = [sys.executable, *wrong]
        ground.machines.tell("flap", FLAP_S)
        await ground.start()
        for _ in range(times):
            for offset_s in (HOUR_S, -HOUR_S, 0.0):
                await _set(ground, watch, ahead, offset_s)
            ground.daemon.kill()
            set_clock(ahead, -time.time() + 60)  # a computer without a battery for its clock
            ground.daemon.start()
            await _more(ground)
            await _set(ground, watch, ahead, 0.0)
            ground.broker.kill()
            set_clock(ahead, -8 * 24 * HOUR_S)
            await _more(ground, stored=False)
            set_clock(ahead, 8 * 24 * HOUR_S)  # further than events are kept
            await _more(ground, stored=False)
            ground.broker.start()
            await ground.settled(30)
            set_clock(ahead, 0.0)
        await ground.quiet()
        found = books(ground.state, ground.stored, ground.site, pruned=True)
        disorder = _disorder(ground)
    require(found.gone == 0, f"no clock is a reason to forget: {found}")
    return Result(found.balanced and not disorder, f"steps {7 * times} out of order {disorder} {found}")


def set_clock(ahead: Path, offset_s: float) -> None:
    """Nobody may ever read half of it."""
    fresh = ahead.with_suffix(".new")
    fresh.write_text(str(offset_s))
    fresh.replace(ahead)


async def _set(ground: Ground, watch: Watch, ahead: Path, offset_s: float) -> None:
    """Set the clock; the heartbeat shows the clock as it is, a wrong one is flagged, and events go on."""
    set_clock(ahead, offset_s)
    since = time.monotonic() + 0.1

    def shown() -> bool:
        beats = [each for each in watch.states("heartbeat") if each.at > since and not each.retained]
        flagged = not offset_s or (watch.picture is not None and Flag.CLOCK in watch.picture.flags)
        return flagged and any(abs(_utc(each.data["time"]) - time.time() - offset_s) < 5 for each in beats)

    await until(shown, 10, f"a heartbeat shows a clock that is {offset_s:+.0f} s ahead")
    await _more(ground)


async def _more(ground: Ground, *, stored: bool = True) -> None:
    """Twenty more events, committed or even stored."""
    head = ground.head()
    await until(lambda: (ground.upto() if stored else ground.head()) > head + 20, 20, "events go on")


def _disorder(ground: Ground) -> int:
    """How many events of a machine come before an earlier one: by the time since the boot, which nobody sets."""
    last: dict[str, int] = {}
    found = 0
    for (body,) in look(ground.stored, "SELECT body FROM event ORDER BY seq"):
        assert isinstance(body, bytes)
        told = json.loads(body)
        subject, moment = str(told.get("subject")), int(told["monons"])
        found += moment < last.get(subject, 0)
        last[subject] = moment
    return found


def _utc(text: object) -> float:
    return datetime.fromisoformat(str(text)).timestamp()
