"""The file `site.db`: events and records in one transaction, on the disk before anybody is told.

Synchronous, and owned by one thread (outbox.py). Write-ahead log with `synchronous=FULL`: a commit that returned
survives a power cut as far as the disk keeps its word. One connection does the reading too, in between, so that no
reader ever keeps the log from being folded back. The file has a ceiling (`PRAGMA max_page_count`) well below the
disk's; what is done below it is in space.py. A disk that refuses to write does not raise: events are counted, to be
said in a gap once it can be written again, and records are kept to be written then.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

from fleetmon.clock import Clock
from fleetmon.model.messages import EventClass, Record
from fleetmon.model.report import At
from fleetmon.publish.envelope import Origin
from fleetmon.publish.gaps import Former, Gap, Loss
from fleetmon.publish.outbox.lock import StateFile
from fleetmon.publish.outbox.rows import Due, Limits, Row, Write
from fleetmon.publish.outbox.space import Space
from fleetmon.publish.outbox.stream import Stream

_RESERVE_BYTES: Final = 256 * 1024  # what the gap rows themselves, the index and half-empty pages may need
_SAY_AGAIN_S: Final = 3600.0
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
        self._stream = Stream(db, origin)
        self._space = Space(db, self._stream, limits)
        former = lock.last()
        self._owed = _Owed(former.unwritten if former and former.stream == origin.stream else 0)
        self._unwritten = 0
        self._said_full: At | None = None
        self.figures = self._stream.figures(0, 0)

    def write(self, batch: Sequence[Write]) -> list[int]:
        """Commit all in one transaction; the head after each. What the disk refuses is owed and the head stays."""
        before = self._space.evicted
        try:
            with self._appending() as now:
                self._space.make(sum(each.size for each in batch) + _RESERVE_BYTES, now)
                self._settle(now)
                heads = [self._insert(each, now) for each in batch]
        except sqlite3.OperationalError as refused:
            self._space.evicted = before
            _only_if_unwritable(refused)
            self._owe(batch, refused)
            return [self.figures.head] * len(batch)
        self._forgive()
        if self._space.evicted > before:
            self._say_full()
        self._look()
        return heads

    def due(self, after: int, upto: int, limit: int) -> Due:
        """The next events above `after` up to `upto`, and the later gaps that name what is missing there."""
        return self._stream.due(after, upto, limit)

    def pending(self, after: int, limit: int) -> list[Row]:
        """The next events above `after`, ascending."""
        return self._stream.pending(after, self.figures.head, limit)

    def of_class(self, event_class: EventClass, after: int, limit: int) -> list[Row]:
        """The next events of one class above `after`, ascending."""
        return self._stream.of_class(event_class, after, limit)

    def records(self, kind: str) -> dict[str, bytes]:
        """All records of a kind by id."""
        return dict(self._db.execute("SELECT id, body FROM record WHERE kind = ?", (kind,)))

    def acknowledge(self, consumer: str, upto: int) -> None:
        """`consumer` has all up to `upto`; never goes back, never beyond the head. Prunes a little on the way."""
        now = self._clock.now()
        sql = "UPDATE consumer SET acked = ?1, utc = ?2, mono = ?3, boot = ?4 WHERE name = ?5 AND acked < ?1"
        try:
            with self._transaction():
                self._db.execute(sql, (min(upto, self.figures.head), now.utc, now.mono, now.boot, consumer))
                self._space.tidy(now)
        except sqlite3.OperationalError as refused:
            _only_if_unwritable(refused)
            return  # asked again soon; until then the worst is that something is sent twice
        self._look()

    def tidy(self) -> int:
        """Forget one step of what was kept long enough; how many events. None left: fold the log back."""
        try:
            with self._transaction():
                forgotten = self._space.tidy(self._clock.now())
            if not forgotten:
                self._db.execute("PRAGMA optimize")
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")  # the other kinds would wait for who reads the file
        except sqlite3.OperationalError as refused:
            _only_if_unwritable(refused)
            return 0
        self._look()
        return forgotten

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
            ranges = [(self._stream.head + 1, upto)] if upto > self._stream.head else []
            self._stream.head = max(self._stream.head, upto)
            self._stream.lose(Gap(loss, ranges, classes or {}, former=former), now)
        self._look()

    def note(self, *, sync: bool = False) -> None:
        """Keep beside the database how far it is, and what it owes."""
        self._lock.note(Former(self.origin.stream, self.figures.head, self._owed.count), sync=sync)

    def close(self) -> None:
        """Fold the log back and let the next process in."""
        self._db.close()
        self._lock.close()

    def _look(self) -> None:
        self.figures = self._stream.figures(self._space.evicted, self._unwritten)

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
            self._stream.load()
            yield self._clock.now()
            self._stream.store()
        self._lock.note(Former(self.origin.stream, self._stream.head))

    def _insert(self, write: Write, now: At) -> int:
        for event, data in write.events:
            self._stream.append(event, data, now)
        for record in write.records:
            self._keep(record)
        return self._stream.head

    def _keep(self, record: Record) -> None:
        if record.body is None:
            self._db.execute("DELETE FROM record WHERE kind = ? AND id = ?", (record.kind, record.id))
        else:
            self._db.execute(
                "INSERT OR REPLACE INTO record (kind, id, body) VALUES (?, ?, ?)", (record.kind, record.id, record.body)
            )

    # What the disk refused

    def _owe(self, batch: Sequence[Write], refused: sqlite3.OperationalError) -> None:
        if not self._owed.count and not self._owed.records:
            log.error("outbox cannot be written; events are being lost and counted", why=str(refused))
        for write in batch:
            self._owed.events.update(event.event_class for event, _ in write.events)
            self._owed.records |= {(each.kind, each.id): each for each in write.records}
            self._unwritten += len(write.events)
        self.note()
        self._look()

    def _say_full(self) -> None:
        """Once, and once an hour as long as it goes on."""
        now = self._clock.now()
        if self._said_full is None or now.since(self._said_full) >= _SAY_AGAIN_S:
            self._said_full = now
            log.error("outbox is full: events are being dropped, gaps say so", dropped=self._space.evicted)

    def _settle(self, now: At) -> None:
        for record in self._owed.records.values():
            self._keep(record)
        if self._owed.count:
            self._stream.lose(Gap(Loss.UNWRITABLE, (), self._owed.events, beyond=self._owed.former), now)

    def _forgive(self) -> None:
        if self._owed.count or self._owed.records:
            log.warning("outbox can be written again; a gap says what was lost", lost=self._owed.count)
            self._owed = _Owed()


def _only_if_unwritable(refused: sqlite3.OperationalError) -> None:
    if refused.sqlite_errorcode & 0xFF not in _UNWRITABLE:
        raise refused
