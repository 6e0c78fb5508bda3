"""A Modbus machine that is only its registers.

It answers every read of those that are known, in whatever groups they are asked for, so that a driver's map can grow
without its captures becoming wrong.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.modbus import Mode
from fleetmon.definition.modbus import Table
from fleetmon.errors import LinkError

Registers: TypeAlias = dict[int, int]
_TABLES: Final[dict[int, Table]] = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
_NO_SUCH_ADDRESS: Final = b"\x02"  # MODBUS Application Protocol V1.1b3, 7: exception 2


@dataclass(frozen=True, slots=True)
class Reading:
    """One request for `count` registers or bits of a table."""

    mode: Mode
    unit: int
    table: Table
    address: int
    count: int

    @property
    def function(self) -> int:
        """The code of the function that reads this table."""
        return next(code for code, table in _TABLES.items() if table == self.table)


def reading(ask: bytes) -> Reading | None:
    """What a frame of Modbus RTU, ASCII or TCP reads; None unless it is a request to read."""
    mode: Mode = "rtu"
    pdu = ask[:-2]
    if found := re.fullmatch(rb":((?:[0-9A-F]{2}){7})\r\n", ask):
        mode, pdu = "ascii", bytes.fromhex(found[1].decode())[:-1]
    elif len(ask) == 12 and ask[2:6] == b"\0\0\0\x06":
        mode, pdu = "tcp", ask[6:]
    if len(pdu) != 6 or pdu[1] not in _TABLES:
        return None
    return Reading(mode, pdu[0], _TABLES[pdu[1]], int.from_bytes(pdu[2:4]), int.from_bytes(pdu[4:6]))


class RegisterFile:
    """A LineLink to a Modbus machine with these registers, at any unit."""

    def __init__(self, registers: Mapping[Table, Registers]) -> None:
        self._registers = registers

    async def ask(self, request: Ask) -> Answer:
        """The data octets of the reply, or exception 2 where one of the registers is not there."""
        wanted = reading(request.octets)
        if wanted is None:
            raise LinkError("registers answer only what reads them")
        known = self._registers.get(wanted.table, {})
        addresses = range(wanted.address, wanted.address + wanted.count)
        if any(address not in known for address in addresses):
            return Answer(b"", (b"",), _NO_SUCH_ADDRESS)
        values = [known[address] for address in addresses]
        data = bytes(_packed(values)) if wanted.table in ("coil", "discrete") else _words(values)
        return Answer(data, (data,))

    async def close(self) -> None:
        """Nothing is held open."""


def _words(values: list[int]) -> bytes:
    return b"".join(value.to_bytes(2) for value in values)


def _packed(bits: list[int]) -> Iterator[int]:
    """Eight of them to an octet, the first in its lowest bit."""
    for at in range(0, len(bits), 8):
        yield sum(bool(bit) << place for place, bit in enumerate(bits[at : at + 8]))
