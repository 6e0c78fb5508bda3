"""The conversations on one port: one at a time, in the order in which they were wanted.

A line has no packets and most protocols no token, so an answer belongs to a question only by coming after it. Hence an
answer that did not come in time is *owed*, and as long as it may still come nobody on that port is asked anything; what
came meanwhile is thrown away. How long that is (`_OWED`) is a belief: a machine that was allowed two seconds and said
nothing within twice as much says nothing any more. Network connections are closed besides, which alone would be enough
where no device server keeps octets for whoever comes next. The waiting is done before the next question, so that it
costs nothing where the poll is over anyway.

What waited in the input before a question is no answer to it and is thrown away. After octets that were no frame the
line is left alone for as long as the machine might have spoken, and must be quiet then; so must a new connection.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Final

from fleetmon.clock import wire_pause
from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.links.serial.port import LineSettings, Port, PortSettings
from fleetmon.model.words import Silence

OPEN_S: Final = 3.0
_OWED: Final = 2.0  # times the time a machine was given
_QUIET_S: Final = 0.1
_QUIET_OCTETS: Final = 20
_NOISY_S: Final = 2.0


class Bus:
    """One port, and who may speak on it."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self._turn = asyncio.Lock()
        self._line: LineSettings | None = None
        self._spoke_s = -math.inf
        self._owed_until_s = math.ulp(0.0)  # who asked before us is not known

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have the port alone, after all who wanted that before and when nothing is owed to any of them."""
        async with self._turn:
            await self._let_pass()
            yield

    async def exchange(self, ask: Ask, settings: PortSettings) -> Answer:
        """Ask once; for whoever has the turn. Raises LinkError, GarbledReply."""
        if settings.timeout_s is not None:
            ask = replace(ask, timeout_s=settings.timeout_s)
        try:
            await self._ready(settings)
            answer = await self._asked(ask)
        except (LinkError, asyncio.CancelledError):
            self.hang_up()
            raise
        if settings.connect == "each-request" or ask.close or ask.cut.half_closes:
            self.hang_up()
        return answer

    def hang_up(self) -> None:
        """Leave a network connection to others; a device stays open."""
        if self.port.is_network:
            self.port.close()

    def close(self) -> None:
        """Give the port back."""
        self.port.close()

    async def _let_pass(self) -> None:
        """Wait for what is owed to come or not to come."""
        await wire_pause(self._owed_until_s - _now_s())

    async def _ready(self, settings: PortSettings) -> None:
        """An open port, set as this machine wants it, from which nothing can come but the answer to come."""
        await self._let_pass()
        restless = await self._opened(settings.line)
        if self._owed_until_s:
            quiet_s, patience_s = max(_QUIET_S, _QUIET_OCTETS * settings.octet_s), _NOISY_S
            while restless and patience_s > 0:  # who never falls silent is asked all the same
                await wire_pause(quiet_s)
                restless, patience_s = self.port.drain() > 0, patience_s - quiet_s
            self._owed_until_s = 0.0
        await wire_pause(self._spoke_s + settings.pause_s - _now_s())

    async def _opened(self, line: LineSettings) -> bool:
        """Whether octets may be on their way: some came, or a device server may still hand over what it kept. What was
        unplugged and plugged in again is opened anew."""
        if self._line != line and self.port.has_line:
            self.port.close()
        if self.port.is_open:
            with suppress(LinkError):
                return self.port.drain() > 0
        await self.port.open(line, OPEN_S)
        self._line = line
        return self.port.drain() > 0 or self.port.is_network

    async def _asked(self, ask: Ask) -> Answer:
        gathering, asked_s = Gathering(ask), _now_s()
        self._owed_until_s = asked_s + _OWED * ask.timeout_s
        try:
            async with asyncio.timeout(ask.timeout_s):
                await self.port.write(ask.octets)
                if ask.cut.half_closes:
                    self.port.half_close()
                answer = await self._gathered(gathering)
        except TimeoutError:
            return self._silent(ask, gathering)
        except LinkError as error:
            if isinstance(error, GarbledReply):  # it does speak: what else it says comes in the time it is given
                self._owed_until_s = max(asked_s + ask.timeout_s, _now_s() + _QUIET_S)
            elif error.why is Silence.BUSY:  # the question never came to the machine
                self._owed_until_s = _now_s()
            error.came = error.came or gathering.octets
            raise
        finally:
            self._spoke_s = _now_s()
        self._owed_until_s = 0.0
        return answer

    async def _gathered(self, gathering: Gathering) -> Answer:
        while True:
            try:
                async with asyncio.timeout(gathering.quiet_s):
                    octets = await self.port.read()
            except TimeoutError:
                return gathering.end()
            if not octets and gathering.octets:
                return gathering.end()
            if not octets:
                text = (
                    "hung up instead of answering: if it does so after each answer, its driver has to say so (connect)"
                )
                raise LinkError(f"{self.port} {text}", Silence.PORT_GONE)
            if (answer := gathering.feed(octets)) is not None:
                return answer

    def _silent(self, ask: Ask, gathering: Gathering) -> Answer:
        """Nobody answered in time, which may be an answer; what came all the same is none."""
        if ask.silence_ok and gathering.silent:
            self.hang_up()
            return Answer(b"", ())
        overdue = gathering.overdue()
        overdue.came = gathering.octets
        raise overdue


def _now_s() -> float:
    return asyncio.get_running_loop().time()
