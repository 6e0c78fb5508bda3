"""A machine with a heater: it waits for the heat, cools with work and with sleep, and stands cold when heat fails."""

from dataclasses import replace

from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.heater import HeaterParts
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.parts import Activity
from fleetmon.simulators.sheets.sheet import load_sheet

ROLLERS = HeaterParts(
    set_point=150,
    ambient=22,
    rise=260,
    time_constant=240,
    band=20,
    ready=4,
    over=25,
    load=1.2,
    drift=0,
    drift_most=0,
    amps=6,
)
BURNOUT = replace(load_sheet("omron_heater").faults["burnout"], stops=False)
PLAIN = load_sheet("laminator")
SHEET = replace(PLAIN, heater=ROLLERS, warm_up=0, uptime=0, faults=PLAIN.faults | {"burnout": BURNOUT})


def _until(machine: Machine, activity: Activity, most: float) -> float:
    """The moment it begins to do that, at most `most` seconds from now."""
    end = machine.now + most
    while machine.activity is not activity:
        due = machine.due()
        assert due <= end, f"still {machine.activity} at {machine.now}"
        machine.step(due)
    return machine.now


def test_it_warms_up_until_the_rollers_are_hot() -> None:
    """Switched on cold with work waiting: warming for two to four minutes, then it works."""
    machine = Machine(SHEET, backlog=10)
    assert machine.activity is Activity.WARMING
    ready = _until(machine, Activity.WORKING, 400)
    assert 120 < ready < 240
    machine.step(ready + 20)
    assert machine.made == 1


def test_one_that_has_been_on_for_long_is_hot_at_once() -> None:
    """Its uptime at the start of a run counts."""
    assert Machine(replace(SHEET, uptime=3600), backlog=1).activity is Activity.WORKING


def test_work_cools_the_rollers_and_sleep_still_more() -> None:
    """After a batch it is cooler than before; after an hour's sleep it has to warm up again, but not for as long."""
    machine = Machine(replace(SHEET, uptime=3600), backlog=5)
    heater = machine.power.heater
    assert heater is not None
    before = heater.temperature(0)
    machine.step(90)
    assert machine.made == 5
    assert heater.temperature(90) < before - 0.5
    machine.obey(Command(Do.SLEEP), 100)
    machine.obey(Command(Do.PRODUCE, documents=1), 400)
    assert machine.activity is Activity.WARMING
    assert _until(machine, Activity.WORKING, 200) < 550


def test_a_burnt_out_element_that_nobody_reports_leaves_it_warming_for_ever() -> None:
    """The machine says nothing is wrong; it cools, stops taking documents, and goes on once the element is replaced."""
    machine = Machine(replace(SHEET, uptime=3600), backlog=10_000)
    machine.obey(Command(Do.RAISE, fault="burnout"), 10)
    machine.step(600)
    made = machine.made
    machine.step(7200)
    assert (machine.activity, machine.made) == (Activity.WARMING, made)
    machine.obey(Command(Do.CLEAR, fault="burnout"), 7200)
    _until(machine, Activity.WORKING, 400)


def test_unplugged_it_cools_and_a_reboot_warms_it_up_again() -> None:
    """Off for an hour it is at the temperature of the room."""
    machine = Machine(replace(SHEET, uptime=3600), backlog=1)
    heater = machine.power.heater
    assert heater is not None
    machine.obey(Command(Do.OFF), 10)
    machine.step(3610)
    assert (heater.on, round(heater.temperature(3610))) == (False, 22)
    machine.obey(Command(Do.ON), 3610)
    assert _until(machine, Activity.WORKING, 400) > 3700


def test_looking_more_often_changes_nothing() -> None:
    """Two hours of work, one machine looked at every few seconds and the other once."""
    watched, alone = (Machine(replace(SHEET, uptime=0), backlog=10_000, seed=3) for _ in range(2))
    for tenth in range(0, 72_000, 37):
        watched.step(tenth / 10)
    for machine in (watched, alone):
        machine.step(7200)
    assert watched.power.heater is not None
    assert alone.power.heater is not None
    assert (watched.made, watched.activity) == (alone.made, alone.activity)
    assert watched.power.heater.temperature(7200) == alone.power.heater.temperature(7200)
