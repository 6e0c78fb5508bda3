"""Every code of every SNMP sheet, through agent, wire, link, dialogue and driver: two tables that know nothing of each
other, the sheet's and the driver's, must agree with a third.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.parts import Activity, AlertRow, Store
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.snmp_agent import serve

from fleetmon.links.snmp_socket import SnmpSocket

from .expected import EXPECTED, SUPPLIES
from .hearing import alone, complaints, heard_in_memory, heard_on_the_wire, raised, vendor_complaints, with_fault
from .registry import BITS, FINISHER_CONDITIONS, GROUPS, STATUS_PAIRS, SUPPLY_TYPES, ZEBRA_BITS

SHEETS = {path.stem: load_sheet(path.stem) for path in sorted(MACHINES.glob("*.toml"))}
ON_SNMP = {name: sheet for name, sheet in SHEETS.items() if sheet.snmp}
ZEBRA = ON_SNMP["label_printer_vendor"]


@pytest.fixture
async def socket() -> AsyncIterator[SnmpSocket]:
    """The socket that all links share."""
    found = SnmpSocket()
    yield found
    await found.close()


def test_every_fault_and_supply_of_every_sheet_has_an_expectation() -> None:
    """A sheet, a fault or a supply that is new is missed here first."""
    assert {*EXPECTED, "label_printer_vendor"} == {*ON_SNMP}
    for name, expected in EXPECTED.items():
        assert [*expected] == [*ON_SNMP[name].faults]
        assert {*SUPPLIES[name]} == {store.name for store in ON_SNMP[name].stores.values() if store.role == "supply"}


@pytest.mark.parametrize("name", EXPECTED)
async def test_every_fault_reaches_the_report(socket: SnmpSocket, name: str) -> None:
    """Keyword, severity, part, actor, text, codes: as the documents have them; and nothing is said beside."""
    sheet = ON_SNMP[name]
    machine = Machine(sheet)
    wrong = {}
    async with serve(machine, clock=lambda: 0.0) as [port]:
        quiet = await heard_on_the_wire(socket, port, sheet)
        assert quiet.faults == ()
        for fault, told in EXPECTED[name].items():
            machine.obey(Command(Do.RAISE, fault=fault), 0)
            report = await heard_on_the_wire(socket, port, sheet)
            wrong[fault] = complaints(report, told, sheet.faults[fault].text, quiet)
            machine.obey(Command(Do.CLEAR, fault=fault), 0)
        assert (await heard_on_the_wire(socket, port, sheet)).faults == ()
    assert {fault: words for fault, words in wrong.items() if words} == {}


@pytest.mark.parametrize("name", EXPECTED)
async def test_every_supply_is_what_it_is(socket: SnmpSocket, name: str) -> None:
    """Ink is ink, a film is a laminate though only its description says so, and levels are exact or honestly vague."""
    sheet = ON_SNMP[name]
    async with serve(Machine(sheet), clock=lambda: 0.0) as [port]:
        report = await heard_on_the_wire(socket, port, sheet)
    stores = [store for store in sheet.stores.values() if store.role == "supply"]
    told = {supply.part: supply for supply in report.supplies}
    assert {told[f"supply-{s.index}"].description: told[f"supply-{s.index}"].kind for s in stores} == {
        s.description: SUPPLIES[name][s.name] for s in stores
    }
    for store in stores:
        level = told[f"supply-{store.index}"].level
        assert (level.quality, level.level) == _frank(store)


def _frank(store: Store) -> tuple[str, int | None]:
    """How a store stands that is as full as when the machine was delivered."""
    if store.tells != "exact":
        return store.tells, None
    return "exact", int(-(-store.start // store.step) * store.step)


@pytest.mark.parametrize("down", [False, True])
async def test_every_error_bit_reaches_the_report(socket: SnmpSocket, down: bool) -> None:
    """Each of the fifteen, with no row to explain it, in one octet or two; what does not fit is not there."""
    for name, octets in (("passport_printer", 2), ("consular_laser", 1)):
        idle = (5, 1) if down else (2, 3)
        sheet = ON_SNMP[name]
        sheet = replace(sheet, snmp=replace(sheet.agent, statuses=dict.fromkeys(Activity, idle)))
        faults = {bit: alone(bit, (number,)) for number, bit in enumerate(BITS)}
        machine = Machine(replace(sheet, faults=faults))
        async with serve(machine, clock=lambda: 0.0) as [port]:
            for number, (bit, (keyword, running, stopped)) in enumerate(BITS.items()):
                machine.obey(Command(Do.RAISE, fault=bit), 0)
                said = [(f.reason, f.severity, f.codes) for f in (await heard_on_the_wire(socket, port, sheet)).faults]
                assert said == ([(keyword, stopped if down else running, (bit,))] if number < 8 * octets else [])
                machine.obey(Command(Do.CLEAR, fault=bit), 0)


@pytest.mark.parametrize("number", range(3, 39))
def test_every_condition_of_the_laminator_s_cutter_is_understood(number: int) -> None:
    """IANA-PRINTER-MIB's own code, or the generic one in a row that names the cutter: one keyword, fault or notice."""
    for code in (number, 30000 + 100 * 11 + number):
        row = AlertRow(3, 3, GROUPS["finDevice"], 1, -2, code, "")
        report = heard_in_memory(raised(with_fault(ON_SNMP["laminator"], replace(alone(), rows=(row,))), "alone"))
        said = {fault.reason for fault in report.faults} | {notice.keyword for notice in report.notices}
        assert f"separation-cutter-{FINISHER_CONDITIONS[number - 3]}" in said


@pytest.mark.parametrize("number", range(1, 37))
def test_every_type_of_supply_is_understood(number: int) -> None:
    """PrtMarkerSuppliesTypeTC, each number in turn, where the description gives nothing away."""
    sheet = ON_SNMP["passport_printer"]
    stores = {**sheet.stores, "cyan": replace(sheet.stores["cyan"], type=number, description="Consumable 17")}
    [supply] = [s for s in heard_in_memory(Machine(replace(sheet, stores=stores))).supplies if s.part == "supply-1"]
    assert supply.kind == SUPPLY_TYPES[number - 1].partition(":")[2]


@pytest.mark.parametrize("pair", [(device, printer) for device in range(1, 6) for printer in range(1, 6)])
def test_every_pair_of_statuses_is_understood(pair: tuple[int, int]) -> None:
    """hrDeviceStatus and hrPrinterStatus, all 25 pairs, on a machine that says nothing else."""
    sheet = ON_SNMP["passport_printer"]
    report = heard_in_memory(Machine(replace(sheet, snmp=replace(sheet.agent, statuses=dict.fromkeys(Activity, pair)))))
    expected = STATUS_PAIRS.split()[5 * pair[0] + pair[1] - 6]
    assert ("asleep" if report.asleep else report.state) == expected
    assert report.state == ("idle" if expected == "asleep" else expected)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sleeping_machine_is_asleep_and_idle(name: str) -> None:
    """By status pair, by the marker's standby, or by a state text in the alert table: never a fault."""
    machine = Machine(ON_SNMP[name])
    machine.obey(Command(Do.SLEEP), 0)
    report = heard_in_memory(machine)
    assert (report.asleep, report.state, report.faults) == (True, "idle", ())


async def test_every_code_of_the_vendor_sheet_reaches_the_report(socket: SnmpSocket) -> None:
    """Alert table and state word say the same thing twice; the report says it once, under both codes."""
    sheet, machine = ZEBRA, Machine(ZEBRA)
    async with serve(machine, clock=lambda: 0.0) as [port]:
        for fault in ("head-open", "media-out", "ribbon-out", "paused"):
            machine.obey(Command(Do.RAISE, fault=fault), 0)
            assert vendor_complaints(await heard_on_the_wire(socket, port, sheet), fault) == []
            machine.obey(Command(Do.CLEAR, fault=fault), 0)
        report = await heard_on_the_wire(socket, port, sheet)
        assert (report.faults, [notice.code for notice in report.notices]) == ((), ["1,10"])


@pytest.mark.parametrize("mask", ZEBRA_BITS)
def test_every_flag_of_the_vendor_s_state_word_reaches_the_report(mask: int) -> None:
    """All errors of the ZPL guide, said in the word alone, as by firmware without the alert table."""
    sheet = with_fault(ZEBRA, alone(flag=mask))
    report = heard_in_memory(raised(sheet, "alone"))
    assert [(f.reason, f.codes) for f in report.faults] == [(ZEBRA_BITS[mask], (f"{mask:#x}",))]
