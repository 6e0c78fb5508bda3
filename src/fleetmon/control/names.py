"""The objects a machine was asked for, by the names the MIBs give them: for people who read an exchange.

Names as in RFC 1213 (system), RFC 2790 (hr*), RFC 3805 (prt*), RFC 3806 (fin*); a driver's own by its own words.
"""

from collections.abc import Mapping
from types import MappingProxyType

from fleetmon.decode.printer_mib import mib
from fleetmon.definition import SnmpDefinition
from fleetmon.definition.snmp_objects import LevelObject
from fleetmon.model.oid import Oid, dotted

_COLUMNS = {
    mib.HR_DEVICE: "2 hrDeviceType 3 hrDeviceDescr 5 hrDeviceStatus",
    mib.HR_PRINTER: "1 hrPrinterStatus 2 hrPrinterDetectedErrorState",
    mib.GENERAL: "1 prtGeneralConfigChanges 16 prtGeneralPrinterName 17 prtGeneralSerialNumber"
    " 18 prtAlertCriticalEvents 19 prtAlertAllEvents",
    mib.COVER: "2 prtCoverDescription 3 prtCoverStatus",
    mib.INPUT: "8 prtInputCapacityUnit 9 prtInputMaxCapacity 10 prtInputCurrentLevel 13 prtInputName"
    " 18 prtInputDescription",
    mib.MARKER: "3 prtMarkerCounterUnit 4 prtMarkerLifeCount 15 prtMarkerStatus",
    mib.SUPPLIES: "3 prtMarkerSuppliesColorantIndex 4 prtMarkerSuppliesClass 5 prtMarkerSuppliesType"
    " 6 prtMarkerSuppliesDescription 7 prtMarkerSuppliesSupplyUnit 8 prtMarkerSuppliesMaxCapacity"
    " 9 prtMarkerSuppliesLevel",
    mib.COLORANT: "4 prtMarkerColorantValue",
    mib.CONSOLE: "2 prtConsoleDisplayBufferText",
    mib.ALERT: "1 prtAlertIndex 2 prtAlertSeverityLevel 3 prtAlertTrainingLevel 4 prtAlertGroup 5 prtAlertGroupIndex"
    " 6 prtAlertLocation 7 prtAlertCode 8 prtAlertDescription 9 prtAlertTime",
    mib.FIN_DEVICE: "2 finDeviceType",
    mib.FIN_SUPPLY: "2 finSupplyDeviceIndex 3 finSupplyClass 4 finSupplyType 5 finSupplyDescription 6 finSupplyUnit"
    " 7 finSupplyMaxCapacity 8 finSupplyCurrentLevel 9 finSupplyColorName",
}


def _pairs(words: str) -> list[tuple[int, str]]:
    each = words.split()
    return [(int(number), name) for number, name in zip(each[::2], each[1::2], strict=True)]


_TABLES = {
    mib.HR_DEVICE: "hrDeviceEntry", mib.HR_PRINTER: "hrPrinterEntry", mib.GENERAL: "prtGeneralEntry",
    mib.COVER: "prtCoverEntry", mib.INPUT: "prtInputEntry", mib.MARKER: "prtMarkerEntry",
    mib.SUPPLIES: "prtMarkerSuppliesEntry", mib.COLORANT: "prtMarkerColorantEntry",
    mib.CONSOLE: "prtConsoleDisplayBufferEntry", mib.ALERT: "prtAlertEntry", mib.FIN_DEVICE: "finDeviceEntry",
    mib.FIN_SUPPLY: "finSupplyEntry",
}  # fmt: skip
_SYSTEM = {
    mib.SYS_DESCR[:-1]: "sysDescr", mib.SYS_OBJECT_ID[:-1]: "sysObjectID", mib.SYS_UPTIME[:-1]: "sysUpTime",
    mib.SYS_NAME[:-1]: "sysName",
}  # fmt: skip
NAMES = MappingProxyType(
    _SYSTEM | _TABLES | {(*entry, column): name for entry, words in _COLUMNS.items() for column, name in _pairs(words)}
)


def name_of(asked: Oid, definition: SnmpDefinition | None = None) -> str:
    """`prtAlertCode.1.3`, `faults.state_word (1.3.6.1.4.1...)`; the plain number of what has no name."""
    if found := _longest(asked, NAMES):
        return found
    own = _longest(asked, _declared(definition)) if definition else None
    return f"{own} ({dotted(asked)})" if own else dotted(asked)


def _longest(asked: Oid, names: Mapping[Oid, str]) -> str | None:
    """The name of the longest beginning that has one, and the rest of the number."""
    for depth in range(len(asked), 0, -1):
        if found := names.get(asked[:depth]):
            return f"{found}.{dotted(asked[depth:])}" if depth < len(asked) else found
    return None


def _declared(definition: SnmpDefinition) -> dict[Oid, str]:
    found = {table.entry: name for name, table in definition.tables}
    found |= {rule.oid: name for name, rule in definition.objects}
    levels = [(name, rule.capacity) for name, rule in definition.objects if isinstance(rule, LevelObject)]
    return found | {told: f"{name}.capacity" for name, told in levels if isinstance(told, tuple)}
