"""Many machines that fault all the time, in one cheap process: every answer is recorded once and said again.

The answers are those of the simulated passport printer (`simulators/`), taken from it once for each of a few
conditions; only the request id is exchanged. So a datagram costs some ten microseconds instead of the millisecond of a
whole SNMP engine, and the daemon under test gets the two cores.

    python -m bench.torture.machines COUNT     prints the ports as one JSON list, then obeys lines of standard input:
        flap SECONDS       every machine changes its condition that often, each at its own moment
        quiet              all stay as they are
        show N CONDITION   machine N shows that from now on: faults of the sheet, joined by +, or none
        mute N, speak N    machine N answers nobody; answers again
"""

import asyncio
import json
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp.tables import LiveTables
from fleetmon.simulators.snmp.wire import Endpoint

FLAPPING = (
    "",
    "booklet-jam+stacker-full+magazine-low",
    "",
    "front-cover-open+black-low+waste-near-full",
    "",
    "feed-jam",
)


class _Catch:
    """Stands for a transport: keeps the last answer."""

    answer = b""

    def sendto(self, data: bytes, _: object) -> None:
        self.answer = data

    def is_closing(self) -> bool:
        return False


class Recorded:
    """What a machine in one condition answers to any request; asked once, then known."""

    def __init__(self, condition: str) -> None:
        machine = Machine(load_sheet("passport_printer"), name="torture")
        # An alert that follows another one has a row number of its own, by which a quick look knows that it is new.
        for _ in range(len(condition)):
            machine.obey(Command(Do.RAISE, fault="offline"), 0.0)
            machine.obey(Command(Do.CLEAR), 0.0)
        for fault in filter(None, condition.split("+")):
            machine.obey(Command(Do.RAISE, fault=fault), 0.0)
        self._caught = _Catch()
        self._endpoint = Endpoint(LiveTables(machine), (), lambda: 0.0)
        self._endpoint.connection_made(self._caught)  # type: ignore[arg-type]
        self._known: dict[bytes, tuple[bytes, bytes]] = {}

    def answer(self, request: bytes) -> bytes:
        """The answer to a request of version 2c; empty where the agent keeps silent."""
        head, number, question = _parts(request)
        if question not in self._known:
            self._caught.answer = b""
            self._endpoint.datagram_received(request, ("127.0.0.1", 0))
            said = self._caught.answer
            # An answer's PDU is tagged 0xA2 (RFC 3416 section 3) and holds our number, so only what follows it is kept.
            self._known[question] = (head, _parts(said)[2][1:]) if said else (head, b"")
        head, rest = self._known[question]
        return _tlv(0x30, head + _tlv(0xA2, number + rest)) if rest else b""


def _parts(message: bytes) -> tuple[bytes, bytes, bytes]:
    """Version and community; the request id; the PDU's tag with all that follows its request id. BER as in X.690."""
    start, _ = _inside(message, 0)
    pdu = _inside(message, _inside(message, start)[1])[1]
    number, _ = _inside(message, pdu)
    rest = _inside(message, number)[1]
    return message[start:pdu], message[number:rest], message[pdu : pdu + 1] + message[rest:]


def _inside(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins and ends."""
    length, begin = data[at + 1], at + 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(data[at + 2 : begin], "big")
    return begin, begin + length


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


@dataclass
class Crowd:
    """All machines: what each shows now."""

    recorded: dict[str, Recorded] = field(default_factory=lambda: {each: Recorded(each) for each in set(FLAPPING)})
    period_s: float = 0.0
    still_at: float = 0.0
    fixed: dict[int, str] = field(default_factory=dict)
    muted: set[int] = field(default_factory=set)

    def answer(self, number: int, request: bytes) -> bytes:
        """What machine `number` says now."""
        if number in self.muted:
            return b""
        condition = self.condition(number)
        if condition not in self.recorded:
            self.recorded[condition] = Recorded(condition)
        return self.recorded[condition].answer(request)

    def condition(self, number: int) -> str:
        """What machine `number` shows now."""
        if number in self.fixed or not self.period_s:
            return self.fixed.get(number, "")
        moment = self.still_at or time.monotonic()
        # The golden ratio spreads the machines evenly over the period, however many there are.
        return FLAPPING[int(moment / self.period_s + number * 0.618) % len(FLAPPING)]

    def obey(self, line: str) -> None:
        """One order, as in the module's text."""
        match line.split():
            case ["flap", seconds]:
                self.period_s, self.still_at = float(seconds), 0.0
                self.fixed.clear()
            case ["quiet"]:
                self.still_at = time.monotonic()
            case ["show", number, *condition]:
                self.fixed[int(number)] = "".join(condition)
            case ["mute", number]:
                self.muted.add(int(number))
            case ["speak", number]:
                self.muted.discard(int(number))
            case _:
                raise SystemExit(f"no order: {line!r}")


class _Agent(asyncio.DatagramProtocol):
    def __init__(self, crowd: Crowd, number: int) -> None:
        self._crowd, self._number = crowd, number

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if answer := self._crowd.answer(self._number, data):
            self._transport.sendto(answer, addr)


async def serve(count: int) -> None:
    """Answer until standard input closes."""
    loop, crowd, ports = asyncio.get_running_loop(), Crowd(), []
    for number in range(count):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        ports.append(sock.getsockname()[1])
        await loop.create_datagram_endpoint(lambda number=number: _Agent(crowd, number), sock=sock)  # type: ignore[misc]
    print(json.dumps(ports), flush=True)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        crowd.obey(line.decode())
        print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
