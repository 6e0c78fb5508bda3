"""SNMP as bytes: one agent on one UDP socket, over anything that can list its rows.

Versions 1 and 2c are decoded message by message with pysnmp's own codec. Its engine takes as long for a request,
about 1 ms, but 50 ms and 1.6 MB for each machine before the first; 200 machines would need 11 s to start instead of
none. So one is made only for a machine that is spoken to in version 3 (wire_v3.py), where encryption and clocks are
its business. Either way rows.answer decides what is answered.

An agent that does not like a message (unknown community, a version it does not speak, garbage) says nothing, like a
real one.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol, cast

from fleetmon.simulators.parts import User
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.error import PySnmpError
from pysnmp.proto.api import v1, v2c, verdec

from .pdus import ASKS, respond
from .rows import Ask, Rows, Version
from .wire_v3 import SecureAgent

Address = tuple[Any, ...]

# What pysnmp and pyasn1 were seen to raise on some 120 000 damaged messages; the last three are slips of theirs.
_GARBAGE = (PyAsn1Error, PySnmpError, TypeError, LookupError, OverflowError)
_VERSIONS = {0: Version.V1, 1: Version.V2C, 3: Version.V3}


class Source(Protocol):
    """Whatever an agent speaks for: a live machine or a recording. `boots` grows when it is switched off and on."""

    name: str
    versions: tuple[Version, ...]
    communities: tuple[str, ...]

    @property
    def boots(self) -> int: ...

    def rows(self, now: float) -> Rows | None:
        """What it lists now; None when it is not there to answer."""


class Endpoint(asyncio.DatagramProtocol):
    """One machine's agent on its own port; `clock` gives the moment in the machine's own time."""

    def __init__(self, source: Source, users: Sequence[User], clock: Callable[[], float]) -> None:
        self._source = source
        self._users = users
        self._clock = clock
        self._secure: SecureAgent | None = None
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        rows = self._source.rows(self._clock())
        version = _version(data)
        if rows is None or version not in self._source.versions:
            return
        if version is Version.V3:
            self._hear_secure(data, addr, rows)
        elif reply := _reply(data, rows, version, self._source.communities):
            self._send(reply, addr)

    def _hear_secure(self, data: bytes, addr: Address, rows: Rows) -> None:
        """An engine belongs to one run of a machine: after a reboot it counts one more and its clock is at nought."""
        if not self._users:
            return
        if self._secure is None or self._secure.boots != self._source.boots:
            self._secure = SecureAgent(self._source.name, self._source.boots, self._users, self._send)
        with suppress(*_GARBAGE):
            self._secure.hear(data, addr, rows)

    def _send(self, data: bytes, addr: Address) -> None:
        if self._transport is not None:
            self._transport.sendto(data, addr)


def _version(data: bytes) -> Version | None:
    try:
        return _VERSIONS.get(int(verdec.decode_message_version(data)))
    except _GARBAGE:
        return None


def _reply(data: bytes, rows: Rows, version: Version, communities: Sequence[str]) -> bytes | None:
    """The response message, or None where the agent keeps silent."""
    spoken = v1 if version is Version.V1 else v2c
    try:
        message, _ = decoder.decode(data, asn1Spec=spoken.Message())
        request = spoken.apiMessage.get_pdu(message)
        community = bytes(spoken.apiMessage.get_community(message)).decode("latin-1")
    except _GARBAGE:
        return None
    ask = ASKS.get(request.tagSet)
    if ask is None or (ask is Ask.BULK and version is Version.V1) or community not in communities:
        return None
    response = spoken.apiMessage.get_response(message)
    pdu = spoken.apiMessage.get_pdu(response)
    status, index, varbinds = respond(request, rows, version)
    spoken.apiPDU.set_error_status(pdu, status)
    spoken.apiPDU.set_error_index(pdu, index)
    spoken.apiPDU.set_varbinds(pdu, varbinds)
    return bytes(encoder.encode(response))
