"""Opening `site.db`, whatever state it was left in, without ever hiding a loss.

What may be found, and what follows:

====================================  ==============================================================================
nothing                               a new stream; a gap says so if this directory had one before
a sound file                          it goes on
a sound file we may not write         a copy of it takes its place and goes on
a file of a newer fleetmon            NewerSchema, and the file is left alone
a damaged file                        put aside under a name that says when; a new stream, beginning with a gap
a sound file that forgot commits      the stream goes on *after* the forgotten sequences; a gap names them
a file of another stream              its events are dropped, its records kept; a new stream, beginning with a gap
====================================  ==============================================================================

What was committed last is known from the state file (lock.py).
"""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import structlog

from fleetmon.clock import Clock
from fleetmon.errors import SettingsError
from fleetmon.model.messages import EventClass
from fleetmon.model.report import At
from fleetmon.publish.envelope import Origin, rfc3339
from fleetmon.publish.gaps import Loss
from fleetmon.publish.migrations import MIGRATIONS, SCHEMA_VERSION
from fleetmon.publish.outbox.database import Database
from fleetmon.publish.outbox.lock import StateFile
from fleetmon.publish.outbox.rows import Limits

_LOG_BYTES: Final = 16 * 1024 * 1024  # what the write-ahead log is cut back to once it has been folded in
_BUSY_S: Final = 10.0  # somebody may be looking at the file with the sqlite3 shell

log = structlog.get_logger(__name__)


class NewerSchema(SettingsError):
    """The database was written by a newer fleetmon; whoever put the older program there must act (exit 78)."""


class _Damaged(Exception):
    """The file is no sound database."""


def open_database(path: Path, site: str, clock: Clock, limits: Limits, consumers: Sequence[str]) -> Database:
    """Open or make `path`. Raises StateInUse, NewerSchema, OSError or sqlite3.Error (a disk that refuses)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as undo:
        lock = StateFile(path.with_name(f"{path.name}.lock"))
        undo.callback(lock.close)
        try:
            db, quarantined = _connect(path, limits), None
        except _Damaged as damage:
            quarantined = _put_aside(path, clock.now().utc, damage)
            db = _connect(path, limits)
        undo.callback(db.close)
        _name_consumers(db, consumers, clock.now())
        database = _continue_stream(db, lock, site, clock, limits, quarantined)
        database.note(sync=True)
        undo.pop_all()
    return database


def _connect(path: Path, limits: Limits) -> sqlite3.Connection:
    _regain(path)
    try:
        return _opened(path, limits)
    except sqlite3.OperationalError as refused:  # somebody looked at it meanwhile, and left his index of the log behind
        if refused.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY or not _regain(path):
            raise
    return _opened(path, limits)


def _opened(path: Path, limits: Limits) -> sqlite3.Connection:
    with ExitStack() as undo:
        try:
            db = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_S)
            undo.callback(db.close)
            _prepare(db, path, limits)
        except sqlite3.DatabaseError as broken:
            if broken.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                raise
            raise _Damaged(str(broken)) from broken
        undo.pop_all()
    return db


def _regain(path: Path) -> bool:
    """Replace what we may read but not write, as after a run by root or a backup put back, by a copy that is ours; the
    index of the log is made anew. Whether anything was so."""
    index, regained = path.with_name(f"{path.name}-shm"), False
    for suffix in ("", "-wal"):
        part = path.with_name(path.name + suffix)
        if not part.is_file() or os.access(part, os.W_OK):
            continue
        log.error("outbox may not be written: a copy takes its place", file=str(part))
        copy = part.with_name(f"{part.name}.copy")
        shutil.copyfile(part, copy)
        copy.chmod(part.stat().st_mode | 0o600)
        with copy.open("r+b") as file:
            os.fsync(file.fileno())
        copy.replace(part)
        index.unlink(missing_ok=True)
        regained = True
    if index.is_file() and not os.access(index, os.W_OK):
        index.unlink()
        regained = True
    return regained


def _prepare(db: sqlite3.Connection, path: Path, limits: Limits) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise NewerSchema(f"{path}: written by a newer fleetmon (schema {version}, this one knows {SCHEMA_VERSION})")
    verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise _Damaged(verdict)
    # An event to a page: whichever class is dropped, the pages of its rows are free at once, those beside them or not.
    db.execute("PRAGMA page_size = 1024")  # changes nothing once there is a table
    page_size = db.execute("PRAGMA page_size").fetchone()[0]
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
    db.execute(f"PRAGMA wal_autocheckpoint = {_LOG_BYTES // 4 // page_size}")
    db.execute(f"PRAGMA max_page_count = {max(1, limits.cap_bytes // page_size)}")
    for number, steps in enumerate(MIGRATIONS[version:], version + 1):
        with db:
            db.execute("BEGIN IMMEDIATE")
            for step in steps:
                db.execute(step)
            db.execute(f"PRAGMA user_version = {number}")
    db.execute("BEGIN IMMEDIATE")  # what may not be written says so here
    db.execute("ROLLBACK")


def _put_aside(path: Path, utc: float, damage: _Damaged) -> Path:
    stamp = rfc3339(utc).replace("-", "").replace(":", "")
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    log.error("outbox is damaged: put aside, a new stream begins", why=str(damage), kept_as=str(aside))
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _continue_stream(
    db: sqlite3.Connection, lock: StateFile, site: str, clock: Clock, limits: Limits, quarantined: Path | None
) -> Database:
    former, found = lock.last(), db.execute("SELECT id, head FROM stream").fetchone()
    if found and (former is None or (former.stream == found[0] and former.head <= found[1])):
        return Database(db, lock, Origin(site, found[0]), clock, limits)
    if found and former and former.stream == found[0]:
        database = Database(db, lock, Origin(site, found[0]), clock, limits)
        log.error("outbox forgot what it had committed: a gap says so", head=found[1], committed=former.head)
        database.declare(Loss.DATABASE_ROLLED_BACK, upto=former.head)
        return database
    unsent = _unsent(db)
    database = Database(db, lock, Origin(site, _new_stream(db, clock.now().utc)), clock, limits)
    if former or quarantined:
        loss = Loss.DATABASE_CORRUPT if quarantined else Loss.DATABASE_REPLACED if found else Loss.DATABASE_MISSING
        log.error("outbox begins a new stream: a gap says so", why=loss.value, former=former and former.stream)
        database.declare(loss, classes=unsent, former=former)
    return database


def _unsent(db: sqlite3.Connection) -> dict[EventClass, int]:
    sql = "SELECT class, count(*) FROM event WHERE seq > (SELECT ifnull(min(acked), 0) FROM consumer) GROUP BY class"
    return {EventClass(name): count for name, count in db.execute(sql)}


def _new_stream(db: sqlite3.Connection, utc: float) -> str:
    stream = str(uuid.uuid4())
    with db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM event")
        db.execute("DELETE FROM dropped")
        db.execute("DELETE FROM stream")
        db.execute("UPDATE consumer SET acked = 0")
        db.execute("INSERT INTO stream (id, head, bytes, born) VALUES (?, 0, 0, ?)", (stream, utc))
    return stream


def _name_consumers(db: sqlite3.Connection, consumers: Sequence[str], now: At) -> None:
    """Whoever is not named any more holds nothing back; whoever is new may have all that is still kept."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        for (name,) in db.execute("SELECT name FROM consumer").fetchall():
            if name not in consumers:
                db.execute("DELETE FROM consumer WHERE name = ?", (name,))
        for name in consumers:
            new = (name, now.utc, now.mono, now.boot)
            db.execute("INSERT OR IGNORE INTO consumer (name, acked, utc, mono, boot) VALUES (?, 0, ?, ?, ?)", new)
