"""A month of an office in virtual time: how many polls a second one core decodes, and how long the month takes.

    python bench/virtual [--office six_machines] [--days 30] [--seed 1]

Machines are asked every 10 s in working hours and every 60 s outside; answers of a machine that has not moved are not
asked for, as the pulse would not wake its poller for them. Prints one line of figures, and what happened, by kind.
"""

import argparse
import time
from collections import Counter

from fleetmon.simulators.plant import Plant, load_plant_office

from fleetmon import catalog
from fleetmon.lab.virtual_time.virtual import VirtualSite

_DAY_S = 86_400.0


def main() -> None:
    words = argparse.ArgumentParser(description="A month of an office in virtual time.")
    words.add_argument("--office", default="six_machines", help="a shipped office's name, or a .toml file")
    words.add_argument("--days", type=float, default=30.0)
    words.add_argument("--seed", type=int, default=1)
    options = words.parse_args()
    site = VirtualSite(Plant(load_plant_office(options.office), seed=options.seed), catalog.load())
    events: Counter[str] = Counter()
    wall, cpu = time.perf_counter(), time.process_time()
    for told in site.run(options.days * _DAY_S):
        events.update(event.type for event in told.outcome.events)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    machines = len(site.plan.machines)
    print(
        f"{options.days:g} days of {machines} machines in {wall:.1f} s ({cpu:.1f} s of one core): {site.polls} polls,"
        f" {site.polls / wall:.0f} polls/s, {site.spared / site.polls:.0%} of them with nothing new,"
        f" {sum(events.values())} events, {len(site.plant.close(options.days * _DAY_S))} stops in truth"
    )
    for kind, count in sorted(events.items()):
        print(f"  {count:7} {kind}")


if __name__ == "__main__":
    main()
