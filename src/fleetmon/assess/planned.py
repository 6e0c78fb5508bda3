"""Planned stops: somebody takes a machine, a line or the site out of work on purpose, until a moment, for a reason.

What happens meanwhile is recorded and not told. An end is mandatory, since a forgotten switch would hide a stop for
ever; what is closed for longer belongs in the calendar.
"""

from collections.abc import Iterable
from typing import Final

from fleetmon.assess.alerting.people import Refused
from fleetmon.assess.alerting.truth import left_s
from fleetmon.model.alerts import PlannedStop, PlanStop
from fleetmon.model.report import At

LONGEST_S: Final = 31 * 86_400.0


class PlannedStops:
    """Those of one site, one a scope; `known` are from an earlier run."""

    def __init__(self, known: Iterable[PlannedStop] = ()) -> None:
        self._stops = {str(stop.scope): stop for stop in known}
        self.changed = False

    def all(self) -> tuple[PlannedStop, ...]:
        """Those that have not ended."""
        return tuple(self._stops.values())

    def cover(self, *scopes: str) -> bool:
        """Whether one of these scopes is stopped."""
        return bool(self._stops) and any(scope in self._stops for scope in scopes)

    def order(self, order: PlanStop, at: At) -> None:
        """Stop a scope from now on, or end that. Raises Refused."""
        scope = str(order.scope)
        if order.until is None:
            if self._stops.pop(scope, None) is None:
                raise Refused(f"no planned stop of {scope} is known")
        elif order.until <= at.utc:
            raise Refused("the end of the planned stop lies in the past")
        elif order.until > at.utc + LONGEST_S:
            raise Refused("a planned stop lasts 31 days at most; days without work belong in [site.holidays] closed")
        elif not order.reason.strip():
            raise Refused("a planned stop has a reason; say which")
        else:
            self._stops[scope] = PlannedStop(order.scope, order.by, at, order.until, order.reason)
        self.changed = True

    def end(self, at: At) -> bool:
        """Forget those whose time has come: whether there were any."""
        over = [scope for scope, stop in self._stops.items() if left_s(stop.until, stop.since, at) <= 0.0]
        for scope in over:
            del self._stops[scope]
        self.changed = self.changed or bool(over)
        return bool(over)

    def next_s(self, at: At) -> float:
        """In how many seconds the next one ends."""
        return min((left_s(stop.until, stop.since, at) for stop in self._stops.values()), default=float("inf"))
