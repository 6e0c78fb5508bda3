"""What befalls a machine because it works: faults that come oftener with age, minor stops, self-cleaning, hangs.

All of it is counted in documents and not in hours, because a machine that stands wears nothing. Faults come from what
the device's own sheet can say; covers and missing trays are people's doing and do not come by wear.
"""

from random import Random

from fleetmon.simulators.model.commands import NEVER, Command, Do
from fleetmon.simulators.sheets.parts import Fault, Sheet

from .parameters import Parameters

_FIELD_SERVICE = 5  # PrtAlertTrainingLevelTC
_BY_HAND = ("open", "missing", "offline", "paused", "wrong")


class Wear:
    """One machine's wear. `age` is in documents since the last service."""

    def __init__(self, parameters: Parameters, sheet: Sheet, dice: Random) -> None:
        self._figures = parameters
        self._dice = dice
        wearing = [fault for fault in sheet.faults.values() if _comes_by_wear(fault)]
        self._technical = [fault.name for fault in wearing if is_technical(fault)]
        self._simple = [fault.name for fault in wearing if not is_technical(fault)]
        self.age = 0.0
        self._uncleaned = dice.uniform(0, parameters.clean_every)

    def mishap(self) -> Do | None:
        """Whether the document now begun will not be finished: the machine breaks, or hangs; None nearly always."""
        breaks = self._figures.fault_per_1000 * (1 + self.age / self._figures.ageing)
        chance = self._dice.random() * 1000
        if chance < self._figures.hang_per_1000 / 2:
            return Do.HANG
        able = bool(self._simple or self._technical)
        return Do.RAISE if able and chance < self._figures.hang_per_1000 / 2 + breaks else None

    def fault(self) -> str:
        """Which fault it is."""
        technical = self._dice.random() < self._figures.technical_share
        names = self._technical if (technical and self._technical) or not self._simple else self._simple
        return self._dice.choice(names)

    def after_document(self) -> Command | None:
        """What the machine does after a document instead of the next one; None nearly always.

        Half of the hangs come here, where it says that it is idle, half in a document, where it says that it works.
        """
        figures, dice = self._figures, self._dice
        self.age += 1
        self._uncleaned += 1
        if self._uncleaned >= figures.clean_every:
            self._uncleaned = 0
            return Command(Do.CLEAN, seconds=dice.uniform(figures.clean_least, figures.clean_most))
        chance = dice.random() * 1000
        if chance < figures.hang_per_1000 / 2:
            return Command(Do.HANG, seconds=NEVER)
        if chance < figures.hang_per_1000 / 2 + figures.minor_per_1000:
            return Command(Do.STALL, seconds=dice.uniform(figures.minor_least, figures.minor_most))
        return None

    def serviced(self) -> None:
        """A technician has been there."""
        self.age = 0.0


def is_technical(fault: Fault) -> bool:
    """Whether mending it is beyond an operator."""
    return "failed" in fault.name or any(row.training == _FIELD_SERVICE for row in fault.rows)


def _comes_by_wear(fault: Fault) -> bool:
    return fault.stops and fault.when is None and not any(word in fault.name for word in _BY_HAND)
