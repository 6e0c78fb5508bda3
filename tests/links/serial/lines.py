"""Lines to talk over: ptys and TCP ports whose other end a test holds, and requests to send there."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from fleetmon.decode.dialogue import Ask
from fleetmon.decode.framing.framed import Framed
from fleetmon.definition.framing import Delimited, UntilClose, UntilQuiet
from fleetmon.errors import LinkError
from fleetmon.links.opening import open_line
from fleetmon.links.serial.link import SerialLink
from fleetmon.links.serial.ports import Ports, PortSettings
from fleetmon.model.address import Address

PATIENCE_S = 5.0
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def asking(octets: bytes = b"?\r", timeout_s: float = PATIENCE_S, **more: object) -> Ask:
    """A question that is answered by a line."""
    return Ask(octets, Framed(Delimited(end=b"\r")), timeout_s, **more)  # type: ignore[arg-type]


UNTIL_CLOSE = Framed(UntilClose(kind="until-close"))
UNTIL_QUIET = Framed(UntilQuiet(kind="until-quiet", quiet=0.1))


def link_to(url: str, ports: Ports | None = None, **settings: object) -> SerialLink:
    """A link as the daemon opens it."""
    link = open_line(Address.parse(url), PortSettings(**settings), ports or Ports())  # type: ignore[arg-type]
    assert isinstance(link, SerialLink)
    return link


async def failure(link: SerialLink, ask: Ask) -> LinkError:
    """What went wrong."""
    try:
        answer = await link.ask(ask)
    except LinkError as error:
        return error
    raise AssertionError(f"it was answered: {answer}")


async def until(true: Callable[[], bool]) -> None:
    """Wait until something holds, but not for ever."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - what is looked at tells nobody when it changes
            await asyncio.sleep(0.001)


@asynccontextmanager
async def tcp(serve: Serve, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """Somebody on a TCP port who does as told with every client; yields the URL."""
    writers: list[asyncio.StreamWriter] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client was gone first
        finally:
            writer.close()

    server = await asyncio.start_server(meet, host, port)
    try:
        yield f"tcp://{f'[{host}]' if ':' in host else host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        await server.wait_closed()


class Pty:
    """A serial port, and its other end in the hands of a test."""

    def __init__(self, link: Path | None = None) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self.master, False)
        self.path = os.ttyname(slave)
        self._slave = slave
        if link is not None:
            link.unlink(missing_ok=True)
            link.symlink_to(self.path)
            self.path = str(link)

    @property
    def url(self) -> str:
        return f"serial://{self.path}"

    def say(self, octets: bytes) -> None:
        os.write(self.master, octets)

    async def hear(self, end: bytes = b"\r") -> bytes:
        """What the client sends, up to and with `end`."""
        heard = b""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE_S):
            while not heard.endswith(end):
                ready = loop.create_future()
                loop.add_reader(self.master, lambda ready=ready: ready.done() or ready.set_result(None))
                try:
                    await ready
                finally:
                    if self.master >= 0:
                        loop.remove_reader(self.master)
                heard += os.read(self.master, 4096)
        return heard

    def unplug(self) -> None:
        """Both ends are gone, as when an adapter is pulled."""
        asyncio.get_running_loop().remove_reader(self.master)
        for each in (self.master, self._slave):
            os.close(each)
        self.master = self._slave = -1


@contextmanager
def pty(link: Path | None = None) -> Iterator[Pty]:
    """A serial port for as long as the block lasts."""
    made = Pty(link)
    try:
        yield made
    finally:
        if made.master >= 0:
            made.unplug()
