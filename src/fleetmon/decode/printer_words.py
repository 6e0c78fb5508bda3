"""The plain enumerations of the Printer-MIB, as tables from their numbers to our words.

Sources: RFC 2790 (hrPrinterDetectedErrorState), RFC 3805 and RFC 3806, IANA-PRINTER-MIB, IANA-FINISHER-MIB. A number
that is missing in a table is one the standard does not define: machines do send such (255, -1, 0), and what they mean
is for the caller to leave unknown.
"""

from dataclasses import dataclass

from fleetmon.model.words import Actor, Severity, SupplyClass, SupplyKind, Unit
from fleetmon.vocabulary import FINISHERS


@dataclass(frozen=True, slots=True)
class ErrorBit:
    """One bit of hrPrinterDetectedErrorState; `when_down` is its severity while hrDeviceStatus is down(5)."""

    name: str
    keyword: str
    severity: Severity
    when_down: Severity


def _stops(name: str, keyword: str) -> ErrorBit:
    return ErrorBit(name, keyword, Severity.ERROR, Severity.ERROR)


def _stops_when_down(name: str, keyword: str) -> ErrorBit:
    """Another tray or colour may still serve; only a machine that is down says that none does."""
    return ErrorBit(name, keyword, Severity.WARNING, Severity.ERROR)


def _never_stops(name: str, keyword: str) -> ErrorBit:
    return ErrorBit(name, keyword, Severity.REPORT, Severity.REPORT)


#: By bit number; bit 0 is the MOST significant bit of the first octet (RFC 2790 section 5). Milder than the reasons'
#: own severities, because a bit does not say which tray or which supply it speaks of.
ERROR_BITS = (
    _never_stops("lowPaper", "media-low"),
    _stops_when_down("noPaper", "media-empty"),
    _never_stops("lowToner", "marker-supply-low"),
    _stops_when_down("noToner", "marker-supply-empty"),
    _stops("doorOpen", "cover-open"),
    _stops("jammed", "media-jam"),
    _stops("offline", "offline"),
    _stops_when_down("serviceRequested", "service-needed"),
    _stops_when_down("inputTrayMissing", "input-tray-missing"),
    _stops_when_down("outputTrayMissing", "output-tray-missing"),
    _stops_when_down("markerSupplyMissing", "marker-supply-missing"),
    _never_stops("outputNearFull", "output-area-almost-full"),
    _stops_when_down("outputFull", "output-area-full"),
    _stops_when_down("inputTrayEmpty", "media-empty"),
    _never_stops("overduePreventMaint", "maintenance-overdue"),
)

#: PrtAlertGroupTC: the number is the last arc of the table that holds the sub-unit.
ALERT_GROUPS = {
    1: "other",
    2: "unknown",
    3: "hostResourcesMIBStorageTable",
    4: "hostResourcesMIBDeviceTable",
    5: "generalPrinter",
    6: "cover",
    7: "localization",
    8: "input",
    9: "output",
    10: "marker",
    11: "markerSupplies",
    12: "markerColorant",
    13: "mediaPath",
    14: "channel",
    15: "interpreter",
    16: "consoleDisplayBuffer",
    17: "consoleLights",
    18: "alert",
    30: "finDevice",
    31: "finSupply",
    32: "finSupplyMediaInput",
    33: "finAttribute",
}

#: PrtAlertSeverityLevelTC; warning(4) is unary: it marks one moment and has no end.
ALERT_SEVERITIES = {1: Severity.REPORT, 3: Severity.ERROR, 4: Severity.WARNING, 5: Severity.WARNING}

#: PrtAlertTrainingLevelTC: untrained, trained, fieldService, management. Other, unknown and noInterventionRequired
#: name nobody.
TRAINING_LEVELS = {3: Actor.OPERATOR, 4: Actor.ENGINEER, 5: Actor.TECHNICIAN, 6: Actor.MANAGER}

#: PrtCoverStatusTC, and the reasons behind those that stop a machine.
COVER_STATUSES = {1: "other", 2: "unknown", 3: "coverOpen", 4: "coverClosed", 5: "interlockOpen", 6: "interlockClosed"}
COVER_REASONS = {3: "cover-open", 5: "interlock-open"}

#: PrtMarkerSuppliesTypeTC: the MIB's name and what it is to the person who orders it. There is no number for laminate,
#: foil or film: machines say other(1), inserts, covers or a wrap, and only a driver's rule on the description knows.
SUPPLY_TYPES = {
    1: ("other", SupplyKind.OTHER),
    2: ("unknown", SupplyKind.OTHER),
    3: ("toner", SupplyKind.TONER),
    4: ("wasteToner", SupplyKind.WASTE),
    5: ("ink", SupplyKind.INK),
    6: ("inkCartridge", SupplyKind.INK),
    7: ("inkRibbon", SupplyKind.RIBBON),
    8: ("wasteInk", SupplyKind.WASTE),
    9: ("opc", SupplyKind.PART_LIFE),
    10: ("developer", SupplyKind.PART_LIFE),
    11: ("fuserOil", SupplyKind.OTHER),
    12: ("solidWax", SupplyKind.INK),
    13: ("ribbonWax", SupplyKind.RIBBON),
    14: ("wasteWax", SupplyKind.WASTE),
    15: ("fuser", SupplyKind.PART_LIFE),
    16: ("coronaWire", SupplyKind.PART_LIFE),
    17: ("fuserOilWick", SupplyKind.PART_LIFE),
    18: ("cleanerUnit", SupplyKind.PART_LIFE),
    19: ("fuserCleaningPad", SupplyKind.PART_LIFE),
    20: ("transferUnit", SupplyKind.PART_LIFE),
    21: ("tonerCartridge", SupplyKind.TONER),
    22: ("fuserOiler", SupplyKind.PART_LIFE),
    23: ("water", SupplyKind.OTHER),
    24: ("wasteWater", SupplyKind.WASTE),
    25: ("glueWaterAdditive", SupplyKind.OTHER),
    26: ("wastePaper", SupplyKind.WASTE),
    27: ("bindingSupply", SupplyKind.OTHER),
    28: ("bandingSupply", SupplyKind.OTHER),
    29: ("stitchingWire", SupplyKind.OTHER),
    30: ("shrinkWrap", SupplyKind.OTHER),
    31: ("paperWrap", SupplyKind.OTHER),
    32: ("staples", SupplyKind.OTHER),
    33: ("inserts", SupplyKind.OTHER),
    34: ("covers", SupplyKind.OTHER),
    35: ("matteToner", SupplyKind.TONER),
    36: ("matteInk", SupplyKind.INK),
}

#: PrtMarkerSuppliesClassTC.
SUPPLY_CLASSES = {1: SupplyClass.OTHER, 3: SupplyClass.CONSUMED, 4: SupplyClass.FILLED}

#: PrtMarkerSuppliesSupplyUnitTC, PrtCapacityUnitTC and PrtMarkerCounterUnitTC in one: each defines some of these
#: numbers, and none defines one differently from another.
UNITS = {
    1: Unit.OTHER,
    2: Unit.UNKNOWN,
    3: Unit.TEN_THOUSANDTHS_OF_INCHES,
    4: Unit.MICROMETERS,
    5: Unit.CHARACTERS,
    6: Unit.LINES,
    7: Unit.IMPRESSIONS,
    8: Unit.SHEETS,
    9: Unit.DOT_ROW,
    11: Unit.HOURS,
    12: Unit.THOUSANDTHS_OF_OUNCES,
    13: Unit.TENTHS_OF_GRAMS,
    14: Unit.HUNDRETHS_OF_FLUID_OUNCES,
    15: Unit.TENTHS_OF_MILLILITERS,
    16: Unit.FEET,
    17: Unit.METERS,
    18: Unit.ITEMS,
    19: Unit.PERCENT,
}

#: FinDeviceTypeTC 3..18 as the registry's finisher names. The stapler has alert codes but no device type, so the two
#: number it is missing from here means unknown(2).
FINISHER_TYPES = dict(enumerate(FINISHERS[1:], start=3))
