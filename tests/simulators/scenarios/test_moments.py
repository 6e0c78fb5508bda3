"""Moments as people write them, and that the days on which clocks change have 23 and 25 hours."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fleetmon.simulators.reading import BadInput, Table
from fleetmon.simulators.stories.moments import Calendar, parse_span, read_start, span
from hypothesis import given
from hypothesis import strategies as st

LONDON = ZoneInfo("Europe/London")
MORNING = Calendar(datetime(2026, 3, 2, 8, tzinfo=ZoneInfo("Asia/Karachi")), 2 * 86_400)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h 30m", 5_400), ("0s", 0), ("2d 1h 1m 1s", 176_461), ("1.5h", 5_400), ("day 1 08:00", 0)],
)
def test_a_moment_is_a_span_or_a_time_of_the_office(text: str, seconds: float) -> None:
    """Spans count from the start; `day 1` is the day of the start."""
    assert MORNING.seconds(text) == seconds
    assert MORNING.seconds("day 2 09:15:30") == 25 * 3600 + 15 * 60 + 30


@pytest.mark.parametrize(("date", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_the_day_on_which_clocks_change_is_shorter_or_longer(date: tuple[int, int, int], hours: int) -> None:
    """From midnight to midnight in London there are 23 hours in March, 25 in October, otherwise 24."""
    calendar = Calendar(datetime(*date, tzinfo=LONDON), 3 * 86_400)
    assert calendar.seconds("day 2 00:00") == hours * 3600


@pytest.mark.parametrize("text", ["", "9", "1h30m", "h", "-5s", "day 1", "day 1 9", "1 h", "2h 90", "noon"])
def test_other_words_are_refused(text: str) -> None:
    """What is neither form is named together with both forms."""
    with pytest.raises(BadInput, match=r'x: link.from: .*is no moment; a span like "90s"'):
        MORNING.moment(Table({"from": text}, "x", "link"), "from")


@pytest.mark.parametrize("text", ["day 1 25:00", "day 1 10:60"])
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    """An hour above 23 or a minute above 59 is no moment."""
    with pytest.raises(BadInput, match="must be in"):
        MORNING.moment(Table({"at": text}, "x"), "at")


@pytest.mark.parametrize("text", ["day 1 07:59", "2d 1s", "day 4 08:00"])
def test_a_moment_outside_the_run_is_refused(text: str) -> None:
    """What comes before the start or after the end would never happen, and whoever wrote it would wonder."""
    with pytest.raises(BadInput, match="outside the run, which lasts 172800 s from 2026-03-02 08:00:00"):
        MORNING.moment(Table({"at": text}, "x"), "at")


@given(st.integers(0, 40), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_spans_add_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    """Every span is the sum of its parts, whichever parts are left out."""
    whole = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    parts = [f"{number}{unit}" for number, unit in zip((days, hours, minutes, seconds), "dhms", strict=True) if number]
    assert parse_span(" ".join(parts) or "0s") == whole


@given(st.text(max_size=20))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    """No text brings anything but a number or a ValueError."""
    with suppress(ValueError):
        assert MORNING.seconds(text) >= 0


@given(st.integers(1, 200), st.integers(0, 23), st.integers(0, 59))
def test_a_time_of_the_office_is_what_its_clock_shows(day: int, hour: int, minute: int) -> None:
    """Counting the seconds from the start leads to what the clock shows then, unless that hour is skipped."""
    calendar = Calendar(datetime(2026, 1, 1, tzinfo=LONDON), 1e9)
    seconds = calendar.seconds(f"day {day} {hour}:{minute:02}")
    reached = (calendar.start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(LONDON)
    skipped = (reached.month, reached.day) == (3, 29) and hour == 1
    assert skipped or (reached.hour, reached.minute) == (hour, minute)


def test_a_start_has_no_zone_and_a_length_no_date() -> None:
    """The office gives the zone; a start with one of its own, or a length that is a date, is refused."""
    assert read_start(Table({"start": "2026-03-02 08:00"}, "x"), "start").hour == 8
    for text in ("2026-03-02T08:00Z", "monday"):
        with pytest.raises(BadInput, match="is no local time like"):
            read_start(Table({"start": text}, "x"), "start")
    with pytest.raises(BadInput, match="lasts: 'day 2 08:00' is no span"):
        span(Table({"lasts": "day 2 08:00"}, "x"), "lasts")
