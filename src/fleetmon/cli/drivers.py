"""`fleetmon drivers`: which drivers there are, what each asks and means, and whether its captures prove it."""

import textwrap
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from fleetmon import catalog, precedence, proof
from fleetmon.catalog import Driver
from fleetmon.cli import driver_page, expectation
from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.cli.pages import console
from fleetmon.definition.queries import PROTOCOLS
from fleetmon.drafting import draft as drafts
from fleetmon.drafting import from_modbus, from_transcript, from_walk
from fleetmon.drafting.from_transcript import Harmless
from fleetmon.errors import DriverError, in_words
from fleetmon.links import transcript as transcripts
from fleetmon.proof import Proof, Provenance
from fleetmon.toml_problems import did_you_mean

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The drivers: list them, read one, test one, begin a new one.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="A driver's name, or the folder of one.")]
SettingsFile = Annotated[
    Path, typer.Option("--settings", envvar="FLEETMON_SETTINGS", help="The settings file; own drivers stand beside it.")
]


class Link(StrEnum):
    """The kinds of lines a driver can be for."""

    SERIAL = "serial"
    MODBUS = "modbus"
    SNMP = "snmp"


_NEXT = """\
{folder} is begun. Next:
  name the fields and say what they mean in {folder}/driver.toml
  fleetmon drivers test {name} --print    what it makes of the captures; check it, then paste it into them
  fleetmon drivers test {name}            whether every capture decodes to what it expects
  fleetmon drivers show {name}            the driver as a page"""


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
) -> None:
    """Decode a driver's captures and compare with what they expect."""
    driver = _find(name, settings_file)
    try:
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
    _note("no capture shows what is mapped", proof.unproven(driver, proofs))
    _note("no word in the driver for what captures show", proof.unmapped(driver, proofs))


def _note(what: str, codes: tuple[str, ...]) -> None:
    if codes:
        for line in textwrap.wrap(f"note {what}: {', '.join(codes)}", 100, subsequent_indent=" " * 5):
            typer.echo(line)


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="The driver's name, or with a slash the folder to make: ./acme_lx.")],
    provenance: Annotated[Provenance, typer.Option(help="Where the file comes from; only hardware proves a driver.")],
    transcript: Annotated[
        Path | None,
        typer.Option("--from-transcript", help="What was said on a line: probe --raw, record, or typed from a manual."),
    ] = None,
    walk: Annotated[
        Path | None, typer.Option("--from-walk", help="The walk of an SNMP machine: probe --raw, snmpwalk, snmprec.")
    ] = None,
    link: Annotated[
        Link | None, typer.Option(help="The kind of line; seen from the file if not given.", show_default=False)
    ] = None,
    read_only: Annotated[
        str | None,
        typer.Option(help='Where the manual says that the requests change nothing: "manual p. 12"; only where needed.'),
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="Whose list of harmless requests holds them, if the machine speaks it: zpl, pjl.")
    ] = None,
    settings_file: SettingsFile = SETTINGS,
) -> None:
    """Begin a driver: a folder that loads, with what was heard as captures. Its meaning is yours to write."""
    file = transcript or walk
    if file is None or (transcript and walk):
        stop("begin with what was heard: either --from-transcript FILE or --from-walk FILE", Exit.USAGE)
    folder = Path(name) if "/" in name else settings_file.parent / "drivers" / name
    called = folder.resolve().name
    if not drafts.NAME.fullmatch(called):
        stop(f"{called!r} is no name of a driver: small letters, digits and _, at most 32, a letter first", Exit.USAGE)
    if protocol is not None and protocol not in PROTOCOLS:
        stop(f"{protocol!r} has no list of harmless requests{did_you_mean(protocol, PROTOCOLS)}", Exit.USAGE)
    kind = link or (Link.SNMP if walk else None)
    if (kind is Link.SNMP) != (walk is not None):
        stop("a walk is of an SNMP machine, a transcript of one on a line: --link does not fit", Exit.USAGE)
    try:
        harmless = Harmless(protocol, read_only)
        drafts.write(_draft(called, _text(file), file.name, kind, provenance, harmless), folder)
        catalog.read(folder)
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)
    shown = name if "/" in name else called
    typer.echo(_NEXT.format(folder=folder, name=shown))


def _draft(
    name: str, text: str, file: str, link: Link | None, provenance: Provenance, harmless: Harmless
) -> drafts.Draft:
    if link is Link.SNMP:
        return from_walk.draft(name, text, file, provenance)
    scenes = transcripts.read(text, file)
    if link is Link.MODBUS or (link is None and from_modbus.is_modbus(scenes)):
        return from_modbus.draft(name, scenes, file, provenance)
    return from_transcript.draft(name, scenes, file, provenance, harmless)


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        stop(in_words(error), Exit.PROBLEM)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _find(name: str, settings_file: Path) -> Driver:
    try:
        return catalog.find(name, catalog.load(settings_file.parent / "drivers"))
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)
