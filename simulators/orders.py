"""Talking to whoever started the simulators, in JSON lines: who is here, what is ordered, what came of it."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from fleetmon.simulators.model.commands import read_command
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.recordings.recording import Recording

from .reading import BadInput, Table, meant

Machines = Mapping[str, Machine | Recording]


def introduction(machine: Machine | Recording, host: str, port: int) -> dict[str, object]:
    """The line that tells where a machine is and what it speaks."""
    line: dict[str, object] = {"machine": machine.name, "host": host, "port": port}
    if isinstance(machine, Recording):
        return line | {"versions": machine.versions, "communities": machine.communities}
    sheet = machine.sheet
    told = {"sheet": sheet.name, "kind": sheet.kind, "title": sheet.title, "serial": machine.serial}
    return line | told | {"versions": sheet.agent.versions, "communities": sheet.agent.communities}


def answer_order(line: str, machines: Machines, now: float) -> dict[str, object]:
    """Obey one line, `{"machine": ..., "do": ...}`; tells how the machine stands then, or `"ok": false` and why."""
    try:
        machine = _obey(line, machines, now)
    except BadInput as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True} | standing(machine)


def standing(machine: Machine) -> dict[str, object]:
    """How a machine stands, as the moment it was last moved to."""
    return {
        "machine": machine.name,
        "at": round(machine.now, 3),
        "activity": machine.activity,
        "answers": machine.answers,
        "documents": machine.documents,
        "faults": [fault.name for fault in machine.faults],
        "stores": {name: round(machine.left(name), 2) for name in machine.sheet.stores},
    }


def read_order(line: str) -> dict[str, object]:
    """One JSON object on one line. Raises BadInput."""
    try:
        words = json.loads(line)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, dict):
        raise BadInput("a command is one JSON object a line")
    return words


def live_machine(name: str, machines: Machines) -> Machine:
    """The machine of that name. Raises BadInput naming those that are nearly called so, and all there are."""
    machine = machines.get(name)
    if not isinstance(machine, Machine):
        live = [name for name, other in machines.items() if isinstance(other, Machine)]
        raise BadInput(f"no live machine is named {name!r}; {near(name, live)}")
    return machine


def near(word: str, words: Iterable[str]) -> str:
    """`there are: ...; did you mean ...?`, for somebody who mistyped one of `words`."""
    there = list(words)
    return f"there are: {', '.join(there) or 'none'}{meant(word, there)}"


def _obey(line: str, machines: Machines, now: float) -> Machine:
    table = Table(read_order(line), "command")
    name = table.text("machine")
    command = read_command(table)
    table.done()
    machine = live_machine(name, machines)
    machine.obey(command, now)
    return machine


def follow_stdin(obey: Callable[[str], None], closed: Callable[[], None]) -> None:
    """Call `obey` with every line of standard input and `closed` at its end, both in the running loop.

    It is read in a thread of its own: the only way that works for pipes, terminals and files on every system. The
    thread reads the descriptor itself; through sys.stdin it would hold a lock the interpreter needs when it ends.
    """
    loop = asyncio.get_running_loop()

    def tell(function: Callable[..., None], *arguments: str) -> None:
        with suppress(RuntimeError):  # the loop is closed: the process is ending anyway
            loop.call_soon_threadsafe(function, *arguments)

    def read() -> None:
        left = b""
        while piece := os.read(0, 65536):
            *lines, left = (left + piece).split(b"\n")
            for line in lines:
                tell(obey, line.decode(errors="replace"))
        tell(closed)

    threading.Thread(target=read, name="stdin", daemon=True).start()
