"""Who asks two hundred machines: datagrams, one socket, a clock. Shares nothing with fleetmon or the simulators.

A machine is asked in one message for what a monitor asks in every poll, and every sixth time its supplies and alerts
are walked as well, row by row in version 1 and with GETBULK in 2c. No question is repeated: an answer that is missing
is missing.
"""

import heapq
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from bench.v3_agent import first, integer, split, tlv

INTERVAL_S = 5.0
PATIENCE_S = 2.0
SLOW_EVERY = 6
ROWS_AT_ONCE = 20
GET, GET_NEXT, GET_BULK = 0xA0, 0xA1, 0xA5
END_OF_VIEW = 0x82


@lru_cache
def oid(text: str) -> bytes:
    """The contents of an OBJECT IDENTIFIER."""
    one, two, *arcs = map(int, text.split("."))
    octets = bytearray()
    for arc in (40 * one + two, *arcs):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(groups))
    return bytes(octets)


MIB_2, ZEBRA = "1.3.6.1.2.1.", "1.3.6.1.4.1.10642."
STATES = ("1.3.0", "25.3.2.1.5.{}", "25.3.5.1.1.{}", "25.3.5.1.2.{}")
PRINTER = ("43.5.1.1.18.{}", "43.5.1.1.19.{}", "43.5.1.1.1.{}", "43.10.2.1.4.{}.1")
VENDOR = tuple(oid(ZEBRA + name) for name in ("6.22.0", "2.10.3.7.0", "3.1.6.0"))
WALKED = (oid(MIB_2 + "43.11.1.1"), oid(MIB_2 + "43.18.1.1"))
VENDOR_WALKED = (oid(ZEBRA + "10.31.1"),)


class Target(NamedTuple):
    """One machine; `version` is 0 for SNMP version 1 and 1 for 2c, `device` the printer's hrDeviceIndex."""

    port: int
    version: int
    device: int
    is_vendor: bool

    @property
    def states(self) -> tuple[bytes, ...]:
        """What every poll asks for."""
        names = STATES if self.is_vendor else STATES + PRINTER
        return tuple(oid(MIB_2 + name.format(self.device)) for name in names) + (VENDOR if self.is_vendor else ())


class Question(NamedTuple):
    """A request to a target; `root` is what it walks, empty for a GET."""

    target: Target
    kind: int
    names: tuple[bytes, ...]
    root: bytes = b""

    def message(self, number: int) -> bytes:
        """The datagram."""
        varbinds = b"".join(tlv(0x30, tlv(6, name) + b"\5\0") for name in self.names)
        numbers = integer(number) + integer(0) + integer(ROWS_AT_ONCE if self.kind == GET_BULK else 0)
        pdu = tlv(self.kind, numbers + tlv(0x30, varbinds))
        return tlv(0x30, integer(self.target.version) + tlv(4, b"public") + pdu)


class Reply(NamedTuple):
    """What an answer says: the last row's name and the tag of its value."""

    number: int
    error: int
    last: bytes
    tag: int


def questions(target: Target, is_slow: bool) -> Iterator[Question]:
    """The first messages of one poll."""
    yield Question(target, GET, target.states)
    if is_slow:
        for root in VENDOR_WALKED if target.is_vendor else WALKED:
            yield Question(target, GET_BULK if target.version else GET_NEXT, (root,), root)


def read(data: bytes) -> Reply:
    """A response of version 1 or 2c."""
    *_, (_, pdu) = split(first(data)[1])
    (_, number), (_, error), _, (_, listed) = split(pdu)
    (_, name), (tag, _) = split(split(listed)[-1][1])
    return Reply(int.from_bytes(number, "big"), error[-1], name, tag)


@dataclass
class Figures:
    """What came of the questions. `late_s` is how late the latest was asked: the asker's own weakness."""

    asked: int = 0
    missed: int = 0
    wrong: int = 0
    late_s: float = 0.0
    took_s: list[float] = field(default_factory=list)


class Asker:
    """Asks all targets, evenly spread over the interval."""

    def __init__(self, targets: list[Target]) -> None:
        self.figures = Figures()
        self._targets = targets
        self._numbers = count(1)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._waiting: dict[int, tuple[float, Question]] = {}
        self._due: list[tuple[float, int, int]] = []

    def run(self, seconds: float, every_minute: Callable[[int], None]) -> Figures:
        """Ask for so long, then wait for the last answers."""
        start = time.perf_counter()
        spread = INTERVAL_S / len(self._targets)
        self._due = [(start + place * spread, place, place) for place in range(len(self._targets))]
        minute = 1
        while (now := time.perf_counter()) < start + seconds:
            self._poll_who_is_due(now)
            self._listen(min(max(0.0, self._due[0][0] - time.perf_counter()), 0.5))
            if now > start + 60 * minute:
                every_minute(minute)
                minute += 1
        end = time.perf_counter() + PATIENCE_S
        while self._waiting and time.perf_counter() < end:
            self._listen(0.1)
        self.figures.missed += len(self._waiting)
        return self.figures

    def _poll_who_is_due(self, now: float) -> None:
        while self._due[0][0] <= now:
            moment, place, turn = heapq.heappop(self._due)
            self.figures.late_s = max(self.figures.late_s, now - moment)
            heapq.heappush(self._due, (moment + INTERVAL_S, place, turn + 1))
            for question in questions(self._targets[place], turn % SLOW_EVERY == 0):
                self._ask(question)

    def _ask(self, question: Question) -> None:
        number = next(self._numbers)
        self.figures.asked += 1
        self._waiting[number] = time.perf_counter(), question
        self._socket.sendto(question.message(number), ("127.0.0.1", question.target.port))

    def _listen(self, seconds: float) -> None:
        if self._selector.select(seconds):
            for data in self._datagrams():
                self._heard(read(data), time.perf_counter())

    def _datagrams(self) -> Iterator[bytes]:
        while True:
            try:
                yield self._socket.recv(65536)
            except BlockingIOError:
                return

    def _heard(self, reply: Reply, now: float) -> None:
        if reply.number not in self._waiting:
            self.figures.wrong += 1
            return
        asked, question = self._waiting.pop(reply.number)
        if now - asked > PATIENCE_S:
            self.figures.missed += 1
        self.figures.took_s.append(now - asked)
        ended = reply.tag == END_OF_VIEW or not reply.last.startswith(question.root)
        if question.root and not ended and not reply.error:
            self._ask(question._replace(names=(reply.last,)))
        elif reply.error and question.kind == GET:
            self.figures.wrong += 1
