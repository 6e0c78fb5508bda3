"""The uplink to the broker: the only room that knows aiomqtt and paho.

`uplink` keeps the connection, `sender` decides what goes over it next, `wire` is one connection, `trouble` names what
ended it, `tls` and `plan` are what it is told.
"""

from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.tls import Tls
from fleetmon.publish.mqtt.trouble import Trouble
from fleetmon.publish.mqtt.uplink import Uplink, UplinkStatus
from fleetmon.publish.mqtt.wire import Inbound

__all__ = ["Inbound", "Tls", "Trouble", "Uplink", "UplinkPlan", "UplinkStatus"]
