"""One printer's rows out of everything an agent said, and which printer that is.

hrDeviceIndex is usually 1 but must not be assumed; column 1 of hrDeviceTable is known to disagree with the row's own
index, so the OID suffix is trusted. One agent may speak for several printers: then a person has to say which is meant.
The Printer-MIB is indexed by hrDeviceIndex too, but where one printer is known and all rows have one other index, they
are its rows nevertheless.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from fleetmon.decode.dialogue import Value
from fleetmon.decode.objects import Objects, Row, number, tables, text
from fleetmon.decode.printer_mib import mib
from fleetmon.errors import GarbledReply
from fleetmon.model.oid import Oid

Rows: TypeAlias = Mapping[Oid, Mapping[Oid, Row]]

_LAST_TICK = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything one agent said (`objects`), and the rows of its printer `device` (None: it names no printer).

    `printer_mib` is the index under which the Printer-MIB tables hold that printer.
    """

    objects: Objects
    device: int | None
    printer_mib: int | None
    rows: Rows

    def suffixes(self, entry: Oid) -> list[Oid]:
        """The indexes of the printer's rows of one table, ascending."""
        device = self.printer_mib if entry in mib.PRINTER_TABLES else self.device
        return sorted(suffix for suffix in self.rows[entry] if suffix[0] == device)

    def table(self, entry: Oid) -> list[tuple[int, Row]]:
        """The printer's rows of one table with their last index, ascending."""
        return [(suffix[-1], self.rows[entry][suffix]) for suffix in self.suffixes(entry)]

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
    in_printer_mib = _in_printer_mib(rows)
    return tuple(
        PrinterRow(
            device=index,
            description=text(rows[mib.HR_DEVICE].get((index,), {}).get(mib.HR_DEVICE_DESCR)),
            has_printer_mib=index in in_printer_mib,
        )
        for index in sorted(_known(rows))
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
    rows = tables(objects, mib.TABLES)
    in_printer_mib = _in_printer_mib(rows)
    only = _known(rows) == {device} and len(in_printer_mib) == 1
    return Heard(objects, device, min(in_printer_mib) if only else device, rows)


def ticks(value: Value) -> int | None:
    """Hundredths of a second; None for what TimeTicks cannot hold (RFC 2578 section 7.1.8)."""
    found = number(value)
    return found if found is not None and 0 <= found <= _LAST_TICK else None


def seconds(ticks: int | None) -> float | None:
    """The same in seconds."""
    return None if ticks is None else ticks / 100


def uptime_ticks(objects: Objects) -> int | None:
    """sysUpTime in hundredths of a second, None for what is no time."""
    return ticks(objects.get(mib.SYS_UPTIME))


def _in_printer_mib(rows: Rows) -> set[int]:
    return {suffix[0] for entry in mib.PRINTER_TABLES for suffix in rows[entry]}


def _known(rows: Rows) -> set[int]:
    devices = rows[mib.HR_DEVICE].items()
    typed = {suffix[0] for suffix, row in devices if row.get(mib.HR_DEVICE_TYPE) == mib.HR_DEVICE_PRINTER}
    return typed or {suffix[0] for suffix in rows[mib.HR_PRINTER]} or _in_printer_mib(rows)


def _listed(found: tuple[PrinterRow, ...]) -> str:
    return ", ".join(f"{row.device} ({row.description or 'no description'})" for row in found)
