"""The site at one glance, for whoever looks at a hundred of them: `up/summary`."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from fleetmon.model.words import MachineKind, ReasonClass, Severity, State
from fleetmon.publish.payloads.alerts import AlertCounts, PlannedStopData
from fleetmon.publish.payloads.base import AsOf, Payload, Timestamp
from fleetmon.publish.payloads.site import MachineCounts


class Production(StrEnum):
    """Whether documents can be made.

    Running: all machines of all lines are able. Degraded: documents come out, but some machine or line stands still or
    is not heard. Stopped: every line has a stage of which all machines say that they stand still.
    """

    RUNNING = "running"
    DEGRADED = "degraded"
    STOPPED = "stopped"


class WorstFault(Payload):
    """The fault to show where only one fits, of all machines that are heard now."""

    machine: str
    reason: str
    fault_class: Annotated[ReasonClass, Field(alias="class")]
    severity: Severity
    since: Timestamp


class KindCounts(Payload):
    """Machines of one kind: `able` are idle or at work, `stopped` say so, of the rest nothing is known now."""

    total: int
    able: int
    stopped: int


class Summary(Payload):
    """`up/summary`: a machine that is not heard now counts with state unknown, and its faults do not count."""

    production: Annotated[
        Production | None,
        Field(description="as far as the lines of the settings tell; null: without lines, or unknown"),
    ]
    alerts: AlertCounts
    worst: WorstFault | None
    faults: Annotated[dict[Severity, int], Field(description="how many stand, by severity")]
    states: Annotated[dict[State, int], Field(description="how many machines say so")]
    machines: MachineCounts
    kinds: dict[MachineKind, KindCounts]
    planned_stops: Annotated[list[PlannedStopData], Field(description="those that hold, the first to end first")]
    planned_stops_omitted: int
    as_of_seq: AsOf = None
