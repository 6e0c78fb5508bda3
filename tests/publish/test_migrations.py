"""A database written by an earlier fleetmon is carried over, whole or not at all."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from fleetmon.clock import Clock
from fleetmon.publish.migrations import MIGRATIONS, SCHEMA_VERSION
from fleetmon.publish.outbox import Outbox

from .peers import an_event

ROOT = Path(__file__).resolve().parents[2]


def of_schema(path: Path, version: int) -> None:
    """A database as the fleetmon of that schema left it: three events, one confirmed, one record."""
    db = sqlite3.connect(path, isolation_level=None)
    for step in (step for steps in MIGRATIONS[:version] for step in steps):
        db.execute(step)
    db.execute(f"PRAGMA user_version = {version}")
    if version:
        db.execute("INSERT INTO stream (id, head, bytes, born) VALUES ('old', 3, 6, 0)")
        for seq in (1, 2, 3):
            row = (seq, "fault", 5.0, 6.0, "boot", 2 * seq, b"{}")
            db.execute("INSERT INTO event (seq, class, utc, mono, boot, ends, body) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        db.execute("INSERT INTO consumer (name, acked, utc) VALUES ('broker', 1, 7.0)")
        db.execute("INSERT INTO record (kind, id, body) VALUES ('snapshot', 'prn-1', x'01')")
    db.close()


async def told(path: Path) -> tuple[int, int, list[int], dict[str, bytes]]:
    async with await Outbox.open(path, site="demo", clock=Clock()) as outbox:
        rows = [row.seq for row in await outbox.pending(0)]
        return outbox.figures.head, outbox.figures.acked, rows, await outbox.records("snapshot")


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
async def test_what_an_earlier_schema_held_is_all_there(tmp_path: Path, version: int) -> None:
    """Events, confirmation and records of every schema there ever was, and new events go on after them."""
    of_schema(tmp_path / "site.db", version)
    assert await told(tmp_path / "site.db") == (3, 1, [1, 2, 3], {"prn-1": b"\x01"})
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        assert outbox.origin.stream == "old"
        assert await outbox.commit([an_event(1)]) == 4
        assert outbox.figures.consumers[0].moved.utc == 7.0


STEPS = sum(len(steps) for steps in MIGRATIONS[1:])


@pytest.mark.parametrize("survived", range(STEPS + 1))
def test_kill_9_amid_a_migration_leaves_it_done_or_not_begun(tmp_path: Path, survived: int) -> None:
    """Killed before each step and before the last one is committed: the next start carries on, with nothing lost."""
    of_schema(tmp_path / "site.db", 1)
    program = """
        import os, signal, sqlite3, sys
        from pathlib import Path
        from fleetmon.clock import Clock
        from fleetmon.publish.migrations import MIGRATIONS
        from fleetmon.publish.outbox import Limits
        from fleetmon.publish.outbox import opening

        steps = {step for steps in MIGRATIONS[1:] for step in steps} | {"COMMIT"}
        seen = []

        def trace(statement):
            if statement in steps:
                seen.append(statement)
            if len(seen) > int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)

        def connect(*args, real=sqlite3.connect, **kwargs):
            db = real(*args, **kwargs)
            db.set_trace_callback(trace)
            return db

        sqlite3.connect = connect
        opening.open_database(Path(sys.argv[1]), "demo", Clock(), Limits(), ["broker"])
        """
    command = [sys.executable, "-c", textwrap.dedent(program), tmp_path / "site.db", str(survived)]
    child = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=False, timeout=30)
    assert child.returncode == -signal.SIGKILL
    with sqlite3.connect(tmp_path / "site.db") as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] in range(1, SCHEMA_VERSION + 1)
    db.close()
    assert asyncio.run(told(tmp_path / "site.db")) == (3, 1, [1, 2, 3], {"prn-1": b"\x01"})
