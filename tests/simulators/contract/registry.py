"""The public registries once more, typed in for this contract alone: numbers, names and the keywords that go with them.

Nothing here comes from fleetmon or from a device sheet. Sources: IANA-PRINTER-MIB (PrtAlertCodeTC and the other
enumerations), RFC 2790 (hrPrinterDetectedErrorState, hrPrinterStatus), and the IANA registry of IPP
printer-state-reasons, whose keyword for an alert is its name in hyphens except where RFC 8011 had an older word.
"""

import re

# PrtAlertCodeTC: number, name, keyword where it is not the name in hyphens.
_CODES = """
1 other                                 1001 markerFuserUnderTemperature           fuser-under-temp
2 unknown                               1002 markerFuserOverTemperature            fuser-over-temp
3 coverOpen                             1003 markerFuserTimingFailure
5 interlockOpen                         1004 markerFuserThermistorFailure
8 jam                     media-jam     1005 markerAdjustingPrintQuality
9 subunitMissing                        1101 markerTonerEmpty                      toner-empty
10 subunitLifeAlmostOver                1102 markerInkEmpty
11 subunitLifeOver                      1103 markerPrintRibbonEmpty
12 subunitAlmostEmpty                   1104 markerTonerAlmostEmpty                toner-low
13 subunitEmpty                         1105 markerInkAlmostEmpty
14 subunitAlmostFull                    1106 markerPrintRibbonAlmostEmpty
15 subunitFull                          1107 markerWasteTonerReceptacleAlmostFull
16 subunitNearLimit                     1108 markerWasteInkReceptacleAlmostFull
22 subunitOffline                       1109 markerWasteTonerReceptacleFull
23 subunitPowerSaver                    1110 markerWasteInkReceptacleFull
24 subunitWarmingUp                     1111 markerOpcLifeAlmostOver               opc-near-eol
25 subunitAdded                         1112 markerOpcLifeOver                     opc-life-over
29 subunitRecoverableFailure            1115 markerTonerCartridgeMissing
30 subunitUnrecoverableFailure          503 powerUp
33 subunitMotorFailure                  801 inputMediaTrayMissing                  input-tray-missing
34 subunitMemoryExhausted               807 inputMediaSupplyLow                    media-low
36 subunitOverTemperature               808 inputMediaSupplyEmpty                  media-empty
37 subunitTimingFailure                 809 inputMediaChangeRequest                media-needed
501 doorOpen                            810 inputManualInputRequest
901 outputMediaTrayMissing output-tray-missing   812 inputTrayElevationFailure
902 outputMediaTrayAlmostFull output-area-almost-full
903 outputMediaTrayFull output-area-full  31108 separationCutterJam
"""

# Generic codes of which the registry has a word for the sub-unit itself; PrtAlertGroupTC says which it is.
_BY_GROUP = {
    "input": {
        "jam": "input-media-tray-jam", "subunitMissing": "input-tray-missing",
        "subunitAlmostEmpty": "media-low", "subunitEmpty": "media-empty",
    },
    "output": {"jam": "output-media-tray-jam", "subunitMissing": "output-tray-missing"},
    "mediaPath": {"jam": "media-path-jam"},
    "markerSupplies": {
        "subunitMissing": "marker-supply-missing", "subunitAlmostEmpty": "marker-supply-almost-empty",
        "subunitEmpty": "marker-supply-empty",
    },
    "marker": {
        "subunitNearLimit": "marker-near-limit", "subunitWarmingUp": "marker-warming-up",
        "subunitUnrecoverableFailure": "marker-unrecoverable-failure", "subunitMotorFailure": "marker-motor-failure",
        "subunitOverTemperature": "marker-over-temperature", "subunitTimingFailure": "marker-timing-failure",
    },
}  # fmt: skip

#: The 36 conditions that every finisher has, code 3 first, as the registry spells them behind the finisher's name: code
#: 30000 + 100 * FinDeviceTypeTC + n, or n itself in a row of group finDevice.
FINISHER_CONDITIONS = """
cover-open cover-closed interlock-open interlock-closed configuration-change jam missing life-almost-over life-over
almost-empty empty almost-full full near-limit at-limit opened closed turned-on turned-off offline power-saver
warming-up
added removed resource-added resource-removed recoverable-failure unrecoverable-failure recoverable-storage
unrecoverable-storage-error motor-failure memory-exhausted under-temperature over-temperature timing-failure
thermistor-failure
""".split()

#: What is said and is no fault: it began or happened, nothing has to end.
EVENTS = {"powerUp", "subunitAdded", "subunitPowerSaver"}

#: PrtAlertGroupTC, and what we call the parts that they number.
GROUPS = {"other": 1, "generalPrinter": 5, "cover": 6, "input": 8, "output": 9, "marker": 10, "markerSupplies": 11}
GROUPS |= {"mediaPath": 13, "interpreter": 15, "finDevice": 30}
PARTS = {"markerSupplies": "supply", "mediaPath": "media-path", "finDevice": "finisher"}
NAMELESS = {"other", "generalPrinter"}

#: PrtAlertSeverityLevelTC and PrtAlertTrainingLevelTC in our words.
SEVERITIES = {"other": "report", "critical": "error", "warning": "warning", "warningBinaryChangeEvent": "warning"}
ACTORS = {"untrained": "operator", "trained": "engineer", "fieldService": "technician", "management": "manager"}

#: hrPrinterDetectedErrorState from bit 0 on: its name, the keyword where nothing tells more, its severity while the
#: machine runs and while it is down.
BITS = {
    "lowPaper": ("media-low", "report", "report"),
    "noPaper": ("media-empty", "warning", "error"),
    "lowToner": ("marker-supply-low", "report", "report"),
    "noToner": ("marker-supply-empty", "warning", "error"),
    "doorOpen": ("cover-open", "error", "error"),
    "jammed": ("media-jam", "error", "error"),
    "offline": ("offline", "error", "error"),
    "serviceRequested": ("service-needed", "warning", "error"),
    "inputTrayMissing": ("input-tray-missing", "warning", "error"),
    "outputTrayMissing": ("output-tray-missing", "warning", "error"),
    "markerSupplyMissing": ("marker-supply-missing", "warning", "error"),
    "outputNearFull": ("output-area-almost-full", "report", "report"),
    "outputFull": ("output-area-full", "warning", "error"),
    "inputTrayEmpty": ("media-empty", "warning", "error"),
    "overduePreventMaint": ("maintenance-overdue", "report", "report"),
}

#: PrtMarkerSuppliesTypeTC from 1 on: its name and what it is to the person who orders it.
SUPPLY_TYPES = """
other:other unknown:other toner:toner wasteToner:waste ink:ink inkCartridge:ink inkRibbon:ribbon wasteInk:waste
opc:part-life developer:part-life fuserOil:other solidWax:ink ribbonWax:ribbon wasteWax:waste fuser:part-life
coronaWire:part-life fuserOilWick:part-life cleanerUnit:part-life fuserCleaningPad:part-life transferUnit:part-life
tonerCartridge:toner fuserOiler:part-life water:other wasteWater:waste glueWaterAdditive:other wastePaper:waste
bindingSupply:other bandingSupply:other stitchingWire:other shrinkWrap:other paperWrap:other staples:other
inserts:other covers:other matteToner:toner matteInk:ink
""".split()

#: What (hrDeviceStatus, hrPrinterStatus) mean together, RFC 2790 and RFC 3805 section 2.2.13.2: one row a device
#: status from unknown(1) to down(5), one word a printer status from other(1) to warmup(5). `asleep` is idle as well.
STATUS_PAIRS = """
unknown     unknown     idle        processing  processing
asleep      unknown     idle        processing  processing
idle        unknown     idle        processing  processing
processing  processing  processing  processing  processing
stopped     stopped     stopped     stopped     stopped
"""

#: The Zebra notebook and the ZPL guide: (type, code) in the alert table, and bits of the state word.
ZEBRA_ALERTS = {(4, 5): "cover-open", (2, 1): "media-empty", (3, 2): "marker-print-ribbon-empty", (1, 11): "paused"}
ZEBRA_BITS = {
    0x1: "media-empty", 0x2: "marker-print-ribbon-empty", 0x4: "cover-open",
    0x8: "separation-cutter-recoverable-failure", 0x10: "marker-over-temperature", 0x20: "marker-motor-failure",
    0x40: "marker-unrecoverable-failure", 0x80: "marker-missing", 0x100: "subunit-unrecoverable-failure",
    0x200: "marker-thermistor-failure", 0x1000: "media-path-output-jam", 0x2000: "media-path-failure",
    0x4000: "media-path-input-feed-error", 0x8000: "media-jam", 0x20000: "media-path-failure",
    0x40000: "media-path-failure", 0x80000: "media-path-failure",
}  # fmt: skip

_found = re.findall(r"(\d+) ([a-z]\w*)(?: +([a-z]+(?:-[a-z]+)+))?", _CODES)
CODES = {name: int(number) for number, name, _ in _found}
_KEYWORDS = {name: keyword or re.sub(r"(?=[A-Z])", "-", name).lower() for _, name, keyword in _found}


def keyword(name: str, group: str) -> str:
    """The registered keyword of an alert code's name, said of a sub-unit of this group."""
    return _BY_GROUP.get(group, {}).get(name) or _KEYWORDS[name]
