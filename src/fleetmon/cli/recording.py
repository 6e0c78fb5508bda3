"""What `fleetmon record` does: polls one machine as the daemon would, and has a recorder listen.

Whatever ends it, a limit or somebody's Ctrl-C, the file is whole and it is told what is in it.
"""

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import typer

from fleetmon import sources
from fleetmon.catalog import Catalog
from fleetmon.cli.exits import Exit, stop
from fleetmon.clock import Clock
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.lab.records import replaying
from fleetmon.lab.records.hiding import Hiding, InSnmp
from fleetmon.lab.records.hiding_bytes import InBytes
from fleetmon.lab.records.recorder import Recorder, open_recording
from fleetmon.lab.records.recording_link import RecordingLine, RecordingLink
from fleetmon.lab.records.recordings import RecordingError, read
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.lab.records.said import Header
from fleetmon.links.serial.ports import Ports
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.unable import UnableLink
from fleetmon.model.address import Address
from fleetmon.model.plan import SerialChoice, SourcePlan
from fleetmon.model.report import NoAnswer, Observation
from fleetmon.poller import SourcePoller
from fleetmon.sources import Recipe


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: after so many seconds or polls, whichever comes first."""

    seconds: float | None
    polls: int | None


@dataclass(slots=True)
class Recording:
    """One machine recorded to a file. `hiding` is made when it is known how the machine speaks."""

    recipe: Recipe
    drivers: Catalog
    redactor: Redactor
    path: Path
    limits: Limits
    hiding: Hiding = field(init=False)

    def __post_init__(self) -> None:
        self.hiding = hiding_for(self.recipe, self.redactor)

    async def run(self) -> Recorder:
        """Record until a limit is reached or somebody interrupts; tell what became of it either way."""
        clock, socket, ports, source = Clock(), SnmpSocket(), Ports(), self.recipe.source
        opened = sources.link(self.recipe, socket, ports)
        if isinstance(opened, UnableLink):
            stop(opened.reason, Exit.USAGE)
        in_bytes = isinstance(self.hiding, InBytes)
        link = RecordingLine(opened, clock, clock.now()) if in_bytes else RecordingLink(opened, clock, clock.now())
        header = header_of(self.recipe, self.redactor, clock.now().utc)
        recorder = Recorder(self.path, open_recording(self.path), header, link, self.hiding)
        behaviour = sources.behaviour(self.recipe, self.drivers, clock, link)
        deadlines = sources.deadlines(self.recipe.driver, source)
        poller = SourcePoller(self.recipe.machine, source, link, behaviour, clock, recorder.hear, deadlines=deadlines)
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
            ports.close()
            self._tell(recorder)
        return recorder

    def _tell(self, recorder: Recorder) -> None:
        if not recorder.polls:
            return
        hidden = ", ".join(self.redactor.hidden) or "nothing"
        typer.echo(f"{recorder.polls} polls, {recorder.exchanges} exchanges in {self.path}; hidden: {hidden}", err=True)
        if isinstance(self.hiding, InBytes):
            _warn(self.hiding)
        if recorder.first is None:
            return
        with suppress(RecordingError):  # the disk was full: told already
            found = replaying.understood(read(self.path, recorder.first_in), self.drivers, self.recipe.source)
            if found is None or (found.driver, found.state) != (recorder.first.driver, recorder.first.state):
                typer.echo("warning: what is hidden is needed to understand this machine; see --keep", err=True)


def hiding_for(recipe: Recipe, redactor: Redactor) -> Hiding:
    """What hides secrets in what this machine says. DriverError where its driver cannot ask it so."""
    if not isinstance(recipe.driver, LineDefinition | ModbusDefinition):
        return InSnmp(redactor)
    return InBytes(redactor, recipe.driver, sources.unit_of(recipe.source))


def header_of(recipe: Recipe, redactor: Redactor, began: float) -> Header:
    """What a recording of this machine says of itself."""
    source = recipe.source
    return Header(
        machine="machine" if Secret.NAMES in redactor.hidden else recipe.machine.id,
        link=Address.parse(source.url).scheme.value,
        began=began,
        interval_s=source.interval_s,
        driver=source.driver,
        device=source.device,
        hidden=tuple(redactor.hidden),
        unit=source.unit,
        modbus_unit=source.modbus_unit,
        line=_line(recipe, source),
    )


def _line(recipe: Recipe, source: SourcePlan) -> SerialChoice | None:
    """How the line was set, whoever said so."""
    if not isinstance(recipe.driver, LineDefinition | ModbusDefinition):
        return None
    port = sources.port_settings(recipe.driver, source)
    return SerialChoice(port.baud, port.data_bits, port.parity, port.stop_bits, port.handshake)


def _warn(hiding: InBytes) -> None:
    """What could not be hidden well is said plainly."""
    if hiding.shown:
        told = ", ".join(hiding.shown)
        typer.echo(f"warning: {told} stand in the registers of this machine and are NOT hidden", err=True)
    if hiding.unproven:
        typer.echo(
            f"warning: in {hiding.unproven} frames something was hidden whose check could not be made anew;"
            " they are garbled now, see --keep",
            err=True,
        )


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
