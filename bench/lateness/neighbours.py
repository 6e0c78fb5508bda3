"""Machines that misbehave: sockets that nobody reads, and agents that answer when nobody waits any more."""

import asyncio
import socket
from collections.abc import Iterable

UNREAD_PORT, SLOW_PORT = 1162, 1163
SLOW_S = 4.9


def unread(addresses: Iterable[str]) -> list[socket.socket]:
    """A bound socket for each machine: requests vanish in it, and no ICMP tells."""
    return [_bound(address) for address in addresses]


def _bound(address: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, UNREAD_PORT))
    return sock


class _Face(asyncio.DatagramProtocol):
    """What the daemon sees of a slow machine; it asks the agent for the answer, and keeps it for a while."""

    def __init__(self, agent_side: asyncio.DatagramTransport) -> None:
        self.agent_side = agent_side
        self.asker: tuple[str, int] | None = None
        self.transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """The daemon asks, always from the same socket."""
        self.asker = addr
        self.agent_side.sendto(data)

    def answered(self, data: bytes) -> None:
        """The agent has said it at once; the machine says it now."""
        assert self.transport is not None
        if not self.transport.is_closing():
            self.transport.sendto(data, self.asker)


class _Back(asyncio.DatagramProtocol):
    """The agent's side of a slow machine."""

    def __init__(self) -> None:
        self.face: _Face | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hold the answer back."""
        assert self.face is not None
        asyncio.get_running_loop().call_later(SLOW_S, self.face.answered, data)


async def slow(addresses: Iterable[str], agent: tuple[str, int]) -> list[asyncio.DatagramTransport]:
    """For each machine one that takes 4.9 s for every answer, which the agent knows."""
    loop, faces = asyncio.get_running_loop(), []
    for address in addresses:
        back = _Back()
        agent_side, _ = await loop.create_datagram_endpoint(lambda each=back: each, remote_addr=agent)
        face = back.face = _Face(agent_side)
        face.transport, _ = await loop.create_datagram_endpoint(lambda each=face: each, local_addr=(address, SLOW_PORT))
        faces += [agent_side, face.transport]
    return faces
