"""Hours within milliseconds: an event loop whose time jumps to the next timer as soon as nothing is left to do.

Everything that waits on the loop waits virtually: sleeps of the clock and deadlines of asyncio alike. A test that waits
for something which no timer will bring fails at once instead of hanging.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from fleetmon.clock import Clock
from fleetmon.model.report import At

T = TypeVar("T")

EPOCH = 1_780_000_000.0


class _Jump(selectors.BaseSelector):
    """Never waits: tells the loop how far time has to jump instead."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.now = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everything waits and no timer is set")
            self.now += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a time of its own, which begins at 0."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


class VirtualClock(Clock):
    """The clock of the virtual loop; the moment 0 of the loop is EPOCH."""

    def now(self) -> At:
        mono = asyncio.get_running_loop().time()
        return At(EPOCH + mono, mono, "virtual")


def run(story: Awaitable[T]) -> T:
    """Run a story in virtual time to its end."""

    async def whole() -> T:
        return await story

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(whole())
