"""`fleetmon` that kills itself at a named point, as kill -9 would: the product's own code, nothing in it knows of this.

    python -m bench.torture.crash POINT N [--migrate] -- run --settings ... --state ...

The Nth time that the point is reached, the process is gone: no handler runs, nothing is flushed. With `--migrate` the
program knows one more step of the database's schema than the released one, so that an existing file is migrated.
The point `none` is never reached.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, Final

from paho.mqtt.client import Client

from fleetmon import cli
from fleetmon.publish import migrations
from fleetmon.publish.outbox import opening

# What the database did in the transaction so far, as words; the point's name -> when, at which word.
SQL_POINTS: Final = {
    "amid-commit": ("after", "insert event"),
    "before-commit": ("before", "commit", "insert event"),
    "after-commit": ("after", "commit", "insert event"),
    "record-noted": ("after", "commit", "retained"),  # between the record of a topic and its first publish
    "before-acknowledged": ("before", "commit", "update consumer"),
    "after-acknowledged": ("after", "commit", "update consumer"),
    "during-prune": ("after", "delete event"),
    "before-prune-commit": ("before", "commit", "delete event"),
    "after-prune-commit": ("after", "commit", "delete event"),
    "during-migration": ("after", "create table"),
    "before-version": ("before", "pragma user_version="),
    "before-migration-commit": ("before", "commit", "pragma user_version="),
    "after-migration-commit": ("after", "commit", "pragma user_version="),
    "new-stream": ("before", "insert stream"),
    "before-stream-commit": ("before", "commit", "insert stream"),
    "after-stream-commit": ("after", "commit", "insert stream"),
}
OTHER_POINTS: Final = ("none", "connected", "view-published", "published", "puback", "put-aside")


class Crash:
    """Counts how often the point is reached."""

    def __init__(self, point: str, times: int) -> None:
        self.point = point
        self._left = times

    def at(self, point: str) -> None:
        """Die here, if it is the place and the time."""
        if point == self.point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def words(sql: str, arguments: Iterable[Any]) -> str:
    """What a statement does, in two words or three; empty for what no point is about."""
    text = " ".join(sql.split()).lower().replace(" =", "=")
    for verb in ("insert into", "insert or replace into", "delete from", "update", "create table", "pragma"):
        if text.startswith(verb):
            what = text.removeprefix(verb).split()[0]
            if verb in ("create table", "pragma"):
                return verb if verb == "create table" else f"pragma {what}"
            return "retained" if "retained" in repr(arguments) else f"{verb.split()[0]} {what}"
    return text.split(" ")[0]


class Watched(sqlite3.Connection):
    """sqlite3's connection, watched; there is one at a time."""

    crash: Crash
    done: ClassVar[set[str]] = set()

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        """As sqlite3 does."""
        return self._watch(words(sql, arguments), super().execute, sql, *arguments)

    def executemany(self, sql: str, rows: Any, /) -> sqlite3.Cursor:
        """As sqlite3 does; without rows nothing is done."""
        rows = list(rows)
        return self._watch(words(sql, rows) if rows else "", super().executemany, sql, rows)

    def __exit__(self, *error: Any) -> Any:
        return self._watch("commit", super().__exit__, *error)

    def _watch(self, doing: str, do: Callable[..., Any], *arguments: Any) -> Any:
        if doing == "begin":
            self.done.clear()
        self._look("before", doing)
        result = do(*arguments)
        self.done.add(doing)
        self._look("after", doing)
        return result

    def _look(self, when: str, doing: str) -> None:
        for name, (moment, word, *needed) in SQL_POINTS.items():
            if (moment, word) == (when, doing) and self.done.issuperset(needed):
                self.crash.at(name)


def watch_database(crash: Crash) -> None:
    """Every database is opened with a watched connection; putting one aside is watched too."""
    Watched.crash = crash
    connect, rename = sqlite3.connect, Path.rename

    def connect_watched(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return connect(*arguments, **options, factory=Watched)

    def rename_watched(path: Path, target: Any) -> Path:
        result = rename(path, target)
        crash.at("put-aside")
        return result

    sqlite3.connect = connect_watched  # type: ignore[assignment]
    Path.rename = rename_watched  # type: ignore[assignment,method-assign]


def watch_network(crash: Crash) -> None:
    """What is handed to the network and what comes back is watched."""
    publish, answered = Client.publish, Client._handle_pubackcomp

    def publish_watched(client: Client, topic: str, *arguments: Any, **options: Any) -> Any:
        if topic.endswith("/up/session"):
            crash.at("connected")
        result = publish(client, topic, *arguments, **options)
        if topic.endswith("/up/event"):
            crash.at("published")  # the bytes are in the socket: there is no thread that would send them later
        elif "/up/state/" in topic:
            crash.at("view-published")
        return result

    def answered_watched(client: Client, command: Any) -> Any:
        crash.at("puback")
        return answered(client, command)

    Client.publish = publish_watched  # type: ignore[method-assign]
    Client._handle_pubackcomp = answered_watched  # type: ignore[method-assign]


def know_one_step_more() -> None:
    """A later release: one more step of the schema, with a table and a column."""
    more = ("CREATE TABLE torture (word TEXT)", "ALTER TABLE event ADD COLUMN torture TEXT")
    for module in (migrations, opening):
        module.MIGRATIONS = (*migrations.MIGRATIONS[: migrations.SCHEMA_VERSION], more)  # type: ignore[misc]
    migrations.SCHEMA_VERSION = opening.SCHEMA_VERSION = len(opening.MIGRATIONS)  # type: ignore[misc]


def main() -> None:
    """Run fleetmon, watched."""
    split = sys.argv.index("--")
    point, times, *options = sys.argv[1:split]
    if point not in SQL_POINTS and point not in OTHER_POINTS:
        raise SystemExit(f"no such point: {point}")
    crash = Crash(point, int(times))
    watch_database(crash)
    watch_network(crash)
    if "--migrate" in options:
        know_one_step_more()
    sys.argv = ["fleetmon", *sys.argv[split + 1 :]]
    cli.main()


if __name__ == "__main__":
    main()
