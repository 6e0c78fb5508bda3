"""A broker of its own for each test that wants one, a reader nobody here wrote, and a clock with hands to set."""

import asyncio
import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleetmon.clock import Clock
from fleetmon.model.messages import Event, EventClass, Json
from fleetmon.model.report import At

DEADLINE_S = 15.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(condition: Callable[[], object], what: str, deadline_s: float = DEADLINE_S) -> float:
    """Wait for a condition; fail with `what` after the deadline. The seconds it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < deadline_s, f"not within {deadline_s} s: {what}"
        await asyncio.sleep(0.005)
    return time.monotonic() - started


class Hands(Clock):
    """A clock that stands still until it is set: time is an argument of the test."""

    def __init__(self, utc: float = 1_800_000_000.0, boot: str = "boot-1") -> None:
        super().__init__()
        self.moment = At(utc, 1000.0, boot)

    def now(self) -> At:
        return self.moment

    def pass_by(self, seconds: float) -> None:
        self.moment = At(self.moment.utc + seconds, self.moment.mono + seconds, self.moment.boot)


def an_event(number: int, event_class: EventClass = EventClass.FAULT, size: int = 0) -> Event:
    """An event that can be told apart by its number, `size` bytes longer than it needs to be."""
    data: dict[str, Json] = {"number": number, "filling": "x" * size}
    return Event(event_class, "fleetmon.fault.raised.v1", "prn-1", At(1_800_000_000.0, 10.0, "boot-1"), data)


@dataclass
class Broker:
    """mosquitto on its own port of 127.0.0.1, with its own settings; `kill` is kill -9."""

    folder: Path
    settings: tuple[str, ...] = ("allow_anonymous true",)
    persistent: bool = False
    tls: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        lines = [f"listener {self.port} 127.0.0.1", *self.tls, "user root", *self.settings]
        if self.persistent:
            keep = ("persistence true", f"persistence_location {self.folder}/", "autosave_interval 1")
            lines += [*keep, "autosave_on_changes true"]
        config = self.folder / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n")
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(["mosquitto", "-c", config], stdout=log, stderr=log)
        self._wait_until_it_listens(self.process)

    def _wait_until_it_listens(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        pytest.fail("mosquitto does not listen: " + (self.folder / "mosquitto.log").read_text())

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait()
        self.process = None

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def reload(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)


@dataclass(frozen=True)
class Heard:
    """One message as mosquitto_sub printed it."""

    retained: bool
    topic: str
    payload: str

    @property
    def envelope(self) -> dict[str, object]:
        envelope = json.loads(self.payload)
        assert isinstance(envelope, dict)
        return envelope

    @property
    def data(self) -> dict[str, object]:
        data = self.envelope["data"]
        assert isinstance(data, dict)
        return data


@dataclass
class Reader:
    """mosquitto_sub: the reference implementation's own client reads what we publish."""

    process: asyncio.subprocess.Process
    heard: list[Heard] = field(default_factory=list)
    subscribed: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            text = line.decode().rstrip("\n")
            if text.startswith("HEARD|"):
                _, retained, topic, payload = text.split("|", 3)
                self.heard.append(Heard(retained == "1", topic, payload))
            elif text.startswith("Subscribed"):
                self.subscribed.set()

    def under(self, topic: str) -> list[Heard]:
        """What was heard on a topic whose name ends so."""
        return [each for each in self.heard if each.topic.endswith(topic)]

    def latest(self) -> dict[str, str]:
        """The last payload of each topic."""
        return {each.topic: each.payload for each in self.heard}
