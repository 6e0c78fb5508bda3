"""Tells an Alertmanager what stands: soon after it changed, and every minute whether it did or not.

Nothing is queued. Each message says everything, so whatever was lost, by the network or in a restart of either side, is
said again by the next one; and an Alertmanager that is away costs no memory, however long it is.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from fleetmon.clock import Clock
from fleetmon.model.messages import Event, EventClass, Json
from fleetmon.notify.posting import NotTaken, Target, post
from fleetmon.notify.reach import Reach
from fleetmon.notify.standing import Ledger
from fleetmon.publish.payloads import AlertData

NAME: Final = "alertmanager"
_PATH: Final = "/api/v2/alerts"
_TYPE: Final = (("Content-Type", "application/json"),)
_AT_ONCE: Final = 200  # alerts in one request: about 200 KiB
_READ_AT_ONCE: Final = 50
_GATHERED_S: Final = 2.0  # of the world: alerts that come together are told together

Shown: TypeAlias = Callable[[], Mapping[str, Mapping[str, Json]]]


class Pusher:
    """Sends as long as it runs; `shown` gives the retained alerts as they are shown to subscribers, by name."""

    def __init__(
        self,
        target: Target,
        ledger: Ledger,
        shown: Shown,
        clock: Clock,
        interval_s: float,
        gathered_s: float = _GATHERED_S,
    ) -> None:
        self.reach = Reach(NAME, target.where, clock)
        self._target = target
        self._ledger = ledger
        self._shown = shown
        self._clock = clock
        self._interval_s = interval_s
        self._gathered_s = gathered_s
        self._changed = asyncio.Event()

    def hear(self, event: Event) -> None:
        """An event was committed: something may have changed."""
        if event.event_class is EventClass.ALERT:
            self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._changed.clear()
            pause_s = await self._tell()
            if self.reach.failing is not None:
                await self._nap(pause_s, asyncio.Event())
                continue
            await self._nap(self._gathered_s, asyncio.Event())
            await self._nap(self._interval_s - self._gathered_s, self._changed)

    async def _tell(self) -> float:
        """Everything once; how long it should be left alone if it did not take it."""
        alerts = await self._read()
        now = self._clock.now()
        self._ledger.look(alerts, now)
        message = self._ledger.message(now, self._interval_s)
        try:
            for first in range(0, len(message), _AT_ONCE):
                body = json.dumps(message[first : first + _AT_ONCE], ensure_ascii=False).encode("utf-8", "replace")
                answer = await post(self._target, _PATH, _TYPE, body)
                if not answer.taken:
                    return self.reach.failed(str(answer))
        except NotTaken as why:
            return self.reach.failed(str(why))
        if message:
            self.reach.took()
        return 0.0

    async def _read(self) -> list[AlertData]:
        """What is shown; a thousand alerts take a while, in which others have their turn."""
        found = []
        for each in self._shown().values():
            found.append(AlertData.model_validate(each))
            if len(found) % _READ_AT_ONCE == 0:
                await self._clock.sleep(0)
        return found

    async def _nap(self, seconds: float, until: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(seconds):
                await until.wait()
        except TimeoutError:
            return
