"""What goes into the outbox, what comes out, and how it stands: plain words between its thread and everybody else."""

from collections.abc import Sequence
from dataclasses import dataclass

from fleetmon.model.messages import Event, EventClass, Record
from fleetmon.model.report import At


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept: the file's ceiling, and how long and how many bytes of confirmed events stay for a replay."""

    cap_bytes: int = 512 * 1024 * 1024
    keep_s: float = 7 * 86_400.0
    keep_bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One event as it is sent: its sequence, its class and its final bytes."""

    seq: int
    event_class: EventClass
    body: bytes


@dataclass(frozen=True, slots=True)
class Due:
    """A stretch of the stream up to `reach`: its `rows`, and `ahead` the later gaps that say what is missing there."""

    ahead: Sequence[Row]
    rows: Sequence[Row]
    reach: int


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who must have every event, up to which one all are confirmed, and since when that is so."""

    name: str
    acked: int
    moved: At


@dataclass(frozen=True, slots=True)
class Figures:
    """How the outbox stands: `acked` by all consumers, `first` still kept (head + 1 when none), the oldest unconfirmed.

    `evicted` and `unwritten` count events lost since the start of the process; each of them is in a gap event, the
    unwritten ones as soon as anything can be written.
    """

    stream: str
    head: int
    first: int
    oldest_unacked: At | None
    consumers: tuple[Consumer, ...]
    evicted: int = 0
    unwritten: int = 0

    @property
    def acked(self) -> int:
        """Up to which sequence everybody has confirmed."""
        return min((each.acked for each in self.consumers), default=0)

    @property
    def furthest(self) -> int:
        """Up to which sequence at least one consumer has confirmed."""
        return max((each.acked for each in self.consumers), default=0)

    @property
    def acked_by(self) -> dict[str, int]:
        """How far each consumer is."""
        return {each.name: each.acked for each in self.consumers}

    @property
    def holding_back(self) -> tuple[Consumer, ...]:
        """The consumers for whose sake the oldest unconfirmed event is kept; nobody when all have everything."""
        return tuple(each for each in self.consumers if each.acked == self.acked < self.head)


@dataclass(frozen=True, slots=True)
class Write:
    """One commit as asked for: events with their encoded data, and the records that belong to them."""

    events: Sequence[tuple[Event, bytes]]
    records: Sequence[Record]

    @property
    def size(self) -> int:
        """Bytes this may take in the file, generously."""
        return sum(len(data) + 1024 for _, data in self.events) + sum(
            len(each.body or b"") + 256 for each in self.records
        )
