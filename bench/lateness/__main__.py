"""Whether bad neighbours delay anybody: a thousand machines every 5 s, of which 250 misbehave, beside all of them well.

    make bench-lateness [MINUTES=5]

First all machines answer; then 200 are sockets that nobody reads and 50 answer after 4.9 s, which is longer than any
request is waited for. Each time the whole daemon runs, with its outbox on disk and a broker, and what counts is how
much later than its slot the first request of a poll is sent, over all polls of the 750 machines that are well in both
runs. The 99th percentile may grow by a fifth and 20 ms; more, or two requests at once for one machine, is exit 1.

Everything runs in a network and a process namespace of its own, in which nothing but loopback exists.
"""

import argparse
import asyncio
import fcntl
import json
import os
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from bench.poll import agent  # noqa: E402 - which is every machine that is well
from neighbours import SLOW_PORT, UNREAD_PORT, slow, unread  # noqa: E402

INSIDE = "FLEETMON_BENCH_INSIDE"
MACHINES = 1000
INTERVAL_S = 5.0
BROKER_PORT = 1883
GROWTH, MORE_S = 1.2, 0.020
PATIENCE_S = 180.0  # for starting and stopping

UNREAD = range(0, MACHINES, 5)
SLOW = range(1, MACHINES, 20)
WELL = [number for number in range(MACHINES) if number not in UNREAD and number not in SLOW]


def name(number: int) -> str:
    """The machine's id."""
    return f"m{number:04}"


def settings(bad_neighbours: bool) -> str:
    """The settings of a site with all machines, each with what the product does by itself."""
    ports = {**dict.fromkeys(UNREAD, UNREAD_PORT), **dict.fromkeys(SLOW, SLOW_PORT)} if bad_neighbours else {}
    head = f'[site]\nid = "bench"\n[mqtt]\nurl = "mqtt://127.0.0.1:{BROKER_PORT}"\n[snmp]\ntraps = "off"\n'
    return head + "".join(
        f'[[machine]]\nid = "{name(n)}"\n'
        f'source = {{ url = "snmp://{agent.address(n)}:{ports.get(n, agent.PORT)}", driver = "snmp_printer" }}\n'
        for n in range(MACHINES)
    )


async def measured(folder: Path, bad_neighbours: bool, seconds: float) -> tuple[list[float], int]:
    """One run of the daemon: the lateness of every poll of a machine that is well, sorted; and overlapping requests."""
    place = folder / ("bad" if bad_neighbours else "well")
    place.mkdir()
    files = {each: place / each for each in ("fleetmon.toml", "state", "well.json", "notes.json")}
    files["fleetmon.toml"].write_text(settings(bad_neighbours), encoding="utf-8")
    files["well.json"].write_text(json.dumps([name(n) for n in WELL]), encoding="utf-8")
    words = ["--settings", files["fleetmon.toml"], "--state", files["state"], "--seconds", str(seconds)]
    words += ["--well", files["well.json"], "--notes", files["notes.json"]]
    with (place / "log").open("wb") as log:
        daemon = await asyncio.create_subprocess_exec(
            sys.executable, HERE / "watched.py", *words, stdout=log, stderr=log
        )
        try:
            async with asyncio.timeout(seconds + PATIENCE_S):
                failed = await daemon.wait()
        except TimeoutError:
            daemon.kill()
            failed = await daemon.wait()
    if failed:
        raise SystemExit(f"the daemon failed:\n{(place / 'log').read_text('utf-8', 'replace')[-2000:]}")
    notes = json.loads(files["notes.json"].read_text("utf-8"))
    well = {name(n) for n in WELL}
    return sorted(late for each, times in notes["late"].items() if each in well for late in times), notes["overlapping"]


def percentile(ordered: list[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def line(words: str, late: list[float]) -> str:
    """One run for people."""
    figures = (("p50", percentile(late, 0.5)), ("p99", percentile(late, 0.99)), ("worst", late[-1]))
    return f"{words:<28} {len(late):>7} polls" + "".join(f"   {what} {1000 * s:7.1f} ms" for what, s in figures)


async def bench(folder: Path, minutes: float) -> bool:
    """Both runs and their comparison; whether it is as promised."""
    seconds, expected = minutes * 60, len(WELL) * minutes * 60 / INTERVAL_S
    with ExitStack() as stack:
        for process in (agent.start(folder, agent.Printer()), broker(folder)):
            stack.callback(process.wait)
            stack.callback(process.terminate)
        await asyncio.sleep(1)
        good, _ = await measured(folder, False, seconds)
        print(line(f"all {MACHINES} well", good), flush=True)
        for sock in unread(map(agent.address, UNREAD)):
            stack.callback(sock.close)
        for transport in await slow(map(agent.address, SLOW), ("127.0.0.1", agent.PORT)):
            stack.callback(transport.close)
        bad, overlapping = await measured(folder, True, seconds)
    print(line(f"{len(UNREAD)} mute, {len(SLOW)} at 4.9 s", bad))
    limit = GROWTH * percentile(good, 0.99) + MORE_S
    kept = percentile(bad, 0.99) <= limit
    complete = min(len(good), len(bad)) >= 0.98 * expected
    print(f"p99 of the {len(WELL)} that are well: {1000 * percentile(bad, 0.99):.1f} ms, allowed {1000 * limit:.1f} ms")
    print(f"two requests at once for one machine: {overlapping}")
    if not complete:
        print(f"polls are missing: {expected:.0f} were due in each run")
    return kept and complete and not overlapping


def broker(folder: Path) -> "subprocess.Popen[bytes]":
    """A mosquitto that keeps nothing."""
    file = folder / "mosquitto.conf"
    lines = f"listener {BROKER_PORT} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nlog_type none\nuser root\n"
    file.write_text(lines, encoding="utf-8")
    return subprocess.Popen(["mosquitto", "-c", str(file)], stderr=subprocess.DEVNULL)


def enter() -> None:
    """Go into namespaces of our own (unshare(1)); whoever is not root becomes it, in there."""
    root = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    spaces = ("unshare", *root, "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
    os.execvpe("unshare", (*spaces, sys.executable, *sys.argv), {**os.environ, INSIDE: "1"})


def prepare() -> None:
    """The loopback of a new network namespace is down (netdevice(7)); and each bad neighbour takes a file or two."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))


def main() -> None:
    """The whole bench; exit 1 if the promise is broken."""
    parser = argparse.ArgumentParser(description="lateness of polls beside machines that misbehave")
    parser.add_argument("--minutes", type=float, default=5, help="measured, for each of the two runs")
    options = parser.parse_args()
    missing = [each for each in ("snmpd", "mosquitto", "unshare") if not shutil.which(each)]
    if missing:
        raise SystemExit(f"needs {', '.join(missing)}; apt install snmpd mosquitto util-linux")
    if INSIDE not in os.environ:
        enter()
    prepare()
    with tempfile.TemporaryDirectory(prefix="fleetmon-bench-") as folder:
        raise SystemExit(0 if asyncio.run(bench(Path(folder), options.minutes)) else 1)


if __name__ == "__main__":
    main()
