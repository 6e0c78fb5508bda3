"""What may be asked of a site and what it answers, as models: verbs, replies and the audit event.

What goes with a verb is in `command_arguments`.
"""

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import ConfigDict, Field, JsonValue

from fleetmon.model.alerts import AlertState, Condition
from fleetmon.model.words import Silence
from fleetmon.publish.command_arguments import (
    AckArguments,
    Arguments,
    NoArguments,
    PlannedStopArguments,
    RefreshArguments,
    ReplayArguments,
    ShelveArguments,
    UnshelveArguments,
)
from fleetmon.publish.payloads.base import Payload, Timestamp

REPLY: Final = "fleetmon.reply.v1"
COMMAND: Final = "fleetmon.command.v1"
COMMANDS_REFUSED: Final = "fleetmon.commands.refused.v1"


class Verb(StrEnum):
    """What may be asked. Nothing of it touches a machine."""

    PING = "ping"
    REFRESH = "refresh"
    RESYNC = "resync"
    REPLAY = "replay"
    ACK = "ack"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    PLANNED_STOP = "planned-stop"


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
    NO_SUCH_ALERT = "no-such-alert"
    ALERT_CLOSED = "alert-closed"
    ALERT_CHANGED = "alert-changed"
    TOO_LONG = "too-long"
    NOTHING_TO_END = "nothing-to-end"
    NOT_POSSIBLE = "not-possible"


REASONS: Final[dict[Reason, str]] = {
    Reason.MALFORMED: "the body is no JSON object, or one of `id`, `not_after`, `who`, `why` is not as it must be",
    Reason.TOO_LARGE: "the body has more than 16 KiB, or the correlation data more than 1 KiB",
    Reason.RETAINED: "the message is retained: the broker would repeat it at every connect",
    Reason.UNKNOWN_VERB: "this version has no such verb",
    Reason.FOREIGN_REPLY_TOPIC: "the reply was wanted elsewhere than directly below the site's own `up/reply/`",
    Reason.EXPIRED: "`not_after` has passed",
    Reason.TOO_FAR_AHEAD: "`not_after` is more than 24 h ahead, longer than ids are remembered",
    Reason.CLOCK_NOT_SET: "the site's clock says a year before 2024, so nobody can tell whether `not_after` has passed",
    Reason.BAD_ARGUMENTS: "an argument is missing, unknown or not as it must be, or names nothing that the site has",
    Reason.NOT_KEPT: "of the events asked for none can be sent again, or 8 replays wait already",
    Reason.ID_REUSED: "the `id` belongs to another command of the last 24 h",
    Reason.TOO_SOON: "the same was done a moment ago",
    Reason.BUSY: "20 commands are waiting already",
    Reason.TOO_MANY: "10 000 commands were remembered within 24 h; one more could not be",
    Reason.NO_SUCH_ALERT: "no alert that is open or closed within 10 min has an id that begins so, or several have",
    Reason.ALERT_CLOSED: "the alert is over",
    Reason.ALERT_CHANGED: "`rev` is no longer the alert's: look at it again",
    Reason.TOO_LONG: "a P1 may be shelved for 1 h, others for 8 h; a stop may be planned for 31 days",
    Reason.NOTHING_TO_END: "the alert is not shelved, or nobody planned a stop of that scope",
    Reason.NOT_POSSIBLE: "the alert is in no state in which this could be done; `text` says why",
}


ARGUMENTS: Final[dict[Verb, type[Arguments]]] = {
    Verb.PING: NoArguments,
    Verb.REFRESH: RefreshArguments,
    Verb.RESYNC: NoArguments,
    Verb.REPLAY: ReplayArguments,
    Verb.ACK: AckArguments,
    Verb.SHELVE: ShelveArguments,
    Verb.UNSHELVE: UnshelveArguments,
    Verb.PLANNED_STOP: PlannedStopArguments,
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


class AlertResult(Payload):
    """The alert as it is now; `until` is when the acknowledgement or the shelving ends, null after `unshelve`."""

    alert: str
    about: Annotated[str, Field(description="machine:ID, line:ID or site:ID")]
    condition: Condition
    state: AlertState
    priority: Annotated[int | None, Field(description="1 to 4, 5 is a notice; null while it is pending")]
    rev: int
    until: Timestamp | None


class PlannedStopResult(Payload):
    """The stop that is planned from now on; `until` null: there is none any more."""

    scope: Annotated[str, Field(description="machine:ID, line:ID or site:ID")]
    until: Timestamp | None


Result: TypeAlias = PingResult | RefreshResult | ResyncResult | ReplayResult | AlertResult | PlannedStopResult


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
