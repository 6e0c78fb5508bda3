"""What people of an office tell their monitor: that a stop is planned, and that they have heard of an alert.

Without them alerts that wait for a person would wait for ever, and a technician at work would look like a trouble.
Whoever plans maintenance says so when it begins. Alerts are acknowledged two minutes after they were told, by somebody
at work; in the night they wait for the morning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from fleetmon.lab.virtual_time.watching import Told
from fleetmon.model.alerts import Acknowledge, Order, PlanStop, Subject, SubjectKind
from fleetmon.model.messages import Event
from fleetmon.publish.contract import ALERT
from fleetmon.simulators.model.commands import Do, Happening
from fleetmon.simulators.plant import Plant

SEEN_AFTER_S: Final = 120.0
_NEVER: Final = float("inf")
_BY: Final = "office"
_LONGEST_S: Final = 7 * 86_400.0  # as far ahead as a stop can be planned


@dataclass(frozen=True, slots=True, order=True)
class _Wish:
    at: float
    alert: str


class Desk:
    """`happenings` are those of a scenario; `acknowledges`: somebody reads what is told."""

    def __init__(self, plant: Plant, happenings: Iterable[Happening], *, acknowledges: bool) -> None:
        self._plant = plant
        self._plans = [each for each in happenings if each.command.do is Do.MAINTAIN]
        self._acknowledges = acknowledges
        self._wishes: list[_Wish] = []

    def read(self, told: Told) -> None:
        """Somebody reads what was told."""
        if self._acknowledges:
            for event in told.outcome.events:
                if event.type == ALERT and event.data["tell"] is True:
                    heappush(self._wishes, _Wish(told.now + SEEN_AFTER_S, _id_of(event)))

    def due(self) -> float:
        """When somebody will want something."""
        return min(self._plans[0].at if self._plans else _NEVER, self._wishes[0].at if self._wishes else _NEVER)

    def wish(self, now: float) -> Order | None:
        """What somebody wants now; None if nobody wants anything any more."""
        if self._plans and self._plans[0].at <= now:
            return self._planned(self._plans.pop(0))
        while self._wishes and self._wishes[0].at <= now:
            wish = heappop(self._wishes)
            away, until = self._plant.calendar.at(now)
            if not away:
                return Acknowledge(wish.alert, _BY)
            heappush(self._wishes, _Wish(until + SEEN_AFTER_S, wish.alert))
        return None

    def _planned(self, happening: Happening) -> Order:
        ends = happening.at + min(happening.command.seconds, _LONGEST_S)
        until = self._plant.calendar.utc(ends).timestamp()
        return PlanStop(Subject(SubjectKind.MACHINE, happening.machine), _BY, until, "maintenance")


def _id_of(event: Event) -> str:
    alert = event.data["alert"]
    assert isinstance(alert, dict)  # our own event
    return str(alert["id"])
