"""The retained topics as they should stand at the broker: the latest view of each, and which ones are still to be sent.

Pure. A view that is replaced before it was sent is never sent: the present is what counts, history is in the events.
After every connect all are due again, since the broker may have come back empty, and so are topics that only a former
run published: those are emptied. Which they are is known from a record, since a site cannot read its own topics.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from fleetmon.model.messages import Json, View
from fleetmon.model.report import At

_ONCE_AT_MOST: Final = 256
_RETIRED: Final = "fleetmon.retired.v1"  # never seen by anybody: an emptied topic has no envelope


class Shown:
    """A view and the sequence up to which all events are in it; None where that is not said.

    Thousands are held and few are looked at, so what they say is kept as the bytes of its JSON: a quarter of the room.
    """

    __slots__ = ("_bare", "_packed", "as_of_seq")

    def __init__(self, view: View, as_of_seq: int | None) -> None:
        self._packed = (
            None if view.data is None else json.dumps(view.data, ensure_ascii=False).encode("utf-8", "surrogatepass")
        )
        self._bare = replace(view, data=None)
        self.as_of_seq = as_of_seq

    @property
    def view(self) -> View:
        """The view as it was put."""
        return self._bare if self._packed is None else replace(self._bare, data=json.loads(self._packed))

    @property
    def topic(self) -> str:
        """Where it is shown."""
        return self._bare.topic

    @property
    def retain(self) -> bool:
        """Whether it stays there."""
        return self._bare.retain

    @property
    def empties(self) -> bool:
        """Whether it says that there is nothing to show any more."""
        return self._packed is None


class ViewTable:
    """Topics below `up/`. Views that are not retained (replies) are sent once, in order, and forgotten."""

    def __init__(self) -> None:
        self._shown: dict[str, Shown] = {}
        self._due: dict[str, None] = {}
        self._once: deque[Shown] = deque(maxlen=_ONCE_AT_MOST)
        self._watchers: list[Callable[[], None]] = []

    def put(self, view: View, as_of_seq: int) -> None:
        """Show `view` from now on; to be called after the commit that returned `as_of_seq`."""
        shown = Shown(view, as_of_seq)
        if view.retain:
            self._shown[view.topic] = shown
            self._due.pop(view.topic, None)
            self._due[view.topic] = None
        else:
            self._once.append(shown)
        for wake in self._watchers:
            wake()

    def told(self, topic: str) -> dict[str, dict[str, Json]]:
        """What stands at `topic` (under the name "") and at all topics below it, by the rest of their names."""
        parent = f"{topic}/"
        return {
            name.removeprefix(topic).removeprefix("/"): data
            for name, shown in self._shown.items()
            if (name == topic or name.startswith(parent)) and (data := shown.view.data) is not None
        }

    def watch(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever something is due."""
        self._watchers.append(wake)

    def all_due(self, published: Iterable[str], at: At) -> None:
        """Everything is to be sent again, inventories first; what was `published` but is shown no more, emptied."""
        for topic in published:
            if topic not in self._shown:
                self._shown[topic] = Shown(View(topic, _RETIRED, None, at, None), 0)
        self._due = dict.fromkeys(sorted(self._shown, key=lambda topic: not topic.startswith("inventory")))

    def again(self, topic: str) -> bool:
        """Send once more what `topic` shows; False where it shows nothing."""
        if topic not in self._shown:
            return False
        self._due.setdefault(topic)
        return True

    def take(self, most: int) -> list[Shown]:
        """Up to `most` views that are due; they are due no more."""
        taken = [self._once.popleft() for _ in range(min(most, len(self._once)))]
        for topic in list(self._due)[: most - len(taken)]:
            del self._due[topic]
            taken.append(self._shown[topic])
        return taken

    def emptied(self, shown: Shown) -> bool:
        """The broker has emptied the topic of `shown`: forget it, unless it shows something again by now."""
        if self._shown.get(shown.topic) is not shown:
            return False
        del self._shown[shown.topic]
        return True

    @property
    def due(self) -> int:
        """How many views wait to be sent."""
        return len(self._due) + len(self._once)
