"""The outbox and the uplink in figures: how fast events are committed, how fast a backlog drains, what it costs others.

    python -m bench.outbox [--backlog 86400] [--rtt 0 300] [--ack broker hq] [--commits 5000]

Commits go to a database in a folder on the disk in use (TMPDIR), one at a time and a hundred at once. For the drains a
real mosquitto runs with the packet limits of config/mosquitto.example.conf; between it and the site stands a network
that only delays. The site is a process of its own: outbox and uplink as the daemon has them, a backlog on disk, one
view changed every 100 ms and one new event a second. So is the consumer: it commits to SQLite (200 events or 100 ms)
and then confirms, as one that can be named in `[mqtt] ack` has to. Without being named it only listens. A third one
looks at the views, as a dashboard does.

    rate       events of the backlog confirmed per second, connecting included
    view age   from the change at the site to the dashboard, worst and median during the drain
    RSS        of the site's process before the connection and at most during the drain, MiB

Exit code 0 only if at every round trip the drain kept to 250 events/s, the views to 2 s and the memory to 50 MiB.
"""

import argparse
import asyncio
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiomqtt
from bench.outbox_consumer import SITE, consume
from bench.proxy import Proxy, Weather

from fleetmon.clock import Clock
from fleetmon.model.messages import Event, EventClass, Json, Record, View
from fleetmon.publish.mqtt import Uplink, UplinkPlan
from fleetmon.publish.outbox import BROKER, Outbox
from fleetmon.publish.views import ViewTable

ROOT = Path(__file__).resolve().parents[1]
LIMITS = ("max_inflight_messages", "max_packet_size", "max_queued_messages", "max_queued_bytes")


def an_event(number: int, clock: Clock) -> Event:
    """About 650 bytes once it is in its envelope: a fault as machines report it."""
    data: dict[str, Json] = {"machine": "prn-1", "number": number, "text": "Paper jam behind door B " * 8}
    return Event(EventClass.FAULT, "fleetmon.fault.raised.v1", "prn-1", clock.now(), data)


async def commit_rate(folder: Path, count: int) -> None:
    """Commits a second, each event with the record it stems from."""
    clock = Clock()
    async with await Outbox.open(folder / "commits.db", site=SITE, clock=clock) as outbox:
        took: list[float] = []
        for number in range(count):
            began = time.perf_counter()
            await outbox.commit([an_event(number, clock)], [Record("snapshot", "prn-1", b"x" * 500)])
            took.append(time.perf_counter() - began)
        p50, p99 = (1000 * statistics.quantiles(took, n=100)[n] for n in (49, 98))
        print(f"commit  one at a time    {count / sum(took):7.0f} events/s   p50 {p50:.2f} ms   p99 {p99:.2f} ms")
        began = time.perf_counter()
        for start in range(0, 4 * count, 100):
            batch = (an_event(n, clock) for n in range(start, start + 100))
            await asyncio.gather(*(outbox.commit([event]) for event in batch))
        print(f"commit  a hundred at once {4 * count / (time.perf_counter() - began):6.0f} events/s", flush=True)


# The site, in a process of its own


async def fill(path: Path, count: int, consumer: str) -> None:
    """A backlog on disk."""
    clock = Clock()
    async with await Outbox.open(path, site=SITE, clock=clock, consumers=[consumer]) as outbox:
        for start in range(0, count, 500):
            await outbox.commit([an_event(n, clock) for n in range(start, min(start + 500, count))])


async def site(path: Path, port: int, consumer: str) -> None:
    """Drain what is in the outbox while the present goes on; prints what it took."""
    clock, views = Clock(), ViewTable()
    async with await Outbox.open(path, site=SITE, clock=clock, consumers=[consumer]) as outbox:
        plan = UplinkPlan(SITE, "127.0.0.1", port, subscriptions=("ack/+",))
        uplink = Uplink(plan, outbox, clock, views, lambda: {"head_seq": outbox.figures.head})
        before, most, backlog = rss_mib(), 0.0, outbox.figures.head
        running, living = asyncio.create_task(uplink.run()), asyncio.create_task(live(outbox, views, clock))
        began = time.monotonic()
        while outbox.figures.acked < backlog:
            most = max(most, rss_mib())
            await asyncio.sleep(0.05)
        took = time.monotonic() - began
        print(json.dumps({"took_s": took, "before_mib": before, "most_mib": most, "rate": backlog / took}), flush=True)
        living.cancel()
        await uplink.close(5.0)
        await running


async def live(outbox: Outbox, views: ViewTable, clock: Clock) -> None:
    """The present: ten views a second, one event."""
    for number in range(10**9):
        if number % 10 == 0:
            await outbox.commit([an_event(number, clock)])
        data: dict[str, Json] = {"state": "idle", "put": time.time()}
        views.put(View(f"state/prn-{number % 20}", "fleetmon.state.v1", None, clock.now(), data), outbox.figures.head)
        await asyncio.sleep(0.1)


def rss_mib() -> float:
    """Resident memory of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


# The consumer and the dashboard, each in another


async def watch(port: int) -> None:
    """Look at the views until there is an end to standard input; then print their ages."""
    over, ages = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read), list[float]()

    async def look() -> None:
        async for message in client.messages:
            if not message.retain:
                ages.append(time.time() - json.loads(bytes(message.payload))["data"]["put"])

    async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5, identifier="desk") as client:
        await client.subscribe(f"fleetmon/v1/{SITE}/up/state/+", 1)
        print("ready", flush=True)
        looking = asyncio.create_task(look())
        await over
        looking.cancel()
    print(json.dumps({"worst_s": max(ages), "median_s": statistics.median(ages)}), flush=True)


# All together


@dataclass(frozen=True, slots=True)
class Drain:
    """What one drain came to."""

    rate: float
    took_s: float
    before_mib: float
    most_mib: float
    worst_s: float
    median_s: float
    stored: int

    @property
    def kept(self) -> bool:
        """Whether it kept to what is promised."""
        return self.rate >= 250 and self.worst_s < 2.0 and self.most_mib - self.before_mib <= 50


def start_broker(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """mosquitto with the limits of the example, on a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    example = (ROOT / "config" / "mosquitto.example.conf").read_text(encoding="utf-8").splitlines()
    limits = [line for line in example if line.startswith(LIMITS)]
    settings = [f"listener {port} 127.0.0.1", "allow_anonymous true", "user root", *limits]
    (folder / "mosquitto.conf").write_text("\n".join(settings) + "\n", encoding="utf-8")
    mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    broker = subprocess.Popen([mosquitto, "-c", folder / "mosquitto.conf"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return broker, port
        time.sleep(0.02)
    raise SystemExit("mosquitto does not listen")


async def child(*args: object) -> asyncio.subprocess.Process:
    """This program in another role."""
    command = (sys.executable, "-m", "bench.outbox", "--child", *map(str, args))
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)


def figures(printed: bytes) -> dict[str, float]:
    """What a child found, among the lines of its log."""
    found: dict[str, float] = json.loads(next(line for line in printed.splitlines() if line.startswith(b"{")))
    return found


async def drain(folder: Path, backlog: int, rtt_ms: float, consumer: str) -> Drain:
    """One backlog through one network."""
    folder.mkdir()
    broker, port = start_broker(folder)
    try:
        filling = await child("fill", folder / "site.db", backlog, consumer)
        assert await filling.wait() == 0
        consuming = await child("consume", folder, port, int(consumer != BROKER))
        watching = await child("watch", "-", port)
        for started in (consuming, watching):
            assert started.stdout is not None
            await started.stdout.readline()
        async with Proxy(port, Weather(delay_s=rtt_ms / 2000)) as network:
            draining = await child("site", folder / "site.db", network.port, consumer)
            told = figures((await draining.communicate())[0])
        for started in (consuming, watching):
            told |= figures((await started.communicate(b""))[0])
    finally:
        broker.kill()
        broker.wait()
    return Drain(**told)  # type: ignore[arg-type]


def main() -> int:
    """Measure and print; the exit code says whether all kept to what is promised."""
    if sys.argv[1:2] == ["--child"]:
        role, path, *rest = sys.argv[2:]
        roles = {
            "fill": lambda: fill(Path(path), int(rest[0]), rest[1]),
            "site": lambda: site(Path(path), int(rest[0]), rest[1]),
            "watch": lambda: watch(int(rest[0])),
            "consume": lambda: consume(Path(path), int(rest[0]), rest[1] == "1"),
        }
        with suppress(KeyboardInterrupt):
            asyncio.run(roles[role]())
        return 0
    options = argparse.ArgumentParser(prog="python -m bench.outbox", description="the outbox and the uplink in figures")
    options.add_argument("--backlog", type=int, default=86_400, help="events; a day with one a second")
    options.add_argument("--rtt", type=float, nargs="*", default=[0.0, 300.0], help="round trips in ms")
    options.add_argument("--ack", nargs="*", choices=[BROKER, "hq"], default=[BROKER, "hq"])
    options.add_argument("--commits", type=int, default=5000)
    asked = options.parse_args()
    kept = True
    with tempfile.TemporaryDirectory(prefix="bench-outbox-") as name:
        if asked.commits:
            asyncio.run(commit_rate(Path(name), asked.commits))
        for consumer in asked.ack:
            for rtt_ms in asked.rtt:
                found = asyncio.run(drain(Path(name) / f"{consumer}-{rtt_ms:g}", asked.backlog, rtt_ms, consumer))
                kept = kept and found.kept and found.stored >= asked.backlog
                print(
                    f"drain   ack {consumer:6} rtt {rtt_ms:3.0f} ms"
                    f"  {found.rate:6.0f} events/s in {found.took_s:5.1f} s"
                    f"   view age {found.worst_s:.2f} s (median {found.median_s:.2f})"
                    f"   RSS {found.before_mib:.0f} -> {found.most_mib:.0f} MiB   stored {found.stored}",
                    flush=True,
                )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
