"""The Printer-MIB's plain enumerations: complete, and each number to a word of ours."""

import json
from pathlib import Path

import pytest

from fleetmon.decode.printer_words import (
    ALERT_GROUPS,
    ALERT_SEVERITIES,
    COVER_REASONS,
    COVER_STATUSES,
    ERROR_BITS,
    FINISHER_TYPES,
    SUPPLY_CLASSES,
    SUPPLY_TYPES,
    TRAINING_LEVELS,
    UNITS,
)
from fleetmon.model.words import Actor, Severity, SupplyClass, SupplyKind, Unit
from fleetmon.vocabulary import is_reason


@pytest.fixture
def reference(root: Path) -> dict[str, dict[str, str]]:
    """The enumerations as somebody else extracted them."""
    codes = root.parent / "shared" / "reference" / "codes.json"
    if not codes.is_file():
        pytest.skip("the reference tables are not beside this checkout")
    tables = json.loads(codes.read_text("utf-8"))
    return {"supplies": tables["supplyTypes"], "groups": tables["alertGroups"]}


def test_groups_and_supply_types_are_the_mib_s(reference: dict[str, dict[str, str]]) -> None:
    """Numbers and names of PrtAlertGroupTC and PrtMarkerSuppliesTypeTC."""
    assert {str(number): name for number, name in ALERT_GROUPS.items()} == reference["groups"]
    assert {str(number): name for number, (name, _) in SUPPLY_TYPES.items()} == reference["supplies"]


def test_the_error_bits_are_those_of_rfc_2790() -> None:
    """Fifteen bits, in order from the most significant; every keyword is a reason."""
    assert [(bit.name, bit.keyword, bit.severity, bit.when_down) for bit in ERROR_BITS] == [
        ("lowPaper", "media-low", Severity.REPORT, Severity.REPORT),
        ("noPaper", "media-empty", Severity.WARNING, Severity.ERROR),
        ("lowToner", "marker-supply-low", Severity.REPORT, Severity.REPORT),
        ("noToner", "marker-supply-empty", Severity.WARNING, Severity.ERROR),
        ("doorOpen", "cover-open", Severity.ERROR, Severity.ERROR),
        ("jammed", "media-jam", Severity.ERROR, Severity.ERROR),
        ("offline", "offline", Severity.ERROR, Severity.ERROR),
        ("serviceRequested", "service-needed", Severity.WARNING, Severity.ERROR),
        ("inputTrayMissing", "input-tray-missing", Severity.WARNING, Severity.ERROR),
        ("outputTrayMissing", "output-tray-missing", Severity.WARNING, Severity.ERROR),
        ("markerSupplyMissing", "marker-supply-missing", Severity.WARNING, Severity.ERROR),
        ("outputNearFull", "output-area-almost-full", Severity.REPORT, Severity.REPORT),
        ("outputFull", "output-area-full", Severity.WARNING, Severity.ERROR),
        ("inputTrayEmpty", "media-empty", Severity.WARNING, Severity.ERROR),
        ("overduePreventMaint", "maintenance-overdue", Severity.REPORT, Severity.REPORT),
    ]
    assert all(is_reason(bit.keyword) for bit in ERROR_BITS)


def test_severity_and_training_level_name_severity_and_actor() -> None:
    """Critical stops; who must act is left open where the level names nobody."""
    assert ALERT_SEVERITIES == {1: Severity.REPORT, 3: Severity.ERROR, 4: Severity.WARNING, 5: Severity.WARNING}
    assert TRAINING_LEVELS == {3: Actor.OPERATOR, 4: Actor.ENGINEER, 5: Actor.TECHNICIAN, 6: Actor.MANAGER}


def test_only_open_covers_are_reasons() -> None:
    """coverOpen and interlockOpen stop a machine; other, unknown and closed say nothing is wrong."""
    assert {COVER_STATUSES[number]: keyword for number, keyword in COVER_REASONS.items()} == {
        "coverOpen": "cover-open",
        "interlockOpen": "interlock-open",
    }
    assert set(COVER_STATUSES) == set(range(1, 7))


def test_waste_is_waste_and_a_drum_is_a_part() -> None:
    """Every receptacle for waste has that kind; lamination film has no number, so type other(1) stays other."""
    waste = {name for name, kind in SUPPLY_TYPES.values() if kind is SupplyKind.WASTE}
    assert waste == {name for name, _ in SUPPLY_TYPES.values() if name.startswith("waste")}
    assert SUPPLY_TYPES[9] == ("opc", SupplyKind.PART_LIFE)
    assert SUPPLY_TYPES[7] == ("inkRibbon", SupplyKind.RIBBON)
    assert SUPPLY_TYPES[1][1] is SupplyKind.OTHER
    assert SUPPLY_CLASSES == {1: SupplyClass.OTHER, 3: SupplyClass.CONSUMED, 4: SupplyClass.FILLED}


def test_units_are_numbered_as_in_the_mib() -> None:
    """One number, one unit, in whichever of the three enumerations it is used."""
    assert [UNITS[number] for number in (3, 7, 8, 9, 11, 14, 17, 19)] == [
        Unit.TEN_THOUSANDTHS_OF_INCHES,
        Unit.IMPRESSIONS,
        Unit.SHEETS,
        Unit.DOT_ROW,
        Unit.HOURS,
        Unit.HUNDRETHS_OF_FLUID_OUNCES,
        Unit.METERS,
        Unit.PERCENT,
    ]
    assert len(set(UNITS.values())) == len(UNITS) == 18
    assert 10 not in UNITS


def test_finisher_types_start_with_the_stitcher() -> None:
    """FinDeviceTypeTC 3..18; other(1) and unknown(2) are no finisher."""
    assert sorted(FINISHER_TYPES) == list(range(3, 19))
    assert (FINISHER_TYPES[3], FINISHER_TYPES[11], FINISHER_TYPES[18]) == ("stitcher", "separation-cutter", "inserter")
