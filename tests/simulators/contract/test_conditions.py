"""What alerts are judged by is a third opinion, and it agrees with the other two.

The evaluation reads from the words of a sheet which condition an alert of a fault must have. The rules of alerts find
it through the decoders. Between both stand the registries, as they were typed into this contract by hand.
"""

import pytest
from fleetmon.simulators.sheets.sheet import load_sheet

from fleetmon.assess.alerting.rules import condition_of
from fleetmon.lab.evaluate.meaning import meant
from fleetmon.model.alerts import Condition
from fleetmon.model.report import Fault
from fleetmon.model.words import Severity

from . import expected_lines
from .expected import EXPECTED


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_fault_of_an_snmp_sheet(name: str) -> None:
    """The words of the sheet, the registries, and the rules of alerts name the same condition."""
    sheet = load_sheet(name)
    by_rule = {
        fault: condition_of(Fault(told.keyword, Severity(told.severity), (told.code,))) if told.is_fault else None
        for fault, told in EXPECTED[name].items()
    }
    by_word = {fault: meant(sheet.faults[fault]) for fault in EXPECTED[name]}
    assert by_word == by_rule


@pytest.mark.parametrize("name", sorted(expected_lines.EXPECTED))
def test_every_fault_of_a_sheet_on_a_line_of_bytes(name: str) -> None:
    """What stops the machine is among the conditions that its protocol's documents lead to; a machine that tells
    nothing leads to none."""
    sheet = load_sheet(name)
    other = {}
    for fault, told in expected_lines.EXPECTED[name].items():
        if fault not in sheet.faults or not sheet.faults[fault].stops or not told.faults:
            continue
        ruled: set[Condition | None] = {
            condition_of(Fault(keyword, Severity(severity), tuple(codes))) for keyword, severity, codes in told.faults
        }
        if meant(sheet.faults[fault]) not in ruled:
            other[fault] = (meant(sheet.faults[fault]), ruled)
    assert not other
