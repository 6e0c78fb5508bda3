"""Device sheets: what they must say, how mistakes in them are named, and that all of it reaches the wire.

The sheets are read here with tomllib alone, beside the loader, so that a number lost on its way to the wire is found.
"""

import re
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp_agent import serve

Ask = Callable[..., Awaitable[list[str]]]

MACHINES = Path(__file__).resolve().parents[2] / "simulators" / "machines"
SHEETS = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(MACHINES.glob("*.toml"))}
ON_SNMP = [name for name, sheet in SHEETS.items() if "snmp" in sheet]
WITH_PRINTER_MIB = [name for name in ON_SNMP if SHEETS[name]["snmp"]["printer_mib"]]
ERROR_STATE = ".1.3.6.1.2.1.25.3.5.1.2"
HR_DEVICE_PRINTER = "1.3.6.1.2.1.25.3.1.5"
ALERTS = ".1.3.6.1.2.1.43.18.1.1"
COLUMNS = {"severity": 2, "training": 3, "group": 4, "part": 5, "location": 6, "code": 7}


def _raw(machines: Path, name: str) -> dict[str, Any]:
    return tomllib.loads((machines / f"{name}.toml").read_text())


@pytest.mark.parametrize("name", ON_SNMP)
def test_sheets_are_marked_as_simulated_and_cite_their_sources(machines: Path, name: str) -> None:
    """Serials begin with SIM-, and every fault with numbers of a standard or a maker names where they come from."""
    sheet = _raw(machines, name)
    assert sheet["serial"].startswith("SIM-")
    for fault_name, fault in sheet["faults"].items():
        codes = [str(row["code"]) for row in fault.get("rows", [])]
        assert re.search(r"RFC \d+|IANA-PRINTER-MIB|ZT411 notebook", fault["source"]), fault_name
        if "PrtAlertCodeTC" in fault["source"]:
            cited = re.findall(r"PrtAlertCodeTC (\d+) \w+", fault["source"])
            assert cited == codes, f"{fault_name} cites code {cited} and uses {codes}"


@pytest.mark.parametrize("name", WITH_PRINTER_MIB)
async def test_every_code_of_a_printer_mib_sheet_is_on_the_wire(
    machines: Path, ask: Ask, accesses: dict[str, tuple[str, ...]], name: str
) -> None:
    """Each fault, raised alone, is seen by net-snmp with all its numbers, its text and its error bits; then it goes."""
    sheet = _raw(machines, name)
    octets = sheet["snmp"]["error_octets"]
    [device] = [each["index"] for each in sheet["devices"] if each["type"] == HR_DEVICE_PRINTER]
    machine = Machine(load_sheet(name))
    access = accesses["1"]
    async with serve(machine, clock=lambda: 0.0) as [port]:
        quiet = await _codes(ask, access, port)
        for fault_name, fault in sheet["faults"].items():
            machine.obey(Command(Do.RAISE, fault=fault_name), 0)
            [row] = fault["rows"]
            index = next(alert.index for alert in machine.alerts if alert.fault.name == fault_name)
            walk = await ask("snmpwalk", access, port, ALERTS)
            defaults = {"part": -1, "location": -2} | row
            for word, column in COLUMNS.items():
                assert f"{ALERTS}.{column}.{device}.{index} = INTEGER: {defaults[word]}" in walk
            text = f'STRING: "{fault["text"]}"' if fault["text"] else '""'
            assert f"{ALERTS}.8.{device}.{index} = {text}" in walk
            bits = sum(0x8000 >> bit for bit in fault.get("bits", [])) >> 8 * (2 - octets)
            assert await _error_state(ask, access, port, device) == bits
            machine.obey(Command(Do.CLEAR), 0)
            assert await _codes(ask, access, port) == quiet


async def _codes(ask: Ask, access: tuple[str, ...], port: int) -> list[str]:
    walk = await ask("snmpwalk", access, port, f"{ALERTS}.7")
    return sorted(line.rpartition(" ")[2] for line in walk if line.startswith(ALERTS))


async def _error_state(ask: Ask, access: tuple[str, ...], port: int, device: int) -> int:
    [line] = await ask("snmpget", (*access, "-Ox"), port, f"{ERROR_STATE}.{device}")
    return int(line.partition("Hex-STRING: ")[2].replace(" ", ""), 16)


@pytest.mark.parametrize(
    ("fault", "mask", "changed"),
    [
        ("head-open", 0x10004, {"2.1.1.0": "2"}),
        ("media-out", 0x10001, {"6.23.0": "2"}),
        ("ribbon-out", 0x10002, {"6.24.0": "2"}),
        ("paused", 0x10000, {}),
    ],
)
async def test_every_code_of_the_vendor_sheet_is_on_the_wire(
    machines: Path, ask: Ask, accesses: dict[str, tuple[str, ...]], fault: str, mask: int, changed: dict[str, str]
) -> None:
    """A fault shows in the maker's own objects, mask and alert table, always with the pause that comes with it."""
    row = _raw(machines, "label_printer_vendor")["faults"][fault]["rows"][0]
    machine = Machine(load_sheet("label_printer_vendor"))
    objects = {"2.1.1.0": "1", "6.23.0": "1", "6.24.0": "1", "6.22.0": "1"}
    async with serve(machine, clock=lambda: 0.0) as [port]:
        names = [f".1.3.6.1.4.1.10642.{suffix}" for suffix in objects]
        quiet = await ask("snmpget", accesses["2c"], port, *names)
        assert [line.rpartition(": ")[2] for line in quiet] == list(objects.values())
        machine.obey(Command(Do.RAISE, fault=fault), 0)
        loud = await ask("snmpget", accesses["2c"], port, *names)
        assert [line.rpartition(": ")[2] for line in loud] == list((objects | changed | {"6.22.0": "2"}).values())
        [text] = await ask("snmpget", accesses["2c"], port, ".1.3.6.1.4.1.10642.2.10.3.7.0")
        assert int(text.strip('"').split(",")[3], 16) == mask
        table = await ask("snmpbulkwalk", accesses["2c"], port, ".1.3.6.1.4.1.10642.10.31.1")
        cells = dict(re.findall(r"31\.1\.(\d+\.\d+) = .*?(-?\d+)\b", "\n".join(table)))
        indexes = [cell.partition(".")[2] for cell in cells if cell.startswith("1.")]
        told = {tuple(int(cells[f"{column}.{index}"]) for column in (2, 4, 5)) for index in indexes[1:]}
        assert told == {(3, row["group"], row["code"]), (3, 1, 11)}


async def test_the_vendor_sheet_has_no_printer_mib(ask: Ask, accesses: dict[str, tuple[str, ...]]) -> None:
    """A walk of Printer-MIB finds nothing, and hrDeviceStatus says unknown even with the head open."""
    machine = Machine(load_sheet("label_printer_vendor"))
    machine.obey(Command(Do.RAISE, fault="head-open"), 0)
    async with serve(machine, clock=lambda: 0.0) as [port]:
        [nothing] = await ask("snmpwalk", accesses["2c"], port, ".1.3.6.1.2.1.43")
        assert "No Such Object" in nothing
        assert await ask("snmpget", accesses["2c"], port, ".1.3.6.1.2.1.25.3.2.1.5.1") == [
            ".1.3.6.1.2.1.25.3.2.1.5.1 = INTEGER: 1"
        ]


GOOD = """
title = "t"
kind = "printer"
serial = "SIM-9"
seconds_per_document = 1
[snmp]
description = "d"
object_id = "1.3.6.1.4.1.32473.9"
printer_mib = true
error_octets = 2
[[devices]]
index = 1
type = "1.3.6.1.2.1.25.3.1.5"
[[inputs]]
name = "tray"
description = "d"
type = 3
unit = 8
capacity = 10
use = 1
[faults.jam]
text = "Jam"
source = "somewhere"
rows = [{ severity = 3, training = 3, group = 13, code = 8 }]
when = { store = "tray", is = "empty" }
[[objects]]
oid = "1.3.6.1.4.1.32473.9.1.0"
type = "integer"
value = 1
faults = ["jam"]
during = 2
"""


def test_a_small_sheet_is_enough(tmp_path: Path) -> None:
    """The sheet that the mistakes below are made in is itself right."""
    (tmp_path / "small.toml").write_text(GOOD)
    assert list(load_sheet(str(tmp_path / "small.toml")).faults) == ["jam"]


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('title = "t"', "", "title: is missing; a text in quotes is needed"),
        ('kind = "printer"', 'kind = "oven"', "kind: 'oven' is not allowed; allowed: printer, laminator"),
        ("seconds_per_document = 1", 'seconds_per_document = "1"', "seconds_per_document: a number is needed, not '1'"),
        ("seconds_per_document = 1", "seconds_per_document = 0", "must not be below 0.05"),
        (
            'description = "d"\nobject_id',
            'description = "d"\ncolor = 1\nobject_id',
            "snmp.color: no such key; allowed: ",
        ),
        ('1.3.6.1.4.1.32473.9"', '1.3.x"', "snmp.object_id: '1.3.x' is not an object identifier"),
        ("error_octets = 2", "error_octets = 3", "snmp.error_octets: must be from 0 to 2, it is 3"),
        ("25.3.1.5", "25.3.1.6", "devices: exactly one must be the printer"),
        ("capacity = 10", "capacity = 10\nlow = 11", "inputs[1].low: must not be above the capacity of 10, it is 11"),
        ('source = "somewhere"', "", "faults.jam.source: is missing"),
        ('source = "somewhere"', 'source = " "', "faults.jam.source: must name the document"),
        ("code = 8 }", 'code = "8" }', "faults.jam.rows[1].code: a whole number is needed, not '8'"),
        ("code = 8 }", "code = true }", "faults.jam.rows[1].code: a whole number is needed, not True"),
        ('text = "Jam"', 'text = "Jam"\nbits = [15]', "faults.jam.bits: hrPrinterDetectedErrorState has bits 0 to 14"),
        ('store = "tray"', 'store = "ink"', "faults.jam.when.store: no store is named 'ink'; allowed: tray"),
        (
            'is = "empty"',
            'is = "gone"',
            "faults.jam.when.is: 'gone' is not allowed; allowed: low, near-full, empty, full",
        ),
        (
            '{ store = "tray", is = "empty" }',
            '{ state = "bored" }',
            "'bored' is not allowed; allowed: boot, idle, working",
        ),
        ('type = "integer"', 'type = "real"', "objects[1].type: 'real' is not allowed; allowed: integer, string"),
        ('faults = ["jam"]', 'faults = ["jams"]', "no fault is named 'jams'; allowed: jam"),
        ("value = 1", 'number = "speed"', "objects[1].number: 'speed' is not allowed; allowed: documents"),
        ("value = 1", 'number = "flags"\nform = "{} {}"', "objects[1].form: '{} {}' is no format for one number"),
        ("[faults.jam]", "[faults.jam", "Expected ']'"),
    ],
)
def test_a_mistake_in_a_sheet_is_named(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    """The complaint is one line with the file, the key, and what would be allowed."""
    assert GOOD.count(right) == 1
    path = tmp_path / "small.toml"
    path.write_text(GOOD.replace(right, wrong))
    with pytest.raises(BadInput) as caught:
        load_sheet(str(path))
    assert str(caught.value).startswith(str(path))
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    """Somebody who misspells a machine is told which there are."""
    with pytest.raises(BadInput, match=f"shipped: {', '.join(SHEETS)}; or give"):
        load_sheet("passport-printer")
