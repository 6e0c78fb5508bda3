"""Whatever goes down with a process, a disk or a file: nothing is lost that was promised, and the rest is said."""

import asyncio
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from fleetmon.clock import Clock
from fleetmon.model.messages import EventClass, Record
from fleetmon.publish.migrations import SCHEMA_VERSION
from fleetmon.publish.outbox import Limits, NewerSchema, Outbox, OutboxError, StateInUse

from .peers import an_event

ROOT = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024
Events = dict[int, dict[str, Any]]


async def opened(folder: Path, limits: Limits | None = None) -> Outbox:
    return await Outbox.open(folder / "site.db", site="demo", clock=Clock(), limits=limits)


async def told(outbox: Outbox) -> Events:
    """Every event still kept, by sequence."""
    found: Events = {}
    while page := await outbox.pending(max(found, default=0)):
        found |= {row.seq: json.loads(row.body) for row in page}
    return found


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def gaps(events: Events) -> list[dict[str, Any]]:
    return [event["data"] for event in events.values() if event["type"] == "fleetmon.gap.v1"]


def dropped(events: Events) -> set[int]:
    """The sequences that gap events name."""
    ranges = [each for gap in gaps(events) for each in gap["ranges"]]
    return {seq for first, last in ranges for seq in range(first, last + 1)}


def script(text: str, *args: str | Path) -> subprocess.Popen[str]:
    """A process of its own that may be killed; `text` runs with the outbox open in `args[0]`."""
    body = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[1])
        from fleetmon.clock import Clock
        from fleetmon.model.messages import Record
        from fleetmon.publish.outbox import Outbox
        from tests.publish.peers import an_event

        async def main():
            outbox = await Outbox.open(Path(sys.argv[2]) / "site.db", site="demo", clock=Clock())
            """
    ) + textwrap.indent(textwrap.dedent(text), "    ")
    command = [sys.executable, "-c", body + "\nasyncio.run(main())", ROOT, *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_kill_9_leaves_no_hole_and_no_event_without_its_record(tmp_path: Path) -> None:
    """A process that commits as fast as it can is killed ten times: what it had reported is there, in one piece."""
    seed = int(os.environ.get("FLEETMON_SEED", random.randrange(2**32)))
    chance = random.Random(seed)
    for round_ in range(10):
        child = script(
            """
            number = outbox.figures.head
            while True:
                batch = [outbox.commit([an_event(number + n)], [Record("last", "n", str(number + n).encode())])
                         for n in range(3)]
                number = (await asyncio.gather(*batch))[-1]
                print(number, flush=True)
            """,
            tmp_path,
        )
        assert child.stdout is not None
        reported = 0
        for _ in range(chance.randrange(1, 60)):
            reported = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        events, last = asyncio.run(_after_the_crash(tmp_path))
        assert sorted(events) == list(range(1, len(events) + 1)), f"hole; seed {seed} round {round_}"
        assert len(events) >= reported, f"promised and lost; seed {seed} round {round_}"
        assert last == len(events) - 1, f"event without its record; seed {seed} round {round_}"
        assert gaps(events) == []


async def _after_the_crash(folder: Path) -> tuple[Events, int]:
    async with await opened(folder) as outbox:
        return await told(outbox), int((await outbox.records("last"))["n"])


async def test_two_processes_cannot_use_one_state_directory(tmp_path: Path) -> None:
    """While one process holds it another is refused, and by kill -9 it is free again."""
    child = script("print('open', flush=True)\nawait asyncio.sleep(60)", tmp_path)
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    with pytest.raises(StateInUse, match="another fleetmon"):
        await opened(tmp_path)
    child.kill()
    child.wait()
    child.stdout.close()
    async with await opened(tmp_path):
        with pytest.raises(StateInUse):
            await opened(tmp_path)


async def test_a_file_of_a_newer_fleetmon_is_left_alone(tmp_path: Path) -> None:
    """An older program refuses, with an error of its own, and changes nothing: neither the file nor its place."""
    async with await opened(tmp_path) as outbox:
        await outbox.commit([an_event(1)])
    with sqlite3.connect(tmp_path / "site.db") as newer:
        newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    newer.close()
    before = (tmp_path / "site.db").read_bytes()
    with pytest.raises(NewerSchema, match="newer fleetmon"):
        await opened(tmp_path)
    assert (tmp_path / "site.db").read_bytes() == before
    assert files(tmp_path) == ["site.db", "site.db.lock"]


async def test_a_disk_that_refuses_at_the_start_is_an_error_with_the_path(tmp_path: Path) -> None:
    """A folder where the file should be: the text names it."""
    (tmp_path / "site.db").mkdir()
    with pytest.raises(OutboxError, match=r"site\.db"):
        await opened(tmp_path)


def _garbage(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(50_000))


def _one_bad_page(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[8192:12288] = b"\xa5" * 4096
    path.write_bytes(body)


def _cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("damage", [_garbage, _one_bad_page, _cut_in_half])
async def test_a_damaged_file_is_put_aside_and_the_loss_is_said(tmp_path: Path, damage: object) -> None:
    """The damaged file is kept under another name; a new stream begins with a gap that names the old one's head."""
    async with await opened(tmp_path) as outbox:
        await outbox.commit([an_event(n, size=500) for n in range(100)], [Record("snapshot", "a", b"1")])
        old = outbox.origin.stream
    damage(tmp_path / "site.db")  # type: ignore[operator]
    with capture_logs() as logs:
        outbox = await opened(tmp_path)
    async with outbox:
        events = await told(outbox)
        assert outbox.origin.stream != old
        assert await outbox.records("snapshot") == {}
        assert await outbox.commit([an_event(1)]) == 2
    assert [event["data"] for event in events.values()] == [
        {
            "loss": "database-corrupt",
            "count": None,
            "ranges": [],
            "classes": {},
            "former_stream": old,
            "former_head": 100,
        }
    ]
    assert sum(name.startswith("site.db.corrupt-") for name in files(tmp_path)) == 1
    assert [line["log_level"] for line in logs] == ["error", "error"]


async def test_a_file_that_breaks_while_it_is_used_ends_the_process_and_is_put_aside_next_time(tmp_path: Path) -> None:
    """Pages go bad under way: the reader gets an OutboxError, and the next start begins a new stream."""
    async with await opened(tmp_path) as outbox:
        await outbox.commit([an_event(n, size=2000) for n in range(3000)])
    outbox = await opened(tmp_path)
    with (tmp_path / "site.db").open("r+b") as file:
        file.seek(20_000)
        file.write(b"\xa5" * ((tmp_path / "site.db").stat().st_size - 20_000))
    with pytest.raises(OutboxError):
        await told(outbox)
    await outbox.close()
    async with await opened(tmp_path) as outbox:
        assert [gap["loss"] for gap in gaps(await told(outbox))] == ["database-corrupt"]


async def test_a_database_that_is_gone_is_said(tmp_path: Path) -> None:
    """Somebody deleted the file: a new stream, and its first event says which one is gone, and how far it was."""
    async with await opened(tmp_path) as outbox:
        await outbox.commit([an_event(n) for n in range(7)])
        old = outbox.origin.stream
    (tmp_path / "site.db").unlink()
    async with await opened(tmp_path) as outbox:
        assert [(gap["loss"], gap["former_stream"], gap["former_head"]) for gap in gaps(await told(outbox))] == [
            ("database-missing", old, 7)
        ]


@pytest.mark.parametrize("how", ["backup", "log cut short"])
async def test_sequences_that_a_database_forgot_are_never_given_away_again(tmp_path: Path, how: str) -> None:
    """An older copy put back, or a log that lost its end: the stream goes on after what it had promised."""
    async with await opened(tmp_path) as outbox:
        await outbox.commit([an_event(n) for n in range(10)])
        await outbox.acknowledge("broker", 4)
        stream = outbox.origin.stream
    shutil.copy(tmp_path / "site.db", tmp_path / "older")
    outbox = await opened(tmp_path)
    for n in range(10, 25):
        await outbox.commit([an_event(n)])
    if how == "log cut short":
        log = (tmp_path / "site.db-wal").read_bytes()
        await outbox.close()
        (tmp_path / "site.db-wal").write_bytes(log[: len(log) // 2])
    else:
        await outbox.close()
    shutil.copy(tmp_path / "older", tmp_path / "site.db")
    with capture_logs() as logs:
        outbox = await opened(tmp_path)
    async with outbox:
        events = await told(outbox)
        kept = [seq for seq, event in events.items() if event["type"] != "fleetmon.gap.v1"]
        assert outbox.origin.stream == stream
        assert outbox.figures.head == 26
        assert kept == list(range(1, len(kept) + 1))
        assert len(kept) >= 10
        assert dropped(events) == set(range(len(kept) + 1, 26))
        assert await outbox.commit([an_event(99)]) == 27
    assert [line["committed"] for line in logs] == [25]


async def test_a_database_of_another_stream_keeps_its_records_but_not_its_events(tmp_path: Path) -> None:
    """A backup from before a new stream was declared: its numbers could be in use, so a newer stream begins."""
    async with await opened(tmp_path) as outbox:
        await outbox.commit([an_event(n) for n in range(5)], [Record("snapshot", "a", b"1")])
        await outbox.acknowledge("broker", 2)
    shutil.copy(tmp_path / "site.db", tmp_path / "older")
    (tmp_path / "site.db").unlink()
    async with await opened(tmp_path) as outbox:
        between = outbox.origin.stream
    shutil.copy(tmp_path / "older", tmp_path / "site.db")
    async with await opened(tmp_path) as outbox:
        assert await outbox.records("snapshot") == {"a": b"1"}
        (gap,) = gaps(await told(outbox))
        assert (gap["loss"], gap["former_stream"], gap["former_head"]) == ("database-replaced", between, 1)
        assert (gap["count"], gap["classes"]) == (3, {"fault": 3})
        assert (outbox.figures.head, outbox.figures.acked) == (1, 0)


# Full


async def test_at_the_ceiling_confirmed_events_go_first(tmp_path: Path) -> None:
    """A file of 2 MiB takes 10 MiB of events as long as they are confirmed; nothing is lost and no gap is written."""
    async with await opened(tmp_path, Limits(cap_bytes=2 * MIB)) as outbox:
        for n in range(100):
            head = await outbox.commit([an_event(n * 10 + k, size=10_000) for k in range(10)])
            await outbox.acknowledge("broker", head)
        assert outbox.figures.head == 1000
        assert outbox.figures.evicted == 0
        assert gaps(await told(outbox)) == []
    assert (tmp_path / "site.db").stat().st_size <= 2 * MIB


async def test_at_the_ceiling_the_lowest_class_goes_first_and_gaps_name_each_sequence(tmp_path: Path) -> None:
    """Counts, faults and audits beyond the ceiling: counts go, the rest stays, each missing sequence is in a gap."""
    kinds = [EventClass.COUNT, EventClass.FAULT, EventClass.COUNT, EventClass.COUNT, EventClass.AUDIT]
    async with await opened(tmp_path, Limits(cap_bytes=2 * MIB)) as outbox:
        for n in range(0, 2000, 20):
            await outbox.commit([an_event(k, kinds[k % 5], size=600) for k in range(n, n + 20)])
        events = await told(outbox)
        missing = set(range(1, outbox.figures.head + 1)) - set(events)
        assert missing
        assert missing == dropped(events)
        assert {gap["loss"] for gap in gaps(events)} == {"outbox-full"}
        lost = sum(gap["classes"]["count"] for gap in gaps(events))
        folded = sum(gap["classes"].get("gap", 0) for gap in gaps(events))
        assert {name for gap in gaps(events) for name in gap["classes"]} <= {"count", "gap"}
        assert sum(gap["count"] for gap in gaps(events)) == lost == outbox.figures.evicted
        assert lost + folded == len(missing)
        left = sum(event["type"] != "fleetmon.gap.v1" for event in events.values())
        assert left + lost == 2000
        assert all(len(row.body) <= 16 * 1024 for row in await outbox.of_class(EventClass.GAP, 0))
    assert (tmp_path / "site.db").stat().st_size <= 2 * MIB


@settings(max_examples=15)
@given(
    plan=st.lists(
        st.tuples(st.sampled_from(list(EventClass)[:-1]), st.integers(0, 4000), st.integers(1, 30), st.integers(0, 3)),
        min_size=20,
        max_size=60,
    )
)
def test_full_or_not_every_sequence_is_kept_confirmed_or_in_a_gap(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[EventClass, int, int, int]]
) -> None:
    """Any mixture of classes, sizes and confirmations in a file of 512 KiB: the books balance, also after a restart."""
    folder = tmp_path_factory.mktemp("full")

    async def scenario() -> None:
        outbox = await opened(folder, Limits(cap_bytes=MIB // 2))
        for event_class, size, count, confirm in plan:
            await outbox.commit([an_event(n, event_class, size) for n in range(count)])
            if confirm == 3:
                await outbox.acknowledge("broker", outbox.figures.acked + 10)
        await outbox.close()
        async with await opened(folder, Limits(cap_bytes=MIB // 2)) as again:
            events, figures = await told(again), again.figures
            named = [seq for gap in gaps(events) for first, last in gap["ranges"] for seq in range(first, last + 1)]
            assert len(named) == len(set(named)), "a sequence is in two gaps"
            assert not set(named) & set(events), "a sequence is kept and in a gap"
            assert set(named) | set(events) >= set(range(figures.acked + 1, figures.head + 1))
            assert figures.unwritten == 0

    asyncio.run(scenario())


async def test_dropping_one_class_makes_room_at_once(tmp_path: Path) -> None:
    """Three classes in turn, so that each page of the file might hold all of them: what is new is never refused.

    Of the lowest class no more is dropped than there is need for, and none of the others while there is one of it.
    """
    kinds = [EventClass.COUNT, EventClass.STATE, EventClass.FAULT]
    async with await opened(tmp_path, Limits(cap_bytes=4 * MIB)) as outbox:
        number = 0
        while outbox.figures.evicted < 600:
            await outbox.commit([an_event(number + k, kinds[k % 3], size=500) for k in range(30)])
            number += 30
        assert outbox.figures.unwritten == 0
        assert outbox.figures.evicted <= 800
        assert {name for gap in gaps(await told(outbox)) for name in gap["classes"]} <= {"count", "gap"}


async def test_losses_that_go_on_are_one_gap_as_long_as_it_was_not_sent(tmp_path: Path) -> None:
    """4 000 events too many, two classes in turn: a handful of gaps; one that was read for sending stays as it is."""
    kinds = [EventClass.COUNT, EventClass.FAULT]
    async with await opened(tmp_path, Limits(cap_bytes=MIB)) as outbox:
        for n in range(0, 5_000, 100):
            await outbox.commit([an_event(k, kinds[k % 2], size=600) for k in range(n, n + 100)])
        (first, *_) = few = await outbox.of_class(EventClass.GAP, 0)
        assert len(few) < 10
        for n in range(5_000, 6_000, 100):
            await outbox.commit([an_event(k, kinds[k % 2], size=600) for k in range(n, n + 100)])
        events = await told(outbox)
        assert await outbox.of_class(EventClass.GAP, 0, 1) == [first]
        assert len(gaps(events)) < 2 * len(few) + 2
        assert sorted(dropped(events) | set(events)) == list(range(1, outbox.figures.head + 1))
        assert sum(gap["count"] for gap in gaps(events)) == outbox.figures.evicted
        assert all(len(row.body) <= 16 * 1024 for row in await outbox.of_class(EventClass.GAP, 0))


async def test_a_stretch_with_holes_comes_with_the_gaps_that_explain_them(tmp_path: Path) -> None:
    """Whoever reads the oldest rows is given the later gap events that name what is missing there, and no others."""
    async with await opened(tmp_path, Limits(cap_bytes=2 * MIB)) as outbox:
        for n in range(0, 4_000, 100):
            await outbox.commit([an_event(k, EventClass.COUNT, size=600) for k in range(n, n + 100)])
        await outbox.acknowledge("broker", 5)
        due = await outbox.due(5, outbox.figures.head, 10)
        assert len(due.rows) == 10
        explained = {row.seq: json.loads(row.body) for row in due.ahead}
        missing = set(range(6, due.rows[-1].seq)) - {row.seq for row in due.rows}
        assert missing
        assert missing <= dropped(explained)
        assert min(explained) > due.rows[-1].seq
        last = due.rows[-1].seq
        assert (await outbox.due(last, last + 5, 10)).ahead == ()


@pytest.mark.parametrize("how", ["go on", "restart"])
def test_what_the_disk_refuses_is_counted_and_said_afterwards(tmp_path: Path, how: str) -> None:
    """The disk takes nothing for a while: commits do not raise, and a gap names the count, even after a crash.

    Records of that time are written as soon as possible; after a crash they are as they were before.
    """
    child = script(
        """
        import os, resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        await outbox.commit([an_event(0)], [Record("state", "prn-1", b"before")])
        size = (Path(sys.argv[2]) / "site.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        heads = [await outbox.commit([an_event(n, size=5000)], [Record("state", "prn-1", str(n).encode())])
                 for n in range(1, 8)]
        await outbox.acknowledge("broker", 1)
        print(heads[-1], outbox.figures.unwritten, flush=True)
        if sys.argv[3] == "restart":
            os._exit(0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await outbox.commit([an_event(8)])
        print(outbox.figures.head, outbox.figures.unwritten, flush=True)
        await outbox.close()
        """,
        tmp_path,
        how,
    )
    lines = [line for line in child.communicate(timeout=30)[0].splitlines() if line[:1].isdigit()]
    assert child.returncode == 0
    goes_on = how == "go on"
    assert [line for line in lines if len(line) < 9] == (["1 7", "3 7"] if goes_on else ["1 7"])

    async def look() -> None:
        async with await opened(tmp_path) as outbox:
            if not goes_on:
                await outbox.commit([an_event(8)])
            events = await told(outbox)
            classes = {"fault": 7} if goes_on else {}
            assert gaps(events) == [{"loss": "unwritable", "count": 7, "ranges": [], "classes": classes}]
            assert [event["data"].get("number") for event in events.values()] == [0, None, 8]
            assert await outbox.records("state") == {"prn-1": b"7" if goes_on else b"before"}

    asyncio.run(look())


_OPENS: Final = """
import sys
from contextlib import closing
from pathlib import Path
from fleetmon.clock import Clock
from fleetmon.publish.outbox.opening import Limits, open_database
open_database(Path(sys.argv[1]), "office", Clock(), Limits(), ()).close()
"""


@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="needs root, to let go of a privilege")
def test_an_index_of_the_log_that_somebody_else_left_behind_is_made_anew(tmp_path: Path) -> None:
    """Whoever looks at a file that is only to be read leaves an index that nobody may write."""
    path = tmp_path / "site.db"
    opens = [sys.executable, "-c", _OPENS, str(path)]
    subprocess.run(opens, check=True)
    with closing(sqlite3.connect(path)) as looking:
        looking.execute("SELECT count(*) FROM stream").fetchone()
        (tmp_path / "site.db-shm").chmod(0o444)
        bare = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
        done = subprocess.run([*bare, *opens], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
