"""What makes the outbox's word good, where no crash in a test can show it: how it writes, and what goes first."""

import asyncio
import sqlite3
from pathlib import Path

from fleetmon.clock import Clock
from fleetmon.model.messages import EventClass, Record
from fleetmon.publish.outbox import Limits, Outbox

from .peers import an_event

MIB = 1024 * 1024


def pragma(outbox: Outbox, name: str) -> object:
    """A setting of the very connection that writes; no other one shows it."""
    return outbox._database._db.execute(f"PRAGMA {name}").fetchone()[0]


async def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """A kill leaves the page cache, a power cut does not: nothing but these settings stands between it and a loss."""
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        told = [
            await outbox._in_thread(pragma, outbox, name)
            for name in ("journal_mode", "synchronous", "max_page_count", "page_size")
        ]
    full = 2
    assert told[:2] == ["wal", full]
    assert told[2] * told[3] == 512 * MIB  # type: ignore[operator]


async def test_those_who_wait_together_share_a_sync(tmp_path: Path) -> None:
    """500 commits asked for at once: a handful of transactions, for each one costs the card 20 ms."""
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        await asyncio.gather(*(outbox.commit([an_event(n)], [Record("n", str(n), b"")]) for n in range(500)))
        assert outbox.figures.head == 500
        assert outbox.rounds < 10


async def test_the_least_important_goes_first_and_all_of_it(tmp_path: Path) -> None:
    """Thirty of each class, and audits without end: a class is touched once nothing lesser is left; gaps stay."""
    order = ["count", "report", "state", "fault", "alert", "audit"]
    file = tmp_path / "site.db"
    async with await Outbox.open(file, site="demo", clock=Clock(), limits=Limits(cap_bytes=MIB)) as outbox:
        for name in reversed(order):
            await outbox.commit([an_event(n, EventClass(name), size=3000) for n in range(30)])
        touched, emptied = ["none"], list[str]()
        while touched[-1] != "audit":
            await outbox.commit([an_event(n, EventClass.AUDIT, size=3000) for n in range(5)])
            left = await asyncio.to_thread(_by_class, file)
            for place, name in enumerate(order[:-1]):
                if left.get(name, 0) < 30 and name not in touched:
                    assert all(left.get(lesser, 0) == 0 for lesser in order[:place]), left
                    touched.append(name)
                if not left.get(name, 0) and name not in emptied:
                    emptied.append(name)
            if outbox.figures.evicted > 30 * len(order[:-1]):
                touched.append("audit")
        assert touched[1:] == order
        assert emptied == order[:-1]
        assert left["gap"] > 0
        assert file.stat().st_size <= MIB


def _by_class(file: Path) -> dict[str, int]:
    """How many events of each class are kept, as somebody with the sqlite3 shell would look."""
    reader = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return dict(reader.execute("SELECT class, count(*) FROM event GROUP BY class"))
    finally:
        reader.close()


async def test_what_was_confirmed_makes_room_for_what_was_not(tmp_path: Path) -> None:
    """Half of a full file is confirmed: that half goes before anything is lost, then only a gap makes room."""
    limits = Limits(cap_bytes=MIB)
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock(), limits=limits) as outbox:
        await outbox.commit([an_event(n, size=1000) for n in range(300)])
        await outbox.acknowledge("broker", 150)
        while outbox.figures.first <= 150:
            assert outbox.figures.evicted == 0, "an event was lost while there were confirmed ones"
            await outbox.commit([an_event(n, size=1000) for n in range(10)])
        while not outbox.figures.evicted:
            assert outbox.figures.first == 151
            await outbox.commit([an_event(n, size=1000) for n in range(10)])


async def test_no_read_lasts(tmp_path: Path) -> None:
    """However much is asked for, a hundred rows are read at a time: an open reader keeps the log from being folded."""
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        await outbox.commit([an_event(n) for n in range(250)])
        due = await outbox.due(0, 250, 1000)
        assert (len(due.rows), due.reach) == (100, 100)
        assert len(await outbox.pending(0, 1000)) == 100


async def test_the_log_stays_small_while_it_is_read_and_written(tmp_path: Path) -> None:
    """Twenty MB written with a sender reading behind: the log beside the database is folded back all the while."""
    log, largest, after = tmp_path / "site.db-wal", 0, 0
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        for _ in range(40):
            await outbox.commit([an_event(n, size=5000) for n in range(100)])
            largest = max(largest, log.stat().st_size)
            due = await outbox.due(after, outbox.figures.head, 100)
            after = due.reach
            await outbox.acknowledge("broker", after - 50)
        assert after == 4000
    assert MIB < largest <= 6 * MIB
