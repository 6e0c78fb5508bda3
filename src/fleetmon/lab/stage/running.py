"""An office put on the wire and kept running: engines, a door for orders, a picture, and the truth at the end.

The plant has its own time, which begins when every machine answers. Whoever asks a machine moves the plant on; so does
the picture, twice a second, so that what nobody asks about happens all the same.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from fleetmon.errors import FleetmonError, in_words
from fleetmon.lab.stage import whereabouts
from fleetmon.lab.stage.lines import Lines
from fleetmon.lab.stage.looking import look, settings_of, truth_lines
from fleetmon.lab.stage.obeying import Obeying
from fleetmon.lab.stage.orders import open_door
from fleetmon.lab.stage.picture import Picture
from fleetmon.lab.stage.settings_page import MARK
from fleetmon.lab.stage.showing import Showing
from fleetmon.lab.stage.story import Story
from fleetmon.lab.stage.timeline import Timeline
from fleetmon.lab.stage.wiring import OfficeClock, Started, Urls, Wire, on_the_wire
from fleetmon.simulators.orders import follow_stdin
from fleetmon.simulators.process import stop_on_signals


class NotWritten(FleetmonError):
    """A file that was wished for cannot be written."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a story is to be run; files and addresses that are None are not wished for."""

    story: Story
    command: str
    rate: float = 1.0
    wire: Wire = field(default_factory=Wire)
    settings: Path | None = None
    broker: str = "mqtt://127.0.0.1"
    truth: Path | None = None
    socket: Path | None = None
    plain: bool = False
    seconds: float | None = None
    until_stdin_closes: bool = False


async def run(wish: Wish, console: Console) -> None:
    """Run the office until interrupted, or as long as wished. Raises a FleetmonError when it cannot start."""
    _check_writable(wish.truth)
    _check_ours(wish.settings)
    stop = asyncio.Event()
    stop_on_signals(stop)
    if wish.until_stdin_closes:
        follow_stdin(lambda _: None, stop.set)
    live = console.is_terminal and not wish.plain
    async with _open(wish, console, live) as (office, greeting):
        for line in greeting:
            console.print(line, markup=False, soft_wrap=True)
        office.clock.start()
        hint = f"Ctrl-C ends; in another terminal: {wish.command} simulate list"
        above = sum(max(1, ceil(len(line) / console.width)) for line in greeting)
        height = console.height - above if live else None
        try:
            await Showing(console, height, hint, office.picture, office.step).until(stop, wish.seconds, office.over)
        finally:
            if wish.truth:
                _write(wish.truth, "".join(f"{line}\n" for line in truth_lines(office.plant, office.clock())))


class _Office:
    """A story that runs: the plant and its clock, the lines to it, and the timeline of what the plant knows not of."""

    def __init__(self, story: Story, rate: float) -> None:
        self.story = story
        self.plant = story.plant()
        self.clock = OfficeClock(rate)
        self.lines = Lines(self.plant.machines, self.clock, story.seed)
        self.urls: Urls = {}
        self._timeline = Timeline(story.scenario, self.lines) if story.scenario else None

    def step(self) -> list[str]:
        """Let happen what is due, whether anybody asked or not; what the user is told."""
        now = self.clock()
        self.plant.step(now)
        self.lines.step(now)
        return list(self._timeline.step(now)) if self._timeline else []

    def picture(self) -> Picture:
        """How it is now."""
        return look(self.plant, self.story, self.clock, self.urls, self.lines)

    def over(self) -> bool:
        """Whether the story is told."""
        return self.story.lasts is not None and self.clock() >= self.story.lasts


@asynccontextmanager
async def _open(wish: Wish, console: Console, live: bool) -> AsyncIterator[tuple[_Office, list[str]]]:
    """Put everything up; yields the office and what is printed once: where everything is."""
    office = _Office(wish.story, wish.rate)
    wire = replace(wish.wire, follows={place.name: place.follows for place in wish.story.office.places})
    async with AsyncExitStack() as stack:
        with _bar(console, live) as started:
            serving = on_the_wire(office.plant.machines, office.clock, office.lines.vices, wire, started)
            office.urls = await stack.enter_async_context(serving)
        obeying = Obeying(office.plant, office.lines, office.clock, office.picture)
        path = wish.socket or whereabouts.free(wish.story.name)
        door = await stack.enter_async_context(open_door(path, obeying.answer))
        yield office, _greeting(wish, office, door, live)


@contextmanager
def _bar(console: Console, live: bool) -> Iterator[Started | None]:
    """A progress bar while machines start, gone when they have."""
    if not live:
        yield None
        return
    columns = (TextColumn("starting machines"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _greeting(wish: Wish, office: _Office, door: Path, live: bool) -> list[str]:
    story = wish.story
    lines = [f"{story.name}: {len(office.urls)} machines at {wish.rate:g} x, orders at {door}"]
    if story.scenario:
        lines.append(f"scenario {story.scenario.name}: {story.scenario.shows}")
    if wish.settings:
        _write(wish.settings, settings_of(office.plant, story, office.urls, wish.broker, wish.rate))
        rate = f" --clock-rate {wish.rate:g}" if wish.rate != 1 else ""
        lines.append(f"watch it: {wish.command} run --settings {wish.settings}{rate} --state ./state")
    if not live:
        lines += [f"  {machine:<16} {'  '.join(where)}" for machine, where in office.urls.items()]
    return lines


def _check_ours(path: Path | None) -> None:
    """A real site's settings are worth more than an exercise: only a file that was written here is written anew."""
    if path is None or not path.is_file():
        return
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise NotWritten(f"{path}: cannot be read: {in_words(error)}") from None
    if text.strip() and not text.startswith(MARK):
        raise NotWritten(f"{path}: holds settings that were not written for a simulated office; name another file")


def _check_writable(path: Path | None) -> None:
    """Not after hours, but now; what stands there stays until there is something to write."""
    if path is None:
        return
    try:
        path.open("a").close()
    except OSError as error:
        raise NotWritten(f"{path}: cannot be written: {in_words(error)}") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotWritten(f"{path}: cannot be written: {in_words(error)}") from None
