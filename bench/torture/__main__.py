"""Everything that could lose an event, tried: one line a test, with its figures.

    python -m bench.torture [T1 T2 ...] [--short] [--rounds N] [--seed N] [--jobs N]

Without names all of them run, long; `--short` is what the test suite runs, several at a time. Exit code 0 only if every
promise held. Where something needs root, a disk of its own that is full, the line says that it was not tried.

Not shown here: kill -9 is no power cut, for the page cache survives it; one machine, loopback.
"""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from .backlog import backlog
from .clocks import wrong_clocks
from .crashes import crashes
from .disk import damaged, full
from .ground import Missed
from .hostile import denied, malformed_messages
from .kills import kills
from .network import bad_network, empty_broker, restarts
from .report import Result
from .silence import deaths, duplicate


@dataclass(frozen=True, slots=True)
class Run:
    """How a test is to be run."""

    folder: Path
    short: bool
    seed: int
    rounds: int

    def times(self, short: int, long: int) -> int:
        """How often something is repeated."""
        return self.rounds or (short if self.short else long)


Test = Callable[[Run], Awaitable[Result]]
TESTS: dict[str, tuple[str, Test]] = {
    "T1": ("kill -9 of daemon, broker, consumer", lambda run: kills(run.folder, run.times(5, 300), run.seed)),
    "T1-saves": (
        "T1, the broker saving on each change",
        lambda run: kills(run.folder, run.times(3, 50), run.seed, "on-changes"),
    ),
    "T1-forgets": (
        "T1, the broker without a memory",
        lambda run: kills(run.folder, run.times(3, 50), run.seed, "none"),
    ),
    "T2": ("killed at named points", lambda run: crashes(run.folder, run.times(1, 5), run.seed, run.short)),
    "T3": ("the network at its worst", lambda run: bad_network(run.folder, run.seed, run.short)),
    "T4": ("the broker comes back", lambda run: restarts(run.folder, run.times(2, 10), run.seed)),
    "T5": ("another, empty broker", lambda run: empty_broker(run.folder, run.times(1, 3))),
    "T7": ("the file's ceiling and a full disk", lambda run: full(run.folder, run.short)),
    "T8": ("a wall clock that is set", lambda run: wrong_clocks(run.folder, run.times(1, 5))),
    "T9": ("a backlog", lambda run: backlog(run.folder, run.times(1500, 5000), run.seed)),
    "T11": ("malformed messages", lambda run: malformed_messages(run.folder, run.times(500, 20000), run.seed)),
    "T14": ("a broker that refuses", lambda run: denied(run.folder, run.short)),
    "T15": ("each part dies alone", lambda run: deaths(run.folder, run.short)),
    "T16": ("two daemons, one identity", lambda run: duplicate(run.folder)),
    "T18": ("damaged files", lambda run: damaged(run.folder, run.times(1, 10), run.seed)),
}


async def one(name: str, run: Run) -> bool:
    """Run one test and print its line."""
    title, test = TESTS[name]
    began = time.monotonic()
    try:
        result = await test(run)
    except Missed as missed:
        result = Result(False, str(missed))
        for log in sorted(run.folder.glob("**/*.log")):
            print(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}", file=sys.stderr)
    verdict = "held" if result.held else "BROKEN"
    print(f"{name:3} {verdict:6} {time.monotonic() - began:6.1f} s  {title}: {result.text}", flush=True)
    return result.held


def main() -> int:
    """The command line; 0 when all promises held."""
    options = argparse.ArgumentParser(prog="python -m bench.torture", description="tries to lose events")
    options.add_argument("tests", nargs="*", metavar="TEST", help=f"any of {' '.join(TESTS)}; all if none is named")
    options.add_argument("--short", action="store_true", help="seconds instead of minutes")
    options.add_argument("--rounds", type=int, default=0, help="how often, where a test repeats something")
    options.add_argument("--jobs", type=int, default=1, help="how many tests at a time")
    options.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    asked = options.parse_args()
    if strangers := set(asked.tests) - set(TESTS):
        options.error(f"no such test: {' '.join(sorted(strangers))}; there are {' '.join(TESTS)}")
    logging.getLogger("mqtt").setLevel(logging.CRITICAL)  # our own clients lose their broker on purpose
    print(f"seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        runs = {test: Run(Path(name) / test, asked.short, asked.seed, asked.rounds) for test in asked.tests or TESTS}
        return 0 if asyncio.run(several(runs, asked.jobs)) else 1


async def several(runs: dict[str, Run], jobs: int) -> bool:
    """Run the tests, so many at a time; whether all held."""
    room = asyncio.Semaphore(jobs)

    async def in_turn(name: str, run: Run) -> bool:
        async with room:
            return await one(name, run)

    return all(await asyncio.gather(*(in_turn(name, run) for name, run in runs.items())))


if __name__ == "__main__":
    sys.exit(main())
