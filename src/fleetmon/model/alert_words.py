"""The words of alerts: what may be wrong with what, how sure and how urgent it is, who is to act, what became of it."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

#: The evidence that says how much work waits, where the issuing system told.
WAITING: Final = "documents waiting"


class SubjectKind(StrEnum):
    """What an alert may be about."""

    MACHINE = "machine"
    LINE = "line"
    SITE = "site"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A machine, a line or the site, by its id in the settings."""

    kind: SubjectKind
    id: str

    def __str__(self) -> str:
        """As in keys of alerts and scopes of planned stops: `machine:lam1`."""
        return f"{self.kind}:{self.id}"


class Condition(StrEnum):
    """What may call for a person. Each has a row in `assess.alerting.rules`."""

    COVER_OPEN = "cover-open"
    JAM = "jam"
    MEDIA_EMPTY = "media-empty"
    SUPPLY_EMPTY = "supply-empty"
    SUPPLY_LOW = "supply-low"
    OUTPUT_FULL = "output-full"
    OVER_TEMPERATURE = "over-temperature"
    TEMPERATURE = "temperature"
    HARDWARE = "hardware-fault"
    SERVICE = "service-needed"
    OFFLINE = "offline"
    PAUSED = "paused"
    UNEXPLAINED = "stopped-unexplained"
    STALL = "stall"
    SLOWER = "slower"
    QUIET = "quiet"
    NOT_WORKING = "not-working"
    TUNE_LIMIT = "tune-limit"
    UNMAPPED = "unmapped-fault"
    CONTACT_LOST = "contact-lost"
    ACCESS_REFUSED = "access-refused"
    DRIVER_FAILED = "driver-failed"
    NETWORK_LOST = "network-lost"
    SETTINGS_REFUSED = "settings-refused"


class Priority(IntEnum):
    """Consequence times time left; a notice asks nobody for anything."""

    P1 = 1
    P2 = 2
    P3 = 3
    P4 = 4
    NOTICE = 5


class Certainty(StrEnum):
    """How sure it is that something is wrong; only the first three are told to people."""

    CONFIRMED = "confirmed"
    STRONG = "strong"
    LIKELY = "likely"
    POSSIBLE = "possible"


class AlertState(StrEnum):
    """Pending: true, not long enough. Clearing: gone, not proven. Closed: over."""

    PENDING = "pending"
    ACTIVE = "active"
    CLEARING = "clearing"
    CLOSED = "closed"


class HeldBack(StrEnum):
    """Why an alert that is true is not told."""

    INHIBITED = "inhibited"
    MAINTENANCE = "maintenance"
    BY_DESIGN = "by-design"
    SHELVED = "shelved"


class Move(StrEnum):
    """What happened to an alert, each a durable event."""

    RAISED = "raised"
    ANNOUNCED = "announced"
    WORSENED = "worsened"
    EASED = "eased"
    RETURNED = "returned"
    UNSTABLE = "unstable"
    STEADIED = "steadied"
    JOINED = "joined"
    INHIBITED = "inhibited"
    RELEASED = "released"
    ACKNOWLEDGED = "acknowledged"
    ACK_EXPIRED = "ack-expired"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    CLEARING = "clearing"
    CLEARED = "cleared"
    CLOSED = "closed"
    REPLACED = "replaced"


class Audience(StrEnum):
    """Who should hear of it."""

    OPERATOR = "operator"
    ENGINEER = "engineer"
    TECHNICIAN = "technician"
    CENTRAL = "central"
    SUPPLY = "supply"


class Proof(StrEnum):
    """What shows that a condition is over, beside its absence for a while."""

    ABSENCE = "absence"
    COMPLETION = "completion"
