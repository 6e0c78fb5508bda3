"""`fleetmon check`: are the settings and the drivers they name right, before the daemon is started."""

from pathlib import Path
from typing import Annotated

import typer

from fleetmon import catalog, settings
from fleetmon.cli.exits import Exit, stop
from fleetmon.errors import SettingsError
from fleetmon.sources import unusable

SETTINGS = Path("/etc/fleetmon/fleetmon.toml")


def check(
    settings_file: Annotated[Path, typer.Option("--settings", help="The settings file.")] = SETTINGS,
) -> None:
    """Read the settings and the drivers as the daemon would, and tell everything that is wrong, with its line."""
    try:
        found = settings.load(settings_file)
    except SettingsError as error:
        stop(str(error), Exit.BAD_SETTINGS)
    drivers = catalog.load(found.drivers_folder)
    plan = found.plan()
    named = {source.driver for machine in plan.machines for source in machine.sources}
    wrong = [f"machine {machine.id}: {why}" for machine, why in unusable(found, drivers)]
    wrong += [text for name, text in drivers.broken.items() if name not in named]
    if wrong:
        stop("\n".join(wrong), Exit.PROBLEM)
    lines = f", {len(plan.lines)} lines" if plan.lines else ""
    typer.echo(f"{settings_file}: right. Site {plan.site}, machines: {len(plan.machines)}{lines}.")
