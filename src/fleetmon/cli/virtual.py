"""`fleetmon simulate virtual`: an office and its monitor without a wire and without waiting.

What is only needed here is imported here: an order to a running office shall be quick.
"""

import json
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, TextIO

import typer

from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.errors import FleetmonError
from fleetmon.model.messages import Event, Json
from fleetmon.publish.envelope import rfc3339
from fleetmon.simulators.stories.moments import parse_span

_DAY_S = 86_400.0


class _NotWritten(FleetmonError):
    """A file that was wished for cannot be written."""


def virtual(
    office: Annotated[str | None, typer.Argument(help="One of fleetmon simulate offices, or a .toml file.")] = None,
    scenario: Annotated[str | None, typer.Option(help="A shipped scenario or a .toml file; it has an office.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same run.")] = None,
    start: Annotated[
        str | None, typer.Option(metavar="WHEN", help='"now", or the office\'s own time: "2026-03-02 08:00".')
    ] = None,
    lasting: Annotated[
        str | None, typer.Option("--for", metavar="SPAN", help='How long, in office time: "8h", "30d"; else a day.')
    ] = None,
    events: Annotated[Path | None, typer.Option(help="Write the events there as JSON lines, and print none.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write what really happened, as JSON lines.")] = None,
) -> None:
    """Watch an office in no time: what the daemon would publish of it, and what was really so.

    Every question of the drivers is answered in memory, so a month takes a minute.
    """
    from fleetmon import catalog
    from fleetmon.lab.stage.story import story
    from fleetmon.lab.virtual_time.virtual import VirtualSite

    found = story(office, scenario, start, seed)
    lasts = _seconds(lasting) if lasting is not None else found.lasts or _DAY_S
    plant = found.plant()
    site = VirtualSite(plant, catalog.load(SETTINGS.parent / "drivers"), found.scenario, seed=found.seed)
    kinds: Counter[str] = Counter()
    with ExitStack() as files:
        written = None if events is None else _open(events, files)
        really = None if truth is None else _open(truth, files)
        for told in site.run(lasts):
            for event in told.outcome.events:
                kinds[event.type] += 1
                _tell(event, written)
        if really is not None:
            _write(really, "".join(f"{line}\n" for line in plant.truth_lines(lasts)))
    stops = len(plant.close(lasts))
    spared = f"{site.spared / site.polls:.0%} of them with nothing new, " if site.polls else ""
    typer.echo(f"{site.polls} polls, {spared}{sum(kinds.values())} events, {stops} stops in truth", err=True)


def _tell(event: Event, file: TextIO | None) -> None:
    shown: dict[str, Json] = {
        "time": rfc3339(event.at.utc),
        "type": event.type,
        "subject": event.subject,
        "data": event.data,
    }
    if file is not None:
        _write(file, json.dumps(shown) + "\n")
        return
    from fleetmon.cli.watch import event_line

    typer.echo(event_line(shown))


def _open(path: Path, files: ExitStack) -> TextIO:
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise _NotWritten(f"{path}: cannot be written: {error.strerror}") from None
    files.callback(_close, file)
    return file


def _write(file: TextIO, text: str) -> None:
    try:
        file.write(text)
    except OSError as error:
        raise _NotWritten(f"{file.name}: cannot be written: {error.strerror}") from None


def _close(file: TextIO) -> None:
    """A full disk may show only now, when the last lines leave the buffer."""
    try:
        file.close()
    except OSError as error:
        raise _NotWritten(f"{file.name}: cannot be written: {error.strerror}") from None


def _seconds(text: str) -> float:
    try:
        return parse_span(text)
    except ValueError as error:
        stop(f"--for: {error}", Exit.USAGE)
