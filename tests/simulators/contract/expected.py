"""What each fault of each SNMP sheet means, in the names of the registries: what somebody who stands in front of the
machine and has the documents, but neither the sheet nor a driver, would say it must tell.

A line: the fault, the alert code's name, its group and which of that group, how bad, who acts, the error bits that one
or two octets can say (`-` for nothing).
"""

from dataclasses import dataclass

from .registry import ACTORS, BITS, CODES, EVENTS, NAMELESS, PARTS, SEVERITIES, keyword

_PASSPORT_PRINTER = """
front-cover-open     coverOpen               cover 1           critical  untrained     doorOpen
head-interlock-open  interlockOpen           cover 2           critical  trained       doorOpen
booklet-jam          jam                     mediaPath 1       critical  untrained     jammed
feed-jam             jam                     input 1           critical  untrained     jammed
magazine-low         inputMediaSupplyLow     input 1           binary    untrained     lowPaper
magazine-empty       inputMediaSupplyEmpty   input 1           critical  untrained     noPaper inputTrayEmpty
magazine-missing     inputMediaTrayMissing   input 1           critical  untrained     inputTrayMissing
magazine-fitted      subunitAdded            input 1           unary     nobody        -
stacker-near-full    outputMediaTrayAlmostFull output 1        binary    untrained     outputNearFull
stacker-full         outputMediaTrayFull     output 1          critical  untrained     outputFull
stacker-missing      outputMediaTrayMissing  output 1          critical  untrained     outputTrayMissing
cyan-low             markerInkAlmostEmpty    markerSupplies 1  binary    untrained     lowToner
cyan-empty           markerInkEmpty          markerSupplies 1  critical  untrained     noToner
magenta-low          markerInkAlmostEmpty    markerSupplies 2  binary    untrained     lowToner
magenta-empty        markerInkEmpty          markerSupplies 2  critical  untrained     noToner
yellow-low           markerInkAlmostEmpty    markerSupplies 3  binary    untrained     lowToner
yellow-empty         markerInkEmpty          markerSupplies 3  critical  untrained     noToner
black-low            markerInkAlmostEmpty    markerSupplies 4  binary    untrained     lowToner
black-empty          markerInkEmpty          markerSupplies 4  critical  untrained     noToner
black-missing        subunitMissing          markerSupplies 4  critical  untrained     markerSupplyMissing
waste-near-full      markerWasteInkReceptacleAlmostFull markerSupplies 5 binary trained -
waste-full           markerWasteInkReceptacleFull markerSupplies 5 critical trained    serviceRequested
head-too-hot         subunitOverTemperature  marker 1          critical  trained       serviceRequested
head-failed          subunitUnrecoverableFailure marker 1      critical  fieldService  serviceRequested
head-cleaning        markerAdjustingPrintQuality marker 1      other     nobody        -
chip-encoder-failed  other                   other -1          critical  fieldService  serviceRequested
offline              subunitOffline          generalPrinter 1  critical  untrained     offline
maintenance-due      subunitNearLimit        marker 1          binary    trained       overduePreventMaint
"""

_LAMINATOR = """
power-up             powerUp                 generalPrinter -1 unary     nobody        -
ready                other                   other -1          other     nobody        -
sleep                subunitPowerSaver       generalPrinter -1 other     nobody        -
warming-up           subunitWarmingUp        marker 1          other     nobody        -
cover-open           coverOpen               cover 1           critical  untrained     doorOpen
document-jam         jam                     mediaPath 1       critical  trained       jammed
cutter-jam           separationCutterJam     finDevice 1       critical  trained       jammed
upper-film-low       subunitAlmostEmpty      markerSupplies 2  binary    untrained     lowToner
upper-film-empty     subunitEmpty            markerSupplies 2  critical  untrained     noToner
lower-film-low       subunitAlmostEmpty      markerSupplies 3  binary    untrained     lowToner
lower-film-empty     subunitEmpty            markerSupplies 3  critical  untrained     noToner
hologram-low         subunitAlmostEmpty      markerSupplies 5  binary    untrained     lowToner
hologram-empty       subunitEmpty            markerSupplies 5  critical  untrained     noToner
wrong-film           other                   markerSupplies 2  critical  untrained     serviceRequested
cleaning-due         subunitLifeAlmostOver   markerSupplies 9  binary    trained       -
cleaning-over        subunitLifeOver         markerSupplies 9  critical  trained       serviceRequested
feeder-empty         inputMediaSupplyEmpty   input 1           critical  untrained     noPaper
bay-near-full        outputMediaTrayAlmostFull output 1        binary    untrained     -
bay-full             outputMediaTrayFull     output 1          critical  untrained     -
roller-too-cold      markerFuserUnderTemperature marker 1      binary    trained       -
roller-too-hot       markerFuserOverTemperature marker 1       critical  trained       serviceRequested
roller-sensor-failed markerFuserThermistorFailure marker 1     critical  fieldService  serviceRequested
roller-motor-failed  subunitMotorFailure     marker 1          critical  fieldService  serviceRequested
"""

_CONSULAR_LASER = """
power-up             powerUp                 generalPrinter -1 unary     nobody        -
ready                other                   other -1          other     nobody        -
printing             other                   other -1          other     nobody        -
powersave            subunitPowerSaver       generalPrinter -1 other     nobody        -
warming-up           subunitWarmingUp        marker 1          other     nobody        -
front-cover-open     coverOpen               cover 1           critical  untrained     doorOpen
rear-door-open       doorOpen                generalPrinter -1 critical  untrained     doorOpen
paper-jam            jam                     mediaPath 1       critical  untrained     jammed
tray-jam             jam                     input 2           critical  untrained     jammed
bin-jam              jam                     output 1          critical  untrained     jammed
tray-low             inputMediaSupplyLow     input 2           binary    untrained     lowPaper
tray-empty           inputMediaSupplyEmpty   input 2           critical  untrained     noPaper
tray-missing         inputMediaTrayMissing   input 2           critical  untrained     serviceRequested
other-paper          inputMediaChangeRequest input 2           critical  untrained     serviceRequested
manual-feed          inputManualInputRequest input 1           critical  untrained     serviceRequested
lift-failed          inputTrayElevationFailure input 2         critical  fieldService  serviceRequested
bin-full             outputMediaTrayFull     output 1          critical  untrained     serviceRequested
black-low            markerTonerAlmostEmpty  markerSupplies 1  binary    untrained     lowToner
black-empty          markerTonerEmpty        markerSupplies 1  critical  untrained     noToner
cyan-low             markerTonerAlmostEmpty  markerSupplies 2  binary    untrained     lowToner
cyan-empty           markerTonerEmpty        markerSupplies 2  critical  untrained     noToner
magenta-low          markerTonerAlmostEmpty  markerSupplies 3  binary    untrained     lowToner
magenta-empty        markerTonerEmpty        markerSupplies 3  critical  untrained     noToner
yellow-low           markerTonerAlmostEmpty  markerSupplies 4  binary    untrained     lowToner
yellow-empty         markerTonerEmpty        markerSupplies 4  critical  untrained     noToner
cartridge-missing    markerTonerCartridgeMissing markerSupplies 1 critical untrained   serviceRequested
waste-near-full      markerWasteTonerReceptacleAlmostFull markerSupplies 5 binary trained -
waste-full           markerWasteTonerReceptacleFull markerSupplies 5 critical trained  serviceRequested
drum-low             markerOpcLifeAlmostOver markerSupplies 6  binary    trained       -
drum-over            markerOpcLifeOver       markerSupplies 6  critical  trained       serviceRequested
fuser-low            subunitLifeAlmostOver   markerSupplies 7  binary    trained       -
fuser-over           subunitLifeOver         markerSupplies 7  critical  trained       serviceRequested
fuser-cold           markerFuserUnderTemperature marker 1      critical  fieldService  serviceRequested
fuser-timing         markerFuserTimingFailure marker 1         critical  fieldService  serviceRequested
scanner-failed       subunitTimingFailure    marker 1          critical  fieldService  serviceRequested
fan-failed           subunitRecoverableFailure generalPrinter -1 critical fieldService serviceRequested
memory-full          subunitMemoryExhausted  interpreter -1    critical  trained       serviceRequested
calibrating          markerAdjustingPrintQuality marker 1      other     nobody        -
offline              subunitOffline          generalPrinter -1 critical  untrained     offline
"""

#: What the supplies of each sheet are, where no type of the standard says it.
SUPPLIES = {
    "passport_printer": {"cyan": "ink", "magenta": "ink", "yellow": "ink", "black": "ink", "waste-ink": "waste"},
    "laminator": {"upper-film": "laminate", "lower-film": "laminate", "hologram": "hologram-foil"}
    | {"cleaning-roller": "part-life"},
    "consular_laser": {"cyan": "toner", "magenta": "toner", "yellow": "toner", "black": "toner"}
    | {"waste-toner": "waste", "drum": "part-life", "fuser": "part-life"},
}

_LEVELS = {"binary": "warningBinaryChangeEvent", "unary": "warning"}


@dataclass(frozen=True)
class Told:
    """One alert row as the report must carry it."""

    code: str
    keyword: str
    is_fault: bool
    severity: str
    part: str | None
    actor: str | None
    also: frozenset[str]  # the names of what else tells of it: error bits, an open cover

    @property
    def stops(self) -> bool:
        """A critical row stops production until it is gone."""
        return self.is_fault and self.severity == "error"


def _told(name: str, group: str, index: str, level: str, actor: str, bits: list[str]) -> Told:
    level = _LEVELS.get(level, level)
    is_fault = level in ("critical", "warningBinaryChangeEvent") and name not in EVENTS
    part = None if group in NAMELESS else PARTS.get(group, group) + (f"-{index}" if int(index) > 0 else "")
    assert set(bits) <= {*BITS}
    return Told(
        code=str(CODES[name]),
        keyword=keyword(name, group),
        is_fault=is_fault,
        severity=SEVERITIES[level],
        part=part,
        actor=ACTORS.get(actor),
        also=frozenset(bits) | (frozenset({name}) if group == "cover" else frozenset()),
    )


def _read(lines: str) -> dict[str, Told]:
    found = {}
    for line in lines.strip().splitlines():
        fault, name, group, index, level, actor, *bits = line.split()
        found[fault] = _told(name, group, index, level, actor, [bit for bit in bits if bit != "-"])
    return found


EXPECTED = {
    "passport_printer": _read(_PASSPORT_PRINTER),
    "laminator": _read(_LAMINATOR),
    "consular_laser": _read(_CONSULAR_LASER),
}
