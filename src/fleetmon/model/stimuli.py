"""What may happen to a site: a poll ended, time came, somebody told of work. Each carries its own moment."""

from typing import TypeAlias

from fleetmon.model.alert_words import Subject
from fleetmon.model.frozen import dataclass
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At, Observation


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The time has come that was asked for: a stall, or a lost line, is an absence of events."""

    at: At


@dataclass(frozen=True, slots=True)
class Reload:
    """The settings were read again and are sound; `plan` holds from now on."""

    plan: FleetPlan
    at: At


@dataclass(frozen=True, slots=True)
class Work:
    """Whoever issues documents tells how many wait to be made: `waiting`, for the site or a line.

    It holds until it is told anew, or for `valid_for_s` seconds: a publisher that died must not be believed for ever.
    """

    scope: Subject
    waiting: int
    valid_for_s: float
    at: At


Stimulus: TypeAlias = Observation | Elapsed | Reload | Work
