"""The quality of a site's own alerts as a retained view. Pure."""

from typing import Final

from fleetmon.assess.alerting.quality import Figures
from fleetmon.model.alerts import HeldBack, Priority
from fleetmon.model.messages import View
from fleetmon.model.report import At
from fleetmon.publish import contract
from fleetmon.publish import payloads as p
from fleetmon.publish.device_text import plain
from fleetmon.publish.envelope import rfc3339

_KEYS_AT_MOST: Final = 10
_KEY_ROOM: Final = 160


def kpi_view(figures: Figures, at: At) -> View:
    """The retained figures; they are of `figures.at`."""
    told = p.KpiData(
        at=rfc3339(figures.at.utc),
        since=None if figures.since is None else rfc3339(figures.since),
        announced_10_min=figures.announced_10_min,
        announced_hour=figures.announced_hour,
        announced_day=figures.announced_day,
        busiest_10_min=figures.busiest_10_min,
        flood_min=round(figures.flood_min, 1),
        chattering=[plain(key, _KEY_ROOM) for key in figures.chattering[:_KEYS_AT_MOST]],
        chattering_omitted=max(0, len(figures.chattering) - _KEYS_AT_MOST),
        raised_again=figures.raised_again,
        announced=figures.announced,
        by_priority={str(priority.value): figures.by_priority.get(priority, 0) for priority in Priority},
        top=[p.BusyKey(key=plain(key, _KEY_ROOM), announced=count) for key, count in figures.top[:_KEYS_AT_MOST]],
        top_share=_rounded(figures.top_share, 3),
        attached=figures.attached,
        told_share=_rounded(figures.told_share, 3),
        taken=figures.taken,
        taken_median_s=_rounded(figures.taken_median_s, 1),
        taken_p90_s=_rounded(figures.taken_p90_s, 1),
        untaken=figures.untaken,
        untaken_oldest_s=_rounded(figures.untaken_oldest_s, 1),
        stale=figures.stale,
        held_back={why: figures.held_back.get(why, 0) for why in HeldBack},
    )
    return contract.view("kpi", contract.KPI, None, at, told)


def _rounded(figure: float | None, digits: int) -> float | None:
    return None if figure is None else round(figure, digits)
