"""SNMP on the wire: one agent on one UDP socket, over anything that can list its rows.

Versions 1 and 2c are read and written by messages.py. Version 3, where encryption and clocks are pysnmp's business,
takes an engine of 50 ms and 1.6 MB, so one is made only for a machine that is spoken to in it (wire_v3.py). Either way
rows.answer decides what is answered.

An agent that does not like a message (unknown community, a version it does not speak, garbage) says nothing, like a
real one. What it does say leaves as deliveries, so that a fault of the line can be put in between.
"""

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, cast

from fleetmon.simulators.sheets.parts import User
from fleetmon.simulators.wires.delivery import Delivery, Vice

from . import ber
from .messages import read_request, response, version_of
from .rows import Rows, Source, Version, answer
from .traps import Calls

if TYPE_CHECKING:
    from .wire_v3 import SecureAgent

Address = tuple[Any, ...]


class Endpoint(asyncio.DatagramProtocol):
    """One machine's agent on its own port; `clock` gives the moment in the machine's own time.

    `vice` is what the line does to everything the agent sends; `calls` are the traps it sends when `call` is called.
    """

    def __init__(
        self,
        source: Source,
        users: Sequence[User],
        clock: Callable[[], float],
        *,
        vice: Vice | None = None,
        calls: Calls | None = None,
    ) -> None:
        self._source = source
        self._clock = clock
        self._vice = vice
        self._calls = calls
        self._secure = _speaker_of_version_3(users) if users else None
        self._engine: SecureAgent | None = None
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        version = version_of(data)
        if version is None or version not in self._source.versions:
            return
        rows = self._source.rows(self._clock())
        if rows is None:
            return
        if version is Version.V3:
            self._hear_secure(data, addr, rows)
        elif reply := _reply(data, rows, version, self._source.communities):
            self._send(reply, addr)

    def call(self) -> None:
        """Send the traps that are due now."""
        if self._calls is None or self._transport is None:
            return
        host = ip_address(self._transport.get_extra_info("sockname")[0])
        for trap in self._calls.due(self._clock(), host.packed if host.version == 4 else bytes(4)):
            for destination in self._calls.to.addresses:
                self._send(trap, destination)

    def _hear_secure(self, data: bytes, addr: Address, rows: Rows) -> None:
        """An engine belongs to one run of a machine: after a reboot it counts one more and its clock is at nought."""
        if self._secure is None:
            return
        if self._engine is None or self._engine.boots != self._source.boots:
            self._engine = self._secure(self._source.name, self._source.boots, self._send)
        self._engine.hear(data, addr, rows)

    def _send(self, data: bytes, addr: Address) -> None:
        deliveries = [Delivery(0.0, data, to=addr)]
        for delivery in deliveries if self._vice is None else self._vice(deliveries):
            to = delivery.to or addr
            if delivery.after_s > 0:
                asyncio.get_running_loop().call_later(delivery.after_s, self._put, delivery.octets, to)
            else:
                self._put(delivery.octets, to)

    def _put(self, octets: bytes, addr: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(octets, addr)


def _speaker_of_version_3(users: Sequence[User]) -> Callable[[str, int, Callable[[bytes, Any], None]], "SecureAgent"]:
    """What makes engines for these users; pysnmp is an extra, and whoever needs no version 3 does without it."""
    from .wire_v3 import SecureAgent

    return lambda name, boots, send: SecureAgent(name, boots, users, send)


def _reply(data: bytes, rows: Rows, version: Version, communities: Sequence[str]) -> bytes | None:
    """The response message, or None where the agent keeps silent."""
    try:
        request = read_request(data, version)
    except ber.Garbled:
        return None
    if request.community.decode("latin-1") not in communities:
        return None
    said = answer(rows, request.ask, request.names, version, request.bulk)
    varbinds = request.varbinds if said.cells is None else b"".join(map(ber.varbind, said.cells))
    return response(request, int(said.status), said.index, varbinds)
