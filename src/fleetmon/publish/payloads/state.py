"""What is true of one machine now: the retained state, and the parts it is made of."""

from typing import Annotated

from pydantic import Field

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
from fleetmon.publish.payloads.base import AsOf, Payload, Percent, Timestamp


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
    severity: Severity
    text: str | None
    part: str | None
    since: Annotated[Timestamp | None, Field(description="when we first heard of it")]
    actor: Actor | None
    fault_class: Annotated[ReasonClass, Field(alias="class")]
    codes: Annotated[list[str], Field(description="what the vendor said, verbatim")]
    extension: Annotated[bool, Field(description="the keyword is ours, not registered with IANA")]
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
    percent: Percent | None
    level: int | None
    capacity: int | None
    unit: Unit | None
    quality: Quality
    raw: RawLevelData


class SupplyData(Payload):
    """A supply; for class `filled` the level is the room left."""

    part: str
    kind: SupplyKind
    description: str | None
    percent: Percent | None
    level: int | None
    capacity: int | None
    unit: Unit | None
    quality: Quality
    colour: str | None
    supply_class: Annotated[SupplyClass | None, Field(alias="class")]
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
    state: Annotated[State, Field(description="what the machine says of itself; unknown while the line to it is lost")]
    contact: Annotated[Contact, Field(description="of the line to it; awaited or lost: the rest is of old")]
    headline: Annotated[str | None, Field(description="the reason to show where only one fits")]
    asleep: bool
    faults: Annotated[list[FaultData], Field(description="all that stand, as the machine lists them")]
    console: Annotated[list[str], Field(description="what its own display says")]
    notices: list[NoticeData]
    counters: CountersData
    supplies: list[SupplyData]
    inputs: list[InputData]
    kind: MachineKind | None
    identity: IdentityData
    driver: Annotated[str | None, Field(description="the main source's")]
    sources: list[SourceData]
    uptime_s: float | None
    observed_at: Annotated[Timestamp | None, Field(description="when any source last answered before this was told")]
    valid_for_s: Annotated[
        float | None,
        Field(description="how long after `observed_at` it holds without heartbeats; with them, until one names it"),
    ]
    as_of_seq: AsOf = None
