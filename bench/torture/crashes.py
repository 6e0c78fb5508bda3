"""T2: killed at named points, each several times, in the daemon and in the consumer.

Each crash is the restart of the one before, so most starts continue what a crash left behind. At the end a plain daemon
runs until all is told, and the books are compared.
"""

import json
import random
import sys
from collections import Counter
from pathlib import Path

from .books import Books, books
from .ground import Ground, killed, look, require, until
from .report import Result

RUNNING = (
    "amid-commit",
    "before-commit",
    "after-commit",
    "record-noted",
    "before-acknowledged",
    "after-acknowledged",
    "connected",
    "view-published",
    "published",
    "puback",
)
PRUNING = ("during-prune", "before-prune-commit", "after-prune-commit")
BIRTH = ("during-migration", "before-version", "before-migration-commit", "after-migration-commit")
STREAM = ("new-stream", "before-stream-commit", "after-stream-commit")
CONSUMER = "stored-before-acknowledged"
_ONCE = {"connected", "record-noted", "put-aside", *BIRTH, *STREAM}  # reached once or twice a start


async def crashes(folder: Path, times: int, seed: int, short: bool) -> Result:
    """All points; the figures of all grounds together. The short form has only those of a running daemon."""
    chance, hit = random.Random(seed), Counter[str]()
    if short:
        found = [await _while_running(folder, times, chance, hit, (*RUNNING, *PRUNING))]
        return _result(found, hit, 0)
    found = [
        await _while_running(folder / "running", times, chance, hit),
        await _while_pruning(folder / "pruning", times, chance, hit),
        await _while_migrating(folder / "migrating", times, hit),
    ]
    new_streams = await _while_put_aside(folder / "aside", times, hit)
    return _result(found, hit, new_streams)


def _result(found: list[Books], hit: Counter[str], new_streams: int) -> Result:
    figures = " ".join(
        f"{name} {sum(getattr(each, name) for each in found)}"
        for name in ("committed", "stored", "LOST", "invented", "duplicates")
    )
    held = all(each.balanced and each.streams == 1 for each in found)
    return Result(held, f"points {len(hit)} crashes {hit.total()} {figures} new streams declared {new_streams}")


async def crash(ground: Ground, point: str, times: int, hit: Counter[str], *options: str) -> None:
    """Start the daemon and wait until it has killed itself at that point."""
    command = [sys.executable, "-m", "bench.torture.crash", point, str(times), *options, "--", *ground.run()]
    ground.daemon.start(*command)
    code = await ground.daemon.ended(30)
    require(killed(code), f"dies at {point} ({times}.), not with {code}")
    hit[point] += 1


async def _balance(ground: Ground, *, pruned: bool = False) -> Books:
    ground.daemon.start()
    await ground.quiet()
    return books(ground.state, ground.stored, ground.site, pruned=pruned)


async def _while_running(
    folder: Path, times: int, chance: random.Random, hit: Counter[str], points: tuple[str, ...] = RUNNING
) -> Books:
    pruned = points is not RUNNING
    async with Ground(folder, count=20, extra='[outbox]\nkeep = "0s"' if pruned else "") as ground:
        ground.machines.tell("flap", 0.5)
        await ground.start()
        ground.daemon.kill()
        for point in points * times:
            # A topic is noted once in a lifetime, and machines that are known were noted long ago.
            if point == "record-noted":
                ground.renamed += 1
                ground.write_settings()
            await crash(ground, point, _time(point, chance), hit)
        ground.daemon.start()
        for _ in range(times):
            ground.consumer.kill()
            ground.consumer.start(*ground.consumer.command, "--crash", str(chance.randrange(1, 8)))
            require(killed(await ground.consumer.ended(30)), "the consumer dies between its commit and its word")
            hit[CONSUMER] += 1
        ground.consumer.start()
        ground.daemon.kill()
        return await _balance(ground, pruned=pruned)


def _time(point: str, chance: random.Random) -> int:
    """Which occurrence is to be the last; acknowledgements are as rare as they should be."""
    if point in _ONCE:
        return 1
    return chance.randrange(1, 5 if "prune" in point or "acknowledged" in point else 60)


async def _while_pruning(folder: Path, times: int, chance: random.Random, hit: Counter[str]) -> Books:
    async with Ground(folder, count=20, extra='[outbox]\nkeep = "0s"') as ground:
        ground.machines.tell("flap", 0.5)
        await ground.start()
        ground.daemon.kill()
        for point in PRUNING * times:
            await crash(ground, point, _time(point, chance), hit)
        return await _balance(ground, pruned=True)


async def _while_migrating(folder: Path, times: int, hit: Counter[str]) -> Books:
    """First while the database is born, then while one with events becomes a later release's."""
    async with Ground(folder, count=10) as ground:
        ground.machines.tell("flap", 0.5)
        for point in (*BIRTH, *STREAM):
            await crash(ground, point, 1, hit)
        await ground.start()
        ground.daemon.kill()
        (version,) = look(ground.state / "site.db", "PRAGMA user_version")[0]
        for point in (p for p in BIRTH for _ in range(times if p != BIRTH[-1] else 1)):
            await crash(ground, point, 1, hit, "--migrate")
        require(look(ground.state / "site.db", "PRAGMA user_version")[0][0] == int(str(version)) + 1, "it is migrated")
        later = ["-m", "bench.torture.crash", "none", "1", "--migrate", "--", *ground.run()]
        ground.daemon.command = [sys.executable, *later]
        return await _balance(ground)


async def _while_put_aside(folder: Path, times: int, hit: Counter[str]) -> int:
    """A damaged database is put aside and a new stream declared, however often that is interrupted; how many were."""
    points = ("put-aside", *STREAM) * times
    for number, point in enumerate(points):
        async with Ground(folder / str(number), count=5) as ground:
            await _put_aside(ground, point, hit)
    return len(points)


async def _put_aside(ground: Ground, point: str, hit: Counter[str]) -> None:
    ground.machines.tell("flap", 0.3)
    await ground.start()
    ground.daemon.kill()
    ((stream, head),) = ground.committed()
    damage(ground.state / "site.db")
    await crash(ground, point, 1, hit)
    ground.daemon.start()
    await until(lambda: ground.committed()[:1] != [(stream, head)] and ground.upto() > 0, 20, "a new stream is told")
    await ground.quiet()
    found = books(ground.state, ground.stored, ground.site)
    require(_declared(ground, str(stream), int(str(head))), f"the loss of {stream} up to {head} is declared")
    require(found.balanced, f"{point}: {found}")


def _declared(ground: Ground, stream: str, head: int) -> bool:
    """Whether a stored gap names the former stream and how far it had come, but for what the crash cut short."""
    bodies = look(ground.stored, f"SELECT body FROM event WHERE site = '{ground.site}' AND seq = 1")  # noqa: S608
    firsts = [json.loads(bytes(body))["data"] for (body,) in bodies if isinstance(body, bytes)]
    return any(each.get("former_stream") == stream and 0 < each["former_head"] <= head for each in firsts)


def damage(database: Path) -> None:
    """Overwrite a page in the middle, and throw the log away that would repair it."""
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    with database.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(0 if size < 3 * 4096 else 4096)
        file.write(b"\xa5" * 4096)
