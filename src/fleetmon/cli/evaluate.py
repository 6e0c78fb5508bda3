"""`fleetmon evaluate`: scenarios played in virtual time, and what was told of them held against the truth.

Exit code 0 if every promise was kept, 1 if one was broken. What is only needed here is imported here.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from fleetmon.cli.exits import Exit, stop
from fleetmon.lab.evaluate.ablation import HEAD, row, variants, with_stalls
from fleetmon.lab.evaluate.figures import PERTURBED, USUAL, Promises, figures
from fleetmon.lab.evaluate.report import findings, page
from fleetmon.lab.evaluate.score import Score
from fleetmon.lab.evaluate.suite import HELD_BACK, TUNING, Circumstances, Run, cores, played, repeats, runs
from fleetmon.model.words import WorkSign
from fleetmon.simulators.stories.scenario import shipped


class Demand(StrEnum):
    """What the monitor hears of waiting work from outside."""

    NONE = "none"
    QUEUE = "queue"


def evaluate(
    scenarios: Annotated[
        list[str] | None, typer.Argument(metavar="[SCENARIO...]", help="Shipped ones or .toml files; else all shipped.")
    ] = None,
    seeds: Annotated[
        str, typer.Option(help='"held-back", on which alerts are judged; "tuning"; or numbers: "1,2".')
    ] = HELD_BACK,
    show: Annotated[bool, typer.Option("--findings", help="List every false, late, missed or double alert.")] = False,
    replay: Annotated[bool, typer.Option(help="Play each run twice instead: is every event the same again?")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Runs that go on at once; else one for each core.")] = None,
    demand: Annotated[
        Demand, typer.Option(help="Whether an issuing system tells how much work waits for each line.")
    ] = Demand.QUEUE,
    perturb: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="By which part at most each figure of the plant is another: 0.3.")
    ] = 0.0,
    without: Annotated[
        str, typer.Option(metavar="SIGNS", help="Signs of waiting work that are not believed: queue,peers.")
    ] = "",
    ablation: Annotated[
        bool, typer.Option(help="What each sign of waiting work is worth: a table; else of scenarios with stalls.")
    ] = False,
) -> None:
    """Judge the alerts: how few, how right, how early, in scenarios of which the truth is known."""
    under = Circumstances(demand is Demand.QUEUE, perturb, frozenset(WorkSign) - _signs(without))
    wanted = runs(scenarios or (with_stalls() if ablation else shipped()), _seeds(seeds))
    if replay:
        _replay(wanted, under)
    elif ablation:
        _ablate(wanted, workers or cores(), under)
    else:
        promised = PERTURBED if perturb else USUAL
        if not under.issuing:  # a machine that hangs at the head of a line and says it is idle is like one without work
            promised = replace(promised, stalls_missed=None)
        _judge(_scored(wanted, workers or cores(), under), show, promised)


def _scored(wanted: Sequence[Run], workers: int, under: Circumstances) -> Score:
    scores = []
    with _progress(len(wanted)) as tell:
        for run, score in played(wanted, workers, under):
            scores.append(score)
            tell(run)
    return Score.of(scores)


def _judge(whole: Score, show: bool, promised: Promises) -> None:
    """The page, and the exit code."""
    found = figures(whole, promised)
    for line in page(found):
        typer.echo(line)
    if show:
        typer.echo("")
    for line in findings(whole) if show else ():
        typer.echo(line)
    if not all(gate.kept for gate in found.gates):
        raise typer.Exit(Exit.PROBLEM)


def _ablate(wanted: Sequence[Run], workers: int, under: Circumstances) -> None:
    """A table, row by row."""
    typer.echo(HEAD)
    for variant in variants():
        found = figures(_scored(wanted, workers, replace(under, signs=variant.signs)))
        typer.echo(row(variant, found))


def _replay(wanted: Sequence[Run], under: Circumstances) -> None:
    """Whether each run is the same again."""
    other = []
    with _progress(len(wanted)) as tell:
        for run in wanted:
            if not repeats(run, under=under):
                other.append(run)
            tell(run)
    for run in other:
        typer.echo(f"not the same again: {run}")
    typer.echo(f"{len(wanted) - len(other)} of {len(wanted)} runs were the same again, event by event")
    if other:
        raise typer.Exit(Exit.PROBLEM)


class _Progress:
    """How many runs are over, on one line of a terminal."""

    def __init__(self, total: int, shown: bool) -> None:
        self._total = total
        self._done = 0
        self._shown = shown

    def __call__(self, run: Run) -> None:
        self._done += 1
        if self._shown:
            typer.echo(f"\r{self._done} of {self._total} runs, last {run}".ljust(78), nl=False, err=True)

    def end(self) -> None:
        """The line is full."""
        if self._shown:
            typer.echo(err=True)


@contextmanager
def _progress(total: int) -> Iterator[_Progress]:
    """Nothing is drawn where nobody looks."""
    tell = _Progress(total, typer.get_text_stream("stderr").isatty())
    try:
        yield tell
    finally:
        tell.end()


def _signs(text: str) -> frozenset[WorkSign]:
    try:
        return frozenset(WorkSign(part) for part in text.split(",") if part)
    except ValueError as error:
        stop(f"--without: {error}; there are: {', '.join(WorkSign)}", Exit.USAGE)


def _seeds(text: str) -> str | list[int]:
    if text in (TUNING, HELD_BACK):
        return text
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        stop(f'--seeds: {text!r} is neither "{TUNING}", "{HELD_BACK}" nor numbers like "1,2"', Exit.USAGE)
