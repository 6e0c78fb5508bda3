"""Four readers of the same machines: our link, our file reader, net-snmp's tools and pysnmp must see the same values.

snmpsim serves the walks of real devices; none of the three peers was written here.
"""

import shutil
import subprocess
import warnings
from pathlib import Path

import pytest
from pyasn1.codec.ber import decoder
from pysnmp.proto import api

from fleetmon.decode import ber, walk_text
from fleetmon.decode.dialogue import Get, Oid, Varbind, Walk, dotted, oid
from fleetmon.errors import GarbledReply
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.walk_file import open_walk

CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "visible"
STEMS = sorted(path.stem for path in CAPTURES.glob("*.snmprec"))
ROOTS = tuple(map(oid, ("1.3.6.1.2.1.1", "1.3.6.1.2.1.25.3", "1.3.6.1.2.1.43")))
PRIVATE = oid("1.3.6.1.4.1")
needs_tools = pytest.mark.skipif(shutil.which("snmpbulkwalk") is None, reason="net-snmp's tools are not installed")


@pytest.fixture(params=STEMS or ["none"])
def walk(request, captures):
    """One recorded machine: its file's stem, the file reader, and the subtrees to compare."""
    recorded = open_walk(captures / "visible" / f"{request.param}.snmprec")
    private = [name for name in recorded.oids if name[: len(PRIVATE)] == PRIVATE]
    branches = [name[:9] for name in private[:1] + private[len(private) // 2 :][:1]]
    small = [root for root in branches if sum(name[:9] == root for name in private) <= 200]
    return request.param, recorded, (*ROOTS, *dict.fromkeys(small))


def served(rows: tuple[Varbind, ...]) -> list[Varbind]:
    """Rows as snmpsim serves them: it drops white space at the end of plain strings."""
    return [row._replace(value=row.value.rstrip()) if isinstance(row.value, bytes) else row for row in rows]


@needs_tools
async def test_our_link_reads_what_net_snmp_pysnmp_and_the_file_say(walk, snmpsim, datagrams, snmp_socket):
    """Every OID, tag and value of the system, host-resources, printer and some private subtrees, by GETBULK; pysnmp
    reads the very datagrams that our link has read."""
    community, recorded, roots = walk
    link = SnmpLink(snmp_socket, snmpsim.host, snmpsim.port, community=community, timeout_s=5)
    for root in roots:
        rows = await link.ask(Walk(root))
        assert served(rows) == served(await recorded.ask(Walk(root)))
        assert list(rows) == net_snmp("snmpbulkwalk", "2c", snmpsim, community, root)
    assert datagrams
    read = list(datagrams)  # decoding them again adds to it
    assert [ber.decode(datagram).varbinds for datagram in read] == list(map(by_pysnmp, read))


@needs_tools
@pytest.mark.parametrize("community", [stem for stem in STEMS if "murrant" in stem or "fragment" in stem])
async def test_our_link_reads_what_net_snmp_reads_in_v1(community, snmpsim, snmp_socket):
    """The same by GETNEXT in version 1, where snmpsim can serve it (no Counter64)."""
    link = SnmpLink(snmp_socket, snmpsim.host, snmpsim.port, community=community, version="1", timeout_s=5)
    for root in ((*ROOTS[0], 1), (*ROOTS[1], 2, 1, 5), oid("1.3.6.1.2.1.43.11.1.1.9")):
        assert list(await link.ask(Walk(root))) == net_snmp("snmpwalk", "1", snmpsim, community, root)


@pytest.fixture
def datagrams(monkeypatch):
    """The answers that our link decodes, as they came."""
    seen: list[bytes] = []
    ours = ber.decode

    def decode(datagram: bytes) -> ber.Response:
        seen.append(bytes(datagram))
        return ours(datagram)

    monkeypatch.setattr(ber, "decode", decode)
    return seen


def by_pysnmp(datagram: bytes) -> tuple[Varbind, ...]:
    """An SNMPv2c message as pysnmp reads it, in our terms."""
    words = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
    message, rest = decoder.decode(datagram, asn1Spec=words.Message())
    assert not rest
    rows = words.apiPDU.get_varbinds(words.apiMessage.get_pdu(message))
    return tuple(
        from_pysnmp(row) or Varbind(tuple(row[0]), row[1].tagSet[-1].tagClass | row[1].tagSet[-1].tagId, None)
        for row in rows
    )


def net_snmp(program: str, version: str, where, community: str, root: Oid) -> list[Varbind]:
    """What net-snmp's tool prints, read back by our reader of walk files."""
    command = [program, f"-v{version}", "-c", community, "-On", "-t", "5", f"{where.host}:{where.port}"]
    printed = subprocess.run([*command, dotted(root)], check=False, capture_output=True, timeout=60)
    assert printed.returncode in (0, 2), printed.stderr
    if not any(b" = " in line and b"No " not in line for line in printed.stdout.splitlines()):
        return []
    found = walk_text.parse(printed.stdout, "snmpwalk")
    assert found.remarks == []
    return list(found.varbinds.values())


@pytest.fixture(scope="session")
def hlapi():
    """pysnmp's high-level interface, which warns of its own use of pysmi."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from pysnmp.hlapi.v3arch import asyncio as interface
    return interface


FAST = [(*ROOTS[0], number, 0) for number in (1, 2, 3, 5)]
FAST += [(*ROOTS[1], *rest) for rest in ((2, 1, 5, 1), (5, 1, 1, 1), (5, 1, 2, 1))]
FAST += [oid(f"1.3.6.1.2.1.43.{rest}") for rest in ("5.1.1.1.1", "10.2.1.4.1.1", "11.1.1.6.1.1", "16.5.1.2.1.1")]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_our_link_reads_what_pysnmp_reads(snmpsim, snmp_socket, hlapi):
    """One GET for the objects of a fast poll, some of which no device has, of every machine."""
    engine, differing = hlapi.SnmpEngine(), []
    target = await hlapi.UdpTransportTarget.create((snmpsim.host, snmpsim.port), timeout=5)
    for community in STEMS:
        asked = [hlapi.ObjectType(hlapi.ObjectIdentity(name)) for name in FAST]
        who = engine, hlapi.CommunityData(community), target, hlapi.ContextData()
        error, status, _, rows = await hlapi.get_cmd(*who, *asked, lookupMib=False)
        assert (error, int(status)) == (None, 0)
        link = SnmpLink(snmp_socket, snmpsim.host, snmpsim.port, community=community, timeout_s=5, max_varbinds=20)
        if await link.ask(Get(tuple(FAST))) != tuple(row for row in map(from_pysnmp, rows) if row):
            differing.append(community)
    engine.close_dispatcher()
    assert differing == []


def from_pysnmp(row) -> Varbind | None:
    """A row of pysnmp's in our terms; None for an object that does not exist."""
    name, value = row
    tag = value.tagSet[-1].tagClass | value.tagSet[-1].tagId
    if tag in ber.EXCEPTIONS:
        return None
    if tag == ber.OBJECT_ID:
        return Varbind(tuple(name), tag, tuple(value))
    return Varbind(tuple(name), tag, bytes(value) if hasattr(value, "asOctets") else int(value))


async def test_rows_out_of_order_cost_their_own_table_only(snmpsim, snmp_socket, captures):
    """One device's private table goes back and forth: that walk is garbled and names the OID, all others are whole."""
    link = SnmpLink(snmp_socket, snmpsim.host, snmpsim.port, community="murrant_hp-lj500", timeout_s=5)
    with pytest.raises(GarbledReply, match=r"does not get on: 1\.3\.6\.1\.4\.1\.11\.2\.4\.3\.6\.16\.1\.2 came after"):
        await link.ask(Walk(oid("1.3.6.1.4.1.11.2.4.3.6")))
    assert len(await link.ask(Walk(oid("1.3.6.1.2.1.43.18")))) > 0


@needs_tools
@pytest.mark.parametrize("version", ["1", "2c"])
async def test_our_link_reads_what_net_snmp_reads_of_its_own_agent(version, snmpd, snmp_socket):
    """snmpd, a living agent with large tables: the interfaces and the objects that do not move."""
    link = SnmpLink(snmp_socket, snmpd.host, snmpd.port, version=version)
    for root in map(oid, ("1.3.6.1.2.1.1.9.1.3", "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.25.2.3.1.3", "1.3.6.1.2.1.4.20")):
        assert list(await link.ask(Walk(root))) == net_snmp("snmpwalk", version, snmpd, "public", root)
    asked = Get((oid("1.3.6.1.2.1.1.6.0"), oid("1.3.6.1.2.1.1.66.0"), oid("1.3.6.1.2.1.1.1.0")))
    assert [row.value for row in await link.ask(asked)] == [b"hall 1", b"a machine that net-snmp speaks for"]
