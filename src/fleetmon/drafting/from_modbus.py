"""A driver begun from Modbus frames that somebody kept: every register that was read becomes a field."""

import re
from dataclasses import dataclass

from fleetmon.definition.words import written
from fleetmon.drafting.draft import Draft
from fleetmon.drafting.from_transcript import HEAD, MEANINGS, captures
from fleetmon.errors import DriverError
from fleetmon.links.transcript import Scene
from fleetmon.proof import Provenance

_TABLES = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
_MOST = 125
_LINE = """\

[line]                                # what a source in the settings may say otherwise
baud = 9600
data_bits = 8
parity = "even"                       # none, even, odd
stop_bits = 1
mode = "{mode}"                          # rtu or ascii; over Modbus TCP it does not matter
unit = {unit}
timeout = "1s"

[read]                                # the addresses are those on the wire, from 0
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """One request for `count` registers or bits of a table."""

    mode: str
    unit: int
    table: str
    address: int
    count: int


def reading(ask: bytes) -> Reading | None:
    """What a frame of Modbus RTU, ASCII or TCP reads; None unless it is a request to read."""
    mode, pdu = "rtu", ask[:-2]
    if found := re.fullmatch(rb":((?:[0-9A-F]{2}){7})\r\n", ask):
        mode, pdu = "ascii", bytes.fromhex(found[1].decode())[:-1]
    elif len(ask) == 12 and ask[2:6] == b"\0\0\0\x06":
        mode, pdu = "tcp", ask[6:]
    if len(pdu) != 6 or pdu[1] not in _TABLES:
        return None
    return Reading(mode, pdu[0], _TABLES[pdu[1]], int.from_bytes(pdu[2:4]), int.from_bytes(pdu[4:6]))


def is_modbus(scenes: tuple[Scene, ...]) -> bool:
    """Whether everything that was asked is a frame that reads registers."""
    return all(reading(turn.ask) is not None for scene in scenes for turn in scene.turns)


def draft(name: str, scenes: tuple[Scene, ...], file: str, provenance: Provenance) -> Draft:
    """A driver of a Modbus machine. DriverError where a frame does something else than read."""
    readings = []
    for turn in (turn for scene in scenes for turn in scene.turns):
        found = reading(turn.ask)
        if found is None:
            raise DriverError(f"{file}: {written(turn.ask)} is no Modbus frame that reads (functions 1 to 4)")
        readings.append(found)
    modes = {each.mode for each in readings}
    if len(modes) > 1:
        raise DriverError(
            f"{file}: frames of Modbus {' and '.join(each.upper() for each in sorted(modes))}; one transcript, one line"
        )
    text = HEAD.format(name=name, link="modbus")
    text += _LINE.format(mode="ascii" if "ascii" in modes else "rtu", unit=readings[0].unit)
    wanted = dict.fromkeys(
        (each.table, address)
        for each in readings
        for address in range(each.address, each.address + min(each.count, _MOST))
    )
    for table, address in wanted:
        told = "" if table == "holding" else f'table = "{table}", '
        text += f"{table}_{address} = {{ {told}address = {address} }}\n"
    text += MEANINGS.format(field="holding_0")
    return Draft(name, text, captures(scenes, file, provenance, "tcp = true\n" if "tcp" in modes else ""))
