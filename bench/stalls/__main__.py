"""What it costs to know when a machine stands still: memory and records of a machine that is fully known, and time.

    python bench/stalls [--machines 200]

A machine that is fully known has worked thirty days of `--gaps` documents. Time is that of one document, of one
question for the limit, and of what is learned anew with each working day. Prints figures.
"""

import argparse
import gc
import random
import time
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta

from fleetmon import memory_profiles
from fleetmon.assess.stalls.profile import DAYS, Profile
from fleetmon.assess.stalls.silences import Silences
from fleetmon.model.plan import FleetPlan, MachinePlan, SourcePlan, StallLimits
from fleetmon.model.words import MachineKind

_MONDAY = date(2026, 6, 1)


def known(gaps: int, seed: int) -> Profile:
    """The profile of a machine with so many documents a day, every twentieth after a pause."""
    dice, profile = random.Random(seed), Profile()
    for number in range(DAYS + 1):
        for _ in range(gaps):
            seconds = dice.lognormvariate(4.0, 0.2) + (dice.expovariate(1 / 120) if dice.random() < 0.05 else 0.0)
            profile.gap(seconds, _MONDAY + timedelta(days=number))
    return profile


def plan(machines: int) -> FleetPlan:
    return FleetPlan("bench", tuple(_machine(number) for number in range(machines)))


def _machine(number: int) -> MachinePlan:
    return MachinePlan(f"m{number}", MachineKind.PRINTER, (SourcePlan("main", f"snmp://192.0.2.1:{number + 1}"),))


def microseconds(what: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        what()
    return (time.process_time() - start) / times * 1e6


def memory(machines: int, gaps: int) -> None:
    """Of Python objects, by tracemalloc: all that `stalls` keeps of each machine."""
    profile = known(gaps, 1)
    body = memory_profiles.record("m0", profile).body or b""
    fleet = plan(machines)
    gc.collect()
    tracemalloc.start()
    records = {memory_profiles.PROFILE: {f"m{number}": body for number in range(machines)}}
    silences = Silences(fleet, memory_profiles.recall(records))
    held = tracemalloc.get_traced_memory()[0] / machines / 1024
    tracemalloc.stop()
    print(f"{gaps} documents a day: {held:.1f} KiB of memory a machine, {len(body) / 1000:.1f} kB of records")
    assert silences.profile("m0").days


def speed(gaps: int) -> None:
    profile, limits = known(gaps, 2), StallLimits()
    day = _MONDAY + timedelta(days=DAYS)
    once = microseconds(lambda: profile.gap(55.0, day), 20_000)
    cached = microseconds(lambda: profile.limit(limits), 20_000)
    turns = iter(range(1, 1_000_000))
    learned = microseconds(lambda: profile.limit(StallLimits(cold_start_s=600.0 + next(turns))), 50)
    print(f"a gap {once:.2f} us, a limit {cached:.2f} us, a limit learned anew {learned / 1000:.2f} ms")


def main() -> None:
    words = argparse.ArgumentParser(description="The cost of knowing what is usual.")
    words.add_argument("--machines", type=int, default=200)
    words.add_argument("--gaps", type=int, nargs="+", default=[400, 4000])
    options = words.parse_args()
    for gaps in options.gaps:
        memory(options.machines, gaps)
        speed(gaps)


if __name__ == "__main__":
    main()
