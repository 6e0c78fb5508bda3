"""What agents say unasked, with net-snmp's snmptrapd as the one who is told."""

import asyncio
import os
import shutil
import socket
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.snmp.traps import Calls, TrapsTo
from fleetmon.simulators.snmp_agent import serve

FORM = "%a|%N|%w|%q|%V|%v\n"  # agent address, enterprise, generic, specific; then the variables with bars between
ALERT = ".1.3.6.1.2.1.43.18.1.1"
WITH_PRINTER_MIB = [path.stem for path in sorted(MACHINES.glob("*.toml")) if "\nprinter_mib = true" in path.read_text()]
NOWHERE = TrapsTo((("127.0.0.1", 9),))


@dataclass
class Trapd:
    """net-snmp's snmptrapd: the lines it wrote, one for each trap."""

    to: TrapsTo
    lines: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def next(self) -> str:
        """The next trap that arrives, with a deadline."""
        return await asyncio.wait_for(self.lines.get(), 10)


@asynccontextmanager
async def _trapd(folder: Path) -> AsyncIterator[Trapd]:
    """One that takes the community `office` alone."""
    if shutil.which("snmptrapd", path=os.environ["PATH"] + ":/usr/sbin") is None:
        assert os.environ.get("CI") != "true", "CI needs net-snmp's snmptrapd"
        pytest.skip("snmptrapd of net-snmp is not installed")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "snmptrapd.conf").write_text("authCommunity log office\n")
    words = ("-f", "-n", "-Lo", "-On", "-m", "", "-C", "-c", str(folder / "snmptrapd.conf"))
    process = await asyncio.create_subprocess_exec(
        *("snmptrapd", *words, "-F", FORM, f"udp:127.0.0.1:{port}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"] + ":/usr/sbin", "SNMP_PERSISTENT_DIR": str(folder)},
    )
    assert process.stdout is not None
    lines = process.stdout
    told = Trapd(TrapsTo((("127.0.0.1", port),), "office"))
    try:
        async with asyncio.timeout(10):
            while b"NET-SNMP version" not in await lines.readline():
                pass
        reading = asyncio.create_task(_read(lines, told.lines))
        yield told
        reading.cancel()
    finally:
        process.terminate()
        await process.wait()


async def _read(out: asyncio.StreamReader, lines: "asyncio.Queue[str]") -> None:
    async for line in out:
        if b"|" in line:
            lines.put_nowait(line.decode().strip())


async def test_a_critical_row_is_told_once_and_its_end_is_not(tmp_path: Path) -> None:
    """printerV2Alert with six variables in the order of RFC 3805, after uptime and trap OID; and nothing at the end."""
    machine = Machine(load_sheet("passport_printer"))
    async with _trapd(tmp_path) as trapd, serve(machine, clock=lambda: 50.0, traps=trapd.to) as [_]:
        machine.obey(Command(Do.RAISE, fault="booklet-jam"), 50)
        fields = (await trapd.next()).split("|")
        assert fields[4:] == [
            ".1.3.6.1.2.1.1.3.0 = Timeticks: (25925000) 3 days, 0:00:50.00",
            ".1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.2.1.43.18.2.0.1",
            f"{ALERT}.1.1.1 = INTEGER: 1",
            f"{ALERT}.2.1.1 = INTEGER: 3",
            f"{ALERT}.4.1.1 = INTEGER: 13",
            f"{ALERT}.5.1.1 = INTEGER: 1",
            f"{ALERT}.6.1.1 = INTEGER: 3",
            f"{ALERT}.7.1.1 = INTEGER: 8",
        ]
        machine.obey(Command(Do.CLEAR), 50)
        machine.obey(Command(Do.RAISE, fault="magazine-low"), 50)
        machine.obey(Command(Do.RAISE, fault="feed-jam"), 50)
        assert (await trapd.next()).endswith(f"{ALERT}.7.1.3 = INTEGER: 8"), "the end and the warning were not told"


async def test_a_version_1_agent_sends_the_old_form(tmp_path: Path) -> None:
    """printerV1Alert: enterprise mib-2.43.18.2, generic 6, specific 1, the agent's address and uptime in the head."""
    machine = Machine(load_sheet("laminator"))
    async with _trapd(tmp_path) as trapd, serve(machine, clock=lambda: 0.5, traps=trapd.to) as [_]:
        machine.obey(Command(Do.RAISE, fault="cutter-jam"), 0.5)
        address, enterprise, generic, specific, *rows = (await trapd.next()).split("|")
        assert (address, enterprise, generic, specific) == ("127.0.0.1", ".1.3.6.1.2.1.43.18.2", "6", ".1")
        index = machine.alerts[-1].index
        said = {1: index, 2: 3, 4: 30, 5: 1, 6: -2, 7: 31108}
        assert rows == [f"{ALERT}.{column}.1.{index} = INTEGER: {number}" for column, number in said.items()]


@pytest.mark.parametrize("name", WITH_PRINTER_MIB)
async def test_every_critical_fault_of_every_sheet_is_told(tmp_path: Path, name: str) -> None:
    """Whatever stops a machine brings one trap with the numbers of its row in the sheet, read here once more; what does
    not stop it brings none."""
    faults = tomllib.loads((MACHINES / f"{name}.toml").read_text(encoding="utf-8"))["faults"]
    machine = Machine(load_sheet(name))
    async with _trapd(tmp_path) as trapd, serve(machine, clock=lambda: 0.0, traps=trapd.to) as [_]:
        for fault, said in faults.items():
            machine.obey(Command(Do.RAISE, fault=fault), 0)
            [row] = said["rows"]
            if row["severity"] == 3:
                told = [int(variable.rpartition(" ")[2]) for variable in (await trapd.next()).split("|")[-5:]]
                assert told == [3, row["group"], row.get("part", -1), row.get("location", -2), row["code"]]
            machine.obey(Command(Do.CLEAR, fault=fault), 0)
        assert trapd.lines.empty()


async def test_the_command_sends_traps_too(tmp_path: Path) -> None:
    """`--trap ADDRESS:PORT`, twice, and `--trap-community`; an order on standard input raises the fault."""
    async with _trapd(tmp_path) as trapd:
        [(host, port)] = trapd.to.addresses
        options = ("--trap", f"{host}:{port}", "--trap", f"{host}:{port}", "--trap-community", "office")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fleetmon.simulators.snmp_agent", "--machine", "laminator", *options),
            *("--idle", "--commands", "--until-stdin-closes"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        assert process.stdin is not None
        process.stdin.write(b'{"machine": "laminator", "do": "raise", "fault": "cutter-jam"}\n')
        try:
            assert "INTEGER: 31108" in await trapd.next()
            assert "INTEGER: 31108" in await trapd.next()
        finally:
            process.stdin.close()
            assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_another_community_is_not_heard(tmp_path: Path) -> None:
    """The community is part of the trap: the office's snmptrapd drops what comes with another."""
    machine = Machine(load_sheet("passport_printer"))
    async with _trapd(tmp_path) as trapd:
        calls = [Calls(machine, TrapsTo(trapd.to.addresses, community)) for community in ("stranger", "office")]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
            for each, fault in zip(calls, ("booklet-jam", "front-cover-open"), strict=True):
                machine.obey(Command(Do.RAISE, fault=fault), 0)
                sending.sendto(each.due(0, bytes(4))[-1], trapd.to.addresses[0])
        assert f"{ALERT}.7.1.2 = INTEGER: 3" in await trapd.next()


def _codes(calls: Calls, now: float) -> list[int]:
    """The last octet of each trap is that of its last variable, prtAlertCode."""
    return [trap[-1] for trap in calls.due(now, b"\x7f\0\0\1")]


def test_rows_that_come_and_go_between_two_looks_are_told() -> None:
    """A jam of a second, seen a minute later, was a critical row all the same; what stood before is no news."""
    machine = Machine(load_sheet("passport_printer"))
    machine.obey(Command(Do.RAISE, fault="front-cover-open"), 0)
    calls = Calls(machine, NOWHERE)
    machine.obey(Command(Do.RAISE, fault="booklet-jam", seconds=1), 10)
    machine.obey(Command(Do.RAISE, fault="booklet-jam", seconds=1), 20)
    assert _codes(calls, 60) == [8, 8]
    assert _codes(calls, 61) == []


def test_after_a_restart_what_is_wrong_is_told_anew() -> None:
    """While it starts nobody is there to send; then the cover that is still open is the first row of a new table."""
    machine = Machine(load_sheet("passport_printer"))
    calls = Calls(machine, NOWHERE)
    machine.obey(Command(Do.RAISE, fault="front-cover-open"), 0)
    assert _codes(calls, 1) == [3]
    machine.obey(Command(Do.REBOOT), 2)
    assert calls.due(3, bytes(4)) == []
    assert _codes(calls, 30) == [3]
    assert [alert.index for alert in machine.alerts] == [1]


def test_an_agent_without_printer_mib_has_no_such_traps() -> None:
    """The label printer's head is open, and it says nothing that RFC 3805 would define."""
    machine = Machine(load_sheet("label_printer_vendor"))
    calls = Calls(machine, NOWHERE)
    machine.obey(Command(Do.RAISE, fault="head-open"), 0)
    assert calls.due(1, bytes(4)) == []
