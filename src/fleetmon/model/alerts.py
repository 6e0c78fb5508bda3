"""The words of alerts: what may be wrong, how sure and how urgent it is, who is to act, and what became of it.

An alert keeps three questions apart that one big state would mix up: is it true (`state`, onset, evidence), did we tell
(`Telling`), and what did people say to it (`Handling`); OPC UA Part 9 section 5.8 does the same with independent state
machines, and the letter of ISA-18.2 is derived for display only. A condition that is held back is flagged, never
deleted: if whatever hides it proves wrong, it is still there to be seen.
"""

from dataclasses import field

from fleetmon.model.alert_words import (
    WAITING,
    AlertState,
    Audience,
    Certainty,
    Condition,
    HeldBack,
    Move,
    Priority,
    Proof,
    Subject,
    SubjectKind,
)
from fleetmon.model.frozen import dataclass
from fleetmon.model.orders import Acknowledge, Order, PlanStop, Shelve, Unshelve
from fleetmon.model.report import At
from fleetmon.model.words import Actor, Severity

__all__ = [
    "Acknowledge",
    "Acknowledgement",
    "Alert",
    "AlertPlan",
    "AlertState",
    "Audience",
    "Certainty",
    "Claim",
    "Condition",
    "Evidence",
    "Handling",
    "HeldBack",
    "Impact",
    "Move",
    "Onset",
    "Order",
    "PlanStop",
    "PlannedStop",
    "Priority",
    "Proof",
    "Rule",
    "Shelf",
    "Shelve",
    "Subject",
    "SubjectKind",
    "Summary",
    "Telling",
    "Transition",
    "Unshelve",
]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One figure behind an alert: what was seen, and what would have been usual. Values are for people to read."""

    name: str
    value: str | int | float
    unit: str | None = None
    expected: str | int | float | None = None


@dataclass(frozen=True, slots=True)
class Onset:
    """When something began: after the last look at which it was not there, at the latest when it was first seen."""

    after: At | None
    by: At

    def before(self, other: "Onset") -> bool:
        """Whether this surely began first; two whose intervals overlap began together, as far as anybody can know."""
        return other.after is not None and other.after.is_after(self.by)


@dataclass(frozen=True, slots=True)
class Claim:
    """A condition that is true now, as one look at its subject shows it.

    `part` and `reasons` (printer-state-reasons, the first to come first) say which; `codes` and `text` are the vendor's
    and go into the evidence only. `stops` says that its subject cannot produce while it holds.
    """

    subject: Subject
    condition: Condition
    seen: At
    part: str | None = None
    reasons: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR
    certainty: Certainty = Certainty.CONFIRMED
    stops: bool = True
    actor: Actor | None = None
    codes: tuple[str, ...] = ()
    text: str | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def key(self) -> str:
        """Stable over restarts and moves between lines: what acknowledgements and dashboards hold on to."""
        part = f":{self.part}" if self.part else ""
        return f"{self.subject}:{self.condition}{part}"

    @property
    def waiting(self) -> int | None:
        """How many documents wait, where its evidence says so."""
        found = (each.value for each in self.evidence if each.name.startswith(WAITING))
        return next((value for value in found if isinstance(value, int)), None)


@dataclass(frozen=True, slots=True)
class Rule:
    """When a condition becomes an alert, and when it is over; times in seconds.

    `priority` None: shown, never an alert. `always`: also off shift, in maintenance, and whatever else is wrong.
    """

    priority: Priority | None
    raise_after_s: float
    clear_after_s: float
    proof: Proof = Proof.ABSENCE
    latch: bool = False
    always: bool = False
    audience: tuple[Audience, ...] = (Audience.OPERATOR,)


@dataclass(frozen=True, slots=True)
class Impact:
    """What it costs: since when (utc) the line can finish nothing, machines left in the stage, documents waiting."""

    line: str | None = None
    line_stopped_since: float | None = None
    stage_left: int | None = None
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody knows; it ends with the occurrence, when things get worse, or at `until` (utc)."""

    by: str
    at: At
    until: float
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Somebody wants to hear nothing of it until `until` (utc), for a reason."""

    by: str
    at: At
    until: float
    reason: str


@dataclass(frozen=True, slots=True)
class Handling:
    """What people said to it."""

    acknowledged: Acknowledgement | None = None
    shelved: Shelf | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """What people were told: `announced` first, `reminded` last; `escalation` 0, 1, 2; `in_summary`: a flood ate it.

    Since `counted` somebody should take it: since it was announced, or got worse.
    """

    announced: At | None = None
    reminded: At | None = None
    counted: At | None = None
    escalation: int = 0
    in_summary: bool = False

    @property
    def awaits_summary(self) -> bool:
        """Whether no summary has named it yet."""
        return self.in_summary and self.reminded == self.announced


@dataclass(frozen=True, slots=True)
class Alert:
    """One occurrence of one condition. `id` names the occurrence, `key` what it is about; `rev` counts its changes.

    `claim` is the last that was seen; `began` its onset, `raised` when it had stood long enough, `gone` since when it
    is absent (clearing), `cleared` when that was proven, `closed` when it was over for us. `held_back` is why it is not
    told, `since` when that began or ended. `caused_by` is the occurrence that it is attached to.
    """

    key: str
    id: str
    claim: Claim
    began: Onset
    state: AlertState = AlertState.PENDING
    priority: Priority | None = None
    raised: At | None = None
    gone: At | None = None
    cleared: At | None = None
    closed: At | None = None
    latched: bool = False
    unstable: bool = False
    repeats: int = 0
    completions: int = 0
    held_back: HeldBack | None = None
    held_since: At | None = None
    caused_by: str | None = None
    root_of: tuple[str, ...] = ()
    impact: Impact = Impact()
    telling: Telling = Telling()
    handling: Handling = Handling()
    rev: int = 0

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return self.claim.subject

    @property
    def condition(self) -> Condition:
        """What is wrong with it."""
        return self.claim.condition

    @property
    def open(self) -> bool:
        """Whether it still concerns anybody."""
        return self.state is not AlertState.CLOSED


@dataclass(frozen=True, slots=True)
class Transition:
    """Something happened to an alert; `tell`: people should hear of it now. `why` is one sentence for the curious."""

    alert: Alert
    move: Move
    at: At
    tell: bool = False
    by: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """Somebody stops a machine, a line or the site on purpose, until `until` (utc): recorded, not told."""

    scope: Subject
    by: str
    since: At
    until: float
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Of a flood: announcements that were not made one by one, by occurrence id, since the last summary."""

    at: At
    since: At
    held: tuple[str, ...]
    ended: bool = False


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """What the settings say of alerts; `rules` by condition replaces the shipped ones."""

    rules: dict[Condition, Rule] = field(default_factory=dict)
    reaction_s: float = 600.0
    flood_from: int = 10
    flood_window_s: float = 600.0
