"""What goes over one connection, in which order: the present first, then the past, then what is asked for once more.

Views overtake the backlog at every turn, and the backlog is handed over a window at a time and no faster than the line
carries it, so a change is seen within a round trip or two while a week of events drains. If answers stop coming, the
connection is given up. What the broker refuses is tried again every ten seconds; once it takes one such topic, the
others follow.
"""

import asyncio
from functools import partial
from typing import Final

import structlog

from fleetmon.clock import Clock
from fleetmon.model.messages import Record, View
from fleetmon.publish.envelope import view_bytes
from fleetmon.publish.mqtt.carried import Carried
from fleetmon.publish.mqtt.events import EVENT, EventSender
from fleetmon.publish.mqtt.flow import Flow
from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.properties import Stamp
from fleetmon.publish.mqtt.wire import Wire
from fleetmon.publish.outbox import Outbox
from fleetmon.publish.views import Shown, ViewTable

RETAINED: Final = "retained"  # the kind of record that says which retained topics this site has published
_TRY_AGAIN_S: Final = 10.0
_NAP_S: Final = 1.0

log = structlog.get_logger(__name__)


class Sender:
    """Sends what is due over `wire` until cancelled or the wire breaks. `carried` outlives it."""

    def __init__(
        self,
        plan: UplinkPlan,
        wire: Wire,
        outbox: Outbox,
        views: ViewTable,
        carried: Carried,
        clock: Clock,
        session: int,
    ) -> None:
        self._plan = plan
        self._wire = wire
        self._outbox = outbox
        self._views = views
        self._carried = carried
        self._clock = clock
        self._session = session
        self._flow = Flow(plan, wire, self.wake)
        self._events = EventSender(plan, self._flow, outbox, carried, clock)
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._numbered = self._views_out = 0
        self._emptied: list[str] = []
        self._tried = self._loop.time()

    @property
    def rtt_s(self) -> float | None:
        """How long an answer takes at present; None before the first one."""
        return self._flow.rtt_s

    def wake(self) -> None:
        """Something may be due."""
        self._idle.clear()
        self._wake.set()

    async def flushed(self) -> None:
        """Return when the broker has everything that may be sent, each view and each event."""
        await self._idle.wait()

    def resync(self) -> None:
        """Everything retained is due again."""
        self._views.all_due(self._carried.published, self._clock.now())
        self.wake()

    async def run(self) -> None:
        """Raises WireDown when answers stop coming, OutboxError when the database breaks."""
        self.resync()
        while True:
            self._wake.clear()
            await self._events.settle()
            await self._forget_emptied()
            await self._send_views()
            await self._events.send()
            self._flow.look_for_answers()
            self._events.look_for_progress()
            self._try_refused()
            if self._events.done and not (self._views.due or self._views_out or self._emptied):
                self._idle.set()
            await self._nap()

    def post(self, view: View) -> None:
        """Send one view now, as it is and without waiting for an answer."""
        payload, stamp = self._written(Shown(view, None))
        self._wire.post(self._plan.up(view.topic), payload, qos=view.qos, retain=view.retain, stamp=stamp)

    def _written(self, shown: Shown) -> tuple[bytes, Stamp | None]:
        view = shown.view
        self._numbered += 1
        number = f"{self._session}-{self._numbered}"
        payload = view_bytes(self._outbox.origin, number, view, shown.as_of_seq, self._clock.now())
        return payload, Stamp(view.correlation, view.expiry_s) if view.correlation or view.expiry_s else None

    async def _send_views(self) -> None:
        due, published = self._views.take(self._flow.room()), self._carried.published
        new = {each.topic for each in due if each.retain and not each.empties} - published
        if new:
            # Noted before it is published: a crash in between leaves a topic to be emptied in vain, never an orphan.
            await self._outbox.commit((), [Record(RETAINED, topic, b"") for topic in sorted(new)])
            published |= new
        for shown in due:
            self._views_out += 1
            payload, stamp = self._written(shown)
            answered = partial(self._answered, shown)
            self._flow.send(shown.topic, payload, answered, retain=shown.retain, stamp=stamp)

    def _answered(self, shown: Shown, refusal: str | None) -> None:
        self._views_out -= 1
        if refusal:
            self._refused(shown.view, refusal)
            return
        self._taken(shown.topic)
        if shown.empties and self._views.emptied(shown):
            self._emptied.append(shown.topic)

    async def _forget_emptied(self) -> None:
        if self._emptied:
            gone, self._emptied = self._emptied, []
            await self._outbox.commit((), [Record(RETAINED, topic, None) for topic in gone])
            self._carried.published.difference_update(gone)

    # Refusals

    def _refused(self, view: View, reason: str) -> None:
        if self._carried.refusals.refused(view.topic, reason):
            log.error("the broker refuses what we publish", topic=self._plan.up(view.topic), reason=reason)
        if not view.retain:
            self._carried.refusals.forget(view.topic)  # a reply is not worth another try

    def _taken(self, topic: str) -> None:
        refusals = self._carried.refusals
        if topic not in refusals:
            return
        for each in refusals.taken(topic):
            self._views.again(each)
        if not len(refusals):
            log.info("the broker takes again what it had refused", topic=self._plan.up(topic))

    def _try_refused(self) -> None:
        now, refusals = self._loop.time(), self._carried.refusals
        if not len(refusals) or now - self._tried < min(_TRY_AGAIN_S, self._plan.patience_s):
            return
        self._tried = now
        self._events.try_refused()
        topic = refusals.next_try(but=EVENT)
        if topic is not None and not self._views.again(topic):
            refusals.forget(topic)
        self._wake.set()

    async def _nap(self) -> None:
        try:
            async with asyncio.timeout(min(_NAP_S, self._plan.patience_s)):
                await self._wake.wait()
        except TimeoutError:
            return
