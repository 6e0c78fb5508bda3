"""What may happen to a site: a poll ended, time came, the settings were read again. Each carries its own moment."""

from typing import TypeAlias

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


Stimulus: TypeAlias = Observation | Elapsed | Reload
