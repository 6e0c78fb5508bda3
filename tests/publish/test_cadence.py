"""How often a subscriber is told: at once what a person would look at, within the minute what only counts."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.assess.histories import histories, plans
from tests.assess.timeline import EPOCH, IDLE, at, count
from tests.monitor.site import Site
from tests.monitor.test_any_history import moving, still

from fleetmon.model.messages import View
from fleetmon.model.report import Report

MINUTE_S = 60.0


def data(view: View) -> dict[str, Any]:
    """The payload of a state."""
    assert view.data is not None
    return view.data


@given(st.data())
def test_a_state_is_told_again_for_a_reason(draw: st.DataObject) -> None:
    """Between any two states of a machine something changed; if nobody would look at it, a minute passed."""
    plan = draw.draw(plans())
    site = Site(plan)
    first = site.begin(at(0)).views
    for observation in draw.draw(histories(plan)):
        site.step(observation)
    site.time_passes(90_000)
    states = [*(view for view in first if view.topic.startswith("state/")), *site.views]
    for before, after in pairwise(states):
        if still(data(before)) == still(data(after)):
            assert after.at.since(before.at) >= MINUTE_S
            assert moving(data(before)) != moving(data(after))


def test_a_busy_hour_is_sixty_states_and_sixty_counts() -> None:
    """One document every five seconds for an hour, asked every five seconds: a message of each kind a minute."""
    site = Site()
    for second in range(0, 3601, 5):
        site.says(second, count(1000 + second // 5))
    assert len(site.told("counted")) in (60, 61)
    assert len(site.views) in (60, 61, 62)
    assert sum(int(str(each["made"])) for each in site.told("counted")) in range(708, 721)


def test_an_idle_day_is_one_state() -> None:
    """A machine that answers the same every minute for a day is told once: silence is the heartbeat's to explain."""
    site = Site()
    for minute in range(24 * 60):
        site.says(minute * 60, Report(state=IDLE.state, uptime_s=float(minute * 60)))
    assert [view.at.utc - EPOCH for view in site.views] == [0]
    assert len(site.summaries) <= 2
