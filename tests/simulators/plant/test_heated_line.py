"""A heater controller sits on a laminator of a line: what befalls the rollers stops the line, whoever knows of it."""

from dataclasses import replace

import pytest
from fleetmon.simulators.model.commands import NEVER, Command, Do, Happening
from fleetmon.simulators.plant import Plant
from fleetmon.simulators.plant.states import Klass
from fleetmon.simulators.sheets.parts import Activity
from fleetmon.simulators.sheets.sheet import load_sheet

from .conftest import Build

NINE = 2 * 3600.0


def heated(calm: Build, *happenings: Happening) -> Plant:
    """The calm office with a controller on its laminator."""
    office = calm().office
    place = replace(office.places[-1], name="lam-1-heater", sheet=load_sheet("omron_heater"), serial="SIM-9")
    return Plant(
        replace(office, places=(*office.places, replace(place, follows="lam-1", batches=None, chance=None))),
        happenings=happenings,
    )


def burnout(seconds: float) -> Happening:
    return Happening(NINE, "lam-1-heater", Command(Do.RAISE, fault="burnout", seconds=seconds))


def test_a_burnout_that_only_the_controller_knows_of_is_a_silent_stop(calm: Build) -> None:
    """At nine the element burns out; within two minutes the laminator is too cold, says so and no more, for an hour."""
    plant = heated(calm, burnout(3600))
    plant.step(NINE + 1800)
    laminator = plant.machines["lam-1"]
    assert laminator.activity is Activity.WARMING
    assert not any(fault.stops for fault in laminator.faults)
    [stop] = [stop for stop in plant.close(NINE + 7200) if stop.machine == "lam-1" and stop.klass is Klass.SILENT]
    assert (stop.reason, stop.cause, stop.planned) == ("burnout", "lam-1", False)
    assert NINE < stop.start < NINE + 120
    assert NINE + 3600 <= stop.end < NINE + 3600 + 200
    blamed = [each for each in plant.truth() if each.klass in (Klass.STARVED, Klass.BLOCKED) and each.end > NINE + 600]
    assert blamed
    assert {each.cause for each in blamed} == {"lam-1"}


@pytest.mark.parametrize("every", [0.9, 61.0])
def test_looking_more_often_changes_nothing(calm: Build, every: float) -> None:
    """An idle laminator, whose only events are its rollers', is found too cold at the same moment either way."""
    watched, alone = heated(calm, burnout(1200)), heated(calm, burnout(1200))
    now = NINE - 100
    while now < NINE + 2000:
        watched.machines["lam-1-heater"].step(now)
        now += every
    assert list(watched.truth_lines(NINE + 3600)) == list(alone.truth_lines(NINE + 3600))


def test_a_controller_that_is_stopped_stops_the_line_until_it_is_started(calm: Build) -> None:
    """For good, until somebody clears it; then the laminator warms up and works."""
    plant = heated(calm, Happening(NINE, "lam-1-heater", Command(Do.RAISE, fault="stopped", seconds=NEVER)))
    plant.step(NINE + 900)
    made = plant.machines["lam-1"].made
    plant.step(NINE + 3600)
    assert plant.machines["lam-1"].made == made
    plant.obey("lam-1-heater", Command(Do.CLEAR, fault="stopped"), NINE + 3600)
    plant.step(NINE + 3900)
    assert plant.machines["lam-1"].made > made
