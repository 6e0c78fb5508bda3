"""`fleetmon drivers`: which drivers there are, what each asks and means, and whether its captures prove it."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from fleetmon import catalog, precedence, proof
from fleetmon.catalog import Driver
from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.cli.pages import console
from fleetmon.definition import SnmpDefinition
from fleetmon.errors import DriverError

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The drivers: list them, read one, test one.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="A driver's name, or the folder of one.")]
SettingsFile = Annotated[
    Path, typer.Option("--settings", envvar="FLEETMON_SETTINGS", help="The settings file; own drivers stand beside it.")
]


@app.command("list")
def list_(settings_file: SettingsFile = SETTINGS) -> None:
    """All drivers with their maturity and what proves them."""
    drivers = catalog.load(settings_file.parent / "drivers")
    table = Table(box=None, pad_edge=False)
    for head in ("driver", "kind", "maturity", "captures", "title"):
        table.add_column(head, overflow="fold")
    for driver in drivers.drivers.values():
        definition = driver.definition
        kinds = Counter(proof.read(file).provenance.value for file in driver.captures())
        shown = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"
        table.add_row(definition.name, definition.kind.value, definition.maturity, shown, definition.title)
    console().print(table)
    for surprise in precedence.surprises(drivers):
        typer.echo(f"note: {surprise}", err=True)
    for why in drivers.broken.values():
        typer.echo(why, err=True)
    if drivers.broken:
        raise typer.Exit(Exit.PROBLEM)


@app.command("show")
def show(name: Name, settings_file: SettingsFile = SETTINGS) -> None:
    """What a driver asks, what each answer means, and its page."""
    driver = _find(name, settings_file)
    definition = driver.definition
    out = console()
    out.print(f"{definition.name}: {definition.title} ({definition.kind.value}, {definition.maturity})", style="bold")
    if isinstance(definition, SnmpDefinition):
        out.print(
            f"\nTakes by itself: {len(definition.match.sysobjectid)} branches of sysObjectID, "
            f"{len(definition.match.sysdescr)} patterns of sysDescr."
        )
    for each in definition.mapped():
        meaning = each.meaning
        out.print(f"  {each.place}: {meaning.reason or 'nothing'}  {meaning.text or ''}".rstrip(), markup=False)
    out.print(f"\n{driver.readme()}", markup=False)


@app.command("test")
def prove(name: Name, settings_file: SettingsFile = SETTINGS) -> None:
    """Decode a driver's captures and compare with what they expect."""
    driver = _find(name, settings_file)
    try:
        proofs = proof.prove(driver)
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)
    for each in proofs:
        typer.echo(
            f"{'ok  ' if not each.differences else 'FAIL'} {each.capture.situation} ({each.capture.provenance.value})"
        )
        for difference in each.differences:
            typer.echo(f"     {difference}")
    for code in proof.unproven(driver, proofs):
        typer.echo(f"note {code} is mapped, but no capture shows it")
    if not proofs:
        stop(f"{driver.definition.name} has no captures: nothing proves it", Exit.PROBLEM)
    if any(each.differences for each in proofs):
        raise typer.Exit(Exit.PROBLEM)


def _find(name: str, settings_file: Path) -> Driver:
    try:
        return catalog.find(name, catalog.load(settings_file.parent / "drivers"))
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)
