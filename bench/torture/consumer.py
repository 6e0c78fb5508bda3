"""The consumer of the torture: headquarters as docs and design ask for it, as small as can be, in a process of its own.

What it hears is committed, with the contiguous sequence up to which everything is there, and only then does it tell the
site so on `down/ack/{name}`. Sequences that a gap event says will never come count as received. What it cannot read
goes to a table of dead letters and blocks nobody.

    python -m bench.torture.consumer PORT DATABASE [--name test] [--crash COMMITS] [--slow SECONDS] [--every SECONDS]

`--crash N` kills it, as kill -9 does, between its Nth commit and the acknowledgement that ought to follow.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import re
import signal
import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

_TABLES = """
CREATE TABLE IF NOT EXISTS event (
    site TEXT, stream TEXT, seq INTEGER, sha TEXT, body BLOB, arrived REAL, PRIMARY KEY (site, stream, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS again (site TEXT, stream TEXT, seq INTEGER, same INTEGER);
CREATE TABLE IF NOT EXISTS gone (site TEXT, stream TEXT, first INTEGER, last INTEGER);
CREATE TABLE IF NOT EXISTS upto (site TEXT, stream TEXT, upto INTEGER, PRIMARY KEY (site, stream));
CREATE TABLE IF NOT EXISTS dead_letter (topic TEXT, payload BLOB, why TEXT);
"""
_TOPIC = re.compile(r"fleetmon/v1/([a-z0-9][a-z0-9-]{1,31})/up/event")
_ACK_EVERY_S = 0.2
_ACK_EVERY = 100  # events, however soon
_BATCH = 200
_LARGEST = 64 * 1024


class Unreadable(ValueError):
    """No event of the contract; why."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as far as storing it goes; `gone` are the sequences that it says will never come."""

    site: str
    stream: str
    seq: int
    body: bytes
    gone: tuple[tuple[int, int], ...]


def read(topic: str, payload: bytes) -> Heard:
    """An event from its message. Raises Unreadable, and nothing else, whatever anybody sends."""
    match = _TOPIC.fullmatch(topic)
    try:
        if match is None or len(payload) > _LARGEST:
            raise Unreadable("no topic of an event" if match is None else "larger than the contract allows")
        told = json.loads(payload, parse_constant=_refuse, object_pairs_hook=_unique)
        if told["source"] != f"urn:fleetmon:site:{match[1]}":
            raise Unreadable("another site's event")
        if not re.fullmatch(r"fleetmon\.[a-z.-]+\.v1", told["type"]):
            raise Unreadable("an unknown type or major version")
        if not re.fullmatch(r"[1-9][0-9]{0,17}", told["seq"]) or not re.fullmatch(r"[0-9a-f-]{36}", told["stream"]):
            raise Unreadable("no sequence or stream")
        return Heard(match[1], told["stream"], int(told["seq"]), payload, _gone(told))
    except (KeyError, TypeError, ValueError, RecursionError) as wrong:
        raise Unreadable(f"{type(wrong).__name__}: {wrong}") from wrong


def _gone(told: dict[str, object]) -> tuple[tuple[int, int], ...]:
    data = told["data"]
    if told["type"] != "fleetmon.gap.v1" or not isinstance(data, dict):
        return ()
    return tuple((int(first), int(last)) for first, last in data["ranges"])


def _refuse(word: str) -> None:
    raise Unreadable(f"{word} is no JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) < len(pairs):
        raise Unreadable("a key twice")
    return dict(pairs)


class Store:
    """SQLite with FULL: what `keep` returned from is there, whatever happens."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_TABLES)

    def keep(self, messages: list[tuple[str, bytes]]) -> None:
        """One transaction: events once each, what cannot be read aside, and how far each stream is complete."""
        self._db.execute("BEGIN IMMEDIATE")
        streams = set()
        for topic, payload in messages:
            try:
                heard = read(topic, payload)
            except Unreadable as why:
                self._db.execute("INSERT INTO dead_letter VALUES (?, ?, ?)", (topic, payload[:1000], str(why)))
                continue
            self._keep(heard)
            streams.add((heard.site, heard.stream))
        for site, stream in streams:
            self._advance(site, stream)
        self._db.execute("COMMIT")

    def upto(self) -> dict[tuple[str, str], int]:
        """How far each stream of each site is complete, the stream that came last being the last."""
        return {(site, stream): upto for site, stream, upto in self._db.execute("SELECT * FROM upto ORDER BY rowid")}

    def _keep(self, heard: Heard) -> None:
        key = (heard.site, heard.stream, heard.seq)
        sha = hashlib.sha256(heard.body).hexdigest()
        row = (*key, sha, heard.body, time.monotonic())
        if not self._db.execute("INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?)", row).rowcount:
            where = "site = ? AND stream = ? AND seq = ?"
            (known,) = self._db.execute(f"SELECT sha FROM event WHERE {where}", key).fetchone()  # noqa: S608
            self._db.execute("INSERT INTO again VALUES (?, ?, ?, ?)", (*key, known == sha))
            return
        gone = [(heard.site, heard.stream, first, last) for first, last in heard.gone]
        self._db.executemany("INSERT INTO gone VALUES (?, ?, ?, ?)", gone)

    def _advance(self, site: str, stream: str) -> None:
        place: dict[str, str | int] = {"site": site, "stream": stream}
        here = "site = :site AND stream = :stream"
        found = self._db.execute(f"SELECT upto FROM upto WHERE {here}", place).fetchone()  # noqa: S608
        before = upto = found[0] if found else 0
        following = f"SELECT seq FROM event WHERE {here} AND seq > :upto ORDER BY seq"  # noqa: S608
        skipping = f"SELECT max(last) FROM gone WHERE {here} AND first <= :upto + 1 AND last > :upto"  # noqa: S608
        beyond: int | None = upto
        while beyond is not None:
            upto = beyond
            for (seq,) in self._db.execute(following, {**place, "upto": upto}):
                if seq != upto + 1:
                    break
                upto = seq
            (beyond,) = self._db.execute(skipping, {**place, "upto": upto}).fetchone()
        if upto > before or not found:
            self._db.execute("INSERT OR REPLACE INTO upto VALUES (?, ?, ?)", (site, stream, upto))


class Consumer:
    """Connects, keeps, acknowledges; for ever."""

    def __init__(self, port: int, store: Store, name: str, crash: int, slow_s: float, every_s: float) -> None:
        self._port, self._store, self._name, self._slow_s, self._every_s = port, store, name, slow_s, every_s
        self._until_crash = crash
        self._acked: dict[tuple[str, str], int] = {}
        self._acked_at = 0.0

    async def run(self) -> None:
        """Reconnect with a new client each time: one object, one connection."""
        while True:
            try:
                async with self._client() as client:
                    self._acked.clear()  # the broker may have forgotten what was retained
                    await self._acknowledge(client)
                    await client.subscribe("fleetmon/v1/+/up/event", qos=1)
                    await self._listen(client)
            except aiomqtt.MqttError:
                await asyncio.sleep(random.uniform(0.05, 0.3))

    def _client(self) -> aiomqtt.Client:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 3600
        properties.ReceiveMaximum = 500
        return aiomqtt.Client(
            "127.0.0.1",
            self._port,
            identifier=self._name,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=properties,
            timeout=2.0,
            keepalive=10,
        )

    async def _listen(self, client: aiomqtt.Client) -> None:
        heard: list[tuple[str, bytes]] = []
        wake = asyncio.Event()
        hearing = asyncio.create_task(_hear(client, heard, wake))
        try:
            while not hearing.done():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._every_s):
                        await wake.wait()
                wake.clear()
                while heard:
                    await asyncio.sleep(self._slow_s)
                    self._store.keep(heard[:_BATCH])
                    del heard[:_BATCH]
                    self._crash()
                    await self._acknowledge(client)
                await self._acknowledge(client)
            await hearing
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    def _crash(self) -> None:
        self._until_crash -= 1
        if self._until_crash == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    async def _acknowledge(self, client: aiomqtt.Client) -> None:
        """Tell what is committed, at most so often: where this is lost something is sent again, no more."""
        complete = self._store.upto()
        news = {key: upto for key, upto in complete.items() if upto > self._acked.get(key, 0)}
        fresh = sum(upto - self._acked.get(key, 0) for key, upto in news.items())
        if not news or (fresh < _ACK_EVERY and time.monotonic() - self._acked_at < self._every_s):
            return
        self._acked_at = time.monotonic()
        for (site, stream), upto in news.items():
            body = json.dumps({"stream": stream, "upto": upto})
            await client.publish(f"fleetmon/v1/{site}/down/ack/{self._name}", body, qos=1, retain=True)
            self._acked[site, stream] = upto


async def _hear(client: aiomqtt.Client, heard: list[tuple[str, bytes]], wake: asyncio.Event) -> None:
    async for message in client.messages:
        heard.append((message.topic.value, bytes(message.payload)))
        wake.set()


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description="stores events, then acknowledges them")
    options.add_argument("port", type=int)
    options.add_argument("database", type=Path)
    options.add_argument("--name", default="test")
    options.add_argument("--crash", type=int, default=0)
    options.add_argument("--slow", type=float, default=0.0)
    options.add_argument("--every", type=float, default=_ACK_EVERY_S, help="seconds between acknowledgements")
    asked = options.parse_args()
    consumer = Consumer(asked.port, Store(asked.database), asked.name, asked.crash, asked.slow, asked.every)
    asyncio.run(consumer.run())


if __name__ == "__main__":
    main()
