"""Three days without a broker, killed twice, and a file too small for them: bounded, in order, and nothing silent.

One story with the real outbox and the real uplink, told an hour at a time: what is tried piece by piece elsewhere must
also hold together. Each hour counts every minute, changes a state every ten, raises a fault and records a command.
"""

import asyncio
import os
import subprocess
import sys
import textwrap
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from fleetmon.clock import Clock
from fleetmon.model.messages import EventClass, Record, View
from fleetmon.publish.mqtt import Uplink, UplinkPlan
from fleetmon.publish.outbox import Limits, Outbox
from fleetmon.publish.views import ViewTable

from .conftest import Read
from .peers import Broker, Hands, Reader, an_event, until

ROOT = Path(__file__).resolve().parents[2]
HOURS = 72
CAP = 1024 * 1024
LOG_CEILING = 6 * 1024 * 1024  # SQLite folds its log back at 1 000 pages; one commit more may lie above that
HOUR = {EventClass.COUNT: 60, EventClass.STATE: 6, EventClass.FAULT: 1, EventClass.AUDIT: 1}

A_LIFE = """
    import asyncio, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from tests.publish.test_outage import Away, an_hour, opened

    async def main():
        async with await opened(Path(sys.argv[2])) as outbox, Away(outbox, int(sys.argv[3])):
            while True:
                print("hour", await an_hour(outbox), flush=True)

    asyncio.run(main())
"""


async def opened(folder: Path) -> Outbox:
    return await Outbox.open(
        folder / "site.db", site="demo", clock=Hands(), limits=Limits(cap_bytes=CAP), consumers=("hq",)
    )


async def an_hour(outbox: Outbox) -> int:
    """What one hour brings, in one commit with the record that says so; which hour it was."""
    hour = int((await outbox.records("story")).get("hours", b"0")) + 1
    kinds = [event_class for event_class, count in HOUR.items() for _ in range(count)]
    events = [an_event(hour * 100 + place, event_class, size=300) for place, event_class in enumerate(kinds)]
    await outbox.commit(events, [Record("story", "hours", str(hour).encode())])
    return hour


class Away:
    """An uplink that looks for its broker meanwhile, on a port where nobody listens or somebody will."""

    def __init__(self, outbox: Outbox, port: int) -> None:
        clock = Clock()
        self.views = ViewTable()
        state = View("state/prn-1", "fleetmon.state.v1", "prn-1", clock.now(), {"state": "stopped"})
        self.views.put(state, outbox.figures.head)
        plan = UplinkPlan("demo", "127.0.0.1", port, patience_s=0.5, backoff_cap_s=0.2)
        self.uplink = Uplink(plan, outbox, clock, self.views, lambda: {"head_seq": outbox.figures.head})

    async def __aenter__(self) -> "Away":
        self._running = asyncio.create_task(self.uplink.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(asyncio.CancelledError):
            await self.uplink.close(5.0)
            await self._running


def a_life(folder: Path, port: int, upto_hour: int) -> None:
    """A process that lives until it has reported this hour, and is then killed amid the next ones."""
    command = [sys.executable, "-c", textwrap.dedent(A_LIFE), str(ROOT), str(folder), str(port)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    for line in child.stdout:
        if line == f"hour {upto_hour}\n":
            break
    child.kill()
    child.wait()
    child.stdout.close()


def sizes(folder: Path) -> tuple[int, int]:
    """Bytes of the database and of its log."""
    log = folder / "site.db-wal"
    return (folder / "site.db").stat().st_size, log.stat().st_size if log.exists() else 0


class Books:
    """What a consumer has: events by sequence, and the sequences that gaps say will never come."""

    def __init__(self) -> None:
        self.events: dict[int, dict[str, Any]] = {}
        self.gone: set[int] = set()
        self.lost: Counter[str] = Counter()
        self.upto = self._read = 0

    def read(self, reader: Reader) -> int:
        """Enter what arrived since; up to where nothing is missing."""
        arrived = reader.under("/up/event")
        for heard in arrived[self._read :]:
            envelope: dict[str, Any] = dict(heard.envelope)
            if self.events.setdefault(int(envelope["seq"]), envelope) is envelope and "gap" in envelope["type"]:
                self.lost.update(envelope["data"]["classes"])
                self.gone.update(n for a, b in envelope["data"]["ranges"] for n in range(a, b + 1))
        self._read = len(arrived)
        while self.upto + 1 in self.events or self.upto + 1 in self.gone:
            self.upto += 1
        return self.upto


async def test_three_days_without_a_broker(broker: Broker, read: Read, tmp_path: Path) -> None:
    """72 h, kill -9 at 24 h and 48 h, 5 MB into 1 MiB: only counts are lost, each in a gap, the present comes first."""
    for hour in (24, 48):
        await asyncio.to_thread(a_life, tmp_path, broker.port, hour)
        database, log = sizes(tmp_path)
        assert database <= CAP
        assert log <= LOG_CEILING
    books = Books()
    async with await opened(tmp_path) as outbox, Away(outbox, broker.port) as site:
        while await an_hour(outbox) < HOURS:
            assert sizes(tmp_path)[0] <= CAP
        head = outbox.figures.head
        broker.settings = ("allow_anonymous true", "max_queued_messages 0")
        broker.start()
        reader = await read()
        while books.upto < head:
            await until(lambda: books.read(reader) > outbox.figures.acked or books.upto >= head, "the consumer moves")
            await outbox.acknowledge("hq", books.upto)
        assert outbox.figures.acked == head
        assert site.uplink.status.connected

    topics = [each.topic.rpartition("/up/")[2] for each in reader.heard]
    assert topics.index("state/prn-1") < topics.index("event"), "the present waited for the past"
    in_turn = [seq for seq, event in books.events.items() if "gap" not in event["type"]]
    assert in_turn == sorted(in_turn), "not in the order of the stream"
    assert not books.gone & set(books.events)
    folded = books.lost.pop("gap", 0)
    assert set(books.lost) == {"count"}, "something other than a count was dropped while there were counts"
    assert len(in_turn) + books.lost["count"] == HOURS * sum(HOUR.values()), "lost without a word, or twice"
    assert len(books.gone) == books.lost["count"] + folded
    numbers = [event["data"]["number"] for event in books.events.values() if "gap" not in event["type"]]
    rare = [number for number in numbers if number % 100 >= HOUR[EventClass.COUNT]]
    expected = [hour * 100 + place for hour in range(1, HOURS + 1) for place in range(60, 68)]
    assert rare == expected, "a state, a fault or an audit is missing"
