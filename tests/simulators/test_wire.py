"""The agent on the wire, with net-snmp asking: versions, silence, refusals, reboots, garbage."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.parts import User
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.snmp_agent import serve
from fleetmon.simulators.wires.delivery import Delivery, Vice

Ask = Callable[..., Awaitable[list[str]]]
Accesses = dict[str, tuple[str, ...]]

ON_SNMP = [path.stem for path in sorted(MACHINES.glob("*.toml")) if "[snmp]" in path.read_text(encoding="utf-8")]

UPTIME = ".1.3.6.1.2.1.1.3.0"
LIFE = ".1.3.6.1.2.1.43.10.2.1.4.1.1"
RESET = ".1.3.6.1.2.1.43.5.1.1.3.1"
REQUEST = bytes.fromhex("302602010104067075626c6963a01902047d0b7a2a020100020100300b300906052b060102010500")
DISCOVERY = bytes.fromhex(
    "303e020103301102047a3b1c2d020300ffe30401040201030410300e0400020100020100040004000400301404000400a00e0204257f3c29"
    "0201000201003000"
)
TECH = User("tech", "auth-secret", "priv-secret")


@pytest.fixture
def printer() -> Machine:
    """A passport printer at rest."""
    return Machine(load_sheet("passport_printer"))


@pytest.mark.parametrize("name", ON_SNMP)
async def test_all_versions_of_a_sheet_tell_the_same(ask: Ask, accesses: Accesses, name: str) -> None:
    """What net-snmp walks row by row in version 1 it walks in 2c and 3 as well, by GETNEXT or GETBULK, where the sheet
    speaks them; where not, it is not answered."""
    machine = Machine(load_sheet(name))
    async with serve(machine, users=[TECH], clock=lambda: 0.0) as [port]:
        slow = [line for line in await ask("snmpwalk", accesses["1"], port, ".1.3") if line != "End of MIB"]
        assert len(slow) > 40
        assert len({line.partition(" = ")[0] for line in slow}) == len(slow)
        for version in ("2c", "3"):
            if version in machine.sheet.agent.versions:
                for tool in ("snmpwalk", "snmpbulkwalk"):
                    walk = await ask(tool, accesses[version], port, ".1.3")
                    assert walk[:-1] == slow
                    assert "No more variables left" in walk[-1]
                assert await ask("snmpget", accesses[version], port, UPTIME) == [slow[2]]
            else:
                assert "Timeout" in (await ask("snmpget", (*accesses[version], "-t0.3"), port, UPTIME))[0]
        assert await ask("snmpget", accesses["1"], port, UPTIME) == [slow[2]]


async def test_a_version_1_agent_ignores_everything_else(ask: Ask, accesses: Accesses) -> None:
    """The laminator answers version 1 and is as silent to 2c and 3 as if it were not there."""
    async with serve(Machine(load_sheet("laminator")), users=[TECH]) as [port]:
        assert (await ask("snmpget", accesses["1"], port, UPTIME))[0].startswith(f"{UPTIME} = Timeticks")
        for version in ("2c", "3"):
            [line] = await ask("snmpget", (*accesses[version], "-t0.3"), port, UPTIME)
            assert "Timeout" in line


@pytest.mark.parametrize(
    ("access", "answers"),
    [
        (("-v2c", "-c", "public"), True),
        (("-v2c", "-c", "fleetmon"), True),
        (("-v2c", "-c", "Public"), False),
        (("-v1", "-c", "private"), False),
        (("-v3", "-l", "noAuthNoPriv", "-u", "tech"), False),
        (("-v3", "-l", "authNoPriv", "-u", "tech", "-a", "SHA", "-A", "auth-secret"), False),
        (
            (
                "-v3",
                "-l",
                "authPriv",
                "-u",
                "tech",
                "-a",
                "SHA",
                "-A",
                "wrong-secret",
                "-x",
                "AES",
                "-X",
                "priv-secret",
            ),
            False,
        ),
        (
            (
                "-v3",
                "-l",
                "authPriv",
                "-u",
                "nobody",
                "-a",
                "SHA",
                "-A",
                "auth-secret",
                "-x",
                "AES",
                "-X",
                "priv-secret",
            ),
            False,
        ),
    ],
)
async def test_only_those_who_may_are_answered(
    printer: Machine, ask: Ask, access: tuple[str, ...], answers: bool
) -> None:
    """Each community of the sheet is good; another community, user, key or a lesser security level is not."""
    async with serve(printer, users=[TECH]) as [port]:
        lines = await ask("snmpget", (*access, "-t5" if answers else "-t0.4"), port, UPTIME)
        assert any("Timeticks" in line for line in lines) is answers


async def test_without_users_version_3_is_silent(printer: Machine, ask: Ask, accesses: Accesses) -> None:
    """No user, no version 3, not even the discovery that reveals an engine."""
    async with serve(printer) as [port]:
        assert "Timeout" in (await ask("snmpget", (*accesses["3"], "-t0.3"), port, UPTIME))[0]


@pytest.mark.parametrize(("version", "reason"), [("1", "noSuchName"), ("2c", "notWritable"), ("3", "notWritable")])
async def test_nothing_is_writable(printer: Machine, ask: Ask, accesses: Accesses, version: str, reason: str) -> None:
    """A SET to prtGeneralReset is refused in every version, and the value stays."""
    async with serve(printer, users=[TECH]) as [port]:
        refusal = await ask("snmpset", accesses[version], port, RESET, "i", "4")
        assert any(reason in line for line in refusal)
        assert await ask("snmpget", accesses[version], port, RESET) == [f"{RESET} = INTEGER: 3"]


async def test_version_1_refuses_the_whole_request_and_2c_does_not(
    printer: Machine, ask: Ask, accesses: Accesses
) -> None:
    """One missing object costs version 1 the answer, with its place; 2c says which is missing and gives the rest."""
    missing = ".1.3.6.1.2.1.43.8.2.1.10.1.9"
    async with serve(printer, clock=lambda: 0.0) as [port]:
        refusal = await ask("snmpget", (*accesses["1"], "-Cf"), port, UPTIME, missing)
        assert any("noSuchName" in line for line in refusal)
        assert any(missing in line for line in refusal)
        both = await ask("snmpget", accesses["2c"], port, UPTIME, missing, ".1.3.6.1.2.1.43.99.0")
        assert both[0] == f"{UPTIME} = Timeticks: (25920000) 3 days, 0:00:00.00"
        assert both[1].endswith("No Such Instance currently exists at this OID")
        assert both[2].endswith("No Such Object available on this agent at this OID")


async def test_time_moves_the_machine(printer: Machine, ask: Ask, accesses: Accesses) -> None:
    """At 0 s it is at rest; work comes; at 241 s ten booklets, two impressions each, are done."""
    now = 0.0
    async with serve(printer, clock=lambda: now) as [port]:
        [before] = await ask("snmpget", accesses["2c"], port, LIFE)
        printer.obey(Command(Do.PRODUCE), 0)
        now = 241.0
        [after] = await ask("snmpget", accesses["2c"], port, LIFE)
    assert int(after.rpartition(" ")[2]) - int(before.rpartition(" ")[2]) == 20


async def test_a_reboot_is_silence_then_a_new_engine(printer: Machine, ask: Ask, accesses: Accesses) -> None:
    """While it starts, nobody answers; then uptime is small, and version 3 counts one more boot of the same engine."""
    now = 100.0
    async with serve(printer, users=[TECH], clock=lambda: now) as [port]:
        assert await _discover(port) == (b"passport_printer", 1)
        printer.obey(Command(Do.REBOOT), 100)
        now = 103.0
        for version in ("2c", "3"):
            assert "Timeout" in (await ask("snmpget", (*accesses[version], "-t0.3"), port, UPTIME))[0]
        now = 107.0
        for version in ("2c", "3"):
            [line] = await ask("snmpget", accesses[version], port, UPTIME)
            assert "(700)" in line
        assert await _discover(port) == (b"passport_printer", 2)


async def _discover(port: int) -> tuple[bytes, int]:
    """The text of the engine's identity and its boots, from the report that version 3 sends to an empty question."""
    loop = asyncio.get_running_loop()
    reply: asyncio.Future[bytes] = loop.create_future()

    class Listener(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            reply.set_result(data)

    transport, _ = await loop.create_datagram_endpoint(Listener, remote_addr=("127.0.0.1", port))
    with contextlib.closing(transport):
        transport.sendto(DISCOVERY)
        report = await asyncio.wait_for(reply, 5)
    # security parameters: an octet string (the identity: enterprise, 4 = text, text), then an integer (the boots)
    before, _, after = report.partition(bytes.fromhex("80007ed904"))
    text = after[: before[-1] - 5]
    return text, after[len(text) + 2]


async def test_garbage_is_not_answered_and_does_no_harm(printer: Machine, ask: Ask, accesses: Accesses) -> None:
    """Two thousand damaged and random datagrams raise nothing; the next honest question is answered."""
    dice = random.Random(5)
    complaints: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(str(context.get("exception"))))
    async with serve(printer, users=[TECH]) as [port]:
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port))
        with contextlib.closing(transport):
            for turn in range(2000):
                message = bytearray(dice.choice([REQUEST, DISCOVERY, dice.randbytes(dice.randrange(80))]))
                for _ in range(dice.randrange(4) if message else 0):
                    message[dice.randrange(len(message))] = dice.randrange(256)
                transport.sendto(bytes(message[: dice.randrange(len(message) + 1)] if turn % 3 == 0 else message))
                await asyncio.sleep(0)
            assert (await ask("snmpget", accesses["2c"], port, UPTIME))[0].startswith(UPTIME)
    assert complaints == []


async def test_fifty_machines_in_one_process(ask: Ask, accesses: Accesses) -> None:
    """Fifty machines, each on a port of its own, all answer with their own serial numbers."""
    sheet = load_sheet("passport_printer")
    fleet = [Machine(sheet, name=f"printer-{n}", serial=f"SIM-{n:04}") for n in range(50)]
    async with serve(*fleet) as ports:
        assert len(set(ports)) == 50
        lines = await asyncio.gather(
            *(ask("snmpget", accesses["1"], port, ".1.3.6.1.2.1.43.5.1.1.17.1") for port in ports)
        )
    assert [line.rpartition(" ")[2] for [line] in lines] == [f'"SIM-{n:04}"' for n in range(50)]


async def test_ports_can_be_asked_for_and_are_given_back(printer: Machine) -> None:
    """A port that is taken is named in the error; a port that was left can be had again at once."""
    async with serve(printer) as [port]:
        with pytest.raises(OSError, match=f"127.0.0.1 port {port}"):
            async with serve(printer, ports=[port]):
                pass
    async with serve(printer, ports=[port]) as ports:
        assert ports == [port]


async def test_everything_that_is_sent_passes_the_vice_of_the_line(
    printer: Machine, ask: Ask, accesses: Accesses
) -> None:
    """A vice may swallow, delay or double what an agent says; it is looked up at every answer, in every version."""
    vices: dict[str, Vice] = {}
    heard: list[Delivery] = []

    def late_and_twice(deliveries: list[Delivery]) -> list[Delivery]:
        heard.extend(deliveries)
        return [Delivery(0.4, delivery.octets) for delivery in deliveries for _ in range(2)]

    async with serve(printer, users=[TECH], vices=vices) as [port]:
        for version in ("1", "2c", "3"):
            vices[printer.name] = lambda deliveries: []
            assert "Timeout" in (await ask("snmpget", (*accesses[version], "-t0.3"), port, UPTIME))[0]
            vices[printer.name] = late_and_twice
            begun = asyncio.get_running_loop().time()
            assert (await ask("snmpget", accesses[version], port, UPTIME))[0].startswith(UPTIME)
            assert asyncio.get_running_loop().time() - begun >= 0.4
            vices.clear()
            assert (await ask("snmpget", accesses[version], port, UPTIME))[0].startswith(UPTIME)
    assert len(heard) == 4, "one answer a version, and version 3 asks who is there first"


async def test_who_waits_is_told_how_many_have_started() -> None:
    """After each machine, how many of how many."""
    told: list[tuple[int, int]] = []
    fleet = [Machine(load_sheet("laminator"), name=f"lam-{n}") for n in range(3)]
    async with serve(*fleet, started=lambda done, total: told.append((done, total))):
        assert told == [(1, 3), (2, 3), (3, 3)]
