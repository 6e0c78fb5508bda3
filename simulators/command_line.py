"""`python -m fleetmon.simulators.snmp_agent`: machines for a technician, a demo or a test in another process.

One JSON line for each machine tells the port it got; after that, with --commands, JSON lines on standard input are
orders and each is answered by one line. Nothing else is written to standard output. The process ends quietly on
SIGTERM, on Ctrl-C, and with --until-stdin-closes when whoever started it goes away.
"""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from fleetmon.simulators.model.commands import NEVER
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.recordings.recording import Recording, load_recording
from fleetmon.simulators.sheets.parts import Sheet, User
from fleetmon.simulators.sheets.sheet import load_sheet

from .orders import answer_order, follow_stdin, introduction
from .plant import Plant, load_plant_office
from .process import USAGE, Parser, free_name, say, stop_on_signals, write_whole
from .reading import BadInput
from .snmp_agent import TrapsTo, serve, wall_clock

_PROBLEM = 1
_SHORTEST_KEY = 8
_LAST_PORT = 65535


class Seat(NamedTuple):
    """A machine and the port it wants; 0 is any."""

    machine: Machine | Recording
    port: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; returns the exit code: 0 ended as asked, 1 a port could not be had, 2 bad input."""
    options = parser().parse_args(arguments)
    try:
        seats = seats_of(options)
        users = [_user(text) for text in options.v3_user]
        traps = TrapsTo(tuple(map(_destination, options.trap)), options.trap_community) if options.trap else None
    except BadInput as error:
        print(f"snmp_agent: {error}", file=sys.stderr)
        return USAGE
    try:
        asyncio.run(_run(options, seats, users, traps))
    except ModuleNotFoundError as error:
        library = (error.name or "a library").partition(".")[0]
        print(f"snmp_agent: {library} is not installed; it comes with fleetmon[demo]", file=sys.stderr)
        return _PROBLEM
    except OSError as error:
        print(f"snmp_agent: {error}", file=sys.stderr)
        return _PROBLEM
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    words = Parser(prog="snmp_agent", description="Simulated machines that answer SNMP; read-only.")
    add = words.add_argument
    add(
        "--machine",
        action="append",
        default=[],
        metavar="[NAME=]SHEET|FILE[:PORT]",
        help="a shipped sheet, a sheet's .toml, a .snmprec file or the text of `snmpwalk -On`; may be repeated",
    )
    add("--office", metavar="NAME|FILE", help="all machines of an office with their timelines, for instance demo")
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--seed", type=int, default=0, help="the same seed gives the same run")
    add("--rate", type=float, default=1.0, help="machine seconds in a second of ours (default %(default)s)")
    add("--idle", action="store_true", help="machines have no work until told to produce; default: work without end")
    add("--v3-user", action="append", default=[], metavar="NAME:AUTHKEY:PRIVKEY", help="SNMPv3 user, SHA-1 and AES-128")
    add(
        "--trap", action="append", default=[], metavar="ADDRESS:PORT", help="send a trap there for every critical alert"
    )
    add("--trap-community", default="public", metavar="WORD", help="the community of traps (default %(default)s)")
    add("--port-file", type=Path, metavar="FILE", help="also write {machine: port} to a file")
    add("--commands", action="store_true", help="take JSON commands from standard input, one a line")
    add("--until-stdin-closes", action="store_true", help="end when standard input does")
    return words


def seats_of(options: argparse.Namespace) -> list[Seat]:
    """The machines the options ask for, with the ports they want. Raises BadInput."""
    if not 0 < options.rate <= 10000:
        raise BadInput(f"--rate must be above 0 and at most 10000, it is {options.rate:g}")
    seats = _office(options) if options.office else []
    load = cache(load_sheet)  # two hundred machines are of a few models
    for text in options.machine:
        seats.append(_seat(text, options, [seat.machine for seat in seats], load))
    if not seats:
        raise BadInput("name at least one --machine or an --office")
    return seats


def _office(options: argparse.Namespace) -> list[Seat]:
    """The machines of an office that speak SNMP, moved by one plant."""
    plant = Plant(load_plant_office(options.office), seed=options.seed)
    return [Seat(plant.machines[place.name], place.port) for place in plant.office.places if place.sheet.snmp]


def _seat(
    text: str, options: argparse.Namespace, others: Sequence[Machine | Recording], load: Callable[[str], Sheet]
) -> Seat:
    match = re.fullmatch(r"(?:([a-z0-9][a-z0-9-]*)=)?(.+?)(?::(\d{1,5}))?", text)
    if match is None or int(match[3] or 0) > _LAST_PORT:
        raise BadInput(f"--machine {text!r} is not [NAME=]SHEET|FILE[:PORT]")
    file, port = Path(match[2]), int(match[3] or 0)
    name = match[1] or free_name(file.stem, [other.name for other in others])
    if name in [other.name for other in others]:
        raise BadInput(f"two machines are named {name!r}")
    if file.suffix not in ("", ".toml"):
        return Seat(load_recording(file, name), port)
    sheet = load(match[2])
    if sheet.snmp is None:
        raise BadInput(
            f"{sheet.name} does not speak SNMP; fleetmon.simulators.serial_device serves what speaks in bytes"
        )
    serial = free_name(sheet.serial, [other.serial for other in others if isinstance(other, Machine)])
    backlog = 0.0 if options.idle else NEVER
    return Seat(Machine(sheet, name=name, serial=serial, seed=options.seed, backlog=backlog), port)


def _user(text: str) -> User:
    parts = text.split(":")
    if len(parts) != 3 or not parts[0] or min(len(parts[1]), len(parts[2])) < _SHORTEST_KEY:
        raise BadInput(f"--v3-user must be NAME:AUTHKEY:PRIVKEY with keys of at least {_SHORTEST_KEY} characters")
    return User(*parts)


def _destination(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    with suppress(ValueError):
        if 0 < int(port) <= _LAST_PORT:
            return str(ip_address(host.strip("[]"))), int(port)
    raise BadInput(f"--trap {text!r} is not ADDRESS:PORT, with an address in numbers")


async def _run(options: argparse.Namespace, seats: list[Seat], users: list[User], traps: TrapsTo | None) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    clock = wall_clock(options.rate)
    machines = {seat.machine.name: seat.machine for seat in seats}
    wanted = [seat.port for seat in seats]
    host = options.host
    async with serve(*machines.values(), host=host, ports=wanted, users=users, clock=clock, traps=traps) as ports:
        for machine, port in zip(machines.values(), ports, strict=True):
            say(introduction(machine, host, port), stop)
        if options.port_file:
            write_whole(options.port_file, json.dumps(dict(zip(machines, ports, strict=True))) + "\n")
        if options.commands or options.until_stdin_closes:
            follow_stdin(
                lambda line: say(answer_order(line, machines, clock()), stop) if options.commands else None,
                lambda: stop.set() if options.until_stdin_closes else None,
            )
        await stop.wait()
