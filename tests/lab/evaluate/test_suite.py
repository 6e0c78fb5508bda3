"""A small part of what `make evaluate` plays: nothing false, missed or told twice, and always the same."""

from collections import Counter
from collections.abc import Iterable
from functools import cache

import pytest
from fleetmon.simulators.stories.scenario import load_scenario, shipped

from fleetmon.lab.evaluate.facts import Kind
from fleetmon.lab.evaluate.figures import figures
from fleetmon.lab.evaluate.score import Score
from fleetmon.lab.evaluate.stream import Notice
from fleetmon.lab.evaluate.suite import HELD_BACK, TUNING, Run, alerts, play, repeats, runs
from fleetmon.lab.virtual_time.virtual import Turns
from fleetmon.model.alerts import Move

HOUR = 3600.0


@pytest.mark.parametrize(
    ("scenario", "hours", "told"),
    [
        ("jam_with_bit", 3, Kind.FAULT),
        ("cover_left_open", 3, Kind.OPERATOR),
        ("ribbon_out", 3, Kind.SUPPLY),
        ("unplugged", 3, Kind.OFF),
        ("site_network_lost", 3, Kind.CONTACT),
        ("bad_serial_line", 6, None),
    ],
)
def test_every_promise_is_kept(scenario: str, hours: float, told: Kind | None) -> None:
    """The first hours of a scenario with a seed for tuning: every gate holds, and what it is about is told once."""
    score = play(Run(scenario, 1), lasts=hours * HOUR)
    found = figures(score)
    assert [gate.promise for gate in found.gates if not gate.kept] == []
    assert not score.findings
    assert told is None or [each.alerts for each in score.outcomes if each.kind is told and each.alerts]
    assert found.due or told is None


@pytest.mark.parametrize("turns", [Turns.REVERSED, Turns.SHUFFLED])
def test_no_alert_hangs_on_the_order_of_polls(turns: Turns) -> None:
    """All machines asked at the same moments, in whatever order: the same alerts, of the same, at the same moments."""
    usual, other = asked_in(Turns.TOGETHER), asked_in(turns)
    assert usual == other
    assert sum(usual.values()) >= 3


def test_a_run_is_the_same_again() -> None:
    """Every event, with its moment and all that it says."""
    assert repeats(Run("jam_with_bit", 2), lasts=2.5 * HOUR)


def test_the_seeds_of_a_scenario() -> None:
    """Those that may be looked at, those that may not, and any."""
    seeds = load_scenario("starved").seeds
    assert tuple(each.seed for each in runs(["starved"], TUNING)) == seeds.tuning
    assert tuple(each.seed for each in runs(["starved"], HELD_BACK)) == seeds.held_back
    assert runs(["starved", "blocked"], [7]) == [Run("starved", 7), Run("blocked", 7)]
    assert {each.scenario for each in runs(shipped(), HELD_BACK)} == {*shipped()}


def test_scores_add_up() -> None:
    """Runs that are played apart are judged together."""
    one = Score(runs=1, machine_hours=75.0, messages=3)
    assert figures(Score.of([one, one])).machine_months == 1.0


@cache
def asked_in(turns: Turns) -> Counter[tuple[float, str, Move, bool]]:
    """What is told when machines are asked in that order."""
    return told_of(alerts(Run("starved", 1), turns, lasts=3 * HOUR))


def told_of(notices: Iterable[Notice]) -> Counter[tuple[float, str, Move, bool]]:
    """Without the names of occurrences, and without the order within a moment."""
    return Counter((each.now, each.key, each.move, each.tell) for each in notices)
