"""A control socket of its own for each test, and callers who speak to it line by line."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleetmon.clock import Clock
from fleetmon.control import Ask, Control, Refused, listen
from fleetmon.model.messages import Json

DEADLINE_S = 10.0


@dataclass
class Caller:
    """One connection to the socket."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def says(self, line: bytes) -> None:
        self.writer.write(line)

    def asks(self, **request: object) -> None:
        self.says(json.dumps(request).encode() + b"\n")

    async def hears(self) -> dict[str, object]:
        """The next line; empty once the daemon has closed the connection."""
        async with asyncio.timeout(DEADLINE_S):
            try:
                line = await self.reader.readline()
            except ConnectionError:
                line = b""
        told = json.loads(line) if line else {}
        assert isinstance(told, dict)
        return told

    def leaves(self) -> None:
        self.writer.transport.abort()


@dataclass
class Door:
    """A running control socket, with answers of the test's own."""

    path: Path
    status: dict[str, Json] = field(default_factory=lambda: {"number": 0})
    callers: list[Caller] = field(default_factory=list)
    control: Control | None = None
    task: "asyncio.Task[None] | None" = None

    async def _echo(self, request: Mapping[str, Json], who: str) -> dict[str, Json]:
        if request.get("refuse"):
            raise Refused("not today")
        return {"who": who, "said": request.get("say")}

    def opens(self) -> Control:
        asks: dict[str, Ask] = {"echo": self._echo}
        self.control = Control(listen(self.path), self.path, asks, lambda: self.status, Clock(), refresh_s=60.0)
        self.task = asyncio.create_task(self.control.run())
        return self.control

    async def calls(self) -> Caller:
        caller = Caller(*await asyncio.open_unix_connection(str(self.path), limit=2**22))
        self.callers.append(caller)
        return caller

    async def closes(self) -> None:
        for caller in self.callers:
            caller.leaves()
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    """A control socket that answers "echo"."""
    door = Door(tmp_path / "control.sock")
    door.opens()
    yield door
    await door.closes()
