"""Two hundred simulated SNMP machines in one process, asked every five seconds by somebody else.

    make bench-simulators [MINUTES=10] [MACHINES=200] [ARGS=--plant]

Printed: answers that are missing, how long answers took, what the process cost and whether its memory stays. Ends with
1 if an answer is missing or the memory grew by more than a tenth.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.simulators.asker import INTERVAL_S, Asker, Figures, Target

# Each sheet with the version it is asked in (0: version 1, 1: 2c), its hrDeviceIndex, and whether it is Zebra's.
SHEETS = {
    "passport_printer": (1, 1, False),
    "laminator": (0, 1, False),
    "consular_laser": (0, 2, False),
    "label_printer_vendor": (1, 1, True),
}
WARM_UP_S = 20.0
MOST_GROWTH = 1.1


def main() -> int:
    """The whole bench; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--machines", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--plant", action="store_true", help="they stand in lines of one plant instead of alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fleetmon-bench-") as folder, simulators(options, Path(folder)) as served:
        targets, process, started_s = served
        Asker(targets).run(WARM_UP_S, lambda minute: None)
        first, cpu, since = rss_mb(process.pid), cpu_s(process.pid), time.perf_counter()
        figures = Asker(targets).run(60 * options.minutes, lambda minute: say(f"{minute} min"))
        share = (cpu_s(process.pid) - cpu) / (time.perf_counter() - since)
        last = rss_mb(process.pid)
    print(report(options, figures, started_s, share, (first, last)))
    return int(bool(figures.missed or figures.wrong or last > MOST_GROWTH * first))


def report(
    options: argparse.Namespace, figures: Figures, started_s: float, share: float, memory: tuple[float, float]
) -> str:
    """What there is to say, one figure a line."""
    took = sorted(figures.took_s)
    p50, p99, worst = (1000 * took[int(part * (len(took) - 1))] for part in (0.5, 0.99, 1.0))
    where = "in lines of one plant" if options.plant else "each by itself"
    lines = (
        f"{options.machines} machines, {where}, asked every {INTERVAL_S:g} s for {options.minutes:g} min",
        f"started in          {started_s:.1f} s",
        f"questions           {figures.asked}",
        f"missed answers      {figures.missed}",
        f"wrong answers       {figures.wrong}",
        f"answer time         p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {worst:.1f} ms",
        f"CPU                 {100 * share:.1f} % of one core",
        f"RSS                 {memory[0]:.1f} MB at the start, {memory[1]:.1f} MB at the end",
        f"(the asker itself was at most {1000 * figures.late_s:.0f} ms late)",
    )
    return "\n".join(lines)


@contextmanager
def simulators(
    options: argparse.Namespace, folder: Path
) -> Iterator[tuple[list[Target], "subprocess.Popen[bytes]", float]]:
    """The command that people use, its machines, and how long it took until all of them answered."""
    names = [f"m{number:03}" for number in range(options.machines)]
    sheets = [[*SHEETS][number % len(SHEETS)] for number in range(options.machines)]
    ports = folder / "ports.json"
    begun = time.perf_counter()
    asked = [*words(options, names, sheets, folder), "--port-file", str(ports), "--until-stdin-closes"]
    process = subprocess.Popen(
        [sys.executable, "-m", "fleetmon.simulators.snmp_agent", *asked],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not ports.exists():
            if process.poll() is not None:
                raise SystemExit("the simulators ended at once")
            time.sleep(0.05)
        took = time.perf_counter() - begun
        found = json.loads(ports.read_text(encoding="utf-8"))
        yield [Target(found[name], *SHEETS[sheet]) for name, sheet in zip(names, sheets, strict=True)], process, took
    finally:
        process.terminate()
        process.wait()


def words(options: argparse.Namespace, names: Sequence[str], sheets: Sequence[str], folder: Path) -> list[str]:
    """Which machines: a row of options, or an office file of lines, printer to laminator, and machines beside them."""
    if not options.plant:
        return [word for name, sheet in zip(names, sheets, strict=True) for word in ("--machine", f"{name}={sheet}")]
    text = ['title = "Bench"', "crew = 20", "[parameters]", "batch_mean = 400", "pause_median = 20"]
    for name, sheet in zip(names, sheets, strict=True):
        text += ["[[machines]]", f'name = "{name}"', f'sheet = "{sheet}"', f'serial = "SIM-{name}"']
    for number in range(0, len(names) - 1, len(SHEETS)):
        stages = f'stages = [["{names[number]}"], ["{names[number + 1]}"]]'
        text += ["[[lines]]", f'name = "line-{number}"', f'title = "Line {number}"', stages, "buffers = [12]"]
    office = folder / "office.toml"
    office.write_text("\n".join(text) + "\n", encoding="utf-8")
    return ["--office", str(office)]


def cpu_s(pid: int) -> float:
    """User and system time so far, from proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    """Resident memory."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def say(words: str) -> None:
    """To whoever watches."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
