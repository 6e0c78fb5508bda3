"""What a technician is shown of a running office: plain data, taken from the plant at one moment.

The plant knows more than anybody in an office could: who really waits for whom and since when. What is drawn, printed
as plain lines, or told at the door comes from here, so all three say the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Buffer:
    """Documents between two stages; `room` is how many fit, None where there is no limit."""

    documents: int
    room: int | None


@dataclass(frozen=True, slots=True)
class Box:
    """One machine: what it does, what stands, what waits for it, its scarcest supply (name, share), its addresses."""

    machine: str
    does: str
    faults: tuple[str, ...]
    stopped: bool
    documents: int
    waiting: int
    supply: tuple[str, float] | None
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinePicture:
    """A line: its stages in order, the buffer before each of them and the one behind the last, what it made."""

    name: str
    stages: tuple[tuple[str, ...], ...]
    buffers: tuple[Buffer, ...]
    made: int


@dataclass(frozen=True, slots=True)
class Standstill:
    """Something that stands still now, as the truth has it. `since_s` is how long; `cause` is the machine at whose door
    it lies, empty where no machine is to blame."""

    machine: str
    word: str
    reason: str
    cause: str
    since_s: float
    waiting: int
    planned: bool

    @property
    def own(self) -> bool:
        """Whether it is the machine's own, not somebody else's upstream or downstream."""
        return self.cause == self.machine


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole office at one moment of its own clock. `spoilt` are bad lines, `printer-1: mute`."""

    office: str
    at: datetime
    rate: float
    lines: tuple[LinePicture, ...]
    boxes: tuple[Box, ...]
    people: tuple[str, ...]
    standstills: tuple[Standstill, ...]
    spoilt: tuple[str, ...] = ()

    @property
    def made(self) -> int:
        """Documents of all lines."""
        return sum(line.made for line in self.lines)


def really(picture: Picture) -> Iterator[str]:
    """What is really happening, a sentence for each thing that stands still; who merely waits stands with the cause."""
    told: set[str] = set()
    at_a_door = [stop for stop in picture.standstills if stop.cause]
    standstills = sorted(at_a_door, key=lambda stop: (stop.planned, not stop.own, -stop.since_s))
    for stop in standstills:
        if stop.machine in told:
            continue
        followers = [
            other
            for other in standstills
            if other.machine not in {stop.machine, *told} and other.cause == stop.machine and not other.own
        ]
        told |= {stop.machine, *(other.machine for other in followers)}
        yield sentence(stop, followers)
    yield from _nobody_at_fault([stop for stop in picture.standstills if not stop.cause])


def _nobody_at_fault(standstills: Sequence[Standstill]) -> Iterator[str]:
    """Off shift, on holiday, without work: `no-work 4:10: printer-1, laminator-1`."""
    for reason in dict.fromkeys(stop.reason or stop.word for stop in standstills):
        idle = [stop for stop in standstills if reason in (stop.reason, stop.word)]
        yield f"{reason} {lasted(min(stop.since_s for stop in idle))}: {', '.join(stop.machine for stop in idle)}"


def sentence(stop: Standstill, followers: list[Standstill]) -> str:
    """`laminator-1 stopped 0:42: upper-film-empty, 14 waiting; printer-1 blocked`."""
    reason = f": {stop.reason}" if stop.reason and stop.reason != stop.word else ""
    blame = "" if stop.own else f" by {stop.cause}"
    waiting = f", {stop.waiting} waiting" if stop.waiting else ""
    behind = "".join(f"; {other.machine} {other.word}" for other in followers)
    return f"{stop.machine} {stop.word}{blame} {lasted(stop.since_s)}{reason}{waiting}{behind}"


def lasted(seconds: float) -> str:
    """`0:42`, `12:05`, `3:12:05`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
