"""The quality of a site's own alerts as a retained view. Pure."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from fleetmon.assess.alerting.quality import Figures
from fleetmon.assess.tuning import StallFigures
from fleetmon.model.alerts import HeldBack, Priority
from fleetmon.model.messages import View
from fleetmon.model.report import At
from fleetmon.publish import contract
from fleetmon.publish import payloads as p
from fleetmon.publish.device_text import plain
from fleetmon.publish.envelope import rfc3339

_KEYS_AT_MOST: Final = 10
_KEY_ROOM: Final = 160
#: So many machines are shown at most, and as many as there is room for.
STALLS_AT_MOST: Final = 50
_ROOM_FOR_STALLS: Final = 10 * 1024


def kpi_view(figures: Figures, at: At, stalls: Sequence[StallFigures] = (), machines: int = 0) -> View:
    """The retained figures; they are of `figures.at`. `stalls`: the worst of so many `machines`, the worst first."""
    worst = _fitting([_stall(each) for each in stalls[:STALLS_AT_MOST]])
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
        stalls=worst,
        stalls_omitted=max(machines, len(stalls)) - len(worst),
    )
    return contract.view("kpi", contract.KPI, None, at, told)


def _stall(figures: StallFigures) -> p.StallFigures:
    limit, seen = figures.limit, figures.observed
    return p.StallFigures(
        machine=figures.machine,
        limit_s=round(limit.seconds, 1),
        learned=limit.learned,
        gaps=limit.gaps,
        days=limit.days,
        predicted=_rounded(limit.predicted, 2),
        told_30_d=seen.told_30_d,
        taken_30_d=seen.taken_30_d,
        nuisance_30_d=seen.nuisance_30_d,
        nuisance_14_d=seen.nuisance_14_d,
        missed_30_d=figures.missed_30_d,
        delay_median_s=_rounded(seen.delay_median_s, 1),
    )


def _fitting(stalls: Sequence[p.StallFigures]) -> list[p.StallFigures]:
    """The first of them, as far as there is room."""
    sizes = accumulate(len(each.model_dump_json()) for each in stalls)
    return [each for each, size in zip(stalls, sizes, strict=True) if size <= _ROOM_FOR_STALLS]


def _rounded(figure: float | None, digits: int) -> float | None:
    return None if figure is None else round(figure, digits)
