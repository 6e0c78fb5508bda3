"""A whole site on loopback: mosquitto, simulated machines, the daemon and a subscriber, each a process of its own.

Nothing here sleeps for a fixed time: tests wait for a condition with a deadline.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from .promised import broken

SITE = "lab"
MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
T = TypeVar("T")


def eventually(look: Callable[[], T], deadline_s: float, what: str) -> T:
    """The first true value of `look` within the deadline; the test fails with `what` if there is none."""
    end = time.monotonic() + deadline_s
    while not (found := look()):
        assert time.monotonic() < end, f"not within {deadline_s} s: {what}"
        time.sleep(0.02)
    return found


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Broker:
    """A mosquitto that can be killed and brought back, with or without its memory."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        settings = self.folder / "mosquitto.conf"
        settings.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/\nautosave_interval 1\nautosave_on_changes true\n"
            "max_queued_messages 0\nuser root\n",
            encoding="utf-8",
        )
        self.process = subprocess.Popen([MOSQUITTO, "-c", str(settings)], stderr=subprocess.DEVNULL)
        eventually(self._accepts, 10, "mosquitto accepts connections")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def forget(self) -> None:
        """Lose everything it had on disk."""
        (self.folder / "mosquitto.db").unlink(missing_ok=True)

    def _accepts(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@dataclass
class Office:
    """Simulated machines in a process of their own; `do` gives them orders."""

    process: subprocess.Popen[str]
    ports: dict[str, int]

    @classmethod
    def start(cls, *machines: str, ports: tuple[int, ...] = (), traps: str = "") -> "Office":
        """Simulate machines, `name=sheet`, on these ports or on any; they send traps to the address `traps`."""
        places = [f"{machine}:{port}" for machine, port in zip(machines, ports, strict=True)] if ports else machines
        named = [word for place in places for word in ("--machine", place)] + (["--trap", traps] if traps else [])
        process = subprocess.Popen(
            [sys.executable, "-m", "fleetmon.simulators.snmp_agent", *named, "--commands", "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        told = [json.loads(process.stdout.readline()) for _ in machines]
        return cls(process, {each["machine"]: each["port"] for each in told})

    def do(self, machine: str, order: str, **details: object) -> None:
        """Give a machine an order and see that it is taken."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"machine": machine, "do": order, **details}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["ok"], answer

    def stop(self) -> None:
        """End it."""
        _end(self.process)


@dataclass
class Daemon:
    """`fleetmon run` on a settings file."""

    settings: Path
    state: Path
    process: subprocess.Popen[str] | None = None
    lines: list[dict[str, object]] = field(default_factory=list)
    reader: threading.Thread | None = None
    program: tuple[str, ...] = ("-m", "fleetmon.cli")

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.lines = lines = []
        self.process = process = subprocess.Popen(
            [sys.executable, *self.program, "run", "--settings", str(self.settings), "--state", str(self.state)],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.reader = threading.Thread(target=_collect, args=(process, lines), daemon=True)
        self.reader.start()
        eventually(lambda: process.poll() is not None or self.said("ready"), 20, "the daemon is ready")
        assert process.poll() is None, lines

    def said(self, event: str) -> list[dict[str, object]]:
        """The lines of the log with this event."""
        return [line for line in self.lines if line.get("event") == event]

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        _end(self.process, self.reader)

    def stop(self) -> int:
        """Ask it to stop; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        return _end(self.process, self.reader)


@dataclass
class Listener:
    """A `mosquitto_sub`, which nobody here wrote: every message as (topic, retained, payload)."""

    process: subprocess.Popen[str]
    messages: list[tuple[str, bool, str]] = field(default_factory=list)
    reader: threading.Thread | None = None

    @classmethod
    def start(cls, port: int, *options: str) -> "Listener":
        """Subscribe to all that sites publish; `options` as for mosquitto_sub."""
        command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-V", "mqttv5", "-F", "%t %r %p", *options]
        if "-c" in options:  # a durable session begins before anybody publishes: -E ends once it is subscribed
            subprocess.run([*command, "-E"], check=True, timeout=20)
        listener = cls(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        listener.reader = threading.Thread(target=listener._listen, daemon=True)
        listener.reader.start()
        return listener

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not line.endswith("\n"):
                return  # ended in the middle of a word
            topic, retained, payload = line.rstrip("\n").split(" ", 2)
            self.messages.append((topic, retained == "1", payload))

    def latest(self, topic: str) -> dict[str, object]:
        """The `data` last heard on a topic below the site's `up/`, empty if none was."""
        name = f"fleetmon/v1/{SITE}/up/{topic}"
        payloads = [payload for heard, _, payload in list(self.messages) if heard == name and payload]
        data = json.loads(payloads[-1])["data"] if payloads else {}
        assert isinstance(data, dict)
        return data

    def events(self) -> list[dict[str, object]]:
        """The durable events heard, in the order of their arrival."""
        return [json.loads(payload) for topic, _, payload in list(self.messages) if topic.endswith("/up/event")]

    def stop(self) -> None:
        """End it."""
        _end(self.process, self.reader)


def _end(process: subprocess.Popen[str], reader: threading.Thread | None = None) -> int:
    """End a process, if it has not ended, and close what connects us to it."""
    process.kill()
    code = process.wait()
    if reader is not None:
        reader.join(5)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    return code


def _collect(process: subprocess.Popen[str], lines: list[dict[str, object]]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        try:
            lines.append(json.loads(line))
        except ValueError:
            lines.append({"event": "unreadable", "text": line})


@dataclass
class Ground:
    """Where a test builds its site; whatever it starts is ended."""

    folder: Path
    ends: list[Callable[[], object]] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)

    def broker(self) -> Broker:
        """A broker, not started yet."""
        folder = self.folder / "broker"
        folder.mkdir()
        broker = Broker(folder)
        self.ends.append(broker.kill)
        return broker

    def office(self, *machines: str, ports: tuple[int, ...] = (), traps: str = "") -> Office:
        """Simulated machines, answering."""
        office = Office.start(*machines, ports=ports, traps=traps)
        self.ends.append(office.stop)
        return office

    def daemon(
        self, broker: Broker, machines: dict[str, int], interval: str = "200ms", mqtt: str = "", traps: str = "off"
    ) -> Daemon:
        """A daemon for these machines (id and SNMP port), not started yet; `mqtt` are more lines of that table."""
        sources = [
            f'[[machine]]\nid = "{name}"\nkind = "printer"\n'
            f'source = {{ url = "snmp://127.0.0.1:{port}", interval = "{interval}" }}\n'
            for name, port in machines.items()
        ]
        file = self.folder / "fleetmon.toml"
        head = f'[site]\nid = "{SITE}"\n[mqtt]\nurl = "mqtt://127.0.0.1:{broker.port}"\nheartbeat = "2s"\n'
        head += f'{mqtt}\n[snmp]\ntraps = "{traps}"\n'
        file.write_text(head + '[log]\nformat = "json"\n' + "".join(sources), encoding="utf-8")
        daemon = Daemon(file, self.folder / "state")
        self.ends.append(lambda: daemon.process and daemon.process.poll() is None and daemon.kill())
        return daemon

    def listener(self, broker: Broker, *options: str) -> Listener:
        """A subscriber to everything."""
        listener = Listener.start(broker.port, *(options or ("-t", "fleetmon/#")))
        self.ends.append(listener.stop)
        self.listeners.append(listener)
        return listener


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """An empty site; needs mosquitto. In the end all that anybody heard must be as promised."""
    with prepared(tmp_path) as ground:
        yield ground


@contextmanager
def prepared(folder: Path) -> Iterator[Ground]:
    """The ground of one test, or of several."""
    if not Path(MOSQUITTO).exists() or not shutil.which("mosquitto_sub"):
        assert os.environ.get("CI") != "true", "CI needs mosquitto and mosquitto-clients"
        pytest.skip("mosquitto is not installed")
    ground = Ground(folder)
    yield ground
    for end in reversed(ground.ends):
        end()
    faults = [fault for listener in ground.listeners for fault in broken(listener.messages, SITE)]
    assert not faults, "\n".join(faults[:10])
