"""Every vice against Modbus, with pymodbus as the master, which nobody here wrote: a right value or none.

RTU has a checksum over every frame, so no value may be believed that was changed, cut or made up. What it has not is a
number in its questions: a late answer to the question before looks like the answer to this one, for pymodbus as for
anybody, and so `late` and what holds answers back (`glued`) are not asked about there. Modbus TCP is the other way
round: it has numbers and leaves the checksum to TCP, below which no vice of ours acts; so octets that change are not
asked about there.
"""

import asyncio

import pytest
from fleetmon.simulators.bad_line import BadLine, read_vice
from fleetmon.simulators.byte_agent import open_outlet
from fleetmon.simulators.modbus.bus import RtuBus, TcpBus
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.vices import Carriage, Vice
from fleetmon.simulators.wires.conversation import Voice
from fleetmon.simulators.wires.outlet import Outlet
from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusTcpClient

PATIENCE_S = 0.8
SETTINGS = {Vice.LOSS: "share=0.5", Vice.NOISE: "share=0.05", Vice.SLOW: "seconds=0.1", Vice.JITTER: "seconds=0.2"}
ALL = {str(vice): f"{vice} {SETTINGS.get(vice, '')}" for vice in Vice} | {"gone": "slow seconds=2"}
NOT_ASKED = {
    FramerType.RTU: {"late", "glued"},
    FramerType.SOCKET: {"wrong-checksum", "noise", "garbage"},
}
ANSWERED = {"duplicate", "slow", "jitter", "one-byte", "flapping"}


@pytest.mark.parametrize("framer", [FramerType.RTU, FramerType.SOCKET])
async def test_a_right_value_or_none(framer: FramerType) -> None:
    """Four questions to every unit, all units at once; then each line is mended and a new client has its value."""
    asked = {name: words for name, words in ALL.items() if name not in NOT_ASKED[framer]}
    answers = await asyncio.gather(*(_told(framer, words) for words in asked.values()))
    told = dict(zip(asked, answers, strict=True))
    assert {name: wrong for name, values in told.items() if (wrong := {*values} - {1500, None})} == {}
    assert [name for name in ANSWERED if None in told[name]] == []
    assert {*told["mute"], *told["gone"], *told["busy"], *told["truncated"]} == {None}


async def _told(framer: FramerType, words: str) -> list[int | None]:
    """What the controller's set point, 150.0 degrees, is said to be; None where nothing is believed."""
    machine = Machine(load_sheet("omron_heater"))
    line = BadLine("heater", Carriage.STREAM, lambda: 0.0, seed=1)
    assert machine.sheet.modbus is not None
    bus = RtuBus(Unit(machine)) if framer is FramerType.RTU else TcpBus(Unit(machine))
    async with open_outlet(Voice(bus, machine.sheet.modbus.line, lambda: 0.0, line), Outlet()) as reach:
        line.spoil(read_vice(words))
        told = [await _ask(framer, reach.port, PATIENCE_S) for _ in range(4)]
        line.spoil(read_vice("off"))
        assert await _ask(framer, reach.port, 10.0) == 1500
    return told


async def _ask(framer: FramerType, port: int, patience_s: float) -> int | None:
    client = AsyncModbusTcpClient("127.0.0.1", port=port, framer=framer, timeout=patience_s, retries=0)
    assert await client.connect()
    try:
        answer = await client.read_holding_registers(0x0004, count=2, device_id=1)
        return None if answer.isError() else answer.registers[1]
    except ModbusException:
        return None
    finally:
        client.close()
        await asyncio.sleep(0)
