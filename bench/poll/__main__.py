"""What a poll costs: fleetmon, collectd and prometheus-snmp-exporter against the same agent, in turns.

    make bench-poll [MACHINES=1000] [DURATION=60] [ROUNDS=2]

README.md beside this file says what is measured and how to read it. Everything runs in a network and a process
namespace of its own, where nothing exists but loopback; when the bench ends, however it ends, the kernel ends with it
everything that was started.
"""

import argparse
import asyncio
import fcntl
import json
import os
import random
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import agent
from figures import Turn, cpu_s, pss_mb, rss_mb, table
from products import INTERVAL_S, SLOW_S, Collectd, Exporter, Fleetmon, Place, broker
from wire import Tap, lateness, percentile

BROKER_PORT = 1883
INSIDE = "FLEETMON_BENCH_INSIDE"
STARTING_S = 120.0
SETTLING_S = 75.0
FAULT = ("0400", 5)  # hrPrinterDetectedErrorState jammed, hrDeviceStatus down
WELL = ("0000", 2)


@dataclass
class Bench:
    """One run."""

    place: Place
    tap: Tap
    seconds: float

    def turn(self, product: Fleetmon | Collectd | Exporter, then: Callable[[], None] | None = None) -> Turn:
        """Start a product, wait until it keeps its pace, measure, end it; `then` happens before its end."""
        say(f"{product.name}: starting")
        self.tap.forget()
        process = product.start(self.place)
        scraper = (
            subprocess.Popen((sys.executable, __file__, "--scrape", str(self.place.machines)))
            if isinstance(product, Exporter)
            else None
        )
        try:
            self._settle(process)
            say(f"{product.name}: measuring {self.seconds:g} s")
            turn = self._measure(product.name, process.pid)
            say(f"{product.name}: {turn.polls} polls, {turn.per_poll_us:.0f} us a poll, RSS {turn.rss_mb:.1f} MB")
            if then is not None:
                then()
            return turn
        finally:
            for each in (process, scraper):
                if each is not None:
                    end(each)

    def _settle(self, process: "subprocess.Popen[bytes]") -> None:
        """Every machine was polled three times, and the first poll of the slow kind is over: what goes on for ever is
        measured, not what happens once."""
        until = time.monotonic() + STARTING_S
        while sum(len(times) >= 3 for times in list(self.tap.polls.values())) < self.place.machines:
            if process.poll() is not None or time.monotonic() > until:
                logs = [
                    path.read_text(encoding="utf-8", errors="replace")[-1500:]
                    for path in self.place.folder.glob("*.log")
                ]
                raise SystemExit("it does not poll all machines; the logs end with:\n" + "\n".join(logs))
            time.sleep(0.2)
        time.sleep(self.seconds if self.seconds < SLOW_S else SETTLING_S)  # a quick look is no measurement

    def _measure(self, name: str, pid: int) -> Turn:
        start, before = time.time(), cpu_s(pid)
        time.sleep(self.seconds)
        used, stop = cpu_s(pid) - before, time.time()
        time.sleep(0.2)  # the tap hears of the last ones a little later
        polls = self.tap.between(start, stop)
        late = tuple(lateness(polls.values(), INTERVAL_S))
        return Turn(name, stop - start, sum(map(len, polls.values())), used, rss_mb(pid), pss_mb(pid), late)

    def faults(self, times: int) -> str:
        """All machines jam and are cleared, at moments of chance: from the wire to a subscriber of the broker."""
        heard = self.place.folder / "events"
        topic = ("-t", "fleetmon/v1/bench/up/event", "-q", "1", "-V", "5", "-F", "%U %p")
        with heard.open("wb") as out:
            listening = subprocess.Popen(
                ("mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.place.broker), *topic), stdout=out
            )
            try:
                time.sleep(1)
                samples = [sample for number in range(times) for sample in self._fault(heard, number)]
            finally:
                end(listening)
        whole, own = zip(*samples, strict=True) if samples else ((), ())
        return (
            f"fault on the wire -> MQTT, {len(whole)} samples, all {self.place.machines} machines at once,"
            f" interval {INTERVAL_S} s:\n{spread(whole)}\nof that from the request that found it:\n{spread(own)}"
        )

    def _fault(self, heard: Path, number: int) -> list[tuple[float, float]]:
        """Seconds from the write to the event, and from the poll after the write to the event, for each machine."""
        kind, (bits, status) = ("raised", FAULT) if number % 2 == 0 else ("cleared", WELL)
        time.sleep(random.uniform(1, 1 + INTERVAL_S))
        known, written = heard.stat().st_size, len(self.tap.writes)
        printer = self.place.printer
        agent.write((printer.error_state, "x", bits), (printer.device_status, "i", str(status)))
        told: dict[str, float] = {}
        until = time.monotonic() + 4 * INTERVAL_S
        while len(told) < self.place.machines and time.monotonic() < until:
            time.sleep(0.5)
            told = events(heard, known, f"fleetmon.fault.{kind}.v1")
        at = self.tap.writes[written]
        if len(told) < self.place.machines:
            say(f"only {len(told)} of {self.place.machines} machines told of it")
        polled = {f"m{n:04}": self.tap.polls[agent.address(n)] for n in range(self.place.machines)}
        asked = {who: next(asked for asked in times if asked > at) for who, times in polled.items() if who in told}
        return [(when - at, when - asked[who]) for who, when in told.items()]


def events(heard: Path, known: int, kind: str) -> dict[str, float]:
    """When the subscriber had the event of this type, by machine; from byte `known` of what it wrote."""
    with heard.open("rb") as lines:
        lines.seek(known)
        found: dict[str, float] = {}
        for line in lines.read().splitlines():
            moment, _, body = line.partition(b" ")
            with suppress(ValueError):
                event = json.loads(body)
                if event["type"] == kind:
                    found.setdefault(event["subject"], float(moment))
        return found


def spread(seconds: Sequence[float]) -> str:
    """Median, 99th percentile and worst."""
    figures = {"p50": percentile(seconds, 0.5), "p99": percentile(seconds, 0.99), "worst": max(seconds, default=0)}
    return "  " + "  ".join(f"{name} {1000 * value:.0f} ms" for name, value in figures.items())


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to stop, and see that it does."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def say(words: str) -> None:
    """To whoever watches."""
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def enter() -> None:
    """Go into namespaces of our own (unshare(1)); whoever is not root becomes it, in there."""
    root = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    spaces = ("unshare", *root, "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
    os.execvpe("unshare", (*spaces, sys.executable, *sys.argv), {**os.environ, INSIDE: "1"})


def loopback_up() -> None:
    """A new network namespace has its loopback down (netdevice(7))."""
    up = struct.pack("16sH14x", b"lo", 1)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS, IFF_UP


def files_for(machines: int) -> None:
    """collectd opens two sockets a machine."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * machines + 1024), hard))


def main() -> None:
    """The whole bench."""
    parser = argparse.ArgumentParser(description="CPU per poll of fleetmon, collectd and prometheus-snmp-exporter")
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--duration", type=float, default=60, help="seconds measured, per product and round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--faults", type=int, default=4, help="how often all machines fault or recover")
    parser.add_argument("--only", action="append", help="only this product")
    parser.add_argument("--scrape", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.scrape:
        files_for(options.scrape)
        asyncio.run(Exporter().scrape(options.scrape))
    if INSIDE not in os.environ:
        enter()
    loopback_up()
    files_for(options.machines)
    with tempfile.TemporaryDirectory(prefix="fleetmon-bench-") as folder:
        run(options, Place(Path(folder), options.machines, BROKER_PORT))


def run(options: argparse.Namespace, place: Place) -> None:
    """All turns, and the report."""
    background = [agent.start(place.folder, place.printer), broker(place)]
    turns: list[Turn] = []
    told = ""
    try:
        time.sleep(1)
        bench = Bench(place, Tap(agent.PORT, agent.CONTROL), options.duration)
        for number in range(options.rounds):
            for product in (Fleetmon(), Collectd(), Exporter()):
                if options.only and product.name not in options.only:
                    continue
                last = number == options.rounds - 1 and isinstance(product, Fleetmon) and options.faults

                def fault() -> None:
                    nonlocal told
                    told = bench.faults(options.faults)

                turns.append(bench.turn(product, fault if last else None))
    finally:
        for process in background:
            end(process)
    print(f"{place.machines} machines every {INTERVAL_S} s, {options.rounds} x {options.duration:g} s each\n")
    print(table(turns, Collectd.name))
    print(told)


if __name__ == "__main__":
    main()
