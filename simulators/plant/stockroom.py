"""The site's store of consumables. Loading a roll takes it from here; what is not listed never runs out.

What stopped passport offices for weeks was not an empty roll in a machine but an empty shelf: nothing was left to load,
and nothing came.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .agenda import NEVER, Actor
from .floor import Floor
from .layout import Item


@dataclass(slots=True)
class _Shelf:
    item: Item
    units: float
    blocked_until: float = 0.0


class Stockroom:
    """Shelves by sheet and store. `arrived` is called when something has come."""

    def __init__(self, floor: Floor, items: tuple[Item, ...]) -> None:
        self.arrived: Callable[[], None] = lambda: None
        self._floor = floor
        self._shelves = {(item.sheet, item.store): _Shelf(item, item.units) for item in items}
        for shelf in self._shelves.values():
            if shelf.item.delivered:
                self._await(shelf, Actor(lambda: None))

    def units(self, sheet: str, store: str) -> float:
        """How many are left; infinite for what nobody counts."""
        shelf = self._shelves.get((sheet, store))
        return shelf.units if shelf else NEVER

    def take(self, sheet: str, store: str) -> bool:
        """Take one unit; False if none is left."""
        shelf = self._shelves.get((sheet, store))
        if shelf is None:
            return True
        if shelf.units < 1:
            return False
        shelf.units -= 1
        return True

    def fall_short(self, sheet: str, store: str, units: float, seconds: float) -> None:
        """So many are left, and nothing is delivered for so long; then what nobody counted is there again."""
        shelf = self._shelf(sheet, store)
        shelf.units = units
        shelf.blocked_until = self._floor.now + seconds
        if shelf.item.units == NEVER and seconds != NEVER:
            self._floor.agenda.once(shelf.blocked_until, lambda: self.deliver(sheet, store, NEVER))

    def deliver(self, sheet: str, store: str, units: float) -> None:
        """So many more have come."""
        self._shelf(sheet, store).units += units
        self.arrived()

    def _shelf(self, sheet: str, store: str) -> _Shelf:
        """An uncounted store is counted from now on."""
        usual = Item(f"{sheet}/{store}", sheet, store, NEVER, 0.0, NEVER)
        return self._shelves.setdefault((sheet, store), _Shelf(usual, NEVER))

    def _await(self, shelf: _Shelf, actor: Actor) -> None:
        def arrives() -> None:
            if self._floor.now >= shelf.blocked_until:
                self.deliver(shelf.item.sheet, shelf.item.store, shelf.item.delivered)
            self._await(shelf, actor)

        actor.does = arrives
        self._floor.agenda.set(actor, self._floor.now + shelf.item.every)
