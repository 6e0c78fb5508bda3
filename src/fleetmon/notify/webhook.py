"""A webhook that is sent every durable event of an alert, in order, at least once, from the outbox itself.

There is no second spool: what is to be sent stands in the outbox, and how far we are is a record there. So a restart
changes nothing but that an event may be sent again (its id says so), and a target that is away for days costs no
memory: what waits is read a few at a time, when it can be sent. An event that was refused for good (4xx) is left out,
since it would be refused for ever; everything else that is not 2xx is tried again, and nothing behind it goes first.
The target holds nobody up: the outbox drops and forgets without asking us, and what we lack then is told as a gap.
"""

import asyncio
from typing import Final

from fleetmon.clock import Clock, wire_pause
from fleetmon.model.messages import Event, EventClass, View
from fleetmon.notify import cursor as cursors
from fleetmon.notify.cursor import Cursor
from fleetmon.notify.posting import NotTaken, Target, post
from fleetmon.notify.reach import Reach
from fleetmon.notify.signing import signed
from fleetmon.publish.envelope import CONTENT_TYPE, view_bytes
from fleetmon.publish.gaps import GAP_TYPE, read_gap
from fleetmon.publish.outbox import ROWS_AT_ONCE, Outbox, Row
from fleetmon.secret import Secret

NAME: Final = "webhook"
_ROWS_AT_ONCE: Final = 20
_LOOK_EVERY_S: Final = 30.0  # gaps and what is forgotten wake nobody
_SETTLE_S: Final = 600.0  # how far a cursor without deliveries may lag behind on the disk
_AGAIN: Final = (408, 429)  # RFC 9110 section 15.5.9, RFC 6585 section 4: the two refusals that pass by themselves


class Webhook:
    """Sends as long as it runs; `reach` says how it fares."""

    def __init__(self, target: Target, secret: Secret, outbox: Outbox, clock: Clock) -> None:
        self.reach = Reach(NAME, target.where, clock)
        self._target = target
        self._secret = secret
        self._outbox = outbox
        self._clock = clock
        self._cursor = self._settled = Cursor("", 0)
        self._settled_at = clock.now()
        self._new = asyncio.Event()
        self._unread: int | None = None  # alerts that were committed and not yet sent; None: who knows

    def hear(self, event: Event) -> None:
        """An event was committed: look what there is to send."""
        if event.event_class is EventClass.ALERT:
            self._unread = None if self._unread is None else self._unread + 1
            self.reach.waiting += 1
            self._new.set()

    async def run(self) -> None:
        """Until cancelled; `settle` afterwards."""
        figures = self._outbox.figures
        kept = await self._outbox.records(cursors.KIND)
        self._cursor = cursors.begin(kept.get(NAME), figures.stream, figures.head)
        await self.settle()
        while True:
            self._new.clear()
            if not await self._send_some():
                await self._rest()

    async def settle(self) -> None:
        """Write down how far we are."""
        if self._cursor != self._settled and self._cursor.stream:
            await self._outbox.commit((), [self._cursor.record(NAME)])
            self._settled, self._settled_at = self._cursor, self._clock.now()

    async def _rest(self) -> None:
        if self._clock.now().since(self._settled_at) > _SETTLE_S:
            await self.settle()
        try:
            async with asyncio.timeout(_LOOK_EVERY_S):
                await self._new.wait()
        except TimeoutError:
            return

    async def _send_some(self) -> bool:
        """Send what comes next, a few events; False when there is nothing more."""
        figures = self._outbox.figures
        if figures.head <= self._cursor.seq:
            self._unread = self.reach.waiting = 0
            return False
        if figures.first > self._cursor.seq + 1 and await self._lacking():
            await self._tell_forgotten(figures.first)
        rows = await self._rows(figures.head)
        self.reach.waiting = max(self.reach.waiting, len(rows))
        for row in rows:
            gap = read_gap(row.body) if row.event_class is EventClass.GAP else None
            if cursors.concerns_alerts(row, gap):
                await self._deliver(f"{self._cursor.stream}:{row.seq}", row.body)
            if row.event_class is EventClass.ALERT:
                self._unread = self._unread and self._unread - 1
                self.reach.waiting = max(0, self.reach.waiting - 1)
            self._cursor = self._cursor.at(row.seq)
        if len(rows) < _ROWS_AT_ONCE:
            self._cursor = self._cursor.at(figures.head)
        if rows:
            await self.settle()
        return len(rows) == _ROWS_AT_ONCE

    async def _rows(self, head: int) -> list[Row]:
        """The next alerts and gaps in their order; none above `head`: one may be read before an earlier of the other
        class is there."""
        after = self._cursor.seq
        alerts = await self._outbox.of_class(EventClass.ALERT, after, _ROWS_AT_ONCE)
        gaps = await self._outbox.of_class(EventClass.GAP, after, _ROWS_AT_ONCE)
        both = sorted([*alerts, *gaps], key=lambda row: row.seq)
        return [row for row in both if row.seq <= head][:_ROWS_AT_ONCE]

    async def _lacking(self) -> bool:
        """Whether alerts may be gone: fewer are there than were committed since all were sent."""
        alerts = await self._outbox.of_class(EventClass.ALERT, self._cursor.seq)
        return self._unread is None or len(alerts) < min(self._unread, ROWS_AT_ONCE)

    async def _tell_forgotten(self, first: int) -> None:
        """Say what the outbox has forgotten before we could send it, but for what its own gaps say."""
        due = await self._outbox.due(self._cursor.seq, first - 1)
        named = [each for row in due.ahead for each in read_gap(row.body).ranges]
        if ranges := cursors.forgotten(self._cursor, first, named):
            now, number = self._clock.now(), f"forgotten-{ranges[0][0]}-{ranges[-1][1]}"
            view = View(GAP_TYPE, GAP_TYPE, None, now, cursors.forgotten_data(ranges))
            await self._deliver(
                f"{self._cursor.stream}:view:{number}", view_bytes(self._outbox.origin, number, view, None, now)
            )
        self._cursor = self._cursor.at(first - 1)
        await self.settle()

    async def _deliver(self, id_: str, body: bytes) -> None:
        """Until it is taken, or refused for good."""
        while True:
            headers = signed(self._secret.reveal(), id_, self._clock.now().utc, body)
            try:
                answer = await post(self._target, "", (("Content-Type", CONTENT_TYPE), *headers), body)
            except NotTaken as why:
                await wire_pause(self.reach.failed(str(why)))
                continue
            if answer.taken:
                self.reach.took()
                return
            if 400 <= answer.status < 500 and answer.status not in _AGAIN:
                self.reach.skip(str(answer), id_)
                return
            await wire_pause(self.reach.failed(str(answer)))
