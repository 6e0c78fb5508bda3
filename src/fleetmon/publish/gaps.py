"""Saying what was lost: the `gap` event, pure.

A loss is never silent. Whatever was dropped for want of room, could not be written at all or went down with its
database leaves one event that names the exact sequences (or, where none had been given, the count), so that a consumer
can tell "lost and said" from "still on its way". Losses that go on are folded into one event as long as it was not
sent, so that a month of a full disk is not a month of gaps; the folded one's own sequence is then among the ranges.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from fleetmon.model.messages import Event, EventClass, Json
from fleetmon.model.report import At

GAP_TYPE: Final = "fleetmon.gap.v1"
# What goes first when there is no room: a count can be had again from the next one, an audit entry never. Gaps stay.
DROP_ORDER: Final = tuple(each for each in EventClass if each is not EventClass.GAP)


class Loss(StrEnum):
    """Why events are missing. Forgotten: kept as long as was asked for; only who reads beside the broker lacks it."""

    OUTBOX_FULL = "outbox-full"
    UNWRITABLE = "unwritable"
    DATABASE_CORRUPT = "database-corrupt"
    DATABASE_MISSING = "database-missing"
    DATABASE_REPLACED = "database-replaced"
    DATABASE_ROLLED_BACK = "database-rolled-back"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Former:
    """What went before: a stream, the last sequence committed there, and how many events the disk had refused."""

    stream: str
    head: int
    unwritten: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """What will never come, and why.

    `ranges` are sequences of this stream. `classes` counts by class, also events that never got a sequence, and
    `beyond` more of which not even the class is known. `former` names the stream that this one replaces.
    """

    loss: Loss
    ranges: Sequence[tuple[int, int]] = ()
    classes: Mapping[EventClass, int] = field(default_factory=dict)
    beyond: int = 0
    former: Former | None = None

    @property
    def count(self) -> int | None:
        """How many events are lost, None where nobody can know it; a gap that was folded into this one is none."""
        named = sum(count for each, count in self.classes.items() if each is not EventClass.GAP)
        known = named if self.classes else sum(last - first + 1 for first, last in self.ranges)
        return known + self.beyond or None

    def event(self, at: At) -> Event:
        """The event that says so."""
        data: dict[str, Json] = {
            "loss": self.loss.value,
            "count": self.count,
            "ranges": [[first, last] for first, last in self.ranges],
            "classes": {each.value: self.classes[each] for each in EventClass if each in self.classes},
        }
        if self.former is not None:
            data |= {"former_stream": self.former.stream, "former_head": self.former.head}
        return Event(EventClass.GAP, GAP_TYPE, None, at, data)

    def fold(self, seq: int, older: "Gap") -> "Gap":
        """One gap for two of the same cause, of which the older one, at `seq`, was never sent and never will be."""
        classes = Counter(self.classes) + Counter(older.classes) + Counter({EventClass.GAP: 1})
        ranges = joined([*older.ranges, (seq, seq), *self.ranges])
        return replace(self, ranges=ranges, classes=dict(classes), beyond=self.beyond + older.beyond)


def read_gap(body: bytes) -> Gap:
    """The gap in an event of ours, as `event` wrote it; what it says of a former stream is left out."""
    data = json.loads(body)["data"]
    classes = {EventClass(name): count for name, count in data["classes"].items()}
    gap = Gap(Loss(data["loss"]), tuple((first, last) for first, last in data["ranges"]), classes)
    return replace(gap, beyond=(data["count"] or 0) - (gap.count or 0))


def runs(sequences: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending sequences as inclusive ranges: 1 2 3 7 -> (1, 3) (7, 7)."""
    return joined((seq, seq) for seq in sequences)


def joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Disjoint ranges in ascending order, neighbours made one: (7, 9) (1, 3) (4, 6) -> (1, 9)."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first == found[-1][1] + 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found
