"""The Printer-MIB written down a second time: enumerations from RFC 2790 and RFC 3805, and how texts and bits are read.

Nothing here comes from fleetmon, so that a mistake in its tables shows as a difference. Only what the captures hold is
listed.
"""

import re
from collections.abc import Mapping
from typing import Any

# RFC 2790 hrPrinterDetectedErrorState, bit 0 first.
BITS = (
    "lowPaper noPaper lowToner noToner doorOpen jammed offline serviceRequested inputTrayMissing outputTrayMissing"
    " markerSupplyMissing outputNearFull outputFull inputTrayEmpty overduePreventMaint"
).split()
STOPPING_BITS = {"doorOpen", "jammed", "offline"}
# Printer-state-reasons of RFC 8011, or of fleetmon's extension family, for a bit that no alert row explains.
REASONS_OF_BITS = {
    "lowPaper": "media-low", "noPaper": "media-empty", "lowToner": "marker-supply-low", "offline": "offline",
    "noToner": "marker-supply-empty", "doorOpen": "cover-open", "jammed": "media-jam",
    "serviceRequested": "service-needed", "inputTrayMissing": "input-tray-missing",
}  # fmt: skip

# PrtMarkerSuppliesSupplyUnitTC, PrtCapacityUnitTC, PrtMarkerCounterUnitTC.
UNITS = {1: "other", 2: "unknown", 3: "tenThousandthsOfInches", 4: "micrometers", 7: "impressions", 8: "sheets"} | {
    11: "hours", 12: "thousandthsOfOunces", 13: "tenthsOfGrams", 14: "hundrethsOfFluidOunces"
} | {15: "tenthsOfMilliliters", 16: "feet", 17: "meters", 18: "items", 19: "percent"}  # fmt: skip

CLASSES = {"other": "other", "supplyThatIsConsumed": "consumed", "receptacleThatIsFilled": "filled"}

# PrtMarkerSuppliesTypeTC by its names, and what words in a description say more plainly.
KINDS = {
    "toner": {"toner", "tonerCartridge", "matteToner"},
    "ink": {"ink", "inkCartridge", "solidWax", "matteInk"},
    "ribbon": {"inkRibbon", "ribbonWax"},
    "waste": {"wasteToner", "wasteInk", "wasteWax", "wasteWater", "wastePaper"},
    "part-life": {"opc", "developer", "fuser", "coronaWire", "fuserOilWick", "cleanerUnit", "fuserCleaningPad"}
    | {"transferUnit", "fuserOiler"},
}
WORDS = {"waste": r"waste|maintenance box|collection unit", "part-life": r"drum|fuser|belt|roller|transfer (kit|roll)"}
WORDS_OF_THE_UNTYPED = {"toner": r"toner"}

COLOUR = re.compile(r"\b(black|cyan|magenta|yellow)\b", re.IGNORECASE)
TRAINING = {3: "operator", 4: "engineer", 5: "technician", 6: "manager"}
SEVERITIES = {1: "report", 3: "error", 4: "warning", 5: "warning"}
QUALITIES = {None: "exact", "some remaining": "some", "unknown": "unknown", "other (no restriction)": "unlimited"}
PARTS = {6: "cover", 8: "input", 9: "output", 10: "marker", 11: "supply", 13: "media-path"}
# Names that RFC 8011 spells otherwise than the Printer-MIB in hyphens; and codes that are the end of something.
KEYWORDS = {
    "doorOpen": "door-open", "powerUp": "power-up", "subunitPowerSaver": "subunit-power-saver",
    "markerFuserUnderTemperature": "fuser-under-temp", "markerInkAlmostEmpty": "marker-ink-almost-empty",
    "other": "other", "unknown": "unknown",
}  # fmt: skip
NO_CONDITION = {"powerUp", "subunitPowerSaver", "other", "unknown"}


def bits_set(printer: Mapping[str, Any]) -> list[str]:
    """The names of the bits that are set in the octets, read once more."""
    octets = bytes.fromhex(printer["error_state_hex"] or "")
    word, width = int.from_bytes(octets, "big"), 8 * len(octets)
    names = dict(enumerate(BITS))
    return [names.get(bit, f"bit {bit}") for bit in range(width) if word >> (width - 1 - bit) & 1]


def recorded(snmprec: str) -> str:
    """Everything a capture says as text, whatever form the recording gave it."""
    values = (line.split("|", 2)[1:] for line in snmprec.splitlines() if line.count("|") > 1)
    return "\n".join(bytes.fromhex(text).decode("latin-1") if tag.endswith("x") else text for tag, text in values)


def tidy(words: str | None) -> str | None:
    """Text as the vocabulary wants it: no control characters, no padding, not longer than 256."""
    return "".join(c for c in words or "" if c.isprintable()).strip()[:256] or None
