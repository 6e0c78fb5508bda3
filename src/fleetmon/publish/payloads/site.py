"""The site as a whole: what it watches, that it lives, how it is connected."""

from typing import Annotated

from pydantic import Field

from fleetmon.model.words import Contact, MachineKind, Silence, Unit
from fleetmon.publish.payloads.base import AsOf, Payload, Timestamp


class SourceInventory(Payload):
    """One source: as the settings describe it, with the driver that understood it; the address stays at the site."""

    name: str
    link: Annotated[str, Field(description="how it is asked: the scheme of its address, as snmp")]
    driver: Annotated[str | None, Field(description="null until one was named or found")]
    interval_s: Annotated[float, Field(description="how often it is asked")]


class MachineInventory(Payload):
    """What is watched under one id: `up/inventory/{machine}`. Told again when a driver or the unit is learnt."""

    machine: str
    name: Annotated[str | None, Field(description="what people call it")]
    kind: MachineKind
    line: str | None
    stage: Annotated[int | None, Field(ge=1, description="its place in the line; machines of one stage are parallel")]
    driver: Annotated[str | None, Field(description="the main source's")]
    unit: Annotated[Unit | None, Field(description="what `counters.produced.total` counts; null until it was heard")]
    sources: list[SourceInventory]
    as_of_seq: AsOf = None


class LineInventory(Payload):
    """A production line; which machine stands in which stage, each machine's own inventory says."""

    line: str
    name: Annotated[str | None, Field(description="what people call it")]
    stages: Annotated[int, Field(ge=1, description="how many")]
    buffers: Annotated[list[int], Field(description="documents that fit between each two stages, if it was said")]


class SiteInventory(Payload):
    """What a site watches: `up/inventory`; the machines themselves are told one by one, below it.

    The picture is whole when `machine_count` machines have told their inventory. A state without one is of a machine
    that is watched no more.
    """

    site: str
    machine_count: int
    lines: list[LineInventory]
    lines_omitted: Annotated[int, Field(description="lines for which there was no room; their machines name them")]
    hash: Annotated[str, Field(description="changes whenever the settings of a machine or line do")]
    versions: dict[str, str]
    as_of_seq: AsOf = None


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
    """`up/heartbeat`: the proof that the site lives; machines not named in `not_fresh` are as their state says.

    Where some are omitted for want of room, a machine that is not named is believed no longer than `valid_for_s` of its
    state.
    """

    time: Timestamp
    machines: MachineCounts
    not_fresh: list[NotFresh]
    not_fresh_omitted: int
    oldest_poll_s: Annotated[float | None, Field(description="age of the oldest answer of the machines that are live")]
    head_seq: Annotated[int, Field(description="the last event that was committed")]
    first_seq: Annotated[int, Field(description="the lowest still kept, to be had by `replay`; head + 1 if none is")]
    acked_seq: Annotated[int, Field(description="up to which event all have confirmed who must")]
    oldest_unacked_s: Annotated[float | None, Field(description="how long the next one has waited; null: none waits")]
    refused: Annotated[int, Field(description="topics that the broker refuses at present: nothing of them is lost yet")]
    holding_back: Annotated[list[str], Field(description="for whose confirmation the next one waits")]
    clock_synchronised: Annotated[bool | None, Field(description="whether something sets the clock; null: unknown")]
    certificate_days: Annotated[float | None, Field(description="until ours expires, below 0 since; null: no own one")]
    settings_refused_since: Annotated[
        Timestamp | None, Field(description="settings were read again and could not be used; the former ones go on")
    ]
    disk_free_mib: int | None
    loop_lag_s: Annotated[float, Field(description="how late the daemon itself was at worst since the last heartbeat")]
    interval_s: Annotated[float, Field(description="when to expect the next one")]
    stream: str


class Session(Payload):
    """`up/session`: online, offline (said on purpose) or lost (the broker's word, from our will)."""

    state: Annotated[str, Field(pattern="^(online|offline|lost)$")]
    session: Annotated[int, Field(description="counts connections; a `lost` with a lower number than the last is old")]
    stream: str
    bootid: str
    heartbeat_s: float
    versions: dict[str, str]
