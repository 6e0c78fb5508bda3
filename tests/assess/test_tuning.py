"""When a limit of silence is to be looked at, and what is said to whoever does."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess import tuning
from fleetmon.assess.alerting.rules import RULES, ruled
from fleetmon.assess.alerting.stall_quality import StallQuality, ToldStall
from fleetmon.assess.floor import Floor
from fleetmon.assess.planned import PlannedStops
from fleetmon.assess.stalls.profile import Day, Profile
from fleetmon.assess.stalls.silences import Silences
from fleetmon.assess.wakes import Wakes
from fleetmon.model.alerts import Audience, Claim, Condition, Priority
from fleetmon.model.plan import FleetPlan, MachinePlan, StallLimits
from fleetmon.model.words import MachineKind

from .stalls.gaps import FIRST
from .timeline import EPOCH, at, sources

DAY_S = 86_400.0
NOW = at(100 * DAY_S)
SHIPPED = StallLimits()


def a_floor(limits: StallLimits = SHIPPED, known: bool = False, machines: int = 1, longest_s: float = 250.0) -> Floor:
    """Machines m0, m1, ...; of m0 enough is `known` to learn from, or nothing."""
    plans = tuple(MachinePlan(f"m{n}", MachineKind.PRINTER, sources("main")) for n in range(machines))
    pauses = tuple(range(round(10 * longest_s), 600, -10))[:60]
    days = [Day(FIRST + timedelta(n), 400, 400 * 400, pauses) for n in range(8)] if known else []
    plan = FleetPlan("site", plans, stall=limits)
    floor = Floor(plan, PlannedStops(), Wakes(), {})
    floor.silences = Silences(plan, {"m0": Profile(days)})
    for seen in floor.machines.values():
        seen.limit_s = 60.0
    return floor


def nuisances(*silent_s: float, machine: str = "m0", days_ago: float = 1.0) -> list[ToldStall]:
    """Stalls that were told and over by themselves a minute later, after so long a silence."""
    utc = NOW.utc - days_ago * DAY_S
    return [
        ToldStall(utc, machine, f"{machine}-{days_ago}-{number}", each - 60.0, ended_s=60.0, silent_s=each)
        for number, each in enumerate(silent_s)
    ]


def found(history: list[ToldStall], floor: Floor) -> list[Claim]:
    """What is to be looked at now."""
    return list(tuning.claims(StallQuality(history), floor, NOW))


def said(claim: Claim) -> dict[str, object]:
    """Its figures by name."""
    return {each.name: each.value for each in claim.evidence}


def test_two_nuisances_of_a_fortnight_say_which_limit_would_have_let_them_pass() -> None:
    """A fixed limit of nine minutes, pauses of ten and of eleven: twelve and a half, and where that is set."""
    (claim,) = found(nuisances(600.0, 660.0), a_floor())
    assert (claim.key, claim.stops) == ("machine:m0:tune-limit", False)
    assert said(claim) == {
        "alerts over by themselves in 14 days": 2,
        "of these the budget allows": 0.2,
        "the longest of these pauses": 11.0,
        "limit now": 9.0,
        "limit that lets them pass": 12.5,
        "to be set": "[alerts.stall] cold_start",
    }


def test_one_is_chance_and_what_is_older_is_past() -> None:
    """One of this fortnight and three of the one before it; none of another machine or of one that is gone."""
    history = nuisances(600.0) + nuisances(600.0, 600.0, 600.0, days_ago=15) + nuisances(600.0, 600.0, machine="old")
    assert found(history, a_floor(machines=2)) == []


@pytest.mark.parametrize(("budget", "enough"), [(0.5, 2), (3.0, 3), (5.0, 5)])
def test_whoever_allows_more_is_told_later(budget: float, enough: int) -> None:
    """Twice the budget of fourteen days must be exceeded: 2.8 of three a month, 4.6 of five."""
    floor = a_floor(StallLimits(false_alarms=budget))
    assert found(nuisances(*[600.0] * (enough - 1)), floor) == []
    assert len(found(nuisances(*[600.0] * enough), floor)) == 1


def test_a_limit_that_has_grown_meanwhile_is_good() -> None:
    """Somebody set twelve minutes after pauses of ten."""
    assert found(nuisances(600.0, 600.0), a_floor(StallLimits(cold_start_s=720.0))) == []


def test_a_learned_limit_has_two_ends_that_are_set() -> None:
    """The lower one, as long as the upper one leaves room; else both."""
    floor = a_floor(known=True)
    assert floor.silences.limit("m0", 60.0).learned
    (claim,) = found(nuisances(600.0, 600.0), floor)
    assert (said(claim)["limit that lets them pass"], said(claim)["to be set"]) == (11.0, "[alerts.stall] shortest")
    (claim,) = found(nuisances(600.0, 600.0), a_floor(StallLimits(longest_s=480.0), known=True))
    assert said(claim)["to be set"] == "[alerts.stall] shortest and longest"


def test_no_limit_is_suggested_beyond_twenty_minutes() -> None:
    """Pauses of half an hour: the longest limit there is meant to be; and where that holds already, other means."""
    (claim,) = found(nuisances(1800.0, 1800.0), a_floor())
    assert said(claim)["limit that lets them pass"] == 20.0
    (claim,) = found(nuisances(1800.0, 1800.0), a_floor(StallLimits(cold_start_s=1200.0)))
    assert "limit that lets them pass" not in said(claim)
    assert "planned stop" in str(said(claim)["to be set"])


limits = st.builds(
    StallLimits,
    false_alarms=st.floats(0.01, 30),
    shortest_s=st.floats(60, 600),
    longest_s=st.floats(600, 86_400),
    cold_start_s=st.floats(60, 86_400),
)


@given(limits, st.booleans(), st.lists(st.floats(0, 1e9), max_size=30))
def test_a_suggested_limit_lies_between_five_and_twenty_minutes_and_is_longer(
    limits: StallLimits, known: bool, silent_s: list[float]
) -> None:
    """Whatever the settings and pauses are; and as a setting it gives at least that limit."""
    floor = a_floor(limits, known)
    before = floor.silences.limit("m0", 60.0).seconds
    for claim in found(nuisances(*silent_s), floor):
        assert (claim.condition, len(silent_s) >= 2) == (Condition.TUNE_LIMIT, True)
        wanted = said(claim).get("limit that lets them pass")
        if wanted is None:
            assert before >= 1200.0
            continue
        assert isinstance(wanted, float)
        assert 5.0 <= wanted <= 20.0
        assert 60.0 * wanted > before
        names = str(said(claim)["to be set"]).removeprefix("[alerts.stall] ").split(" and ")
        set_to = replace(limits, **{f"{name}_s": 60.0 * wanted for name in names})
        assert a_floor(set_to, known).silences.limit("m0", 60.0).seconds >= 60.0 * wanted


def test_the_worst_come_first() -> None:
    """By the nuisances of this fortnight, of the month, then what was told; then by name."""
    history = [
        *nuisances(600.0, 600.0, machine="m3"),
        *nuisances(600.0, 600.0, 600.0, machine="m1", days_ago=20),
        ToldStall(NOW.utc, "m2", "x", 500.0, taken=True),
    ]
    quality, floor = StallQuality(history), a_floor(machines=6)
    assert [each.machine for each in tuning.figures(quality, floor, NOW, 5)] == ["m3", "m1", "m2", "m0", "m4"]


def test_gaps_of_other_months_are_not_missed_now() -> None:
    """A profile knows working days; thirty days ago is another month, and tomorrow nobody knows yet."""
    floor = a_floor(known=True, longest_s=950.0)
    profile, quality = floor.silences.profile("m0"), StallQuality()
    first = FIRST.toordinal() - date(1970, 1, 1).toordinal()
    for day, missed in ((-1, 0), (0, 51), (7, 408), (29, 408), (30, 357), (60, 0)):
        moment = at((first + day) * DAY_S - EPOCH + 43_200)
        (found_,) = tuning.figures(quality, floor, moment, 5)
        assert (day, found_.missed_30_d) == (day, missed)
    assert sum(gap >= 9000 for each in profile.days() for gap in each.longest) == 408


def test_the_rule_calls_nobody() -> None:
    """It is for the engineer to read."""
    (claim,) = found(nuisances(600.0, 600.0), a_floor())
    rule = ruled(claim, RULES[claim.condition])
    assert (rule.priority, rule.audience) == (Priority.NOTICE, (Audience.ENGINEER,))
