"""Corners of an alert's life in which something could be hidden, told twice, or never end."""

from dataclasses import replace

import pytest

from fleetmon.assess.alerting.rules import RULES
from fleetmon.model.alerts import (
    Acknowledge,
    AlertPlan,
    AlertState,
    Condition,
    PlanStop,
    Shelve,
    Subject,
    SubjectKind,
)
from fleetmon.model.words import Severity, Silence

from .office import COVER, FILM_LOW, FILM_OUT, JAM, NO_MEDIA, TOO_HOT, Office, fault

HOUR_S = 3600.0
MOTOR, FAN, LASER = fault("motor-failure"), fault("fan-failure"), fault("laser-failure")
TWO_PRINTERS = (("prn1", "prn2"), ("lam1",))
HARDWARE = "machine:prn1:hardware-fault"
QUIET_COVERS = {Condition.COVER_OPEN: replace(RULES[Condition.COVER_OPEN], priority=None)}


def taken(office: Office, key: str) -> None:
    """Somebody acknowledges what is told under a key."""
    assert office.orders(Acknowledge(office.alert(key).id, "operator")) is None


def later(office: Office, seconds: float) -> float:
    """A moment of the wall clock."""
    return office.at(office.now).utc + seconds


def test_another_fault_that_follows_an_acknowledged_one_is_told() -> None:
    """A motor fault is taken and gone at 360 s; ten minutes later the fan fails: nobody has taken that."""
    office = Office(("prn1",)).until(300)
    office.machines["prn1"].faults = (MOTOR,)
    office.then(60)
    taken(office, HARDWARE)
    office.machines["prn1"].faults, office.machines["prn1"].pace_s = (), None
    office.then(600)
    office.machines["prn1"].faults = (FAN,)
    office.then(60)
    assert [each.move for each in office.told if each.tell] == ["raised", "joined"]
    assert office.alert(HARDWARE).handling.acknowledged is None


def test_a_grave_fault_that_joins_must_be_looked_at_too() -> None:
    """A laser fault joins a motor fault and both go: it stays until somebody says that they have looked."""
    office = Office(("prn1",)).until(300)
    office.machines["prn1"].faults = (MOTOR,)
    office.then(60)
    office.machines["prn1"].faults = (MOTOR, LASER)
    office.then(60)
    office.machines["prn1"].faults = ()
    office.then(600)
    assert office.alert(HARDWARE).latched
    assert office.alert(HARDWARE).state is AlertState.CLEARING


def test_a_printer_that_comes_and_goes_calls_nobody_about_the_other() -> None:
    """prn2's jam is pulled and comes back every two minutes while prn1's is taken: prn1 is not told again."""
    office = Office(("prn1", "prn2", "lam1"), TWO_PRINTERS).until(300)
    office.machines["prn2"].faults, office.machines["prn2"].pace_s = (JAM,), None
    office.then(60)
    office.machines["prn1"].faults = (JAM,)
    office.then(60)
    taken(office, "machine:prn1:jam")
    for _ in range(8):
        office.machines["prn2"].faults = ()
        office.then(120)
        office.machines["prn2"].faults = (JAM,)
        office.then(120)
    assert [each.move for each in office.told if each.tell and each.key == "machine:prn1:jam"] == ["raised"]
    assert office.alert("machine:prn1:jam").handling.acknowledged is not None


def test_a_shelf_does_not_hide_that_the_line_stands() -> None:
    """A film that ends is shelved as priority 2; ten minutes later it is priority 1, which nobody shelved."""
    office = Office(("prn1", "lam1"), (("prn1",), ("lam1",))).until(300)
    office.machines["lam1"].faults = (FILM_OUT,)
    office.then(60)
    key = "machine:lam1:supply-empty:film"
    assert office.orders(Shelve(office.alert(key).id, "operator", later(office, 8 * HOUR_S), "later")) is None
    office.then(900)
    assert [each.move for each in office.told if each.tell][:2] == ["raised", "worsened"]
    assert office.alert(key).handling.shelved is None


def test_what_is_told_for_safety_is_not_shelved() -> None:
    """Over-temperature is told whatever else is so: the order is refused, and says what to do instead."""
    office = Office(("lam1",)).until(300)
    office.machines["lam1"].faults = (TOO_HOT,)
    office.then(60)
    order = Shelve(office.alert("machine:lam1:over-temperature").id, "operator", later(office, 600), "a known sensor")
    assert "acknowledge it instead" in str(office.orders(order))


@pytest.mark.parametrize("why", [Silence.UNAUTHORISED, Silence.DRIVER_BUG])
def test_a_wrong_password_everywhere_is_no_lost_network(why: Silence) -> None:
    """Four machines refuse us, or cannot be understood: each says so, and the network is not blamed."""
    office = Office(("prn1", "prn2", "prn3", "prn4")).until(300)
    for machine in office.machines.values():
        machine.silent = why
    office.then(900)
    assert "site:office:network-lost" not in office.announced()
    assert len(office.announced()) == 4


def test_a_line_that_is_switched_off_on_purpose_is_no_lost_network() -> None:
    """Three of five machines are off in a planned stop of their line: nobody is called."""
    office = Office(("prn1", "prn2", "lam1", "prn3", "prn4"), TWO_PRINTERS).until(300)
    order = PlanStop(Subject(SubjectKind.LINE, "l1"), "engineer", later(office, 4 * HOUR_S), "new cables")
    assert office.orders(order) is None
    for name in ("prn1", "prn2", "lam1"):
        office.machines[name].silent = Silence.TIMEOUT
    office.then(1800)
    assert office.announced() == []


def test_whoever_waits_for_a_planned_stop_calls_nobody() -> None:
    """The printer stands on purpose; that nothing comes to the laminator is part of the plan."""
    office = Office(("prn1", "lam1"), (("prn1",), ("lam1",))).until(300)
    scope = Subject(SubjectKind.MACHINE, "prn1")
    assert office.orders(PlanStop(scope, "engineer", later(office, 4 * HOUR_S), "service")) is None
    office.machines["prn1"].pace_s = None
    office.then(60)
    office.machines["lam1"].faults = (NO_MEDIA,)
    office.then(1800)
    assert office.announced() == []


def test_a_stop_does_not_outlive_its_end_when_the_clock_is_set_back() -> None:
    """A planned stop of half an hour, and somebody sets the clock a day back: after half an hour it is over."""
    office = Office(("lam1",)).until(300)
    scope = Subject(SubjectKind.MACHINE, "lam1")
    assert office.orders(PlanStop(scope, "engineer", later(office, 1800), "service")) is None
    office.machines["lam1"].faults = (JAM,)
    office.then(300)
    office.set_off = -24 * HOUR_S
    office.then(1800)
    assert office.monitor.production.planned_stops() == ()
    assert office.announced() == ["machine:lam1:jam"]


def test_what_a_flood_kept_back_is_told_after_a_restart() -> None:
    """Twenty covers at once, and the process starts anew before the summary: a summary names the ten all the same."""
    office = Office([f"prn{number:02}" for number in range(20)]).until(300)
    for machine in office.machines.values():
        machine.faults = (COVER,)
    office.then(140)
    kept = [alert.id for alert in office.monitor.production.alerts() if alert.telling.in_summary]
    assert len(kept) == 10
    assert office.summaries == []
    office.starts()
    office.then(HOUR_S)
    assert [each.data["count"] for each in office.summaries] == [10]


def test_what_a_flood_kept_back_is_told_when_it_gets_worse() -> None:
    """A warning that only a summary would name becomes an error: it is told at once."""
    office = Office([f"prn{number:02}" for number in range(20)]).until(300)
    for machine in office.machines.values():
        machine.faults = (fault("media-jam", None, Severity.WARNING),)
    office.then(60)
    alert = next(each for each in office.monitor.production.alerts() if each.telling.in_summary)
    office.machines[alert.subject.id].faults = (JAM,)
    office.then(60)
    assert [each.move for each in office.told if each.tell and each.key == alert.key] == ["worsened"]


def test_a_level_that_swings_slowly_is_unstable_once() -> None:
    """Low three times within the hour: one word about that, and none at each look that follows."""
    office = Office(("lam1",)).until(300)
    for _ in range(2):
        office.machines["lam1"].faults = (FILM_LOW,)
        office.then(310)
        office.machines["lam1"].faults = ()
        office.then(620)
    office.machines["lam1"].faults = (FILM_LOW,)
    office.then(1500)
    moves = office.moves("machine:lam1:supply-low:film")
    assert (moves.count("unstable"), moves.count("steadied")) == (1, 1)


def test_an_acknowledgement_that_runs_out_is_one_call() -> None:
    """Twelve hours after somebody took it the jam still stands: people hear that, not three things at once."""
    office = Office(("prn1",)).until(300)
    office.machines["prn1"].faults = (JAM,)
    office.then(40)
    taken(office, "machine:prn1:jam")
    office.then(12 * HOUR_S + 60)
    assert [each.move for each in office.told if each.tell] == ["raised", "ack-expired"]


def test_a_latched_alert_is_not_written_with_each_document() -> None:
    """Too hot, over, and nobody has looked yet: the machine works on, and nothing about the alert changes."""
    office = Office(("lam1",)).until(300)
    office.machines["lam1"].faults = (TOO_HOT,)
    office.then(60)
    office.machines["lam1"].faults = ()
    office.then(400)
    before = office.alert("machine:lam1:over-temperature")
    office.then(HOUR_S / 4)
    assert office.alert("machine:lam1:over-temperature").rev == before.rev
    assert before.latched


def test_a_cover_that_nobody_is_told_of_hides_no_empty_magazine() -> None:
    """The site wants to hear of no covers; the laminator behind the open printer lacks documents: that is told."""
    plan = replace(Office(("prn1", "lam1"), (("prn1",), ("lam1",))).plan, alerts=AlertPlan(rules=QUIET_COVERS))
    office = Office(("prn1", "lam1"), (("prn1",), ("lam1",)))
    office.starts(plan)
    office.until(300)
    office.machines["prn1"].faults = (COVER,)
    office.then(60)
    office.machines["lam1"].faults = (NO_MEDIA,)
    office.then(300)
    assert office.announced() == ["machine:lam1:media-empty"]
