"""What all payloads have in common. A payload says null where nothing is known, never 0 or ""."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Timestamp: TypeAlias = Annotated[str, Field(description="RFC 3339, UTC, milliseconds")]
Percent: TypeAlias = Annotated[float, Field(ge=0, le=100)]
AsOf: TypeAlias = Annotated[
    int | None, Field(description="every event up to this sequence is in the picture; stamped when it is sent")
]


class Payload(BaseModel):
    """Base of all payload models."""

    model_config = ConfigDict(frozen=True, use_enum_values=True)
