"""One machine on a line of bytes, as its poller sees it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.links.serial.bus import Bus
from fleetmon.links.serial.port import PortSettings


class SerialLink:
    """Asks one machine over a port that it may share with others."""

    def __init__(self, bus: Bus, settings: PortSettings, release: Callable[[], None]) -> None:
        self._bus = bus
        self._settings = settings
        self._release: Callable[[], None] | None = release
        self._has_turn = False

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Keep the port for several requests in a row; whoever else wants it waits, and so do we for them."""
        async with self._bus.turn():
            self._has_turn = True
            try:
                yield
            finally:
                self._has_turn = False
                if self._settings.connect != "keep":
                    self._bus.hang_up()

    async def ask(self, request: Ask) -> Answer:
        """The answer. LinkError with TIMEOUT (mute), REFUSED, BUSY, PORT_GONE, UNAUTHORISED; GarbledReply.

        Asked outside a turn it takes one for this request alone.
        """
        if self._has_turn:
            return await self._bus.exchange(request, self._settings)
        async with self._bus.turn():
            return await self._bus.exchange(request, self._settings)

    async def close(self) -> None:
        """Leave the port; it is closed if nobody else has a machine on it."""
        release, self._release = self._release, None
        if release is not None:
            release()
