"""What will happen next: one moment for each actor, in a heap.

An actor that changes its mind leaves its old moment in the heap, where it is passed over when its turn comes; that is
far cheaper than asking everybody at every step. Moments that coincide happen in the order in which they were set, so a
run is the same however it is cut into steps.
"""

from collections.abc import Callable
from heapq import heappop, heappush

NEVER = float("inf")


class Actor:
    """Somebody with at most one next moment."""

    __slots__ = ("at", "does", "turn")

    def __init__(self, does: Callable[[], None]) -> None:
        self.does = does
        self.at = NEVER
        self.turn = 0


class Agenda:
    """The moments of all actors."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Actor]] = []
        self._turns = 0

    def set(self, actor: Actor, at: float) -> None:
        """The actor acts then, and not when it would have; never if `at` is infinite."""
        if at == actor.at:
            return
        actor.at = at
        self._turns += 1
        actor.turn = self._turns
        if at != NEVER:
            heappush(self._heap, (at, actor.turn, actor))

    def once(self, at: float, does: Callable[[], None]) -> None:
        """Something that happens once."""
        self.set(Actor(does), at)

    def due(self) -> float:
        """When the next one acts."""
        heap = self._heap
        while heap and heap[0][1] != heap[0][2].turn:
            heappop(heap)
        return heap[0][0] if heap else NEVER

    def act(self) -> None:
        """Let the next one act; there must be one."""
        self.due()
        _, _, actor = heappop(self._heap)
        actor.at = NEVER
        actor.turn = 0
        actor.does()
