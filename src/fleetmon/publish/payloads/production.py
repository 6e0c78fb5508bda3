"""What the lines of a site do: `up/line/{line}`."""

from typing import Annotated

from pydantic import Field

from fleetmon.model.words import Activity, LineState
from fleetmon.publish.payloads.base import AsOf, Payload, Timestamp


class DoingData(Payload):
    """What one machine of the line does, and for which reason it does not."""

    machine: str
    stage: Annotated[int, Field(ge=1, description="its place in the line")]
    activity: Activity
    since: Timestamp
    reason: Annotated[str | None, Field(description="a printer-state-reason, or a machine that it waits for")]


class LineData(Payload):
    """`up/line/{line}`: what a production line does, and where its standstill lies."""

    line: str
    name: Annotated[str | None, Field(description="what people call it")]
    state: LineState
    since: Timestamp
    roots: Annotated[list[str], Field(description="machines at which the standstill lies, first-out first")]
    stage_out: Annotated[int | None, Field(ge=1, description="a stage that has no machine left that can work")]
    stage_out_since: Timestamp | None
    output_per_hour: Annotated[float | None, Field(description="documents that leave the line; null: unknown")]
    waiting: Annotated[int | None, Field(description="documents waiting; null: unknown")]
    machines: Annotated[list[DoingData], Field(description="in the order of the stages")]
    machines_omitted: int
    as_of_seq: AsOf = None
