"""`fleetmon evaluate`: scenarios played in virtual time, and what was told of them held against the truth.

Exit code 0 if every promise was kept, 1 if one was broken. What is only needed here is imported here.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from fleetmon.cli.exits import Exit, stop
from fleetmon.lab.evaluate.figures import figures
from fleetmon.lab.evaluate.report import findings, page
from fleetmon.lab.evaluate.score import Score
from fleetmon.lab.evaluate.suite import HELD_BACK, TUNING, Run, cores, played, repeats, runs
from fleetmon.simulators.stories.scenario import shipped


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
) -> None:
    """Judge the alerts: how few, how right, how early, in scenarios of which the truth is known."""
    wanted = runs(scenarios or shipped(), _seeds(seeds))
    if replay:
        _replay(wanted)
        return
    scores = []
    with _progress(len(wanted)) as tell:
        for run, score in played(wanted, workers or cores()):
            scores.append(score)
            tell(run)
    whole = Score.of(scores)
    found = figures(whole)
    for line in page(found):
        typer.echo(line)
    if show:
        typer.echo("")
    for line in findings(whole) if show else ():
        typer.echo(line)
    if not all(gate.kept for gate in found.gates):
        raise typer.Exit(Exit.PROBLEM)


def _replay(wanted: Sequence[Run]) -> None:
    """Whether each run is the same again."""
    other = []
    with _progress(len(wanted)) as tell:
        for run in wanted:
            if not repeats(run):
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


def _seeds(text: str) -> str | list[int]:
    if text in (TUNING, HELD_BACK):
        return text
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        stop(f'--seeds: {text!r} is neither "{TUNING}", "{HELD_BACK}" nor numbers like "1,2"', Exit.USAGE)
