"""The conversations on one port: one at a time, in the order in which they were wanted.

A line has no packets and most protocols no token, so an answer belongs to a question only by coming after it. Hence an
answer that did not come in time is *owed*, and as long as it may still come nobody is asked anything: octets that
arrive meanwhile are thrown away. How long that is (`_OWED`) is a belief: a machine that was allowed two seconds and
said nothing within twice as much says nothing any more. A machine that proves it wrong is believed from then on: how
late it was is remembered for the port, and after the next silence that long is waited. Network connections are closed
besides, which alone would be enough where no device server keeps octets for whoever comes next. The waiting is done
before the next question, so that it costs nothing where the poll is over anyway.

What waited in the input before a question is no answer to it and is thrown away. After octets that were no frame, too,
the line is listened to for as long as the machine might have spoken.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.links.serial.port import LineSettings, Port, PortSettings
from fleetmon.model.words import Silence

if TYPE_CHECKING:
    from fleetmon.decode.framing.gathering import Gathering

OPEN_S: Final = 3.0
_OWED: Final = 2.0  # times the time a machine was given
_LATEST_S: Final = 30.0
_QUIET_S: Final = 0.1
_QUIET_OCTETS: Final = 20
_NOISY_S: Final = 2.0


class Bus:
    """One port, and who may speak on it."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self._turn = asyncio.Lock()
        self._line: LineSettings | None = None
        self._asked_s = self._owed_until_s = self._last_s = 0.0
        self._late_s = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have the port alone, after all who wanted that before."""
        async with self._turn:
            yield

    async def exchange(self, ask: Ask, settings: PortSettings) -> Answer:
        """Ask once; for whoever has the turn. Raises LinkError, GarbledReply."""
        timeout_s = settings.timeout_s or ask.timeout_s
        try:
            await self._ready(settings)
            answer = await self._asked(ask, timeout_s)
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

    async def _ready(self, settings: PortSettings) -> None:
        """An open port, set as this machine wants it, from which nothing can come but the answer to come."""
        stale = await self._opened(settings.line)
        now_s = _now_s()
        if stale and self._asked_s < self._owed_until_s <= now_s:
            self._is_late(now_s)
        await self._settle(max(_QUIET_S, _QUIET_OCTETS * settings.octet_s))
        if (wait_s := self._last_s + settings.pause_s - _now_s()) > 0:
            await asyncio.sleep(wait_s)

    async def _opened(self, line: LineSettings) -> int:
        """How many stale octets were thrown away. A device that was unplugged and plugged in again is opened anew."""
        if self._line != line and not self.port.is_network:
            self.port.close()
        if self.port.is_open:
            with suppress(LinkError):
                return self.port.drain()
        await self.port.open(line, OPEN_S)
        self._line = line
        return self.port.drain()

    async def _settle(self, quiet_s: float) -> None:
        """Throw away what comes as long as something is owed; who never falls silent is asked all the same."""
        give_up_s = max(self._owed_until_s, _now_s()) + _NOISY_S
        while (left_s := min(self._owed_until_s, give_up_s) - _now_s()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    if not await self.port.read():
                        raise LinkError(f"{self.port} hung up", Silence.PORT_GONE)
            except TimeoutError:
                break
            now_s = _now_s()
            self._is_late(now_s)
            self._owed_until_s = max(self._owed_until_s, now_s + quiet_s)
        self._owed_until_s = 0.0

    async def _asked(self, ask: Ask, timeout_s: float) -> Answer:
        from fleetmon.decode.framing.gathering import Gathering

        gathering = Gathering(ask)
        self._asked_s = _now_s()
        self._owed_until_s = self._asked_s + max(_OWED * timeout_s, 1.25 * self._late_s)
        try:
            async with asyncio.timeout(timeout_s):
                await self.port.write(ask.octets)
                if ask.cut.half_closes:
                    self.port.half_close()
                answer = await self._gathered(gathering)
        except TimeoutError:
            return self._silent(ask, gathering.octets, timeout_s)
        except GarbledReply:  # it does speak: what else it has to say comes in the time it is given
            self._owed_until_s = max(self._asked_s + timeout_s, _now_s() + _QUIET_S)
            raise
        finally:
            self._last_s = _now_s()
        self._owed_until_s = 0.0
        return answer

    async def _gathered(self, gathering: "Gathering") -> Answer:
        while True:
            try:
                async with asyncio.timeout(gathering.quiet_s if gathering.octets else None):
                    octets = await self.port.read()
            except TimeoutError:
                return gathering.end()
            if not octets:
                return self._hung_up(gathering)
            if (answer := gathering.feed(octets)) is not None:
                return answer

    def _hung_up(self, gathering: "Gathering") -> Answer:
        if gathering.octets:
            return gathering.end()
        raise LinkError(f"{self.port} hung up instead of answering", Silence.PORT_GONE)

    def _silent(self, ask: Ask, came: bytes, timeout_s: float) -> Answer:
        if came:
            raise GarbledReply(f"{self.port}: an answer of {len(came)} octets broke off within {timeout_s:g} s", came)
        if ask.silence_ok:
            self.hang_up()
            return Answer(b"", ())
        raise LinkError(f"{self.port}: no answer within {timeout_s:g} s", Silence.TIMEOUT)

    def _is_late(self, now_s: float) -> None:
        self._late_s = max(self._late_s, min(now_s - self._asked_s, _LATEST_S))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
