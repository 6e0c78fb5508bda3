"""The payloads of every topic and event as models: what subscribers may rely on, and where the JSON Schemas come from.

A payload says null where nothing is known, never 0 or "". Additions are minor; a field is never given a new meaning
within version 1.
"""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from fleetmon.model.messages import EventClass
from fleetmon.model.words import (
    Actor,
    Contact,
    MachineKind,
    Quality,
    ReasonClass,
    Severity,
    Silence,
    State,
    SupplyClass,
    SupplyKind,
    Unit,
)
from fleetmon.publish.gaps import Loss

Timestamp: TypeAlias = Annotated[str, Field(description="RFC 3339, UTC, milliseconds")]
Percent: TypeAlias = Annotated[float, Field(ge=0, le=100)]


class Payload(BaseModel):
    """Base of all payload models."""

    model_config = ConfigDict(frozen=True, use_enum_values=True)


class IdentityData(Payload):
    """Who the machine says it is."""

    maker: str | None
    model: str | None
    serial: str | None
    firmware: str | None
    name: str | None


class FaultData(Payload):
    """One fault that stands; identity is (reason, part)."""

    reason: str
    fault_class: Annotated[ReasonClass, Field(alias="class")]
    severity: Severity
    extension: Annotated[bool, Field(description="the keyword is ours, not registered with IANA")]
    codes: Annotated[list[str], Field(description="what the vendor said, verbatim")]
    text: str | None
    part: str | None
    actor: Actor | None
    since: Annotated[Timestamp | None, Field(description="when we first heard of it")]
    device_since: Annotated[Timestamp | None, Field(description="when the machine says it began")]


class NoticeData(Payload):
    """Something the machine said that is no fault."""

    code: str
    keyword: str
    severity: Severity
    text: str | None


class RawLevelData(Payload):
    """The two numbers as the machine gave them; -1 no restriction, -2 unknown, -3 some left (RFC 3805)."""

    level: int | None
    capacity: int | None


class InputData(Payload):
    """Where blank media wait."""

    part: str
    description: str | None
    unit: Unit | None
    capacity: int | None
    level: int | None
    percent: Percent | None
    quality: Quality
    raw: RawLevelData


class SupplyData(Payload):
    """A supply; for class `filled` the level is the room left."""

    part: str
    kind: SupplyKind
    supply_class: Annotated[SupplyClass | None, Field(alias="class")]
    description: str | None
    colour: str | None
    unit: Unit | None
    capacity: int | None
    level: int | None
    percent: Percent | None
    quality: Quality
    raw: RawLevelData


class ProducedData(Payload):
    """What the machine has made since it was first seen plus what it had made before; never goes back."""

    total: int
    unit: Unit | None


class CountersData(Payload):
    """The counters of a machine."""

    produced: ProducedData | None


class SourceData(Payload):
    """One way we hear a machine, and how it fares."""

    name: str
    driver: str | None
    contact: Contact
    heard_at: Timestamp | None
    why: Annotated[Silence | None, Field(description="why there was no answer, while there is none")]


class StateData(Payload):
    """The latest normalised snapshot of one machine: `up/state/{machine}` and `probe --json`."""

    machine: str | None
    kind: MachineKind | None
    sources: list[SourceData]
    driver: str | None
    contact: Contact
    asleep: bool
    state: State
    headline: Annotated[str | None, Field(description="the reason to show where only one fits")]
    observed_at: Timestamp | None
    valid_for_s: float | None
    as_of_seq: int | None = None
    identity: IdentityData
    faults: list[FaultData]
    notices: list[NoticeData]
    supplies: list[SupplyData]
    inputs: list[InputData]
    counters: CountersData
    console: list[str]
    uptime_s: float | None


class FaultChange(Payload):
    """A fault was raised, changed or cleared; `stood_s` how long it has stood."""

    machine: str
    fault: FaultData
    state: State
    stood_s: float


class StateChange(Payload):
    """The state of a machine changed."""

    machine: str
    before: State
    state: State
    asleep: bool
    headline: str | None


class ContactChange(Payload):
    """The line to a machine changed; `silent_s` how long it has been or was silent."""

    machine: str
    before: Contact
    contact: Contact
    why: Silence | None
    text: str | None
    silent_s: float | None


class ProductionCount(Payload):
    """Progress since the last count; at most one a machine and minute."""

    machine: str
    made: int
    total: int
    unit: Unit | None
    over_s: Annotated[float | None, Field(description="the time in which `made` were made, as far as it is known")]


class MachineReplaced(Payload):
    """Another serial number answers under the same id: counters start anew, nothing is credited."""

    machine: str
    before: str
    serial: str


class NoticeSeen(Payload):
    """The machine said something new that is no fault."""

    machine: str
    notice: NoticeData


class GapData(Payload):
    """Events that will never come, and why. `ranges` are of this stream, inclusive; `count` is null if nobody knows."""

    loss: Loss
    count: int | None
    ranges: list[tuple[int, int]]
    classes: dict[EventClass, int]
    former_stream: str | None = None
    former_head: int | None = None


class MachineInventory(Payload):
    """What is watched under one id: `up/inventory/{machine}`."""

    machine: str
    kind: MachineKind
    line: str | None
    sources: list["SourceInventory"]


class SourceInventory(Payload):
    """One source as the settings describe it; the address stays at the site."""

    name: str
    link: str
    driver: str | None
    interval_s: float


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
