"""How fleetmon asks a simulated machine: over which kind of address, with which driver, by which name on its line.

A sheet says what its machine speaks and knows no fleetmon; which of the shipped drivers speaks that is said here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fleetmon.model.address import Scheme
from fleetmon.simulators.sheets.parts import Sheet

_BY_PROTOCOL: Final[Mapping[str, str]] = {
    "escpos": "escpos",
    "evolis": "evolis_rpc",
    "lapis": "lapis_lamina",
    "pjl": "hp_pjl",
    "zpl": "zebra_zpl",
}
_BY_SHEET: Final[Mapping[str, str]] = {"omron_heater": "omron_e5cc", "signal_tower": "stack_light"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a source of the settings says of such a machine, but for its host and port."""

    scheme: Scheme
    driver: str | None = None
    unit: str | None = None
    modbus_unit: int | None = None


def asked(sheet: Sheet) -> Asked | None:
    """None for a machine that no shipped driver understands."""
    if sheet.snmp is not None:
        return Asked(Scheme.SNMP)
    if sheet.speaks is not None:
        driver = _BY_PROTOCOL.get(sheet.speaks.protocol)
        device = sheet.speaks.words.get("device")
        return Asked(Scheme.TCP, driver, unit=device if isinstance(device, str) else None) if driver else None
    driver = _BY_SHEET.get(sheet.name)
    if sheet.modbus is None or driver is None:
        return None
    return Asked(Scheme.MODBUS_TCP, driver, modbus_unit=sheet.modbus.unit)
