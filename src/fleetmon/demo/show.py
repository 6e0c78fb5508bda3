"""Everything of the demonstration put together, and taken down again whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Wish:
    """What the visitor asked for: another broker's URL, how long (seconds), which seed."""

    broker: str | None
    seconds: float | None
    seed: int


async def show(wish: Wish, folder: Path, console: Console) -> None:
    """Run the demonstration in `folder` until interrupted, or for as long as wished."""
    with systemd.signals() as signals:
        async with AsyncExitStack() as stack:
            broker, port = await _broker(stack, wish, folder)
            seats = await stack.enter_async_context(simulated_office(OFFICE, wish.seed, folder))
            file = write_settings(folder, NAME, broker, seats, plain=wish.broker is None)
            header = [
                f"fleetmon demo: {len(seats)} simulated machines, read over SNMP and published to {broker}",
                f"try in another terminal:  mosquitto_sub {port}-t 'fleetmon/v1/{NAME}/up/#' -v",
                f"settings: {file}   end: Ctrl-C",
            ]
            if not console.is_terminal:
                console.print("\n".join(header), markup=False)
            await _watch(Screen(console, header), file, signals, wish.seconds, console)


async def _broker(stack: AsyncExitStack, wish: Wish, folder: Path) -> tuple[str, str]:
    """The broker's URL for the daemon, and the options with which mosquitto_sub reaches it."""
    if wish.broker is not None:
        url = BrokerUrl.parse(wish.broker)
        return wish.broker, f"-h {url.host} -p {url.port} "
    ports = stack.enter_context(embedded_broker(folder))
    return f"mqtt://127.0.0.1:{ports.v5}", f"-h 127.0.0.1 -p {ports.v4} "


async def _watch(screen: Screen, file: Path, signals: Signals, seconds: float | None, console: Console) -> None:
    running: list[Site] = []
    site = daemon.run(settings.load(file), file.parent, Clock(), signals, running.append, screen.hear)
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
