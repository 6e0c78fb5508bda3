"""What keeps the daemon's own house: its outbox and its log."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from fleetmon.settings.values import AS_WORD, Table, byte_size, duration
from fleetmon.toml_problems import Misfit


class Outbox(Table):
    """`[outbox]`: how much is kept on disk for a broker or a consumer that is away."""

    cap: Annotated[int, byte_size("1MiB", "1TiB")] = Field(
        512 << 20,
        description="how large the database may grow; beyond it the least important events go first, and it is told",
    )
    keep: Annotated[float, duration("0s", "52w")] = Field(
        604800.0, description="how long events stay for replay after they were acknowledged"
    )
    keep_size: Annotated[int, byte_size("0B", "1TiB")] = Field(256 << 20, description="how much of them stays at most")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.keep_size > self.cap:
            raise Misfit(("keep_size", "must not be more than cap"))
        return self


class LogLevel(StrEnum):
    """The least important events that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """Readable on a terminal, JSON elsewhere; or always one of the two."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


class Log(Table):
    """`[log]`: what is written about the daemon itself."""

    level: Annotated[LogLevel, AS_WORD] = Field(
        LogLevel.INFO, description="the least important events that are written"
    )
    format: Annotated[LogFormat, AS_WORD] = Field(
        LogFormat.AUTO, description="auto: text on a terminal, JSON elsewhere"
    )
