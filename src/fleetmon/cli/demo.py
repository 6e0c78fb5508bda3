"""`fleetmon demo`: see fleetmon at work, without hardware."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from fleetmon import logs
from fleetmon.cli.called import called
from fleetmon.cli.exits import Exit, stop
from fleetmon.cli.pages import console
from fleetmon.demo.show import Wish, show
from fleetmon.errors import FleetmonError
from fleetmon.settings import BrokerUrl, LogFormat, LogLevel


def demo(
    broker: Annotated[
        str | None, typer.Option(help="Publish to this broker (mqtt://host[:port]) instead of the embedded one.")
    ] = None,
    seconds: Annotated[float | None, typer.Option("--for", min=1, help="End after this many seconds.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same run.")] = 1,
) -> None:
    """A broker, two production lines of simulated machines, the daemon and a live table. Ctrl-C ends all of it."""
    if broker is not None:
        try:
            BrokerUrl.parse(broker)
        except ValueError as error:
            stop(f"--broker {error}", Exit.USAGE)
    logs.configure(LogLevel.ERROR, LogFormat.TEXT)
    with tempfile.TemporaryDirectory(prefix="fleetmon-") as folder:
        try:
            asyncio.run(show(Wish(called(), broker, seconds, seed), Path(folder), console()))
        except* FleetmonError as errors:
            stop("\n".join(map(str, errors.exceptions)), Exit.PROBLEM)
    typer.echo("ended; nothing was left behind")
