"""T7, T18: a disk that is full, a file at its ceiling, and files that somebody or something has damaged."""

import asyncio
import ctypes
import json
import os
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .books import Books, books
from .crashes import damage
from .ground import Ground, look, require, root, until
from .report import Result
from .watch import Watch

CLONE_NEWNS = 0x0002_0000  # unshare(2)
TOLD = {"fault.raised", "fault.changed", "fault.cleared", "state.changed", "contact.changed", "machine.replaced"}
UNPRIVILEGED = (shutil.which("setpriv") or "/usr/bin/setpriv", "--bounding-set", "-dac_override,-dac_read_search")
CLASSES = ("fault", "state")  # of those events
_MOST_A_COMMIT = 60  # events, when ten machines change at once


async def full(folder: Path, short: bool) -> Result:
    """T7: the ceiling of the file, then a disk that takes nothing more; each is said exactly and ends by itself."""
    capped = await _ceiling(folder / "ceiling", 3 if short else 20)
    text = f"ceiling: {capped}"
    if not _own_mounts():
        return Result(capped.balanced, f"{text}; a full disk was not tried, that needs root")
    with _private_disk(folder / "disk" / "state", "6m"):
        unwritten, found = await _full_disk(folder / "disk", 2.0 if short else 20.0)
    return Result(capped.balanced and found.balanced, f"{text}; disk full: unwritten and said {unwritten} {found}")


async def _ceiling(folder: Path, megabytes: int) -> Books:
    """The consumer is away and the file may not grow: what goes is named, sequence by sequence."""
    async with Ground(folder, count=40, extra='[outbox]\ncap = "1MiB"\nkeep_size = "64KiB"') as ground:
        ground.machines.tell("flap", 0.2)
        await ground.start()
        ground.consumer.kill()
        wanted = ground.head() + megabytes * 1_000
        await until(lambda: ground.head() > wanted, 30 * megabytes, "more events than the file can hold")
        require((ground.state / "site.db").stat().st_size <= 1 << 20, "the file stays below its ceiling")
        ground.consumer.start()
        ground.machines.tell("flap", 0.8)
        await ground.settled(60)
        await ground.quiet()
        found = books(ground.state, ground.stored, ground.site, pruned=True)
        require(found.gone, f"something had to go: {found}")
        return found


async def _full_disk(folder: Path, lasts_s: float) -> tuple[int, Books]:
    """Nothing can be written for a while; polls and views go on, and a gap tells how many events that cost."""
    async with Ground(folder, count=20, level="info") as ground, Watch(ground.port, ground.site) as watch:
        ground.machines.tell("flap", 0.4)
        await ground.start()
        filler = ground.state / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (65536, 512):
                while _write(file.fileno(), size):
                    pass
        await until(lambda: _said(ground, "outbox cannot be written"), 20, "the log tells of the full disk")
        for condition, shown in (("booklet-jam", "media-path-jam"), ("front-cover-open", "cover-open")):
            ground.machines.tell("show", 0, condition)
            await until(lambda shown=shown: watch.latest["state/m0"]["headline"] == shown, 10, "machines are watched")  # type: ignore[misc]
        await asyncio.sleep(lasts_s)
        filler.unlink()
        await until(lambda: _said(ground, "outbox can be written again"), 20, "it recovers alone")
        await ground.quiet()
        told = Counter(str(line["event"]) for line in ground.daemon.said)
        rows = look(ground.state / "site.db", "SELECT class, body FROM event")
        unwritten = Counter[str]()
        for body in (body for name, body in rows if name == "gap" and isinstance(body, bytes)):
            unwritten.update(json.loads(body)["data"]["classes"])
        written = sum(name in CLASSES for name, _ in rows)
        missing = sum(told[name] for name in TOLD) - written
        require(missing == sum(unwritten[name] for name in CLASSES), f"the gap is exact: {missing}, not {unwritten}")
        require(missing, "something was lost")
        return unwritten.total(), books(ground.state, ground.stored, ground.site)


def _write(file: int, size: int) -> bool:
    try:
        return os.write(file, b"\0" * size) > 0
    except OSError:
        return False


def _said(ground: Ground, words: str) -> bool:
    return any(str(line.get("event", "")).startswith(words) for line in ground.daemon.said)


def _own_mounts() -> bool:
    """Whether what we mount from now on is seen by nobody else and goes with us; that needs a privilege."""
    if not root() or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
        return False
    return subprocess.run(["mount", "--make-rprivate", "/"], check=False).returncode == 0


@contextmanager
def _private_disk(place: Path, size: str) -> Iterator[None]:
    """A disk of that size, in a mount namespace of our own."""
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


async def damaged(folder: Path, times: int, seed: int) -> Result:
    """T18: whatever was done to the files, the daemon starts, events flow, and what is lost is declared."""
    chance, figures = random.Random(seed), []
    harms: dict[str, Callable[[Ground, random.Random], None]] = {"page": _page, "log": _log, "read-only": _read_only}
    if not _may_be_refused():
        del harms["read-only"]
    for name, harm in harms.items():
        for number in range(times):
            async with Ground(folder / f"{name}{number}", count=10) as ground:
                figures.append(f"{name}: {await _mended(ground, name, harm, chance)}")
    return Result(True, "; ".join(figures if times == 1 else figures[::times]))


async def _mended(
    ground: Ground, name: str, harm: Callable[[Ground, random.Random], None], chance: random.Random
) -> str:
    ground.machines.tell("flap", 0.4)
    await ground.start()
    await until(lambda: ground.upto() > 50, 20, "a history")
    ground.consumer.kill()
    behind = ground.head() + chance.randrange(30, 300)
    await until(lambda: ground.head() > behind, 30, "events that nobody has stored yet")
    ground.daemon.kill()
    ((stream, head),) = ground.committed()
    noted = _noted(ground)
    harm(ground, chance)
    ground.consumer.start()
    ground.daemon.start()
    await until(lambda: _flows(ground, str(stream), int(str(head))), 30, f"events flow again, {name}")
    ((now, _),) = ground.committed()
    await ground.quiet()
    found = books(ground.state, ground.stored, ground.site)
    gaps = [gap for gap in _gaps(ground) if gap["loss"] != "unwritable"]
    require(bool(gaps) == (harm is not _read_only), f"{name}: a loss is declared, and only a loss: {gaps}")
    require(found.balanced, f"{name}: {found}")
    aside = list(ground.state.glob("site.db.corrupt-*"))
    require(bool(aside) == (now != stream), f"{name}: a new stream and the old file aside, or neither: {aside}")
    if now != stream:
        # What was noted beside the database is all that is known then; a kill may have left it one commit behind.
        require((gaps[-1]["former_stream"], gaps[-1]["former_head"]) == noted, f"{name}: {gaps} names {noted}")
        require(noted[0] == stream and 0 <= int(str(head)) - noted[1] <= _MOST_A_COMMIT, f"{name}: {noted} of {head}")
    said = gaps[-1]["loss"] if gaps else "nothing lost"
    return f"{said} LOST {found.LOST} invented {found.invented} gone {found.gone}"


def _noted(ground: Ground) -> tuple[str, int]:
    """Stream and head as the file beside the database has them."""
    stream, head, _ = (ground.state / "site.db.lock").read_text("ascii").split()
    return stream, int(head)


def _flows(ground: Ground, stream: str, head: int) -> bool:
    """Something that happened after the damage is stored."""
    found = ground.committed()
    return bool(found) and ground.upto() > (head if found[0][0] == stream else 1)


def _gaps(ground: Ground) -> list[dict[str, object]]:
    rows = look(ground.stored, "SELECT body FROM event ORDER BY arrived")
    told = [json.loads(body) for (body,) in rows if isinstance(body, bytes)]
    return [each["data"] for each in told if each["type"] == "fleetmon.gap.v1"]


def _page(ground: Ground, chance: random.Random) -> None:
    damage(ground.state / "site.db")


def _log(ground: Ground, chance: random.Random) -> None:
    """The write-ahead log lost its end; what was folded into the database before is still there."""
    log = ground.state / "site.db-wal"
    os.truncate(log, int(log.stat().st_size * chance.uniform(0.1, 0.9)))


def _read_only(ground: Ground, chance: random.Random) -> None:
    """The file may not be written any more, by a daemon without the privilege to write everything."""
    (ground.state / "site.db").chmod(0o444)
    if root():
        ground.daemon.command = [*UNPRIVILEGED, *ground.daemon.command]


def _may_be_refused() -> bool:
    """Whether there is a way to be refused the writing of a file: root has to let go of a privilege for it."""
    return not root() or subprocess.run([*UNPRIVILEGED, "true"], check=False, capture_output=True).returncode == 0
