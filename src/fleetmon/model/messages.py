"""What a step of the monitor wants told: durable events and retained views, still without sequence or bytes.

An `Event` becomes one row of the durable stream; a `View` replaces what its topic said before. Both carry data that is
already plain JSON (str, int, float, bool, None, list, dict), so that the outbox can make the bytes final at insert.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

from fleetmon.model.frozen import dataclass
from fleetmon.model.report import At

Json: TypeAlias = "str | int | float | bool | None | list[Json] | dict[str, Json]"


class EventClass(StrEnum):
    """What an event is about; when the outbox is full, classes are dropped in this order, gaps never."""

    COUNT = "count"
    REPORT = "report"
    STATE = "state"
    FAULT = "fault"
    ALERT = "alert"
    AUDIT = "audit"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Event:
    """One fact for the durable stream; `type` as in `fleetmon.fault.raised.v1`, `subject` the machine or None."""

    event_class: EventClass
    type: str
    subject: str | None
    at: At
    data: dict[str, Json]


@dataclass(frozen=True, slots=True)
class View:
    """The latest truth of one retained topic below `up/`; `data` None empties it (decommissioned).

    A reply is one too, but not retained: `correlation` is what its request asked to be repeated (MQTT 5, 3.3.2.3.6),
    and the broker forgets it after `expiry_s` seconds.
    """

    topic: str
    type: str
    subject: str | None
    at: At
    data: dict[str, Json] | None
    qos: int = 1
    retain: bool = True
    expiry_s: float | None = None
    correlation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """State that must survive a restart; `body` None forgets it."""

    kind: str
    id: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one step produced. Events and records are committed together, then the views go out.

    `ask` names machines that should be asked at once: what they said is worth a second look.
    """

    events: tuple[Event, ...] = ()
    views: tuple[View, ...] = ()
    records: tuple[Record, ...] = ()
    ask: tuple[str, ...] = ()

    @classmethod
    def of(cls, outcomes: "Iterable[Outcome]") -> "Outcome":
        """Several steps as one, in order."""
        steps = list(outcomes)
        if len(steps) == 1:
            return steps[0]
        return cls(
            tuple(event for step in steps for event in step.events),
            tuple(view for step in steps for view in step.views),
            tuple(record for step in steps for record in step.records),
            tuple(machine for step in steps for machine in step.ask),
        )
