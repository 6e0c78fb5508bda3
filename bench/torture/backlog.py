"""T9: a day without a broker is told within minutes over a line of 300 ms, and the present is right long before."""

import asyncio
import random
import time
from pathlib import Path

from bench.proxy import Proxy, Weather

from fleetmon.clock import Clock
from fleetmon.model.messages import Event, EventClass
from fleetmon.publish.outbox import Outbox

from .books import books
from .ground import CONSUMER, SITE, Ground, require, until
from .report import Result
from .watch import Watch

RTT_S = 0.3
SLOWEST = 250  # events per second
PRESENT_S = 15.0
GROWTH_MIB = 50.0


async def backlog(folder: Path, events: int, seed: int) -> Result:
    """So many events wait in the outbox when the daemon starts and finds its broker again."""
    # What one round trip may carry is the broker's to say; mosquitto would say 20. The window moves on only with what
    # the consumer acknowledges, so this one does so as soon as it has stored something.
    ground = Ground(
        folder,
        count=20,
        interval="1s",
        broker_lines="allow_anonymous true\nmax_inflight_messages 200\n",
        consumer_options=("--every", "0.02"),
    )
    async with Proxy(ground.port, Weather(delay_s=RTT_S / 2)) as network:
        ground.daemon_port = network.port
        async with ground, Watch(ground.port, ground.site) as watch:
            await _fill(ground, events, random.Random(seed))
            for process in (ground.broker, ground.consumer, ground.daemon):
                process.start()
            began = time.monotonic()
            shown = {f"state/m{number}" for number in range(ground.count)}
            live = await until(lambda: _present(watch, shown, began), PRESENT_S, "the present is shown")
            first_mib = worst_mib = _memory_mib(ground)
            await until(lambda: ground.upto() > 0, 15, "the first event is told")
            first_s = time.monotonic() - began
            while ground.upto() < events:
                require(time.monotonic() - began < 30 + events / SLOWEST, f"{ground.upto()} of {events} are told")
                worst_mib = max(worst_mib, _memory_mib(ground))
                await asyncio.sleep(0.1)
            took = time.monotonic() - began - first_s
            await ground.quiet()
            found = books(ground.state, ground.stored, ground.site)
    rate, growth_mib = events / took, worst_mib - first_mib
    require(growth_mib <= GROWTH_MIB, f"memory grew by {growth_mib:.0f} MiB")
    text = (
        f"events {events}, round trip {RTT_S:g} s, the first after {first_s:.1f} s, all in {took:.1f} s = {rate:.0f}/s"
    )
    require(rate >= SLOWEST or events < 4000, f"too slow: {text}")
    return Result(found.balanced, f"{text}, present after {live:.1f} s, memory +{growth_mib:.0f} MiB {found}")


async def _fill(ground: Ground, events: int, chance: random.Random) -> None:
    clock = Clock()
    outbox = await Outbox.open(ground.state / "site.db", site=SITE, clock=clock, consumers=[CONSUMER])
    async with outbox:
        for begin in range(0, events, 500):
            batch = [
                Event(
                    EventClass.FAULT,
                    "fleetmon.fault.raised.v1",
                    f"m{chance.randrange(20)}",
                    clock.now(),
                    {"number": number, "text": "x" * chance.randrange(400)},
                )
                for number in range(begin, min(begin + 500, events))
            ]
            await outbox.commit(batch)


def _present(watch: Watch, shown: set[str], began: float) -> float:
    """Seconds until every machine's live state was there; 0 before."""
    if all(watch.latest.get(topic, {}).get("contact") == "live" for topic in shown):
        return time.monotonic() - began
    return 0.0


def _memory_mib(ground: Ground) -> float:
    assert ground.daemon.running is not None
    status = Path(f"/proc/{ground.daemon.running.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
