"""What a room reads of a message, and no more: a payload may come from an older or a newer fleetmon, or from an enemy.

These models ask for far less than the contract promises: what a room cannot do without, everything else optional, words
as words. An unknown field is ignored and an unknown word shown as it is, so that a room need not be renewed before its
sites; what is not even this is counted by the room as unreadable and changes nothing.
"""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fleetmon.model.words import Contact

LARGEST = 256 * 1024  # far above what a site may publish (64 KiB)

Name = Annotated[str, Field(min_length=1, max_length=64)]
Told = TypeVar("Told", bound=BaseModel)


class Unreadable(ValueError):
    """A message that is none of the contract's."""


class Heard(BaseModel):
    """Base of all that is read."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Envelope(Heard):
    """The attributes that a room looks at (CloudEvents 1.0)."""

    type: str
    source: str
    subject: str | None = None
    time: str | None = None
    bootid: str = ""
    stream: str = ""
    data: dict[str, object]


class SessionHeard(Heard):
    """`up/session`."""

    state: Literal["online", "offline", "lost"]
    session: int
    stream: str
    bootid: str = ""
    heartbeat_s: float | None = None
    versions: dict[str, str] = {}


class NotFreshHeard(Heard):
    """A machine that a heartbeat lists."""

    machine: str
    contact: str
    why: str | None = None
    since: str | None = None


class HeartbeatHeard(Heard):
    """`up/heartbeat`."""

    time: str
    interval_s: float = 30.0
    stream: str = ""
    head_seq: int = 0
    acked_seq: int = 0
    oldest_unacked_s: float | None = None
    loop_lag_s: float = 0.0
    disk_free_mib: float | None = None
    certificate_days: float | None = None
    clock_synchronised: bool | None = None
    settings_refused_since: str | None = None
    not_fresh: list[NotFreshHeard] = []
    not_fresh_omitted: int = 0


class InventoryHeard(Heard):
    """`up/inventory`."""

    machine_count: int


class MachineHeard(Heard):
    """`up/inventory/{machine}`."""

    kind: str = "other"
    name: str | None = None
    line: str | None = None


class FaultHeard(Heard):
    """One standing fault."""

    reason: str
    severity: str = "error"
    part: str | None = None
    text: str | None = None
    since: str | None = None


class SupplyHeard(Heard):
    """One supply."""

    part: str = ""
    description: str | None = None
    percent: float | None = None


class ProducedHeard(Heard):
    """What the machine has made."""

    total: int
    unit: str | None = None


class CountersHeard(Heard):
    """The counters of a machine."""

    produced: ProducedHeard | None = None


class IdentityHeard(Heard):
    """Who the machine says it is."""

    model: str | None = None


class SourceHeard(Heard):
    """How one source fares."""

    name: str = ""
    why: str | None = None


class StateHeard(Heard):
    """`up/state/{machine}`."""

    contact: str
    state: str
    asleep: bool = False
    headline: str | None = None
    driver: str | None = None
    observed_at: str | None = None
    valid_for_s: float | None = None
    identity: IdentityHeard = IdentityHeard()
    faults: list[FaultHeard] = []
    supplies: list[SupplyHeard] = []
    counters: CountersHeard = CountersHeard()
    sources: list[SourceHeard] = []


class UplinkHeard(Heard):
    """The connection to the broker, as only the site itself knows it."""

    broker: str
    connected: bool
    since: str
    trouble: str | None = None
    text: str = ""


class WayHeard(Heard):
    """A way out beside the broker, as only the site itself knows it."""

    target: str
    where: str = ""
    failing_since: str | None = None
    why: str | None = None
    skipped: int = 0


class StatusHeard(Heard):
    """The answer of a daemon's control socket: what it publishes, its uplink, and its ways out beside that."""

    site: Name
    session: dict[str, object]
    heartbeat: dict[str, object]
    inventory: dict[str, object]
    machines: dict[Name, dict[str, object]]
    states: dict[Name, dict[str, object]]
    uplink: UplinkHeard | None = None
    notify: list[WayHeard] = []


def envelope(payload: bytes, kind: str, site: str) -> Envelope:
    """The envelope of a message of this type (`fleetmon.state`) and site. Raises Unreadable."""
    if len(payload) > LARGEST:
        raise Unreadable(f"{len(payload)} bytes")
    try:
        found = Envelope.model_validate_json(payload)
    except ValidationError as error:
        raise Unreadable(str(error)) from error
    if found.type != f"{kind}.v1" or found.source != f"urn:fleetmon:site:{site}":
        raise Unreadable(f"{found.type[:64]!r} of {found.source[:64]!r}")
    return found


def read(model: type[Told], data: dict[str, object]) -> Told:
    """The part of the data that a room needs. Raises Unreadable."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise Unreadable(str(error)) from error


def contact(word: str | None) -> Contact | None:
    """A contact; a word of a later version, which was not fresh for some reason, as a doubt."""
    if word is None:
        return None
    return Contact(word) if word in set(Contact) else Contact.STALE
