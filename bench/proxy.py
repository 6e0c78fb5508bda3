"""A network between two processes that can be as bad as any: delay, stalls, black holes, resets, half-open connections.

A TCP proxy in one event loop. `weather` holds for all connections and may be changed at any time; bytes already on
their way keep the delay they left with, so a round trip of 300 ms still carries a whole window at once. A black hole
holds bytes back in both directions, as a network does whose two ends go on re-sending: when it ends, either they
arrive after all or somebody has given up meanwhile.

    async with Proxy(1883, Weather(delay_s=0.15)) as network:
        ... connect to network.port: 300 ms of round trip ...
        network.weather = Weather(hole=True)
        network.reset()
"""

import asyncio
import random
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

_IN_FLIGHT = 256  # pieces per direction: beyond it the sender feels back-pressure
_PIECE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to bytes in one direction: `delay_s` is half a round trip; a share `stall` of all pieces stalls."""

    delay_s: float = 0.0
    jitter_s: float = 0.0
    stall: float = 0.0
    stall_s: float = 0.0
    bytes_per_s: float = float("inf")
    hole: bool = False


@dataclass(eq=False)
class _Pair:
    """One connection: the side of who connected, and our own to the target."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    cut: bool = False  # half-open: nothing passes any more and nobody is told


class Proxy:
    """Listens on a free port of 127.0.0.1 and passes everything on to `target`; `accepted` counts connections."""

    def __init__(self, target: int, weather: Weather | None = None, *, port: int = 0, seed: int = 0) -> None:
        self.port = port
        self.accepted = 0
        self._target = target
        self._weather = weather or Weather()
        self._fair = asyncio.Event()
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._chance = random.Random(seed)

    @property
    def weather(self) -> Weather:
        """What holds now; assign another to change it."""
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self._weather = weather
        if weather.hole:
            self._fair.clear()
        else:
            self._fair.set()

    async def __aenter__(self) -> Self:
        self.weather = self._weather
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reset(self) -> None:
        """Answer every connection with RST, to both sides (SO_LINGER 0, socket(7))."""
        for pair in list(self._pairs):
            for side in (pair.near, pair.far):
                sock = side.get_extra_info("socket")
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                side.transport.abort()

    def cut(self, *, far: bool = True) -> None:
        """Leave every connection half-open: the target hears that it is closed (unless not `far`), who connected not.

        New connections pass.
        """
        for pair in self._pairs:
            pair.cut = True
            if far:
                pair.far.transport.abort()

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._pairs)

    def _accept(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.create_task(self._connect(reader, near))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        try:
            await self._fair.wait()
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            near.transport.abort()
            return
        except asyncio.CancelledError:
            near.transport.abort()
            raise
        await self._join(_Pair(near, far), reader, far_reader)

    async def _join(self, pair: _Pair, near: asyncio.StreamReader, far: asyncio.StreamReader) -> None:
        self._pairs.add(pair)
        ways = [
            asyncio.create_task(self._carry(near, pair.far, pair)),
            asyncio.create_task(self._carry(far, pair.near, pair)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if pair.cut:
                await ways[0]  # half-open: until who connected gives up
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._pairs.discard(pair)
            for side in (pair.near, pair.far):
                side.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, pair: _Pair) -> None:
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_IN_FLIGHT)
        delivering = asyncio.create_task(self._deliver(on_its_way, sink, pair))
        loop, free = asyncio.get_running_loop(), 0.0
        try:
            with suppress(ConnectionError):
                while piece := await source.read(_PIECE):
                    free = max(free, loop.time()) + len(piece) / self._weather.bytes_per_s
                    await on_its_way.put((free + self._lag(), piece))
            if not pair.cut:
                await on_its_way.join()
        finally:
            delivering.cancel()

    def _lag(self) -> float:
        weather = self._weather
        stalled = weather.stall_s if self._chance.random() < weather.stall else 0.0
        return weather.delay_s + self._chance.uniform(0.0, weather.jitter_s) + stalled

    async def _deliver(
        self, on_its_way: "asyncio.Queue[tuple[float, bytes]]", sink: asyncio.StreamWriter, pair: _Pair
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, piece = await on_its_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self._fair.wait()
            if not pair.cut:
                with suppress(ConnectionError):
                    sink.write(piece)
                    await sink.drain()
            on_its_way.task_done()
