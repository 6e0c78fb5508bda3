"""Other circumstances than the usual: an office that sways, an issuing system, signs that are not believed."""

from dataclasses import replace

import pytest
from fleetmon.simulators.plant.calendar import OFF_SHIFT
from fleetmon.simulators.stories.scenario import load_scenario
from fleetmon.simulators.stories.staging import staged

from fleetmon.lab.evaluate.ablation import HEAD, row, variants, with_stalls
from fleetmon.lab.evaluate.facts import Kind, Span, Trouble
from fleetmon.lab.evaluate.figures import figures
from fleetmon.lab.evaluate.judging import judged
from fleetmon.lab.evaluate.suite import Circumstances, Run, play
from fleetmon.lab.evaluate.witness import asked_s, witnessed
from fleetmon.lab.evaluate.work import heard_waiting, seconds, without
from fleetmon.model.words import WorkSign

from .made import LIMITS, facts, stall

HOUR = 3600.0
MACHINES = {"prn-1", "prn-2", "lam-1", "prn-3", "lam-2", "lbl-1"}


def test_work_waited_for_whoever_stood() -> None:
    """The witness notes when documents waited for a machine that stood: within its stop, and only in working time."""
    scenario = load_scenario("stall_over_lunch")
    truth = witnessed(scenario, 1, MACHINES)
    stood = [each for each in truth.troubles if each.kind is Kind.SILENT and each.scheduled > 1800]
    assert [each.machine for each in stood] == ["lam-2"] * 3
    for each in stood:
        assert each.work
        assert each.begins <= each.work[0].begins
        assert each.work[-1].ends <= each.ends
        assert 900 < seconds(each.work) <= each.scheduled + 1 < each.ends - each.begins
        assert heard_waiting(each, truth) == each.work


def test_a_line_that_loses_answers_is_no_excuse() -> None:
    """Every stall of a line that loses a share of its polls counts in full; of one that is mute it does not."""
    lossy = witnessed(load_scenario("poll_loss"), 1, MACHINES)
    assert all(heard_waiting(each, lossy) == each.work for each in lossy.troubles)
    mute = replace(lossy, mute=(("", Span(0.0, lossy.lasts)),))
    assert not any(heard_waiting(each, mute) for each in mute.troubles)


def test_a_machine_that_says_why_it_stands_does_not_stand_in_silence() -> None:
    """It is stalled by order while a cover is open: the cover is what somebody has to be told of."""
    scenario = load_scenario("first_week")
    truth = witnessed(scenario, 1, MACHINES)
    [ordered] = [
        each for each in truth.troubles if (each.machine, each.reason, each.begins) == ("prn-3", "stalled", 24300)
    ]
    assert (ordered.kind, ordered.work) == (Kind.SILENT, ())
    assert [each for each in truth.signs if each.machine == "prn-3" and each.stops and each.meets(24300, 24300)]


def test_a_desk_at_which_nobody_is() -> None:
    """The laminator before it stands while work waits: to tell that is right, and no duty; the printers wait for it."""
    scenario = load_scenario("operator_absent")
    truth = witnessed(scenario, 1, MACHINES)
    stood = [each for each in truth.troubles if each.reason == "absent"]
    assert {(each.machine, each.kind, each.work) for each in stood} == {("lam-1", Kind.SILENT, ())}
    assert len([each for each in stood if each.scheduled > 0.5 * HOUR]) >= 2
    waits = [each for each in truth.waits if "qc-1" in each.causes and each.machine.startswith("prn")]
    assert [each for each in waits if "lam-1" in each.causes and each.ends - each.begins > 0.5 * HOUR]
    assert all("lam-1" in each.causes for each in waits if any(stop.meets(each.begins, each.ends) for stop in stood))


def test_a_machine_that_comes_back_is_asked_less_often_at_first() -> None:
    """Its plug was out for two minutes: it is asked every twenty seconds until it is found, then every ten."""
    scenario = replace(load_scenario("showroom"), lasts=86400.0)
    truth = witnessed(scenario, 102, {"printer-1", "printer-2", "laminator-1", "laminator-2"})
    back = [each.ends for each in truth.troubles if each.kind is Kind.OFF and each.machine == "laminator-2"]
    assert back
    for each in truth.troubles:
        soon = each.machine == "laminator-2" and any(0 <= each.begins - end < 20 for end in back)
        assert each.asked_s == (20.0 if soon else 10.0)
    assert [each for each in truth.troubles if each.asked_s == 20.0]


def test_a_shift_that_begins_is_noticed_with_the_next_poll() -> None:
    """Off shift there is a poll a minute, also the first one after it."""
    plant = staged(load_scenario("first_week"), 1)
    begins = next(until for t in range(0, 86400, 60) for away, until in [plant.calendar.at(t)] if away == OFF_SHIFT)
    assert plant.calendar.at(begins + 1)[0] != OFF_SHIFT
    for after_s, every_s in ((5.0, 60.0), (59.0, 60.0), (61.0, 10.0)):
        trouble = Trouble(begins + after_s, begins + 300, "lam-1", Kind.FAULT, "jam", frozenset(), 0.0)
        assert asked_s(trouble, (), plant) == every_s


def test_holes_are_cut_out() -> None:
    """In the middle, at the ends, over all of it, beside it."""
    spans = (Span(10, 20), Span(30, 40))
    assert without(spans, ()) == spans
    assert without(spans, (Span(12, 15), Span(18, 32))) == (Span(10, 12), Span(15, 18), Span(32, 40))
    assert without(spans, (Span(0, 50),)) == ()
    assert without(spans, (Span(20, 30), Span(50, 60))) == spans


@pytest.mark.parametrize("perturbed", [0.0, 0.3])
def test_both_plants_of_a_run_have_one_fate(perturbed: float) -> None:
    """A perturbed office is judged by its own truth: the same hours of it are played and kept every promise."""
    score = play(Run("jam_with_bit", 1), 3 * HOUR, Circumstances(perturbed=perturbed))
    assert score.findings == ()
    assert any(each.kind is Kind.FAULT and each.alerts for each in score.outcomes)


def test_every_sign_is_tried() -> None:
    """All of them, each left out, each alone."""
    tried = list(variants())
    assert tried[0].signs == frozenset(WorkSign)
    assert len(tried) == 1 + 2 * len(WorkSign)
    assert {each.signs for each in tried} == {
        frozenset(WorkSign),
        *(frozenset(WorkSign) - {sign} for sign in WorkSign),
        *(frozenset({sign}) for sign in WorkSign),
    }


def test_the_scenarios_for_it_have_silent_stalls() -> None:
    """Those in which somebody makes a machine stand without a word, and no others."""
    found = with_stalls()
    assert {"hung_firmware", "jam_without_bit", "two_stalls", "parallel_hang"} <= {*found}
    assert not {"jam_with_bit", "ordinary_month", "no_jobs"} & {*found}


def test_a_row_of_the_table() -> None:
    """As wide as its head."""
    hour = Span(8 * HOUR, 9 * HOUR)
    score = judged(facts(stall("lam", hour.begins, hour.ends, hour)), [], LIMITS)
    said = row(next(variants()), figures(score))
    assert said == "| all | 0.00 (0.00 .. 17.29) | 100% of 1 | - | - | 0 |"
    assert said.count("|") == HEAD.splitlines()[0].count("|") == HEAD.splitlines()[1].count("|")
