"""Every vice against every machine that speaks in bytes, over TCP and on a pty, with sockets and pyserial as strangers.

The law: what comes over the wire is, octet by octet, what the vice makes of the honest answer; a talk that the vice
ends is ended; and when the line is mended the next client is answered as if nothing had been. Whether an answer belongs
to the question is another matter: where questions have no numbers, as on most serial lines, a late one is believed.

Machine time stands still, so that an honest answer is always the same.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
import serial
from fleetmon.simulators.bad_line import BadLine, read_vice
from fleetmon.simulators.byte_agent import open_outlet, serve_bytes
from fleetmon.simulators.modbus.bus import TcpBus
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.speakers import speaker_for
from fleetmon.simulators.vices import Carriage, Vice
from fleetmon.simulators.wires.conversation import Voice
from fleetmon.simulators.wires.delivery import Delivery, Speaker
from fleetmon.simulators.wires.outlet import Outlet, Reach, parse_outlet

PATIENCE_S = 10.0  # for what must come
QUIET_S = 0.4  # for what must not
QUESTIONS = {
    "lapis_laminator": b"\x1bT\r",
    "zebra_label_printer": b"~HS",
    "pjl_laser": b"\x1b%-12345X@PJL INFO STATUS\r\n",
    "escpos_slip_printer": b"\x10\x04\x01",
    "evolis_personaliser": b'{"jsonrpc":"2.0","id":1,"method":"SUPERVISION.GetState",'
    b'"params":{"device":"Evolis Primacy"}}',
    "omron_heater": bytes.fromhex("000100000006010300000002"),
    "signal_tower": bytes.fromhex("000100000006010100000001"),
}
WORDS = [
    *(str(vice) for vice in Vice if vice not in (Vice.LOSS, Vice.NOISE, Vice.SLOW, Vice.FLAPPING)),
    "loss share=1",
    "noise share=0.5",
    "slow seconds=0.3",
    "flapping up=0.001 down=60",
    "busy refuses=1",
    "duplicate joined=1",
    "duplicate, one-byte seconds=0.002, jitter seconds=0.1",
]
HEALTHY = "zebra_label_printer"


def test_nobody_is_left_out() -> None:
    """Every vice, and every sheet that is no SNMP agent."""
    assert {words.partition(" ")[0].rstrip(",") for words in WORDS} == set(Vice)
    assert set(QUESTIONS) == {path.stem for path in MACHINES.glob("*.toml") if load_sheet(path.stem).snmp is None}


@dataclass
class Heard:
    """What a client got: the octets, whether the machine hung up, and how many seconds all that took."""

    octets: bytes
    ended: bool
    took_s: float


async def ask(reach: Reach, question: bytes, most: int, baud: int = 9600) -> Heard:
    """A new client; waits until it has got so many octets or was hung up on, or for a while if it must get none."""
    began = time.monotonic()
    if reach.path:
        octets = await asyncio.to_thread(_on_a_pty, reach.path, baud, question, most)
        return Heard(octets, False, time.monotonic() - began)
    reader, writer = await asyncio.open_connection(reach.host, reach.port)
    writer.write(question)
    octets, ended = b"", False
    try:
        async with asyncio.timeout(PATIENCE_S if most else QUIET_S):
            while not ended and not (most and len(octets) >= most):
                octets += (piece := await reader.read(1000))
                ended = not piece
    except TimeoutError:
        pass
    except ConnectionResetError:  # hung up on before the question was read
        ended = True
    writer.close()
    await asyncio.wait({asyncio.ensure_future(writer.wait_closed())})
    return Heard(octets, ended, time.monotonic() - began)


def _on_a_pty(path: str, baud: int, question: bytes, most: int) -> bytes:
    with serial.serial_for_url(path, baudrate=baud, timeout=PATIENCE_S if most else QUIET_S) as port:
        port.write(question)
        return bytes(port.read(most or 1))


def speaker(machine: Machine) -> Speaker:
    """Bytes or Modbus TCP, whatever it speaks."""
    return speaker_for(machine) if machine.sheet.modbus is None else TcpBus(Unit(machine))


@asynccontextmanager
async def on_the_wire(machine: Machine, outlet: Outlet, line: BadLine) -> AsyncIterator[Reach]:
    """With nothing but this line between it and its clients."""
    if machine.sheet.modbus is not None:
        voice = Voice(speaker(machine), machine.sheet.modbus.line, lambda: 0.0, line)
        async with open_outlet(voice, outlet) as reach:
            yield reach
        return
    async with serve_bytes(machine, outlets=[outlet], clock=lambda: 0.0, vices={machine.name: line}) as [reach]:
        yield reach


async def complaints(sheet: str, outlet: str, words: str) -> list[str]:
    """One machine with one vice, from an honest answer through two spoilt ones to an honest one."""
    now, question, speaks = 0.0, QUESTIONS[sheet], load_sheet(sheet).speaks
    baud = speaks.line.baud if speaks else 0
    line, twin = (BadLine("m", Carriage.STREAM, lambda: now, seed=3) for _ in range(2))
    machine, found = Machine(load_sheet(sheet), name="m"), []
    async with on_the_wire(machine, parse_outlet(outlet), line) as reach:
        [answer] = speaker(Machine(load_sheet(sheet))).hear(question, now)
        honest = answer.octets
        assert (await ask(reach, question, len(honest), baud)).octets == honest
        for each in (line, twin):
            each.spoil(read_vice(words))
        now = 1.0
        for number in (1, 2):
            came = twin([Delivery(0.0, honest, hang_up=answer.hang_up)])
            wanted, ends = b"".join(each.octets for each in _before_the_end(came)), any(each.hang_up for each in came)
            heard = await ask(reach, question, len(wanted) + (ends and not reach.path), baud)
            if heard.octets != wanted or (heard.ended is not ends and not reach.path):
                found.append(f"{sheet} {outlet} {words}, question {number}: {heard}, not {wanted!r} {ends}")
            if came and heard.took_s < came[0].after_s:
                found.append(f"{sheet} {outlet} {words}, question {number}: too early, {heard}")
        line.spoil(read_vice("off"))
        if (last := await ask(reach, question, len(honest), baud)).octets != honest:
            found.append(f"{sheet} {outlet} {words}: {last} when mended, not {honest!r}")
    return found


def _before_the_end(deliveries: list[Delivery]) -> list[Delivery]:
    """What is still sent: nothing after a hang-up."""
    ends = [number for number, each in enumerate(deliveries) if each.hang_up]
    return deliveries[: ends[0] + 1] if ends else deliveries


@pytest.mark.parametrize("outlet", ["tcp", "pty"])
async def test_every_vice_of_every_machine(outlet: str) -> None:
    """All at once in one process, and a healthy machine among them is answered all the while."""
    sheets = QUESTIONS if outlet == "tcp" else ("lapis_laminator", "pjl_laser")
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(len(WORDS) * 2))
    async with AsyncExitStack() as stack:
        beside = asyncio.create_task(_beside())
        stack.callback(beside.cancel)
        found = await asyncio.gather(*(complaints(sheet, outlet, words) for sheet in sheets for words in WORDS))
        assert [complaint for each in found for complaint in each] == []
        assert not beside.done(), beside.exception()


async def _beside() -> None:
    """Ask a healthy machine again and again; nobody may keep it."""
    [(_, honest, *_)] = speaker(Machine(load_sheet(HEALTHY))).hear(QUESTIONS[HEALTHY], 0.0)
    async with serve_bytes(Machine(load_sheet(HEALTHY)), clock=lambda: 0.0) as [reach]:
        while True:
            assert (await ask(reach, QUESTIONS[HEALTHY], len(honest))).octets == honest
            await asyncio.sleep(0.05)
