"""How fleetmon asks a simulated machine: over which kind of address, with which driver, by which name on its line.

A sheet says what its machine speaks and knows no fleetmon; which of the shipped drivers speaks that is said here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fleetmon.model.address import Scheme
from fleetmon.model.words import MachineKind
from fleetmon.simulators.sheets.parts import Sheet

_BY_PROTOCOL: Final[Mapping[str, str]] = {
    "escpos": "escpos",
    "evolis": "evolis_rpc",
    "lapis": "lapis_lamina",
    "pjl": "hp_pjl",
    "zpl": "zebra_zpl",
}
_BY_SHEET: Final[Mapping[str, str]] = {"omron_heater": "omron_e5cc", "signal_tower": "stack_light"}
_KINDS: Final[Mapping[str, MachineKind]] = {
    "evolis_rpc": MachineKind.PERSONALISER,
    "stack_light": MachineKind.OTHER,
}
_LINES: Final = frozenset({Scheme.SERIAL, Scheme.TCP, Scheme.RFC2217})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a source of the settings says of such a machine, but for its host and port."""

    scheme: Scheme
    driver: str | None = None
    unit: str | None = None
    modbus_unit: int | None = None

    @property
    def kind(self) -> MachineKind | None:
        """What such a machine is for, where its sheet has no word for it."""
        return _KINDS.get(self.driver or "")

    def fits(self, scheme: Scheme) -> bool:
        """Whether it is asked at an address of this kind; what speaks in bytes is, on any line."""
        return scheme is self.scheme or (self.scheme is Scheme.TCP and scheme in _LINES)


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
