"""Lines and the quality of alerts as retained views: what they say, and that they stay small."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess.activity import Doing
from fleetmon.assess.alerting.quality import Figures, Quality
from fleetmon.assess.alerting.stall_quality import Observed
from fleetmon.assess.lines import Verdict, judge
from fleetmon.assess.stalls.limit import Limit
from fleetmon.assess.tuning import StallFigures
from fleetmon.model.alerts import HeldBack, Move, Priority, Telling, Transition
from fleetmon.model.messages import View
from fleetmon.model.plan import LinePlan
from fleetmon.model.words import Activity, LineState
from fleetmon.publish.kpi import kpi_view
from fleetmon.publish.production_views import line_gone, line_view

from .alerting import OFFICE, alert, at, claim
from .test_alerts import sent

LINE = OFFICE.lines[0]


def told(view: View) -> dict[str, Any]:
    """The data of a view, proven to fit its schema and the soft limit."""
    data: dict[str, Any] = sent(view)["data"]
    return data


def test_a_line_that_stands_says_where_and_since_when() -> None:
    """The laminator is out of film, one printer waits for it, the other has nothing to do."""
    own = {
        "prn1": Doing(Activity.IDLE, at("9:00")),
        "prn2": Doing(Activity.IDLE, at("9:00")),
        "lam1": Doing(Activity.HELD, at("10:02"), "laminator-supply-empty"),
    }
    verdict = judge(LINE, own, None, at("10:03"), output_per_hour=41.27, waiting=14)
    view = line_view(verdict, LINE, at("10:03"))
    assert (view.topic, view.subject, view.retain) == ("line/line2", None, True)
    data = told(view)
    assert (data["line"], data["name"], data["state"], data["roots"]) == ("line2", "Line 2", "stopped", ["lam1"])
    assert (data["stage_out"], data["stage_out_since"]) == (2, "2026-06-01T05:02:00.000Z")
    assert (data["output_per_hour"], data["waiting"], data["machines_omitted"]) == (41.3, 14, 0)
    assert data["machines"][2] == {
        "machine": "lam1",
        "stage": 2,
        "activity": "held",
        "since": "2026-06-01T05:02:00.000Z",
        "reason": "laminator-supply-empty",
    }
    assert [each["stage"] for each in data["machines"]] == [1, 1, 2]
    assert line_view(verdict, LINE, at("11:00")).data == view.data


def test_a_line_that_the_settings_name_no_more_is_emptied() -> None:
    """Its topic shows nothing."""
    assert line_gone("line2", at("10:00")) == View("line/line2", "fleetmon.line.v1", None, at("10:00"), None)


@given(st.text(max_size=5000), st.integers(1, 400))
def test_a_line_of_any_length_fits(text: str, machines: int) -> None:
    """With the longest ids, and reasons that no vocabulary has; what there is no room for is counted."""
    names = tuple(f"m{n:047}" for n in range(machines))
    doings = {name: Doing(Activity.FAULTED, at("10:00"), text) for name in names}
    verdict = Verdict("line2", LineState.STOPPED, at("10:00"), doings, names, 1, at("10:00"), 1e300, 10**9)
    data = told(line_view(verdict, LinePlan("line2", (names,), name=text or None), at("10:00")))
    assert len(data["machines"]) + data["machines_omitted"] == machines


def test_the_figures_of_a_day() -> None:
    """Two announced and one taken after three minutes, one attached: as they were counted."""
    quality, telling = Quality(), Telling(at("10:02:30"))
    first, second = alert(telling=telling), alert(claim("prn1"), id="b", telling=telling, priority=Priority.P3)
    child = alert(claim("prn2"), id="c", held_back=HeldBack.INHIBITED)
    for each in (first, second):
        quality.hear(Transition(each, Move.ANNOUNCED, at("10:02:30"), tell=True))
    quality.hear(Transition(child, Move.RAISED, at("10:02:30")))
    quality.hear(Transition(first, Move.ACKNOWLEDGED, at("10:05:30"), by="Desk 4"))
    data = told(kpi_view(quality.figures(at("10:10"), [first, second, child]), at("10:10")))
    assert (data["announced_hour"], data["announced"], data["attached"], data["told_share"]) == (2, 2, 1, 0.667)
    assert data["by_priority"] == {"1": 0, "2": 1, "3": 1, "4": 0, "5": 0}
    assert (data["taken"], data["taken_median_s"]) == (1, 180.0)
    assert data["top"][0] == {"key": "machine:lam1:supply-empty", "announced": 1}
    assert data["held_back"] == {"inhibited": 1, "maintenance": 0, "by-design": 0, "shelved": 0}


def test_a_site_at_its_first_minute_has_figures_too() -> None:
    """Nothing happened: no share of nothing, no median."""
    data = told(kpi_view(Quality().figures(at("10:10"), ()), at("10:10")))
    assert (data["since"], data["top_share"], data["told_share"], data["taken_median_s"]) == (None, None, None, None)
    assert (data["stalls"], data["stalls_omitted"]) == ([], 0)


def test_what_limits_promise_stands_beside_what_was_seen() -> None:
    """A machine with a learned limit and three nuisances, one of which nothing is known; two for which no room is."""
    learned = StallFigures(
        "lam1", Limit(437.26, True, 5_000, 12, 0.4987), Observed(5, 1, 3, 2, 500.0, 452.04), missed_30_d=1
    )
    fresh = StallFigures("prn1", Limit(540.0, False, 0, 0), Observed(), missed_30_d=0)
    data = told(kpi_view(Quality().figures(at("10:10"), ()), at("10:10"), [learned, fresh], machines=4))
    assert data["stalls_omitted"] == 2
    assert data["stalls"][0] == {
        "machine": "lam1",
        "limit_s": 437.3,
        "learned": True,
        "gaps": 5000,
        "days": 12,
        "predicted": 0.5,
        "told_30_d": 5,
        "taken_30_d": 1,
        "nuisance_30_d": 3,
        "nuisance_14_d": 2,
        "missed_30_d": 1,
        "delay_median_s": 452.0,
    }
    assert (data["stalls"][1]["predicted"], data["stalls"][1]["delay_median_s"]) == (None, None)


@given(st.text(max_size=3000), st.floats(0, 1e308), st.integers(0, 10**12))
def test_no_figures_are_too_large(key: str, seconds: float, number: int) -> None:
    """Keys of any length, numbers of any size, hundreds that chatter."""
    known: Figures = Quality().figures(at("10:10"), ())
    worst = replace(
        known,
        chattering=(key,) * 500,
        top=((key, number),) * 10,
        flood_min=seconds,
        untaken_oldest_s=seconds,
        taken_p90_s=seconds,
        announced=number,
    )
    observed = Observed(number, number, number, number, seconds, seconds)
    silent = StallFigures("m" * 48, Limit(seconds, True, number, number, seconds), observed, number)
    data = told(kpi_view(worst, at("10:10"), [silent] * 60, machines=500))
    assert data["chattering_omitted"] == 490
    assert len(data["stalls"]) + data["stalls_omitted"] == 500
    assert len(data["stalls"]) >= 20
