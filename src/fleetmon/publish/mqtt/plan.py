"""What the uplink is told by the settings: plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fleetmon.publish.mqtt.tls import Tls
from fleetmon.publish.window import SIZE
from fleetmon.secret import Secret


@dataclass(frozen=True, slots=True)
class UplinkPlan:
    """The broker, who we are to it, and the patience to have. Seconds are those of the world, but for `heartbeat_s`.

    `subscriptions` are below our `down/`, as `cmd/#`; so is what is `standing`, where only the latest message counts
    and is retained: there `Inbound.retained` says that it is an old one, and none wait for us while we are away. With
    `properties` each message carries its content type. A broker keeps a will back no longer than the session lives
    (MQTT 5, 3.1.3.2.2), so the larger of `session_expiry_s` and `will_delay_s` is asked for. After another client of
    our name has thrown us off we stay away for `takeover_s`.
    """

    site: str
    host: str
    port: int = 8883
    tls: Tls | None = None
    username: str | None = None
    password: Secret | None = None
    client_id: str | None = None
    root: str = "fleetmon"
    keepalive_s: int = 30
    session_expiry_s: int = 300
    will_delay_s: int = 20
    timeout_s: float = 5.0
    backoff_cap_s: float = 4.0
    takeover_s: float = 30.0
    patience_s: float = 10.0
    heartbeat_s: float = 30.0
    window: int = SIZE
    subscriptions: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    properties: bool = True
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def up(self, topic: str) -> str:
        """The whole name of a topic that this site may write."""
        return f"{self.root}/v1/{self.site}/up/{topic}"

    def down(self, topic: str) -> str:
        """The whole name of a topic that this site may read."""
        return f"{self.root}/v1/{self.site}/down/{topic}"

    @property
    def broker(self) -> str:
        """Where the broker is, for people."""
        return f"{self.host}:{self.port}"
