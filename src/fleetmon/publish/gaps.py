"""Saying what was lost: the `gap` event, pure.

A loss is never silent. Whatever was dropped for want of room, could not be written at all or went down with its
database leaves one event that names the exact sequences (or, where none had been given, the count), so that a consumer
can tell "lost and said" from "still on its way".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fleetmon.model.messages import Event, EventClass, Json
from fleetmon.model.report import At

GAP_TYPE: Final = "fleetmon.gap.v1"
# What goes first when there is no room: a count can be had again from the next one, an audit entry never. Gaps stay.
DROP_ORDER: Final = tuple(each for each in EventClass if each is not EventClass.GAP)


class Loss(StrEnum):
    """Why events are missing."""

    OUTBOX_FULL = "outbox-full"
    UNWRITABLE = "unwritable"
    DATABASE_CORRUPT = "database-corrupt"
    DATABASE_MISSING = "database-missing"
    DATABASE_REPLACED = "database-replaced"
    DATABASE_ROLLED_BACK = "database-rolled-back"


@dataclass(frozen=True, slots=True)
class Former:
    """What went before: a stream, the last sequence committed there, and how many events the disk had refused."""

    stream: str
    head: int
    unwritten: int = 0


def runs(sequences: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending sequences as inclusive ranges: 1 2 3 7 -> (1, 3) (7, 7)."""
    found: list[tuple[int, int]] = []
    for seq in sequences:
        if found and seq == found[-1][1] + 1:
            found[-1] = (found[-1][0], seq)
        else:
            found.append((seq, seq))
    return found


def gap_event(
    loss: Loss,
    at: At,
    ranges: Sequence[tuple[int, int]] = (),
    classes: Mapping[EventClass, int] | None = None,
    former: Former | None = None,
    beyond: int = 0,
) -> Event:
    """The event that says so. `count` is None where nobody can know it.

    `ranges` are sequences of this stream that will never come. `classes` counts by class, also events that never got a
    sequence, and `beyond` more of which not even the class is known. `former` names the stream that this one replaces.
    """
    known = sum(classes.values()) if classes else sum(last - first + 1 for first, last in ranges)
    data: dict[str, Json] = {
        "loss": loss.value,
        "count": known + beyond or None,
        "ranges": [[first, last] for first, last in ranges],
        "classes": {each.value: classes[each] for each in EventClass if each in classes} if classes else {},
    }
    if former is not None:
        data |= {"former_stream": former.stream, "former_head": former.head}
    return Event(EventClass.GAP, GAP_TYPE, None, at, data)
