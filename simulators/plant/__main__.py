"""`python -m fleetmon.simulators.plant OFFICE`: run an office for some days at full speed and tell what it came to.

With `--truth FILE` every stop is written as a JSON line. The figures printed at the end are for people; how long the
run took is the only one that is not the same the next time.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from fleetmon.simulators.process import USAGE, Parser, spoken
from fleetmon.simulators.reading import BadInput

from .office_file import load_plant_office
from .plant import Plant

_DAY = 86_400.0
_LONGEST = 36_500.0  # a century: what goes beyond is a slip of the finger


def main() -> int:
    """Returns the exit code: 0, or 2 for an office that cannot be read or a truth that cannot be written."""
    options = _parser().parse_args()
    try:
        plant = Plant(load_plant_office(options.office), seed=options.seed)
    except BadInput as error:
        print(f"plant: {error}", file=sys.stderr)
        return USAGE
    began = time.process_time()
    lines = list(plant.truth_lines(options.days * _DAY))
    took = time.process_time() - began
    try:
        if options.truth:
            options.truth.write_text("".join(f"{line}\n" for line in lines))
    except OSError as error:
        print(f"plant: --truth: {options.truth}: {error.strerror}", file=sys.stderr)
        return USAGE
    print(_report(plant, options.days, took))
    return 0


def _parser() -> argparse.ArgumentParser:
    words = Parser(prog="plant", description="Run a virtual office at full speed; every stop is known.")
    words.add_argument("office", help="a shipped office's name, or a .toml file")
    words.add_argument("--days", type=_days, default=30, help="how long (default %(default)s)")
    words.add_argument("--seed", type=int, default=0, help="the same seed gives the same run")
    words.add_argument("--truth", type=Path, metavar="FILE", help="write every stop as a JSON line")
    return words


def _days(text: str) -> float:
    days = float(text)
    if not 0 < days < _LONGEST:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {_LONGEST:g}")
    return days


def _report(plant: Plant, days: float, took: float) -> str:
    made = sum(post.machine.made for post in plant.posts.values())
    lines = [
        f"{plant.office.title}: {days:g} days, {len(plant.posts)} stations, {made} documents handled, {took:.1f} s"
    ]
    for line in plant.lines:
        done = line.buffers[-1].documents
        lines.append(f"  {line.name}: {line.entered} came, {done} made, {line.rejected} rejected")
    stops = plant.truth()
    count = Counter(stop.klass for stop in stops)
    for klass in sorted(count):
        hours = sum(stop.scheduled for stop in stops if stop.klass is klass) / 3600
        lines.append(f"  {klass:9} {count[klass]:6} stops {hours:8.1f} h at work")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(spoken(main))
