"""What may be asked of a site and what it answers, as models: verbs, their arguments, replies and the audit event.

Unlike everything that is told, what is asked is read strictly: an argument that we do not know changes what somebody
meant, so the command is refused rather than half understood.
"""

from enum import StrEnum
from typing import Annotated, Final, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from fleetmon.model.words import Silence
from fleetmon.publish.payloads.base import Payload, Timestamp

REPLY: Final = "fleetmon.reply.v1"
COMMAND: Final = "fleetmon.command.v1"
COMMANDS_REFUSED: Final = "fleetmon.commands.refused.v1"

_LARGEST: Final = 2**63 - 1


class Verb(StrEnum):
    """What may be asked. Nothing of it touches a machine."""

    PING = "ping"
    REFRESH = "refresh"
    RESYNC = "resync"
    REPLAY = "replay"


class Via(StrEnum):
    """How a command came."""

    MQTT = "mqtt"
    CONTROL = "control"


class Status(StrEnum):
    """What became of a command."""

    ACCEPTED = "accepted"
    DONE = "done"
    REJECTED = "rejected"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a command is rejected; `REASONS` says each in a sentence."""

    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    RETAINED = "retained"
    UNKNOWN_VERB = "unknown-verb"
    FOREIGN_REPLY_TOPIC = "foreign-reply-topic"
    EXPIRED = "expired"
    TOO_FAR_AHEAD = "too-far-ahead"
    CLOCK_NOT_SET = "clock-not-set"
    BAD_ARGUMENTS = "bad-arguments"
    NOT_KEPT = "not-kept"
    ID_REUSED = "id-reused"
    TOO_SOON = "too-soon"
    BUSY = "busy"
    TOO_MANY = "too-many"


REASONS: Final[dict[Reason, str]] = {
    Reason.MALFORMED: "the body is no JSON object, or one of `id`, `not_after`, `who`, `why` is not as it must be",
    Reason.TOO_LARGE: "the body has more than 16 KiB, or the correlation data more than 1 KiB",
    Reason.RETAINED: "the message is retained: the broker would repeat it at every connect",
    Reason.UNKNOWN_VERB: "this version has no such verb",
    Reason.FOREIGN_REPLY_TOPIC: "the reply was wanted elsewhere than directly below the site's own `up/reply/`",
    Reason.EXPIRED: "`not_after` has passed",
    Reason.TOO_FAR_AHEAD: "`not_after` is more than 24 h ahead, longer than ids are remembered",
    Reason.CLOCK_NOT_SET: "the site's clock says a year before 2024, so nobody can tell whether `not_after` has passed",
    Reason.BAD_ARGUMENTS: "an argument is missing, unknown or not as it must be, or names no machine of the site",
    Reason.NOT_KEPT: "of the events asked for none can be sent again, or 8 replays wait already",
    Reason.ID_REUSED: "the `id` belongs to another command of the last 24 h",
    Reason.TOO_SOON: "the same was done a moment ago",
    Reason.BUSY: "20 commands are waiting already",
    Reason.TOO_MANY: "10 000 commands were remembered within 24 h; one more could not be",
}


class Arguments(BaseModel):
    """Base of what goes with a verb."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoArguments(Arguments):
    """Nothing more to say."""


class RefreshArguments(Arguments):
    """Which machine to ask now; `*` is all of them."""

    machine: Annotated[str, Field(pattern=r"^(\*|[a-z0-9][a-z0-9-]{0,47})$")]


class ReplayArguments(Arguments):
    """Which events to send again, by their sequences, both included."""

    first: Annotated[int, Field(alias="from", ge=1, le=_LARGEST)]
    last: Annotated[int, Field(alias="to", ge=1, le=_LARGEST)]

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.first > self.last:
            raise ValueError("from is above to")
        return self


ARGUMENTS: Final[dict[Verb, type[Arguments]]] = {
    Verb.PING: NoArguments,
    Verb.REFRESH: RefreshArguments,
    Verb.RESYNC: NoArguments,
    Verb.REPLAY: ReplayArguments,
}


class PingResult(Payload):
    """The daemon lives: its clock, its version, and how far its stream is."""

    time: Timestamp
    version: str
    stream: str
    head_seq: int


class NotRefreshed(Payload):
    """A machine that did not answer; `why` null: it was not even asked within the deadline."""

    machine: str
    why: Silence | None


class RefreshResult(Payload):
    """Of the machines asked, how many are fresh now; all others are named, up to 100."""

    asked: int
    fresh: int
    not_fresh: list[NotRefreshed]
    not_fresh_omitted: int


class ResyncResult(Payload):
    """How many retained topics are on their way again."""

    topics: int


class ReplayResult(Payload):
    """The events on their way again; those asked for and below `available_from` are no longer kept."""

    model_config = ConfigDict(populate_by_name=True)

    first: Annotated[int, Field(alias="from")]
    last: Annotated[int, Field(alias="to")]
    available_from: int


Result: TypeAlias = PingResult | RefreshResult | ResyncResult | ReplayResult


class CommandReply(Payload):
    """`up/reply/{client}`: what became of a command, for the one who asked. `text` is for people."""

    id: Annotated[str | None, Field(description="null where the command had no readable id")]
    verb: str
    status: Status
    reason: Annotated[Reason | None, Field(description="why it is rejected")]
    text: str
    result: Result | None
    as_of_seq: int | None = None


class CommandAudit(Payload):
    """A command was carried out or refused: the durable side of the reply."""

    id: str
    verb: str
    who: Annotated[str | None, Field(description="as the sender says; null where it said nothing readable")]
    via: Via
    why: str
    arguments: dict[str, JsonValue]
    outcome: Status
    reason: Reason | None
    text: str


class CommandsRefused(Payload):
    """Commands that are not told one by one, in at most one event a minute: garbage, and what came too fast."""

    count: int
    reasons: dict[Reason, int]
