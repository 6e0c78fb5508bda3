"""The uplink to the broker: the only room that knows aiomqtt and paho.

`uplink` keeps the connection, `backoff` waits for the next, `sender` decides what goes over one and `events` what of
the stream; `carried` is what one hands to the next. `flow` keeps the accounts of a `wire`, which is one connection
through a `client`. `trouble` names what ended it, `reports` tell people, `tls` and `plan` are what the uplink is told.
A `reader` only listens, an `asker` asks a site one thing.
"""

from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.reports import UplinkStatus
from fleetmon.publish.mqtt.tls import Tls
from fleetmon.publish.mqtt.trouble import Trouble
from fleetmon.publish.mqtt.uplink import Uplink
from fleetmon.publish.mqtt.wire import Inbound

__all__ = ["Inbound", "Tls", "Trouble", "Uplink", "UplinkPlan", "UplinkStatus"]
