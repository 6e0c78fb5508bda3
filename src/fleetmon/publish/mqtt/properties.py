"""The properties of MQTT 5 that go with our packets (MQTT 5, 2.2.2.2). A broker that trips over them gets the least."""

import math
from dataclasses import dataclass
from typing import Final

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from fleetmon.publish.envelope import CONTENT_TYPE
from fleetmon.publish.mqtt.plan import UplinkPlan

# What a broker may send us. Confirmations and commands are small, and larger ones are refused when they are read; but
# mosquitto 2.0.11 counts what it drops for its size as under way, and after twenty of them delivers nothing more until
# we connect again. So the limit is far above what anybody sends by mistake, and guards the memory only.
LARGEST_INBOUND: Final = 1024 * 1024
MOST_INBOUND: Final = 100


@dataclass(frozen=True, slots=True)
class Stamp:
    """What goes beside a payload: whom it answers, how long it is worth something, when it was sent (ms since 1970)."""

    correlation: bytes | None = None
    expiry_s: float | None = None
    sent_ms: int | None = None


def connect_properties(plan: UplinkPlan) -> Properties:
    """How long our session is kept, and how much we take at a time."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = max(plan.session_expiry_s, plan.will_delay_s)
    properties.MaximumPacketSize = LARGEST_INBOUND
    properties.ReceiveMaximum = MOST_INBOUND
    return properties


def will_properties(plan: UplinkPlan) -> Properties:
    """When our will is due, and what it is."""
    properties = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
    properties.WillDelayInterval = plan.will_delay_s
    if plan.properties:
        properties.ContentType = CONTENT_TYPE
        properties.PayloadFormatIndicator = 1
    return properties


def publish_properties(stamp: Stamp | None) -> Properties:
    """What a payload is, and its stamp."""
    if stamp is None:
        return _BARE
    properties = _bare()
    if stamp.correlation is not None:
        properties.CorrelationData = stamp.correlation
    if stamp.expiry_s is not None:
        properties.MessageExpiryInterval = math.ceil(stamp.expiry_s)
    if stamp.sent_ms is not None:
        properties.UserProperty = [("sent", str(stamp.sent_ms))]
    return properties


def _bare() -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = CONTENT_TYPE
    properties.PayloadFormatIndicator = 1
    return properties


_BARE: Final = _bare()
