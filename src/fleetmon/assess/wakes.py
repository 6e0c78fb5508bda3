"""When something will happen by itself: one moment a key, the earliest of all at hand.

An entry that was moved stays in the heap until its turn comes and is passed over then, so that setting a moment costs
next to nothing however often it moves. The earliest is asked for with every poll, and so is kept as a plain attribute.
"""

import heapq


class Wakes:
    """Moments are seconds of one monotonic clock; `next` is the earliest, None if nothing is asked for."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str]] = []
        self._due: dict[str, float] = {}
        self.next: float | None = None

    def by(self, key: str, moment: float) -> None:
        """Look at `key` at `moment`, or earlier if that was asked for already."""
        if moment < self._due.get(key, float("inf")):
            self._due[key] = moment
            heapq.heappush(self._heap, (moment, key))
            if self.next is None or moment < self.next:
                self.next = moment

    def forget(self, key: str) -> None:
        """Never look at `key`, until asked again."""
        self._due.pop(key, None)
        self._find_next()

    def take(self, now: float) -> list[str]:
        """The keys whose moment has come, in the order of their moments; they are asked for no more."""
        taken = []
        while self.next is not None and self.next <= now:
            _, key = heapq.heappop(self._heap)
            del self._due[key]
            taken.append(key)
            self._find_next()
        return taken

    def _find_next(self) -> None:
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        self.next = self._heap[0][0] if self._heap else None
