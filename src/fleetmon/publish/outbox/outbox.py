"""The outbox: what is committed here is told, whatever happens to process, broker or network afterwards.

An acknowledgement of MQTT is no promise that anything is stored, and no client keeps anything across a restart. So
every event is first committed to a local database, together with the state it stems from, and only then sent; it is
forgotten only after it was confirmed. Sequences are given away inside the commit, without holes, and an event's bytes
are final there: a retry sends the same bytes.

One thread does all the work on the file. Commits that arrive while it is busy wait together and become one
transaction, so that a slow card which needs 20 ms for a sync still takes thousands of events a second.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, ParamSpec, Self, TypeVar

from fleetmon.clock import Clock
from fleetmon.errors import FleetmonError, in_words
from fleetmon.model.messages import Event, EventClass, Record
from fleetmon.publish.envelope import Origin, encode_data
from fleetmon.publish.outbox.database import Database
from fleetmon.publish.outbox.opening import open_database
from fleetmon.publish.outbox.rows import Due, Figures, Limits, Row, Write

P = ParamSpec("P")
T = TypeVar("T")

BROKER: Final = "broker"  # the consumer that stands for "the broker's PUBACK is enough"
ROWS_AT_ONCE: Final = 100
_TIDY_EVERY_S: Final = 600.0


class OutboxError(FleetmonError):
    """The database broke while running, or cannot be opened. The next start puts a broken one aside."""


class Outbox:
    """`site.db` of one site, open. Lives in the event loop that opened it."""

    def __init__(self, database: Database, thread: ThreadPoolExecutor, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._thread = thread
        self._waiting: list[tuple[Write, asyncio.Future[int]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._watchers: list[Callable[[], None]] = []
        self.rounds = 0  # transactions that have ended, well or not

    @classmethod
    async def open(
        cls, path: Path, *, site: str, clock: Clock, limits: Limits | None = None, consumers: Sequence[str] = (BROKER,)
    ) -> Self:
        """Open or make the database; an event is kept until all `consumers` have confirmed it.

        Raises StateInUse, NewerSchema (exit 78), or OutboxError where the disk refuses. A damaged file is put aside.
        """
        thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        opening = asyncio.get_running_loop().run_in_executor(
            thread, open_database, path, site, clock, limits or Limits(), consumers
        )
        try:
            return cls(await opening, thread, clock)
        except (OSError, sqlite3.Error) as refused:
            raise OutboxError(f"{path}: {in_words(refused)}") from refused

    @property
    def origin(self) -> Origin:
        """Whose envelope everything goes in: the site and this stream."""
        return self._database.origin

    @property
    def figures(self) -> Figures:
        """Head, confirmed, oldest unconfirmed: as of the last commit or acknowledgement."""
        return self._database.figures

    @property
    def busy(self) -> bool:
        """Whether something is being written, or waits for it."""
        return self._writing is not None and not self._writing.done()

    def watch(self, wake: Callable[[], None]) -> None:
        """Call `wake` in the event loop after each commit and each acknowledgement."""
        self._watchers.append(wake)

    async def commit(self, events: Iterable[Event] = (), records: Iterable[Record] = ()) -> int:
        """Events and records in one transaction, on the disk when this returns; the sequence of the last event so far.

        A disk that refuses does not raise: events are counted in `figures.unwritten` and a gap says so once it can be
        written again; records are kept and written then. Raises OutboxError where the file is broken, TypeError
        where data is not plain JSON. A caller that is cancelled meanwhile has committed nevertheless.
        """
        write = Write([(event, encode_data(event.data)) for event in events], list(records))
        if not write.events and not write.records:
            return self.figures.head
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting(), name="outbox-commit")
        return await done

    async def due(self, after: int, upto: int, limit: int = ROWS_AT_ONCE) -> Due:
        """The next events above `after` up to `upto`, and the later gaps that name what is missing among them.

        At most 100 rows, so that no read lasts.
        """
        return await self._in_thread(self._database.due, after, upto, min(limit, ROWS_AT_ONCE))

    async def pending(self, after: int, limit: int = ROWS_AT_ONCE) -> list[Row]:
        """The next events above `after`, ascending; at most 100."""
        return await self._in_thread(self._database.pending, after, min(limit, ROWS_AT_ONCE))

    async def of_class(self, event_class: EventClass, after: int, limit: int = ROWS_AT_ONCE) -> list[Row]:
        """The next events of one class above `after`, ascending; at most 100."""
        return await self._in_thread(self._database.of_class, event_class, after, min(limit, ROWS_AT_ONCE))

    async def records(self, kind: str) -> dict[str, bytes]:
        """All records of a kind by id."""
        return await self._in_thread(self._database.records, kind)

    async def acknowledge(self, consumer: str, upto: int) -> None:
        """`consumer` has everything up to `upto`. Never goes back; beyond the head, or from a stranger: ignored."""
        await self._in_thread(self._database.acknowledge, consumer, upto)
        self._wake_watchers()

    async def tend(self) -> None:
        """Forget every ten minutes what was kept long enough, also while nothing is committed; until cancelled."""
        while True:
            await self._clock.sleep(_TIDY_EVERY_S)
            await self.tidy()

    async def tidy(self) -> None:
        """Forget what was kept long enough, in short steps between which others may write."""
        while await self._in_thread(self._database.tidy):
            pass

    async def close(self) -> None:
        """Write what waits, then let the next process in."""
        if self._writing is not None:
            await self._writing
        await self._in_thread(self._database.close)
        self._thread.shutdown()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await asyncio.wrap_future(self._thread.submit(work, *args, **kwargs))
        except sqlite3.Error as broken:
            raise OutboxError(str(broken)) from broken

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            writes = [write for write, _ in batch]
            writing = asyncio.wrap_future(self._thread.submit(self._database.write, writes))
            await asyncio.wait([writing])
            self.rounds += 1
            for index, (_, done) in enumerate(batch):
                if done.cancelled():
                    continue
                if error := writing.exception():
                    done.set_exception(OutboxError(str(error)) if isinstance(error, sqlite3.Error) else error)
                else:
                    done.set_result(writing.result()[index])
            self._wake_watchers()

    def _wake_watchers(self) -> None:
        for wake in self._watchers:
            wake()
