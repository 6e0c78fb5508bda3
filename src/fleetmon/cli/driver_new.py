"""`fleetmon drivers new` and `capture`: what a machine was heard to say becomes a driver's folder, and captures in it.

Both write files and nothing else, and overwrite none. What a capture must decode to is for a person to say: what the
driver makes of it now is only printed.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fleetmon import catalog, proof
from fleetmon.catalog import Driver
from fleetmon.cli import expectation
from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.definition import ModbusDefinition, SnmpDefinition
from fleetmon.definition.queries import PROTOCOLS
from fleetmon.drafting import draft as drafts
from fleetmon.drafting import from_modbus, from_transcript, from_walk
from fleetmon.drafting.from_transcript import Harmless
from fleetmon.errors import DriverError, in_words
from fleetmon.links import transcript as transcripts
from fleetmon.links.transcript import Scene
from fleetmon.proof import Provenance
from fleetmon.toml_problems import did_you_mean

From = Annotated[Provenance, typer.Option(help="Where the file comes from; only hardware proves a driver.")]
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
  fleetmon drivers test {name} --print    what it makes of the captures now
  fleetmon drivers test {name} --fill     writes that into them: compare every word with the manual
  fleetmon drivers test {name}            whether every capture decodes to what it expects
  fleetmon drivers show {name}            the driver as a page"""


def new(
    name: Annotated[str, typer.Argument(help="The driver's name, or with a slash the folder to make: ./acme_lx.")],
    provenance: From,
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


def capture(
    name: Annotated[str, typer.Argument(help="A driver's name, or the folder of one.")],
    file: Annotated[Path, typer.Argument(help="A transcript, a recording, or for an SNMP driver a walk.")],
    provenance: From,
    situation: Annotated[
        str | None, typer.Option(help="What was the case, like 'film at its end'; else as the transcript says.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="What the machine is called on its line, if the driver asks.")
    ] = None,
    settings_file: SettingsFile = SETTINGS,
) -> None:
    """Add what was heard to a driver's captures, and print what the driver makes of it, for a person to check."""
    try:
        driver = catalog.find(name, catalog.load(settings_file.parent / "drivers"))
        texts = _captures(driver, _text(file), file.name, provenance, situation, unit)
        for written in drafts.add(texts, Path(str(driver.folder))):
            typer.echo("\n".join(expectation.lines(proof.proven(written, driver.definition))) + "\n")
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)
    hint = f"fleetmon drivers test {name} --fill writes it into the file; compare every word with manual or panel."
    typer.echo(hint, err=True)


def _captures(
    driver: Driver, text: str, file: str, provenance: Provenance, situation: str | None, unit: str | None
) -> dict[str, str]:
    if isinstance(driver.definition, SnmpDefinition):
        walk = from_walk.heard(text, file)
        called = situation or "as it was heard"
        return {drafts.slug(situation or "", set(), "heard"): drafts.capture(called, provenance, f"from {file}", walk)}
    scenes = transcripts.read(text, file)
    if situation is not None:
        scenes = tuple(Scene(situation, scene.turns) for scene in scenes)
    heard_on = from_modbus.heard if isinstance(driver.definition, ModbusDefinition) else from_transcript.heard
    named = f"unit = {drafts.quoted(unit)}\n" if unit else ""
    return from_transcript.captures(scenes, file, provenance, lambda scene: named + heard_on(scene))


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
