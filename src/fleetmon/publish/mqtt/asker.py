"""Somebody who asks a site one thing: a command goes out, its reply comes back, over a connection of its own.

The reply is a courtesy (`docs/commands.md`), so a missing one is no failure of the command; but whoever sits there must
learn what is known: that the broker denied the command or the reply's topic, or that nobody listens there (MQTT 5,
3.4.2.1: reason codes of a PUBACK, which the library below does not show).
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from fleetmon.clock import Clock
from fleetmon.errors import FleetmonError, in_words
from fleetmon.publish.mqtt.reader import Ear, ReaderPlan, check_granted, ear_down
from fleetmon.publish.mqtt.trouble import Trouble, WireDown

NOBODY: Final = 16  # "No matching subscribers"
_REFUSED_FROM: Final = 128
_NOBODY_PATIENCE_S: Final = 3.0


class NoReply(FleetmonError):
    """The command went out, and nothing came back in time; the text says what is known of why."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: where, with which body, where the reply is to go, how long it is awaited (seconds)."""

    topic: str
    body: bytes
    reply_topic: str
    correlation: bytes
    patience_s: float = 15.0


async def ask(plan: ReaderPlan, question: Question, clock: Clock) -> bytes:
    """The reply. `plan.topics` are not looked at. Raises WireDown where there is no connection, NoReply."""
    try:
        mouth = _Mouth(plan, plan.client_id or f"fleetmon-asker-{question.correlation.hex()[:8]}")
    except (OSError, ValueError) as unusable:
        raise WireDown(Trouble.TLS, f"certificate, key or authority: {in_words(unusable)}") from unusable
    try:
        async with mouth:
            check_granted(await mouth.subscribe(question.reply_topic, qos=1))
            await mouth.publish(question.topic, question.body, qos=1, properties=_properties(question))
            return await _reply(mouth, question)
    except aiomqtt.MqttError as error:
        raise ear_down(error, mouth, plan, clock) from error
    except UnicodeError as error:  # a host name that no DNS can hold
        raise WireDown(Trouble.NAME, str(error)) from error
    finally:
        mouth.leave()


async def _reply(mouth: "_Mouth", question: Question) -> bytes:
    if mouth.taken >= _REFUSED_FROM:
        raise WireDown(Trouble.DENIED, f"the broker does not let us publish to {question.topic}: {mouth.verdict}")
    nobody = mouth.taken == NOBODY
    patience_s = min(question.patience_s, _NOBODY_PATIENCE_S) if nobody else question.patience_s
    try:
        async with asyncio.timeout(patience_s):
            async for message in mouth.messages:
                if getattr(message.properties, "CorrelationData", None) == question.correlation:
                    return bytes(message.payload or b"")
    except TimeoutError:
        pass
    if nobody:
        raise NoReply(f"the broker knows nobody who listens to {question.topic}")
    raise NoReply(f"no reply within {patience_s:g} s")


def _properties(question: Question) -> Properties:
    """Nobody wants it carried out later than the reply is awaited: the broker drops it by then (MQTT 5, 3.3.2.3.3)."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ResponseTopic = question.reply_topic
    properties.CorrelationData = question.correlation
    properties.MessageExpiryInterval = max(1, round(question.patience_s))
    properties.PayloadFormatIndicator = 1
    return properties


class _Mouth(Ear):
    """An ear that also hears what the broker thinks of what it was told."""

    taken = 0
    verdict = ""

    def _on_publish(self, client: Any, userdata: Any, mid: int, reason_code: Any, properties: Any) -> None:
        self.taken, self.verdict = int(getattr(reason_code, "value", 0)), str(reason_code)
        super()._on_publish(client, userdata, mid, reason_code, properties)
