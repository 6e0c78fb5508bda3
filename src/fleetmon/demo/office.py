"""The simulated machines of the demonstration: a child process that speaks SNMP, and the settings that watch it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fleetmon.errors import FleetmonError

_START_S = 30.0
_END_S = 5.0
_LOOK_EVERY_S = 0.05


class NoOffice(FleetmonError):
    """The simulators did not start."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One simulated machine and where it answers."""

    name: str
    host: str
    port: int


@asynccontextmanager
async def simulated_office(name: str, seed: int, folder: Path) -> AsyncIterator[tuple[Seat, ...]]:
    """Run an office of `simulators/offices`; yields its machines once they answer. Their ports are told in `folder`."""
    ports = folder / "ports.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fleetmon.simulators.snmp_agent"),
        *("--office", name, "--seed", str(seed), "--port-file", str(ports), "--until-stdin-closes"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us to handle, and we end it
    )
    try:
        yield await _seats(process, ports)
    finally:
        await _end(process)


async def _seats(process: asyncio.subprocess.Process, ports: Path) -> tuple[Seat, ...]:
    """The file of ports is written, whole, when all machines answer."""
    assert process.stderr is not None
    ended = asyncio.create_task(process.wait())
    try:
        async with asyncio.timeout(_START_S):
            while not ports.exists():
                await asyncio.wait([ended], timeout=_LOOK_EVERY_S)
                if ended.done():
                    said = (await process.stderr.read()).decode(errors="replace").strip()
                    raise NoOffice(f"the simulators ended at once: {said}")
    except TimeoutError:
        raise NoOffice(f"the simulators did not start within {_START_S:g} s") from None
    finally:
        ended.cancel()
    return tuple(Seat(name, "127.0.0.1", port) for name, port in json.loads(ports.read_text("utf-8")).items())


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    with suppress(TimeoutError, ProcessLookupError):
        async with asyncio.timeout(_END_S):
            await process.wait()
            return
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def settings_text(site: str, broker: str, seats: tuple[Seat, ...], plain: bool) -> str:
    """A settings file as a site engineer would write it for these machines; `plain` for the embedded broker, which
    breaks the connection of a 3.1.1 subscriber when a message has MQTT 5 properties."""
    machines = [
        f'[[machine]]\nid = "{seat.name}"\nkind = "{_kind(seat.name)}"\n'
        f'source = {{ url = "snmp://{seat.host}:{seat.port}", interval = "1s" }}\n'
        for seat in seats
    ]
    properties = "properties = false\n" if plain else ""
    head = f'[site]\nid = "{site}"\n\n[mqtt]\nurl = "{broker}"\nheartbeat = "5s"\n{properties}\n[snmp]\ntraps = "off"\n'
    return "\n".join([head, *machines])


def write_settings(folder: Path, site: str, broker: str, seats: tuple[Seat, ...], plain: bool) -> Path:
    """The settings file of the demonstration, for everybody to read."""
    file = folder / "fleetmon.toml"
    file.write_text(settings_text(site, broker, seats, plain), encoding="utf-8")
    return file


def _kind(name: str) -> str:
    return "laminator" if name.startswith("laminator") else "printer"
