"""What goes over one connection, in which order: the present first, then the past.

Views overtake the backlog at every turn, and the backlog is handed over a window at a time, so a change is seen within
a round trip or two while a week of events drains. An event counts as confirmed when the broker took it with a reason
code of success (where the broker's word is enough) or when the outbox says that every consumer has it. A refusal
confirms nothing: the row is sent again later, and the log says once what was refused. If answers stop coming, the
connection is given up.
"""

import asyncio
from functools import partial
from typing import Final

import structlog

from fleetmon.clock import Clock
from fleetmon.model.messages import Record, View
from fleetmon.publish.envelope import view_bytes
from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.trouble import Trouble, WireDown
from fleetmon.publish.mqtt.wire import Wire
from fleetmon.publish.outbox import BROKER, Outbox, Row
from fleetmon.publish.views import Shown, ViewTable
from fleetmon.publish.window import Window

RETAINED: Final = "retained"  # the kind of record that says which retained topics this site has published
_SPARE: Final = 2  # of the broker's limit: for what is said of the session itself
_GAPS_AT_ONCE: Final = 50
_SETTLE_S: Final = 0.5  # a confirmation that is lost in a crash costs a repetition, a sync for each one costs the card
_NAP_S: Final = 1.0

log = structlog.get_logger(__name__)


class Sender:
    """Sends what is due over `wire` until cancelled or the wire breaks. `window` and `published` outlive it."""

    def __init__(
        self,
        plan: UplinkPlan,
        wire: Wire,
        outbox: Outbox,
        views: ViewTable,
        window: Window,
        published: set[str],
        clock: Clock,
    ) -> None:
        self._plan = plan
        self._wire = wire
        self._outbox = outbox
        self._views = views
        self._window = window
        self._published = published
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._views_out = self._rows_out = self._numbered = 0
        self._emptied: list[str] = []
        self._refusals: set[tuple[str, str]] = set()
        self._moved = self._settled = self._loop.time()
        self.session = 0
        self.rtt_s: float | None = None

    def wake(self) -> None:
        """Something may be due."""
        self._idle.clear()
        self._wake.set()

    async def flushed(self) -> None:
        """Return when everything committed is confirmed and every view is at the broker."""
        await self._idle.wait()

    async def run(self) -> None:
        """Raises WireDown when answers stop coming, OutboxError when the database breaks."""
        self._window.go_back()
        self._views.all_due(self._published, self._clock.now())
        await self._send_gaps()
        while True:
            self._wake.clear()
            await self._send_views()
            await self._send_rows()
            await self._settle()
            self._look_for_progress()
            if self._everything_done():
                self._idle.set()
            await self._nap()

    def _room(self) -> int:
        """How many more publishes may wait for their answer: what exceeds it would only queue in front of a view."""
        return max(0, self._wire.most_in_flight - _SPARE - self._views_out - self._rows_out)

    def post(self, view: View, as_of_seq: int | None = None) -> asyncio.Future[str | None]:
        """Send one view now, as it is."""
        self._numbered += 1
        number = f"{self.session}-{self._numbered}"
        payload = view_bytes(self._outbox.origin, number, view, as_of_seq, self._clock.now())
        return self._wire.post(
            self._plan.up(view.topic),
            payload,
            qos=view.qos,
            retain=view.retain,
            correlation=view.correlation,
            expiry_s=view.expiry_s,
        )

    async def _send_views(self) -> None:
        due = self._views.take(self._room())
        new = {each.view.topic for each in due if each.view.retain and each.view.data is not None} - self._published
        if new:
            # Noted before it is published: a crash in between leaves a topic to be emptied in vain, never an orphan.
            await self._outbox.commit((), [Record(RETAINED, topic, b"") for topic in sorted(new)])
            self._published |= new
        for shown in due:
            self._views_out += 1
            self.post(shown.view, shown.as_of_seq).add_done_callback(partial(self._view_answered, shown))

    def _view_answered(self, shown: Shown, answer: asyncio.Future[str | None]) -> None:
        if answer.cancelled():
            return
        self._views_out -= 1
        if refusal := answer.result():
            self._refused(shown.view.topic, refusal)
        elif shown.view.data is None and self._views.emptied(shown):
            self._emptied.append(shown.view.topic)
        self._wake.set()

    async def _send_gaps(self) -> None:
        for row in await self._outbox.gaps(self._window.acked, _GAPS_AT_ONCE):
            if self._room() and self._window.ahead(row.seq):
                self._post_row(row)

    async def _send_rows(self) -> None:
        room, stride = min(self._window.room, self._room()), min(self._plan.window, self._wire.most_in_flight) // 4
        if self._window.cursor >= self._outbox.figures.head or room < max(1, stride):
            return  # in strides: a read of the database for each single answer would cost more than it hastens
        for row in await self._outbox.pending(self._window.cursor, room):
            if not self._window.outstanding:
                self._moved = self._loop.time()
            if self._window.take(row.seq):
                self._post_row(row)

    def _post_row(self, row: Row) -> None:
        self._rows_out += 1
        answer = self._wire.post(self._plan.up("event"), row.body, qos=1, retain=False)
        answer.add_done_callback(partial(self._row_answered, row.seq, self._loop.time()))

    def _row_answered(self, seq: int, sent: float, answer: asyncio.Future[str | None]) -> None:
        if answer.cancelled():
            return
        self._rows_out -= 1
        now = self._loop.time()
        self.rtt_s = now - sent if self.rtt_s is None else 0.8 * self.rtt_s + 0.2 * (now - sent)
        if refusal := answer.result():
            self._refused("event", refusal)
        elif self._broker_counts and self._window.confirm(seq):
            self._moved = now
        self._wake.set()

    @property
    def _broker_counts(self) -> bool:
        return BROKER in self._outbox.figures.acked_by

    async def _settle(self) -> None:
        """Bring outbox and window to the same confirmation."""
        if self._window.confirm_all(self._outbox.figures.acked):
            self._moved = self._loop.time()
        if self._emptied:
            gone, self._emptied = self._emptied, []
            await self._outbox.commit((), [Record(RETAINED, topic, None) for topic in gone])
            self._published.difference_update(gone)
        late = self._loop.time() - self._settled >= _SETTLE_S
        if self._broker_counts and self._window.acked > self._outbox.figures.acked and (late or not self._rows_out):
            self._settled = self._loop.time()
            await self._outbox.acknowledge(BROKER, self._window.acked)

    def _look_for_progress(self) -> None:
        patience = max(self._plan.patience_s, 8 * (self.rtt_s or 0.0))
        if not self._window.outstanding or self._loop.time() - self._moved < patience:
            return
        if self._rows_out:
            raise WireDown(Trouble.STUCK, f"no answer from the broker for {patience:.0f} s")
        # Every answer is there, but refused, or a consumer does not confirm: once more, from the lowest.
        self._moved = self._loop.time()
        self._window.go_back()

    def _refused(self, topic: str, reason: str) -> None:
        kind = topic.partition("/")[0]
        if (kind, reason) not in self._refusals:
            self._refusals.add((kind, reason))
            log.error("the broker refuses what we publish", topic=self._plan.up(topic), reason=reason)

    def _everything_done(self) -> bool:
        figures = self._outbox.figures
        return figures.acked >= figures.head and not (self._views.due or self._views_out or self._emptied)

    async def _nap(self) -> None:
        try:
            async with asyncio.timeout(_NAP_S):
                await self._wake.wait()
        except TimeoutError:
            return
