"""A machine that becomes slower: known to the witness, told by the monitor, and right to be told of."""

import pytest
from fleetmon.simulators.stories.scenario import load_scenario

from fleetmon.assess.stalls import slowdown
from fleetmon.lab.evaluate.facts import Sign
from fleetmon.lab.evaluate.judging import judged
from fleetmon.lab.evaluate.score import Sort
from fleetmon.lab.evaluate.suite import Run, alerts
from fleetmon.lab.evaluate.witness import witnessed
from fleetmon.model.alerts import Condition, Move, Priority

from .made import LIMITS, alert, facts

HOUR = 3600.0
#: The scenario begins at 07:30; its printer becomes slower on the second day at 10:00.
SLOW_AT = 26.5 * HOUR


def test_the_witness_knows_which_machine_is_slower_and_since_when() -> None:
    """Of the scenario as it is shipped; nothing of it is a trouble that must be told."""
    truth = witnessed(load_scenario("slow_down"), 1, {"prn-3", "lam-2"})
    [slow] = [each for each in truth.signs if each.condition is Condition.SLOWER]
    assert (slow.machine, slow.stops) == ("prn-3", False)
    assert slow.begins == pytest.approx(SLOW_AT, abs=600)
    assert slow.ends == truth.lasts


def test_an_alert_about_it_is_right_of_that_machine_alone() -> None:
    """Of the slow machine it is a true warning, of another a false notice; and a jam of the slow one is as false as
    ever."""
    slow = facts(signs=(Sign(9 * HOUR, 12 * HOUR, "prn", "slow", Condition.SLOWER, stops=False),))
    told = [
        alert("prn", 10 * HOUR, condition=Condition.SLOWER, priority=Priority.P4),
        alert("lam", 10 * HOUR, condition=Condition.SLOWER, priority=Priority.P4),
        alert("prn", 10 * HOUR, condition=Condition.JAM),
    ]
    found = [judged(slow, [each], LIMITS).findings for each in told]
    assert [[each.sort for each in some] for some in found] == [[], [Sort.FALSE_NOTICE], [Sort.FALSE]]


def test_a_printer_that_takes_a_fifth_longer_is_told_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the scenario is shipped, with a pace that is known after one day: within ninety minutes, of the machine that
    is slower. Of the label printer, which makes one with every poll, nothing is said."""
    monkeypatch.setattr(slowdown, "LEARN_DAYS", 1)
    monkeypatch.setattr(slowdown, "LEARN_BLOCKS", 12)
    told = [each for each in alerts(Run("slow_down", 1), lasts=SLOW_AT + 1.5 * HOUR) if each.tell]
    slower = [each for each in told if each.condition is Condition.SLOWER]
    assert [(each.subject, each.move, each.priority) for each in slower] == [("prn-3", Move.RAISED, Priority.P4)]
    assert slower[0].now > SLOW_AT
    assert not [each for each in told if each.condition in (Condition.QUIET, Condition.NOT_WORKING, Condition.STALL)]
