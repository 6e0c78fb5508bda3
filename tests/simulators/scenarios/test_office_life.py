"""Hours, holidays, work and stock: each scenario's sentence, held against the truth of two seeds."""

from collections.abc import Iterator
from datetime import date, time
from itertools import pairwise

from fleetmon.simulators.model.commands import Do
from fleetmon.simulators.plant.states import CALENDAR, DEMAND, Klass
from fleetmon.simulators.stories.scenario import load_scenario

from .played import HOUR, MINUTE, OWN, Played

DAY = 24 * HOUR


def test_ordinary_month(told: Played) -> None:
    """Nothing is scripted, and every kind of stop comes, in a measure that an office could live with."""
    assert not told.scenario.happenings
    klasses = {stop.klass for stop in told.stops}
    assert OWN - {Klass.OFF} <= klasses
    assert {Klass.STARVED, Klass.BLOCKED, Klass.NO_WORK, Klass.PLANNED, Klass.CLEANING, Klass.WARMING} <= klasses
    troubles = [stop for name in told.plant.machines for stop in told.of(name, *OWN) if stop.scheduled >= 15 * MINUTE]
    months = len(told.plant.machines) * told.plant.calendar.worked(0, told.scenario.lasts) / (150 * HOUR)
    assert 0.5 < len(troubles) / months < 6


def test_quiet_month(told: Played) -> None:
    """Fifty thousand documents, and no machine stops unplanned for a quarter of an hour, nor waits for one that did."""
    assert sum(machine.made for machine in told.plant.machines.values()) > 30_000
    assert not [stop for name in told.plant.machines for stop in told.long_unplanned(name)]


def test_clocks_change(told: Played) -> None:
    """The night's shift of 22 to 6 has seven hours, the next one eight, both by the office's own clock."""
    nights = list(_shifts(told, "lbl-1"))
    assert len(nights) == 2
    for (begins, ends), hours in zip(nights, (7, 8), strict=True):
        local = [told.plant.calendar.local(moment) for moment in (begins, ends)]
        assert abs(begins - _clock(told, begins, time(22))) < 10 * MINUTE, local
        assert abs(ends - _clock(told, ends, time(6))) < 10 * MINUTE, local
        assert abs(ends - begins - hours * HOUR) < 10 * MINUTE
    assert {told.plant.calendar.local(moment).utcoffset() for moment in nights[0]} != {None}
    assert not [stop for name in told.plant.machines for stop in told.long_unplanned(name)]


def test_unknown_holiday(told: Played) -> None:
    """On Wednesday nothing is made although everything is on; the plan on the wall knows of no holiday that day."""
    noon = told.plant.calendar.start.replace(day=8, hour=12, minute=0).timestamp() - told.scenario.start.timestamp()
    plant = told.at(noon)
    assert plant.calendar.local(noon).date() == date(2026, 4, 8)
    for name, machine in plant.machines.items():
        assert machine.answers
        assert not [fault for fault in machine.faults if fault.stops]
        [stop] = [s for s in told.of(name, Klass.PLANNED) if s.start <= noon < s.end]
        assert (stop.reason, stop.cause, stop.planned) == ("holiday", CALENDAR, True)
        assert told.made(name, noon - 6 * HOUR, noon + 6 * HOUR) == 0
        assert told.made(name, noon + 18 * HOUR, noon + 24 * HOUR) > 0
    day = date(2026, 4, 8)
    plan = told.plant.office.plan
    assert day not in plan.holidays
    assert day not in plan.unannounced


def test_ramadan(told: Played) -> None:
    """Work is from nine to three with a short prayer, and on Friday until half past twelve without one."""
    days = list(_shifts(told, "lbl-1"))
    assert len(days) == 5
    for number, (begins, ends) in enumerate(days):
        assert abs(begins - _clock(told, begins, time(9))) < 10 * MINUTE
        assert abs(ends - _clock(told, ends, time(12, 30) if number == 4 else time(15))) < 10 * MINUTE
    prayers = told.of("lbl-1", Klass.PLANNED, reason="prayer")
    assert len(prayers) == 4
    assert all(10 * MINUTE < stop.end - stop.start < 30 * MINUTE for stop in prayers)


def test_friday_prayer(told: Played) -> None:
    """Two hours at noon without a document, planned, while documents wait."""
    prayers = [stop for stop in told.stops if stop.reason == "prayer" and stop.klass is Klass.PLANNED]
    long = [stop for stop in prayers if stop.end - stop.start > 100 * MINUTE]
    assert {stop.machine for stop in long} == {*told.plant.posts}
    assert all(stop.planned and stop.scheduled < 1 for stop in long)
    assert sum(stop.waiting for stop in long) > 0
    assert not told.made("prn-3", long[0].start + 5 * MINUTE, long[0].end)


def test_no_jobs(told: Played) -> None:
    """Every machine is able and has nothing to do for a day's work; what it waits for is work, nobody's fault."""
    [pause] = told.ordered(Do.PAUSE)
    begins = pause.begins + 6 * HOUR  # by then, what had been ordered before is made
    for name in told.plant.machines:
        assert told.share(name, begins, pause.ends, Klass.NO_WORK, cause=DEMAND) > 0.95
        assert not told.share(name, begins, pause.ends, *OWN)
        assert told.made(name, begins, pause.ends) == 0
        assert told.made(name, pause.ends, pause.ends + 12 * HOUR) > 0
    assert all(machine.answers for machine in told.at(pause.middle).machines.values())


def test_film_shortage(told: Played) -> None:
    """Both laminators work on for weeks, then stand for want of film, printers full before them, until a delivery."""
    [shortage] = told.ordered(Do.SHORTAGE)
    assert shortage.ends - shortage.begins == 56 * DAY
    for name in ("lam-1", "lam-2"):
        dry = max(told.of(name, Klass.SUPPLY, reason="upper-film-empty"), key=lambda stop: stop.scheduled)
        assert shortage.begins + 14 * DAY < dry.start < shortage.begins + 42 * DAY
        assert shortage.ends < dry.end < shortage.ends + 8 * DAY
        assert dry.waiting_end >= 14
        assert told.made(name, dry.end, dry.end + 8 * HOUR) > 50
    assert told.share("prn-3", dry.start + 2 * DAY, dry.end, Klass.BLOCKED, cause="lam-2") > 0.9


def test_showroom(told: Played) -> None:
    """A laminator starves behind a jam, another's film ends while nobody looks, and its printer is blocked."""
    seen = {(stop.klass, stop.cause) for stop in told.stops}
    assert {(Klass.STARVED, "printer-2"), (Klass.SUPPLY, "laminator-1"), (Klass.BLOCKED, "laminator-1")} <= seen


def _shifts(told: Played, machine: str) -> Iterator[tuple[float, float]]:
    """From when to when people were at work, from the truth: between two long stops without people."""
    nights = [stop for stop in told.of(machine) if stop.end - stop.start - stop.scheduled > 45 * MINUTE]
    yield from ((before.end, after.start) for before, after in pairwise(nights))


def _clock(told: Played, moment: float, clock: time) -> float:
    """The moment when the office's clock shows this on the day of another moment."""
    local = told.plant.calendar.local(moment)
    there = local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return there.timestamp() - told.scenario.start.timestamp()


def test_ramadan_is_in_the_office_and_not_in_the_scenario() -> None:
    """The hours of Ramadan are the shipped office's own; the scenario only begins within them."""
    assert "hours" not in load_scenario("ramadan").changes
