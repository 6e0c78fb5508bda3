"""A site sees how good its limits of silence are: what they promise, what came of it, and when one is to be set."""

from dataclasses import replace

from tests.assess.timeline import EPOCH

from fleetmon.assess import tuning
from fleetmon.assess.alerting.stall_quality import NOTHING
from fleetmon.assess.tuning import StallFigures
from fleetmon.model.alerts import Acknowledge, AlertState, Priority
from fleetmon.model.plan import StallLimits
from fleetmon.model.words import State, Unit

from .office import COVER, DAY, HOUR, Machine, Office, read

STALL, TUNE = "machine:prn1:stall", "machine:prn1:tune-limit"
PAUSE_S = 580.0  # between two batches: a little more than the fixed limit


def busy(*names: str) -> Office:
    """Half an hour of work, a document a minute."""
    office = Office(names or ("prn1",))
    for machine in office.machines.values():
        machine.pace_s, machine.unit = 60.0, Unit.SHEETS
    return office.until(1800)


def pauses(office: Office, seconds: float = PAUSE_S) -> None:
    """Between two batches it says that it works and makes nothing; then it goes on for an hour."""
    machine = office.machines["prn1"]
    machine.pace_s, machine.state = None, State.PROCESSING
    office.then(seconds)
    machine.pace_s, machine.state, machine.faults = 60.0, None, ()
    office.then(HOUR)


def is_opened(machine: Machine) -> None:
    """Somebody has heard of it and looks inside."""
    machine.state, machine.faults = None, (COVER,)


def figures(office: Office) -> tuple[StallFigures, ...]:
    """What is seen of silent machines now."""
    quality, production = office.monitor.newsroom.quality, office.monitor.production
    return tuning.figures(quality.stalls, production.floor, office.at(office.now), 50)


def counts(office: Office, number: int = 0) -> tuple[int, int, int]:
    """Of a machine: told, taken, nuisances."""
    seen = figures(office)[number].observed
    return seen.told_30_d, seen.taken_30_d, seen.nuisance_30_d


def test_a_pause_between_batches_is_a_nuisance_and_a_cover_that_is_opened_none() -> None:
    """Three pauses told and over by themselves within a minute; one that somebody ended, one that was acknowledged."""
    office = busy("prn1", "prn2")
    for _ in range(3):
        pauses(office)
    first, second = figures(office)
    assert (first.machine, counts(office), first.observed.nuisance_14_d) == ("prn1", (3, 0, 3), 3)
    assert (first.limit.seconds, first.limit.learned, first.limit.predicted) == (540.0, False, None)
    assert 540.0 <= (first.observed.delay_median_s or 0.0) <= 560.0
    assert (second.machine, second.observed) == ("prn2", NOTHING)
    office.coming.append((office.now + 560.0, lambda: is_opened(office.machines["prn1"])))
    pauses(office)
    assert counts(office) == (4, 0, 3)
    office.coming.append((office.now + 560.0, lambda: office.orders(Acknowledge(office.alert(STALL).id, "anna"))))
    pauses(office)
    assert counts(office) == (5, 1, 3)
    read(office)


def test_a_crash_forgets_no_nuisance() -> None:
    """What people heard of is kept at once, and what became of it: no ten minutes of it are lost."""
    office = busy()
    pauses(office)
    office.machines["prn1"].pace_s, office.machines["prn1"].state = None, State.PROCESSING
    office.then(PAUSE_S)
    office.reboots()
    office.machines["prn1"].pace_s, office.machines["prn1"].state = 30.0, None
    office.then(60)
    office.reboots()
    assert counts(office) == (2, 0, 2)


def test_a_wall_clock_that_leaps_takes_nothing_away() -> None:
    """Set ahead by a year and back again: it counts what it counted."""
    office = busy()
    pauses(office)
    office.set_off = EPOCH
    office.then(HOUR)
    assert counts(office) == (0, 0, 0)
    office.set_off = 0.0
    office.then(HOUR)
    assert counts(office) == (1, 0, 1)


def test_a_gap_that_no_alert_told_of_is_missed() -> None:
    """Limits of twenty minutes; it stops for sixteen, for thirteen and for sixteen; a month later that is over."""
    office = busy()
    office.starts(replace(office.plan, stall=StallLimits(cold_start_s=1200.0)))
    office.then(1800)
    for seconds in (960.0, 780.0, 960.0):
        pauses(office, seconds)
    assert counts(office) == (0, 0, 0)
    assert figures(office)[0].missed_30_d == 2
    office.set_off = 30 * DAY
    office.then(60)
    assert figures(office)[0].missed_30_d == 0


def test_batch_pauses_longer_than_the_limit_ask_for_another_limit_until_it_is_set() -> None:
    """The first nuisance is chance, the second is not: a notice that calls nobody, over once the limit it names is set.

    A restart makes no second one of it; of pauses within the new limit nobody hears.
    """
    office = busy()
    pauses(office)
    assert TUNE not in {each.key for each in office.monitor.production.alerts()}
    pauses(office)
    office.starts()
    office.then(HOUR)
    alert = office.alert(TUNE)
    assert (alert.state, alert.priority, alert.telling.announced) == (AlertState.ACTIVE, Priority.NOTICE, None)
    assert {each.name: each.value for each in alert.claim.evidence} == {
        "alerts over by themselves in 14 days": 2,
        "of these the budget allows": 0.2,
        "the longest of these pauses": 10.7,
        "limit now": 9.0,
        "limit that lets them pass": 12.0,
        "to be set": "[alerts.stall] cold_start",
    }
    assert office.moves(TUNE) == ["raised"]
    office.reloads(replace(office.plan, stall=StallLimits(cold_start_s=720.0)))
    office.then(700)
    assert office.moves(TUNE) == ["raised", "cleared"]
    told = office.announced()
    pauses(office)
    assert office.announced() == told == [STALL, STALL]
    read(office)


def test_a_fortnight_without_a_nuisance_ends_the_notice() -> None:
    """Nobody set anything; the machine has no such pause any more."""
    office = busy()
    pauses(office)
    pauses(office)
    assert office.alert(TUNE).state is AlertState.ACTIVE
    office.set_off = 14 * DAY
    office.then(HOUR)
    assert office.moves(TUNE) == ["raised", "cleared"]
    assert counts(office) == (2, 0, 2)
    read(office)


def test_an_office_is_told_again_as_it_was_told() -> None:
    """The same story twice: the same records, the same events."""
    first, second = busy(), busy()
    for office in (first, second):
        pauses(office)
        pauses(office)
    assert first.told == second.told
    assert first.records == second.records
