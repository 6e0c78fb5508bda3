"""Whoever calls is asked: who sent a datagram counts, what is in it does not, and how many there are costs nothing."""

import asyncio
import os
import socket

import pytest

from fleetmon.errors import LinkError
from fleetmon.links.host import Host, plain
from fleetmon.links.traps import TrapSocket, bound


class Calls:
    """Notes from which addresses calls came; `known` is what it answers."""

    def __init__(self, known: bool = True) -> None:
        self.known = known
        self.called: list[str] = []
        self._came = asyncio.Event()

    def hasten(self, address: str) -> bool:
        """What a trap socket is given."""
        self.called.append(address)
        self._came.set()
        return self.known

    async def reach(self, count: int) -> None:
        """Return once there were so many; the test fails if that takes 5 s."""
        async with asyncio.timeout(5):
            while len(self.called) < count:
                self._came.clear()
                await self._came.wait()


def sender(address: str = "127.0.0.1") -> socket.socket:
    """A machine at this address."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 0))
    return sock


async def test_any_datagram_of_a_known_address_hastens() -> None:
    """A trap, a word, rubbish, 8 KiB or nothing at all: each calls once, with the address it came from."""
    calls = Calls()
    with bound("127.0.0.1", 0) as sock, sender("127.0.0.7") as machine:
        traps = TrapSocket([sock], calls.hasten)
        for content in (b"0\x82trap", b"hello", os.urandom(100), os.urandom(8192), b""):
            machine.sendto(content, sock.getsockname())
        await calls.reach(5)
        traps.close()
    assert calls.called == ["127.0.0.7"] * 5
    assert (traps.heard, traps.strangers) == (5, 0)


async def test_strangers_are_counted_and_nothing_else() -> None:
    """The one who asks whether somebody is known says no: no more happens."""
    calls = Calls(known=False)
    with bound("127.0.0.1", 0) as sock, sender() as stranger:
        traps = TrapSocket([sock], calls.hasten)
        for _ in range(3):
            stranger.sendto(b"x", sock.getsockname())
        await calls.reach(3)
        traps.close()
    assert (traps.heard, traps.strangers) == (0, 3)


async def test_a_flood_is_looked_at_in_small_sips() -> None:
    """20 000 datagrams as fast as they can be sent: few are looked at, and who calls afterwards is heard."""
    loop, calls = asyncio.get_running_loop(), Calls()
    with bound("127.0.0.1", 0) as sock, sender() as machine:
        traps = TrapSocket([sock], calls.hasten)
        begun = loop.time()
        for _ in range(20):
            for _ in range(1000):
                machine.sendto(b"x" * 100, sock.getsockname())
            await asyncio.sleep(0)
        assert traps.heard <= 64 * ((loop.time() - begun) / 0.05 + 1)
        await calls.reach(traps.heard + 1)
        traps.close()


async def test_a_closed_socket_gives_its_port_back() -> None:
    """Closed while it listens and while it pauses; the port is free afterwards."""
    for pauses in (False, True):
        calls, sock = Calls(), bound("127.0.0.1", 0)
        port = sock.getsockname()[1]
        traps = TrapSocket([sock], calls.hasten)
        if pauses:
            with sender() as machine:
                machine.sendto(b"x", ("127.0.0.1", port))
            await calls.reach(1)
        traps.close()
        bound("127.0.0.1", port).close()


def test_a_port_that_is_taken_is_said_with_its_remedy() -> None:
    """Port, reason and where to look: a LinkError that the daemon makes one line of."""
    with bound("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
        with pytest.raises(LinkError, match=rf"127.0.0.1 port {port}: Address already in use; another program has it"):
            bound("127.0.0.1", port)


def test_an_address_of_another_computer_cannot_be_listened_at() -> None:
    """A LinkError again, not a crash."""
    with pytest.raises(LinkError, match=r"traps cannot be awaited at 192\.0\.2\.1 port 1162"):
        bound("192.0.2.1", 1162)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
    ],
)
def test_an_address_has_one_spelling(address: str, expected: str) -> None:
    """However a socket or a settings file writes it, the same machine is meant."""
    assert plain(address) == expected


async def test_a_host_knows_its_addresses_once_they_are_found() -> None:
    """A literal from the start, a name once it was looked up."""
    assert Host("::1", 161).addresses == {"::1"}
    named = Host("localhost", 161)
    assert named.addresses == frozenset()
    await named.endpoint(5)
    assert named.addresses & {"127.0.0.1", "::1"}
