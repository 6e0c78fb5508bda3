"""A recording served again on the wire, for whoever has the recording and not the machine.

It answers as the machine did, as fast as wished: fleetmon, any SNMP tool and any driver in the making can ask it.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from fleetmon.errors import FleetmonError
from fleetmon.lab.stage.wiring import NotServed
from fleetmon.simulators.process import stop_on_signals
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.recordings.recording import Exchanges, Recording, load_recording
from fleetmon.simulators.snmp_agent import serve as served
from fleetmon.simulators.snmp_agent import wall_clock


class NoRecording(FleetmonError):
    """A file that cannot be served; the text names the line."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to serve and how: `speed` times as fast as it was recorded, at `port` (0: any)."""

    file: Path
    speed: float
    host: str
    port: int
    seconds: float | None


async def serve(wish: Wish, command: str, console: Console) -> None:
    """Serve a recording until interrupted, or for as long as wished. Raises NoRecording or NotServed."""
    try:
        recording = load_recording(wish.file)
    except BadInput as error:
        raise NoRecording(str(error)) from None
    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        async with served(recording, host=wish.host, ports=[wish.port], clock=wall_clock(wish.speed)) as ports:
            console.print(_greeting(wish, recording, ports[0], command), markup=False)
            try:
                async with asyncio.timeout(wish.seconds):
                    await stop.wait()
            except TimeoutError:
                pass
    except OSError as error:
        raise NotServed(f"{error.strerror or error}; choose another port with --port") from None


def _greeting(wish: Wish, recording: Recording, port: int, command: str) -> str:
    versions = ", ".join(version.value for version in recording.versions)
    community, rows = recording.communities[0], recording.rows(0.0) or ()
    lines = [f"{wish.file.name}: {len(rows)} objects, SNMP version {versions}, community {community}"]
    if isinstance(recording, Exchanges):
        lasts = recording.lasts / wish.speed
        lines.append(f"It does again what it did, for {lasts:.0f} s, then goes on saying the last of it.")
    return "\n".join(
        [
            *lines,
            "Try in another terminal:",
            f"  {command} probe snmp://{wish.host}:{port}",
            f"  snmpwalk -v2c -c {community} {wish.host}:{port} .1",
            "End: Ctrl-C",
        ]
    )
