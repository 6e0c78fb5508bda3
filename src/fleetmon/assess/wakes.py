"""When something will happen by itself: one moment a key, the earliest of all at hand.

An entry that was moved stays in the heap until its turn comes and is passed over then, so that setting a moment costs
next to nothing however often it moves.
"""

import heapq


class Wakes:
    """Moments are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str]] = []
        self._due: dict[str, float] = {}

    def by(self, key: str, moment: float) -> None:
        """Look at `key` at `moment`, or earlier if that was asked for already."""
        if moment < self._due.get(key, float("inf")):
            self._due[key] = moment
            heapq.heappush(self._heap, (moment, key))

    def forget(self, key: str) -> None:
        """Never look at `key`, until asked again."""
        self._due.pop(key, None)

    @property
    def next(self) -> float | None:
        """The earliest moment, or None."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, now: float) -> list[str]:
        """The keys whose moment has come, in the order of their moments; they are asked for no more."""
        taken = []
        while (moment := self.next) is not None and moment <= now:
            _, key = heapq.heappop(self._heap)
            del self._due[key]
            taken.append(key)
        return taken
