"""One connection to a broker: MQTT 5 through aiomqtt, with what aiomqtt 2 does not show brought to light.

The traps, each met in practice, and what is done about them here:

- A client object used for a second connection re-sends publishes that had already failed: one object, one connection.
- A publish that the broker denied returns like any other: reason codes are taken from the callback below `publish`.
- A publish does not notice that the connection is gone: whoever waits listens to `messages` as well, which does.
- A refused certificate shows only as a time-out: a connection closed before it was accepted fails at once, with the
  last words of TLS.
- A broker's limits on packets in flight and on their size are announced, but the library ignores them: not here.
- A socket may be closed, and its number be another's, before the event loop gets to write to it: it is looked at then.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import aiomqtt
from paho.mqtt.subscribeoptions import SubscribeOptions

from fleetmon.errors import in_words
from fleetmon.publish.mqtt.client import Client
from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.properties import Stamp
from fleetmon.publish.mqtt.trouble import Trouble, WireDown, wire_down


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message from below our `down/`; `retained` when it was published so, or, where one stands, when it is old."""

    topic: str
    payload: bytes
    retained: bool
    response_topic: str | None
    correlation: bytes | None


class Wire:
    """One connection. `open` it, `post`, listen to `messages`; `close` it politely or `abandon` it."""

    def __init__(self, plan: UplinkPlan, will: bytes) -> None:
        """`will` is what the broker shall say in `up/session` when we are gone. Raises WireDown for bad TLS files."""
        try:
            self._client = Client(plan, will)
        except (OSError, ValueError) as unusable:
            raise WireDown(Trouble.TLS, f"certificate, key or authority: {in_words(unusable)}") from unusable

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
            self._client.give_up()
            raise

    @property
    def resumed(self) -> bool:
        """Whether the broker still had our session (MQTT 5 Session Present, 3.2.2.1.1)."""
        return self._client.resumed

    @property
    def hung_up(self) -> bool:
        """Whether nobody said a word about why the connection ended."""
        return not self._client.last_words.text

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
        stamp: Stamp | None = None,
    ) -> asyncio.Future[str | None]:
        """Send now; the result is None when the broker has taken it, else why it refused. Raises WireDown.

        Nobody answers after the connection is lost: the one who waits must listen to `messages` as well.
        """
        return self._client.post(topic, payload, qos, retain, stamp)

    async def subscribe(self, topics: Iterable[str], standing: Iterable[str] = ()) -> list[str]:
        """Ask for topics; those the broker refuses, as far as it says so. Raises WireDown."""
        # Retain as published (MQTT 5, 3.8.3.1): else the broker calls what it retains new, for as long as we listen.
        each = SubscribeOptions(qos=1, retainAsPublished=True)
        # Of what stands, that flag is to say that it is old; and with QoS 0 no old ones are kept for us one by one.
        latest = SubscribeOptions(qos=0)
        asked = [*((topic, each) for topic in topics), *((topic, latest) for topic in standing)]
        try:
            codes = await self._client.subscribe(asked)
        except aiomqtt.MqttError as error:
            raise wire_down(error, self._client.last_words.text) from error
        return [topic for (topic, _), code in zip(asked, codes, strict=False) if getattr(code, "is_failure", False)]

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
