"""What a room shows: plain facts, the same whether they came over MQTT from many sites or from the daemon next door."""

from dataclasses import dataclass

from fleetmon.assess.presence import Flag, MachinePresence, MachineWhy, SitePresence, SiteWhy
from fleetmon.assess.together import CommonCause


@dataclass(frozen=True, slots=True)
class FaultPicture:
    """A fault that stands, `since` in RFC 3339."""

    reason: str
    severity: str
    part: str | None
    text: str | None
    since: str | None


@dataclass(frozen=True, slots=True)
class SupplyPicture:
    """The supply that is lowest."""

    name: str
    percent: float


@dataclass(frozen=True, slots=True)
class MachinePicture:
    """One machine. `state` and what follows it is what was last said; whether it holds, `presence` says.

    `silence` and `silent_since`: why it does not answer, and since when. None: nothing was told.
    """

    machine: str
    kind: str
    line: str | None
    presence: MachinePresence
    why: MachineWhy
    state: str | None = None
    asleep: bool = False
    headline: str | None = None
    faults: tuple[FaultPicture, ...] = ()
    silence: str | None = None
    silent_since: str | None = None
    observed_at: str | None = None
    model: str | None = None
    driver: str | None = None
    produced: int | None = None
    unit: str | None = None
    lowest: SupplyPicture | None = None


@dataclass(frozen=True, slots=True)
class UplinkPicture:
    """The site's connection to the broker, known only at the site itself."""

    broker: str
    connected: bool
    since: str
    trouble: str | None
    text: str


@dataclass(frozen=True, slots=True)
class WayPicture:
    """A way out beside the broker, known only at the site itself; `failing_since` None: it takes what it is sent."""

    target: str
    where: str
    failing_since: str | None
    why: str


@dataclass(frozen=True, slots=True)
class SitePicture:
    """One site. `silent_s`: since it was last heard live; `heartbeat_at`: when it last beat, by its own clock.

    `expected` machines stand in its inventory, None before that was heard; `machines` are those that are known, by
    id; `whole`: all that the site tells of itself has arrived. `unsynced`: nothing sets its clock; `skew_s`: by how
    much that is ahead of ours. `here`: it is the site of this computer, asked at its control socket.
    """

    site: str
    presence: SitePresence
    why: SiteWhy
    silent_s: float | None
    flags: tuple[Flag, ...] = ()
    heartbeat_at: str | None = None
    heartbeat_s: float | None = None
    expected: int | None = None
    waiting: int | None = None
    oldest_waiting_s: float | None = None
    unsynced: bool = False
    skew_s: float | None = None
    settings_refused_since: str | None = None
    version: str | None = None
    here: bool = False
    whole: bool = False
    uplink: UplinkPicture | None = None
    ways: tuple[WayPicture, ...] = ()
    machines: tuple[MachinePicture, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomPicture:
    """All sites by name, what some may have in common, how many messages could not be read, and what the last was."""

    sites: tuple[SitePicture, ...]
    cause: CommonCause | None = None
    unreadable: int = 0
    last_unreadable: str = ""
