"""Somebody who only listens: a room, or a person at a terminal, with an identity of its own.

It never publishes and leaves no will, nobody waits for it, so it asks for QoS 0: with a usual broker's queue limit a
fresh subscriber at QoS 1 was handed 1 020 of 5 000 retained messages, at QoS 0 all of them; of larger ones even then
not all, so what is missed can be asked for `again`. Each connection is a new client object, as everywhere here. A
broker that is away is no error: it is told, and tried again.
"""

import asyncio
import logging
import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from fleetmon.clock import Clock
from fleetmon.errors import in_words
from fleetmon.publish.mqtt.client import LastWords, shake_hands
from fleetmon.publish.mqtt.tls import Tls, suspicion
from fleetmon.publish.mqtt.trouble import Trouble, WireDown, wire_down
from fleetmon.secret import Secret

LARGEST_PACKET: Final = 1024 * 1024
_REFUSED_FROM: Final = 128  # MQTT 5 section 2.4: reason codes from here on are failures
_FIRST_PAUSE_S: Final = 0.5
_WAITING_AT_MOST: Final = 200_000


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """The broker, what to listen to (whole topic filters), and who we are to it. Seconds are those of the world."""

    host: str
    port: int
    topics: tuple[str, ...]
    tls: Tls | None = None
    username: str | None = None
    password: Secret | None = None
    client_id: str | None = None
    keepalive_s: int = 30
    timeout_s: float = 5.0
    backoff_cap_s: float = 4.0


class Reader:
    """`run` it as one task. `hear` gets topic, payload and whether it was retained; `connected` is called before the
    first message of a connection, `lost` with the reason when one ends or cannot be made. None of them may block."""

    def __init__(
        self,
        plan: ReaderPlan,
        clock: Clock,
        hear: Callable[[str, bytes, bool], None],
        connected: Callable[[], None],
        lost: Callable[[WireDown], None],
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._hear = hear
        self._connected = connected
        self._lost = lost
        self._again: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self._name = plan.client_id or f"fleetmon-reader-{uuid.uuid4().hex[:8]}"

    async def run(self) -> None:
        """Listen until cancelled, whatever the network does."""
        failures = 0
        while True:
            client = self._client()
            failures = 0 if client and await self._listen(client) else failures + 1
            longest = min(self._plan.backoff_cap_s, _FIRST_PAUSE_S * 2 ** min(failures, 10))
            await self._clock.sleep(random.uniform(0, longest) * self._clock.rate)

    def again(self, topics: tuple[str, ...]) -> None:
        """Have the broker send once more what it has kept of these topics."""
        self._again.put_nowait(topics)

    def _client(self) -> "Ear | None":
        try:
            return Ear(self._plan, self._name)
        except (OSError, ValueError) as unusable:
            self._lost(WireDown(Trouble.TLS, f"certificate, key or authority: {in_words(unusable)}"))
            return None

    async def _listen(self, client: "Ear") -> bool:
        """Until the connection ends; whether there was one."""
        heard = False
        try:
            async with client:
                codes = await client.subscribe([(topic, 0) for topic in self._plan.topics])
                check_granted(codes)
                heard = True
                self._connected()
                asking = asyncio.create_task(self._ask_again(client), name="reader-again")
                try:
                    async for message in client.messages:
                        self._hear(message.topic.value, bytes(message.payload or b""), bool(message.retain))
                finally:
                    asking.cancel()
                    await asyncio.wait([asking])
        except aiomqtt.MqttError as error:
            self._lost(ear_down(error, client, self._plan, self._clock))
        except WireDown as down:
            self._lost(down)
        except UnicodeError as error:  # a host name that no DNS can hold
            self._lost(WireDown(Trouble.NAME, str(error)))
        finally:
            client.leave()
        return heard

    async def _ask_again(self, client: "Ear") -> None:
        """A filter of its own for what is wanted again, and away with it, so that nothing is heard twice for long."""
        while True:
            topics = await self._again.get()
            with suppress(aiomqtt.MqttError):  # whoever listens to the messages hears of a lost connection
                await client.subscribe([(topic, 0) for topic in topics])
                if more := [topic for topic in topics if topic not in self._plan.topics]:
                    await client.unsubscribe(more)


def ear_down(error: aiomqtt.MqttError, client: "Ear", plan: ReaderPlan, clock: Clock) -> WireDown:
    """Why a connection ended or could not be made; a certificate of ours that cannot be good is named first."""
    down = wire_down(error, client.last_words.text)
    suspected = suspicion(plan.tls, clock.now().utc)
    trouble = Trouble.TLS if suspected else down.trouble
    return WireDown(trouble, "; ".join(filter(None, (str(down), suspected))))


def check_granted(codes: object) -> None:
    """A broker that grants none of the topics would only be silent. Raises WireDown."""
    answers = [getattr(code, "value", code) for code in codes] if isinstance(codes, list | tuple) else []
    if answers and all(isinstance(code, int) and code >= _REFUSED_FROM for code in answers):
        raise WireDown(Trouble.DENIED, "the broker lets us read none of the topics")


class Ear(aiomqtt.Client):
    """aiomqtt's client for one connection; the callback that is overridden is private there."""

    def __init__(self, plan: ReaderPlan, name: str) -> None:
        """Raises OSError or ValueError for files of TLS that cannot be used."""
        self.last_words = LastWords()
        logger = logging.Logger("fleetmon.reader", logging.WARNING)  # noqa: LOG001  # its own: nobody else listens to it
        logger.addHandler(self.last_words)
        context = plan.tls.context() if plan.tls else None
        super().__init__(
            plan.host,
            plan.port,
            username=plan.username,
            password=plan.password.reveal() if plan.password else None,
            logger=logger,
            identifier=name,
            protocol=aiomqtt.ProtocolVersion.V5,
            timeout=plan.timeout_s,
            keepalive=plan.keepalive_s,
            clean_start=True,
            max_queued_incoming_messages=_WAITING_AT_MOST,
            properties=_connect_properties(),
            tls_context=context,
        )
        self._client.connect_timeout = plan.timeout_s
        if context is not None:
            shake = partial(shake_hands, context, plan.host, plan.timeout_s)
            self._client._ssl_wrap_socket = shake  # type: ignore[method-assign]

    def _on_disconnect(self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None) -> None:
        if flags.is_disconnect_packet_from_server or str(reason_code) != "Unspecified error":
            self.last_words.text = str(reason_code)
        if not self._connected.done():
            self._connected.set_exception(aiomqtt.MqttError("closed before it was accepted"))
        super()._on_disconnect(client, userdata, flags, reason_code, properties)
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()  # looked at: nobody may be listening when it happens

    def leave(self) -> None:
        """Close the socket, if it is open still."""
        with suppress(OSError):
            self._client._sock_close()


def _connect_properties() -> Properties:
    """No broker sends us what we could not hold (MQTT 5 section 3.1.2.11.4)."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = LARGEST_PACKET
    return properties
