"""aiomqtt's client, made to tell what it keeps to itself: reason codes, a broker's limits, its last words.

It reaches into callbacks that are private there, hence the upper bound of its version; hooks that a later one no
longer calls cost the reason codes, not the connection.
"""

import asyncio
import logging
import socket
import ssl
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

import aiomqtt
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties

from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.properties import Stamp, connect_properties, publish_properties, will_properties
from fleetmon.publish.mqtt.trouble import wire_down

# More than a window of events and some views; the broker's own limit counts where it is lower.
_IN_FLIGHT: Final = 150
_PACKET_ROOM: Final = 256  # topic, properties and header of a publish


class LastWords(logging.Handler):
    """Keeps what the library last complained of: for a refused certificate the only trace there is."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


class Client(aiomqtt.Client):
    """For one connection."""

    sees_reasons: Final = hasattr(aiomqtt.Client, "_on_publish")

    def __init__(self, plan: UplinkPlan, will: bytes) -> None:
        self._tells_type = plan.properties
        self.last_words = LastWords()
        logger = logging.Logger("fleetmon.mqtt", logging.WARNING)  # noqa: LOG001  # its own: nobody else listens to it
        logger.addHandler(self.last_words)
        self.answers: dict[int, asyncio.Future[str | None]] = {}
        self.most = _IN_FLIGHT
        self.resumed = False
        self.largest: int | None = None
        self._given_up = False
        context = plan.tls.context() if plan.tls else None
        super().__init__(
            plan.host,
            plan.port,
            username=plan.username,
            password=plan.password.reveal() if plan.password else None,
            logger=logger,
            identifier=plan.client_id or plan.site,
            protocol=aiomqtt.ProtocolVersion.V5,
            will=aiomqtt.Will(plan.up("session"), will, 1, True, will_properties(plan)),
            timeout=plan.timeout_s,
            keepalive=plan.keepalive_s,
            clean_start=False,
            max_inflight_messages=_IN_FLIGHT,
            properties=connect_properties(plan),
            tls_context=context,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        self._client.connect_timeout = plan.timeout_s
        if context is not None:
            self._client._ssl_wrap_socket = partial(shake_hands, context, plan.host, plan.timeout_s)  # type: ignore[method-assign]
        self.pending_calls_threshold = _IN_FLIGHT

    def _on_connect(self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None) -> None:
        self.most = min(_IN_FLIGHT, getattr(properties, "ReceiveMaximum", _IN_FLIGHT))
        self.resumed = bool(getattr(flags, "session_present", False))
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
        self, topic: str, payload: bytes, qos: int, retain: bool, stamp: Stamp | None
    ) -> asyncio.Future[str | None]:
        """Hand over to the socket's buffer now; the future is the broker's answer."""
        properties = publish_properties(stamp) if payload and self._tells_type else None
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

    async def _post_blindly(
        self, topic: str, payload: bytes, qos: int, retain: bool, properties: Properties | None
    ) -> str | None:
        await self.publish(topic, payload, qos, retain, properties)
        return None

    def abandon(self) -> None:
        """Close the socket without a word, so that the broker sends our will."""
        self._client._sock_close()

    def give_up(self) -> None:
        """Nobody waits for the connection any more; the thread that is making it may take its time."""
        self._given_up = True
        self._loop.call_soon(self.abandon)

    def _client_connect(self) -> None:
        super()._client_connect()
        if self._given_up:
            self._loop.call_soon_threadsafe(self.abandon)


def shake_hands(context: ssl.SSLContext, host: str, timeout_s: float, plain: socket.socket) -> ssl.SSLSocket:
    """What the library does as well; but a handshake that failed would leave its socket open there."""
    with ExitStack() as undo:
        secured = undo.enter_context(context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False))
        secured.settimeout(timeout_s)
        secured.do_handshake()
        undo.pop_all()
    return secured
