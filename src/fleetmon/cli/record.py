"""`fleetmon record`: store the real exchange with one machine, without what must not be told."""

import asyncio
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from fleetmon import catalog, settings, sources
from fleetmon.catalog import Catalog
from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.cli.probe_options import (
    Baud,
    CommunityText,
    DataBits,
    Device,
    OnlyV1,
    ParityBit,
    StopBits,
    Unit,
)
from fleetmon.cli.recording import Limits, Recording
from fleetmon.errors import DriverError, SettingsError
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.links.opening import Community, Credentials, credentials_of
from fleetmon.links.usm import V3Credentials
from fleetmon.model.address import SHAPES, Address
from fleetmon.model.durations import seconds
from fleetmon.model.plan import MachinePlan, SerialChoice, SourcePlan
from fleetmon.model.words import MachineKind
from fleetmon.sources import Recipe

_SHORTEST, _LONGEST = 0.1, 3600.0


def record(
    machine: Annotated[str, typer.Argument(help=f"A machine's id in the settings, or where it answers: {SHAPES}.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write; it must not exist.")],
    for_: Annotated[str | None, typer.Option("--for", help="How long, like 10m; until Ctrl-C if not given.")] = None,
    polls: Annotated[int | None, typer.Option(min=1, help="How many polls.")] = None,
    every: Annotated[str, typer.Option(help="How often a URL is asked; a machine's id: as the settings say.")] = "5s",
    keep: Annotated[
        list[Secret] | None,
        typer.Option(help="Do not hide these; may be given several times.", show_default=False),
    ] = None,
    settings_file: Annotated[
        Path,
        typer.Option("--settings", envvar="FLEETMON_SETTINGS", help="The settings file; own drivers stand beside."),
    ] = SETTINGS,
    community: CommunityText = None,
    v1: OnlyV1 = False,
    profile: Annotated[str | None, typer.Option(help="An [snmp.profile.NAME] of the settings for a URL.")] = None,
    driver: Annotated[
        str | None, typer.Option(help="A driver's name for a URL; an SNMP machine's is found by itself.")
    ] = None,
    device: Device = None,
    unit: Unit = None,
    baud: Baud = None,
    data_bits: DataBits = None,
    parity: ParityBit = None,
    stop_bits: StopBits = None,
) -> None:
    """Store what one machine says, poll by poll, in a text file that hides serial numbers, addresses and names.

    `fleetmon replay` shows what fleetmon makes of it, `fleetmon simulate serve` puts it on the wire again.
    """
    limits = Limits(None if for_ is None else _duration("--for", for_), polls)
    drivers = catalog.load(settings_file.parent / "drivers")
    if ":" in machine:
        text = os.environ.get("FLEETMON_COMMUNITY", "public") if community is None else community
        credentials = _profile(profile, settings_file) if profile else Community(text, only_v1=v1)
        line, every_s = SerialChoice(baud, data_bits, parity, stop_bits), _interval(every)
        source = SourcePlan("main", machine, driver, device=device, interval_s=every_s, serial=line, unit=unit)
        recipe = _recipe(source, credentials, drivers)
    else:
        recipe = _named(machine, settings_file, drivers)
    _record(recipe, drivers, keep or [], output, limits)


def _record(recipe: Recipe, drivers: Catalog, keep: list[Secret], output: Path, limits: Limits) -> None:
    if keep:
        typer.echo(
            f"warning: {', '.join(keep)} will stand in {output} as they are; think before you give it away", err=True
        )
    redactor = Redactor(secrets.token_bytes(32), drivers.definitions, keep)
    _learn(redactor, recipe)
    try:
        recorder = asyncio.run(Recording(recipe, drivers, redactor, output, limits).run())
    except DriverError as error:
        stop(str(error), Exit.USAGE)
    if not recorder.polls:
        stop("nothing was recorded: no poll came to its end in that time", Exit.PROBLEM)
    if recorder.first is None:
        stop("no poll brought a report; the file holds what was said and how it failed", Exit.UNDETERMINED)


def _interval(every: str) -> float:
    found = _duration("--every", every)
    if not _SHORTEST <= found <= _LONGEST:
        stop(f"--every must be between {_SHORTEST:g} s and {_LONGEST:g} s, as in the settings", Exit.USAGE)
    return found


def _learn(redactor: Redactor, recipe: Recipe) -> None:
    """What is secret about how the machine is asked."""
    host = Address.parse(recipe.source.url).host
    redactor.learn(Secret.ADDRESSES, host)
    redactor.learn(Secret.ADDRESSES, host.partition(".")[0] if not host.replace(".", "").isdigit() else "")
    match recipe.credentials:
        case Community(text):
            redactor.learn(Secret.CREDENTIALS, text)
        case V3Credentials(user=user, auth_password=auth, priv_password=priv):
            for word in (user, auth or "", priv or ""):
                redactor.learn(Secret.CREDENTIALS, word)


def _named(machine: str, file: Path, drivers: Catalog) -> Recipe:
    """The first source of a machine in the settings."""
    try:
        found = list(sources.recipes(settings.load(file), drivers))
    except SettingsError as error:
        stop(str(error), Exit.BAD_SETTINGS)
    for recipe in found:
        if recipe.machine.id == machine:
            return _sound(recipe)
    ids = ", ".join(dict.fromkeys(recipe.machine.id for recipe in found))
    stop(f"{file}: no machine {machine!r}; there are: {ids}. A URL is taken as well: {SHAPES}", Exit.USAGE)


def _recipe(source: SourcePlan, credentials: Credentials, drivers: Catalog) -> Recipe:
    try:
        Address.parse(source.url)
        definition = drivers.driver(source.driver).definition if source.driver else None
    except ValueError as error:
        stop(f"URL {error}", Exit.USAGE)
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)
    if (reason := sources.why_not(drivers, source)) is not None:
        stop(reason, Exit.USAGE)
    plan = MachinePlan("machine", MachineKind.OTHER, (source,))
    return Recipe(plan, source, plan.kind, credentials, definition)


def _sound(recipe: Recipe) -> Recipe:
    if recipe.why_not is not None:
        stop(recipe.why_not, Exit.PROBLEM)
    return recipe


def _profile(name: str, file: Path) -> Credentials:
    try:
        return credentials_of(settings.profile(file, name))
    except SettingsError as error:
        stop(str(error), Exit.BAD_SETTINGS)
    except LookupError as error:
        stop(str(error.args[0]), Exit.USAGE)


def _duration(option: str, text: str) -> float:
    try:
        found = seconds(text)
    except ValueError as error:
        stop(f"{option} {error}", Exit.USAGE)
    if found <= 0:
        stop(f"{option} must be above 0", Exit.USAGE)
    return found
