"""The outbox keeps its word: one transaction, sequences without holes, bytes that never change."""

import asyncio
import json
import sqlite3
from pathlib import Path

from fleetmon.clock import Clock
from fleetmon.model.messages import Event, EventClass, Record
from fleetmon.publish.outbox import Consumer, Limits, Outbox

from .peers import Hands, an_event, until


async def opened(folder: Path, clock: Clock | None = None, **more: object) -> Outbox:
    return await Outbox.open(folder / "site.db", site="demo", clock=clock or Clock(), **more)  # type: ignore[arg-type]


async def all_rows(outbox: Outbox) -> list[dict[str, object]]:
    """Every event still kept, opened."""
    rows, after = [], 0
    while page := await outbox.pending(after):
        rows += [json.loads(row.body) for row in page]
        after = page[-1].seq
    return rows


async def test_sequences_begin_at_one_and_have_no_holes_across_a_restart(tmp_path: Path) -> None:
    """Three events, a restart, two more: 1 to 5 of one stream, and the first three have the same bytes as before."""
    async with await opened(tmp_path) as outbox:
        assert await outbox.commit([an_event(1), an_event(2)]) == 2
        assert await outbox.commit([an_event(3)]) == 3
        before = await outbox.pending(0)
        stream = outbox.origin.stream
    async with await opened(tmp_path) as outbox:
        assert await outbox.commit([an_event(4), an_event(5)]) == 5
        assert outbox.origin.stream == stream
        assert (await outbox.pending(0))[:3] == before
        rows = await all_rows(outbox)
    assert [row["seq"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["id"] for row in rows] == [f"{stream}:{n}" for n in range(1, 6)]


async def test_records_are_replaced_forgotten_and_loaded_by_kind(tmp_path: Path) -> None:
    """Records come back after a restart as they were written last; a body of None forgets one."""
    async with await opened(tmp_path) as outbox:
        await outbox.commit(
            (), [Record("snapshot", "a", b"1"), Record("snapshot", "b", b"2"), Record("book", "a", b"3")]
        )
        assert await outbox.commit((), [Record("snapshot", "a", b"9"), Record("snapshot", "b", None)]) == 0
    async with await opened(tmp_path) as outbox:
        assert await outbox.records("snapshot") == {"a": b"9"}
        assert await outbox.records("book") == {"a": b"3"}
        assert await outbox.records("unheard-of") == {}


async def test_many_commits_at_once_keep_their_order(tmp_path: Path) -> None:
    """500 commits that wait together get consecutive sequences in the order in which they were asked for."""
    async with await opened(tmp_path) as outbox:
        heads = await asyncio.gather(*(outbox.commit([an_event(n)]) for n in range(500)))
        assert list(heads) == list(range(1, 501))
        assert [row["data"]["number"] for row in await all_rows(outbox)] == list(range(500))  # type: ignore[index]


async def test_a_caller_who_gives_up_has_committed_nevertheless(tmp_path: Path) -> None:
    """A cancelled commit that was already handed over is written; those waiting with it are not disturbed."""
    async with await opened(tmp_path) as outbox:
        first = asyncio.create_task(outbox.commit([an_event(1)]))
        second = asyncio.create_task(outbox.commit([an_event(2)]))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 2
        assert [row["data"]["number"] for row in await all_rows(outbox)] == [1, 2]  # type: ignore[index]


async def test_data_that_is_no_json_harms_only_its_caller(tmp_path: Path) -> None:
    """A bug in one caller's data is raised there; what others commit at the same moment is written."""
    bad = Event(EventClass.FAULT, "fleetmon.fault.raised.v1", "prn-1", Clock().now(), {"when": object()})  # type: ignore[dict-item]
    async with await opened(tmp_path) as outbox:
        results = await asyncio.gather(outbox.commit([bad]), outbox.commit([an_event(1)]), return_exceptions=True)
        assert isinstance(results[0], TypeError)
        assert results[1] == 1


async def test_watchers_are_told_of_commits_and_acknowledgements(tmp_path: Path) -> None:
    """Whoever watches is called once something new can be sent or need not be sent any more."""
    told: list[int] = []
    async with await opened(tmp_path) as outbox:
        outbox.watch(lambda: told.append(outbox.figures.head))
        await outbox.commit([an_event(1)])
        assert told == [1]
        await outbox.acknowledge("broker", 1)
        assert told == [1, 1]


async def test_reading_takes_at_most_a_hundred_rows_and_keeps_the_order(tmp_path: Path) -> None:
    """A long backlog is read in short steps; asking for more than a hundred rows gives a hundred."""
    async with await opened(tmp_path) as outbox:
        await outbox.commit([an_event(n) for n in range(250)])
        assert [row.seq for row in await outbox.pending(0, 1000)] == list(range(1, 101))
        assert [row.seq for row in await outbox.pending(100, 3)] == [101, 102, 103]
        assert await outbox.pending(250) == []


async def test_an_acknowledgement_never_goes_back_nor_beyond_the_head(tmp_path: Path) -> None:
    """Confirmed up to 3, then 2 is ignored; 99 of 5 counts as 5; a stranger's word does not count."""
    async with await opened(tmp_path) as outbox:
        await outbox.commit([an_event(n) for n in range(5)])
        for upto, acked in ((3, 3), (2, 3), (99, 5)):
            await outbox.acknowledge("broker", upto)
            assert outbox.figures.acked == acked
        await outbox.acknowledge("stranger", 1)
        assert outbox.figures.acked_by == {"broker": 5}


async def test_every_named_consumer_must_confirm(tmp_path: Path) -> None:
    """With two consumers the slower one counts, across a restart; one who is named no more holds nothing back."""
    async with await opened(tmp_path, consumers=("hq", "ministry")) as outbox:
        await outbox.commit([an_event(n) for n in range(5)])
        await outbox.acknowledge("hq", 5)
        assert outbox.figures.acked == 0
        await outbox.acknowledge("ministry", 2)
        assert outbox.figures.acked == 2
    async with await opened(tmp_path, consumers=("hq", "ministry")) as outbox:
        assert outbox.figures.acked_by == {"hq": 5, "ministry": 2}
    async with await opened(tmp_path, consumers=("hq",)) as outbox:
        assert outbox.figures.acked == 5


async def test_the_age_of_the_oldest_unconfirmed_event_is_known_at_once(tmp_path: Path) -> None:
    """At 0 s an event, at 60 s another: the oldest is the first until it is confirmed, also after a restart."""
    clock = Hands()
    async with await opened(tmp_path, clock) as outbox:
        begun = clock.now()
        assert outbox.figures.oldest_unacked is None
        await outbox.commit([an_event(1)])
        clock.pass_by(60)
        await outbox.commit([an_event(2)])
        assert outbox.figures.oldest_unacked == begun
    async with await opened(tmp_path, clock) as outbox:
        assert clock.now().since(outbox.figures.oldest_unacked or clock.now()) == 60
        await outbox.acknowledge("broker", 1)
        assert outbox.figures.oldest_unacked == clock.now()
        await outbox.acknowledge("broker", 2)
        assert outbox.figures.oldest_unacked is None


async def test_confirmed_events_stay_for_a_week(tmp_path: Path) -> None:
    """Confirmed events are kept for a replay; after 7 days the next confirmation forgets them, and only them."""
    clock = Hands()
    async with await opened(tmp_path, clock) as outbox:
        await outbox.commit([an_event(n) for n in range(10)])
        await outbox.acknowledge("broker", 8)
        clock.pass_by(6.9 * 86_400)
        await outbox.commit([an_event(10)])
        await outbox.acknowledge("broker", 9)
        assert outbox.figures.first == 1
        clock.pass_by(0.2 * 86_400)
        await outbox.acknowledge("broker", 9)
        assert outbox.figures.first == 10
        assert [row.seq for row in await outbox.pending(0)] == [10, 11]


async def test_confirmed_events_stay_up_to_their_share_of_bytes(tmp_path: Path) -> None:
    """Of confirmed events only the newest 20 kB are kept, whatever their age; unconfirmed ones do not count."""
    async with await opened(tmp_path, limits=Limits(keep_bytes=20_000)) as outbox:
        await outbox.commit([an_event(n, size=1000) for n in range(100)])
        assert outbox.figures.first == 1
        await outbox.acknowledge("broker", 90)
        kept = await outbox.pending(0)
        assert 10 <= len([row for row in kept if row.seq <= 90]) <= 20
        assert sum(len(row.body) for row in kept if row.seq <= 90) <= 20_000
        assert kept[-1].seq == 100


async def test_an_idle_site_forgets_as_well(tmp_path: Path) -> None:
    """2 000 events, all confirmed, and then nothing for 8 days: tidied without a commit or a confirmation."""
    clock = Hands()
    async with await opened(tmp_path, clock) as outbox:
        await outbox.commit([an_event(n) for n in range(2000)])
        await outbox.acknowledge("broker", 1990)
        await outbox.tidy()
        assert outbox.figures.first == 1
        clock.pass_by(8 * 86_400)
        await outbox.tidy()
        assert outbox.figures.first == 1991
        assert (tmp_path / "site.db-wal").stat().st_size <= 16 * 1024 * 1024


async def test_tidying_goes_on_by_itself(tmp_path: Path) -> None:
    """A clock that runs a million times as fast: what was confirmed is gone in a moment, nobody asked for it."""
    async with await opened(tmp_path, Clock(1e6)) as outbox:
        await outbox.commit([an_event(n) for n in range(10)])
        await outbox.acknowledge("broker", 8)
        tending = asyncio.create_task(outbox.tend())
        await until(lambda: outbox.figures.first == 9, "tidied")
        tending.cancel()


async def test_it_is_known_who_holds_things_back_and_since_when(tmp_path: Path) -> None:
    """At 0 s two consumers are named; at 60 s one of them confirms: the other one holds back, since 0 s."""
    clock = Hands()
    begun = clock.now()
    async with await opened(tmp_path, clock, consumers=("hq", "ministry")) as outbox:
        assert outbox.figures.holding_back == ()
        await outbox.commit([an_event(n) for n in range(5)])
        assert [each.name for each in outbox.figures.holding_back] == ["hq", "ministry"]
        clock.pass_by(60)
        await outbox.acknowledge("hq", 5)
        assert outbox.figures.holding_back == (Consumer("ministry", 0, begun),)
        assert (outbox.figures.acked, outbox.figures.furthest) == (0, 5)
    async with await opened(tmp_path, clock, consumers=("hq", "ministry")) as outbox:
        assert outbox.figures.holding_back == (Consumer("ministry", 0, begun),)
        await outbox.acknowledge("ministry", 5)
        assert outbox.figures.holding_back == ()


async def test_a_consumer_that_is_named_later_may_have_what_is_still_kept(tmp_path: Path) -> None:
    """The first one has confirmed all; a second one named in the settings begins at nothing, a third is forgotten."""
    async with await opened(tmp_path, consumers=("hq",)) as outbox:
        await outbox.commit([an_event(n) for n in range(5)])
        await outbox.acknowledge("hq", 5)
    async with await opened(tmp_path, consumers=("hq", "ministry")) as outbox:
        assert outbox.figures.acked_by == {"hq": 5, "ministry": 0}
        assert outbox.figures.acked == 0
        assert [row.seq for row in await outbox.pending(0)] == [1, 2, 3, 4, 5]
    async with await opened(tmp_path) as outbox:
        assert outbox.figures.acked_by == {"broker": 0}


async def test_pruning_takes_small_steps_and_keeps_up(tmp_path: Path) -> None:
    """A large backlog confirmed at once is forgotten over several confirmations, never in one long transaction."""
    async with await opened(tmp_path, limits=Limits(keep_bytes=0)) as outbox:
        await outbox.commit([an_event(n) for n in range(2000)])
        firsts = []
        for _ in range(5):
            await outbox.acknowledge("broker", 2000)
            firsts.append(outbox.figures.first)
        assert firsts == [501, 1001, 1501, 2001, 2001]


async def test_commits_become_durable_together_or_not_at_all(tmp_path: Path) -> None:
    """An event and its record: the file never holds one without the other, seen from a second connection meanwhile."""
    async with await opened(tmp_path) as outbox:
        commits = [
            asyncio.create_task(outbox.commit([an_event(n)], [Record("state", "prn-1", str(n).encode())]))
            for n in range(200)
        ]
        seen = set()
        with sqlite3.connect(tmp_path / "site.db") as peeping:
            while not all(each.done() for each in commits):
                await asyncio.sleep(0)
                row = peeping.execute(
                    "SELECT (SELECT count(*) FROM event), (SELECT CAST(body AS TEXT) FROM record)"
                ).fetchone()
                seen.add((row[0], row[1]))
        peeping.close()
        await asyncio.gather(*commits)
    assert all(count == (0 if record is None else int(record) + 1) for count, record in seen)
