"""The uplink: one task that keeps a connection to the broker, for ever, and tells it what outbox and views hold.

The broker may be away for a second or a month and may come back without anything it ever knew; neither is an error
here. After each connect the session, all retained topics and then the events above the last confirmation are sent.

How soon a broker is found again is a promise (all retained topics right within 10 s of its return), so the pause
between two attempts is capped at 4 s: an attempt that began just before the return may have to time out first (5 s).
A thousand sites then ask a dead broker 500 times a second, which a refused connection is cheap enough for.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import structlog

from fleetmon.clock import Clock
from fleetmon.model.messages import Json, Record, View
from fleetmon.model.report import At
from fleetmon.publish import contract
from fleetmon.publish.envelope import view_bytes
from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.sender import RETAINED, Sender
from fleetmon.publish.mqtt.tls import suspicion
from fleetmon.publish.mqtt.trouble import Trouble, WireDown
from fleetmon.publish.mqtt.wire import Inbound, Wire
from fleetmon.publish.outbox import Outbox
from fleetmon.publish.payloads import Session
from fleetmon.publish.views import ViewTable
from fleetmon.publish.window import Window

_FIRST_PAUSE_S: Final = 1.0
_STABLE_S: Final = 60.0  # a connection that lasted so long ends the backing off
_FAREWELL_S: Final = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UplinkStatus:
    """Whether there is a connection, since when that is so, why there is none, and the round trip of an event."""

    connected: bool
    since: At
    trouble: Trouble | None = None
    text: str = ""
    rtt_s: float | None = None


class Uplink:
    """`run` it as one task; `close` it to flush, say offline and end that task."""

    def __init__(
        self,
        plan: UplinkPlan,
        outbox: Outbox,
        clock: Clock,
        views: ViewTable,
        heartbeat: Callable[[], dict[str, Json]],
        inbound: Callable[[Inbound], None] | None = None,
    ) -> None:
        """`heartbeat` gives the payload when it is due; `inbound` is called with what arrives and must not block."""
        self._plan = plan
        self._outbox = outbox
        self._clock = clock
        self._views = views
        self._heartbeat = heartbeat
        self._inbound = inbound
        self._window = Window(outbox.figures.acked, plan.window)
        self._sender: Sender | None = None
        self._published: set[str] = set()
        self._session = 0
        self._attempts = 0
        self._flush_s = 0.0
        self._leaving = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._said: set[Trouble] = set()
        self._status = UplinkStatus(False, clock.now())
        outbox.watch(self._wake)
        views.watch(self._wake)

    @property
    def status(self) -> UplinkStatus:
        """How the uplink fares now."""
        return replace(self._status, rtt_s=self._sender.rtt_s if self._sender else None)

    @property
    def session(self) -> int:
        """The number of the connection that stands, or of the next one; 0 before the first."""
        return self._session

    async def run(self) -> None:
        """Keep connected until closed. All views that hold at the start must be in the table before.

        Raises OutboxError (in a group) when the database breaks; whatever the network does is not raised.
        """
        self._ended.clear()
        try:
            self._published |= set(await self._outbox.records(RETAINED))
            self._session = int((await self._outbox.records("session")).get("counter", b"0"))
            await self._next_session()
            while not self._leaving.is_set():
                await self._connect_once()
                await self._pause()
        finally:
            self._ended.set()

    async def close(self, flush_s: float = 5.0) -> None:
        """Send what is left, but no longer than `flush_s`, say offline, disconnect, and let `run` return."""
        self._flush_s = flush_s
        self._leaving.set()
        await self._ended.wait()

    def _wake(self) -> None:
        if self._sender is not None:
            self._sender.wake()

    async def _connect_once(self) -> None:
        self._attempts += 1
        try:
            wire = Wire(self._plan, self._session_bytes("lost"))
            await wire.open()
        except WireDown as down:
            self._say_down(down)
            return
        self._say_up()
        connected = asyncio.get_running_loop().time()
        try:
            await self._serve(wire)
            await wire.close()
        except* WireDown as downs:
            self._say_down(_first(downs))
        finally:
            self._sender = None
            wire.abandon()
            if asyncio.get_running_loop().time() - connected >= _STABLE_S:
                self._attempts = 0
        await self._next_session()

    async def _serve(self, wire: Wire) -> None:
        sender = Sender(self._plan, wire, self._outbox, self._views, self._window, self._published, self._clock)
        sender.session = self._session
        self._sender = sender
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
        if self._inbound is not None and self._plan.subscriptions:
            await wire.subscribe(tuple(self._plan.down(topic) for topic in self._plan.subscriptions))
        async for message in wire.messages():
            if self._inbound is not None:
                self._inbound(message)

    async def _beat(self, sender: Sender) -> None:
        while True:
            beat = View("heartbeat", contract.HEARTBEAT, None, self._clock.now(), self._heartbeat(), qos=0)
            sender.post(beat)
            await self._clock.sleep(self._plan.heartbeat_s)

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
        return view_bytes(self._outbox.origin, f"{self._session}-{state}", view, None, now)

    async def _next_session(self) -> None:
        """A number for the next connection, kept before it is used: an old will must not look newer than a new life."""
        self._session += 1
        await self._outbox.commit((), [Record("session", "counter", str(self._session).encode())])

    async def _pause(self) -> None:
        longest = min(self._plan.backoff_cap_s, _FIRST_PAUSE_S * 2 ** min(self._attempts - 1, 10))
        with suppress(TimeoutError):
            async with asyncio.timeout(random.uniform(0, longest)):
                await self._leaving.wait()

    def _say_up(self) -> None:
        now = self._clock.now()
        waiting = self._outbox.figures.head - self._outbox.figures.acked
        if self._said:
            away_s = round(now.since(self._status.since))
            log.info("uplink is back", after_s=away_s, broker=self._plan.broker, waiting=waiting)
        else:
            log.info("uplink is up", broker=self._plan.broker, waiting=waiting)
        self._said.clear()
        self._status = UplinkStatus(True, now)

    def _say_down(self, down: WireDown) -> None:
        """One line when the connection goes, one for each new reason why it does not come back, and no more."""
        now = self._clock.now()
        suspected = suspicion(self._plan.tls, now.utc)
        # With TLS 1.3 a refused certificate may arrive as nothing but a closed connection (RFC 8446 section 2).
        trouble = Trouble.TLS if suspected else down.trouble
        text = "; ".join(filter(None, (str(down), suspected)))
        if self._status.connected:
            log.warning("uplink is lost", why=trouble.value, text=text, broker=self._plan.broker)
        elif trouble not in self._said:
            log.warning("no uplink", why=trouble.value, text=text, broker=self._plan.broker)
        self._said.add(trouble)
        since = now if self._status.connected else self._status.since
        self._status = UplinkStatus(False, since, trouble, text)


def _first(group: ExceptionGroup[WireDown]) -> WireDown:
    found = group.exceptions[0]
    return found if isinstance(found, WireDown) else _first(found)
