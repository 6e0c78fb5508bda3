"""The machines of the bench in one process: label printers on ptys of their own, heater controllers on one bus.

All lines are at 9600 baud: octets leave as slowly as such a line carries them. The process ends with its standard
input.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.modbus_device import Ways, serve_modbus
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.outlet import Outlet, Wire


async def serve(folder: Path, alone: int, on_bus: int) -> None:
    """Serve them at `folder`/p0, p1 ... and `folder`/bus until standard input ends."""
    printers = [Machine(load_sheet("zebra_label_printer"), name=f"p{each}") for each in range(alone)]
    units = [Unit(Machine(load_sheet("omron_heater"), name=f"h{each}"), None, each) for each in range(1, on_bus + 1)]
    outlets = [Outlet(Wire.PTY, link=folder / each.name) for each in printers]
    bus = Ways(rtu=(Outlet(Wire.PTY, link=folder / "bus"),))
    async with serve_bytes(*printers, outlets=outlets), serve_modbus(*units, ways=bus):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("alone", type=int)
    parser.add_argument("on_bus", type=int)
    options = parser.parse_args()
    asyncio.run(serve(options.folder, options.alone, options.on_bus))
