"""Thirty-two machines on serial lines at 9600 baud and one daemon: is each asked on time, and what does it cost?

    make bench-serial [MINUTES=2]

Twenty-four label printers (`~HS`, three frames; `~HQES`) have a port each, eight heater controllers share one RS-485
bus (Modbus RTU); all are the simulators', in a process of their own, on ptys that carry octets as slowly as 9600 baud
do. The daemon is whole, with its outbox on disk and a broker. Late is a poll by what passes from its slot to its turn
on the line; missed is one that was due and brought no report. A missed poll is exit 1, and so is a machine with a port
of its own that is asked a quarter of a second late.
"""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parent
INTERVAL_S = 5.0
ALONE, ON_BUS = 24, 8
LATE_S = 0.25
PATIENCE_S = 120.0

Poll = tuple[str, float, float, float, bool]  # machine, due, late, took (all in seconds), whether it brought a report


def settings(folder: Path, port: int) -> str:
    """A site of these machines, each with what the product does by itself."""
    head = f'[site]\nid = "bench"\n[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\n[snmp]\ntraps = "off"\n'
    printers = [
        f'[[machine]]\nid = "p{each}"\nsource = {{ url = "serial://{folder}/p{each}", driver = "zebra_zpl" }}\n'
        for each in range(ALONE)
    ]
    heaters = [
        f'[[machine]]\nid = "h{each}"\n'
        f'source = {{ url = "serial://{folder}/bus", driver = "omron_e5cc", modbus_unit = {each} }}\n'
        for each in range(1, ON_BUS + 1)
    ]
    return head + "".join(printers + heaters)


def names() -> list[str]:
    """Every machine's id."""
    return [*(f"p{each}" for each in range(ALONE)), *(f"h{each}" for each in range(1, ON_BUS + 1))]


def measured(folder: Path, seconds: float) -> dict[str, object]:
    """What the daemon noted of itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "fleetmon.toml").write_text(settings(folder, port), encoding="utf-8")
    (folder / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_type none\n")
    with ExitStack() as stack, (folder / "log").open("wb") as log:
        broker = subprocess.Popen([shutil.which("mosquitto") or "mosquitto", "-c", folder / "mosquitto.conf"])
        machines = subprocess.Popen(
            [sys.executable, HERE / "machines.py", folder, str(ALONE), str(ON_BUS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for process in (broker, machines):
            stack.callback(process.wait)
            stack.callback(process.terminate)
        assert machines.stdout is not None
        if machines.stdout.readline() != b"ready\n":
            raise SystemExit("the machines do not start")
        time.sleep(0.5)
        words = [sys.executable, HERE / "watched.py", folder / "fleetmon.toml", folder / "notes.json", str(seconds)]
        daemon = subprocess.Popen([*words, *names()], stdout=log, stderr=log)
        try:
            failed = daemon.wait(seconds + PATIENCE_S)
        except subprocess.TimeoutExpired:
            daemon.kill()
            failed = daemon.wait()
    if failed or not (folder / "notes.json").exists():
        raise SystemExit(f"the daemon failed:\n{(folder / 'log').read_text('utf-8', 'replace')[-2000:]}")
    notes: dict[str, object] = json.loads((folder / "notes.json").read_text("utf-8"))
    return notes


def percentile(ordered: list[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def left_out(machine: str, polls: list[Poll]) -> int:
    """The slots between its polls in which it was not asked."""
    due = [each[1] for each in polls if each[0] == machine]
    return sum(round((later - sooner) / INTERVAL_S) - 1 for sooner, later in pairwise(due))


def line(words: str, polls: list[Poll]) -> tuple[str, int, float]:
    """One group for people; how many polls it missed, and how late the latest was."""
    late = sorted(each[2] for each in polls)
    took = sorted(each[3] for each in polls)
    missed = sum(not each[4] for each in polls) + sum(
        left_out(machine, polls) for machine in {each[0] for each in polls}
    )
    shown = "  ".join(
        f"{what} {1000 * percentile(late, share):.1f}" for what, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    )
    text = f"{words:<28} {len(polls):>5} polls  late {shown} ms  a poll takes {1000 * percentile(took, 0.5):.0f} ms"
    return f"{text}  missed {missed}", missed, late[-1]


def main() -> None:
    """The whole bench."""
    parser = argparse.ArgumentParser(description="32 machines on serial lines at 9600 baud, one daemon")
    parser.add_argument("--minutes", type=float, default=2)
    options = parser.parse_args()
    if not shutil.which("mosquitto"):
        raise SystemExit("needs mosquitto; apt install mosquitto")
    with tempfile.TemporaryDirectory(prefix="fleetmon-bench-") as folder:
        notes = measured(Path(folder), 60 * options.minutes)
    polls: list[Poll] = notes["polls"]  # type: ignore[assignment]
    took_s, cpu_s, rss_kib = (float(str(notes[each])) for each in ("took_s", "cpu_s", "rss_kib"))
    alone, missed, late = line(f"{ALONE} with a port each", [p for p in polls if p[0][0] == "p"])
    shared, more, _ = line(f"{ON_BUS} on one bus", [p for p in polls if p[0][0] == "h"])
    print(f"{alone}\n{shared}")
    print(f"the daemon: {1e6 * cpu_s / len(polls):.0f} us of CPU a poll, {100 * cpu_s / took_s:.1f} % of a core")
    print(f"and {rss_kib / 1024:.0f} MiB at most")
    absent = set(names()) - {each[0] for each in polls}
    raise SystemExit(1 if missed + more or absent or late > LATE_S else 0)


if __name__ == "__main__":
    main()
