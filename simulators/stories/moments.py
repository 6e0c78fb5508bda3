"""Moments of a scenario as people write them: so long after the start, or a time of day on the office's own clock.

A scenario is read by somebody who wants to know what happens at ten past nine, and obeyed by a plant that counts
seconds. Local time is turned into seconds here and nowhere else, through UTC, because a day in which clocks change
has 23 or 25 hours.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from fleetmon.simulators.reading import Table

_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
_SPAN = re.compile(r"(?:\d+(?:\.\d+)?[dhms])(?: \d+(?:\.\d+)?[dhms])*")
_ON_A_DAY = re.compile(r"day (\d{1,3}) (\d{1,2}):(\d{2})(?::(\d{2}))?")
_FORMS = 'a span like "90s" or "1h 30m", or a time of the office like "day 2 09:15"'


def parse_span(text: str) -> float:
    """`"1d 2h 30m 5s"` -> seconds. Raises ValueError."""
    if not _SPAN.fullmatch(text):
        raise ValueError(f'{text!r} is no span like "90s", "1h 30m" or "5d"')
    return sum(float(part[:-1]) * _UNITS[part[-1]] for part in text.split())


def span(table: Table, key: str, default: str | None = None) -> float:
    """A key's span in seconds. Raises BadInput."""
    try:
        return parse_span(table.text(key, default))
    except ValueError as error:
        raise table.bad(key, str(error)) from None


@dataclass(frozen=True, slots=True)
class Calendar:
    """A run that begins at `start` (aware, in the office's zone) and lasts `lasts` seconds."""

    start: datetime
    lasts: float

    def moment(self, table: Table, key: str, default: str | None = None) -> float:
        """A key's moment in seconds after the start. Raises BadInput unless it lies within the run."""
        text = table.text(key, default)
        try:
            at = self.seconds(text)
        except ValueError as error:
            raise table.bad(key, str(error)) from None
        if not 0 <= at <= self.lasts:
            raise table.bad(key, f"{text!r} lies outside the run, which lasts {self.lasts:g} s from {self.start}")
        return at

    def seconds(self, text: str) -> float:
        """`"1h 30m"` or `"day 2 09:15"` (day 1 is that of the start) -> seconds after the start. Raises ValueError."""
        on_a_day = _ON_A_DAY.fullmatch(text)
        if on_a_day is None:
            if not _SPAN.fullmatch(text):
                raise ValueError(f"{text!r} is no moment; {_FORMS} is needed")
            return parse_span(text)
        day, hour, minute, second = (int(part or 0) for part in on_a_day.groups())
        date = self.start.date() + timedelta(days=day - 1)
        local = datetime.combine(date, time(hour, minute, second), self.start.tzinfo)
        return (local.astimezone(UTC) - self.start.astimezone(UTC)).total_seconds()


def read_start(table: Table, key: str) -> datetime:
    """`"2026-03-02 08:00"`, on the office's clock and so without a zone. Raises BadInput."""
    text = table.text(key)
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        start = None
    if start is None or start.tzinfo is not None:
        raise table.bad(key, f'{text!r} is no local time like "2026-03-02 08:00"')
    return start
