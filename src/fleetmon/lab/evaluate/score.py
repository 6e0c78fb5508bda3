"""How a run went, as plain counts that can be added up, and what somebody should look at."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fleetmon.lab.evaluate.facts import Kind
from fleetmon.model.alerts import Priority


class Verdict(StrEnum):
    """What an alert was: the first of its incident, one more of it, a true word about what stops nothing, or false."""

    FIRST = "first"
    AGAIN = "again"
    WARNING = "warning"
    FALSE = "false"


class Sort(StrEnum):
    """What is wrong with what was told."""

    FALSE = "false alarm"
    FALSE_NOTICE = "false notice"
    MISSED = "missed"
    LATE = "late"
    AGAIN = "told twice"
    WRONG = "wrong reason"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to look at: in which run, at how many seconds, and `after` what, if that may have confused anybody."""

    sort: Sort
    run: str
    at: float
    text: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was told of an incident: how many alerts, how many messages, and whether the first was right."""

    kind: Kind
    alerts: int
    messages: int
    right_machine: bool
    right_reason: bool


@dataclass(frozen=True, slots=True)
class Demand:
    """A trouble and whether it was told: `due` if it lasted until it had to be, `delay` from its beginning (or from the
    opening of the office) where it was told anew and could be heard, `late` beyond what its rule allows. Seconds.

    Of a silent stall `delay` counts the time in which work waited, `by_clock` all of it, with breaks and nights.
    """

    kind: Kind
    lasted: float
    scheduled: float
    due: bool
    delay: float | None
    told: bool
    late: bool
    by_clock: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One run, or many together."""

    runs: int = 0
    machine_hours: float = 0.0
    verdicts: tuple[tuple[Verdict, Priority | None], ...] = ()
    messages: int = 0
    outcomes: tuple[Outcome, ...] = ()
    demands: tuple[Demand, ...] = ()
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, scores: Iterable["Score"]) -> "Score":
        """All of them together."""
        every = list(scores)
        return cls(
            runs=sum(each.runs for each in every),
            machine_hours=sum(each.machine_hours for each in every),
            verdicts=tuple(verdict for each in every for verdict in each.verdicts),
            messages=sum(each.messages for each in every),
            outcomes=tuple(outcome for each in every for outcome in each.outcomes),
            demands=tuple(demand for each in every for demand in each.demands),
            findings=tuple(sorted(finding for each in every for finding in each.findings)),
        )
