"""`fleetmon check`: is everything right, before the daemon is started: settings, drivers, certificates, the world."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from fleetmon import catalog, daemon, precedence, settings
from fleetmon.catalog import Catalog
from fleetmon.checking import Finding, Weight, computer
from fleetmon.checking.broker import broker
from fleetmon.checking.certificates import certificates
from fleetmon.checking.examples import examples
from fleetmon.checking.hours import hours
from fleetmon.checking.lines import declared, shared, spoken, without_effect
from fleetmon.checking.machines import Round, Told, ask_all
from fleetmon.checking.texts import texts
from fleetmon.checking.ways_out import ways_out
from fleetmon.checking.work import work
from fleetmon.cli.exits import SETTINGS, STATE, Exit, stop
from fleetmon.clock import Clock
from fleetmon.errors import SettingsError
from fleetmon.settings import Settings
from fleetmon.settings.oddities import oddities, where
from fleetmon.sources import unusable, why_not


def check(
    settings_file: Annotated[
        Path, typer.Option("--settings", envvar="FLEETMON_SETTINGS", help="The settings file.")
    ] = SETTINGS,
    connect: Annotated[
        bool,
        typer.Option("--connect", help="Look at this computer too, connect to the broker, ask every machine once."),
    ] = False,
    state: Annotated[
        Path | None, typer.Option(help="Where the daemon keeps its state; $STATE_DIRECTORY or /var/lib/fleetmon.")
    ] = None,
) -> None:
    """Read the settings and the drivers as the daemon would, and tell everything that is wrong, with its line."""
    try:
        found = settings.load(settings_file)
    except SettingsError as error:
        stop(f"{error}\nwhat drivers and lines say against it is looked for once this is mended", Exit.PROBLEM)
    drivers, clock = catalog.load(found.drivers_folder), Clock()
    findings = [*_of_settings(settings_file, found, drivers), *_of_certificates(found, clock)]
    findings += [*hours(found.plan().calendar, clock.now().utc), *work(found, clock.now())]
    if connect:
        folder = state or Path(os.environ.get("STATE_DIRECTORY") or STATE)
        findings += [*_of_computer(settings_file, found, folder, clock), *_of_the_world(found, drivers, clock, folder)]
    _tell(findings, everything=connect)
    if any(each.weight is Weight.PROBLEM for each in findings):
        raise typer.Exit(Exit.PROBLEM)
    plan = found.plan()
    lines = f", {len(plan.lines)} lines" if plan.lines else ""
    typer.echo(f"{settings_file}: right. Site {plan.site}, machines: {len(plan.machines)}{lines}.")


def _tell(findings: list[Finding], everything: bool) -> None:
    """All of it where everything was asked for, else what is not well or to be known; what is not well goes to
    standard error."""
    for each in findings:
        if each.weight not in (Weight.OK, Weight.NOTE):
            typer.echo(str(each), err=True)
        elif everything or each.weight is Weight.NOTE:
            typer.echo(str(each))


def _of_settings(file: Path, found: Settings, drivers: Catalog) -> Iterator[Finding]:
    places = where(file)
    for machine, why in unusable(found, drivers):
        meant = [source for source in machine.sources if why_not(drivers, source) == why]
        place = places[machine.id, (meant or machine.sources)[0].name]
        yield Finding(Weight.PROBLEM, f"{place}: machine {machine.id}", why)
    named = {source.driver for machine in found.plan().machines for source in machine.sources}
    for name, text in drivers.broken.items():
        if name not in named:
            yield Finding(Weight.PROBLEM, f"driver {name}", text)
    for odd in oddities(file):
        yield Finding(Weight.WARNING, f"{odd.file}:{odd.line}", f"{f'{odd.key}: ' if odd.key else ''}{odd.text}")
    yield from texts(found.locale_folder, drivers)
    lines = spoken(found, drivers)
    yield from shared(lines, places)
    yield from without_effect(lines, places)
    yield from declared(lines)
    yield from examples(file, found)
    yield from ways_out(file, found)
    for surprise in precedence.surprises(drivers):
        yield Finding(Weight.WARNING, "drivers", surprise)


def _of_certificates(found: Settings, clock: Clock) -> list[Finding]:
    url = found.mqtt.url
    if not url.tls and not url.loopback:
        text = "is spoken to without TLS: anybody on the way can read and change what is said; mqtts:// is the cure"
        return [Finding(Weight.WARNING, f"broker {url.host}:{url.port}", text)]
    return certificates(daemon.uplink_plan(found).tls, found.site.id, clock.now().utc)


def _of_computer(file: Path, found: Settings, state: Path, clock: Clock) -> Iterator[Finding]:
    yield computer.clock(clock.now().utc)
    yield from computer.folders(file, found, state)
    yield from computer.ports(found.snmp.traps, computer.running(state))
    yield from computer.serial_ports(found)


def _of_the_world(found: Settings, drivers: Catalog, clock: Clock, state: Path) -> list[Finding]:
    each = Round(found, drivers, clock, computer.running(state))
    with _progress(len(each.sources())) as told:
        return asyncio.run(_ask(each, told))


async def _ask(each: Round, told: Told) -> list[Finding]:
    if each.daemon_runs:
        text = "the daemon is running and connected on its own account: fleetmon status"
        uplink = [Finding(Weight.OK, "broker", text)]
    else:
        uplink = [await broker(daemon.uplink_plan(each.settings))]
    return [*uplink, *await ask_all(each, told)]


@contextmanager
def _progress(total: int) -> Iterator[Told]:
    """A bar on a terminal that grows with every answer; nothing elsewhere."""
    columns = (TextColumn("asking the machines"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)
