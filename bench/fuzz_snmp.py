"""A million lies told to the real SNMP links, over real sockets, by an agent that means harm.

    python bench/fuzz_snmp.py [--count 1000000] [--seed N]

The agent is a process of its own. It answers our v1, v2c and v3 requests with random octets, damaged true answers,
answers with other ids or from other addresses, refusals, 60 KB answers, walks that never end or go back, and, as it
holds the keys of version 3, with broken PDUs inside good messages; mostly the truth comes last. The links run in this
process, so its memory, its stderr and its exceptions are theirs alone.

Good is: every request ends in a reply, silence, `garbled` or `unauthorised`; no reply holds what was not asked, or rows
out of order; no other exception anywhere; nothing on stderr; memory no larger at the end than half-way. If not, the
exit code is 1.
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import select
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from v3_agent import V3Agent, V3Request, first, response, split, tlv

from fleetmon.decode.dialogue import Get, Oid, Reply, Request, Walk, oid
from fleetmon.errors import LinkError
from fleetmon.links.base import Link
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.snmp_v3 import SnmpV3Link, V3Credentials

SYSTEM = oid("1.3.6.1.2.1.1")
GETS = tuple(Get(tuple((*SYSTEM, number, 0) for number in range(1, many + 1))) for many in (1, 8, 25))
REQUESTS: tuple[Request, ...] = (*GETS, *GETS, Walk(SYSTEM))
BER_SYSTEM = b"\x2b\x06\x01\x02\x01\x01"
OBJECTS = {BER_SYSTEM + bytes((number, 0)): tlv(4, b"object %d" % number) for number in range(1, 31)}
ORDER = sorted(OBJECTS)
CREDENTIALS = V3Credentials("monitor", "sha1", "authentic1", "aes128", "private123")
GROWTH_ALLOWED_KIB = 8 * 1024
LINKS_PER_VERSION = 8


# The agent's process


class Liar:
    """Makes of one true answer the datagrams that are sent."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def lies(self, truth: bytes) -> list[bytes]:
        """Some lies, and nearly always the truth behind them."""
        told = [self.lie(truth) for _ in range(self.random.randrange(1, 16))]
        return told if self.random.random() < 0.004 else [*told, truth]

    def lie(self, truth: bytes) -> bytes:
        """Rubbish, mostly much like the truth."""
        kind = self.random.random()
        if kind < 0.15:
            return self.random.randbytes(self.random.randrange(200))
        if kind < 0.151:
            return truth[:-1] + self.random.randbytes(60_000)
        if kind < 0.25:
            return truth[: self.random.randrange(len(truth))]
        return self.damaged(truth)

    def damaged(self, octets: bytes) -> bytes:
        """A few octets changed, put in, left out or repeated."""
        changed = bytearray(octets)
        for _ in range(self.random.randrange(1, 4)):
            at = self.random.randrange(len(changed) + 1)
            put = self.random.randbytes(self.random.randrange(4)) or bytes(changed[:2])
            changed[at : at + self.random.randrange(4)] = put
        return bytes(changed)


def truth_about(tag: int, request_id: int, third: int, names: list[bytes], liar: Liar) -> bytes:
    """The PDU an honest agent would send; sometimes a well-made but dishonest one."""
    dishonest = liar.random.random()
    if dishonest < 0.02:
        rows = [(name, b"\x05\x00") for name in names]
        return response(request_id, rows, liar.random.randrange(-1, 20), liar.random.randrange(-1, 30))
    if dishonest < 0.04:
        return response(request_id, liar.random.choices(list(OBJECTS.items()), k=liar.random.randrange(12)))
    if dishonest < 0.0405:
        return response(request_id, [(name, tlv(4, b"x" * 60_000)) for name in names[:1]])
    if tag == 0xA0:
        return response(request_id, [(name, OBJECTS.get(name, b"\x81\x00")) for name in names])
    if len(names[0]) == len(BER_SYSTEM) + 3 or dishonest < 0.0415:
        return endless(request_id, names[0], max(third, 1))
    following = [name for name in ORDER if name > names[0]][: max(third, 1)]
    return response(request_id, [(name, OBJECTS[name]) for name in following] or [(names[0], b"\x82\x00")])


def endless(request_id: int, last: bytes, many: int) -> bytes:
    """The next rows of a table that never ends: system.99.n."""
    tail = last.removeprefix(BER_SYSTEM + b"\x63")
    number = (tail[0] & 0x7F) << 7 | tail[1] if len(tail) == 2 else 127
    rows = [
        BER_SYSTEM + b"\x63" + bytes((0x80 | n >> 7 & 0x7F, n & 0x7F)) for n in range(number + 1, number + many + 1)
    ]
    return response(request_id, [(name, b"\x02\x01\x05") for name in rows])


class Community:
    """The agent for versions 1 and 2c."""

    def __init__(self, liar: Liar) -> None:
        self.liar = liar

    def handle(self, datagram: bytes) -> list[bytes]:
        """What goes back for one request."""
        (_, version), community, (tag, pdu) = split(first(datagram)[1])
        (_, request_id), _, (_, third), (_, rows) = split(pdu)
        names = [split(row)[0][1] for _, row in split(rows)]
        asked = int.from_bytes(request_id, "big", signed=True)
        if self.liar.random.random() < 0.05:
            asked ^= 1 << self.liar.random.randrange(31)
        answer = truth_about(tag, asked, int.from_bytes(third, "big") if tag == 0xA5 else 0, names, self.liar)
        return self.liar.lies(tlv(0x30, tlv(2, version) + tlv(*community) + answer))


class Keyed:
    """The agent for version 3, which holds the keys: it may lie outside a good message or inside it."""

    def __init__(self, liar: Liar) -> None:
        self.liar = liar
        self.agent = V3Agent(self.pdus)

    def pdus(self, request: V3Request) -> list[bytes]:
        """The PDU, broken now and then."""
        if not request.names:
            return [response(request.request_id, [])]
        pdu = truth_about(request.tag, request.request_id, request.third, request.names, self.liar)
        return [self.liar.damaged(pdu) if self.liar.random.random() < 0.2 else pdu]

    def handle(self, datagram: bytes) -> list[bytes]:
        """What goes back for one request."""
        return [lie for truth in self.agent.handle(datagram) for lie in self.liar.lies(truth)]


def agent_process(seed: int, ports: multiprocessing.SimpleQueue, told: Synchronized) -> None:
    """Answer on two ports until killed, from a third one too; count every datagram."""
    liar = Liar(seed)
    agents = {udp_socket(): Community(liar), udp_socket(): Keyed(liar)}
    stranger = udp_socket()
    for sock in agents:
        ports.put(sock.getsockname()[1])
    while True:
        for sock in select.select(list(agents), [], [])[0]:
            datagram, sender = sock.recvfrom(65_536)
            answers = agents[sock].handle(datagram)
            for answer in answers:
                by = stranger if liar.random.random() < 0.02 else sock
                by.sendto(answer[:65_000], sender)
            with told:
                told.value += len(answers)


def udp_socket() -> socket.socket:
    """On a free port of this machine."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock


# The links' process


class Books:
    """What came of the requests."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.memory: list[int] = []

    async def keep(self, link: Link, request: Request) -> None:
        """Ask once, and note how it ended."""
        asking = asyncio.ensure_future(link.ask(request))
        await asyncio.wait([asking])
        match asking.exception():
            case None:
                self.outcomes["reply"] += 1
                if not fits(request, asking.result()):
                    self.wrong.append(f"{request} was answered with {asking.result()}")
            case LinkError() as error:
                self.outcomes[error.why.value] += 1
            case error:
                self.wrong.append(f"{type(error).__name__}: {error}")

    def weigh(self) -> None:
        """Note how much memory the process has now."""
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.memory.append(pages * os.sysconf("SC_PAGE_SIZE") // 1024)


def fits(request: Request, reply: Reply) -> bool:
    """Whether a reply keeps the promises of Get and Walk."""
    names: list[Oid] = [row.oid for row in reply]
    if isinstance(request, Get):
        return names == [name for name in request.oids if name in names]
    below = all(name[: len(request.root)] == request.root for name in names)
    return below and len(names) <= 2_000 and names == sorted(set(names))


async def ask_on(link: Link, books: Books, is_enough: Callable[[], bool], seed: int) -> None:
    """One machine, asked without a pause."""
    choose = random.Random(seed)
    while not is_enough():
        await books.keep(link, choose.choice(REQUESTS))
    await link.close()


async def fuzz(ports: tuple[int, int], told: Synchronized, count: int, seed: int) -> Books:
    """Ask until `count` datagrams were sent back."""
    books, shared, begun = Books(), SnmpSocket(), time.monotonic()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: books.wrong.append(str(context)))
    marks = iter((count // 10, count // 2, count))
    mark = next(marks)

    def is_enough() -> bool:
        nonlocal mark
        if len(books.memory) < 3 and told.value >= mark:
            books.weigh()
            mark = next(marks, count)
        return told.value >= count or bool(books.wrong)

    links = list(make_links(shared, ports))
    await asyncio.gather(*[ask_on(link, books, is_enough, seed + at) for at, link in enumerate(links)])
    await shared.close()
    if shared.waiting:
        books.wrong.append(f"{shared.waiting} requests were left open")
    elapsed = time.monotonic() - begun
    print(f"{told.value} datagrams in {elapsed:.0f} s, {told.value / elapsed:.0f} a second")
    print(f"v1, v2c: {shared.undecodable} undecodable, {shared.ignored} from strangers or to nothing asked")
    return books


def make_links(shared: SnmpSocket, ports: tuple[int, int]) -> Iterator[Link]:
    """Some of each version."""
    for _ in range(LINKS_PER_VERSION):
        yield SnmpLink(shared, "127.0.0.1", ports[0], version="1", timeout_s=0.1)
        yield SnmpLink(shared, "127.0.0.1", ports[0], version="2c", timeout_s=0.1)
        yield SnmpV3Link("127.0.0.1", ports[1], CREDENTIALS, timeout_s=0.1)


def main() -> int:
    """Run, print the books, and judge."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--count", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options = arguments.parse_args()
    print(f"seed {options.seed}", flush=True)
    ports, told = multiprocessing.SimpleQueue(), multiprocessing.Value("q", 0)
    agent = multiprocessing.Process(target=agent_process, args=(options.seed, ports, told), daemon=True)
    agent.start()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 2)
        try:
            books = asyncio.run(fuzz((ports.get(), ports.get()), told, options.count, options.seed))
        finally:
            os.dup2(stderr, 2)
            agent.kill()
        printed.seek(0)
        said = printed.read()
    grown = books.memory[2] - books.memory[1] if len(books.memory) == 3 else 0
    print("outcomes:", ", ".join(f"{what} {many}" for what, many in books.outcomes.most_common()))
    print(f"other exceptions, broken promises: {len(books.wrong)}", *books.wrong[:5], sep="\n  ")
    print(f"on stderr: {len(said)} octets", said[:500].decode(errors="replace"))
    print(f"memory in KiB at a tenth, half-way, at the end: {books.memory}")
    return 1 if books.wrong or said or grown > GROWTH_ALLOWED_KIB else 0


if __name__ == "__main__":
    sys.exit(main())
