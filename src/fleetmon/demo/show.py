"""Everything of the demonstration put together, and taken down again whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from rich.console import Console
from rich.live import Live

from fleetmon import daemon, settings, systemd
from fleetmon.clock import Clock
from fleetmon.demo.broker import embedded_broker
from fleetmon.demo.office import simulated_office, write_settings
from fleetmon.demo.screen import Screen
from fleetmon.settings import BrokerUrl
from fleetmon.site import Site
from fleetmon.systemd import Signals

NAME = "demo"
OFFICE = "demo"
_REDRAW_S = 0.5
_DOOR = "control"  # short: the lines that name it should fit in 80 columns


@dataclass(frozen=True, slots=True)
class Wish:
    """What the visitor asked for: another broker's URL, how long (seconds), which seed; and how fleetmon was called."""

    command: str
    broker: str | None
    seconds: float | None
    seed: int


async def show(wish: Wish, folder: Path, console: Console) -> None:
    """Run the demonstration in `folder` until interrupted, or for as long as wished."""
    with systemd.signals() as signals:
        async with AsyncExitStack() as stack:
            heard, broker = await _broker(stack, wish, folder)
            seats = await stack.enter_async_context(simulated_office(OFFICE, wish.seed, folder))
            file = write_settings(folder, NAME, broker, seats, plain=wish.broker is None)
            lines = [
                f"fleetmon demo: {len(seats)} simulated machines, read over SNMP, published over MQTT",
                *_to_try(wish.command, heard, broker, file.parent / _DOOR, seats[0].name),
                f"Settings: {file}   End: Ctrl-C",
                "",
            ]
            console.print("\n".join(lines), markup=False)
            rows = sum(max(1, ceil(len(line) / console.width)) for line in lines)
            await _watch(Screen(console, rows), file, signals, wish.seconds, console)


def _to_try(command: str, heard: str, broker: str, door: Path, machine: str) -> list[str]:
    """Lines to type, one beside the other, so that each can be copied whole."""
    return [
        "Try in another terminal:",
        f"  mosquitto_sub {heard} -t 'fleetmon/v1/{NAME}/up/#' -v",
        f"  {command} status --broker {broker} --site {NAME} --wait 9",  # longer than a heartbeat
        f"  {command} watch --control {door}",
        f"  {command} explain {machine} --control {door}",
    ]


async def _broker(stack: AsyncExitStack, wish: Wish, folder: Path) -> tuple[str, str]:
    """The options with which mosquitto_sub reaches the broker, which may ask another port, and its URL for fleetmon."""
    if wish.broker is not None:
        url = BrokerUrl.parse(wish.broker)
        return f"-h {url.host} -p {url.port}", wish.broker
    ports = stack.enter_context(embedded_broker(folder))
    return f"-h 127.0.0.1 -p {ports.v4}", f"mqtt://127.0.0.1:{ports.v5}"


async def _watch(screen: Screen, file: Path, signals: Signals, seconds: float | None, console: Console) -> None:
    running: list[Site] = []
    door = [file.parent / _DOOR]
    site = daemon.run(settings.load(file), file.parent, Clock(), signals, running.append, screen.hear, door)
    async with asyncio.TaskGroup() as tasks, _redrawn(screen, running, console):
        tasks.create_task(site, name="daemon")
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await signals.stop.wait()
        signals.stop.set()


@asynccontextmanager
async def _redrawn(screen: Screen, running: list[Site], console: Console) -> AsyncIterator[None]:
    """Redraw the table for as long as the body runs; on a terminal only."""
    if not console.is_terminal:
        yield
        return
    with Live(console=console, auto_refresh=False, screen=False) as live:

        async def redraw() -> None:
            while True:
                if running:
                    uplink = running[0].uplink
                    picture = screen.draw(running[0].monitor.snapshots(), uplink.status if uplink else None)
                    live.update(picture, refresh=True)
                await asyncio.sleep(_REDRAW_S)

        drawing = asyncio.create_task(redraw(), name="screen")
        try:
            yield
        finally:
            drawing.cancel()
            with suppress(asyncio.CancelledError):
                await drawing
