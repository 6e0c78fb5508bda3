"""Links that remember: whoever asks over them is answered as without them, and a recorder is told what was said."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from fleetmon.clock import Clock
from fleetmon.decode.dialogue import Answer, Ask, Reply, Request
from fleetmon.errors import LinkError
from fleetmon.lab.records.said import Exchanged, Poll, Said
from fleetmon.links.base import LineLink, Link, Partner, Sharing, Sparing
from fleetmon.model.report import At, NoAnswer


class Remembering(Protocol):
    """What a recorder needs of them. `link` is the one that is asked in truth, times are seconds since `began`."""

    @property
    def link(self) -> Partner[Any, Any]:
        """The link that is listened to."""
        ...

    @property
    def began(self) -> At:
        """When the recording began."""
        ...

    def take(self, number: int, ended: float, failed: NoAnswer | None) -> Poll:
        """What was said since the last time, as the poll that has just ended."""
        ...


@dataclass(slots=True)
class RecordingLink:
    """A Link that remembers."""

    link: Link
    clock: Clock
    began: At
    _said: list[Said] = field(default_factory=list)

    async def ask(self, request: Request) -> Reply:
        """As Link."""
        asked = self.clock.now()
        try:
            reply = await self.link.ask(request)
        except LinkError as error:
            self._remember(asked, request, NoAnswer(error.why, str(error)))
            raise
        self._remember(asked, request, reply)
        return reply

    def _remember(self, asked: At, request: Request, heard: Reply | NoAnswer) -> None:
        took = self.clock.now().since(asked)
        self._said.append(Said(asked.since(self.began), took, request, heard))

    async def close(self) -> None:
        """As Link."""
        await self.link.close()

    def spare(self, objects: int) -> None:
        """As Sparing."""
        if isinstance(self.link, Sparing):
            self.link.spare(objects)

    def take(self, number: int, ended: float, failed: NoAnswer | None) -> Poll:
        """As Remembering."""
        said, self._said = tuple(self._said), []
        return Poll(number, said, ended, failed)


@dataclass(slots=True)
class RecordingLine:
    """The same on a line of bytes: what came is remembered whole, be it an answer or not."""

    link: LineLink
    clock: Clock
    began: At
    _spoken: list[Exchanged] = field(default_factory=list)

    async def ask(self, request: Ask) -> Answer:
        """As LineLink."""
        asked = self.clock.now()
        try:
            answer = await self.link.ask(request)
        except LinkError as error:
            self._remember(asked, request, error.came, NoAnswer(error.why, str(error)))
            raise
        self._remember(asked, request, answer.octets)
        return answer

    def _remember(self, asked: At, request: Ask, came: bytes, failed: NoAnswer | None = None) -> None:
        took = self.clock.now().since(asked)
        self._spoken.append(Exchanged(asked.since(self.began), took, request.octets, came, failed))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """As links that share a port have it."""
        if not isinstance(self.link, Sharing):
            yield
            return
        async with self.link.turn():
            yield

    async def close(self) -> None:
        """As LineLink."""
        await self.link.close()

    def take(self, number: int, ended: float, failed: NoAnswer | None) -> Poll:
        """As Remembering."""
        spoken, self._spoken = tuple(self._spoken), []
        return Poll(number, (), ended, failed, spoken)
