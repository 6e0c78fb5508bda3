"""A driver begun from Modbus frames that somebody kept: every register that was read becomes a field."""

from collections.abc import Iterator

from fleetmon.decode.dialogue import Ask
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.decode.framing.modbus import ModbusCut
from fleetmon.definition.words import written
from fleetmon.drafting.draft import Draft
from fleetmon.drafting.from_transcript import HEAD, MEANINGS, captures, exchanges
from fleetmon.errors import DriverError, GarbledReply
from fleetmon.links.register_file import Reading, reading
from fleetmon.links.transcript import Scene, Turn
from fleetmon.proof import Provenance

_MOST = 125
_LINE = """\

[line]                                # what a source in the settings may say otherwise
baud = 9600                           # from the manual: what was heard does not tell it
data_bits = 8                         # likewise
parity = "even"                       # likewise: none, even, odd
stop_bits = 1                         # likewise
mode = "{mode}"                          # rtu or ascii; over Modbus TCP it does not matter
unit = {unit}
timeout = "1s"

[read]                                # the addresses are those on the wire, from 0
"""


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
    if mixed := _mixed(readings):
        raise DriverError(f"{file}: holds frames {mixed}; one transcript, one machine")
    text = HEAD.format(name=name, link="modbus")
    text += _LINE.format(mode="ascii" if readings[0].mode == "ascii" else "rtu", unit=readings[0].unit)
    wanted = dict.fromkeys(
        (each.table, address)
        for each in readings
        for address in range(each.address, each.address + min(each.count, _MOST))
    )
    for table, address in wanted:
        told = "" if table == "holding" else f'table = "{table}", '
        text += f"{table}_{address} = {{ {told}address = {address} }}\n"
    text += MEANINGS.format(field="holding_0")
    return Draft(name, text, captures(scenes, file, provenance, heard))


def _mixed(readings: list[Reading]) -> str:
    modes = sorted({each.mode.upper() for each in readings})
    units = sorted({each.unit for each in readings})
    if len(modes) > 1:
        return f"of Modbus {' and '.join(modes)}"
    return f"of units {' and '.join(map(str, units))}" if len(units) > 1 else ""


def heard(scene: Scene) -> str:
    """The registers that were told; where none was, the exchanges as they were."""
    tables: dict[str, dict[int, int]] = {}
    for turn in scene.turns:
        found = reading(turn.ask)
        if found is not None and turn.reply:
            tables.setdefault(found.table, {}).update(_told(turn, found))
    lines = [
        f"{table} = {{ {', '.join(f'{address} = {value}' for address, value in sorted(told.items()))} }}"
        for table, told in tables.items()
        if told
    ]
    if not lines:
        tcp = any(found.mode == "tcp" for turn in scene.turns if (found := reading(turn.ask)))
        return f"{'tcp = true' if tcp else ''}\n{exchanges(scene.turns)}".strip()
    return "\n".join(["[registers]                           # what they held", *lines])


def _told(turn: Turn, found: Reading) -> Iterator[tuple[int, int]]:
    number = int.from_bytes(turn.ask[:2]) if found.mode == "tcp" else 0
    cut = ModbusCut(found.mode, found.unit, found.function, found.count, number)
    try:
        gathering = Gathering(Ask(turn.ask, cut, 1.0))
        answer = gathering.feed(turn.reply or b"") or gathering.end()
    except GarbledReply:
        return
    if answer.nack is not None:
        return
    data = answer.frames[0]
    for place in range(found.count):
        if found.table in ("coil", "discrete"):
            yield found.address + place, data[place // 8] >> place % 8 & 1
        else:
            yield found.address + place, int.from_bytes(data[2 * place : 2 * place + 2])
