"""What really was wrong in a run, for judging what was told: troubles of machines, waits for them, what machines said.

The plant's truth names every stop; an alert may also be right about what stops nothing (film runs low) or what lies
under a graver trouble (a cover open on a machine that is also jammed). So beside the stops stand the signs: when which
fault of a machine's sheet stood, seen in the machine and not on the wire. All times are seconds after the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from fleetmon.lab.virtual_time.site_plan import IN_SHIFT_S
from fleetmon.model.alerts import Condition
from fleetmon.simulators.plant.calendar import HOLIDAY, OFF_SHIFT, Calendar, Plan
from fleetmon.simulators.plant.parameters import Parameters


class Kind(StrEnum):
    """Whose trouble it is. The machine itself tells of the first three; `off` and `contact` are silence, of a machine
    that has no power or of a line that is broken; `silent` is a machine that stands and does not say why."""

    FAULT = "fault"
    SUPPLY = "supply"
    OPERATOR = "operator"
    OFF = "off"
    CONTACT = "contact"
    SILENT = "silent"


#: What is said of a machine that nobody can hear.
UNREACHED: Final = frozenset(
    {Condition.CONTACT_LOST, Condition.ACCESS_REFUSED, Condition.DRIVER_FAILED, Condition.NETWORK_LOST}
)


@dataclass(frozen=True, slots=True)
class Span:
    """From `begins` to `ends`."""

    begins: float
    ends: float

    def meets(self, begins: float, ends: float, slack: float = 0.0) -> bool:
        """Whether it overlaps another, give or take `slack`."""
        return self.begins <= ends + slack and begins <= self.ends + slack


@dataclass(frozen=True, slots=True)
class Trouble(Span):
    """A machine that is in need of somebody: `machine`, or a site's network ("").

    `conditions` are those of an alert that would be right about it; `demanded`: it must be told, if it lasts.
    `scheduled` are the seconds of it in which people were at work, `asked_s` how often the machine was asked then.
    `work`: when, of a silent one, documents waited for the machine while people were at work.
    """

    machine: str
    kind: Kind
    reason: str
    conditions: frozenset[Condition]
    scheduled: float
    demanded: bool = True
    asked_s: float = IN_SHIFT_S
    work: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait(Span):
    """A healthy machine that starves or is blocked, and at whose door that lies."""

    machine: str
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sign(Span):
    """A fault of the machine's sheet stood; `condition` None: one that calls for nobody."""

    machine: str
    fault: str
    condition: Condition | None
    stops: bool


@dataclass(frozen=True, slots=True)
class Shock(Span):
    """Something after which a monitor is easily confused: a restart, the end of maintenance, a link that returns."""

    what: str


class OpenHours:
    """The hours that hang on the wall, without what people made of them: moments at which an alert may be told."""

    def __init__(self, plan: Plan, start: datetime) -> None:
        punctual = Parameters(shift_jitter=0.0, break_jitter=0.0)
        self._calendar = Calendar(replace(plan, unannounced={}), start, 0, punctual)

    def worked(self, begins: float, ends: float) -> float:
        """Scheduled seconds between two moments."""
        return self._calendar.worked(begins, ends)

    def begin(self, now: float) -> float:
        """`now`, or when the office opens next."""
        return self.after(now, 0.0)

    def after(self, now: float, seconds: float) -> float:
        """The moment at which it will have been open for so long; breaks count, for people are in the house."""
        while True:
            reason, until = self._calendar.at(now)
            if reason not in (OFF_SHIFT, HOLIDAY):
                if now + seconds <= until:
                    return now + seconds
                seconds -= until - now
            if until == now or until == float("inf"):
                return float("inf")
            now = until


@dataclass(frozen=True, slots=True)
class Facts:
    """A run as it really was. `sits_on` names the machine whose rollers a controller watches. `deaf` says when a
    machine could not be heard, or not always, whatever it said, `mute` when never; "" is all of them."""

    machines: tuple[str, ...]
    lasts: float
    hours: OpenHours
    troubles: tuple[Trouble, ...]
    sits_on: Mapping[str, str] = field(default_factory=dict)
    waits: tuple[Wait, ...] = ()
    signs: tuple[Sign, ...] = ()
    deaf: tuple[tuple[str, Span], ...] = ()
    mute: tuple[tuple[str, Span], ...] = ()
    shocks: tuple[Shock, ...] = ()

    def unheard(self, machine: str, begins: float, ends: float) -> Span | None:
        """The last stretch in which the machine could not be heard, and which meets that time."""
        met = [span for who, span in self.deaf if who in ("", machine) and span.meets(begins, ends)]
        return max(met, key=lambda span: span.ends, default=None)
