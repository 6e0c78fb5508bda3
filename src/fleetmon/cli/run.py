"""`fleetmon run`: the daemon, in the foreground."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import structlog
import typer

import fleetmon
from fleetmon import daemon, logs, settings, systemd
from fleetmon.cli.exits import Exit, stop
from fleetmon.clock import Clock
from fleetmon.control import NAME, ControlTaken, default_path
from fleetmon.errors import SettingsError
from fleetmon.publish.outbox import OutboxError, StateInUse
from fleetmon.settings import Settings
from fleetmon.site import Site

SETTINGS = Path("/etc/fleetmon/fleetmon.toml")
STATE = Path("/var/lib/fleetmon")

log = structlog.get_logger("daemon")


def run(
    settings_file: Annotated[Path, typer.Option("--settings", help="The settings file.")] = SETTINGS,
    state: Annotated[
        Path | None, typer.Option(help="Where the outbox is kept; $STATE_DIRECTORY or /var/lib/fleetmon if not given.")
    ] = None,
    control: Annotated[
        Path | None,
        typer.Option(
            help="The control socket; in $RUNTIME_DIRECTORY, /run/fleetmon or the state's folder if not given."
        ),
    ] = None,
    clock_rate: Annotated[float, typer.Option(min=0.01, help="How fast time passes, for demonstrations.")] = 1.0,
) -> None:
    """Watch the machines of the settings file and publish what they say, until stopped."""
    try:
        found = settings.load(settings_file)
    except SettingsError as error:
        stop(str(error), Exit.BAD_SETTINGS)
    logs.configure(found.log.level, found.log.format)
    folder = state or Path(os.environ.get("STATE_DIRECTORY") or STATE)
    try:
        asyncio.run(_run(found, folder, Clock(clock_rate), [control] if control else _usual_doors(folder)))
    except* SettingsError as errors:
        stop("\n".join(_words(errors)), Exit.BAD_SETTINGS)
    except* (OutboxError, StateInUse, ControlTaken) as errors:
        stop("\n".join(_words(errors)), Exit.PROBLEM)


def _words(failed: BaseException) -> Iterator[str]:
    """What the errors themselves say: they come out of tasks of tasks, whose groups only say how many there are."""
    if isinstance(failed, BaseExceptionGroup):
        for each in failed.exceptions:
            yield from _words(each)
    else:
        yield str(failed)


async def _run(found: Settings, folder: Path, clock: Clock, doors: list[Path]) -> None:
    with systemd.signals() as signals:
        await daemon.run(found, folder, clock, signals, _ready, logs.say, doors)
    log.info("stopped")


def _usual_doors(folder: Path) -> list[Path]:
    """Another daemon may have the usual one: beside the outbox, which is ours alone, there is always room."""
    return list(dict.fromkeys((default_path(folder), folder / NAME)))


def _ready(running: Site) -> None:
    machines = len(running.monitor.plan.machines)
    log.info("ready", version=fleetmon.__version__, site=running.monitor.plan.site, machines=machines, pid=os.getpid())
    systemd.notify("READY=1")
