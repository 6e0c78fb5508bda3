"""What is left in a machine's stores, and when somebody comes to fill them."""

from collections.abc import Iterable, Iterator
from random import Random

from .parts import Fill, Store

_NEVER = float("inf")


class Level:
    """One store as it stands. `refill_at` is when an operator comes who looks after a machine that stands alone."""

    __slots__ = ("fill", "left", "part", "refill_at")

    def __init__(self, part: Store) -> None:
        self.part = part
        self.refill_at = _NEVER
        self.set(part.start)

    def set(self, left: float) -> bool:
        """Whether it stands differently now: good, low or out."""
        self.left = left
        fill = Fill.OUT if left <= 0 else Fill.LOW if left <= self.part.low else Fill.GOOD
        changed = getattr(self, "fill", None) is not fill
        self.fill = fill
        return changed


class Levels:
    """All stores of a machine, in the order of its sheet."""

    def __init__(self, stores: Iterable[Store]) -> None:
        self.by_name = {store.name: Level(store) for store in stores}
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

    def arrival(self) -> float:
        """When the next operator comes."""
        return min((level.refill_at for level in self.by_name.values()), default=_NEVER)

    def call_operators(self, now: float, dice: Random) -> None:
        """Somebody sets out for every store that is out, if anybody looks after it."""
        for level in self.by_name.values():
            if level.fill is Fill.OUT and level.refill_at == _NEVER and level.part.refill_after:
                level.refill_at = now + level.part.refill_after * dice.uniform(0.7, 1.3)

    def to_fill(self, now: float) -> list[Level]:
        """Those whose operator has arrived."""
        return [level for level in self.by_name.values() if level.refill_at <= now]
