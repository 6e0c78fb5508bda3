"""`fleetmon record`: store the real exchange with one machine, without what must not be told."""

import asyncio
import os
import secrets
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from fleetmon import catalog, settings, sources
from fleetmon.catalog import Catalog
from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.clock import Clock
from fleetmon.errors import DriverError, SettingsError
from fleetmon.lab.records import replaying
from fleetmon.lab.records.hiding import InSnmp
from fleetmon.lab.records.recorder import Recorder, open_recording
from fleetmon.lab.records.recording_link import RecordingLink
from fleetmon.lab.records.recordings import RecordingError, read
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.lab.records.said import Header
from fleetmon.links.opening import Community, Credentials, credentials_of
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.unable import UnableLink
from fleetmon.links.usm import V3Credentials
from fleetmon.model.address import SHAPES, Address
from fleetmon.model.durations import seconds
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import NoAnswer, Observation
from fleetmon.model.words import MachineKind
from fleetmon.poller import SourcePoller
from fleetmon.sources import Manner, Recipe

_SHORTEST, _LONGEST = 0.1, 3600.0


@dataclass(frozen=True, slots=True)
class _Limits:
    """When to stop: after so many seconds or polls, whichever comes first."""

    seconds: float | None
    polls: int | None


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
    community: Annotated[
        str | None, typer.Option(help="SNMP v1/v2c community of a URL; else $FLEETMON_COMMUNITY, else public.")
    ] = None,
    v1: Annotated[bool, typer.Option("--v1", help="Speak SNMPv1 only to a URL.")] = False,
    profile: Annotated[str | None, typer.Option(help="An [snmp.profile.NAME] of the settings for a URL.")] = None,
    driver: Annotated[str | None, typer.Option(help="A driver's name for a URL; found by itself if not given.")] = None,
    device: Annotated[int | None, typer.Option(help="Which printer, where a URL's agent speaks for several.")] = None,
) -> None:
    """Store what one machine says, poll by poll, in a text file that hides serial numbers, addresses and names.

    `fleetmon replay` shows what fleetmon makes of it, `fleetmon simulate serve` puts it on the wire again.
    """
    limits = _Limits(None if for_ is None else _duration("--for", for_), polls)
    drivers = catalog.load(settings_file.parent / "drivers")
    if ":" in machine:
        text = os.environ.get("FLEETMON_COMMUNITY", "public") if community is None else community
        credentials = _profile(profile, settings_file) if profile else Community(text, only_v1=v1)
        interval = _duration("--every", every)
        if not _SHORTEST <= interval <= _LONGEST:
            stop(f"--every must be between {_SHORTEST:g} s and {_LONGEST:g} s, as in the settings", Exit.USAGE)
        source = SourcePlan("main", machine, driver, device=device, interval_s=interval)
        recipe = _recipe(source, credentials, drivers)
    else:
        recipe = _named(machine, settings_file, drivers)
    if keep:
        typer.echo(
            f"warning: {', '.join(keep)} will stand in {output} as they are; think before you give it away", err=True
        )
    redactor = Redactor(secrets.token_bytes(32), drivers.recognisable, keep or ())
    _learn(redactor, recipe)
    recorder = asyncio.run(_Recording(recipe, drivers, redactor, output, limits).run())
    if not recorder.polls:
        stop("nothing was recorded: no poll came to its end in that time", Exit.PROBLEM)
    if recorder.first is None:
        stop("no poll brought a report; the file holds what was said and how it failed", Exit.UNDETERMINED)


@dataclass(slots=True)
class _Recording:
    recipe: Recipe
    drivers: Catalog
    redactor: Redactor
    path: Path
    limits: _Limits

    async def run(self) -> Recorder:
        """Record until a limit is reached or somebody interrupts; tell what became of it either way."""
        clock, socket, source = Clock(), SnmpSocket(), self.recipe.source
        opened = sources.link(self.recipe, socket)
        if isinstance(opened, UnableLink):
            stop(opened.reason, Exit.USAGE)
        link = RecordingLink(opened, clock, clock.now())
        header = Header(
            machine="machine" if Secret.NAMES in self.redactor.hidden else self.recipe.machine.id,
            link=Address.parse(source.url).scheme.value,
            began=clock.now().utc,
            interval_s=source.interval_s,
            driver=source.driver,
            device=source.device,
            hidden=tuple(self.redactor.hidden),
        )
        recorder = Recorder(self.path, open_recording(self.path), header, link, InSnmp(self.redactor))
        manner = Manner(self.drivers, source, link)
        poller = SourcePoller(self.recipe.machine, source, link, manner, clock, recorder.hear)
        typer.echo(
            f"recording {self.recipe.machine.id} to {self.path} every {source.interval_s:g} s; Ctrl-C ends it", err=True
        )
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.limits.seconds):
                    await _poll(poller, recorder, self.limits.polls)
        finally:
            await socket.close()
            recorder.close()
            self._tell(recorder, manner)
        return recorder

    def _tell(self, recorder: Recorder, manner: Manner) -> None:
        if not recorder.polls:
            return
        hidden = ", ".join(self.redactor.hidden) or "nothing"
        typer.echo(f"{recorder.polls} polls, {recorder.exchanges} exchanges in {self.path}; hidden: {hidden}", err=True)
        if recorder.first is None:
            return
        with suppress(RecordingError):  # the disk was full: told already
            found = replaying.understood(read(self.path, recorder.first_in), manner)
            if found is None or (found.driver, found.state) != (recorder.first.driver, recorder.first.state):
                typer.echo("warning: what is hidden is needed to understand this machine; see --keep", err=True)


async def _poll(poller: SourcePoller, recorder: Recorder, polls: int | None) -> None:
    """Poll until so many polls are recorded."""
    enough = asyncio.Event()
    silent = None

    async def hear(observation: Observation) -> None:
        nonlocal silent
        await recorder.hear(observation)
        told = observation.heard.text if isinstance(observation.heard, NoAnswer) else None
        if told and silent is None:
            _progress("")
            typer.echo(told, err=True)
        silent = told
        _progress(f"{recorder.polls} polls, {recorder.exchanges} exchanges")
        if recorder.polls == polls:
            enough.set()

    poller.hand_over = hear
    running = asyncio.create_task(poller.run(), name=poller.name)
    waiting = asyncio.create_task(enough.wait(), name="enough")
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        _progress("")
        for task in (running, waiting):
            task.cancel()
        await asyncio.wait((running, waiting))


def _progress(text: str) -> None:
    """The last line of a terminal says how far it is; elsewhere nobody watches."""
    if sys.stderr.isatty():
        typer.echo(f"\r\x1b[K{text}", nl=False, err=True)


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
