"""The file `site.db`: events and records in one transaction, on the disk before anybody is told.

Synchronous, and owned by one thread (outbox.py). Write-ahead log with `synchronous=FULL`: a commit that returned
survives a power cut as far as the disk keeps its word. One connection does the reading too, in between, so that no
reader ever keeps the log from being folded back. The file has a ceiling (`PRAGMA max_page_count`) well below the
disk's, because on a really full disk not even DELETE works; below it room is made before it is needed, in the same
transaction.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

from fleetmon.clock import Clock
from fleetmon.model.messages import Event, EventClass, Record
from fleetmon.model.report import At
from fleetmon.publish.envelope import Origin, encode_data, event_bytes
from fleetmon.publish.gaps import DROP_ORDER, Former, Loss, gap_event, runs
from fleetmon.publish.outbox.lock import StateFile
from fleetmon.publish.outbox.rows import Figures, Limits, Row, Write

_PRUNE_STEP: Final = (
    500  # rows: more than one acknowledgement covers, so pruning keeps up, and still a short transaction
)
_EVICT_STEP: Final = 200  # rows: their ranges fit one gap event
_RESERVE_BYTES: Final = 256 * 1024  # what the gap rows themselves, the index and half-empty pages may need
# What the disk or the file refuses just now, as opposed to a broken file or a bug of ours.
_UNWRITABLE: Final = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY}
)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Owed:
    """What the disk refused: events by class, to be said, and the newest records, to be written."""

    former: int = 0
    events: Counter[EventClass] = field(default_factory=Counter)
    records: dict[tuple[str, str], Record] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many events are to be said, those that a former run owed included."""
        return self.former + self.events.total()


class Database:
    """All methods are called from one thread; sqlite3 errors other than a refusing disk pass through."""

    def __init__(self, db: sqlite3.Connection, lock: StateFile, origin: Origin, clock: Clock, limits: Limits) -> None:
        self.origin = origin
        self._db = db
        self._lock = lock
        self._clock = clock
        self._limits = limits
        former = lock.last()
        self._owed = _Owed(former.unwritten if former and former.stream == origin.stream else 0)
        self._evicted = self._unwritten = 0
        self._head = self._bytes = 0
        self.figures = self._look()

    def write(self, batch: Sequence[Write]) -> list[int]:
        """Commit all in one transaction; the head after each. What the disk refuses is owed and the head stays."""
        before = self._evicted
        try:
            with self._appending() as now:
                self._make_room(sum(each.size for each in batch) + _RESERVE_BYTES, now)
                self._settle(now)
                heads = [self._insert(each, now) for each in batch]
        except sqlite3.OperationalError as refused:
            self._evicted = before
            if refused.sqlite_errorcode & 0xFF not in _UNWRITABLE:
                raise
            self._owe(batch, refused)
            return [self.figures.head] * len(batch)
        self._forgive()
        if self._evicted > before:
            log.error("outbox is full: events dropped, a gap says so", dropped=self._evicted - before)
        self.figures = self._look()
        return heads

    def pending(self, after: int, limit: int) -> list[Row]:
        """The next events above `after`, ascending."""
        sql = "SELECT seq, class, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?"
        return [Row(seq, EventClass(cls), body) for seq, cls, body in self._db.execute(sql, (after, limit))]

    def gaps(self, after: int, limit: int) -> list[Row]:
        """The next gap events above `after`, ascending: they are sent before anything else."""
        sql = "SELECT seq, class, body FROM event WHERE class = ? AND seq > ? ORDER BY seq LIMIT ?"
        found = self._db.execute(sql, (EventClass.GAP.value, after, limit))
        return [Row(seq, EventClass(cls), body) for seq, cls, body in found]

    def records(self, kind: str) -> dict[str, bytes]:
        """All records of a kind by id."""
        return dict(self._db.execute("SELECT id, body FROM record WHERE kind = ?", (kind,)))

    def acknowledge(self, consumer: str, upto: int) -> None:
        """`consumer` has all up to `upto`; never goes back, never beyond the head. Prunes a little on the way."""
        now = self._clock.now()
        sql = "UPDATE consumer SET acked = ?1, utc = ?2 WHERE name = ?3 AND acked < ?1"
        try:
            with self._transaction():
                self._db.execute(sql, (min(upto, self.figures.head), now.utc, consumer))
                self._prune(now.utc - self._limits.keep_s, self._limits.keep_bytes)
        except sqlite3.OperationalError as refused:
            if refused.sqlite_errorcode & 0xFF not in _UNWRITABLE:
                raise
            return  # asked again soon; until then the worst is that something is sent twice
        self.figures = self._look()

    def declare(
        self,
        loss: Loss,
        *,
        upto: int = 0,
        classes: Mapping[EventClass, int] | None = None,
        former: Former | None = None,
    ) -> None:
        """Say at the start what went down with a database; `upto` skips the sequences that were given away before."""
        with self._appending() as now:
            ranges = [(self._head + 1, upto)] if upto > self._head else []
            self._head = max(self._head, upto)
            self._lost(gap_event(loss, now, ranges, classes, former), now, ranges)
        self.figures = self._look()

    def note(self, *, sync: bool = False) -> None:
        """Keep beside the database how far it is, and what it owes."""
        self._lock.note(Former(self.origin.stream, self.figures.head, self._owed.count), sync=sync)

    def close(self) -> None:
        """Fold the log back and let the next process in."""
        self._db.close()
        self._lock.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    @contextmanager
    def _appending(self) -> Iterator[At]:
        """A transaction that may give sequences away; they count only once it is committed."""
        with self._transaction():
            self._head, self._bytes = self._db.execute("SELECT head, bytes FROM stream").fetchone()
            yield self._clock.now()
            self._db.execute("UPDATE stream SET head = ?, bytes = ?", (self._head, self._bytes))
        self._lock.note(Former(self.origin.stream, self._head))

    def _insert(self, write: Write, now: At) -> int:
        for event, data in write.events:
            self._append(event, data, now)
        for record in write.records:
            self._keep(record)
        return self._head

    def _append(self, event: Event, data: bytes, now: At) -> int:
        body = event_bytes(self.origin, self._head + 1, event, data, now)
        self._head += 1
        self._bytes += len(body)
        row = (self._head, event.event_class.value, now.utc, now.mono, now.boot, self._bytes, body)
        self._db.execute(
            "INSERT INTO event (seq, class, utc, mono, boot, ends, body) VALUES (?, ?, ?, ?, ?, ?, ?)", row
        )
        return self._head

    def _keep(self, record: Record) -> None:
        if record.body is None:
            self._db.execute("DELETE FROM record WHERE kind = ? AND id = ?", (record.kind, record.id))
        else:
            self._db.execute(
                "INSERT OR REPLACE INTO record (kind, id, body) VALUES (?, ?, ?)", (record.kind, record.id, record.body)
            )

    def _lost(self, event: Event, now: At, ranges: Sequence[tuple[int, int]] = ()) -> None:
        gap = self._append(event, encode_data(event.data), now)
        rows = [(first, last, gap) for first, last in ranges]
        self._db.executemany("INSERT INTO dropped (first, last, gap) VALUES (?, ?, ?)", rows)

    # What the disk refused

    def _owe(self, batch: Sequence[Write], refused: sqlite3.OperationalError) -> None:
        if not self._owed.count and not self._owed.records:
            log.error("outbox cannot be written; events are being lost and counted", why=str(refused))
        for write in batch:
            self._owed.events.update(event.event_class for event, _ in write.events)
            self._owed.records |= {(each.kind, each.id): each for each in write.records}
            self._unwritten += len(write.events)
        self.note()
        self.figures = self._look()

    def _settle(self, now: At) -> None:
        for record in self._owed.records.values():
            self._keep(record)
        if self._owed.count:
            self._lost(gap_event(Loss.UNWRITABLE, now, (), self._owed.events, beyond=self._owed.former), now)

    def _forgive(self) -> None:
        if self._owed.count or self._owed.records:
            log.warning("outbox can be written again; a gap says what was lost", lost=self._owed.count)
            self._owed = _Owed()

    # Making room

    def _make_room(self, need: int, now: At) -> None:
        """Confirmed events go first, then the oldest of the lowest class, each time leaving a gap that says so."""
        while self._room() < need and (self._prune(now.utc, 0) or self._evict(now)):
            pass

    def _room(self) -> int:
        pages, most, free, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "max_page_count", "freelist_count", "page_size")
        )
        return int((most - pages + free) * size)

    def _prune(self, older_than: float, keep_bytes: int) -> int:
        """Forget one step of confirmed events, oldest first; how many."""
        acked = self._acked()
        ends = self._db.execute(
            "SELECT max(ends) FROM event WHERE seq = (SELECT max(seq) FROM event WHERE seq <= ?)", (acked,)
        )
        surplus = (ends.fetchone()[0] or 0) - keep_bytes
        # Only the oldest are looked at: a search through all that is kept would cost more than it finds.
        oldest = "SELECT seq, utc, ends - length(body) FROM event WHERE seq <= ? ORDER BY seq LIMIT ?"
        rows = self._db.execute(oldest, (acked, _PRUNE_STEP)).fetchall()
        seqs = [seq for seq, utc, begins in rows if utc < older_than or begins < surplus]
        self._delete(seqs)
        if seqs:
            self._db.execute("DELETE FROM dropped WHERE gap <= ?", (seqs[-1],))
        return len(seqs)

    def _evict(self, now: At) -> int:
        """Drop one step of unconfirmed events of the lowest class there is; how many."""
        sql = "SELECT seq FROM event WHERE class = ? AND seq > ? ORDER BY seq LIMIT ?"
        acked = self._acked()
        for event_class in DROP_ORDER:
            seqs = [seq for (seq,) in self._db.execute(sql, (event_class.value, acked, _EVICT_STEP))]
            if seqs:
                self._delete(seqs)
                ranges = runs(seqs)
                self._lost(gap_event(Loss.OUTBOX_FULL, now, ranges, {event_class: len(seqs)}), now, ranges)
                self._evicted += len(seqs)
                return len(seqs)
        return 0

    def _delete(self, seqs: Sequence[int]) -> None:
        self._db.executemany("DELETE FROM event WHERE seq = ?", [(seq,) for seq in seqs])

    def _acked(self) -> int:
        return int(self._db.execute("SELECT min(acked) FROM consumer").fetchone()[0] or 0)

    def _look(self) -> Figures:
        stream, head = self._db.execute("SELECT id, head FROM stream").fetchone()
        acked_by = dict(self._db.execute("SELECT name, acked FROM consumer"))
        acked = min(acked_by.values(), default=0)
        first = self._db.execute("SELECT min(seq) FROM event").fetchone()[0]
        oldest = self._db.execute(
            "SELECT utc, mono, boot FROM event WHERE seq > ? ORDER BY seq LIMIT 1", (acked,)
        ).fetchone()
        lost = (self._evicted, self._unwritten)
        return Figures(stream, head, acked, first or head + 1, At(*oldest) if oldest else None, acked_by, *lost)
