"""One printer's rows out of everything an agent said, and which printer that is.

hrDeviceIndex is usually 1 but must not be assumed; column 1 of hrDeviceTable is known to disagree with the row's own
index, so the OID suffix is trusted. One agent may speak for several printers: then a person has to say which is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fleetmon.decode.dialogue import Value
from fleetmon.decode.objects import Objects, Row, number, tables, text
from fleetmon.decode.printer_mib import mib
from fleetmon.errors import GarbledReply
from fleetmon.model.oid import Oid


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything one agent said (`objects`), and the rows of its printer `device` (None: it names no printer)."""

    objects: Objects
    device: int | None
    rows: Mapping[Oid, Mapping[Oid, Row]]

    def table(self, entry: Oid) -> list[tuple[int, Row]]:
        """The printer's rows of one table with their last index, ascending."""
        return [(suffix[-1], row) for suffix, row in self.rows[entry].items() if suffix[0] == self.device]

    def row(self, entry: Oid) -> Row:
        """The printer's only row of a table with one row a device; empty if there is none."""
        return next((row for _, row in self.table(entry)), {})

    def get(self, oid: Oid) -> Value:
        """One scalar, None if the agent does not have it."""
        return self.objects.get(oid)


@dataclass(frozen=True, slots=True)
class PrinterRow:
    """One printer that an agent speaks for."""

    device: int
    description: str | None
    has_printer_mib: bool


def printers(objects: Objects) -> tuple[PrinterRow, ...]:
    """The printers an agent speaks for: its devices of type hrDevicePrinter, else the rows of hrPrinterTable, else the
    devices that the Printer-MIB tables name."""
    rows = tables(objects, mib.TABLES)
    devices = rows[mib.HR_DEVICE]
    typed = {s[0] for s, row in devices.items() if row.get(mib.HR_DEVICE_TYPE) == mib.HR_DEVICE_PRINTER}
    in_printer_mib = {suffix[0] for entry in mib.PRINTER_TABLES for suffix in rows[entry]}
    found = typed or {suffix[0] for suffix in rows[mib.HR_PRINTER]} or in_printer_mib
    return tuple(
        PrinterRow(
            device=index,
            description=text(devices.get((index,), {}).get(mib.HR_DEVICE_DESCR)),
            has_printer_mib=index in in_printer_mib,
        )
        for index in sorted(found)
    )


def choose(found: tuple[PrinterRow, ...], wanted: int | None) -> int | None:
    """The device to listen to; GarbledReply with what to write in the settings if that is not clear."""
    if wanted is not None:
        if found and wanted not in {row.device for row in found}:
            raise GarbledReply(f"no printer has device = {wanted}; the agent speaks for {_listed(found)}")
        return wanted
    speaking = tuple(row for row in found if row.has_printer_mib) or found
    if len(speaking) > 1:
        raise GarbledReply(f"the agent speaks for several printers, say which with device = N: {_listed(speaking)}")
    return speaking[0].device if speaking else None


def listen(objects: Objects, device: int | None) -> Heard:
    """The rows of one printer."""
    return Heard(objects, device, tables(objects, mib.TABLES))


def uptime_ticks(objects: Objects) -> int | None:
    """sysUpTime in hundredths of a second."""
    return number(objects.get(mib.SYS_UPTIME))


def _listed(found: tuple[PrinterRow, ...]) -> str:
    return ", ".join(f"{row.device} ({row.description or 'no description'})" for row in found)
