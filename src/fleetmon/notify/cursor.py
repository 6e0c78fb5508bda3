"""How far a reader of the outbox is, and what it can never have any more: pure.

A reader beside the consumers of the broker holds nobody up: the outbox forgets what its own consumers have confirmed,
whether or not this reader has it. So the reader must notice by itself what is gone. What was dropped for want of room
is named by gap events that come later in the stream; what was forgotten because it was kept long enough is named by
nobody, and is what lacks below the first that is still kept.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from fleetmon.model.messages import EventClass, Json, Record
from fleetmon.publish.gaps import Gap, Loss
from fleetmon.publish.outbox import Row

KIND = "notify-cursor"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything up to `seq` of `stream` needs no more sending."""

    stream: str
    seq: int

    def at(self, seq: int) -> "Cursor":
        """The same reader, further on; never back."""
        return replace(self, seq=max(self.seq, seq))

    def record(self, reader: str) -> Record:
        """What survives a restart."""
        return Record(KIND, reader, json.dumps({"stream": self.stream, "seq": self.seq}).encode())


def begin(record: bytes | None, stream: str, head: int) -> Cursor:
    """Where to go on: as recorded; at the first of a stream that took the recorded one's place; a new reader at the
    head, since what was before it asked is history."""
    if record is None:
        return Cursor(stream, head)
    kept = json.loads(record)
    return Cursor(stream, min(kept["seq"], head) if kept["stream"] == stream else 0)


def forgotten(cursor: Cursor, first: int, named: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges above the cursor and below `first`, the lowest sequence still kept, that no gap has `named`."""
    found, begins = [], cursor.seq + 1
    for low, high in sorted(named):
        if low > begins:
            found.append((begins, min(low, first) - 1))
        begins = max(begins, high + 1)
    found.append((begins, first - 1))
    return tuple((low, high) for low, high in found if low <= high)


def forgotten_data(ranges: tuple[tuple[int, int], ...]) -> dict[str, Json]:
    """The data of the gap that says so; how many of them were alerts, nobody knows."""
    return {
        "loss": Loss.FORGOTTEN.value,
        "count": None,
        "ranges": [[low, high] for low, high in ranges],
        "classes": {},
    }


def concerns_alerts(row: Row, gap: Gap | None) -> bool:
    """Whether who hears of alerts must hear of this: an alert, or a gap in which there are or may be alerts."""
    if gap is None:
        return row.event_class is EventClass.ALERT
    counted = gap.loss in {Loss.OUTBOX_FULL, Loss.UNWRITABLE} and gap.classes
    return not counted or gap.classes.get(EventClass.ALERT, 0) > 0
