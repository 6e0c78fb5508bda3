"""Which driver fits a machine that nobody described, and why none does.

Neither a printer maker's enterprise number (projectors, cameras) nor an hrDevicePrinter row (print queues of a PC)
makes a printer. Rows of the Printer-MIB do. Without them, what the machine says it is decides: first what excludes it,
then a maker's printer branch or a printer's name, then printer rows of a host that is no general-purpose computer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fleetmon.decode.objects import Objects, arcs, tables, text
from fleetmon.decode.printer_mib import mib
from fleetmon.definition import Definition, Match, compiled
from fleetmon.errors import GarbledReply
from fleetmon.model.oid import Oid, dotted


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for or against a machine being one of ours."""

    sysdescr: str | None
    sysobjectid: Oid | None
    printer_mib: bool
    printer_rows: int

    def __str__(self) -> str:
        number = dotted(self.sysobjectid) if self.sysobjectid else "none"
        return f"sysDescr {self.sysdescr or 'none'!r}, sysObjectID {number}"


@dataclass(frozen=True, slots=True)
class Recognition:
    """The driver that fits, or None; and the reason in words either way."""

    definition: Definition | None
    why: str


def evidence(objects: Objects) -> Evidence:
    """The evidence in what an interview heard; a printer row counts if it names an error state or a known status."""
    rows = tables(objects, mib.TABLES)
    telling = [
        row
        for row in rows[mib.HR_PRINTER].values()
        if isinstance(row.get(mib.HR_PRINTER_ERROR_STATE), bytes) or row.get(mib.HR_PRINTER_STATUS) not in (None, 2)
    ]
    return Evidence(
        sysdescr=text(objects.get(mib.SYS_DESCR)),
        sysobjectid=arcs(objects.get(mib.SYS_OBJECT_ID)),
        printer_mib=any(rows[entry] for entry in mib.PRINTER_TABLES),
        printer_rows=len(telling),
    )


def recognise(objects: Objects, definitions: Sequence[Definition]) -> Recognition:
    """The best fitting definition: the longest sysObjectID prefix first, then a name, then the Printer-MIB."""
    told = evidence(objects)
    by_number = max(definitions, key=lambda d: _prefix(told, d.match), default=None)
    if by_number is not None and _prefix(told, by_number.match) and not _excluded(told, (by_number.match,)):
        return Recognition(by_number, f"sysObjectID {dotted(told.sysobjectid or ())} is a known branch")
    general = next((d for d in definitions if d.match.printer_mib), None)
    if told.printer_mib and general is not None:
        return Recognition(general, "it has Printer-MIB rows")
    excluded = _excluded(told, [d.match for d in definitions])
    if excluded:
        return Recognition(None, f"not a printer: {excluded} ({told})")
    named = next((d for d in definitions if _matches(told.sysdescr, d.match.sysdescr)), None)
    if named is not None:
        return Recognition(named, f"sysDescr {told.sysdescr!r} is a printer's name")
    if told.printer_rows and general is not None:
        return Recognition(general, "it has rows in hrPrinterTable and is no general-purpose host")
    return Recognition(None, f"not a printer: no Printer-MIB, no hrPrinterTable, no known printer's name ({told})")


def required(objects: Objects, definitions: Sequence[Definition]) -> Definition:
    """The best fitting definition; GarbledReply with the reason if there is none."""
    found = recognise(objects, definitions)
    if found.definition is None:
        raise GarbledReply(found.why)
    return found.definition


def _prefix(told: Evidence, match: Match) -> int:
    """Length of the longest claimed prefix of sysObjectID, 0 if none fits."""
    number = told.sysobjectid or ()
    return max((len(claim) for claim in match.sysobjectid if number[: len(claim)] == claim), default=0)


def _excluded(told: Evidence, matches: Iterable[Match]) -> str | None:
    for match in matches:
        if told.printer_mib:
            continue
        if _matches(told.sysdescr, match.unless_sysdescr):
            return "its sysDescr names another kind of device"
        number = told.sysobjectid or ()
        if any(number[: len(host)] == host for host in match.unless_sysobjectid):
            rows = f", its {told.printer_rows} printer rows are print queues" if told.printer_rows else ""
            return f"its sysObjectID is a general-purpose host's or another kind of device's{rows}"
    return None


def _matches(words: str | None, patterns: tuple[str, ...]) -> bool:
    return words is not None and any(compiled(pattern).search(words) for pattern in patterns)
