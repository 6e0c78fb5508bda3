"""A site writes of a rule what it wants otherwise; the rest stays as shipped, and nonsense is told with its line."""

from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.assess.alerting.rules import RULES, rules
from fleetmon.model.alerts import AlertPlan, Audience, Condition, Priority, Proof, Rule

from .test_bad_settings import GOOD, complaints


def planned(folder: Path, text: str) -> AlertPlan:
    """The alerts of a file."""
    path = folder / "fleetmon.toml"
    path.write_text(GOOD + text)
    return settings.parse(path).plan().alerts


def test_without_a_word_everything_is_as_shipped(tmp_path: Path) -> None:
    """No rule is replaced, so a later version's better rule reaches the site."""
    assert planned(tmp_path, "") == AlertPlan()
    assert rules(planned(tmp_path, "[alerts.rule.jam]\n")) == RULES


def test_a_rule_changes_what_it_names(tmp_path: Path) -> None:
    """A jam after 5 s; all else of it, and every other rule, as shipped."""
    plan = planned(tmp_path, '[alerts.rule.jam]\nraise_after = "5s"\n')
    assert plan.rules == {Condition.JAM: Rule(Priority.P2, 5.0, 30, Proof.COMPLETION)}
    assert rules(plan)[Condition.OFFLINE] is RULES[Condition.OFFLINE]


def test_every_key_of_a_rule_reaches_the_plan(tmp_path: Path) -> None:
    """All at once, beside the numbers of the whole book."""
    text = """
    [alerts]
    reaction = "20m"
    flood_from = 6
    flood_window = "5m"
    [alerts.rule.paused]
    priority = "P4"
    raise_after = "1h"
    clear_after = "0s"
    proof = "completion"
    latch = true
    always = true
    audience = ["engineer", "central"]
    [alerts.rule.cover-open]
    priority = "none"
    [alerts.rule.supply-low]
    priority = "notice"
    """
    plan = planned(tmp_path, text)
    assert (plan.reaction_s, plan.flood_from, plan.flood_window_s) == (1200.0, 6, 300.0)
    audience = (Audience.ENGINEER, Audience.CENTRAL)
    assert plan.rules[Condition.PAUSED] == Rule(Priority.P4, 3600, 0, Proof.COMPLETION, True, True, audience)
    assert plan.rules[Condition.COVER_OPEN].priority is None
    assert plan.rules[Condition.SUPPLY_LOW].priority is Priority.NOTICE


@pytest.mark.parametrize("name", Condition)
def test_every_condition_may_have_a_rule_of_the_site(tmp_path: Path, name: Condition) -> None:
    """Also those of the site, of contact, and what always counts: `latch = false` is a word as well."""
    plan = planned(tmp_path, f"[alerts.rule.{name}]\nlatch = false\nalways = false\n")
    assert (plan.rules[name].latch, plan.rules[name].always) == (False, False)
    assert plan.rules[name].raise_after_s == RULES[name].raise_after_s


CASES = {
    "[alerts.rule.jamm]\n": ['5: alerts.rule.jamm: "jamm" is not allowed; did you mean "jam"?'],
    '[alerts.rule.jam]\nraise_afer = "5s"\n': [
        '6: alerts.rule.jam.raise_afer: unknown key "raise_afer"; did you mean "raise_after"?'
    ],
    "[alerts.rule.jam]\nraise_after = 20\n": [
        '6: alerts.rule.jam.raise_after: must be a duration with its unit, "0s" to "7d"'
    ],
    '[alerts.rule.jam]\nclear_after = "20"\n': [
        (
            '6: alerts.rule.jam.clear_after: is no duration; write a number and a unit: "250ms", "5s", "10m", "2h",'
            ' "7d", "8w"'
        )
    ],
    '[alerts.rule.jam]\nraise_after = "2w"\n': ['6: alerts.rule.jam.raise_after: must be between "0s" and "7d"'],
    '[alerts.rule.jam]\npriority = "P5"\n': [
        '6: alerts.rule.jam.priority: "P5" is not allowed; allowed here: P1, P2, P3, P4, notice, none'
    ],
    "[alerts.rule.jam]\npriority = 2\n": [
        "6: alerts.rule.jam.priority: this kind of value is not allowed; allowed here: P1, P2, P3, P4, notice, none"
    ],
    '[alerts.rule.jam]\nlatch = "yes"\n': ["6: alerts.rule.jam.latch: must be true or false, without quotes"],
    '[alerts.rule.jam]\naudience = ["engineer", "boss"]\n': [
        (
            '6: alerts.rule.jam.audience: "boss" is not allowed; allowed here: operator, engineer, technician, central,'
            " supply"
        )
    ],
    "[alerts.rule.jam]\naudience = []\n": ["6: alerts.rule.jam.audience: must not be empty"],
    '[alerts.rule.contact-lost]\nclear_after = "1m"\nproof = "completion"\n': [
        "7: alerts.rule.contact-lost.proof: must be absence: no document shows that this is over"
    ],
    "[alerts]\nflood_from = 1\n": ["6: alerts.flood_from: must be at least 2"],
    '[alerts]\nreaction = "2d"\n': ['6: alerts.reaction: must be between "0s" and "24h"'],
    "[alerts]\nrule = 5\n": ["6: alerts.rule: must be a table"],
}


@pytest.mark.parametrize(("text", "expected"), CASES.items(), ids=range(len(CASES)))
def test_a_mistake_in_a_rule_is_told_with_its_place_and_its_remedy(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    """The exact words for each bad input."""
    assert complaints(tmp_path, GOOD + text) == [f"fleetmon.toml:{each}" for each in expected]
