"""What is left in a machine's stores, and when somebody comes to fill them."""

from collections.abc import Iterable, Iterator
from random import Random

from fleetmon.simulators.sheets.parts import Fill, Store

_NEVER = float("inf")


class Level:
    """One store as it stands."""

    __slots__ = ("fill", "left", "part")

    def __init__(self, part: Store) -> None:
        self.part = part
        self.left = part.start
        self.fill = self._fill()

    def set(self, left: float) -> bool:
        """Whether it stands differently now: good, low or out."""
        before, self.left = self.fill, left
        self.fill = self._fill()
        return self.fill is not before

    def _fill(self) -> Fill:
        if self.left <= 0:
            return Fill.OUT
        return Fill.LOW if self.left <= self.part.low else Fill.GOOD


class Levels:
    """All stores of a machine, in the order of its sheet."""

    def __init__(self, stores: Iterable[Store]) -> None:
        self.by_name = {store.name: Level(store) for store in stores}
        self._awaited: dict[str, float] = {}  # stores somebody is on the way to, with the moment of arrival
        self._used = [level for level in self.by_name.values() if level.part.use]

    def __iter__(self) -> Iterator[Level]:
        return iter(self.by_name.values())

    def __getitem__(self, store: str) -> Level:
        return self.by_name[store]

    def use(self, dice: Random) -> list[Level]:
        """What one document takes, with waste; returns those that stand differently now."""
        changed = []
        for level in self._used:
            part = level.part
            wasted = dice.uniform(0, 2 * part.waste) if part.waste else 0.0
            if level.set(max(0.0, level.left - part.use * (1 + wasted))):
                changed.append(level)
        return changed

    @property
    def stocked(self) -> bool:
        """Whether nothing a document needs is used up."""
        return all(level.left > 0 for level in self.by_name.values())

    @property
    def used_up(self) -> Store:
        """The first store that is out; only to be asked when one is."""
        return next(level.part for level in self.by_name.values() if level.left <= 0)

    def arrival(self) -> float:
        """When the next operator comes who looks after a machine that stands alone."""
        return min(self._awaited.values(), default=_NEVER)

    def call_operators(self, now: float, dice: Random) -> None:
        """Somebody sets out for every store that is out, if anybody looks after it."""
        for name, level in self.by_name.items():
            if level.fill is Fill.OUT and level.part.refill_after and name not in self._awaited:
                self._awaited[name] = now + level.part.refill_after * dice.uniform(0.7, 1.3)

    def to_fill(self, now: float) -> list[Level]:
        """Those whose operator has arrived."""
        return [self.by_name[name] for name, at in self._awaited.items() if at <= now]

    def served(self, level: Level) -> None:
        """Nobody needs to come any more."""
        self._awaited.pop(level.part.name, None)
