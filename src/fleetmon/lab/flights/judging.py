"""The stops of that year that were in the news, and what the alarms are worth that were none of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fleetmon.lab.evaluate.bounds import Bounded, rate
from fleetmon.lab.flights.table import START, Airport
from fleetmon.lab.flights.watch import ZONE, Alarm, watch

#: Fewer waiting flights are no work that waits.
LEAST: Final = 3


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing left an airport for a while, between two local times, for a reason that everybody knew."""

    airport: str
    why: str
    begins: datetime
    ends: datetime


def _stop(airport: str, why: str, begins: str, ends: str) -> Stop:
    return Stop(airport, why, *(datetime.fromisoformat(f"2013-{text}").replace(tzinfo=ZONE) for text in (begins, ends)))


_SNOW: Final = ("snowstorm of 8 and 9 February", "02-08 12:00", "02-10 00:00")
STOPS: Final = (
    *(_stop(airport, *_SNOW) for airport in ("EWR", "JFK", "LGA")),
    _stop("LGA", "nose gear collapsed on the runway, 22 July", "07-22 17:45", "07-23 00:00"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm, in local time."""

    airport: str
    alarm: Alarm

    @property
    def at(self) -> datetime:
        """When it was told."""
        return moment(self.alarm.told)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first alarm of each known stop, if any; further ones of the same stops; all others, and how often in a month
    of one airport they came."""

    found: Mapping[Stop, Told | None]
    again: int
    others: tuple[Told, ...]
    a_month: Bounded


def moment(minute: int) -> datetime:
    """The local time of a minute of the year."""
    return datetime.fromtimestamp(START.timestamp() + minute * 60, ZONE)


def judge(airports: Mapping[str, Airport], budget: float, least: int = LEAST) -> Verdict:
    """All airports watched for a year, with at most so many false alarms a month each."""
    months, told = 0.0, list[Told]()
    for name, airport in airports.items():
        watched = watch(airport, least, budget)
        months += watched.months
        told += [Told(name, alarm) for alarm in watched.alarms]
    of = {stop: [each for each in told if _belongs(each, stop)] for stop in STOPS}
    others = tuple(each for each in told if not any(_belongs(each, stop) for stop in STOPS))
    found = {stop: next(iter(alarms), None) for stop, alarms in of.items()}
    again = sum(max(0, len(alarms) - 1) for alarms in of.values())
    return Verdict(found, again, others, rate(len(others), months))


def missed(verdict: Verdict) -> list[Stop]:
    """The known stops that nobody was told of."""
    return [stop for stop, told in verdict.found.items() if told is None]


def _belongs(told: Told, stop: Stop) -> bool:
    return told.airport == stop.airport and stop.begins <= told.at < stop.ends
