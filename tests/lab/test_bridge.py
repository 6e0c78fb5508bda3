"""What is answered in memory is what a link brings from the wire, for every machine there is a sheet of."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.plant import Plant, load_plant_office
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp.rows import Rows, Tag, Value, Version
from fleetmon.simulators.snmp.tables import LiveTables
from fleetmon.simulators.snmp_agent import serve
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.conversation import converse as converse_on_the_wire
from fleetmon.decode import snmp
from fleetmon.decode.dialogue import Dialogue, Get, Reply, Request, Varbind, Walk
from fleetmon.decode.printer_mib import mib
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.lab.virtual_time.bridge import Simulated, converse, reply_of
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.oid import Oid

MACHINES = Path(__file__).parents[2] / "simulators" / "machines"
SHEETS = sorted(path.stem for path in MACHINES.glob("*.toml") if load_sheet(path.stem).snmp)
MISSING: Oid = (1, 3, 6, 1, 2, 1, 1, 99, 0)


def machine(sheet: str, versions: tuple[Version, ...] = ()) -> Machine:
    """A machine that has worked for half an hour; `versions` are those its agent speaks, if not the sheet's."""
    found = load_sheet(sheet)
    if versions:
        found = replace(found, snmp=replace(found.agent, versions=versions))
    made = Machine(found, name=sheet, seed=7, backlog=50)
    made.step(1800.0)
    return made


def requests() -> list[Request]:
    """An interview, and what no agent has."""
    tables: list[Request] = [Walk(entry) for entry in mib.TABLES]
    return [Get((mib.SYS_DESCR, MISSING, mib.SYS_OBJECT_ID, mib.SYS_UPTIME)), Get((MISSING,)), *tables, Walk((1, 3, 6))]


async def from_the_wire(met: Machine) -> list[Reply]:
    async with serve(met, clock=lambda: 1800.0) as (port,):
        socket = SnmpSocket()
        link = SnmpLink(socket, "127.0.0.1", port, timeout_s=1.0)
        replies = [await link.ask(request) for request in requests()]
        await socket.close()
    return replies


@pytest.mark.parametrize("version", [Version.V2C, Version.V1])
@pytest.mark.parametrize("sheet", SHEETS)
def test_memory_and_wire_bring_the_same(sheet: str, version: Version) -> None:
    """Every reply is the link's own, varbind for varbind, in both versions."""
    met = machine(sheet, (version,))
    bridge = Simulated(met)
    bridge.at(1800.0)
    assert [bridge.ask(request) for request in requests()] == asyncio.run(from_the_wire(met))


def test_a_machine_that_starts_up_does_not_answer() -> None:
    """A reboot is silence until the agent is there again; then it answers with a small uptime."""
    met = machine("passport_printer")
    bridge = Simulated(met)
    met.obey(Command(Do.REBOOT), 1800.0)
    bridge.at(1801.0)
    assert bridge.ticks is None
    with pytest.raises(LinkError, match="passport_printer"):
        bridge.ask(Get((mib.SYS_UPTIME,)))
    bridge.at(1830.0)
    assert bridge.ask(Get((mib.SYS_UPTIME,))) == (Varbind(mib.SYS_UPTIME, 0x43, 3000),)


def test_time_passes_between_two_answers() -> None:
    """What is asked later is told as it is then."""
    met = machine("passport_printer")
    bridge = Simulated(met)
    jams = []
    for now in (1900.0, 2000.0, 2100.0):
        bridge.at(now)
        jams.append(len(bridge.ask(Walk(mib.ALERT))))
        if now == 1900.0:
            met.obey(Command(Do.RAISE, fault="booklet-jam", seconds=150.0), now)
    assert jams[1] > jams[0] == jams[2]


def test_version_1_has_no_counter64() -> None:
    """It is left out of a Get and stepped over in a Walk; version 2c tells it."""
    big, small = (1, 3, 6, 1, 4, 1, 1, 0), (1, 3, 6, 1, 4, 1, 2, 0)
    rows = Rows([(big, Value(Tag.COUNTER64, 2**40)), (small, Value(Tag.INTEGER, 5))])
    told = Varbind(small, 2, 5)
    for request in (Get((big, small)), Walk((1, 3, 6))):
        assert reply_of(rows, request, Version.V1) == (told,)
        assert reply_of(rows, request, Version.V2C) == (Varbind(big, 70, 2**40), told)


def test_a_subtree_without_end_is_refused() -> None:
    """As on the wire: nobody wants more than 2 000 rows of a printer."""
    rows = Rows(((1, 3, 6, 1, n), Value(Tag.INTEGER, n)) for n in range(2001))
    with pytest.raises(GarbledReply, match="2000 rows"):
        reply_of(rows, Walk((1, 3, 6, 1)))


names = st.lists(st.integers(0, 3), min_size=3, max_size=5).map(tuple)


@given(st.dictionaries(names, st.integers(0, 9), max_size=12), names, st.lists(names, max_size=6))
def test_replies_are_what_was_asked_for(content: dict[Oid, int], root: Oid, wanted: list[Oid]) -> None:
    """A walk is all below its root in strict order; a Get is what exists, once each, in the order asked."""
    rows = Rows((name, Value(Tag.INTEGER, number)) for name, number in content.items())
    walked = [varbind.oid for varbind in reply_of(rows, Walk(root))]
    assert walked == sorted(name for name in content if name[: len(root)] == root and name != root)
    got = reply_of(rows, Get(tuple(wanted)))
    assert got == tuple(Varbind(name, 2, content[name]) for name in dict.fromkeys(wanted) if name in content)


def test_a_dialogue_may_catch_silence() -> None:
    """A LinkError is raised into the dialogue, as over a wire; what it makes of it is its own business."""

    def patient() -> Dialogue[str]:
        try:
            yield Get((MISSING,))
        except LinkError as error:
            reply = yield Walk((1, 3))
            return f"{error} {len(reply)}"
        return ""

    def once(error: LinkError) -> Callable[[Request], Reply]:
        def answer(request: Request) -> Reply:
            if isinstance(request, Get):
                raise error
            return ()

        return answer

    assert converse(patient(), once(LinkError("nobody"))) == "nobody 0"
    with pytest.raises(LinkError, match="nobody"):
        converse(snmp.interview(), once(LinkError("nobody")))


def test_both_ways_of_driving_a_dialogue_agree() -> None:
    """An interview brings the same objects, whoever drives it."""
    bridge = Simulated(machine("laminator"))
    bridge.at(1800.0)

    class Link:
        async def ask(self, request: Request) -> Reply:
            return bridge.ask(request)

        async def close(self) -> None: ...

    assert converse(snmp.interview(), bridge.ask) == asyncio.run(converse_on_the_wire(snmp.interview(), Link()))


@pytest.mark.parametrize("office", ["six_machines", "demo"])
def test_what_has_not_changed_says_the_same(office: str) -> None:
    """As long as a machine's `changed` stands, all it lists stands, but its clock: so it need not be asked."""
    plant = Plant(load_plant_office(office), seed=11)
    known: dict[str, tuple[int, bool, dict[Oid, Value]]] = {}
    same = 0
    for now in range(1500, 6000, 7):
        for name, met in plant.machines.items():
            met.step(float(now))
            rows = LiveTables(met).rows(float(now))
            listed = {oid: value for oid, value in rows or () if oid != mib.SYS_UPTIME}
            state = (met.changed, rows is None, listed)
            if known.get(name, state)[0] == met.changed:
                assert known.get(name, state) == state, (name, now)
                same += 1
            known[name] = state
    assert same > 200
