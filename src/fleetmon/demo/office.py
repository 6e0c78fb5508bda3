"""The simulated office of the demonstration: a child process that runs a scenario, asked at its door how things stand.

It is the same `fleetmon simulate run` that technicians use, at a door where they find it, so a visitor can give it
orders while it is watched.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from fleetmon.errors import FleetmonError
from fleetmon.lab.stage import whereabouts
from fleetmon.lab.stage.orders import ask
from fleetmon.lab.stage.settings_page import LineSeats, Seat

NAME: Final = "demo"
_START_S: Final = 30.0
_END_S: Final = 5.0
_LOOK_EVERY_S: Final = 0.05


class OfficeFailed(FleetmonError):
    """The simulators did not start."""


@dataclass(frozen=True, slots=True)
class Story:
    """What is shown: a scenario, how fast its time passes, and its dice."""

    scenario: str
    rate: float
    seed: int


@dataclass(frozen=True, slots=True)
class Now:
    """How things stand: the office's clock in seconds since 1970, and what really happens, a sentence each."""

    utc: float
    really: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Office:
    """The running office. `door` is where it takes orders, `seats` and `lines` are for the settings.

    `alone` tells that this user runs no other, so that orders find it by themselves.
    """

    door: Path
    seats: tuple[Seat, ...]
    lines: tuple[LineSeats, ...]
    alone: bool

    async def now(self) -> Now:
        """Raises NoOffice when it has ended."""
        told = await asyncio.to_thread(ask, self.door, {"ask": "picture"})
        return Now(datetime.fromisoformat(str(told["at"])).timestamp(), tuple(map(str, _items(told, "really"))))


@asynccontextmanager
async def simulated_office(story: Story) -> AsyncIterator[Office]:
    """Run a scenario that begins now; yields once its machines answer. Raises OfficeFailed."""
    door = await asyncio.to_thread(whereabouts.free, NAME)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fleetmon.cli", "simulate", "run", "--scenario", story.scenario, "--start", "now"),
        *("--clock-rate", f"{story.rate:g}", "--seed", str(story.seed), "--socket", str(door)),
        *("--plain", "--until-stdin-closes"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us to handle, and we end it
    )
    try:
        told = await _first_answer(process, door)
        alone = await asyncio.to_thread(whereabouts.running) == [door]
        yield Office(door, _seats(told), _lines(told), alone)
    finally:
        await _end(process)


async def _first_answer(process: asyncio.subprocess.Process, door: Path) -> dict[str, object]:
    """What there is, as soon as the door is open: it is opened when all machines answer."""
    assert process.stderr is not None
    ended = asyncio.create_task(process.wait())
    try:
        async with asyncio.timeout(_START_S):
            while not door.exists():
                await asyncio.wait([ended], timeout=_LOOK_EVERY_S)
                if ended.done():
                    said = (await process.stderr.read()).decode(errors="replace").strip()
                    raise OfficeFailed(f"the simulators ended at once: {said}")
            return await asyncio.to_thread(ask, door, {"ask": "list"})
    except TimeoutError:
        raise OfficeFailed(f"the simulators did not start within {_START_S:g} s") from None
    finally:
        ended.cancel()


def _seats(told: Mapping[str, object]) -> tuple[Seat, ...]:
    return tuple(
        Seat(str(each["machine"]), str(each["kind"]), tuple(map(str, _items(each, "urls"))))
        for each in _tables(told, "machines")
    )


def _lines(told: Mapping[str, object]) -> tuple[LineSeats, ...]:
    return tuple(
        LineSeats(
            str(each["line"]),
            tuple(tuple(map(str, stage)) for stage in _items(each, "stages") if isinstance(stage, list)),
            tuple(int(str(room)) for room in _items(each, "between")),
        )
        for each in _tables(told, "lines")
    )


def _items(told: Mapping[str, object], key: str) -> list[object]:
    found = told.get(key)
    return found if isinstance(found, list) else []


def _tables(told: Mapping[str, object], key: str) -> list[dict[str, object]]:
    return [each for each in _items(told, key) if isinstance(each, dict)]


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
