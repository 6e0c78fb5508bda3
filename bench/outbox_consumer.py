"""The consumer of `bench.outbox`: it commits to SQLite, 200 events or 100 ms at a time, and then confirms."""

import asyncio
import json
import sqlite3
import sys
import time
from pathlib import Path

import aiomqtt

SITE = "bench"


async def consume(folder: Path, port: int, confirms: bool) -> None:
    """Commit and then confirm, until there is an end to standard input; then print how many are stored."""
    db = sqlite3.connect(folder / "consumer.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE IF NOT EXISTS event (stream TEXT, seq INTEGER, body BLOB, PRIMARY KEY (stream, seq))")
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    waiting: list[tuple[str, int, bytes]] = []
    async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5, identifier="hq") as client:
        await client.subscribe(f"fleetmon/v1/{SITE}/up/event", 1)
        storing = asyncio.create_task(store(db, client, waiting, confirms))
        print("ready", flush=True)
        listening = asyncio.create_task(listen(client, waiting))
        await over
        heard = -1
        while heard < db.total_changes:
            heard = db.total_changes
            await asyncio.sleep(0.5)
        for task in (listening, storing):
            task.cancel()
    stored = db.execute("SELECT count(*) FROM event").fetchone()[0]
    db.close()
    print(json.dumps({"stored": stored}), flush=True)


async def listen(client: aiomqtt.Client, waiting: list[tuple[str, int, bytes]]) -> None:
    """Keep what arrives."""
    async for message in client.messages:
        told = json.loads(bytes(message.payload))
        waiting.append((told["stream"], int(told["seq"]), bytes(message.payload)))


async def store(
    db: sqlite3.Connection, client: aiomqtt.Client, waiting: list[tuple[str, int, bytes]], confirms: bool
) -> None:
    """200 events or 100 ms: one transaction, and then the confirmation of all that is there without a hole."""
    upto, since = 0, time.monotonic()
    while True:
        await asyncio.sleep(0.01)
        if not waiting or (len(waiting) < 200 and time.monotonic() - since < 0.1):
            continue
        since, batch = time.monotonic(), waiting[:200]
        del waiting[: len(batch)]
        db.execute("BEGIN")
        db.executemany("INSERT OR IGNORE INTO event VALUES (?, ?, ?)", batch)
        db.execute("COMMIT")
        stream = batch[-1][0]
        while db.execute("SELECT 1 FROM event WHERE stream = ? AND seq = ?", (stream, upto + 1)).fetchone():
            upto += 1
        if confirms:
            told = json.dumps({"stream": stream, "upto": upto})
            await client.publish(f"fleetmon/v1/{SITE}/down/ack/hq", told, qos=1, retain=True)
