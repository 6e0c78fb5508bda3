"""Simulated Modbus units on the wire: `serve_modbus` for tests, `python -m fleetmon.simulators.modbus_device` to try.

Several units hang on one bus. It can be reached in as many ways as are wanted at once: RTU on a pty, RTU over TCP or
RFC 2217 as serial device servers carry it, and Modbus TCP as a gateway does. A unit may be wired to another machine,
whose heater it holds or whose lamps it sees; that machine is moved on with it and takes orders too.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from fleetmon.simulators.model.commands import NEVER
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet

from .byte_agent import open_outlet
from .modbus.bus import RtuBus, TcpBus
from .modbus.unit import Unit
from .orders import answer_order, follow_stdin
from .process import USAGE, Parser, free_name, say, stop_on_signals
from .reading import BadInput
from .snmp_agent import wall_clock
from .wires.conversation import Voice, unaltered
from .wires.delivery import Delivery, Vice
from .wires.outlet import Outlet, Reach, parse_outlet
from .wires.tcp import Second

_PROBLEM = 1
_UNIT = re.compile(r"(?:([a-z0-9][a-z0-9-]*)=)?([^:@]+)(?::(\d{1,3}))?(?:@([a-z0-9][a-z0-9-]*))?")
_MACHINE = re.compile(r"([a-z0-9][a-z0-9-]*)=(.+)")


@dataclass(frozen=True, slots=True)
class Ways:
    """How a bus is to be reached: RTU over each of `rtu`, Modbus TCP at each port of `tcp`."""

    rtu: Sequence[Outlet] = ()
    tcp: Sequence[int] = ()


@asynccontextmanager
async def serve_modbus(
    *units: Unit,
    ways: Ways | None = None,
    host: str = "127.0.0.1",
    clock: Callable[[], float] | None = None,
    vices: Mapping[str, Vice] | None = None,
) -> AsyncIterator[list[Reach]]:
    """Serve the units as one bus until the block is left; yields where it is to be reached, RTU first.

    By default that is one free port of Modbus TCP. `vices` are looked up by the unit's machine's name at every answer.
    Raises OSError when a port or link cannot be had, BadInput when two units have one number.
    """
    clock, ways, looked_up = clock or wall_clock(), ways or Ways(tcp=(0,)), vices if vices is not None else {}
    for unit in units:
        unit.vice = _vice(unit.machine.name, looked_up)
    line = units[0].interface.line
    async with AsyncExitStack() as stack:
        reaches = []
        for outlet in ways.rtu:
            voice = Voice(RtuBus(*units), line, clock)
            reaches.append(await stack.enter_async_context(open_outlet(voice, outlet, host)))
        for port in ways.tcp:
            voice = Voice(TcpBus(*units), line, clock)
            shared = Outlet(port=port, second=Second.SHARED)
            reaches.append(await stack.enter_async_context(open_outlet(voice, shared, host)))
        yield reaches


def _vice(name: str, vices: Mapping[str, Vice]) -> Vice:
    def vice(deliveries: list[Delivery]) -> list[Delivery]:
        return vices.get(name, unaltered)(deliveries)

    return vice


@dataclass(slots=True)
class _Asked:
    """What the command line asks for."""

    ways: Ways
    units: list[Unit] = field(default_factory=list)
    machines: dict[str, Machine] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; returns the exit code: 0 ended as asked, 1 a port could not be had, 2 bad input."""
    options = parser().parse_args(arguments)
    try:
        asked = asked_for(options)
        RtuBus(*asked.units)  # complains now about what could not be served later
    except BadInput as error:
        print(f"modbus_device: {error}", file=sys.stderr)
        return USAGE
    try:
        asyncio.run(_run(options, asked))
    except OSError as error:
        print(f"modbus_device: {error}", file=sys.stderr)
        return _PROBLEM
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    words = Parser(prog="modbus_device", description="Simulated Modbus units on one bus.")
    add = words.add_argument
    unit = "a sheet with [modbus], its unit number, and the machine it is wired to; may be repeated"
    add("--unit", action="append", default=[], metavar="[NAME=]SHEET[:NUMBER][@MACHINE]", help=unit)
    wired = "a machine that units are wired to and that is not on the bus itself; may be repeated"
    add("--machine", action="append", default=[], metavar="NAME=SHEET", help=wired)
    rtu = "RTU over pty[:LINK], tcp[:PORT][:shared|held|refused] or rfc2217[:PORT][:...]; may be repeated"
    add("--rtu", action="append", default=[], metavar="OUTLET", help=rtu)
    add("--tcp", action="append", default=[], type=int, metavar="PORT", help="Modbus TCP, 0 for any free port")
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--seed", type=int, default=0, help="the same seed gives the same run")
    add("--rate", type=float, default=1.0, help="machine seconds in a second of ours (default %(default)s)")
    add("--idle", action="store_true", help="machines have no work until told to produce; default: work without end")
    add("--commands", action="store_true", help="take JSON commands from standard input, one a line")
    add("--until-stdin-closes", action="store_true", help="end when standard input does")
    return words


def asked_for(options: argparse.Namespace) -> _Asked:
    """The units and machines the options ask for. Raises BadInput."""
    if not 0 < options.rate <= 10000:
        raise BadInput(f"--rate must be above 0 and at most 10000, it is {options.rate:g}")
    if not options.unit:
        raise BadInput("name at least one --unit")
    ways = Ways(tuple(map(parse_outlet, options.rtu)), tuple(options.tcp))
    asked = _Asked(ways if ways.rtu or ways.tcp else Ways(tcp=(0,)))
    backlog = 0.0 if options.idle else NEVER
    for text in options.machine:
        match = _MACHINE.fullmatch(text)
        if match is None:
            raise BadInput(f"--machine {text!r} is not NAME=SHEET")
        _add(asked, Machine(load_sheet(match[2]), name=match[1], seed=options.seed, backlog=backlog))
    for text in options.unit:
        match = _UNIT.fullmatch(text)
        if match is None:
            raise BadInput(f"--unit {text!r} is not [NAME=]SHEET[:NUMBER][@MACHINE]")
        if match[4] and match[4] not in asked.machines:
            raise BadInput(f"--unit {text}: no machine is named {match[4]!r}; there are: {', '.join(asked.machines)}")
        sheet = load_sheet(match[2])
        name = match[1] or free_name(sheet.name, list(asked.machines))
        machine = Machine(sheet, name=name, seed=options.seed, backlog=backlog)
        _add(asked, machine)
        asked.units.append(Unit(machine, asked.machines.get(match[4] or ""), int(match[3] or 0)))
    return asked


def _add(asked: _Asked, machine: Machine) -> None:
    if machine.name in asked.machines:
        raise BadInput(f"two machines are named {machine.name!r}")
    asked.machines[machine.name] = machine


def announcement(reach: Reach, units: Sequence[Unit], framing: str) -> dict[str, object]:
    """The line that tells where the bus is, how its line is set, and who is on it."""
    line = units[0].interface.line
    where: dict[str, object] = {"path": reach.path} if reach.path else {"host": reach.host, "port": reach.port}
    return {
        "bus": framing,
        "wire": reach.wire,
        **where,
        "baud": line.baud,
        "data_bits": line.data_bits,
        "parity": line.parity,
        "stop_bits": line.stop_bits,
        "units": {str(unit.number): unit.machine.name for unit in units},
    }


async def _run(options: argparse.Namespace, asked: _Asked) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    clock = wall_clock(options.rate)
    async with serve_modbus(*asked.units, ways=asked.ways, host=options.host, clock=clock) as reaches:
        for index, reach in enumerate(reaches):
            framing = "rtu" if index < len(asked.ways.rtu) else "tcp"
            say(announcement(reach, asked.units, framing), stop)
        if options.commands or options.until_stdin_closes:
            follow_stdin(
                lambda line: say(answer_order(line, asked.machines, clock()), stop) if options.commands else None,
                lambda: stop.set() if options.until_stdin_closes else None,
            )
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
