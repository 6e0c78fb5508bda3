"""The contract of byte and Modbus machines bites: one code changed, in a sheet or in a driver, and it fails.

Of what a fault says, each number is moved by a bit or by one, each word exchanged for another fault's; of a driver,
each code that a sheet shows is given another meaning, another severity and another place.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fleetmon.simulators.sheets.parts import Fault
from fleetmon.simulators.sheets.sheet import load_sheet

from fleetmon.definition import Meaning
from fleetmon.definition.codes import fitting
from fleetmon.definition.meanings import FaultRule, bit_code
from fleetmon.model.words import Severity

from .expected_lines import EXPECTED, TALKING
from .hearing_lines import Driver, driver_of, holds, raised, with_fault

ALL = [(name, fault) for name, told in EXPECTED.items() for fault in told if load_sheet(name).faults[fault].says]
UNSEEN = {"actions", "heater", "notices"}  # what the operator may press; what happens inside
BITS = {"errors", "warnings", "status", "n2", "n3", "n4", "n5"}
MUTE = "mute"
HELD_BACK = {("escpos_slip_printer", "feed-button")}
"""What means nothing by its documents may be left out, and nobody notices."""
SAID_TWICE = {("omron_heater", "sensor-open"), ("omron_heater", "converter-error")}
"""There the temperature that cannot be says it as well."""


def _words(name: str, word: str, value: object) -> Iterator[object]:
    """Other values of the same kind."""
    sheet = load_sheet(name)
    if word == MUTE:
        yield 0
    elif word == "code" and isinstance(value, int):
        yield from (value - 1, value + 1)
    elif word in BITS and isinstance(value, int):
        yield from (0, value << 1, value >> 1)
    else:
        others = {fault.says.get(word) for fault in sheet.faults.values()} - {value, None}
        yield from sorted(others, key=str)[:3]


def _mutants(name: str, fault: Fault) -> Iterator[Fault]:
    unseen = UNSEEN | ({"status"} if fault.says.get(MUTE) else set())  # ~HS is not answered at all
    for word, value in fault.says.items():
        if word not in unseen:
            for other in _words(name, word, value):
                yield replace(fault, says={**fault.says, word: other})  # type: ignore[dict-item]
            rest = {key: each for key, each in fault.says.items() if key != word}
            yield replace(fault, says=rest)


@pytest.mark.parametrize(("name", "fault"), ALL)
def test_a_wrong_code_in_a_sheet_is_noticed(name: str, fault: str) -> None:
    """Every number and word of every fault, each moved to its neighbours, exchanged and left out."""
    sheet, told = load_sheet(name), EXPECTED[name][fault]
    driver = driver_of(sheet)
    assert holds(raised(sheet, fault), driver, told)
    survivors = [
        mutant.says
        for mutant in _mutants(name, sheet.faults[fault])
        if holds(raised(with_fault(name, mutant), fault), driver, told)
    ]
    if (name, fault) in HELD_BACK:
        return
    assert survivors == []


@pytest.mark.parametrize("fault", TALKING)
def test_a_wrong_field_of_a_printer_that_is_never_mute_is_noticed(fault: str) -> None:
    """Of firmware that answers ~HS in every state, the field says what the flag says."""
    sheet = load_sheet("zebra_label_printer")
    assert sheet.speaks is not None
    says = {key: value for key, value in sheet.faults[fault].says.items() if key != MUTE}
    told, driver = TALKING[fault], driver_of(sheet)
    right = replace(sheet.faults[fault], says=says)
    assert holds(raised(with_fault(sheet.name, right), fault), driver, told)
    for other in set("bcjklop") - {says["status"]}:
        mutant = replace(right, says={**says, "status": other})
        assert not holds(raised(with_fault(sheet.name, mutant), fault), driver, told), other


def _shown(driver: Driver, code: str) -> Iterator[tuple[str, str]]:
    """The rule and the key in it by which the driver gave a fault this code."""
    for word, rule in driver.faults.items():
        prefix = rule.prefix or ""
        bare = code.removeprefix(prefix)
        if not code.startswith(prefix):
            continue
        yield from ((word, key) for key in rule.bits if bit_code(key) == bare)
        if (key := fitting(bare, rule.codes)) is not None:
            yield word, key


def _with(driver: Driver, word: str, key: str, meaning: Meaning | None, moved: str | None = None) -> Driver:
    """The driver with another meaning of a code, or with the code in another place."""
    rule = driver.faults[word]
    table = "bits" if rule.bits else "codes"
    entries = dict(getattr(rule, table))
    was = entries.pop(key)
    if moved is None or moved not in entries:
        entries[moved or key] = meaning or was
    other: FaultRule = rule.model_copy(update={table: entries})
    return driver.model_copy(update={"faults": {**driver.faults, word: other}})


def _wrong(driver: Driver, word: str, key: str, alone: bool) -> Iterator[Driver]:
    """Another severity shows only where no other code says the same, another place only where what is not listed is
    not told alike: as `other`, or by a pattern that fits as well."""
    rule = driver.faults[word]
    meaning = {**rule.bits, **rule.codes}[key]
    yield _with(driver, word, key, meaning.model_copy(update={"reason": "reject-area-missing"}))
    yield _with(driver, word, key, meaning.model_copy(update={"reason": None}))
    severity = Severity.WARNING if meaning.severity is not Severity.WARNING else Severity.ERROR
    if alone:
        yield _with(driver, word, key, meaning.model_copy(update={"severity": severity}))
    if meaning.reason != "other" and "?" not in key:
        yield _with(driver, word, key, None, f"{int(key, 16) << 4:#x}" if rule.bits else f"{key}0")


@pytest.mark.parametrize("name", EXPECTED)
def test_a_wrong_meaning_in_a_driver_is_noticed(name: str) -> None:
    """Every code that some fault of the sheet shows, in each way in which it can be wrong."""
    sheet = load_sheet(name)
    driver = driver_of(sheet)
    survivors, tried = [], 0
    for fault, told in EXPECTED[name].items():
        for code, alone in [(code, len(codes) == 1) for _, _, codes in told.faults for code in codes]:
            found = list(_shown(driver, code))
            assert found, (fault, code)
            for word, key in found:
                wrongs = list(_wrong(driver, word, key, alone and len(found) == 1 and (name, fault) not in SAID_TWICE))
                survivors += [(fault, word, key) for wrong in wrongs if holds(raised(sheet, fault), wrong, told)]
                tried += len(wrongs)
    assert survivors == []
    assert tried >= 4 or name == "lapis_laminator"


@pytest.mark.parametrize("name", [name for name in EXPECTED if name != "lapis_laminator"])
def test_a_wrong_state_in_a_driver_is_noticed(name: str) -> None:
    """Every word of its state rules taken for another: some fault of the sheet, or the machine at rest, shows those
    that stand for something a sheet does; a driver with all of them wrong is noticed always."""
    sheet = load_sheet(name)
    driver = driver_of(sheet)
    rules = tuple(
        rule.model_copy(
            update={
                "codes": {key: "processing" if state != "processing" else "idle" for key, state in rule.codes.items()},
                "bits": dict.fromkeys(rule.bits, "processing"),
                "otherwise": None if rule.otherwise is None else "processing",
            }
        )
        for rule in driver.state
    )
    wrong = driver.model_copy(update={"state": rules})
    assert not all(holds(raised(sheet, fault), wrong, told) for fault, told in EXPECTED[name].items())
