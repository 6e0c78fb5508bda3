"""pymodbus as the master: a Modbus stack nobody here wrote reads the units over a pty, RTU over TCP and Modbus TCP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.modbus_device import Ways, serve_modbus
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.delivery import Delivery, Vice
from fleetmon.simulators.wires.outlet import Outlet, Reach, Wire
from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU

Master = AsyncModbusTcpClient | AsyncModbusSerialClient
WAYS = Ways(rtu=(Outlet(Wire.PTY), Outlet(Wire.TCP)), tcp=(0,))
TIMEOUT = 5.0


def units() -> tuple[Unit, Unit]:
    """A heater controller and a signal tower, both on one laminator."""
    laminator = Machine(load_sheet("laminator"), name="lam1", backlog=100)
    tower = Unit(Machine(load_sheet("signal_tower")), laminator)
    return Unit(Machine(load_sheet("omron_heater")), laminator), tower


def master(reach: Reach, index: int, timeout: float = TIMEOUT) -> Master:
    if reach.wire is Wire.PTY:  # which refuses to be set to a parity
        return AsyncModbusSerialClient(reach.path, baudrate=9600, parity="N", timeout=timeout, retries=0)
    framer = FramerType.RTU if index == 1 else FramerType.SOCKET
    return AsyncModbusTcpClient(reach.host, port=reach.port, framer=framer, timeout=timeout, retries=0)


@asynccontextmanager
async def asking(client: Master) -> AsyncIterator[Master]:
    assert await client.connect()
    try:
        yield client
    finally:
        client.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize("index", [0, 1, 2], ids=["pty", "rtu over tcp", "modbus tcp"])
async def test_a_stranger_s_master_reads_both_units(index: int) -> None:
    """Temperatures, status, lamps and pulses; exceptions for writes and for addresses that do not exist."""
    omron, tower = units()
    async with (
        serve_modbus(omron, tower, ways=WAYS, clock=lambda: 100.0) as reaches,
        asking(master(reaches[index], index)) as client,
    ):
        told = await client.read_holding_registers(0x2000, count=6, device_id=1)
        pv, status, sv, amps, mv, _ = told.registers
        assert (1480 <= pv <= 1520, status, sv, amps) == (True, 0x100, 1500, 62)
        assert 300 < mv < 800
        assert (await client.read_holding_registers(0, count=2, device_id=1)).registers == [0, pv]
        lamps = await client.read_discrete_inputs(0, count=6, device_id=2)
        assert lamps.bits[:6] == [False, False, True, False, True, False]
        assert (await client.read_input_registers(1, count=2, device_id=2)).registers == [0, 5]
        assert code(await client.write_register(0x2103, 1800, device_id=1)) == 1
        assert code(await client.write_registers(0x2103, [1800, 1], device_id=1)) == 1
        assert code(await client.write_coil(0, True, device_id=2)) == 1
        assert code(await client.read_holding_registers(0x3000, count=1, device_id=1)) == 2
        assert code(await client.read_holding_registers(0x2000, count=60, device_id=1)) == 3
        omron.machine.obey(Command(Do.RAISE, fault="burnout"), 100.0)
        assert (await client.read_holding_registers(0x2001, count=1, device_id=1)).registers == [0x500]


def code(response: ModbusPDU) -> int:
    assert response.isError()
    return response.exception_code


@pytest.mark.parametrize("index", [0, 1], ids=["pty", "rtu over tcp"])
async def test_who_is_not_there_is_silent(index: int) -> None:
    """A unit number nobody has, and one that is switched off: the master waits in vain, then reads the others again."""
    omron, tower = units()
    async with serve_modbus(omron, tower, ways=WAYS, clock=lambda: 100.0) as reaches:
        async with asking(master(reaches[index], index, timeout=0.3)) as client:
            with pytest.raises(ModbusException):
                await client.read_holding_registers(0x2000, count=1, device_id=9)
            tower.machine.obey(Command(Do.OFF), 100.0)
            with pytest.raises(ModbusException):
                await client.read_discrete_inputs(0, count=1, device_id=2)
        async with asking(master(reaches[index], index)) as client:
            assert (await client.read_holding_registers(0x2002, count=1, device_id=1)).registers == [1500]


async def test_a_gateway_answers_for_who_is_not_there() -> None:
    """Modbus TCP: exception 11, and two masters at once are both served."""
    async with (
        serve_modbus(*units(), clock=lambda: 100.0) as [reach],
        asking(master(reach, 2)) as one,
        asking(master(reach, 2)) as other,
    ):
        assert code(await one.read_holding_registers(0x2000, count=1, device_id=9)) == 11
        for client in (one, other, one):
            assert (await client.read_holding_registers(0x2002, count=1, device_id=1)).registers == [1500]


async def test_a_bad_wire_of_one_unit_leaves_the_other_alone() -> None:
    """A vice under the heater's name makes it mute; the tower on the same bus answers."""

    def mute(_: list[Delivery]) -> list[Delivery]:
        return []

    vices: dict[str, Vice] = {"omron_heater": mute}
    async with serve_modbus(*units(), ways=Ways(rtu=(Outlet(),)), vices=vices, clock=lambda: 100.0) as [reach]:
        async with asking(master(reach, 1, timeout=0.3)) as client:
            with pytest.raises(ModbusException):
                await client.read_holding_registers(0x2000, count=1, device_id=1)
        async with asking(master(reach, 1)) as client:
            assert (await client.read_discrete_inputs(2, count=1, device_id=2)).bits[0]
            vices.clear()
            assert not (await client.read_holding_registers(0x2000, count=1, device_id=1)).isError()
