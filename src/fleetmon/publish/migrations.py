"""The tables of `site.db`, as numbered steps that are never edited once released.

`PRAGMA user_version` says how many steps a file has seen; each step runs in one transaction. A file that has seen more
than we know was written by a newer fleetmon and is left alone.

::

    stream      one row: the id of this stream, the last sequence given away, the bytes of all bodies ever written
    event       what is told: final bytes by sequence; `ends` = bytes of all bodies up to and including this one
    dropped     ranges of sequences that were evicted, each with the gap event that says so
    consumer    how far each one who must have every event has confirmed, and when that was last more than before
    record      state that must survive a restart, written together with the events it stems from
"""

from typing import Final

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE stream (
               id TEXT NOT NULL,
               head INTEGER NOT NULL,
               bytes INTEGER NOT NULL,
               born REAL NOT NULL)""",
        """CREATE TABLE event (
               seq INTEGER PRIMARY KEY,
               class TEXT NOT NULL,
               utc REAL NOT NULL,
               mono REAL NOT NULL,
               boot TEXT NOT NULL,
               ends INTEGER NOT NULL,
               body BLOB NOT NULL)""",
        "CREATE INDEX event_by_class ON event (class, seq)",
        """CREATE TABLE dropped (
               first INTEGER PRIMARY KEY,
               last INTEGER NOT NULL,
               gap INTEGER NOT NULL)""",
        """CREATE TABLE consumer (
               name TEXT PRIMARY KEY,
               acked INTEGER NOT NULL,
               utc REAL NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE record (
               kind TEXT NOT NULL,
               id TEXT NOT NULL,
               body BLOB NOT NULL,
               PRIMARY KEY (kind, id)) WITHOUT ROWID""",
    ),
    (
        # Since when a consumer has not moved is a duration: it needs the clock that nobody sets, see `At`.
        "ALTER TABLE consumer ADD COLUMN mono REAL NOT NULL DEFAULT 0",
        "ALTER TABLE consumer ADD COLUMN boot TEXT NOT NULL DEFAULT ''",
    ),
)
SCHEMA_VERSION: Final = len(MIGRATIONS)
