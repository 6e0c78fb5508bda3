"""Alerts: what calls for a person, in people's words and with all that a room needs to explain it.

`text` is the one line to read out; what follows are the facts behind it, each with one meaning. Codes of vendors stand
in `evidence` and nowhere else. Texts hold times of day at the site, never a running number of minutes: an alert that
nothing happened to has the same payload again.
"""

from typing import Annotated, TypeAlias

from pydantic import Field

from fleetmon.model.alerts import (
    AlertState,
    Audience,
    Certainty,
    Condition,
    HeldBack,
    Move,
    Priority,
    Proof,
    SubjectKind,
)
from fleetmon.model.words import Actor, Severity
from fleetmon.publish.payloads.base import AsOf, Payload, Timestamp

PriorityData: TypeAlias = Annotated[
    int | None, Field(ge=1, le=Priority.NOTICE, description="1 the most urgent, 4 plan, 5 a notice; null: only shown")
]
AlertName: TypeAlias = Annotated[
    str, Field(description="the last level of its topic `alert/{alert}`; one for each key")
]
OccurrenceId: TypeAlias = Annotated[str, Field(description="of this occurrence: what commands name")]
Key: TypeAlias = Annotated[str, Field(description="what it is about, the same at every occurrence")]


class SubjectData(Payload):
    """What an alert is about: a machine, a line or the site, by its id in the settings."""

    kind: SubjectKind
    id: str
    name: Annotated[str | None, Field(description="what people call it")]


class OnsetData(Payload):
    """When it began: after the last look without it, at the latest when it was first seen."""

    after: Timestamp | None
    by: Timestamp


class AcknowledgementData(Payload):
    """Somebody knows; at `until` it counts as unacknowledged again."""

    by: str
    at: Timestamp
    until: Timestamp
    comment: str


class ShelfData(Payload):
    """Somebody wants to hear nothing of it for a while."""

    by: str
    at: Timestamp
    until: Timestamp
    reason: str


class ImpactData(Payload):
    """What it costs, as far as it is known."""

    line: str | None
    line_stopped_since: Annotated[Timestamp | None, Field(description="the line can finish nothing since then")]
    stage_left: Annotated[int | None, Field(description="machines of the same stage that can still work")]
    waiting: Annotated[int | None, Field(description="documents waiting; null: unknown")]


class EvidenceData(Payload):
    """One figure behind it: what was seen, and what would have been usual. What a vendor says stands here verbatim."""

    name: str
    value: str | int | float
    unit: str | None
    expected: str | int | float | None


class RuleData(Payload):
    """When such a condition becomes an alert, and when it is over."""

    priority: PriorityData
    raise_after_s: float
    clear_after_s: float
    proof: Annotated[Proof, Field(description="what shows that it is over, beside its absence for a while")]
    latch: Annotated[bool, Field(description="it stays until somebody has acknowledged it")]
    always: Annotated[bool, Field(description="told off shift and in maintenance too")]
    audience: list[Audience]


class NearlyData(Payload):
    """Another alert of the same machine or line that is not told, and why."""

    id: OccurrenceId
    key: Key
    state: AlertState
    held_back: HeldBack | None
    why: str


class TextData(Payload):
    """An alert in one language; `text` is the one line that has it all."""

    text: str
    symptom: str
    cause: str
    since: str
    waiting: str
    next_step: str
    actor: Annotated[str, Field(description="who should act")]
    meaning: str
    call: Annotated[str, Field(description="whom to call when")]
    reviewed: Annotated[bool, Field(description="somebody who speaks the language and knows the machines has read it")]


class AlertData(Payload):
    """`up/alert/{alert}`: one alert that is pending, active or closed for less than ten minutes; empty: no more.

    It is told to people (`announced`) only after it has stood as long as its rule wants, and unless it is held back.
    """

    text: Annotated[str, Field(description="in English; `texts` has it in every language")]
    priority: PriorityData
    state: AlertState
    subject: SubjectData
    condition: Condition
    held_back: Annotated[HeldBack | None, Field(description="why it is not told though it is true")]
    isa: Annotated[str, Field(pattern="^[A-I]$", description="the state in letters of ISA-18.2, for display")]
    certainty: Certainty
    part: Annotated[str | None, Field(description="which part of the machine")]
    reasons: Annotated[list[str], Field(description="printer-state-reasons, the first to come first")]
    first_out: Annotated[str | None, Field(description="the reason that came first")]
    severity: Severity
    stops: Annotated[bool, Field(description="its subject can produce nothing while it holds")]
    actor: Annotated[Actor | None, Field(description="who must act, where the machine says so")]
    audience: Annotated[list[Audience], Field(description="who should hear of it")]
    line: Annotated[str | None, Field(description="where the machine stands")]
    impact: ImpactData
    began: OnsetData
    raised: Annotated[Timestamp | None, Field(description="when it had stood long enough")]
    gone: Annotated[Timestamp | None, Field(description="not seen since then")]
    cleared: Annotated[Timestamp | None, Field(description="when it was proven to be over")]
    closed: Timestamp | None
    announced: Annotated[Timestamp | None, Field(description="when people were told; null: they were not")]
    reminded: Timestamp | None
    escalation: Annotated[int, Field(ge=0, le=2)]
    in_summary: Annotated[bool, Field(description="told only within the summary of a flood")]
    acknowledged: AcknowledgementData | None
    shelved: ShelfData | None
    held_since: Timestamp | None
    caused_by: Annotated[str | None, Field(description="the occurrence it follows from")]
    root_of: Annotated[list[str], Field(description="the occurrences that follow from it")]
    root_of_omitted: int
    latched: bool
    unstable: Annotated[bool, Field(description="it comes and goes, and is held open until it is quiet")]
    repeats: Annotated[int, Field(description="how often it came back within this occurrence")]
    completions: Annotated[int, Field(description="documents made since it was gone")]
    evidence: list[EvidenceData]
    evidence_omitted: int
    rule: RuleData | None
    nearly: Annotated[list[NearlyData], Field(description="alerts of the same machine or line that are not told")]
    nearly_omitted: int
    texts: Annotated[dict[str, TextData], Field(description="by language, English first")]
    alert: AlertName
    id: OccurrenceId
    key: Key
    rev: Annotated[int, Field(description="counts the changes of this occurrence; a command may name it")]
    as_of_seq: AsOf = None


class AlertChange(Payload):
    """Something happened to an alert. `tell`: people should hear of it now; all else is for the record."""

    text: str
    move: Move
    tell: bool
    by: Annotated[str | None, Field(description="who did it, where it was a person")]
    why: str
    alert: AlertData


class FloodedAlert(Payload):
    """One alert that was not told one by one."""

    text: str
    priority: PriorityData
    subject: SubjectData
    condition: Condition
    alert: AlertName
    id: OccurrenceId


class AlertSummary(Payload):
    """A flood: alerts that were not told one by one since `since`, the most urgent first; `ended`: it is over."""

    text: str
    texts: dict[str, str]
    ended: bool
    since: Timestamp
    count: int
    priorities: Annotated[dict[str, int], Field(description="how many of each priority")]
    alerts: list[FloodedAlert]
    alerts_omitted: int


class WorstAlert(Payload):
    """The alert to show where only one fits: the most urgent, of equal ones the oldest."""

    alert: AlertName
    id: OccurrenceId
    priority: PriorityData
    subject: SubjectData
    condition: Condition
    since: Timestamp


class AlertCounts(Payload):
    """The open alerts of a site that people were told of, and how many are true but not told."""

    told: Annotated[dict[str, int], Field(description="how many people were told of, by priority")]
    unacknowledged: Annotated[int, Field(description="of those")]
    held_back: Annotated[int, Field(description="true, and not told because something holds them back")]
    pending: Annotated[int, Field(description="true, and not told because they have not stood long enough")]
    worst: WorstAlert | None


class PlannedStopData(Payload):
    """Somebody stops a machine, a line or the site on purpose: what happens there is recorded, not told."""

    scope: SubjectData
    by: str
    since: Timestamp
    until: Timestamp
    reason: str
