"""Requests that are made again and again, as nearly all are: encoded once, their answers compared with the last one."""

from collections.abc import Sequence
from typing import TypeAlias

from fleetmon.decode import ber
from fleetmon.decode.again import Reader
from fleetmon.decode.dialogue import Oid
from fleetmon.decode.printer_mib import mib
from fleetmon.links.pulse import Line
from fleetmon.links.snmp_socket import Encode

Attempts: TypeAlias = Sequence[Sequence[Encode]]
"""What is sent at once, and what is sent at once if nothing of it is answered."""


class Again:
    """A request that is made again and again: encoded once, and its answers compared with the last one."""

    __slots__ = ("_messages", "_version", "oids", "pdu", "read", "repeat")

    def __init__(self, oids: tuple[Oid, ...], pdu: int = ber.GET, repeat: int = 0) -> None:
        self.oids = oids
        self.pdu = pdu
        self.repeat = repeat
        self.read = Reader()
        self._version: int | None = None
        self._messages: tuple[ber.Message, ...] = ()

    def attempts(self, version: int, community: bytes) -> Attempts:
        """The message in this version, and it again; of many rows only half as many."""
        if version != self._version:
            repeats = (self.repeat, max(self.repeat // 2, min(self.repeat, 1)))
            messages = [ber.message(self.pdu, version, community, self.oids, repeat) for repeat in repeats]
            self._version, self._messages = version, tuple(messages)
        return [(message.numbered,) for message in self._messages]

    def line(self) -> Line | None:
        """The request and the answer to it, if both may be repeated."""
        repeat = self.read.repeat(mib.SYS_UPTIME)
        return Line(self._messages[0], repeat) if repeat and self._messages else None
