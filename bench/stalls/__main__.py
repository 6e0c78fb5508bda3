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
from dataclasses import replace
from datetime import date, timedelta

from fleetmon import memory_profiles
from fleetmon.assess.stalls.notices import Notices
from fleetmon.assess.stalls.profile import DAYS, Profile
from fleetmon.assess.stalls.silences import Silences
from fleetmon.assess.stalls.slowdown import Pace, Slowdown
from fleetmon.assess.stalls.usual import SLOT_S, SLOTS, WEEKS, Place, Usual
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


def paced(gaps: int, seed: int) -> Pace:
    """The pace of the same machine."""
    dice, slowdown = random.Random(seed), Slowdown()
    for number in range(DAYS + 1):
        for _ in range(gaps):
            slowdown.gap(dice.lognormvariate(4.0, 0.2), _MONDAY + timedelta(days=number))
    return replace(slowdown.pace, counted="sheets/")


def usual(gaps: int, seed: int) -> Usual:
    """Seven weeks of five days on which as many documents come within nine hours, by chance."""
    dice, known = random.Random(seed), Usual()
    for week in range(WEEKS + 1):
        for slot in range(SLOTS):
            works = slot < 240 and 16 <= slot % 48 < 34
            made = max(0, round(dice.gauss(gaps / 18, (gaps / 18) ** 0.5))) if works else 0
            known.watched(SLOT_S, made, Place(week, slot, SLOT_S))
    return known


def memory(machines: int, gaps: int) -> None:
    """Of Python objects, by tracemalloc: all that `stalls` keeps of each machine, none of which stands in a line."""
    kept = (
        memory_profiles.record("", known(gaps, 1)),
        memory_profiles.record_of_pace("", paced(gaps, 1)),
        memory_profiles.record_of_usual("", usual(gaps, 1)),
    )
    bodies = [each.body or b"" for each in kept]
    fleet, told = plan(machines), [f"{len(body) / 1000:.1f}" for body in bodies]
    gc.collect()
    tracemalloc.start()
    names = ("m{}", "m{}", "machine:m{}")
    records = {
        each.kind: {name.format(number): body for number in range(machines)}
        for each, name, body in zip(kept, names, bodies, strict=True)
    }
    learnt = memory_profiles.recall(records)
    silences, notices = Silences(fleet, learnt.profiles), Notices(fleet, learnt)
    for each in notices.usual().values():
        each.learn()
    held = tracemalloc.get_traced_memory()[0] / machines / 1024
    tracemalloc.stop()
    print(f"{gaps} documents a day: {held:.1f} KiB of memory a machine, {' + '.join(told)} kB of records")
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
