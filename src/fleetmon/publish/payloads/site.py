"""The site as a whole: what it watches, that it lives, how it is connected."""

from typing import Annotated

from pydantic import Field

from fleetmon.model.words import Contact, MachineKind, Silence
from fleetmon.publish.payloads.base import Payload, Timestamp


class SourceInventory(Payload):
    """One source as the settings describe it; the address stays at the site."""

    name: str
    link: str
    driver: str | None
    interval_s: float


class MachineInventory(Payload):
    """What is watched under one id: `up/inventory/{machine}`."""

    machine: str
    kind: MachineKind
    line: str | None
    sources: list[SourceInventory]


class SiteInventory(Payload):
    """What a site watches: `up/inventory`. `hash` changes whenever any machine's inventory does."""

    site: str
    machines: list[str]
    machine_count: int
    lines: dict[str, list[list[str]]]
    hash: str
    versions: dict[str, str]


class MachineCounts(Payload):
    """How many machines are in which contact."""

    total: int
    live: int
    stale: int
    lost: int
    awaited: int
    asleep: int


class NotFresh(Payload):
    """A machine whose state does not hold now, and since when it has not answered."""

    machine: str
    contact: Contact
    why: Silence | None
    since: Timestamp | None


class Heartbeat(Payload):
    """`up/heartbeat`: the proof that the site lives; machines not named in `not_fresh` are as their state says."""

    time: Timestamp
    interval_s: float
    stream: str
    head_seq: int
    acked_seq: int
    oldest_unacked_s: float | None
    loop_lag_s: float
    disk_free_mib: int | None
    oldest_poll_s: float | None
    machines: MachineCounts
    not_fresh: list[NotFresh]
    not_fresh_omitted: int


class Session(Payload):
    """`up/session`: online, offline (said on purpose) or lost (the broker's word, from our will)."""

    state: Annotated[str, Field(pattern="^(online|offline|lost)$")]
    session: Annotated[int, Field(description="counts connections; a `lost` with a lower number than the last is old")]
    stream: str
    bootid: str
    heartbeat_s: float
    versions: dict[str, str]
