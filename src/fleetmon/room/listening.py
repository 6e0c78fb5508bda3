"""A room at a broker: who connects it, and sees to it that what was kept arrives whole.

A broker drops what it cannot hand over quickly enough, at QoS 0 as well as at 1: of 11 500 retained messages of 500
sites some 1 000 never came with a usual mosquitto. But a site says how many machines it has. So once nothing more
arrives, sites that are not whole are asked for again, a few at a time, which a broker answers with all it has kept.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from fleetmon.clock import Clock
from fleetmon.publish.mqtt.reader import Reader, ReaderPlan
from fleetmon.publish.mqtt.trouble import WireDown
from fleetmon.room.hearing import TOPICS, Room

QUIET_S: Final = 0.3
_LOOK_EVERY_S: Final = 0.05
_TIMES: Final = 3
_MESSAGES_AT_ONCE: Final = 800  # a usual broker holds 1 000 for a client that reads


class Listening:
    """A room, and the reader that fills it. `other` gets what is live and not for a room."""

    def __init__(
        self, plan: ReaderPlan, root: str, room: Room, clock: Clock, other: Callable[[str, bytes], None] | None = None
    ) -> None:
        self.room = room
        self.clock = clock
        self.trouble: WireDown | None = None
        self.reader = Reader(plan, clock, self._hear, self._connected, self._lost)
        self._prefix = f"{root}/v1"
        self._other = other
        self._kept_at = clock.now().mono
        self._asked: Counter[str] = Counter()

    @property
    def quiet(self) -> bool:
        """For a moment nothing more came of what the broker had kept."""
        return self.clock.now().mono - self._kept_at > QUIET_S

    def settled(self) -> bool:
        """All that was kept of every site has arrived."""
        return self.quiet and self.room.size > 0 and not self.room.missing()

    def verified(self) -> bool:
        """Of every site is known whether it is there, and all has arrived that can be had of it.

        A site that is not there may never tell all: the broker has forgotten its heartbeat by then.
        """
        left = all(self._asked[name] >= _TIMES for name in self.room.missing())
        return self.quiet and left and self.room.size > 0 and self.room.verified(self.clock.now())

    def repair(self) -> None:
        """Ask again for what did not come; a site that never tells all is left alone after the third time."""
        if not self.quiet:
            return
        room, wanted = _MESSAGES_AT_ONCE, list[str]()
        for name, messages in self.room.missing().items():
            if self._asked[name] >= _TIMES or (wanted and messages > room):
                continue
            self._asked[name] += 1
            wanted.append(name)
            room -= messages
        if wanted:
            self._kept_at = self.clock.now().mono
            self.reader.again(tuple(f"{self._prefix}/{name}/up/{topic}" for name in wanted for topic in TOPICS))

    async def listen(self, seconds: float, enough: Callable[[], bool]) -> bool:
        """Listen until `enough`, but no longer than `seconds` of the world; whether it was enough."""
        task = asyncio.create_task(self.reader.run(), name="reader")
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        try:
            while not enough() and loop.time() < end:
                await asyncio.wait([task], timeout=_LOOK_EVERY_S)
                self.repair()
            return enough()
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _hear(self, topic: str, payload: bytes, retained: bool) -> None:
        now = self.clock.now()
        if retained:
            self._kept_at = now.mono
        if self.room.hear(topic, payload, retained=retained, now=now) is None and self._other and not retained:
            self._other(topic, payload)

    def _connected(self) -> None:
        now = self.clock.now()
        self.trouble, self._kept_at = None, now.mono
        self._asked.clear()
        self.room.connected(now)

    def _lost(self, down: WireDown) -> None:
        self.trouble = down
        self.room.disconnected()
