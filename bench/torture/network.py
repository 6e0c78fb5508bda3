"""T3, T4, T5: the network at its worst, and brokers that come back, with their memory or without it."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.proxy import Proxy, Weather

from .books import books
from .ground import Ground, Missed, require, until
from .report import Result
from .watch import Watch

KEEPALIVE_S = 5.0
DEAD_S = 2 * KEEPALIVE_S + 1.0  # when a dead link must be seen as such; one second for the log to be read
WILL_DELAY_S = 20.0
FLAP_S = 0.8
SHOWN = {"booklet-jam": "media-path-jam", "front-cover-open": "cover-open", "": None}


@asynccontextmanager
async def behind_a_proxy(folder: Path, seed: int) -> AsyncIterator[tuple[Ground, Proxy]]:
    """A site whose daemon reaches its broker only through a network that can be bad."""
    ground = Ground(folder, count=20, mqtt=f'keepalive = "{KEEPALIVE_S:g}s"')
    async with Proxy(ground.port, seed=seed) as network:
        ground.daemon_port = network.port
        async with ground:
            ground.machines.tell("flap", FLAP_S)
            await ground.start()
            yield ground, network


async def bad_network(folder: Path, seed: int, short: bool) -> Result:
    """T3: each kind of weather for a while, then fair weather until all is told."""
    figures = []
    async with behind_a_proxy(folder, seed) as (ground, network):
        for name, trouble in Troubles(ground, network, short).all().items():
            began, before, head = time.monotonic(), network.accepted, ground.head()
            await trouble()
            lasted, tried = time.monotonic() - began, network.accepted - before
            network.weather = Weather()
            settle_s = await ground.settled(60)
            require(tried <= lasted + 2, f"{name}: {tried} connections within {lasted:.1f} s")
            figures.append(f"{name} {lasted:.0f}s +{ground.head() - head} settled {settle_s:.1f}s")
        await ground.quiet()
        found = books(ground.state, ground.stored, ground.site)
    return Result(found.balanced, f"{'; '.join(figures)}; {found}")


@dataclass
class Troubles:
    """Each kind of trouble; it ends by itself, the weather does not."""

    ground: Ground
    network: Proxy
    short: bool

    def all(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """By name, the short ones first."""
        few: dict[str, Callable[[], Awaitable[None]]] = {
            "hole-1s": partial(self.weather, Weather(hole=True), 1.0),
            "resets": self.resets,
            "rtt-300-600ms": partial(self.weather, Weather(delay_s=0.15, jitter_s=0.15), 3.0 if self.short else 20.0),
            "half-open": self.half_open,
        }
        more: dict[str, Callable[[], Awaitable[None]]] = {
            "hole-10s": partial(self.weather, Weather(hole=True), 10.0),
            "stalls": partial(self.weather, Weather(stall=0.02, stall_s=1.0), 20.0),
            "64kbit/s": self.slow_line,
            "black-hole": self.black_hole,
        }
        return few if self.short else few | more

    async def weather(self, weather: Weather, lasts_s: float) -> None:
        """So much of it."""
        self.network.weather = weather
        await asyncio.sleep(lasts_s)

    async def resets(self) -> None:
        """One a second."""
        for _ in range(2 if self.short else 20):
            self.network.reset()
            await asyncio.sleep(1)

    async def half_open(self) -> None:
        """The broker's side is gone and nobody tells the daemon."""
        self.network.cut()
        await self.seen_dead()

    async def black_hole(self) -> None:
        """Nothing passes for longer than anybody waits."""
        self.network.weather = Weather(hole=True)
        await self.seen_dead()
        await asyncio.sleep(60)

    async def slow_line(self) -> None:
        """64 kbit/s, and machines that such a line can carry."""
        self.ground.machines.tell("flap", 10)
        await self.weather(Weather(bytes_per_s=8000), 30)
        self.ground.machines.tell("flap", FLAP_S)

    async def seen_dead(self) -> None:
        """The daemon says that its uplink is lost, within two keepalives."""
        before = self.losses()
        await until(lambda: self.losses() > before, DEAD_S, "the dead link is seen within two keepalives")

    def losses(self) -> int:
        """How often the daemon has said so."""
        return sum(line.get("event") == "uplink is lost" for line in self.ground.daemon.said)


async def restarts(folder: Path, times: int, seed: int) -> Result:
    """T4: the broker is ended or killed and comes back; a site that lives is not shown as lost for long."""
    chance, lost_s = random.Random(seed), 0.0
    async with Ground(folder, persistence="on-changes", count=10) as ground, Watch(ground.port, ground.site) as watch:
        ground.machines.tell("flap", FLAP_S)
        await ground.start()
        for number in range(times):
            ground.broker.signal(signal.SIGKILL if number % 2 else signal.SIGTERM)
            await ground.broker.ended(10)
            await asyncio.sleep(chance.uniform(0, 1))
            back = time.monotonic()
            ground.broker.start()
            await until(lambda back=back: _beats(watch, back), 15, "heartbeats are heard again")  # type: ignore[misc]
            said = [each for each in watch.states("session") if each.at > back]
            require(said and said[-1].data["state"] == "online", f"the session is online: {said}")
            wrong = [each.at for each in said if each.data["state"] != "online"]
            lost_s = max(lost_s, said[-1].at - wrong[0] if wrong else 0.0)
        settle_s = await ground.settled(30)
        await ground.quiet()
        found = books(ground.state, ground.stored, ground.site)
    require(lost_s <= WILL_DELAY_S + 5, f"a living site was shown as lost for {lost_s:.1f} s")
    return Result(found.balanced, f"restarts {times} shown_lost_s {lost_s:.1f} settle_s {settle_s:.1f} {found}")


def _beats(watch: Watch, since: float) -> bool:
    return any(not each.retained for each in watch.states("heartbeat") if each.at > since)


async def empty_broker(folder: Path, times: int) -> Result:
    """T5: the broker is lost with its disk; within 15 s another one shows what the machines show now."""
    shown_s = []
    async with Ground(folder, count=30) as ground:
        await ground.start()
        # The event counters of recorded answers do not count: a fault that came and went again within the first
        # interview would be shown until the next slow poll.
        met = "SELECT 1 FROM event WHERE CAST(body AS TEXT) LIKE '%fleetmon.contact.changed.v1%'"
        await until(lambda: len(ground.committed(met)) >= ground.count, 10, "all machines are met")
        ground.machines.tell("flap", FLAP_S)
        for number in range(times):
            ground.broker.kill()
            ground.forget()
            wanted = {}
            for machine in range(ground.count):
                condition = sorted(SHOWN)[(machine + number) % len(SHOWN)]
                ground.machines.tell("show", machine, condition)
                wanted[f"state/m{machine}"] = SHOWN[condition]
            began = time.monotonic()
            ground.broker.start()
            await until(ground.broker_answers, 10, "mosquitto listens")
            async with Watch(ground.port, ground.site) as watch:
                await _shown(watch, wanted)
            shown_s.append(time.monotonic() - began)
            ground.machines.tell("flap", FLAP_S)
            await ground.settled(30)
        await ground.quiet()
        found = books(ground.state, ground.stored, ground.site)
    return Result(found.balanced, f"brokers {times} worst_s {max(shown_s):.1f} machines {ground.count} {found}")


async def _shown(watch: Watch, wanted: dict[str, str | None]) -> None:
    """Session, inventory and each machine's state are there and as they are. Raises Missed and says what is not."""
    try:
        await until(lambda: not _wrong(watch, wanted), 15, "")
    except Missed:
        raise Missed(f"not right after 15 s: {_wrong(watch, wanted)}") from None


def _wrong(watch: Watch, wanted: dict[str, str | None]) -> list[str]:
    missing = {"session", *wanted, *(topic.replace("state/", "inventory/") for topic in wanted)} - set(watch.latest)
    states = {topic: watch.latest[topic]["headline"] for topic in wanted if topic in watch.latest}
    wrong = [f"{topic} {states[topic]} for {wanted[topic]}" for topic in states if states[topic] != wanted[topic]]
    offline = watch.latest.get("session", {}).get("state") != "online"
    return [*sorted(missing), *wrong, *(["no session online"] if offline else [])]
