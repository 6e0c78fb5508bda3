"""A machine that still works, but slower than it did: worn rollers, a heater that no longer keeps up, a poor network.

Nobody sees it in a single document. So ten gaps make a block, of which only the eight fastest count (the others are a
cover opened, a tray filled), and the logarithm of their mean is held against the blocks of the last thirty days of
work. A CUSUM gathers what is too slow: S = max(0, S + z - k), told when S > h. It is told as a notice, and only of a
machine that is 15 % slower for 30 documents, for what is merely certain helps nobody. Stops of one to five minutes,
that somebody mends in passing and nobody writes down, are counted beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from math import exp, log
from statistics import median
from typing import Final

BLOCK: Final = 10
FASTEST: Final = 8
SLACK: Final = 1.0
ALARM: Final = 5.0
#: S ends here, so that a machine that was slow for a week is over it within ten blocks.
HIGHEST: Final = 2 * ALARM
#: Of a long run the older blocks fade, so that what gets worse is seen to get worse.
FADE: Final = 30
CLIP: Final = 3.0
LEAST_SLOWER: Final = 1.15
LEAST_DOCUMENTS: Final = 30
DAYS: Final = 30
#: Of a busy day every second, fourth, ... block is kept.
BLOCKS_A_DAY: Final = 24
LEARN_DAYS: Final = 5
LEARN_BLOCKS: Final = 30
#: Counters are read every few seconds: what never varies by more says nothing of a machine's evenness.
LEAST_SPREAD: Final = 0.02
LEAST_GAP_S: Final = 0.001
MICRO_S: Final = 60.0
STALL_S: Final = 300.0
_NORMAL: Final = 1.4826  # from the median absolute deviation to a standard deviation
_UNIT: Final = 1000.0  # blocks are stored as whole thousandths


@cache
def shared(number: int) -> int:
    """The same number, kept once: of a thousand machines there are a million blocks and a few thousand lengths."""
    return number


def cusum(level: float, z: float, slack: float = SLACK) -> float:
    """The next S."""
    return max(0.0, level + z - slack)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of work: its blocks (thousandths of ln seconds), all of them in number; documents and micro-stops."""

    day: date
    blocks: tuple[int, ...] = ()
    seen: int = 0
    documents: int = 0
    micro_stops: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks one after another: their mean in ln seconds, how many it is of, and the documents in all of them."""

    mean: float = 0.0
    blocks: int = 0
    documents: int = 0

    def then(self, block: float, documents: int) -> "Run":
        """One block more."""
        blocks = min(FADE, self.blocks + 1)
        return Run(self.mean + (block - self.mean) / blocks, blocks, self.documents + documents)


@dataclass(frozen=True, slots=True)
class Pace:
    """All that is known, for who stores it: days of work, the gaps (seconds, documents) of the open block, S, and the
    run of blocks since S was 0; `told` while the notice stands. `counted`: what of, for that has its own pace."""

    days: tuple[Day, ...] = ()
    gaps: tuple[tuple[float, int], ...] = ()
    level: float = 0.0
    run: Run = Run()
    told: bool = False
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Slower:
    """Seconds a document that are usual, those since it became slower, and how many documents that has lasted."""

    usual_s: float
    now_s: float
    documents: int

    @property
    def times(self) -> float:
        """1.2 is 20 % slower."""
        return self.now_s / self.usual_s


@dataclass(frozen=True, slots=True)
class _Normal:
    """Median and spread of blocks, in ln seconds."""

    middle: float
    spread: float


class Slowdown:
    """The pace of one machine. A day is one on which it worked, so that a clock set wrong makes nothing forgotten."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self._gaps = list(self._pace.gaps)
        self._usual = _learned(self._pace.days[:-1])

    @property
    def pace(self) -> Pace:
        """All that is known; given to another one, it goes on."""
        return replace(self._pace, gaps=tuple(self._gaps))

    @property
    def usual_s(self) -> float | None:
        """Seconds a document that are usual while it works, of the fastest eight in ten; None before that is known."""
        return exp(self._usual.middle) if self._usual else None

    @property
    def counted(self) -> str:
        """What it counts."""
        return self._pace.counted

    @property
    def slower(self) -> Slower | None:
        """That it is slower than it was: from when that is certain and matters, until it is over."""
        if not self._pace.told or self._usual is None:
            return None
        return Slower(exp(self._usual.middle), exp(self._pace.run.mean), self._pace.run.documents)

    @property
    def micro_stops(self) -> float | None:
        """Stops of one to five minutes in a thousand documents, over all days that are kept; None of no documents."""
        documents = sum(day.documents for day in self._pace.days)
        return 1000.0 * sum(day.micro_stops for day in self._pace.days) / documents if documents else None

    def gap(self, seconds: float, day: date, documents: int = 1) -> None:
        """A gap between two changes of the count ended in work, with so many documents made in it."""
        if seconds > 0 and documents > 0:
            self._gaps.append((seconds, documents))
        if len(self._gaps) >= BLOCK:
            self._block(day)

    def _block(self, day: date) -> None:
        """Ten gaps are complete; the block belongs to the day on which it ends."""
        gaps, self._gaps = self._gaps, []
        fastest = sorted(seconds / documents for seconds, documents in gaps)[:FASTEST]
        found, made = log(max(LEAST_GAP_S, sum(fastest) / FASTEST)), sum(documents for _, documents in gaps)
        self._begin(day)
        *past, today = self._pace.days
        micro = sum(self._least_micro_s() < seconds <= STALL_S for seconds, _ in gaps)
        today = replace(today, documents=today.documents + made, micro_stops=today.micro_stops + micro)
        self._pace = replace(self._pace, days=(*past, _with(today, found)))
        if self._usual is not None:
            self._gather(found, made, self._usual)

    def _begin(self, day: date) -> None:
        """What is usual is learned anew on each new day of work, from all days but this."""
        days = self._pace.days
        if days and days[-1].day == day:
            return
        today = next((each for each in days if each.day == day), Day(day))
        past = tuple(each for each in days if each.day != day)[-DAYS:]
        self._pace, self._usual = replace(self._pace, days=(*past, today)), _learned(past)

    def _least_micro_s(self) -> float:
        """What is an ordinary gap of a slow machine is no stop."""
        return max(MICRO_S, 2 * exp(self._usual.middle) if self._usual else 0.0)

    def _gather(self, found: float, made: int, usual: _Normal) -> None:
        z = max(-CLIP, min(CLIP, (found - usual.middle) / usual.spread))
        level = min(HIGHEST, cusum(self._pace.level, z))
        run = self._pace.run.then(found, made) if level > 0 else Run()
        matters = run.documents >= LEAST_DOCUMENTS and run.mean - usual.middle >= log(LEAST_SLOWER)
        told = level > 0 and (self._pace.told or (level > ALARM and matters))
        self._pace = replace(self._pace, level=level, run=run, told=told)


def _learned(days: Sequence[Day]) -> _Normal | None:
    """None before there are enough days and blocks."""
    blocks = [block / _UNIT for day in days for block in day.blocks]
    if len(days) < LEARN_DAYS or len(blocks) < LEARN_BLOCKS:
        return None
    middle = median(blocks)
    return _Normal(middle, max(LEAST_SPREAD, _NORMAL * median(abs(block - middle) for block in blocks)))


def _with(day: Day, block: float) -> Day:
    """The day with one more block; when it is full every second one is kept, and of the next ones as few."""
    step = _step(day.seen)
    blocks = (*day.blocks, shared(round(block * _UNIT))) if day.seen % step == 0 else day.blocks
    seen = day.seen + 1
    return replace(day, blocks=blocks[:: _step(seen) // step], seen=seen)


def _step(seen: int) -> int:
    """Every how many-th block is kept of a day that has seen so many."""
    step = 1
    while seen > BLOCKS_A_DAY * step:
        step *= 2
    return step
