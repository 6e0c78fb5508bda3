"""The numbered rows of the stream: what is appended, what is dropped, and the gap that says so.

Everything here happens within a transaction of the caller's; a sequence counts only once that is committed. A gap that
was never read for sending may still be folded into a newer one of the same cause. One that was read may have been
sent, so it stays as it is: its bytes are final, and a consumer may have counted it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from fleetmon.model.messages import Event, EventClass
from fleetmon.model.report import At
from fleetmon.publish.envelope import Origin, encode_data, event_bytes
from fleetmon.publish.gaps import Gap, Loss, read_gap
from fleetmon.publish.outbox.rows import Consumer, Due, Figures, Row

_FOLD_RANGES: Final = 400  # as many as fit half of what a payload should have at most
_FOLD_S: Final = 3600.0  # a gap without ranges says when: it may be an hour wrong
_RANGES_AT_ONCE: Final = 1000


class Stream:
    """`head` and `bytes` are as of the transaction under way, from `load` to `store`."""

    def __init__(self, db: sqlite3.Connection, origin: Origin) -> None:
        self.origin = origin
        self.head = self.bytes = 0
        self._db = db
        self._read_gaps: set[int] = set()
        self.load()
        self._begun = self.head

    def load(self) -> None:
        """Begin to append."""
        self.head, self.bytes = self._db.execute("SELECT head, bytes FROM stream").fetchone()

    def store(self) -> None:
        """What was given away belongs to the transaction as well."""
        self._db.execute("UPDATE stream SET head = ?, bytes = ?", (self.head, self.bytes))

    def append(self, event: Event, data: bytes, now: At) -> int:
        """Give `event` the next sequence."""
        body = event_bytes(self.origin, self.head + 1, event, data, now)
        self.head += 1
        self.bytes += len(body)
        row = (self.head, event.event_class.value, now.utc, now.mono, now.boot, self.bytes, body)
        self._db.execute(
            "INSERT INTO event (seq, class, utc, mono, boot, ends, body) VALUES (?, ?, ?, ?, ?, ?, ?)", row
        )
        return self.head

    def delete(self, seqs: Sequence[int]) -> None:
        """Forget rows."""
        self._db.executemany("DELETE FROM event WHERE seq = ?", [(seq,) for seq in seqs])

    def lose(self, gap: Gap, now: At) -> None:
        """Say that something is lost, in a gap of its own or together with earlier ones."""
        for seq in self._foldable(gap, now):
            (body,) = self._db.execute("SELECT body FROM event WHERE seq = ?", (seq,)).fetchone()
            older = read_gap(body)
            folded = gap.fold(seq, older)
            if older.loss is gap.loss and older.former is None and len(folded.ranges) <= _FOLD_RANGES:
                gap = folded
                self.delete([seq])
                self._forget(older.ranges)
        event = gap.event(now)
        place = self.append(event, encode_data(event.data), now)
        rows = [(first, last, place) for first, last in gap.ranges]
        self._db.executemany("INSERT INTO dropped (first, last, gap) VALUES (?, ?, ?)", rows)

    def _foldable(self, gap: Gap, now: At) -> list[int]:
        """The unsent gaps that are worth a look: the newest one, and those that name neighbours of what is lost now."""
        if gap.loss not in {Loss.OUTBOX_FULL, Loss.UNWRITABLE}:
            return []
        newest = "SELECT seq, utc FROM event WHERE class = ? ORDER BY seq DESC LIMIT 1"
        found = {
            seq
            for seq, utc in self._db.execute(newest, (EventClass.GAP.value,))
            if gap.loss is Loss.OUTBOX_FULL or abs(now.utc - utc) < _FOLD_S
        }
        found.update(self._neighbours(gap))
        return sorted((seq for seq in found if seq > self._begun and seq not in self._read_gaps), reverse=True)

    def _neighbours(self, gap: Gap) -> Iterator[int]:
        for first, last in gap.ranges:
            for found in (self._last_dropped(first - 1), self._last_dropped(last + 1)):
                if found and (found[1] == first - 1 or found[0] == last + 1):
                    yield found[2]

    def _last_dropped(self, seq: int) -> tuple[int, int, int] | None:
        """The last range, and its gap, that begins at `seq` or below: ranges are disjoint, so no other may hold it."""
        sql = "SELECT first, last, gap FROM dropped WHERE first <= ? ORDER BY first DESC LIMIT 1"
        found: tuple[int, int, int] | None = self._db.execute(sql, (seq,)).fetchone()
        return found

    def _forget(self, ranges: Sequence[tuple[int, int]]) -> None:
        self._db.executemany("DELETE FROM dropped WHERE first = ?", [(first,) for first, _ in ranges])

    # Reading

    def due(self, after: int, upto: int, limit: int) -> Due:
        """The next events above `after` up to `upto`, and the later gaps that name what is missing there."""
        rows = self.pending(after, upto, limit)
        reach = rows[-1].seq if len(rows) == limit else upto
        if len(rows) == reach - after:
            return Due((), rows, reach)
        below = self._last_dropped(after)
        missing = "SELECT first, last, gap FROM dropped WHERE first > ? AND first <= ? ORDER BY first LIMIT ?"
        found = self._db.execute(missing, (after, reach, _RANGES_AT_ONCE)).fetchall()
        if len(found) == _RANGES_AT_ONCE:
            reach = min(reach, found[-1][1])
        if below and below[1] > after:
            found.insert(0, below)
        later = dict.fromkeys(gap for _, _, gap in found if gap > reach)
        ahead = [row for gap in later for row in self.pending(gap - 1, gap, 1)]
        return Due(ahead, [row for row in rows if row.seq <= reach], reach)

    def pending(self, after: int, upto: int, limit: int) -> list[Row]:
        """The next events above `after`, ascending, up to `upto`."""
        sql = "SELECT seq, class, body FROM event WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        return self._rows(sql, after, upto, limit)

    def of_class(self, event_class: EventClass, after: int, limit: int) -> list[Row]:
        """The next events of one class above `after`, ascending."""
        sql = "SELECT seq, class, body FROM event WHERE class = ? AND seq > ? ORDER BY seq LIMIT ?"
        return self._rows(sql, event_class.value, after, limit)

    def _rows(self, sql: str, *values: object) -> list[Row]:
        rows = [Row(seq, EventClass(name), body) for seq, name, body in self._db.execute(sql, values)]
        self._read_gaps.update(row.seq for row in rows if row.event_class is EventClass.GAP)
        return rows

    def figures(self, evicted: int, unwritten: int) -> Figures:
        """How it stands, as committed."""
        stream, head = self._db.execute("SELECT id, head FROM stream").fetchone()
        consumers = tuple(
            Consumer(name, acked, At(*moved))
            for name, acked, *moved in self._db.execute("SELECT name, acked, utc, mono, boot FROM consumer")
        )
        first = self._db.execute("SELECT min(seq) FROM event").fetchone()[0]
        oldest = self._db.execute(
            "SELECT utc, mono, boot FROM event WHERE seq > ? ORDER BY seq LIMIT 1", (self.acked(),)
        ).fetchone()
        return Figures(stream, head, first or head + 1, At(*oldest) if oldest else None, consumers, evicted, unwritten)

    def acked(self) -> int:
        """Up to which sequence everybody has confirmed."""
        return int(self._db.execute("SELECT min(acked) FROM consumer").fetchone()[0] or 0)
