"""How good a site's own alerts are: `up/kpi`, after the figures of alarm management (ISA-18.2, EEMUA 191)."""

from typing import Annotated

from pydantic import Field

from fleetmon.model.alerts import HeldBack
from fleetmon.publish.payloads.base import AsOf, Payload, Timestamp


class BusyKey(Payload):
    """A key that was announced often."""

    key: str
    announced: int


class StallFigures(Payload):
    """How good the alerts of one silent machine are: what its limit promises, and what was seen of it.

    A nuisance ended by documents within two minutes after it was raised, and nobody had acknowledged or shelved it.
    """

    machine: str
    limit_s: Annotated[float, Field(description="it may make nothing for so long although work waits, now")]
    learned: Annotated[bool, Field(description="false: fixed, until enough of its pauses is known")]
    gaps: Annotated[int, Field(description="pauses that it is learned from")]
    days: Annotated[int, Field(description="working days they are of")]
    predicted: Annotated[float | None, Field(description="false alarms a machine-month; null where nobody knows")]
    told_30_d: Annotated[int, Field(description="stalls that people heard of")]
    taken_30_d: Annotated[int, Field(description="of those: somebody acknowledged or shelved them")]
    nuisance_30_d: Annotated[int, Field(description="of those: probable nuisances")]
    nuisance_14_d: int
    missed_30_d: Annotated[int, Field(description="gaps of 15 min and more, with work waiting, without an alert")]
    delay_median_s: Annotated[float | None, Field(description="of those told: from falling silent to the alert")]


class KpiData(Payload):
    """`up/kpi`: what people had to hear, how much of it belonged together, and how long it stood unheard.

    `announced_*` and the four that follow them are of the last ten minutes, hour and day; `announced`, `by_priority`,
    `top`, `attached` and `taken_*` of the last thirty days, or since `since` where it is later; `stalls` names its
    days itself; the rest is of now.
    """

    at: Timestamp
    since: Annotated[Timestamp | None, Field(description="the oldest that is counted; null: nothing happened yet")]
    announced_10_min: int
    announced_hour: int
    announced_day: int
    busiest_10_min: Annotated[
        int, Field(description="most announcements within any ten minutes; 1 is good, 10 a flood")
    ]
    flood_min: Annotated[float, Field(description="minutes in flood")]
    chattering: Annotated[list[str], Field(description="keys that came three times within a minute")]
    chattering_omitted: int
    raised_again: Annotated[int, Field(description="how often one came back within ten minutes after it was over")]
    announced: int
    by_priority: Annotated[dict[str, int], Field(description="of those announced")]
    top: Annotated[list[BusyKey], Field(description="the ten that were announced most")]
    top_share: Annotated[float | None, Field(description="their share of all, 0 to 1")]
    attached: Annotated[int, Field(description="alerts that were shown under another one instead of announced")]
    told_share: Annotated[float | None, Field(description="announced, of those and the attached ones, 0 to 1")]
    taken: Annotated[int, Field(description="announced alerts that somebody acknowledged")]
    taken_median_s: Annotated[float | None, Field(description="how long that took")]
    taken_p90_s: float | None
    untaken: Annotated[int, Field(description="that stand announced and unacknowledged now")]
    untaken_oldest_s: float | None
    stale: Annotated[int, Field(description="that have stood for more than a day")]
    held_back: Annotated[dict[HeldBack, int], Field(description="open alerts that are not told, by why")]
    stalls: Annotated[list[StallFigures], Field(description="machines with most nuisances first, 50 at most")]
    stalls_omitted: Annotated[int, Field(description="machines for which there was no room")]
    as_of_seq: AsOf = None
