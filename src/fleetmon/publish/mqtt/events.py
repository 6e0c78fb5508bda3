"""The stream over one connection: what is new, what a consumer lacks, and what was asked for once more.

An event counts as confirmed when the broker took it with a reason code of success (where the broker's word is enough)
or when every consumer has said that it stored it. Consumers need not be equally quick: the window follows the one who
is furthest, so that one who is away holds nobody up, and who stays behind is sent what it lacks once more, a window at
a time, at growing intervals for as long as it does not move.

A refusal confirms nothing. While the broker refuses events, one is tried every ten seconds, until it is taken.
"""

import asyncio
from functools import partial
from typing import Final

import structlog

from fleetmon.clock import Clock
from fleetmon.publish.mqtt.carried import Carried, Lane
from fleetmon.publish.mqtt.flow import Flow
from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.properties import Stamp
from fleetmon.publish.outbox import BROKER, Outbox, Row

EVENT: Final = "event"
_STRIDES: Final = 8  # to a window: a read of the database for each single answer would cost more than it hastens
_KEPT: Final = 8  # one of so many that may be unanswered is kept for views
_REPLAYED_AT_ONCE: Final = 20
_SETTLE_S: Final = 0.5  # a confirmation that is lost in a crash costs a repetition, a sync for each one costs the card

log = structlog.get_logger(__name__)


class EventSender:
    """Each method does a part of the sender's turn."""

    def __init__(self, plan: UplinkPlan, flow: Flow, outbox: Outbox, carried: Carried, clock: Clock) -> None:
        self._plan = plan
        self._flow = flow
        self._outbox = outbox
        self._carried = carried
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._out = 0
        self._settled = self._loop.time()
        self._refused_at = float("-inf")
        self._may_try = True
        for lane in (carried.live, carried.late):
            lane.restart(self._loop.time())
        carried.replays.go_back()

    async def send(self) -> None:
        """What is due, as far as there is room for it, the newest needs first."""
        await self._send_lane(self._carried.live, self._outbox.figures.head)
        await self._send_late()
        await self._send_replays()

    async def _send_late(self) -> None:
        """What the last consumer lacks of what the first one has, once waiting for it was in vain."""
        late, reach = self._carried.late, self._carried.live.window.acked
        if late.window.cursor >= reach:
            late.at_rest = True
        if not late.at_rest and EVENT not in self._carried.refusals:
            await self._send_lane(late, reach)

    async def _send_lane(self, lane: Lane, upto: int) -> None:
        window, room = lane.window, min(lane.window.room, self._room())
        stride = min(self._plan.window, self._flow.allowed) // _STRIDES if self._out else 1
        if window.cursor >= upto or room < max(1, stride):
            return
        due = await self._outbox.due(window.cursor, upto, room)
        if not window.outstanding:
            lane.patience.wait(self._loop.time())
        for row in (*due.ahead, *due.rows):
            if not self._room():
                return
            if window.ahead(row.seq) if row.seq > due.reach else window.take(row.seq):
                self._post(row, lane)
        window.read_to(due.reach)

    async def _send_replays(self) -> None:
        replays, live = self._carried.replays, self._carried.live.window
        if (span := replays.span) is None or (live.room and live.cursor < self._outbox.figures.head):
            return  # what is new goes first
        room = min(_REPLAYED_AT_ONCE - replays.outstanding, self._room() // 2 or self._room())
        if room <= 0:
            return
        due = await self._outbox.due(*span, room)
        for row in (*due.ahead, *due.rows):
            if not self._room():
                return
            if replays.take(row.seq, ahead=row.seq > due.reach):
                self._post(row, None)
        replays.read_to(due.reach)

    def _room(self) -> int:
        if EVENT in self._carried.refusals:
            return 1 if self._may_try and not self._out else 0
        return self._flow.room(kept=self._flow.allowed // _KEPT)

    def _post(self, row: Row, lane: Lane | None) -> None:
        self._out += 1
        self._may_try = False
        now = self._loop.time()
        stamp = Stamp(sent_ms=round(self._clock.now().utc * 1000))
        self._flow.send(EVENT, row.body, partial(self._answered, row.seq, now, lane), retain=False, stamp=stamp)

    def _answered(self, seq: int, sent: float, lane: Lane | None, refusal: str | None) -> None:
        self._out -= 1
        if refusal:
            self._refused(refusal, lane)
            return
        if EVENT in self._carried.refusals and sent > self._refused_at:
            self._carried.refusals.taken(EVENT)
            log.info("the broker takes events again", topic=self._plan.up(EVENT))
        if lane is None:
            self._carried.replays.answered(seq)
        elif lane is self._carried.live and self._broker_counts and lane.window.confirm(seq):
            lane.patience.begin(self._loop.time())

    def _refused(self, reason: str, lane: Lane | None) -> None:
        self._refused_at = self._loop.time()
        if self._carried.refusals.refused(EVENT, reason):
            log.error("the broker refuses what we publish", topic=self._plan.up(EVENT), reason=reason)
        if lane is None:
            self._carried.replays.go_back()

    def try_refused(self) -> None:
        """Let one event be tried."""
        if EVENT in self._carried.refusals and not self._out:
            self._carried.live.window.go_back()
            self._may_try = True

    # Confirmations, and their absence

    @property
    def _broker_counts(self) -> bool:
        return BROKER in self._outbox.figures.acked_by

    async def settle(self) -> None:
        """Write down what was confirmed, and bring outbox and windows to the same confirmation."""
        for consumer, upto in self._carried.confirmations.take().items():
            await self._outbox.acknowledge(consumer, upto)
            if self._outbox.figures.acked_by.get(consumer, upto) < upto:
                self._carried.confirmations.keep(consumer, upto)  # a full disk refuses; nobody says it twice
        live, late, now = self._carried.live, self._carried.late, self._loop.time()
        if self._carried.confirmations.said_again():
            live.patience.seen()
            late.patience.seen()
        in_time = now - self._settled >= _SETTLE_S or not self._out
        if self._broker_counts and live.window.acked > self._outbox.figures.acked and in_time:
            self._settled = now
            await self._outbox.acknowledge(BROKER, live.window.acked)
        live.confirmed(self._outbox.figures.furthest, now)
        late.confirmed(self._outbox.figures.acked, now)
        if done := self._carried.replays.finished():
            log.info("events were sent once more, as asked", first=done.first, last=done.last)

    def look_for_progress(self) -> None:
        """Go back when nobody confirms what the broker has taken."""
        now, rtt_s = self._loop.time(), self._flow.rtt_s or 0.0
        live, late = self._carried.live, self._carried.late
        if late.window.acked >= live.window.acked:
            late.patience.begin(now)
        if self._out:
            return
        if live.window.outstanding and live.patience.spent(now, rtt_s):
            live.go_back(now)
        if late.patience.spent(now, rtt_s):
            late.go_back(now)

    @property
    def done(self) -> bool:
        """Whether the broker has everything that may be sent, and what it confirmed is written down."""
        live, head = self._carried.live.window, self._outbox.figures.head
        sent = live.cursor >= head or not live.room or EVENT in self._carried.refusals
        return sent and not self._out and not (self._broker_counts and live.acked > self._outbox.figures.acked)
