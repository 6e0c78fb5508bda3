"""The daemon's side of the control socket: bounded in every direction, because it must never cost the watching.

A line is at most 64 KiB, callers are at most 32, one that says nothing for a minute is let go. Garbage is answered with
one line and the end of the connection. Nobody is waited for: a caller who does not read what it asked for within ten
seconds is dropped, and so is one who watches and lets a mebibyte pile up beside the last picture.
"""

import asyncio
import json
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

import structlog

from fleetmon.clock import Clock
from fleetmon.errors import FleetmonError
from fleetmon.model.messages import Event, Json
from fleetmon.publish.envelope import rfc3339

LONGEST_LINE: Final = 64 * 1024
MOST_CALLERS: Final = 32
PILE: Final = 1024 * 1024
_IDLE_S: Final = 60.0
_READING_S: Final = 10.0
_FRESH_EVERY_S: Final = 1.0
_CREDENTIALS: Final = struct.Struct("3i")  # struct ucred of unix(7): pid, uid, gid

Ask: TypeAlias = Callable[[Mapping[str, Json], str], Awaitable[dict[str, Json]]]
"""Answers one request of somebody, given by user name. Raises Refused with the reason."""

log = structlog.get_logger("control")


class Refused(FleetmonError):
    """What was asked cannot be answered; the text is for the one who asked."""


class Control:
    """Answers at a listening socket. `asks` is what may be asked; `status` the picture that whoever watches is shown,
    at once, a second after anything changed, and at least every `refresh_s`."""

    def __init__(
        self,
        listening: socket.socket,
        path: Path,
        asks: Mapping[str, Ask],
        status: Callable[[], dict[str, Json]],
        clock: Clock,
        refresh_s: float = 5.0,
    ) -> None:
        self._listening = listening
        self._path = path
        self._inode = path.lstat().st_ino
        self._asks = asks
        self._status = status
        self._clock = clock
        self._refresh_s = max(_FRESH_EVERY_S, refresh_s)
        self._callers: set[asyncio.StreamWriter] = set()
        self._watching: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Event()
        self._picture_size = 0
        self.dropped = 0

    async def run(self) -> None:
        """Answer until cancelled; the socket's file is gone afterwards, unless it is somebody else's by now."""
        try:
            async with asyncio.TaskGroup() as tasks:
                server = await asyncio.start_unix_server(
                    lambda reader, writer: void(tasks.create_task(self._serve(reader, writer), name="control caller")),
                    sock=self._listening,
                    limit=LONGEST_LINE,
                )
                try:
                    await self._refresh()
                finally:
                    server.close()
        finally:
            self._listening.close()
            with suppress(OSError):
                if self._path.lstat().st_ino == self._inode:
                    self._path.unlink()

    def tell(self, event: Event) -> None:
        """Whoever watches hears of an event that is committed."""
        self._changed.set()
        told: dict[str, Json] = {
            "type": event.type, "subject": event.subject, "time": rfc3339(event.at.utc), "data": event.data
        }  # fmt: skip
        if self._watching:
            self._push(_line({"answer": "event", "data": told}))

    def change(self) -> None:
        """Something that the status shows may be different now."""
        self._changed.set()

    def _push(self, line: bytes, only_idle: bool = False) -> None:
        for writer in list(self._watching):
            piled = writer.transport.get_write_buffer_size()
            if piled > PILE + self._picture_size:  # of a thousand machines one picture alone is more
                self._drop(writer)
            elif not (only_idle and piled):
                writer.write(line)

    def _picture(self) -> bytes:
        line = _line({"answer": "status", "data": self._status()})
        self._picture_size = len(line)
        return line

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self.dropped += 1
        self._watching.discard(writer)
        writer.transport.abort()

    async def _refresh(self) -> None:
        """A fresh picture for those who have read the last one."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._refresh_s):
                    await self._changed.wait()
            self._changed.clear()
            if self._watching:
                self._push(self._picture(), only_idle=True)
            await self._clock.sleep(_FRESH_EVERY_S * self._clock.rate)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._callers) >= MOST_CALLERS:
            writer.write(_line({"error": f"{MOST_CALLERS} callers are here already; try again later"}))
            writer.close()
            return
        self._callers.add(writer)
        try:
            await self._converse(reader, writer, _who(writer))
        except OSError:  # gone, or too slow: TimeoutError is an OSError
            writer.transport.abort()
        finally:
            self._callers.discard(writer)
            self._watching.discard(writer)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, who: str) -> None:
        while request := await self._request(reader, writer):
            wanted = request.get("ask")
            if wanted == "watch":
                await self._watch(reader, writer)
                return
            ask = self._asks.get(wanted) if isinstance(wanted, str) else None
            if ask is None:
                known = ", ".join(sorted({*self._asks, "watch"}))
                await _send(writer, _line({"error": f"nobody can be asked that; there is {known}"}))
                return
            try:
                reply: dict[str, Json] = {"answer": wanted, "data": await ask(request, who)}
            except Refused as refused:
                reply = {"error": str(refused)}
            await _send(writer, _line(reply))

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> dict[str, Json]:
        """The next request; empty at the end, and after garbage has been answered."""
        request = None
        with suppress(ValueError, RecursionError):  # too long a line is a ValueError, and so is text that is no UTF-8
            async with asyncio.timeout(_IDLE_S):
                line = await reader.readline()
            if not line:
                return {}
            request = json.loads(line)
        if isinstance(request, dict) and request:
            return request
        await _send(writer, _line({"error": 'send one JSON object a line, as {"ask": "status"}'}))
        return {}

    async def _watch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _send(writer, self._picture())
        self._watching.add(writer)
        while await reader.read(LONGEST_LINE):  # a watcher has nothing more to say; the end is that it leaves
            continue


def void(_: object) -> None:
    """Let a result go."""


def _line(told: dict[str, Json]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode("ascii") + b"\n"


async def _send(writer: asyncio.StreamWriter, line: bytes) -> None:
    writer.write(line)
    async with asyncio.timeout(_READING_S):
        await writer.drain()


def _who(writer: asyncio.StreamWriter) -> str:
    """The user at the other end, by the kernel's word; the number of one that has no name here."""
    caller = writer.get_extra_info("socket")
    _, uid, _ = _CREDENTIALS.unpack(caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
