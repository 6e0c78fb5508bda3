"""A web service that takes what it is told to take, an Alertmanager nobody here wrote, and alerts made by hand."""

import asyncio
import json
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import h11

from fleetmon.model.messages import Event, EventClass
from fleetmon.model.report import At
from fleetmon.publish.payloads import AlertChange, AlertData

DEADLINE_S = 15.0


async def until(condition: Callable[[], object], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait for a condition; fail with `what` after the deadline."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < deadline_s, f"not within {deadline_s} s: {what}"
        await asyncio.sleep(0.005)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Handler: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler, port: int = 0, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on 127.0.0.1, by its port; at the end no connection of it is left."""
    writers: list[asyncio.StreamWriter] = []
    tasks: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        tasks.append(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=context)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
        await asyncio.sleep(0)


@dataclass
class Heard:
    """One request as it came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Service:
    """A server of HTTP on its own port: answers `status`, or what `answers` says next; `silent` it says nothing."""

    status: int = 200
    words: bytes = b""
    silent: bool = False
    context: ssl.SSLContext | None = None
    answers: list[int] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        await self._open.enter_async_context(serving(self._serve, self.port, self.context))

    async def stop(self) -> None:
        await self._open.aclose()

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(each.body) for each in self.heard]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        speech = h11.Connection(h11.SERVER)
        heard = await self._request(speech, reader)
        if heard is None:
            return
        if self.silent:
            await reader.read()  # until the other end gives up
            return
        self.heard.append(heard)
        status = self.answers.pop(0) if self.answers else self.status
        headers = [("Content-Length", str(len(self.words)))]
        reply = [h11.Response(status_code=status, headers=headers), h11.Data(data=self.words), h11.EndOfMessage()]
        writer.write(b"".join(speech.send(each) or b"" for each in reply))
        await writer.drain()

    async def _request(self, speech: h11.Connection, reader: asyncio.StreamReader) -> Heard | None:
        request, body = None, b""
        while True:
            event = speech.next_event()
            if event is h11.NEED_DATA:
                speech.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                headers = {name.decode(): value.decode() for name, value in request.headers}
                return Heard(request.method.decode(), request.target.decode(), headers, body)
            else:
                return None


@dataclass
class Prometheus:
    """prometheus-alertmanager on a port of 127.0.0.1 of its own, with a receiver that we can look at."""

    folder: Path
    receiver: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        config = self.folder / "alertmanager.yml"
        config.write_text(
            "route: {receiver: us, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n"
            f"receivers: [{{name: us, webhook_configs: [{{url: '{self.receiver}', send_resolved: true}}]}}]\n"
        )
        words = [
            "prometheus-alertmanager",
            f"--config.file={config}",
            f"--storage.path={self.folder}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]
        with (self.folder / "alertmanager.log").open("ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)
        started = time.monotonic()
        while not self._ready():
            assert time.monotonic() - started < DEADLINE_S, (self.folder / "alertmanager.log").read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(DEADLINE_S)
            self.process = None

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def alerts(self) -> list[dict[str, Any]]:
        """What it believes to stand just now."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v2/alerts", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found


TEXT = {
    "text": "lam1: upper film empty since 10:02, work waiting unknown. Next: thread a new roll.",
    "symptom": "lam1 has stopped",
    "cause": "upper film empty",
    "since": "since 10:02",
    "waiting": "work waiting: unknown",
    "next_step": "Thread a new roll.",
    "actor": "operator",
    "meaning": "The upper roll has run out.",
    "call": "Nobody, unless it happens again today.",
    "reviewed": True,
}


def alert_data(**more: Any) -> AlertData:
    """An alert that was told: lam1's upper film is empty; `more` replaces what is said of it."""
    plain: dict[str, Any] = {
        "text": TEXT["text"],
        "priority": 2,
        "state": "active",
        "subject": {"kind": "machine", "id": "lam1", "name": "Laminator"},
        "condition": "supply-empty",
        "held_back": None,
        "isa": "B",
        "certainty": "confirmed",
        "part": "film-upper",
        "reasons": ["marker-supply-empty-error"],
        "first_out": "marker-supply-empty-error",
        "severity": "error",
        "stops": True,
        "actor": None,
        "audience": ["operator"],
        "line": "line2",
        "impact": {"line": "line2", "line_stopped_since": None, "stage_left": 0, "waiting": None},
        "began": {"after": "2026-11-22T09:59:55.000Z", "by": "2026-11-22T10:00:00.000Z"},
        "raised": "2026-11-22T10:02:00.000Z",
        "gone": None,
        "cleared": None,
        "closed": None,
        "announced": "2026-11-22T10:02:00.000Z",
        "reminded": None,
        "escalation": 0,
        "in_summary": False,
        "acknowledged": None,
        "shelved": None,
        "held_since": None,
        "caused_by": None,
        "root_of": [],
        "root_of_omitted": 0,
        "latched": False,
        "unstable": False,
        "repeats": 0,
        "completions": 0,
        "evidence": [],
        "evidence_omitted": 0,
        "rule": None,
        "nearly": [],
        "nearly_omitted": 0,
        "texts": {"en": TEXT, "ur": TEXT | {"text": "اردو"}},
        "alert": "lam1-supply-empty-00000000",
        "id": "k3v9",
        "key": "machine:lam1:supply-empty:film-upper",
        "rev": 1,
    }
    return AlertData.model_validate(plain | more)


def alert_event(number: int = 1, move: str = "announced", tell: bool = True, **more: Any) -> Event:
    """A durable event of that alert; `number` makes it one of many."""
    alert = alert_data(rev=number, **more)
    told = AlertChange(text=alert.text, move=move, tell=tell, by=None, why="", alert=alert)  # type: ignore[arg-type]
    at = At(1_800_000_000.0, 10.0, "boot-1")
    return Event(EventClass.ALERT, "fleetmon.alert.v1", "lam1", at, told.model_dump(mode="json", by_alias=True))
