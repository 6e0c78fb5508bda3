"""What really happened: every stop of every station, when it began and ended, why, and at whose door it lies.

A stop is a stretch of time in which a station made nothing for one reason; at any moment a station is in exactly one
state, so stops never overlap and all states together are all the time there is. Waits shorter than a minute are a
line's rhythm and are counted, not listed. Running slowly is no stop and is listed beside the others.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .calendar import Calendar
from .floor import Line, Post
from .states import WAITING, Klass, State, states

_SLOW = 1.05  # of the usual: below, it is the spread of the cycle


@dataclass(frozen=True, slots=True)
class Stop:
    """Times are seconds after the start. `cause` is a machine, `demand` or `calendar`; `also` share the blame.

    `waiting` documents waited for the station when it began, `waiting_end` when it ended. `scheduled` are the seconds
    of it in which people were at work.
    """

    machine: str
    line: str
    start: float
    end: float
    cause: str
    also: tuple[str, ...]
    reason: str
    klass: Klass
    waiting: int
    waiting_end: int
    planned: bool
    scheduled: float


@dataclass(slots=True)
class _Episode:
    """`start` is when the stop began; a wait that takes over from one too short to be listed begins where that began.
    `since` is when the state began.
    """

    state: State
    start: float
    since: float
    waiting: int


class Truth:
    """Watches stations and keeps what was: `stops` that are over, in the order in which they ended."""

    def __init__(self, calendar: Calendar, shortest_wait: float) -> None:
        self.stops: list[Stop] = []
        self._spent: dict[str, dict[Klass, float]] = defaultdict(lambda: defaultdict(float))
        self._calendar = calendar
        self._shortest_wait = shortest_wait
        self._open: dict[str, _Episode] = {}
        self._slow: dict[str, _Episode] = {}
        self._since: dict[str, float] = {}

    def observe(self, line: Line, now: float, absence: str, missing: bool) -> None:
        """Note how the stations of a line are from now on."""
        current = states(line, absence, missing, self._since)
        for post in line.posts:
            state = current[post.name]
            episode = self._open.get(post.name)
            if episode is None or not _goes_on(episode, state):
                self._open[post.name] = self._begin(post, state, episode, now)
                self._since[post.name] = now
            self._observe_pace(post, now)

    def open_stops(self, posts: Iterable[Post], now: float) -> list[Stop]:
        """The stops that go on, as if they ended now."""
        found = []
        for post in posts:
            for episodes in (self._open, self._slow):
                episode = episodes.get(post.name)
                if episode is not None and self._counts(episode, now):
                    found.append(self._stop(post, episode, now))
        return found

    def spent(self, now: float) -> dict[str, dict[Klass, float]]:
        """How long each station has been in each state, in seconds; waits of the line's rhythm are among them."""
        total = {name: dict(classes) for name, classes in self._spent.items()}
        for name, episode in self._open.items():
            classes = total.setdefault(name, {})
            classes[episode.state.klass] = classes.get(episode.state.klass, 0.0) + now - episode.since
        return total

    def _observe_pace(self, post: Post, now: float) -> None:
        slow = post.machine.factor > _SLOW
        if slow and post.name not in self._slow:
            self._slow[post.name] = _Episode(State(Klass.SLOW, "slow", post.name), now, now, post.waiting)
        elif not slow and post.name in self._slow:
            self.stops.append(self._stop(post, self._slow.pop(post.name), now))

    def _begin(self, post: Post, state: State, before: _Episode | None, now: float) -> _Episode:
        if before is None:
            return _Episode(state, now, now, post.waiting)
        self._end(post, before, now)
        if {before.state.klass, state.klass} <= WAITING and not self._counts(before, now):
            return _Episode(state, before.start, now, before.waiting)
        return _Episode(state, now, now, post.waiting)

    def _end(self, post: Post, episode: _Episode, now: float) -> None:
        self._spent[post.name][episode.state.klass] += now - episode.since
        if self._counts(episode, now):
            self.stops.append(self._stop(post, episode, now))

    def _counts(self, episode: _Episode, now: float) -> bool:
        if episode.state.klass is Klass.RUNNING:
            return False
        least = self._shortest_wait if episode.state.klass in WAITING else 0.001
        return now - episode.start >= least

    def _stop(self, post: Post, episode: _Episode, now: float) -> Stop:
        state, start, end = episode.state, round(episode.start, 3), round(now, 3)
        return Stop(
            machine=post.name,
            line=post.line.name,
            start=start,
            end=end,
            cause=state.cause,
            also=state.also,
            reason=state.reason,
            klass=state.klass,
            waiting=episode.waiting,
            waiting_end=post.waiting,
            planned=state.planned,
            scheduled=round(self._calendar.worked(start, end), 3),
        )


def _goes_on(episode: _Episode, state: State) -> bool:
    """Whether it is still the same stop; a wait in the line's rhythm takes on the first cause that stands still."""
    before = episode.state
    if before.klass not in WAITING or state.klass not in WAITING:
        return before.klass is state.klass and before.reason == state.reason
    if Klass.BLOCKED in (before.klass, state.klass) and before.klass is not state.klass:
        return False
    if not before.firm and state.firm:
        episode.state = state
    return not state.firm or not before.firm or (before.klass, before.cause) == (state.klass, state.cause)


def in_order(stops: Iterable[Stop]) -> list[Stop]:
    """By beginning, then machine."""
    return sorted(stops, key=lambda stop: (stop.start, stop.machine, stop.end, stop.klass))


def as_lines(stops: Iterable[Stop], calendar: Calendar) -> Iterator[str]:
    """JSON lines, times in UTC with milliseconds; the same stops give the same bytes."""
    for stop in in_order(stops):
        yield json.dumps(
            {
                "machine": stop.machine,
                "line": stop.line,
                "start": _utc(calendar, stop.start),
                "end": _utc(calendar, stop.end),
                "klass": stop.klass,
                "reason": stop.reason,
                "cause": stop.cause,
                "also": stop.also,
                "waiting": stop.waiting,
                "waiting_end": stop.waiting_end,
                "planned": stop.planned,
                "scheduled_s": stop.scheduled,
            },
            separators=(",", ":"),
        )


def _utc(calendar: Calendar, moment: float) -> str:
    return calendar.utc(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")
