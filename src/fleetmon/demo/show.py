"""Everything of the demonstration put together, and taken down again whatever happens."""

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from rich.console import Console
from rich.live import Live

from fleetmon import daemon, settings, systemd
from fleetmon.clock import Clock
from fleetmon.demo.broker import embedded_broker
from fleetmon.demo.office import NAME, Office, Story, simulated_office
from fleetmon.demo.screen import Screen
from fleetmon.lab.stage.settings_page import Page, settings_text
from fleetmon.settings import BrokerUrl
from fleetmon.site import Site
from fleetmon.systemd import Signals

SCENARIO = "showroom"
RATE = 15.0  # a document every two seconds, and a stall of twelve minutes in less than one
_HEARTBEAT_S = 5.0
_REDRAW_S = 0.5
_ASK_S = 1.0
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
            office = await stack.enter_async_context(simulated_office(Story(SCENARIO, RATE, wish.seed)))
            file = _settings(folder, broker, office, plain=wish.broker is None)
            lines = [
                f"fleetmon demo: {len(office.lines)} lines, {len(office.seats)} simulated machines, {RATE:g} x as fast",
                *_to_try(wish.command, heard, broker, folder / _DOOR, office),
                f"Settings: {file}   End: Ctrl-C",
                "",
            ]
            console.print("\n".join(lines), markup=False)
            rows = sum(max(1, ceil(len(line) / console.width)) for line in lines)
            watched = Watched(Screen(console, rows), office, console, Clock(RATE, (await office.now()).utc))
            await watched.watch(file, signals, wish.seconds)


def _settings(folder: Path, broker: str, office: Office, plain: bool) -> Path:
    """The settings file of the demonstration, for everybody to read. Its seconds are the daemon's, and those fly."""
    page = Page(NAME, broker, interval_s=RATE, heartbeat_s=_HEARTBEAT_S * RATE, plain=plain)
    file = folder / "fleetmon.toml"
    file.write_text(settings_text(page, office.seats, office.lines), encoding="utf-8")
    return file


def _to_try(command: str, heard: str, broker: str, door: Path, office: Office) -> list[str]:
    """Lines to type, one beside the other, so that each can be copied whole."""
    machine = office.seats[0].machine
    which = "" if office.alone else f" --socket {office.door}"
    return [
        "Try in another terminal:",
        f"  mosquitto_sub {heard} -t 'fleetmon/v1/{NAME}/up/#' -v",
        f"  {command} status --broker {broker} --site {NAME} --wait 9",  # longer than a heartbeat
        f"  {command} watch --control {door}",
        f"  {command} alerts --control {door}",
        f"  {command} explain {machine} --control {door}",
        f"  {command} simulate inject {machine} booklet-jam --for 10m{which}",
    ]


async def _broker(stack: AsyncExitStack, wish: Wish, folder: Path) -> tuple[str, str]:
    """The options with which mosquitto_sub reaches the broker, which may ask another port, and its URL for fleetmon."""
    if wish.broker is not None:
        url = BrokerUrl.parse(wish.broker)
        return f"-h {url.host} -p {url.port}", wish.broker
    ports = stack.enter_context(embedded_broker(folder))
    return f"-h 127.0.0.1 -p {ports.v4}", f"mqtt://127.0.0.1:{ports.v5}"


class Watched:
    """The office and the daemon that watches it, side by side on the screen."""

    def __init__(self, screen: Screen, office: Office, console: Console, clock: Clock) -> None:
        self._screen = screen
        self._office = office
        self._console = console
        self._clock = clock
        self._running: list[Site] = []

    async def watch(self, file: Path, signals: Signals, seconds: float | None) -> None:
        """Run the daemon with these settings and redraw, until asked to stop or for so many seconds."""
        site = daemon.run(
            settings.load(file),
            file.parent,
            self._clock,
            signals,
            self._running.append,
            self._screen.hear,
            [file.parent / _DOOR],
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(site, name="daemon")
            showing = [tasks.create_task(self._ask(), name="office"), tasks.create_task(self._draw(), name="screen")]
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await signals.stop.wait()
            for task in showing:
                task.cancel()
            signals.stop.set()

    async def _ask(self) -> None:
        """Ask the office how things really are."""
        while True:
            self._screen.know(await self._office.now())
            await asyncio.sleep(_ASK_S)

    async def _draw(self) -> None:
        """Redraw, on a terminal only."""
        if not self._console.is_terminal:
            return
        with Live(console=self._console, auto_refresh=False, screen=False) as live:
            while True:
                if self._running:
                    uplink = self._running[0].uplink
                    snapshots = self._running[0].monitor.snapshots()
                    live.update(self._screen.draw(snapshots, uplink.status if uplink else None), refresh=True)
                await asyncio.sleep(_REDRAW_S)
