"""What the 707 numbers of PrtAlertCodeTC mean (IANA-PRINTER-MIB of 2014-05-22).

Most of the table is a rule. The numbers 3..38 are 36 conditions that any sub-unit can have; each of the 17 finishers
has the same 36 again at 30000 + 100 * its number. The registry of reasons was made from these names, so the keyword is
the name in hyphens, except where RFC 8011 had an older word.

A generic number says what happened but not to what; the alert's group does: `subunitEmpty` of an input is
`media-empty`. So the group chooses the keyword, but only where a registered one means the same: a motor failure in an
input tray stays `subunit-motor-failure`, because `input-media-tray-failure` would say less.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from fleetmon.decode.printer_words import FINISHER_TYPES
from fleetmon.vocabulary import FINISHER_CONDITIONS, FINISHERS, canonical, is_registered


class Nature(StrEnum):
    """What kind of row an alert code makes: a condition, the end of one, or a line in a log."""

    FAULT = "fault"
    CLEARS = "clears"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class AlertMeaning:
    """An alert code in our words. `known` is false for a number the MIB does not define: its keyword is `other`.

    With CLEARS the keyword is the event's own where it is registered (`interlock-closed`), else the reason it ends.
    """

    keyword: str
    nature: Nature
    known: bool = True


_FIRST, _LAST = 3, 38  # the generic conditions
_CONDITIONS = dict(enumerate(FINISHER_CONDITIONS, start=_FIRST))
_FINISHER_BLOCKS = dict(enumerate(FINISHERS, start=302))

_NAMES = {
    1: "other", 2: "unknown",
    501: "doorOpen", 502: "doorClosed", 503: "powerUp", 504: "powerDown", 505: "printerNMSReset",
    506: "printerManualReset", 507: "printerReadyToPrint",
    801: "inputMediaTrayMissing", 802: "inputMediaSizeChange", 803: "inputMediaWeightChange",
    804: "inputMediaTypeChange", 805: "inputMediaColorChange", 806: "inputMediaFormPartsChange",
    807: "inputMediaSupplyLow", 808: "inputMediaSupplyEmpty", 809: "inputMediaChangeRequest",
    810: "inputManualInputRequest", 811: "inputTrayPositionFailure", 812: "inputTrayElevationFailure",
    813: "inputCannotFeedSizeSelected",
    901: "outputMediaTrayMissing", 902: "outputMediaTrayAlmostFull", 903: "outputMediaTrayFull",
    904: "outputMailboxSelectFailure",
    1001: "markerFuserUnderTemperature", 1002: "markerFuserOverTemperature", 1003: "markerFuserTimingFailure",
    1004: "markerFuserThermistorFailure", 1005: "markerAdjustingPrintQuality",
    1101: "markerTonerEmpty", 1102: "markerInkEmpty", 1103: "markerPrintRibbonEmpty", 1104: "markerTonerAlmostEmpty",
    1105: "markerInkAlmostEmpty", 1106: "markerPrintRibbonAlmostEmpty", 1107: "markerWasteTonerReceptacleAlmostFull",
    1108: "markerWasteInkReceptacleAlmostFull", 1109: "markerWasteTonerReceptacleFull",
    1110: "markerWasteInkReceptacleFull", 1111: "markerOpcLifeAlmostOver", 1112: "markerOpcLifeOver",
    1113: "markerDeveloperAlmostEmpty", 1114: "markerDeveloperEmpty", 1115: "markerTonerCartridgeMissing",
    1301: "mediaPathMediaTrayMissing", 1302: "mediaPathMediaTrayAlmostFull", 1303: "mediaPathMediaTrayFull",
    1304: "mediaPathCannotDuplexMediaSelected",
    1501: "interpreterMemoryIncrease", 1502: "interpreterMemoryDecrease", 1503: "interpreterCartridgeAdded",
    1504: "interpreterCartridgeDeleted", 1505: "interpreterResourceAdded", 1506: "interpreterResourceDeleted",
    1507: "interpreterResourceUnavailable", 1509: "interpreterComplexPageEncountered",
    1801: "alertRemovalOfBinaryChangeEntry",
}  # fmt: skip

# Where the keyword is not the name in hyphens: older words of RFC 8011, the registry's own spelling, and two events
# (cover and door closed) that have no keyword, so that the reason they end stands for them.
_OLDER = {
    3: "cover-open", 4: "cover-open", 5: "interlock-open", 6: "interlock-closed", 7: "configuration-change",
    8: "media-jam", 32: "subunit-unrecoverable-storage", 502: "door-open", 505: "printer-nms-reset",
    801: "input-tray-missing", 807: "media-low", 808: "media-empty", 809: "media-needed",
    901: "output-tray-missing", 902: "output-area-almost-full", 903: "output-area-full",
    1001: "fuser-under-temp", 1002: "fuser-over-temp", 1101: "toner-empty", 1104: "toner-low",
    1111: "opc-near-eol", 1112: "opc-life-over",
}  # fmt: skip

_COVER, _INPUT, _OUTPUT, _MARKER, _SUPPLIES, _COLORANT, _MEDIA_PATH = 6, 8, 9, 10, 11, 12, 13

_BY_GROUP = {
    _COVER: {18: "cover-open"},
    _INPUT: {8: "input-media-tray-jam", 9: "input-tray-missing", 12: "media-low", 13: "media-empty"},
    _OUTPUT: {
        8: "output-media-tray-jam", 9: "output-tray-missing",
        14: "output-area-almost-full", 15: "output-area-full",
    },
    _SUPPLIES: {
        9: "marker-supply-missing", 12: "marker-supply-almost-empty", 13: "marker-supply-empty",
        14: "marker-waste-almost-full", 15: "marker-waste-full",
    },
    _COLORANT: {9: "marker-supply-missing", 12: "marker-supply-almost-empty", 13: "marker-supply-empty"},
    _MEDIA_PATH: {8: "media-path-jam", 14: "media-path-media-tray-almost-full", 15: "media-path-media-tray-full"},
}  # fmt: skip

# Of the finisher's own tables: its supply running out (almostEmpty, empty) is said of the finisher, but a supply that
# is missing is no finisher that is missing.
_OF_FINISHER = {30: range(_FIRST, _LAST + 1), 31: range(12, 14), 32: range(12, 14)}

_CLEARS = {4, 6, 19, 502, 1801}
_INFO = {7, 20, 23, 25, 27, 28, 503, 505, 506, 507, 1501, 1502, 1503, 1504, 1505, 1506, 1509}


def alert(code: int, group: int | None = None, finisher_type: int | None = None) -> AlertMeaning:
    """What a row of prtAlertTable says, from its prtAlertCode, prtAlertGroup (PrtAlertGroupTC) and, where the group is
    a finisher's, the finDeviceType (FinDeviceTypeTC) of the device its index names."""
    block, condition = divmod(code, 100)
    if block in _FINISHER_BLOCKS and condition in _CONDITIONS:
        return AlertMeaning(f"{_FINISHER_BLOCKS[block]}-{_CONDITIONS[condition]}", _nature(condition))
    if code in _CONDITIONS:
        return AlertMeaning(_generic(code, group, finisher_type), _nature(code))
    if code in _NAMES:
        return AlertMeaning(_OLDER.get(code) or _hyphens(_NAMES[code]), _nature(code))
    return AlertMeaning("other", Nature.FAULT, known=False)


def name(code: int) -> str | None:
    """The name the MIB gives the number (`coverOpen`, `subunitEmpty`, `stackerJam`); None if it has none."""
    block, condition = divmod(code, 100)
    if block in _FINISHER_BLOCKS and condition in _CONDITIONS:
        return _camel(f"{_FINISHER_BLOCKS[block]}-{_mib_condition(condition)}")
    if code in _CONDITIONS:
        return _camel(_mib_condition(code) if code <= 8 else f"subunit-{_mib_condition(code)}")
    return _NAMES.get(code)


def _generic(code: int, group: int | None, finisher_type: int | None) -> str:
    """The keyword of one of the 36 generic conditions: the group's own where there is one, else the sub-unit's."""
    condition = _CONDITIONS[code]
    finisher = FINISHER_TYPES.get(finisher_type or 0)
    if finisher and code in _OF_FINISHER.get(group or 0, ()):
        return f"{finisher}-{condition}"
    if group == _MARKER and is_registered(f"marker-{condition}"):
        return f"marker-{condition}"
    own = _BY_GROUP.get(group or 0, {}).get(code) or _OLDER.get(code)
    return own or canonical(f"subunit-{condition}") or "other"


def _nature(code: int) -> Nature:
    if code in _CLEARS:
        return Nature.CLEARS
    return Nature.INFO if code in _INFO else Nature.FAULT


def _mib_condition(code: int) -> str:
    """The condition as the MIB names it, which says `storage error` where the registry sometimes drops the word."""
    condition = _CONDITIONS[code]
    return f"{condition}-error" if condition.endswith("-storage") else condition


def _hyphens(words: str) -> str:
    return re.sub(r"(?=[A-Z])", "-", words).lower()


def _camel(words: str) -> str:
    first, *rest = words.split("-")
    return first + "".join(word.capitalize() for word in rest)
