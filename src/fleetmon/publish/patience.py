"""How long to wait and how much to send at once, learned from the answers. Pure; seconds of any clock that only grows.

Two things are to be avoided. A consumer that is away must not be sent the same rows every ten seconds for a week: each
time that nothing has moved, the wait doubles. And a thin line must not be filled with a backlog, for whatever is shown
next would queue behind it: no more is under way than is answered within about a second beyond the round trip itself.
"""

from typing import Final

LONGEST_S: Final = 60.0
_SEEN_S: Final = 2.0
_QUEUE_S: Final = 0.75
_AT_FIRST: Final = 16
_AT_LEAST: Final = 4


class Patience:
    """With those who confirm: `first_s` at first, twice as long after each time in vain, and from the start again.

    Whoever shows that it is there but lacks what was sent is not kept waiting, if not oftener than every `first_s`: a
    broker that came back without its memory lets go of what we send before anybody has subscribed again.
    """

    def __init__(self, first_s: float) -> None:
        self._first_s = first_s
        self._seen = False
        self._hastened = float("-inf")
        self._since = 0.0
        self._times = 0

    def begin(self, now: float) -> None:
        """Something moved."""
        self._since, self._times, self._seen = now, 0, False

    def seen(self) -> None:
        """They are there: they said what they had said before."""
        self._seen = True

    def wait(self, now: float) -> None:
        """There was nothing to wait for until now."""
        self._since = now

    def spent(self, now: float, round_trip_s: float) -> bool:
        """Whether it is time to send everything once more."""
        first = max(self._first_s, 8 * round_trip_s)
        if self._seen and now - self._hastened >= first:
            return now - self._since >= min(first, max(_SEEN_S, 8 * round_trip_s))
        return now - self._since >= min(first * 2.0**self._times, max(first, LONGEST_S))

    def again(self, now: float) -> None:
        """It was sent once more."""
        if self._seen:
            self._seen, self._hastened = False, now
        self._since, self._times = now, min(self._times + 1, 10)


class Pace:
    """How many messages may be unanswered: `allowed`, at most `most`."""

    def __init__(self, most: int) -> None:
        self._allowed = float(min(_AT_FIRST, most))
        self._most = most
        self._quickest_s = float("inf")
        self._slowed: float | None = None

    @property
    def allowed(self) -> int:
        """At present."""
        return int(self._allowed)

    def answered(self, took_s: float, now: float) -> None:
        """More while answers come soon, at first quickly; half as many once they queue up."""
        self._quickest_s = min(self._quickest_s, took_s)
        queued_s = took_s - self._quickest_s
        if queued_s <= _QUEUE_S:
            more = 0.5 if self._slowed is None else 1.0 / self._allowed
            self._allowed = min(float(self._most), self._allowed + more)
        elif self._slowed is None or now - self._slowed > took_s:  # once for what was under way together
            self._slowed = now
            self._allowed = max(float(min(_AT_LEAST, self._most)), self._allowed / 2)
