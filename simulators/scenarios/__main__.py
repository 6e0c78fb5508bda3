"""`python -m fleetmon.simulators.scenarios`: play a scenario at full speed and write down what really happened.

`list` tells which there are, `run NAME` prints the truth as JSON lines (or writes it with --truth) and sums it up on
standard error, so that the two are never mixed; `table` prints what docs/scenarios.md holds. Vices of links and
troubles of the daemon are told and not carried out: there is neither link nor daemon here.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from fleetmon.simulators.plant import Plant, Stop
from fleetmon.simulators.process import USAGE, Parser, spoken
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.stories.scenario import Scenario, load_scenario, shipped
from fleetmon.simulators.stories.staging import staged

from .table import in_words, markdown

_WORTH_TELLING = 15 * 60.0  # s of working time: what an alert should be about
_MOST = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, or 2 for what cannot be read."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.does(options))
    except BadInput as error:
        print(f"scenarios: {error}", file=sys.stderr)
        return USAGE


def _parser() -> argparse.ArgumentParser:
    words = Parser(prog="scenarios", description="Scenarios of a passport office, with the whole truth.")
    commands = words.add_subparsers(required=True, metavar="list|run|table")
    commands.add_parser("list", help="names and what each shows").set_defaults(does=_list)
    commands.add_parser("table", help="the table of docs/scenarios.md").set_defaults(does=_table)
    run = commands.add_parser("run", help="play one")
    run.add_argument("name", help="a shipped scenario's name, or a .toml file")
    run.add_argument("--seed", type=int, help="the same seed gives the same run (default: the file's first)")
    run.add_argument("--truth", type=Path, metavar="FILE", help="write every stop there instead of printing it")
    run.set_defaults(does=_run)
    return words


def _list(_: argparse.Namespace) -> int:
    names = shipped()
    width = max(map(len, names))
    for name in names:
        print(f"{name:{width}}  {load_scenario(name).shows}")
    return 0


def _table(_: argparse.Namespace) -> int:
    print(markdown(map(load_scenario, shipped())), end="")
    return 0


def _run(options: argparse.Namespace) -> int:
    scenario = load_scenario(options.name)
    seed = scenario.seeds.tuning[0] if options.seed is None else options.seed
    plant = staged(scenario, seed)
    began = time.perf_counter()
    truth = "".join(f"{line}\n" for line in plant.truth_lines(scenario.lasts))
    took = time.perf_counter() - began
    if options.truth:
        _write(options.truth, truth)
    else:
        sys.stdout.write(truth)
    for line in _summary(scenario, seed, plant, took):
        print(line, file=sys.stderr)
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise BadInput(f"--truth: {path}: {error.strerror}") from error


def _summary(scenario: Scenario, seed: int, plant: Plant, took: float) -> list[str]:
    stops = plant.close(scenario.lasts)
    lines = [
        f"{scenario.title}: {scenario.shows}",
        f"{in_words(scenario.lasts)} from {scenario.start:%a %Y-%m-%d %H:%M}, seed {seed}, played in {took:.1f} s",
    ]
    for line in plant.lines:
        waiting, made = line.buffers[0].documents, line.buffers[-1].documents
        lines.append(f"{line.name}: {line.entered} documents came, {made} made, {waiting} wait to be begun")
    told = [stop for stop in stops if not stop.planned and stop.klass != "no-work" and stop.scheduled >= _WORTH_TELLING]
    lines.append(f"{len(stops)} stops, {len(told)} of them unplanned and 15 minutes or longer in working time")
    lines += [_told(plant, stop) for stop in told[:_MOST]]
    return lines + [f"  and {len(told) - _MOST} more"] * (len(told) > _MOST)


def _told(plant: Plant, stop: Stop) -> str:
    begins = plant.calendar.local(stop.start)
    whose = f" by {', '.join((stop.cause, *stop.also))}" if stop.cause != stop.machine else ""
    return (
        f"  {begins:%a %d %H:%M:%S} {stop.machine:8} {stop.klass:8} {in_words(stop.scheduled):>12}  "
        f"{stop.reason}{whose}, {stop.waiting_end} waiting at the end"
    )


if __name__ == "__main__":
    sys.exit(spoken(main))
