"""Alerts as a room reads them of what sites publish, sorted so that the worst is first, and found again by their id.

As everywhere in a room, far less is asked for than the contract promises, and what is not known here is kept and handed
on: an alert of a later version still says what is wrong. A site that is not there has told what it knew; how old that
is, its presence says.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from fleetmon.assess.presence import SitePresence
from fleetmon.room.moments import seconds

SHORTEST_ID: Final = 4
_LEAST: Final = 9  # after every priority there is
_AFTER: Final = {"active": 0, "clearing": 1, "pending": 2, "closed": 3}


class Told(BaseModel):
    """Base of all that is read of an alert; what is more than this is kept."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)


class SubjectTold(Told):
    """What it is about."""

    kind: str
    id: str
    name: str | None = None


class OnsetTold(Told):
    """Between which moments it began."""

    after: str | None = None
    by: str | None = None


class SaidTold(Told):
    """An acknowledgement or a shelving."""

    by: str = ""
    at: str | None = None
    until: str | None = None
    comment: str = ""
    reason: str = ""


class EvidenceTold(Told):
    """One figure behind it."""

    name: str
    value: str | float
    unit: str | None = None
    expected: str | float | None = None


class RuleTold(Told):
    """The rule that made an alert of it."""

    priority: int | None = None
    raise_after_s: float | None = None
    clear_after_s: float | None = None
    proof: str | None = None
    latch: bool = False
    always: bool = False
    audience: list[str] = []


class NearlyTold(Told):
    """Another alert beside it, that is not told."""

    id: str
    key: str = ""
    state: str = ""
    held_back: str | None = None
    why: str = ""


class ImpactTold(Told):
    """What it costs."""

    line: str | None = None
    line_stopped_since: str | None = None
    stage_left: int | None = None
    waiting: int | None = None


class TextTold(Told):
    """It in one language."""

    text: str
    symptom: str = ""
    cause: str = ""
    since: str = ""
    waiting: str = ""
    next_step: str = ""
    actor: str = ""
    meaning: str = ""
    call: str = ""
    reviewed: bool = True


class AlertHeard(Told):
    """`up/alert/{alert}`."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    key: str = ""
    rev: int = 0
    text: str = ""
    state: str
    priority: int | None = None
    subject: SubjectTold
    condition: str
    part: str | None = None
    held_back: str | None = None
    held_since: str | None = None
    isa: str | None = None
    certainty: str | None = None
    reasons: list[str] = []
    first_out: str | None = None
    line: str | None = None
    impact: ImpactTold = ImpactTold()
    began: OnsetTold = OnsetTold()
    raised: str | None = None
    gone: str | None = None
    cleared: str | None = None
    closed: str | None = None
    announced: str | None = None
    reminded: str | None = None
    acknowledged: SaidTold | None = None
    shelved: SaidTold | None = None
    caused_by: str | None = None
    root_of: list[str] = []
    latched: bool = False
    unstable: bool = False
    repeats: int = 0
    completions: int = 0
    escalation: int = 0
    evidence: list[EvidenceTold] = []
    rule: RuleTold | None = None
    nearly: list[NearlyTold] = []
    texts: dict[str, TextTold] = {}

    @property
    def stands(self) -> bool:
        """Whether it calls for somebody: true for long enough, and not held back."""
        return self.state in ("active", "clearing") and self.held_back is None and self.priority is not None

    @property
    def unanswered(self) -> bool:
        """Whether nobody has said that they know."""
        return self.stands and self.acknowledged is None

    def said(self, language: str | None) -> TextTold:
        """It in this language, else in the first of the site."""
        first = next(iter(self.texts.values()), TextTold(text=self.text, symptom=self.text))
        return self.texts.get(language or "", first)


class StopTold(Told):
    """Somebody stops something on purpose."""

    scope: SubjectTold
    by: str = ""
    since: str | None = None
    until: str | None = None
    reason: str = ""


class CountsTold(Told):
    """How many alerts a site says that it has."""

    told: dict[str, int] = {}
    held_back: int = 0
    pending: int = 0


class SummaryHeard(Told):
    """`up/summary`, as far as it is about alerts."""

    alerts: CountsTold = CountsTold()
    planned_stops: list[StopTold] = []

    @property
    def open(self) -> int:
        """How many alerts should be on topics of their own, beside those that are over."""
        return sum(self.alerts.told.values()) + self.alerts.held_back + self.alerts.pending


@dataclass(frozen=True, slots=True)
class SiteAlerts:
    """The alerts of one site, worst first, and the stops that are planned. `missing`: how many more it counts itself;
    `silent_s`: since it was heard live."""

    site: str
    presence: SitePresence
    alerts: tuple[AlertHeard, ...] = ()
    stops: tuple[StopTold, ...] = ()
    silent_s: float | None = None
    heartbeat_at: str | None = None
    missing: int = 0

    @property
    def away(self) -> bool:
        """What it has told may have changed since."""
        return self.presence is not SitePresence.LIVE


def worst_first(alerts: Iterable[AlertHeard]) -> tuple[AlertHeard, ...]:
    """Those that call for somebody before others, the urgent first, of the same urgency those that nobody has answered,
    and then the one that stands longest."""
    return tuple(sorted(alerts, key=_rank))


def _rank(alert: AlertHeard) -> tuple[bool, int, bool, int, float, str]:
    priority = alert.priority or _LEAST
    began = seconds(alert.began.by)
    return (
        not alert.stands,
        priority,
        alert.acknowledged is not None,
        _AFTER.get(alert.state, 0),
        began or 0.0,
        alert.id,
    )


def sites_first(sites: Iterable[SiteAlerts]) -> tuple[SiteAlerts, ...]:
    """Sites with their alerts worst first; the one with the worst alert before the others."""
    ordered = (replace(site, alerts=worst_first(site.alerts)) for site in sites)
    return tuple(
        sorted(ordered, key=lambda site: (*(_rank(site.alerts[0]) if site.alerts else (True, _LEAST + 1)), site.site))
    )


def found(sites: Iterable[SiteAlerts], wanted: str) -> list[tuple[SiteAlerts, AlertHeard]]:
    """The alerts whose id is `wanted`, else those whose id begins so; open ones before those that are over."""
    known = [(site, alert) for site in sites for alert in site.alerts]
    exact = [(site, alert) for site, alert in known if alert.id == wanted]
    begun = exact or [(site, alert) for site, alert in known if alert.id.startswith(wanted)]
    return [each for each in begun if each[1].state != "closed"] or begun


def short_ids(ids: Iterable[str]) -> dict[str, str]:
    """By id, how much of it somebody must type so that only this one is meant."""
    known = sorted(set(ids))
    beside = zip(["", *known], known, [*known[1:], ""], strict=False)
    return {
        id_: id_[: max(SHORTEST_ID, 1 + _common(id_, before), 1 + _common(id_, after))] for before, id_, after in beside
    }


def _common(one: str, other: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
