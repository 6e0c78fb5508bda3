"""The uplink: one task that keeps a connection to the broker, for ever, and tells it what outbox and views hold.

The broker may be away for a second or a month and may come back without anything it ever knew; neither is an error
here. After each connect the session, all retained topics and then the events above the last confirmation are sent.
What consumers confirm is heard here and nowhere else; whatever else arrives is handed on, and nobody is waited for.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import structlog

from fleetmon.clock import Clock
from fleetmon.model.messages import Json, Record, View
from fleetmon.publish import contract
from fleetmon.publish.envelope import view_bytes
from fleetmon.publish.mqtt.backoff import Backoff
from fleetmon.publish.mqtt.carried import Carried
from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.reports import Reports, UplinkStatus
from fleetmon.publish.mqtt.sender import RETAINED, Sender
from fleetmon.publish.mqtt.trouble import Trouble, WireDown
from fleetmon.publish.mqtt.wire import Inbound, Wire
from fleetmon.publish.outbox import BROKER, Outbox
from fleetmon.publish.payloads import Session
from fleetmon.publish.replays import Replay
from fleetmon.publish.views import ViewTable

_FAREWELL_S: Final = 1.0
_HEARTBEAT_WORTH: Final = 4  # intervals: after that the site counts as lost, and its last heartbeat misleads

log = structlog.get_logger(__name__)


class Uplink:
    """`run` it as one task; `close` it to flush, say offline and end that task."""

    def __init__(
        self,
        plan: UplinkPlan,
        outbox: Outbox,
        clock: Clock,
        views: ViewTable,
        heartbeat: Callable[[], dict[str, Json]],
        inbound: Callable[[Inbound], object] | None = None,
    ) -> None:
        """`heartbeat` gives the payload when it is due; `inbound` is called with what arrives and must not block."""
        self._plan = plan
        self._outbox = outbox
        self._clock = clock
        self._views = views
        self._heartbeat = heartbeat
        self._inbound = inbound
        self._carried = Carried.begin(plan, outbox.figures)
        self._backoff = Backoff(plan)
        self._reports = Reports(plan, clock)
        self._wire: Wire | None = None
        self._sender: Sender | None = None
        self._session = 0
        self._sessions_told = 0
        self._flush_s = 0.0
        self._leaving = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        outbox.watch(self._wake)
        views.watch(self._wake)

    @property
    def status(self) -> UplinkStatus:
        """How the uplink fares now."""
        refusals = self._carried.refusals
        return replace(
            self._reports.status,
            rtt_s=self._sender.rtt_s if self._sender else None,
            refused=len(refusals),
            refusal=refusals.text,
            refusals=refusals.count,
            taken_over=self._backoff.taken_over,
            replays=self._carried.replays.waiting,
            confirmations=dict(self._carried.confirmations.heard),
        )

    @property
    def session(self) -> int:
        """The number of the connection that stands, or of the next one; 0 before the first."""
        return self._session

    def resync(self) -> None:
        """Everything retained is due again; without a connection it will be at the next one anyhow."""
        if self._wire is not None and self._sender is not None:
            with suppress(WireDown):  # lost just now: whoever listens to it will notice
                self._tell_session(self._wire, "online")
                self._tell_heartbeat(self._sender)
            self._sender.resync()

    def replay(self, first: int, last: int) -> Replay:
        """Send events `first` to `last` once more, as far as they are kept, when nothing newer is to be sent.

        The answer says what will be sent, or why nothing will. What was asked survives connections, not the process.
        """
        figures = self._outbox.figures
        replay = self._carried.replays.ask(first, last, figures.first, figures.head)
        self._wake()
        return replay

    async def run(self) -> None:
        """Keep connected until closed. All views that hold at the start must be in the table before.

        Raises OutboxError (in a group) when the database breaks; whatever the network does is not raised.
        """
        self._ended.clear()
        try:
            self._carried.published |= set(await self._outbox.records(RETAINED))
            self._session = int((await self._outbox.records("session")).get("counter", b"0"))
            await self._next_session()
            while not self._leaving.is_set():
                await self._connect_once()
        finally:
            self._ended.set()

    async def close(self, flush_s: float = 5.0) -> None:
        """Hand the broker what is left, but no longer than `flush_s`, say offline, disconnect, and let `run` return.

        Without a connection nothing is tried: what is in the outbox waits there for the next start.
        """
        self._flush_s = flush_s
        self._leaving.set()
        await self._ended.wait()
        if waiting := self._carried.replays.waiting:
            log.info("events that were to be sent once more are not; whoever lacks them asks again", replays=waiting)

    def _wake(self) -> None:
        if self._sender is not None:
            self._sender.wake()

    async def _connect_once(self) -> None:
        """Connect, serve until that ends, and wait as long as befits how it ended."""
        loop = asyncio.get_running_loop()
        trouble: Trouble | None = None
        connected, hung_up = None, False
        try:
            wire = Wire(self._plan, self._session_bytes("lost"))
            if await self._or_leave(wire.open()):
                connected = loop.time()
                trouble = await self._served(wire)
                hung_up = trouble is Trouble.CLOSED and wire.resumed and wire.hung_up
        except WireDown as down:
            self._reports.down(down)
            trouble = down.trouble
        if self._leaving.is_set():
            return
        thrown_off = self._backoff.taken_over
        pause_s = self._backoff.pause_s(trouble, loop.time() - connected if connected else 0.0, hung_up=hung_up)
        if trouble is Trouble.TAKEN_OVER or self._backoff.taken_over > thrown_off:
            self._reports.taken_over(pause_s)
        if connected:
            await self._next_session()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._leaving.wait()

    async def _or_leave(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether it was done before we were asked to leave; what it raises is raised."""
        working = asyncio.create_task(work)
        leaving = asyncio.create_task(self._leaving.wait())
        try:
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
            return working.done()
        finally:
            for task in (working, leaving):
                task.cancel()
            await asyncio.gather(working, leaving, return_exceptions=True)

    async def _served(self, wire: Wire) -> Trouble | None:
        """Serve over `wire`; why it broke, None when it was closed on purpose."""
        figures = self._outbox.figures
        self._reports.up(figures.head - figures.acked, wire.most_in_flight)
        trouble = None
        try:
            await self._serve(wire)
            with suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL_S):
                    await wire.close()
        except* WireDown as downs:
            down = _first(downs)
            self._reports.down(down)
            trouble = down.trouble
        finally:
            self._wire = self._sender = None
            wire.abandon()
        return trouble

    async def _serve(self, wire: Wire) -> None:
        self._wire = wire
        self._sender = sender = Sender(
            self._plan, wire, self._outbox, self._views, self._carried, self._clock, self._session
        )
        async with asyncio.TaskGroup() as tasks:
            self._tell_session(wire, "online")
            running = [
                tasks.create_task(self._listen(wire), name="uplink-inbound"),
                tasks.create_task(self._beat(sender), name="uplink-heartbeat"),
                tasks.create_task(sender.run(), name="uplink-sender"),
            ]
            await self._leaving.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._flush_s):
                    await sender.flushed()
            with suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL_S):
                    await self._tell_session(wire, "offline")
            for task in running:
                task.cancel()

    async def _listen(self, wire: Wire) -> None:
        """Hear what arrives, and, before anybody else does, that the connection is gone."""
        if self._plan.subscriptions or self._plan.standing:
            asked, standing = map(self._plan.down, self._plan.subscriptions), map(self._plan.down, self._plan.standing)
            for topic in await wire.subscribe(asked, standing):
                log.error("the broker refuses to let us listen", topic=topic)
        async for message in wire.messages():
            self._hear(message)

    def _hear(self, message: Inbound) -> None:
        figures, confirmations = self._outbox.figures, self._carried.confirmations
        named = {name: upto for name, upto in figures.acked_by.items() if name != BROKER}
        heard = confirmations.hear(message.topic, message.payload, figures.stream, figures.head, named)
        if heard is not None:
            self._reports.consumer(*heard)
            self._wake()
        elif self._inbound is not None:
            self._inbound(message)

    async def _beat(self, sender: Sender) -> None:
        while True:
            self._tell_heartbeat(sender)
            await self._clock.sleep(self._plan.heartbeat_s)

    def _tell_heartbeat(self, sender: Sender) -> None:
        worth_s = _HEARTBEAT_WORTH * self._plan.heartbeat_s / self._clock.rate
        now, data = self._clock.now(), self._heartbeat()
        sender.post(View("heartbeat", contract.HEARTBEAT, None, now, data, qos=0, expiry_s=worth_s))

    def _tell_session(self, wire: Wire, state: str) -> asyncio.Future[str | None]:
        return wire.post(self._plan.up("session"), self._session_bytes(state), qos=1, retain=True)

    def _session_bytes(self, state: str) -> bytes:
        now = self._clock.now()
        told = Session(
            state=state,
            session=self._session,
            stream=self._outbox.origin.stream,
            bootid=now.boot,
            heartbeat_s=self._plan.heartbeat_s,
            versions=dict(self._plan.versions),
        )
        view = View("session", contract.SESSION, None, now, contract.dump(told))
        self._sessions_told += 1
        return view_bytes(self._outbox.origin, f"{self._session}-{state}-{self._sessions_told}", view, None, now)

    async def _next_session(self) -> None:
        """A number for the next connection, kept before it is used: an old will must not look newer than a new life."""
        self._session += 1
        await self._outbox.commit((), [Record("session", "counter", str(self._session).encode())])


def _first(group: ExceptionGroup[WireDown]) -> WireDown:
    found = group.exceptions[0]
    return found if isinstance(found, WireDown) else _first(found)
