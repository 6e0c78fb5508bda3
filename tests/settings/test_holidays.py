"""Public holidays are computed from the settings alone: no network, no clock, and the office has the last word."""

import socket
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.assess.calendar import Hours, WorkCalendar
from fleetmon.model.plan import Break, Calendar, Season, Shift
from fleetmon.settings.public_holidays import YEARS, parts, public_holidays
from fleetmon.settings.values import country


def calendar(folder: Path, site: str) -> Calendar:
    path = folder / "fleetmon.toml"
    head = 'id = "lab"\ntimezone = "Asia/Karachi"\nshifts = { mon-fri = ["08:00-16:00"] }\n'
    path.write_text(f'[site]\n{head}{site}\n[mqtt]\nurl = "mqtt://127.0.0.1"\n')
    return settings.parse(path).plan().calendar


def test_a_country_brings_its_public_holidays(tmp_path: Path) -> None:
    """Each has its day and name, those of the moon too; what nobody has announced yet is called an estimate."""
    found = calendar(tmp_path, 'holidays = { country = "PK" }').holidays
    assert found[date(2026, 8, 14)] == "Independence Day"
    assert found[date(2026, 3, 20)] == "Eid al-Fitr"
    assert {day.year for day in found} == set(YEARS)
    eids = {day: name for day, name in found.items() if name.startswith("Eid al-Fitr")}
    assert [name for day, name in eids.items() if day.year == 2040 and "estimated" not in name] == []


def test_a_part_of_a_country_has_holidays_of_its_own(tmp_path: Path) -> None:
    """Scotland keeps the second of January and works on Easter Monday."""
    scotland = calendar(tmp_path, 'holidays = { country = "GB", subdivision = "SCT" }').holidays
    wales = calendar(tmp_path, 'holidays = { country = "GB", subdivision = "WLS" }').holidays
    assert date(2026, 1, 2) in scotland.keys() - wales.keys()
    assert date(2026, 4, 6) in wales.keys() - scotland.keys()


def test_the_office_has_the_last_word(tmp_path: Path) -> None:
    """A holiday that is worked is worked, a day that is closed is closed, whatever the country does."""
    office = WorkCalendar(
        calendar(tmp_path, 'holidays = { country = "PK", open = [2026-08-14], closed = [2026-08-17] }')
    )
    hours = {day: office.at(office.moment(date(2026, 8, day), 600)) for day in (13, 14, 17)}
    assert [hours[day].hours for day in (13, 14, 17)] == [Hours.WORK, Hours.WORK, Hours.OFF]
    assert hours[17].name == "closed"


def test_a_season_has_hours_of_its_own(tmp_path: Path) -> None:
    """They are taken as they are written; a season without shifts closes the office."""
    found = calendar(
        tmp_path,
        "seasons = [\n"
        '{ name = "Ramadan", from = 2027-02-08, to = 2027-03-09, shifts = { fri = ["09:00-12:30"] },'
        ' breaks = [{ start = "10:00", end = "10:20", tolerance = "0s" }] },\n'
        '{ name = "move", from = 2027-04-01, to = 2027-04-01, shifts = {} } ]',
    )
    assert found.seasons == (
        Season(
            "Ramadan",
            date(2027, 2, 8),
            date(2027, 3, 9),
            (Shift((4,), 540, 750),),
            (Break((0, 1, 2, 3, 4, 5, 6), 600, 620),),
        ),
        Season("move", date(2027, 4, 1), date(2027, 4, 1), ()),
    )
    assert found.holidays == {}


def test_any_country_is_computed_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each one that settings may name, and each part of it, gives days of YEARS with names; nothing is fetched."""
    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("public holidays are computed, not fetched"))
    table = (resources.files("tzdata.zoneinfo") / "iso3166.tab").read_text("utf-8")
    for code in (line[:2] for line in table.splitlines() if not line.startswith("#")):
        assert country(code) == code
        for part in (None, *parts(code)[:2]):
            found = public_holidays(code, part)
            assert all(day.year in YEARS and name for day, name in found.items())
