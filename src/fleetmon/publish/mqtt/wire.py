"""One connection to a broker: MQTT 5 through aiomqtt, with what aiomqtt 2 does not show brought to light.

The traps, each met in practice, and what is done about them here:

- A client object used for a second connection re-sends publishes that had already failed: one object, one connection.
- A publish that the broker denied returns like any other: reason codes are taken from the callback below `publish`.
- A publish does not notice that the connection is gone: whoever waits listens to `messages` as well, which does.
- A refused certificate shows only as a time-out: a connection closed before it was accepted fails at once, with the
  last words of TLS.
- A broker's limits on packets in flight and on their size are announced, but the library ignores them: not here.
- A socket may be closed, and its number be another's, before the event loop gets to write to it: it is looked at then.

Hooks that a later aiomqtt no longer calls cost the reason codes, not the connection.
"""

import asyncio
import logging
import math
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import aiomqtt
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from fleetmon.publish.envelope import CONTENT_TYPE
from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.trouble import Trouble, WireDown, wire_down

# More than a window of events and some views; the broker's own limit counts where it is lower.
_IN_FLIGHT: Final = 150
_PACKET_ROOM: Final = 256  # topic, properties and header of a publish


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message from below our `down/`; `retained` when it is an old one, kept by the broker."""

    topic: str
    payload: bytes
    retained: bool
    response_topic: str | None
    correlation: bytes | None


class _LastWords(logging.Handler):
    """Keeps what the library last complained of: for a refused certificate the only trace there is."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


class _Client(aiomqtt.Client):
    """aiomqtt's client with callbacks overridden; their names are private, hence the upper bound of its version."""

    sees_reasons: Final = hasattr(aiomqtt.Client, "_on_publish")

    def __init__(self, plan: UplinkPlan, will: bytes) -> None:
        self._tells_type = plan.properties
        self.last_words = _LastWords()
        logger = logging.Logger("fleetmon.mqtt", logging.WARNING)  # noqa: LOG001  # its own: nobody else listens to it
        logger.addHandler(self.last_words)
        self.answers: dict[int, asyncio.Future[str | None]] = {}
        self.most = _IN_FLIGHT
        self.largest: int | None = None
        super().__init__(
            plan.host,
            plan.port,
            username=plan.username,
            password=plan.password.reveal() if plan.password else None,
            logger=logger,
            identifier=plan.client_id or plan.site,
            protocol=aiomqtt.ProtocolVersion.V5,
            will=aiomqtt.Will(plan.up("session"), will, 1, True, _will_properties(plan)),
            timeout=plan.timeout_s,
            keepalive=plan.keepalive_s,
            clean_start=False,
            max_inflight_messages=_IN_FLIGHT,
            properties=_connect_properties(plan),
            tls_context=plan.tls.context() if plan.tls else None,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        self._client.connect_timeout = plan.timeout_s
        self.pending_calls_threshold = _IN_FLIGHT

    def _on_connect(self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None) -> None:
        self.most = min(_IN_FLIGHT, getattr(properties, "ReceiveMaximum", _IN_FLIGHT))
        self.largest = getattr(properties, "MaximumPacketSize", None)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None) -> None:
        if flags.is_disconnect_packet_from_server or str(reason_code) != "Unspecified error":
            self.last_words.text = str(reason_code)
        if not self._connected.done():
            self._connected.set_exception(aiomqtt.MqttError("closed before it was accepted"))
        super()._on_disconnect(client, userdata, flags, reason_code, properties)
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()  # looked at: nobody may be listening when it happens

    def _on_publish(self, client: Any, userdata: Any, mid: int, reason_code: Any, properties: Any) -> None:
        answer = self.answers.pop(mid, None)
        if answer is not None and not answer.done():
            answer.set_result(str(reason_code) if reason_code.is_failure else None)
        super()._on_publish(client, userdata, mid, reason_code, properties)

    def _on_socket_register_write(self, client: Any, userdata: Any, sock: Any) -> None:
        def register() -> None:
            if sock.fileno() >= 0:
                self._loop.add_writer(sock.fileno(), client.loop_write)

        self._loop.call_soon_threadsafe(register)

    def post(
        self, topic: str, payload: bytes, qos: int, retain: bool, extra: Properties | None
    ) -> asyncio.Future[str | None]:
        """Hand over to the socket's buffer now; the future is the broker's answer."""
        properties = (extra or _JSON) if payload and self._tells_type else None
        if not self.sees_reasons:
            return asyncio.ensure_future(self._post_blindly(topic, payload, qos, retain, properties))
        answer: asyncio.Future[str | None] = self._loop.create_future()
        if self.largest is not None and len(topic) + len(payload) + _PACKET_ROOM > self.largest:
            answer.set_result(f"{len(payload)} bytes are more than this broker takes ({self.largest})")
            return answer
        info = self._client.publish(topic, payload, qos, retain, properties)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise wire_down(aiomqtt.MqttCodeError(info.rc), self.last_words.text)
        if qos == 0:
            answer.set_result(None)
        else:
            self.answers[info.mid] = answer
        return answer

    async def _post_blindly(self, topic: str, payload: bytes, qos: int, retain: bool, properties: Any) -> str | None:
        await self.publish(topic, payload, qos, retain, properties)
        return None

    def abandon(self) -> None:
        """Close the socket without a word, so that the broker sends our will."""
        self._client._sock_close()


class Wire:
    """One connection. `open` it, `post`, listen to `messages`; `close` it politely or `abandon` it."""

    def __init__(self, plan: UplinkPlan, will: bytes) -> None:
        """`will` is what the broker shall say in `up/session` when we are gone. Raises WireDown for bad TLS files."""
        try:
            self._client = _Client(plan, will)
        except (OSError, ValueError) as unusable:
            raise WireDown(Trouble.TLS, f"certificate, key or authority: {unusable}") from unusable

    async def open(self) -> None:
        """Connect. Raises WireDown."""
        try:
            await self._client.__aenter__()
        except aiomqtt.MqttError as error:
            self._client.abandon()
            raise wire_down(error, self._client.last_words.text) from error
        except UnicodeError as error:  # a host name that no DNS can hold
            raise WireDown(Trouble.NAME, str(error)) from error
        except asyncio.CancelledError:
            self._client.abandon()
            raise

    @property
    def most_in_flight(self) -> int:
        """How many QoS 1 publishes the broker wants unanswered at most (MQTT 5 Receive Maximum, 3.2.2.3.3)."""
        return self._client.most

    def post(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int,
        retain: bool,
        correlation: bytes | None = None,
        expiry_s: float | None = None,
    ) -> asyncio.Future[str | None]:
        """Send now; the result is None when the broker has taken it, else why it refused. Raises WireDown.

        Nobody answers after the connection is lost: the one who waits must listen to `messages` as well. A reply
        carries the `correlation` of its request, and a broker throws away after `expiry_s` what nobody fetched.
        """
        extra = None if correlation is None and expiry_s is None else _publish_properties(correlation, expiry_s)
        return self._client.post(topic, payload, qos, retain, extra)

    async def subscribe(self, topics: tuple[str, ...]) -> None:
        """Ask for topics with QoS 1, and to be told of each message whether it is retained. Raises WireDown."""
        # Retain as published (MQTT 5, 3.8.3.1): else the broker calls what it retains new, for as long as we listen.
        options = SubscribeOptions(qos=1, retainAsPublished=True)
        try:
            await self._client.subscribe([(topic, options) for topic in topics])
        except aiomqtt.MqttError as error:
            raise wire_down(error, self._client.last_words.text) from error

    async def messages(self) -> AsyncIterator[Inbound]:
        """What arrives; never ends but with WireDown, as soon as the connection is lost."""
        try:
            async for message in self._client.messages:
                properties = message.properties
                yield Inbound(
                    message.topic.value,
                    bytes(message.payload),
                    message.retain,
                    getattr(properties, "ResponseTopic", None),
                    getattr(properties, "CorrelationData", None),
                )
        except aiomqtt.MqttError as error:
            raise wire_down(error, self._client.last_words.text) from error

    async def close(self) -> None:
        """Say goodbye: the broker drops our will."""
        try:
            await self._client.__aexit__(None, None, None)
        except aiomqtt.MqttError:
            self._client.abandon()

    def abandon(self) -> None:
        """Leave without a word."""
        self._client.abandon()


def _connect_properties(plan: UplinkPlan) -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = max(plan.session_expiry_s, plan.will_delay_s)
    return properties


def _will_properties(plan: UplinkPlan) -> Properties:
    properties = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
    properties.WillDelayInterval = plan.will_delay_s
    if plan.properties:
        properties.ContentType = CONTENT_TYPE
        properties.PayloadFormatIndicator = 1
    return properties


def _publish_properties(correlation: bytes | None = None, expiry_s: float | None = None) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = CONTENT_TYPE
    properties.PayloadFormatIndicator = 1
    if correlation is not None:
        properties.CorrelationData = correlation
    if expiry_s is not None:
        properties.MessageExpiryInterval = math.ceil(expiry_s)
    return properties


_JSON: Final = _publish_properties()
