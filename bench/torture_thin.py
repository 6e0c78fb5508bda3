"""kill -9 again and again while events are made: is everything that was committed at the subscriber?

    python bench/torture_thin.py [--kills 20] [--rate 80] [--seed N]

A child process with the real outbox and uplink makes events and, after each commit, notes in a file of its own what it
was promised. It is killed at random moments, some of them while it starts. A QoS 1 subscriber with a session of its own
hears the broker, a mosquitto that saves on every change, and keeps what it hears by sequence. At the end the child runs
once more, to flush. Then the books:

    generated   events handed to the outbox
    committed   events in the database                 promised    commits that returned
    stored      different sequences heard              duplicates  heard again: allowed, that is what sequences are for
    LOST        committed but not stored, promised but not committed, or missing between 1 and the last: must be 0
    invented    stored but not committed, or with other bytes than committed: must be 0

Exit code 0 only if nothing was lost or invented. Not shown here: the broker is not killed, and kill -9 is no power cut.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fleetmon.clock import Clock
from fleetmon.model.messages import Event, EventClass, Json, Record, View
from fleetmon.publish.mqtt import Uplink, UplinkPlan
from fleetmon.publish.outbox import Outbox
from fleetmon.publish.views import ViewTable

SITE = "torture"
SETTLE_S = 60.0


async def site(folder: Path, port: int, rate: float) -> None:
    """The child: events at `rate` a second until killed; with rate 0 only what is left is sent."""
    clock, views = Clock(), ViewTable()
    async with await Outbox.open(folder / "site.db", site=SITE, clock=clock) as outbox:
        plan = UplinkPlan(SITE, "127.0.0.1", port, backoff_cap_s=0.5, heartbeat_s=1.0)
        uplink = Uplink(plan, outbox, clock, views, lambda: {"head_seq": outbox.figures.head})
        number = int((await outbox.records("torture")).get("made", b"0"))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(uplink.run())
            with (
                (folder / "promised").open("a", buffering=1) as promised,
                (folder / "made").open("a", buffering=1) as made,
            ):
                while rate:
                    number += 1
                    print(number, file=made)
                    data: dict[str, Json] = {"number": number, "text": "x" * (number % 700)}
                    event = Event(EventClass.FAULT, "fleetmon.fault.raised.v1", "prn-1", clock.now(), data)
                    seq = await outbox.commit([event], [Record("torture", "made", str(number).encode())])
                    print(seq, number, file=promised)
                    print("at work", flush=True)
                    views.put(View("state/prn-1", "fleetmon.state.v1", "prn-1", clock.now(), {"number": number}), seq)
                    await clock.sleep(random.expovariate(rate))
            while outbox.figures.acked < outbox.figures.head:
                await clock.sleep(0.05)
            await uplink.close()


@dataclass
class Subscriber:
    """mosquitto_sub with a session of its own; what it hears is kept by sequence."""

    port: int
    heard: dict[int, str] = field(default_factory=dict)
    progress: asyncio.Event = field(default_factory=asyncio.Event)
    duplicates: int = 0
    changed: int = 0

    async def listen(self, ready: asyncio.Event) -> None:
        """Hear until cancelled."""
        command = ("stdbuf", "-oL", "mosquitto_sub", "-d", "-V", "5", "-q", "1", "-c", "-i", "collector", "-x", "3600")
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-t", f"fleetmon/v1/{SITE}/up/event", "-F", "HEARD %p")
        process = await asyncio.create_subprocess_exec(*command, *where, stdout=asyncio.subprocess.PIPE, limit=2**20)
        assert process.stdout is not None
        try:
            while line := await process.stdout.readline():
                text = line.decode().rstrip("\n")
                if text.startswith("Subscribed"):
                    ready.set()
                elif text.startswith("HEARD "):
                    self.keep(text.removeprefix("HEARD "))
        finally:
            process.kill()
            await process.wait()

    def keep(self, payload: str) -> None:
        """Store once; a repetition must have the same bytes."""
        seq = int(json.loads(payload)["seq"])
        if seq in self.heard:
            self.duplicates += 1
            self.changed += self.heard[seq] != payload
        self.heard.setdefault(seq, payload)
        self.progress.set()

    async def until(self, seq: int) -> None:
        """Wait for that sequence: events of one topic arrive in order, so nothing new comes after the last."""
        while seq and seq not in self.heard:
            self.progress.clear()
            await self.progress.wait()


def start_broker(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A mosquitto that saves on every change, on a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\n"
        f"persistence_location {folder}/\nautosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n"
    )
    mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    broker = subprocess.Popen([mosquitto, "-c", config], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return broker, port
        time.sleep(0.02)
    raise SystemExit("mosquitto does not listen")


async def torture(folder: Path, port: int, kills: int, rate: float, chance: random.Random) -> Subscriber:
    """Kill the child again and again, then let it flush; what was heard."""
    subscriber, ready = Subscriber(port), asyncio.Event()
    listening = asyncio.create_task(subscriber.listen(ready))
    await ready.wait()
    me = (sys.executable, __file__, "--child", str(folder), str(port))
    for _ in range(kills):
        child = await asyncio.create_subprocess_exec(*me, str(rate), stdout=asyncio.subprocess.PIPE)
        assert child.stdout is not None
        if chance.random() < 0.8:  # the others are killed while they start
            for _ in range(10):
                await child.stdout.readline()
        await asyncio.sleep(chance.uniform(0.0, 1.5))
        child.send_signal(signal.SIGKILL)
        await child.wait()
    flushing = await asyncio.create_subprocess_exec(*me, "0", stdout=asyncio.subprocess.DEVNULL)
    assert await flushing.wait() == 0
    head = max(await all_rows(folder), default=0)
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_S):
            await subscriber.until(head)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    return subscriber


async def all_rows(folder: Path) -> dict[int, str]:
    """The final truth: every event in the database."""
    rows: dict[int, str] = {}
    async with await Outbox.open(folder / "site.db", site=SITE, clock=Clock()) as outbox:
        while page := await outbox.pending(max(rows, default=0)):
            rows |= {row.seq: row.body.decode() for row in page}
    return rows


def lines(path: Path) -> list[str]:
    """The whole lines of a file that somebody was killed over."""
    text = path.read_text() if path.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()


def judge(folder: Path, subscriber: Subscriber, rows: dict[int, str]) -> dict[str, int]:
    """The books, see above."""
    promised = {int(seq): int(number) for seq, number in (line.split() for line in lines(folder / "promised"))}
    numbers = {seq: json.loads(body)["data"].get("number") for seq, body in rows.items()}
    broken = sum(numbers.get(seq) != number for seq, number in promised.items())
    holes = len(set(range(1, max(rows, default=0) + 1)) - set(rows))
    unlike = sum(rows.get(seq) != payload for seq, payload in subscriber.heard.items())
    return {
        "generated": len(lines(folder / "made")),
        "committed": len(rows),
        "promised": len(promised),
        "stored": len(subscriber.heard),
        "LOST": len(set(rows) - set(subscriber.heard)) + broken + holes,
        "invented": unlike + subscriber.changed,
        "duplicates": subscriber.duplicates,
    }


def main() -> int:
    """Torture and judge; the exit code says whether the promise held."""
    if sys.argv[1:2] == ["--child"]:
        asyncio.run(site(Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
        return 0
    options = argparse.ArgumentParser(description="kill -9 a site again and again and count what is lost")
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--rate", type=float, default=80.0, help="events per second")
    options.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    asked = options.parse_args()
    print(f"seed {asked.seed} kills {asked.kills} rate {asked.rate:g}/s", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name)
        broker, port = start_broker(folder)
        try:
            subscriber = asyncio.run(torture(folder, port, asked.kills, asked.rate, random.Random(asked.seed)))
            rows = asyncio.run(all_rows(folder))
        finally:
            broker.kill()
            broker.wait()
        books = judge(folder, subscriber, rows)
    print(" ".join(f"{name} {count}" for name, count in books.items()), f"in {time.monotonic() - began:.0f} s")
    return 0 if books["LOST"] == books["invented"] == 0 and books["stored"] else 1


if __name__ == "__main__":
    sys.exit(main())
