"""Modbus servers nobody here wrote: pymodbus, over TCP, over RTU and ASCII on TCP and on a pseudo-terminal."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimAction, SimData, SimDevice

WAYS = ("modbus tcp", "rtu over tcp", "rtu on a pty", "ascii over tcp", "ascii on a pty")
_FRAMERS = {"modbus": FramerType.SOCKET, "rtu": FramerType.RTU, "ascii": FramerType.ASCII}


def device(
    unit: int, *holding: SimData, inputs: list[SimData] | None = None, action: SimAction | None = None
) -> SimDevice:
    """A unit with holding and input registers; coils and discrete inputs 0 to 19, of which every third is set."""
    bits = SimData(0, values=[each % 3 == 0 for each in range(20)], datatype=DataType.BITS)
    blocks = ([bits], [bits], list(holding), inputs or [SimData(0, values=7, datatype=DataType.UINT16)])
    return SimDevice(unit, simdata=blocks, action=action)


@asynccontextmanager
async def serving(way: str, *devices: SimDevice) -> AsyncIterator[str]:
    """The URL of a server of these units, which are silent about units that are not there."""
    framer, there = _FRAMERS[way.partition(" ")[0]], {each.id for each in devices}

    def from_who_is_there(sending: bool, octets: bytes) -> bytes:
        """pymodbus answers for any unit of a line; a real line is silent where nobody is."""
        absent = sending and framer is FramerType.RTU and octets[0] not in there
        return b"" if absent else octets

    if not way.endswith("pty"):
        server = ModbusTcpServer(list(devices), framer=framer, address=("127.0.0.1", 0), trace_packet=from_who_is_there)
        await server.serve_forever(background=True)
        port = server.transport.sockets[0].getsockname()[1]
        scheme = "modbus+tcp" if framer is FramerType.SOCKET else "tcp"
        try:
            yield f"{scheme}://127.0.0.1:{port}"
        finally:
            await server.shutdown()
        return
    with cable() as (theirs, ours):
        serial = ModbusSerialServer(list(devices), framer=framer, port=theirs, trace_packet=from_who_is_there)
        await serial.serve_forever(background=True)
        try:
            yield f"serial://{ours}"
        finally:
            await serial.shutdown()


@contextmanager
def cable() -> Iterator[tuple[str, str]]:
    """Two pseudo-terminals joined like the ends of a cable: what goes in at one comes out at the other."""
    loop, ends = asyncio.get_running_loop(), [os.openpty() for _ in range(2)]
    for _, slave in ends:
        tty.setraw(slave)
    (left, _), (right, _) = ends
    loop.add_reader(left, lambda: os.write(right, os.read(left, 4096)))
    loop.add_reader(right, lambda: os.write(left, os.read(right, 4096)))
    try:
        yield os.ttyname(ends[0][1]), os.ttyname(ends[1][1])
    finally:
        for master, slave in ends:
            loop.remove_reader(master)
            os.close(master)
            os.close(slave)
