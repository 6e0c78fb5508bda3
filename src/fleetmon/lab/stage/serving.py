"""A recording served again on the wire, for whoever has the recording and not the machine.

It answers as the machine did, as fast as wished: fleetmon, any SNMP tool and any driver in the making can ask it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from fleetmon.errors import FleetmonError
from fleetmon.lab.stage.wiring import NotServed
from fleetmon.simulators.byte_agent import open_outlet
from fleetmon.simulators.process import stop_on_signals
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.recordings.recording import Exchanges, Recording, load
from fleetmon.simulators.recordings.spoken import MODBUS_TCP, Repeating, Talk
from fleetmon.simulators.snmp_agent import serve as served
from fleetmon.simulators.snmp_agent import wall_clock
from fleetmon.simulators.wires.conversation import Voice
from fleetmon.simulators.wires.outlet import Outlet, Reach, parse_outlet
from fleetmon.simulators.wires.outlet import Wire as OutletWire


class NoRecording(FleetmonError):
    """A file that cannot be served; the text names the line."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to serve and how: `speed` times as fast as it was recorded, at `port` (0: any); what speaks in bytes on an
    `outlet` as tcp, pty, pty:/tmp/machine, rfc2217."""

    file: Path
    speed: float
    host: str
    port: int
    seconds: float | None
    outlet: str | None = None


async def serve(wish: Wish, command: str, console: Console) -> None:
    """Serve a recording until interrupted, or for as long as wished. Raises NoRecording or NotServed."""
    try:
        recording = load(wish.file)
        outlet = _outlet(wish, recording)
    except BadInput as error:
        raise NoRecording(str(error)) from None
    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        async with _on_the_wire(wish, recording, outlet, command) as greeting:
            console.print(greeting, markup=False)
            with suppress(TimeoutError):
                async with asyncio.timeout(wish.seconds):
                    await stop.wait()
    except OSError as error:
        raise NotServed(f"{error.strerror or error}; choose another port with --port") from None


def _outlet(wish: Wish, recording: Recording | Talk) -> Outlet:
    """Where a talk is served. Raises BadInput for a place there is none of, or for SNMP anywhere else than on UDP."""
    if isinstance(recording, Recording):
        if wish.outlet:
            raise BadInput(f"{wish.file}: the recording of an SNMP machine is served on UDP; leave out --on")
        return Outlet()
    outlet = parse_outlet(wish.outlet or "tcp")
    if recording.link == MODBUS_TCP and outlet.wire is not OutletWire.TCP:
        raise BadInput(f"{wish.file}: Modbus TCP is served on tcp and nowhere else")
    return replace(outlet, port=outlet.port or wish.port)


@asynccontextmanager
async def _on_the_wire(wish: Wish, recording: Recording | Talk, outlet: Outlet, command: str) -> AsyncIterator[str]:
    """Serve it; yields what is to be told."""
    clock = wall_clock(wish.speed)
    if isinstance(recording, Recording):
        async with served(recording, host=wish.host, ports=[wish.port], clock=clock) as ports:
            yield _greeting(wish, recording, ports[0], command)
        return
    octet_s = 0.0 if outlet.wire is OutletWire.TCP else recording.line.octet_s
    voice = Voice(Repeating(recording, octet_s), recording.line, clock)
    async with open_outlet(voice, outlet, wish.host) as reach:
        yield _greeting_in_bytes(wish, recording, reach, command)


def _greeting(wish: Wish, recording: Recording, port: int, command: str) -> str:
    versions = ", ".join(version.value for version in recording.versions)
    community, rows = recording.communities[0], recording.rows(0.0) or ()
    lines = [f"{wish.file.name}: {len(rows)} objects, SNMP version {versions}, community {community}"]
    if isinstance(recording, Exchanges):
        lines.append(_lasts(wish, recording.lasts))
    return "\n".join(
        [
            *lines,
            "Try in another terminal:",
            f"  {command} probe snmp://{wish.host}:{port}",
            f"  snmpwalk -v2c -c {community} {wish.host}:{port} .1",
            "End: Ctrl-C",
        ]
    )


def _greeting_in_bytes(wish: Wish, recording: Talk, reach: Reach, command: str) -> str:
    line, asked = recording.line, len(recording.questions)
    scheme = "tcp" if reach.wire is OutletWire.TCP else reach.wire.value
    scheme = MODBUS_TCP if recording.link == MODBUS_TCP else scheme
    host = f"[{reach.host}]" if ":" in reach.host else reach.host
    url = f"serial://{reach.path}" if reach.path else f"{scheme}://{host}:{reach.port}"
    set_so = f"{line.baud} baud, {line.data_bits} data bits, parity {line.parity}, stop bits {line.stop_bits}"
    unit = f' --unit "{recording.unit}"' if recording.unit else ""
    driver = f" --driver {recording.driver}" if recording.driver else ""
    return "\n".join(
        [
            f"{wish.file.name}: {asked} question{'s' if asked > 1 else ''}, {set_so}",
            _lasts(wish, recording.lasts),
            "Try in another terminal:",
            f"  {command} probe {url}{driver}{unit}",
            "End: Ctrl-C",
        ]
    )


def _lasts(wish: Wish, seconds: float) -> str:
    return f"It does again what it did, for {seconds / wish.speed:.0f} s, then goes on saying the last of it."
