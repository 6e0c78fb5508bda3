"""`python -m fleetmon.simulators.serial_device`: byte machines for a technician or a test in another process.

Like snmp_agent: one JSON line for each machine tells where it is, then with --commands orders are taken as JSON lines
from standard input, each answered by one line, and the process ends quietly when it is told to.
"""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from fleetmon.simulators.model.commands import NEVER
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet

from .byte_agent import serve_bytes
from .orders import answer_order, follow_stdin
from .process import USAGE, Parser, free_name, say, stop_on_signals, write_whole
from .reading import BadInput
from .snmp_agent import wall_clock
from .speakers import speaker_for
from .wires.outlet import Outlet, Reach, Wire, parse_outlet

_PROBLEM = 1
_MACHINE = re.compile(rf"(?:([a-z0-9][a-z0-9-]*)=)?(.+?)(?::((?:{'|'.join(Wire)})(?::.*)?))?")


class Seat(NamedTuple):
    """A machine and where it wants to be reached."""

    machine: Machine
    outlet: Outlet


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; returns the exit code: 0 ended as asked, 1 a port could not be had, 2 bad input."""
    options = parser().parse_args(arguments)
    try:
        seats = seats_of(options)
    except BadInput as error:
        print(f"serial_device: {error}", file=sys.stderr)
        return USAGE
    try:
        asyncio.run(_run(options, seats))
    except OSError as error:
        print(f"serial_device: {error}", file=sys.stderr)
        return _PROBLEM
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    words = Parser(prog="serial_device", description="Simulated machines that speak in bytes.")
    add = words.add_argument
    add(
        "--machine",
        action="append",
        default=[],
        metavar="[NAME=]SHEET[:OUTLET]",
        help="a shipped sheet or a sheet's .toml, and where: pty[:LINK], tcp[:PORT][:shared|held|refused] (what becomes"
        " of a second client) or rfc2217[:PORT][:...]; default tcp; may be repeated",
    )
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--seed", type=int, default=0, help="the same seed gives the same run")
    add("--rate", type=float, default=1.0, help="machine seconds in a second of ours (default %(default)s)")
    add("--idle", action="store_true", help="machines have no work until told to produce; default: work without end")
    add("--port-file", type=Path, metavar="FILE", help="also write {machine: URL} to a file")
    add("--commands", action="store_true", help="take JSON commands from standard input, one a line")
    add("--until-stdin-closes", action="store_true", help="end when standard input does")
    return words


def seats_of(options: argparse.Namespace) -> list[Seat]:
    """The machines the options ask for, with their outlets. Raises BadInput."""
    if not 0 < options.rate <= 10000:
        raise BadInput(f"--rate must be above 0 and at most 10000, it is {options.rate:g}")
    seats: list[Seat] = []
    for text in options.machine:
        seats.append(_seat(text, options, [seat.machine for seat in seats]))
    if not seats:
        raise BadInput("name at least one --machine")
    return seats


def _seat(text: str, options: argparse.Namespace, others: Sequence[Machine]) -> Seat:
    match = _MACHINE.fullmatch(text)
    if match is None:
        raise BadInput(f"--machine {text!r} is not [NAME=]SHEET[:OUTLET]")
    before, colon, behind = match[2].partition(":")
    if colon and not match[2].endswith(".toml"):
        raise BadInput(f"--machine {text!r}: {before} is reached over one of {', '.join(Wire)}, not {behind!r}")
    sheet = load_sheet(match[2])
    name = match[1] or free_name(sheet.name, [other.name for other in others])
    if name in [other.name for other in others]:
        raise BadInput(f"two machines are named {name!r}")
    serial = free_name(sheet.serial, [other.serial for other in others])
    backlog = 0.0 if options.idle else NEVER
    machine = Machine(sheet, name=name, serial=serial, seed=options.seed, backlog=backlog)
    speaker_for(machine)  # complains now about what could not be served later
    return Seat(machine, parse_outlet(match[3]) if match[3] else Outlet())


def announcement(machine: Machine, reach: Reach) -> dict[str, object]:
    """The line that tells where a machine is and how its line is set."""
    sheet = machine.sheet
    assert sheet.speaks is not None
    line = sheet.speaks.line
    where: dict[str, object] = {"path": reach.path} if reach.path else {"host": reach.host, "port": reach.port}
    return {
        "machine": machine.name,
        "wire": reach.wire,
        **where,
        "url": reach.url,
        "protocol": sheet.speaks.protocol,
        "baud": line.baud,
        "data_bits": line.data_bits,
        "parity": line.parity,
        "stop_bits": line.stop_bits,
        "sheet": sheet.name,
        "kind": sheet.kind,
        "title": sheet.title,
        "serial": machine.serial,
    }


async def _run(options: argparse.Namespace, seats: list[Seat]) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    clock = wall_clock(options.rate)
    machines = {seat.machine.name: seat.machine for seat in seats}
    outlets = [seat.outlet for seat in seats]
    async with serve_bytes(*machines.values(), outlets=outlets, host=options.host, clock=clock) as reaches:
        for machine, reach in zip(machines.values(), reaches, strict=True):
            say(announcement(machine, reach), stop)
        if options.port_file:
            urls = {name: reach.url for name, reach in zip(machines, reaches, strict=True)}
            write_whole(options.port_file, json.dumps(urls) + "\n")
        if options.commands or options.until_stdin_closes:
            follow_stdin(
                lambda line: say(answer_order(line, machines, clock()), stop) if options.commands else None,
                lambda: stop.set() if options.until_stdin_closes else None,
            )
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
