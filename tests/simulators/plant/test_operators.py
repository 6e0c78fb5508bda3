"""People: they notice late, are in one place at a time, go to prayer, use up the shelf, and call a technician."""

from fleetmon.simulators.model.commands import Command, Do, Happening
from fleetmon.simulators.plant import Plant
from fleetmon.simulators.plant.states import Klass

from .conftest import CALM, Build

OPEN, NINE, PRAYER = 3600.0, 7200.0, 10_800.0


def _ends(plant: Plant, until: float, reason: str) -> dict[str, float]:
    own = (stop for stop in plant.close(until) if stop.reason == reason and stop.cause == stop.machine)
    return {stop.machine: stop.end for stop in own if stop.start >= NINE}


def test_one_person_is_in_one_place_at_a_time(calm: Build) -> None:
    """Two magazines run empty together: with one person the second waits until the first is loaded."""
    empty = [Happening(NINE, name, Command(Do.LEVEL, store="Magazine", left=0)) for name in ("prn-1", "prn-2")]
    for seed in range(5):
        alone = _ends(calm(seed, empty), NINE + 3000, "magazine-empty")
        first, second = sorted(alone.values())
        assert second - first >= 25, "loading takes at least 25 s"
        assert first - NINE < 900


def test_at_prayer_nobody_notices_anything(calm: Build) -> None:
    """A magazine that runs empty a minute before prayer is loaded after it; the stop goes on through the break."""
    plant = calm(happenings=[Happening(PRAYER - 20, "prn-1", Command(Do.LEVEL, store="Magazine", left=0))])
    (end,) = _ends(plant, PRAYER + 3000, "magazine-empty").values()
    assert PRAYER + 1200 < end < PRAYER + 1400
    (stop,) = [stop for stop in plant.truth() if (stop.machine, stop.reason) == ("prn-1", "magazine-empty")]
    assert stop.scheduled < stop.end - stop.start - 1100


def test_a_roll_that_is_loaded_is_gone_from_the_shelf(calm: Build) -> None:
    """Each new roll takes one from the shelf; the delivery brings more."""
    stock = [{"sheet": "laminator", "store": "upper-film", "units": 3, "delivered": 2, "every_days": 0.5}]
    empty = [Happening(NINE + 900 * turn, "lam-1", Command(Do.LEVEL, store="upper-film", left=0)) for turn in range(2)]
    plant = calm(happenings=empty, stock=stock)
    plant.step(NINE + 3000)
    assert plant.stock.units("laminator", "upper-film") == 1
    plant.step(43_201)
    assert plant.stock.units("laminator", "upper-film") == 3


def test_what_is_beyond_an_operator_waits_for_a_technician(calm: Build) -> None:
    """A failure for the service lasts hours, a jam minutes; after the service the machine is young again."""
    figures = CALM | {"fault_per_1000": 30, "technical_share": 0.3, "technician_comes": 5000, "technician_works": 1000}
    plant = calm(seed=3, parameters=figures, hours=[])
    faults = [stop for stop in plant.close(3 * 86_400) if stop.klass is Klass.FAULT and stop.end < 3 * 86_400]
    technical = sorted(stop.end - stop.start for stop in faults if "failed" in stop.reason)
    simple = sorted(stop.end - stop.start for stop in faults if "jam" in stop.reason)
    assert len(technical) > 5 < len(simple)
    assert technical[len(technical) // 2] > 4000 > 1000 > simple[len(simple) // 2]
    ages = [post.wear.age for post in plant.posts.values() if post.wired]
    assert min(ages) < min(post.machine.made for post in plant.posts.values() if post.wired)


def test_a_jam_is_cleared_through_the_open_cover(calm: Build) -> None:
    """Whoever pulls out a booklet opens the cover first: the machine tells of both, and the jam was first."""
    plant = calm(seed=2, parameters=CALM | {"fault_per_1000": 100, "technical_share": 0}, hours=[])
    machine, seen = plant.machines["lam-1"], set[tuple[str, ...]]()
    for moment in range(0, 40_000, 5):
        machine.step(moment)
        seen.add(tuple(sorted(fault.name for fault in machine.faults if fault.stops)))
    assert ("cover-open", "document-jam") in seen
    assert not any(stop.reason == "cover-open" for stop in plant.truth() if stop.end - stop.start < 20)


def test_a_cover_is_left_open_and_found(calm: Build) -> None:
    """People who forget every cover leave every machine standing open; somebody sees each of them in the end."""
    figures = CALM | {"fault_per_1000": 20, "technical_share": 0, "cover_forgotten": 1}
    plant = calm(seed=2, parameters=figures, hours=[])
    own = [stop for stop in plant.close(86_400) if stop.cause == stop.machine and stop.end < 86_400]
    ajar = [stop for stop in own if stop.reason == "cover-open"]
    assert len(ajar) > 10
    assert {stop.klass for stop in ajar} == {Klass.OPERATOR}


def test_without_a_crew_nobody_comes(calm: Build) -> None:
    """An office with nobody to look after machines stands still with the first empty roll."""
    plant = calm(happenings=[Happening(NINE, "lam-1", Command(Do.LEVEL, store="upper-film", left=0))], crew=0)
    (stop,) = [stop for stop in plant.close(NINE + 9000) if stop.klass is Klass.SUPPLY]
    assert stop.end == NINE + 9000
