"""A machine behind a TCP port, and what becomes of a second client."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable

import pytest
from fleetmon.simulators.byte_agent import open_outlet
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.wires.conversation import Voice
from fleetmon.simulators.wires.delivery import Delivery
from fleetmon.simulators.wires.outlet import Outlet, Reach

Talk = Callable[..., Awaitable[bytes]]

SECOND_LINE = b"\x021234,0\x03\r\n"  # the last of the three strings of ~HS


async def _connect(reach: Reach) -> tuple[StreamReader, StreamWriter]:
    return await asyncio.open_connection(reach.host, reach.port)


async def _identity(reader: StreamReader, writer: StreamWriter) -> bytes:
    writer.write(b"~HI")
    return await asyncio.wait_for(reader.readuntil(b"\n"), 5)


async def test_pyserial_talks_to_it(zebra: Machine, talk: Talk, served: Callable) -> None:
    """`socket://` clients come one after the other."""
    async with served(zebra, "tcp") as [reach]:
        for _ in range(3):
            assert (await talk(reach.url, b"~HS", end=SECOND_LINE)).count(b"\x02") == 3


async def test_a_second_client_waits_until_the_first_has_gone(zebra: Machine, served: Callable) -> None:
    """What it asked meanwhile is answered then, and only then."""
    async with served(zebra, "tcp:0:held") as [reach]:
        first, second = await _connect(reach), await _connect(reach)
        second[1].write(b"~HI")
        assert b"ZT410" in await _identity(*first)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(second[0].read(1), 0.2)
        first[1].close()
        assert b"ZT410" in await asyncio.wait_for(second[0].readuntil(b"\n"), 5)
        second[1].close()


async def test_a_second_client_is_refused(zebra: Machine, served: Callable) -> None:
    """It is reset; when the first has gone the next is welcome."""
    async with served(zebra, "tcp:0:refused") as [reach]:
        first, second = await _connect(reach), await _connect(reach)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await _identity(*second)
        assert b"ZT410" in await _identity(*first)
        first[1].close()
        await first[1].wait_closed()
        for _ in range(100):
            third = await _connect(reach)
            try:
                assert b"ZT410" in await _identity(*third)
                break
            except (ConnectionResetError, asyncio.IncompleteReadError):
                third[1].close()
        else:
            raise AssertionError("nobody was served any more")
        third[1].close()
        second[1].close()


async def test_several_clients_share_a_printer_with_room_for_them(zebra: Machine, served: Callable) -> None:
    """Each gets the answers to its own questions."""
    async with served(zebra, "tcp:0:shared") as [reach]:
        clients = [await _connect(reach) for _ in range(5)]
        for reader, writer in clients:
            assert await _identity(reader, writer) == b"\x02ZT410-200dpi,V75.19.15Z,8,4096KB\x03\r\n"
            writer.close()


async def test_what_one_client_began_is_not_taken_for_another_s(zebra: Machine, served: Callable) -> None:
    """Two clients whose octets arrive by turns are understood both."""
    async with served(zebra, "tcp:0:shared") as [reach]:
        one, other = await _connect(reach), await _connect(reach)
        one[1].write(b"~H")
        assert await _identity(*other) == b"\x02ZT410-200dpi,V75.19.15Z,8,4096KB\x03\r\n"
        one[1].write(b"I")
        assert b"ZT410" in await asyncio.wait_for(one[0].readuntil(b"\n"), 5)
        one[1].close()
        other[1].close()


async def test_a_client_that_closes_its_side_is_answered(zebra: Machine, served: Callable) -> None:
    """Ask, half-close, read to the end."""
    async with served(zebra, "tcp") as [reach]:
        reader, writer = await _connect(reach)
        writer.write(b"~HI")
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5) == b"\x02ZT410-200dpi,V75.19.15Z,8,4096KB\x03\r\n"
        writer.close()


async def test_a_flood_of_noise_harms_nobody(zebra: Machine, served: Callable) -> None:
    """A megabyte of anything but commands, then a question: it is answered."""
    async with served(zebra, "tcp") as [reach]:
        reader, writer = await _connect(reach)
        for _ in range(16):
            writer.write(bytes(range(256)) * 256)
            await asyncio.wait_for(writer.drain(), 10)
        assert b"ZT410" in await _identity(reader, writer)
        writer.close()


class Farewell:
    """Hangs up whatever it is told."""

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        return [Delivery(0, b"bye", hang_up=True)] if octets else []


async def test_a_machine_may_hang_up(zebra: Machine) -> None:
    """The client gets the last octets and then the end."""
    assert zebra.sheet.speaks is not None
    async with open_outlet(Voice(Farewell(), zebra.sheet.speaks.line, lambda: 0.0), Outlet()) as reach:
        reader, writer = await _connect(reach)
        writer.write(b"?")
        assert await asyncio.wait_for(reader.read(), 5) == b"bye"
        writer.close()


async def test_a_port_that_is_taken_is_named(zebra: Machine, served: Callable) -> None:
    """One line with address, port and reason."""
    async with served(zebra, "tcp") as [reach]:
        with pytest.raises(OSError, match=f"127.0.0.1 port {reach.port}: "):
            async with served(zebra, f"tcp:{reach.port}"):
                raise AssertionError("two have one port")


async def test_nobody_is_left_behind(zebra: Machine, served: Callable) -> None:
    """When the machine goes its clients are told, those that waited too."""
    async with served(zebra, "tcp") as [reach]:
        first, second = await _connect(reach), await _connect(reach)
        assert b"ZT410" in await _identity(*first)
    for reader, writer in (first, second):
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.readexactly(1), 5)
        writer.close()
