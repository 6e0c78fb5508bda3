"""Agents to ask: one in this process that can be made to misbehave, and snmpsim serving the walks of real devices.

The misbehaving agent takes requests apart and builds answers with pysnmp, so that a mistake in our own codec cannot
hide in the tests.
"""

import asyncio
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api, rfc1902, rfc1905

from fleetmon.links.snmp_socket import SnmpSocket

NO_SUCH_INSTANCE, END_OF_MIB_VIEW = rfc1905.noSuchInstance, rfc1905.endOfMibView


@dataclass(frozen=True)
class Asked:
    """One request as an agent sees it; `kind` is get, next or bulk."""

    version: int
    community: bytes
    kind: str
    request_id: int
    oids: tuple[tuple[int, ...], ...]
    repetitions: int
    sender: tuple[str, int]

    def reply(self, rows: Iterable, status: int = 0, index: int = 0, **other: int) -> bytes:
        """A Response with (oid, pysnmp value) rows; `version` and `request_id` can be made wrong."""
        module = api.PROTOCOL_MODULES[other.get("version", self.version)]
        pdu = module.GetResponsePDU()
        module.apiPDU.set_defaults(pdu)
        module.apiPDU.set_request_id(pdu, other.get("request_id", self.request_id))
        module.apiPDU.set_error_status(pdu, status)
        module.apiPDU.set_error_index(pdu, index)
        module.apiPDU.set_varbinds(pdu, list(rows))
        message = module.Message()
        module.apiMessage.set_defaults(message)
        module.apiMessage.set_community(message, self.community)
        module.apiMessage.set_pdu(message, pdu)
        return bytes(encoder.encode(message))

    def refuse(self, status: int, index: int = 0) -> bytes:
        """An error that repeats the names asked for, as RFC 1157 wants."""
        return self.reply([(oid, rfc1902.Null("")) for oid in self.oids], status, index)


def take_apart(data: bytes, sender: tuple[str, int]) -> Asked:
    """A request, decoded by pysnmp."""
    module = api.PROTOCOL_MODULES[int(api.decodeMessageVersion(data))]
    message, _ = decoder.decode(data, asn1Spec=module.Message())
    pdu = module.apiMessage.get_pdu(message)
    kind = {"GetRequestPDU": "get", "GetNextRequestPDU": "next", "GetBulkRequestPDU": "bulk"}[type(pdu).__name__]
    return Asked(
        version=int(message[0]),
        community=bytes(module.apiMessage.get_community(message)),
        kind=kind,
        request_id=int(module.apiPDU.get_request_id(pdu)),
        oids=tuple(tuple(name) for name, _ in module.apiPDU.get_varbinds(pdu)),
        repetitions=int(module.apiBulkPDU.get_max_repetitions(pdu)) if kind == "bulk" else 0,
        sender=sender,
    )


@dataclass
class Agent(asyncio.DatagramProtocol):
    """Answers each request with the datagrams that `answer` makes of it; remembers what it was asked."""

    answer: Callable[[Asked], Iterable[bytes]] = field(default=lambda asked: [])
    requests: list[Asked] = field(default_factory=list)
    host: str = ""
    port: int = 0
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.host, self.port = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        asked = take_apart(data, sender)
        self.requests.append(asked)
        self.was_asked.set()
        for datagram in self.answer(asked):
            self.transport.sendto(datagram, sender)

    def seen(self) -> list[tuple[int, str, int]]:
        """Version, kind and number of objects of every request so far."""
        return [(asked.version, asked.kind, len(asked.oids)) for asked in self.requests]


def behave(mib: dict) -> Callable[[Asked], list[bytes]]:
    """An agent that does what RFC 1157 and RFC 3416 say, from a table of pysnmp values."""
    order = sorted(mib)

    def after(oid: tuple[int, ...], count: int) -> list:
        at = bisect_right(order, oid)
        rows = [(name, mib[name]) for name in order[at : at + count]]
        return rows if len(rows) == count else [*rows, (rows[-1][0] if rows else oid, END_OF_MIB_VIEW)]

    def answer(asked: Asked) -> list[bytes]:
        if asked.kind == "get":
            rows = [(oid, mib.get(oid, NO_SUCH_INSTANCE)) for oid in asked.oids]
        else:
            rows = after(asked.oids[0], max(1, asked.repetitions))
        missing = [at for at, (_, value) in enumerate(rows, 1) if value in (NO_SUCH_INSTANCE, END_OF_MIB_VIEW)]
        if asked.version == 0 and missing:
            return [asked.refuse(2, missing[0])]
        return [asked.reply(rows)]

    return answer


@pytest.fixture
def honest() -> Callable[[dict], Callable[[Asked], list[bytes]]]:
    """How an agent answers that has nothing wrong with it."""
    return behave


class Serving(NamedTuple):
    """Where an agent of another maker listens."""

    host: str
    port: int


@pytest.fixture
async def start_agent():
    """Starts agents on 127.0.0.1 (or another address of this machine)."""
    agents: list[Agent] = []

    async def start(answer: Callable[[Asked], Iterable[bytes]], host: str = "127.0.0.1") -> Agent:
        loop = asyncio.get_running_loop()
        _, agent = await loop.create_datagram_endpoint(lambda: Agent(answer), local_addr=(host, 0))
        agents.append(agent)
        return agent

    mishaps: list[dict] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: mishaps.append(context))
    yield start
    for agent in agents:
        agent.transport.close()
    assert mishaps == [], "an agent of the tests itself went wrong"


@pytest.fixture
async def snmp_socket():
    """The shared socket; at the end of a test nobody may be waiting in it."""
    shared = SnmpSocket()
    yield shared
    assert shared.waiting == 0
    await shared.close()


def _from_bench(name: str):
    """A module of the bench folder, which is no package."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", Path(__file__).parents[2] / "bench" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def v3():
    """The SNMPv3 agent of the bench folder, and what it builds messages of."""
    return _from_bench("v3_agent")


class Peer(asyncio.DatagramProtocol):
    """An SNMPv3 agent at an address; `tamper` may change what it sends."""

    def __init__(self, agent) -> None:
        self.agent = agent
        self.tamper = lambda datagram: datagram

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.host, self.port = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        for datagram in self.agent.handle(data):
            self.transport.sendto(self.tamper(datagram), sender)


@pytest.fixture
async def start_v3_agent(v3):
    """Starts SNMPv3 agents on 127.0.0.1 that answer with the PDUs a function makes of a request."""
    peers: list[Peer] = []
    mishaps: list[dict] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: mishaps.append(context))

    async def start(pdus, **how) -> Peer:
        agent = v3.V3Agent(pdus, **how)
        _, peer = await loop.create_datagram_endpoint(lambda: Peer(agent), local_addr=("127.0.0.1", 0))
        peers.append(peer)
        return peer

    yield start
    for peer in peers:
        peer.transport.close()
    assert mishaps == [], "an agent of the tests itself went wrong"


def free_port(host: str = "127.0.0.1") -> int:
    """A UDP port nobody uses."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def wait_until_it_answers(process: subprocess.Popen, port: int, community: str, log: Path) -> None:
    """Block until an agent answers sysDescr; a dead or mute one fails with what it logged."""
    asking = [
        "snmpget",
        "-v2c",
        "-c",
        community,
        "-t",
        "1",
        "-r",
        "60",
        "-On",
        f"127.0.0.1:{port}",
        "1.3.6.1.2.1.1.1.0",
    ]
    answered = subprocess.run(asking, check=False, capture_output=True, text=True, timeout=90)
    if answered.returncode or process.poll() is not None:
        process.kill()
        pytest.fail(f"the agent does not answer: {answered.stderr}\n{log.read_text()[-2000:]}")


@contextmanager
def serving(command: list[str], port: int, community: str, log: Path):
    """An agent as a process of its own, for as long as it is needed."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        wait_until_it_answers(process, port, community, log)
        yield Serving("127.0.0.1", port)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="session")
def snmpsim(captures: Path, tmp_path_factory: pytest.TempPathFactory):
    """snmpsim serving every walk of the captures: host and port; the community is the file's stem."""
    folder, port = tmp_path_factory.mktemp("snmpsim"), free_port()
    account = ["--process-user=root", "--process-group=root"] if os.geteuid() == 0 else []
    program = str(Path(sys.executable).with_name("snmpsim-command-responder"))
    where = [f"--data-dir={captures / 'visible'}", f"--cache-dir={folder}", f"--agent-udpv4-endpoint=127.0.0.1:{port}"]
    with serving([program, *where, *account], port, "librenms_zebra", folder / "log") as served:
        yield served


SNMPD_CONF = """
agentAddress udp:127.0.0.1:{port}
rocommunity public
sysDescr a machine that net-snmp speaks for
sysLocation hall 1
createUser reader SHA authentic1 AES private123
createUser modern SHA-256 authentic1 AES private123
createUser signer SHA authentic1
createUser anybody
rouser reader priv
rouser modern priv
rouser signer auth
rouser anybody noauth
"""


@pytest.fixture(scope="session")
def snmpd(tmp_path_factory: pytest.TempPathFactory):
    """net-snmp's agent with community public and the SNMPv3 users reader, modern, signer and anybody."""
    program = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("snmpd of net-snmp is not installed")
    folder, port = tmp_path_factory.mktemp("snmpd"), free_port()
    (folder / "snmpd.conf").write_text(SNMPD_CONF.format(port=port) + f"[snmp] persistentDir {folder}\n")
    command = [program, "-f", "-Lo", "-C", "-c", str(folder / "snmpd.conf"), "-I", "-smux", "-p", str(folder / "pid")]
    with serving(command, port, "public", folder / "log") as served:
        yield served
