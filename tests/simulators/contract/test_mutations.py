"""The contract bites: one number changed to its neighbour, in a sheet or in a driver's table, and it fails.

A contract that a wrong number passes would be worth nothing, and nobody would notice. So every number that can be seen
from outside is changed, one at a time, on the loaded sheet or in the loaded table, and the machine is heard in memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import pytest
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.parts import AlertRow, Fault, Sheet
from fleetmon.simulators.sheets.sheet import load_sheet
from tests.drivers.hearing import DEFINITIONS

from fleetmon.decode import codes, printer_words
from fleetmon.decode.printer_mib import alerts, faults, supplies
from fleetmon.definition import Meaning, SnmpDefinition
from fleetmon.model.report import Report

from .expected import EXPECTED
from .hearing import alone, complaints, heard_in_memory, raised, vendor_complaints, with_fault
from .registry import BITS, SUPPLY_TYPES, ZEBRA_BITS

SHEETS = {name: load_sheet(name) for name in (*EXPECTED, "label_printer_vendor")}
ZEBRA = SHEETS["label_printer_vendor"]
ALL = [(name, fault) for name, expected in EXPECTED.items() for fault in expected]
VENDOR_FAULTS = ["head-open", "media-out", "ribbon-out", "paused"]
PLAIN = [definition.model_copy(update={"text_rules": ()}) for definition in DEFINITIONS]  # who cannot read words
SEVERITIES = {1: (3, 5), 3: (1, 4, 5), 4: (3,), 5: (1, 3, 4)}  # of what merely happened, 4 and 5 are told alike
TRAININGS = {3: (2, 4), 4: (3, 5), 5: (4, 6), 7: (6,)}


@cache
def _quiet(name: str) -> Report:
    return heard_in_memory(Machine(SHEETS[name]))


def _holds(name: str, sheet: Sheet, fault: str, definitions: Sequence[SnmpDefinition] = DEFINITIONS) -> bool:
    told, text = EXPECTED[name][fault], SHEETS[name].faults[fault].text
    return not complaints(heard_in_memory(raised(sheet, fault), definitions), told, text, _quiet(name))


def _rows(row: AlertRow, is_fault: bool) -> Iterator[AlertRow]:
    """The row with one number wrong. Of a row that is only mentioned, group, part and training are not told."""
    yield from (replace(row, code=row.code + step) for step in (-1, 1))
    yield from (replace(row, severity=wrong) for wrong in SEVERITIES[row.severity])
    if is_fault:
        yield from (replace(row, training=wrong) for wrong in TRAININGS[row.training])
        if row.group > 5:  # the groups before cover have no parts: nobody can tell one from another
            yield from (replace(row, group=row.group + step) for step in (-1, 1))
        if row.group > 5 and row.part > 0:
            yield from (replace(row, part=row.part + step) for step in (-1, 1))


def _mutants(fault: Fault, octets: int, is_fault: bool) -> Iterator[Fault]:
    [row] = fault.rows
    yield from (replace(fault, rows=(wrong,)) for wrong in _rows(row, is_fault))
    yield replace(fault, rows=())
    for bit in fault.bits:
        rest = tuple(other for other in fault.bits if other != bit)
        if bit < 8 * octets:
            yield replace(fault, bits=rest)
            yield from (replace(fault, bits=(*rest, bit + step)) for step in (-1, 1) if 0 <= bit + step < len(BITS))


@pytest.mark.parametrize(("name", "fault"), ALL)
def test_a_wrong_number_in_a_sheet_is_noticed(name: str, fault: str) -> None:
    """Code, severity, group, part, training and every error bit of every fault, up and down by one."""
    sheet, is_fault = SHEETS[name], EXPECTED[name][fault].is_fault
    assert _holds(name, sheet, fault)
    survivors = [
        mutant
        for mutant in _mutants(sheet.faults[fault], sheet.agent.error_octets, is_fault)
        if _holds(name, with_fault(sheet, mutant), fault)
    ]
    assert survivors == []


def _of_vendor(fault: Fault) -> Iterator[Fault]:
    [row] = fault.rows
    for number in ("group", "code"):
        yield from (replace(fault, rows=(replace(row, **{number: getattr(row, number) + step}),)) for step in (-1, 1))
    yield replace(fault, rows=(replace(row, severity=1),))
    if fault.name != "paused":  # its flag says what the others' rows say as well: not ready
        yield replace(fault, flag=fault.flag << 1)
        yield replace(fault, flag=0)


@pytest.mark.parametrize("fault", VENDOR_FAULTS)
def test_a_wrong_number_in_the_vendor_sheet_is_noticed(fault: str) -> None:
    """Group, code and severity in its own alert table, and the flag in its state word."""
    assert vendor_complaints(heard_in_memory(raised(ZEBRA, fault)), fault) == []
    for mutant in _of_vendor(ZEBRA.faults[fault]):
        assert vendor_complaints(heard_in_memory(raised(with_fault(ZEBRA, mutant), fault)), fault), mutant


def _used() -> dict[tuple[int, int], tuple[str, str]]:
    """Code and group of every alert row of the sheets, and one fault that has it."""
    found = {}
    for name, fault in ALL:
        [row] = SHEETS[name].faults[fault].rows
        found.setdefault((row.code, row.group), (name, fault))
    return found


@pytest.mark.parametrize(("code", "group"), list(_used()))
def test_a_wrong_meaning_of_a_code_in_the_driver_is_noticed(
    monkeypatch: pytest.MonkeyPatch, code: int, group: int
) -> None:
    """Every number of PrtAlertCodeTC that a sheet uses, taken for the one beside it."""
    name, fault = _used()[code, group]
    right = codes.alert
    others = [right(code + step, group) for step in (-1, 1)]
    others = [other for other in others if other.keyword != right(code, group).keyword]
    assert others
    for other in others:
        monkeypatch.setattr(
            alerts,
            "alert",
            lambda n, g=None, f=None, wrong=other: wrong if n == code else right(n, g, f),  # type: ignore[misc]
        )
        assert not _holds(name, SHEETS[name], fault, PLAIN), other


def _tables() -> Iterator[tuple[dict[int, str], int]]:
    """Every entry of the driver's own tables of codes that gives a code of some sheet its keyword."""
    for code, group in _used():
        for table in (codes._NAMES, codes._OLDER, codes._BY_GROUP.get(group, {}), codes._CONDITIONS):
            if code in table:
                yield table, code


@pytest.mark.parametrize(("table", "code"), list(_tables()))
def test_a_wrong_entry_in_the_driver_s_tables_is_noticed(
    monkeypatch: pytest.MonkeyPatch, table: dict[int, str], code: int
) -> None:
    """Wherever an entry decides what is said of a code in use, another one in its place fails the contract."""
    using = [(key, where) for key, where in _used().items() if key[0] == code]
    before = {key: codes.alert(*key) for key, _ in using}
    monkeypatch.setitem(table, code, next(value for key, value in table.items() if value != table[code]))
    changed = [where for key, where in using if codes.alert(*key) != before[key]]
    assert not any(_holds(name, SHEETS[name], fault, PLAIN) for name, fault in changed)


@pytest.mark.parametrize("number", range(15))
def test_a_wrong_error_bit_in_the_driver_is_noticed(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Each bit taken for the one before it: some fault of the well-behaved printer shows it."""
    users = [name for name, fault in SHEETS["passport_printer"].faults.items() if number in fault.bits]
    bits = [*printer_words.ERROR_BITS]
    bits[number] = bits[number - 1]
    monkeypatch.setattr(faults, "ERROR_BITS", tuple(bits))
    assert users
    assert not any(_holds("passport_printer", SHEETS["passport_printer"], fault) for fault in users)


@pytest.mark.parametrize("number", range(1, 37))
def test_a_wrong_type_of_supply_in_the_driver_is_noticed(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Each type taken for one of another kind."""
    right = supplies.SUPPLY_TYPES[number]
    wrong = next(entry for entry in supplies.SUPPLY_TYPES.values() if entry[1] != right[1])
    monkeypatch.setitem(supplies.SUPPLY_TYPES, number, wrong)
    sheet = SHEETS["passport_printer"]
    store = replace(sheet.stores["cyan"], type=number, description="Consumable 17")
    report = heard_in_memory(Machine(replace(sheet, stores={**sheet.stores, "cyan": store})))
    assert report.supplies[0].kind != SUPPLY_TYPES[number - 1].partition(":")[2]


def _wrong_definitions() -> Iterator[tuple[str, SnmpDefinition]]:
    """The Zebra driver with one entry of its tables meaning something else, for the rows that the sheet has."""
    [driver] = [definition for definition in DEFINITIONS if definition.name == "zebra_snmp"]
    wrong = Meaning(reason="media-jam")
    table = driver.fault_tables["alerts"]
    for fault, code in zip(VENDOR_FAULTS, ("4,5", "2,1", "3,2", "1,11"), strict=True):
        other = table.model_copy(update={"codes": {**table.codes, code: wrong}})
        yield fault, driver.model_copy(update={"fault_tables": {"alerts": other}})


@pytest.mark.parametrize(("fault", "driver"), list(_wrong_definitions()))
def test_a_wrong_entry_in_the_vendor_s_driver_is_noticed(fault: str, driver: SnmpDefinition) -> None:
    """Every code of the sheet, mapped to a jam that there is not."""
    rest = [definition for definition in DEFINITIONS if definition.name != driver.name]
    assert vendor_complaints(heard_in_memory(raised(ZEBRA, fault), [driver, *rest]), fault)


@pytest.mark.parametrize("mask", ZEBRA_BITS)
def test_a_wrong_flag_in_the_vendor_s_driver_is_noticed(mask: int) -> None:
    """Every mask of the state word, mapped to a laminator's jam."""
    [driver] = [definition for definition in DEFINITIONS if definition.name == "zebra_snmp"]
    word = driver.faults["state_word"]
    bits = {
        text: Meaning(reason="laminator-jam") if int(text, 16) == mask else said for text, said in word.bits.items()
    }
    wrong = driver.model_copy(update={"faults": {"state_word": word.model_copy(update={"bits": bits})}})
    report = heard_in_memory(raised(with_fault(ZEBRA, alone(flag=mask)), "alone"), [wrong])
    assert [fault.reason for fault in report.faults] != [ZEBRA_BITS[mask]]
