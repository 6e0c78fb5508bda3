"""Whether work waited for a machine that stood: what makes a silent stall of it, and not a rest.

Documents that wait for a station are seen in the plant from event to event, and only while people should be at work. A
stall counts for as long as that was so and the machine could be heard: what nobody waits for, nobody misses, and what
nobody can hear, nobody can tell.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from fleetmon.lab.evaluate.facts import Facts, Span, Trouble
from fleetmon.simulators.plant import Plant

WORTH_TELLING_S: Final = 900.0


class Piles:
    """Watches since when documents wait for each station of a plant: in its queue, or stuck inside."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._since: dict[str, float] = {}
        self._spans: dict[str, list[Span]] = {name: [] for name in plant.posts}

    def look(self) -> None:
        """Note what waits from now on; to be called after every event."""
        now, away = self._plant.now, bool(self._plant.floor.absence)
        for name, post in self._plant.posts.items():
            waits = not away and post.waiting > 0
            if waits:
                self._since.setdefault(name, now)
            elif name in self._since:
                self._spans[name].append(Span(self._since.pop(name), now))

    def close(self) -> None:
        """The run is over."""
        for name, since in self._since.items():
            self._spans[name].append(Span(since, self._plant.now))
        self._since.clear()

    def within(self, machine: str, begins: float, ends: float) -> tuple[Span, ...]:
        """When documents waited for a station, between two moments."""
        return tuple(_cut(self._spans.get(machine, ()), begins, ends))


def heard_waiting(trouble: Trouble, facts: Facts) -> tuple[Span, ...]:
    """When work waited for the machine and it could be heard: a line that loses every third answer lets enough pass."""
    return without(trouble.work, (mute for who, mute in facts.mute if who in ("", trouble.machine)))


def without(spans: tuple[Span, ...], holes: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of them."""
    for hole in holes:
        spans = (*_cut(spans, 0.0, hole.begins), *_cut(spans, hole.ends, float("inf")))
    return tuple(sorted(spans, key=lambda each: each.begins))


def seconds(spans: Iterable[Span], until: float = float("inf")) -> float:
    """How long they are together, up to a moment."""
    return sum(max(0.0, min(each.ends, until) - each.begins) for each in spans)


def _cut(spans: Iterable[Span], begins: float, ends: float) -> Iterator[Span]:
    for each in spans:
        first, last = max(begins, each.begins), min(ends, each.ends)
        if first < last:
            yield Span(first, last)
