"""Room in the file: what was confirmed long enough ago goes, and when that is not enough, the least important events.

Room is made before it is needed, in the transaction that needs it: in a file at its ceiling DELETE works, while on a
really full disk not even that does. What is dropped before it was confirmed leaves a gap.
"""

import sqlite3
from typing import Final

from fleetmon.model.report import At
from fleetmon.publish.gaps import DROP_ORDER, Gap, Loss, runs
from fleetmon.publish.outbox.rows import Limits
from fleetmon.publish.outbox.stream import Stream

_PRUNE_STEP: Final = 500  # rows: more than one acknowledgement covers, so pruning keeps up; still a short transaction
_EVICT_STEP: Final = 200  # rows: their ranges fit one gap event


class Space:
    """`evicted` counts the events dropped since the start, as of the transaction under way."""

    def __init__(self, db: sqlite3.Connection, stream: Stream, limits: Limits) -> None:
        self.evicted = 0
        self._db = db
        self._stream = stream
        self._limits = limits

    def make(self, need: int, now: At) -> None:
        """Confirmed events go first, then the oldest of the lowest class, each time leaving a gap that says so."""
        while self._room() < need and (self._prune(now.utc, 0) or self._evict(now)):
            pass

    def tidy(self, now: At) -> int:
        """Forget one step of the events that were confirmed and kept long enough; how many."""
        return self._prune(now.utc - self._limits.keep_s, self._limits.keep_bytes)

    def _room(self) -> int:
        pages, most, free, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "max_page_count", "freelist_count", "page_size")
        )
        return int((most - pages + free) * size)

    def _prune(self, older_than: float, keep_bytes: int) -> int:
        acked = self._stream.acked()
        ends = self._db.execute(
            "SELECT max(ends) FROM event WHERE seq = (SELECT max(seq) FROM event WHERE seq <= ?)", (acked,)
        )
        surplus = (ends.fetchone()[0] or 0) - keep_bytes
        # Only the oldest are looked at: a search through all that is kept would cost more than it finds.
        oldest = "SELECT seq, utc, ends - length(body) FROM event WHERE seq <= ? ORDER BY seq LIMIT ?"
        rows = self._db.execute(oldest, (acked, _PRUNE_STEP)).fetchall()
        seqs = [seq for seq, utc, begins in rows if utc < older_than or begins < surplus]
        self._stream.delete(seqs)
        if seqs:
            self._db.execute("DELETE FROM dropped WHERE first <= ?1 AND gap <= ?1", (seqs[-1],))
        return len(seqs)

    def _evict(self, now: At) -> int:
        """Drop one step of unconfirmed events of the lowest class there is; how many."""
        sql = "SELECT seq FROM event WHERE class = ? AND seq > ? ORDER BY seq LIMIT ?"
        acked = self._stream.acked()
        for event_class in DROP_ORDER:
            seqs = [seq for (seq,) in self._db.execute(sql, (event_class.value, acked, _EVICT_STEP))]
            if seqs:
                self._stream.delete(seqs)
                self._stream.lose(Gap(Loss.OUTBOX_FULL, runs(seqs), {event_class: len(seqs)}), now)
                self.evicted += len(seqs)
                return len(seqs)
        return 0
