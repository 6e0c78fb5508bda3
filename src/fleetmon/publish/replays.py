"""What consumers want to hear once more: the ranges asked for, one after the other, and how far each is. Pure.

A consumer that was put back from a backup has a hole which it had confirmed long ago; what is still kept of it is sent
again, with the same bytes. That is never urgent: the sender does it when nothing newer can be sent. A new connection
goes back to the lowest row that was not answered; the end of the process forgets what was asked, so whoever still has
a hole asks again.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

QUEUED_AT_MOST: Final = 8


@dataclass(frozen=True, slots=True)
class Replay:
    """What will be sent again: `first` to `last`; nothing below `available_from` is kept. `refused` says why not."""

    first: int
    last: int
    available_from: int
    refused: str | None = None


@dataclass(slots=True)
class _Course:
    """One replay under way; `out` are sent and unanswered."""

    asked: Replay
    cursor: int
    out: set[int] = field(default_factory=set)
    went_ahead: set[int] = field(default_factory=set)


class Replays:
    """First asked, first served."""

    def __init__(self) -> None:
        self._courses: deque[_Course] = deque()

    def ask(self, first: int, last: int, available_from: int, head: int) -> Replay:
        """Queue `first`..`last` as far as it exists; what is in the queue already is not queued twice."""
        first, last = max(first, available_from), min(last, head)
        if first > last:
            return Replay(first, last, available_from, "nothing of it is kept")
        replay = Replay(first, last, available_from)
        if any(course.cursor < first and last <= course.asked.last for course in self._courses):
            return replay
        if len(self._courses) >= QUEUED_AT_MOST:
            return Replay(first, last, available_from, f"{QUEUED_AT_MOST} replays are waiting already")
        self._courses.append(_Course(replay, first - 1))
        return replay

    @property
    def span(self) -> tuple[int, int] | None:
        """What is to be read next: rows above the first number, up to the second; None when there is nothing to do."""
        course = self._courses[0] if self._courses else None
        return (course.cursor, course.asked.last) if course and course.cursor < course.asked.last else None

    @property
    def outstanding(self) -> int:
        """How many rows are sent and unanswered."""
        return len(self._courses[0].out) if self._courses else 0

    @property
    def waiting(self) -> int:
        """How many replays are not finished."""
        return len(self._courses)

    def take(self, seq: int, *, ahead: bool = False) -> bool:
        """Whether row `seq` is to be sent now: a gap event that went `ahead` is sent once."""
        course = self._courses[0]
        if seq in course.went_ahead:
            return False
        if ahead:
            course.went_ahead.add(seq)
        else:
            course.cursor = max(course.cursor, seq)
        course.out.add(seq)
        return True

    def read_to(self, seq: int) -> None:
        """There is nothing more to be sent up to `seq`."""
        self._courses[0].cursor = max(self._courses[0].cursor, seq)

    def answered(self, seq: int) -> None:
        """The broker took `seq`; an answer to something sent before a `go_back` changes nothing."""
        if self._courses:
            self._courses[0].out.discard(seq)

    def finished(self) -> Replay | None:
        """The replay that is done with, once; the next one begins."""
        if not self._courses or self._courses[0].out or self.span:
            return None
        return self._courses.popleft().asked

    def go_back(self) -> None:
        """What was not answered is to be sent again."""
        if self._courses and self._courses[0].out:
            course = self._courses[0]
            course.cursor = min(course.cursor, min(course.out) - 1)
            course.out.clear()
            course.went_ahead.clear()
