"""What became different: the durable events, each readable without any other."""

from typing import Annotated, TypeAlias

from pydantic import Field

from fleetmon.model.messages import EventClass
from fleetmon.model.words import Contact, Silence, State, Unit
from fleetmon.publish.gaps import Loss
from fleetmon.publish.payloads.base import Payload
from fleetmon.publish.payloads.state import FaultData, NoticeData

Range: TypeAlias = Annotated[list[int], Field(min_length=2, max_length=2, description="first and last")]


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
    ranges: list[Range]
    classes: dict[EventClass, int]
    former_stream: str | None = None
    former_head: int | None = None
