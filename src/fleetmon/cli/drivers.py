"""`fleetmon drivers`: which drivers there are, what each asks and means, and whether its captures prove it."""

import textwrap
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from fleetmon import catalog, precedence, proof
from fleetmon.catalog import Driver
from fleetmon.cli import driver_new, driver_page, expectation
from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.cli.pages import console
from fleetmon.errors import DriverError
from fleetmon.proof import Proof

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The drivers: list them, read one, test one, begin a new one, add what was heard.",
    no_args_is_help=True,
)

_LINES = {"snmp": "SNMP", "serial": "serial, TCP", "modbus": "Modbus"}
Name = Annotated[str, typer.Argument(help="A driver's name, or the folder of one.")]
SettingsFile = Annotated[
    Path, typer.Option("--settings", envvar="FLEETMON_SETTINGS", help="The settings file; own drivers stand beside it.")
]


@app.command("list")
def list_(settings_file: SettingsFile = SETTINGS) -> None:
    """All drivers with their maturity and what proves them."""
    drivers = catalog.load(settings_file.parent / "drivers")
    rows = [("driver", "line", "kind", "maturity", "captures", "title")]
    for driver in drivers.drivers.values():
        definition = driver.definition
        kinds = Counter(proof.read(file).provenance.value for file in driver.captures())
        shown = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"
        known = (definition.name, _LINES[definition.link], definition.kind.value, definition.maturity)
        rows.append((*known, shown, definition.title))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        console().print(
            "  ".join(f"{word:<{width}}" for word, width in zip(row, [*widths, 0], strict=True)), markup=False
        )
    for surprise in precedence.surprises(drivers):
        typer.echo(f"note: {surprise}", err=True)
    for why in drivers.broken.values():
        typer.echo(why, err=True)
    if drivers.broken:
        raise typer.Exit(Exit.PROBLEM)


@app.command("show")
def show(name: Name, settings_file: SettingsFile = SETTINGS) -> None:
    """What a driver asks and how often, how frames are cut, what each code means, what proves it, and its page."""
    driver = _find(name, settings_file)
    out = console()
    for number, line in enumerate(driver_page.lines(driver)):
        out.print(line, markup=False, style=None if number else "bold")
    if page := driver.readme():
        out.print(f"\n{'-' * 72}\n{page}", markup=False)


@app.command("test")
def prove(
    name: Name,
    settings_file: SettingsFile = SETTINGS,
    print_: Annotated[
        bool,
        typer.Option("--print", help="Print what each capture decodes to, as its [expect]: to be checked by a person."),
    ] = False,
    fill: Annotated[
        bool,
        typer.Option("--fill", help="Write it into captures whose [expect] is empty, marked as not checked yet."),
    ] = False,
) -> None:
    """Decode a driver's captures and compare with what they expect."""
    driver = _find(name, settings_file)
    try:
        proofs = proof.prove(driver)
        if fill and sum(map(expectation.fill, proofs)):
            proofs = proof.prove(driver)
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)
    if not proofs:
        stop(f"{driver.definition.name} has no captures: nothing proves it", Exit.PROBLEM)
    if print_:
        for each in proofs:
            typer.echo("\n".join(expectation.lines(each)) + "\n")
        return
    _tell(driver, proofs)
    if any(each.differences for each in proofs):
        raise typer.Exit(Exit.PROBLEM)


def _tell(driver: Driver, proofs: list[Proof]) -> None:
    for each in proofs:
        typer.echo(
            f"{'ok  ' if not each.differences else 'FAIL'} {each.capture.situation} ({each.capture.provenance.value})"
        )
        for difference in each.differences:
            typer.echo(f"     {difference}")
    unchecked = tuple(Path(each.file).name for each in proofs if expectation.is_unchecked(each))
    _note("nobody has checked what is expected in", unchecked)
    if getattr(driver.definition, "state", ()):
        unknown = tuple(Path(each.file).name for each in proofs if each.decoded.get("state") == "unknown")
        _note("the driver has a state, but does not know it in", unknown)
    _note("no capture shows what is mapped", proof.unproven(driver, proofs))
    _note("no word in the driver for what captures show", proof.unmapped(driver, proofs))


def _note(what: str, codes: tuple[str, ...]) -> None:
    if codes:
        for line in textwrap.wrap(f"note {what}: {', '.join(codes)}", 100, subsequent_indent=" " * 5):
            typer.echo(line)


app.command("new")(driver_new.new)
app.command("capture")(driver_new.capture)


def _find(name: str, settings_file: Path) -> Driver:
    try:
        return catalog.find(name, catalog.load(settings_file.parent / "drivers"))
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)
