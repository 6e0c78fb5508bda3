"""The ground that torture happens on: broker, machines, daemon and consumer, each a process that can be killed.

All of it lives in one temporary folder and on free ports of 127.0.0.1. Nothing here waits for a fixed time: `until`
waits for a condition with a deadline, and who misses it says what was awaited.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

ROOT = Path(__file__).resolve().parents[2]
SITE = "torture"
CONSUMER = "test"
T = TypeVar("T")

# How mosquitto is set: as it comes, saving on each change, and with no memory at all.
PERSISTENCE = {
    "default": "persistence true\n",
    "on-changes": "persistence true\nautosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n",
    "none": "persistence false\n",
}


class Missed(Exception):
    """Something did not happen in time, or happened although it must not; the text says what."""


async def until(look: Callable[[], T], deadline_s: float, what: str) -> T:
    """The first true value of `look`. Raises Missed."""
    end = time.monotonic() + deadline_s
    while not (found := look()):
        if time.monotonic() > end:
            raise Missed(f"not within {deadline_s:g} s: {what}")
        await asyncio.sleep(0.02)
    return found


def require(holds: object, what: str) -> None:
    """Raises Missed unless it holds."""
    if not holds:
        raise Missed(what)


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Process:
    """A process that is started, killed and started again; what it complains of goes to `complaints`."""

    name: str
    command: list[str]
    complaints: Path
    running: subprocess.Popen[bytes] | None = None

    def start(self, *command: str) -> None:
        """Start it, or `command` instead; does not wait for anything."""
        with self.complaints.open("ab") as complaints:
            self.running = subprocess.Popen(
                command or self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                cwd=ROOT,
            )

    def kill(self) -> None:
        """kill -9, and gone."""
        if self.running is not None:
            self.running.kill()
            self.running.wait()
            self.running = None

    def signal(self, number: int) -> None:
        """Send a signal to it."""
        assert self.running is not None
        self.running.send_signal(number)

    def catches(self, number: int) -> bool:
        """Whether it has come so far that it deals with a signal itself (SigCgt, proc(5))."""
        assert self.running is not None
        with suppress(OSError):
            lines = Path(f"/proc/{self.running.pid}/status").read_text().splitlines()
            caught = next((line.split()[1] for line in lines if line.startswith("SigCgt:")), "0")
            return bool(int(caught, 16) >> (number - 1) & 1)
        return False

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.running is not None and self.running.poll() is None

    async def ended(self, deadline_s: float) -> int:
        """Wait until it ends by itself; its exit code."""
        process = self.running
        assert process is not None
        await until(lambda: process.poll() is not None, deadline_s, f"{self.name} ends")
        return process.wait()

    async def stop(self, deadline_s: float = 20.0) -> int:
        """Ask it to end, and wait."""
        self.signal(signal.SIGTERM)
        return await self.ended(deadline_s)

    @property
    def said(self) -> list[dict[str, object]]:
        """What it wrote to its log, line by line, as far as it is JSON."""
        lines = []
        for line in self.complaints.read_text(errors="replace").splitlines() if self.complaints.exists() else []:
            with suppress(ValueError):
                lines.append(json.loads(line))
        return lines


@dataclass
class Machines:
    """The crowd of machines.py; `tell` gives orders."""

    ports: list[int]
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, count: int) -> "Machines":
        """Start them and wait for their ports."""
        command = [sys.executable, "-m", "bench.torture.machines", str(count)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert process.stdout is not None
        return cls(json.loads(process.stdout.readline()), process)

    def tell(self, *order: object) -> None:
        """Give an order and see that it is taken."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(map(str, order)) + "\n")
        self.process.stdin.flush()
        require(self.process.stdout.readline() == "ok\n", f"the machines take the order {order}")

    def end(self) -> None:
        """Let them end."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@dataclass
class Ground:
    """One site with all that is around it. Leaving the block ends every process."""

    folder: Path
    persistence: str = "default"
    ack: str = '["test"]'
    broker_lines: str = "allow_anonymous true\n"
    extra: str = ""  # more of the settings file, for instance an [outbox] table
    mqtt: str = ""  # more lines of its [mqtt] table
    count: int = 40
    interval: str = "200ms"
    site: str = SITE
    port: int = field(default_factory=free_port)
    daemon_port: int = 0  # of a proxy before the broker, if there is one
    consumer_options: tuple[str, ...] = ()
    level: str = "warning"
    renamed: int = 0  # how often the first machine got another id

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        memory = self.folder / "broker"
        memory.mkdir(exist_ok=True)
        self.conf = self.folder / "mosquitto.conf"
        self.conf.write_text(
            f"listener {self.port} 127.0.0.1\nuser root\npersistence_location {memory}/\n"
            f"{PERSISTENCE[self.persistence]}{self.broker_lines}"
        )
        mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.broker = Process("broker", [mosquitto, "-c", str(self.conf)], self.folder / "broker.log")
        self.machines = Machines.start(self.count)
        self.state, self.settings = self.folder / "state", self.folder / "fleetmon.toml"
        self.write_settings()
        self.daemon = Process("daemon", [sys.executable, "-m", "fleetmon.cli", *self.run()], self.folder / "daemon.log")
        self.stored = self.folder / "stored.db"
        consumer = ["-m", "bench.torture.consumer", str(self.port), str(self.stored), *self.consumer_options]
        self.consumer = Process("consumer", [sys.executable, *consumer], self.folder / "consumer.log")
        self.others: list[Process] = []
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in (*self.others, self.daemon, self.consumer, self.broker):
            process.kill()
        self.machines.end()

    def run(self) -> list[str]:
        """The arguments of `fleetmon` that run this site."""
        return ["run", "--settings", str(self.settings), "--state", str(self.state)]

    def write_settings(self) -> None:
        """The daemon's settings file."""
        text = f'[site]\nid = "{self.site}"\n[mqtt]\nurl = "mqtt://127.0.0.1:{self.daemon_port or self.port}"\n'
        text += f'ack = {self.ack}\nheartbeat = "1s"\n{self.mqtt}\n[snmp]\ntraps = "off"\n'
        text += f'[log]\nlevel = "{self.level}"\nformat = "json"\n{self.extra}\n'
        for number, port in enumerate(self.machines.ports):
            name = f"m{number}" if number or not self.renamed else f"renamed{self.renamed}"
            text += f'[[machine]]\nid = "{name}"\nkind = "printer"\n[[machine.source]]\n'
            text += f'url = "snmp://127.0.0.1:{port}"\ndriver = "snmp_printer"\ninterval = "{self.interval}"\n'
        self.settings.write_text(text)

    async def start(self) -> None:
        """Broker, consumer and daemon, and wait until the first event is stored."""
        self.broker.start()
        await until(self.broker_answers, 10, "mosquitto listens")
        self.consumer.start()
        self.daemon.start()
        await until(lambda: self.upto() > 0 or not self.daemon.alive, 20, "the first event is stored")
        require(self.daemon.alive, "the daemon runs")

    def broker_answers(self) -> bool:
        """Whether it accepts connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def forget(self) -> None:
        """The broker's disk is lost."""
        (self.folder / "broker" / "mosquitto.db").unlink(missing_ok=True)

    def committed(self, sql: str = "SELECT id, head FROM stream") -> list[tuple[object, ...]]:
        """A look into the daemon's database, reading only; empty while there is none."""
        return look(self.state / "site.db", sql)

    def head(self) -> int:
        """The last sequence that the daemon has committed."""
        found = self.committed()
        return int(str(found[0][1])) if found else 0

    def upto(self) -> int:
        """How far the consumer has the daemon's present stream without a hole."""
        found = self.committed()
        stream = str(found[0][0]) if found else ""
        rows = look(self.stored, f"SELECT upto FROM upto WHERE stream = '{stream}' AND site = '{self.site}'")  # noqa: S608
        return int(str(rows[0][0])) if rows else 0

    async def settled(self, deadline_s: float, head: int | None = None) -> float:
        """Wait until everything committed by now is stored; the seconds it took."""
        began, wanted = time.monotonic(), self.head() if head is None else head
        await until(lambda: self.upto() >= wanted, deadline_s, f"all of {wanted} events are stored ({self.upto()} are)")
        return time.monotonic() - began

    async def quiet(self, deadline_s: float = 60.0) -> None:
        """No machine changes any more, everything is stored, and nothing new is committed; then the daemon is ended."""
        await until(lambda: self.daemon.catches(signal.SIGTERM), 30, "the daemon is far enough to be asked to end")
        self.machines.tell("quiet")
        for _ in range(2):  # polls on their way, and what they changed
            await asyncio.sleep(0.5)
            await self.settled(deadline_s)
        require(await self.daemon.stop() == 0, "the daemon ends with 0")
        await self.settled(deadline_s)


def look(database: Path, sql: str) -> list[tuple[object, ...]]:
    """Read another process's database without touching it; empty where it is not there or not ready."""
    if not database.exists():
        return []
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()
    return []


def root() -> bool:
    """Whether we may mount, change owners and the like."""
    return os.geteuid() == 0


def killed(code: int) -> bool:
    """Whether a process ended by kill -9."""
    return code == -signal.SIGKILL
