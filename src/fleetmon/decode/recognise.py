"""Which driver fits a machine that nobody described, and why none does.

Neither a printer maker's enterprise number (projectors, cameras) nor an hrDevicePrinter row (print queues of a PC)
makes a printer. Rows of the Printer-MIB do. Without them, what the machine says it is decides: first what excludes it,
then a maker's printer branch or a printer's name, then printer rows of a host that is no general-purpose computer. A
driver made for certain machines comes before the general one, whatever it is called, and excludes only for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fleetmon.decode.objects import Objects, arcs, tables, text
from fleetmon.decode.printer_mib import mib
from fleetmon.definition import Match, SnmpDefinition, compiled
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

    definition: SnmpDefinition | None
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


def recognise(objects: Objects, definitions: Sequence[SnmpDefinition]) -> Recognition:
    """The best fitting definition: one made for such machines by number or by name, before the general ones (those that
    take the Printer-MIB) by number, by its rows, by name, or by rows of hrPrinterTable."""
    told = evidence(objects)
    fitting = [d for d in definitions if _excluded(told, d.match) is None]
    own = [d for d in fitting if not d.match.printer_mib]
    general = [d for d in fitting if d.match.printer_mib]
    found = _by_number(told, own) or _by_name(told, own) or _by_number(told, general)
    if found is None and general and told.printer_mib:
        return Recognition(general[0], "it has Printer-MIB rows")
    found = found or _by_name(told, general)
    if found is None and general and told.printer_rows:
        return Recognition(general[0], "it has rows in hrPrinterTable and is no general-purpose host")
    return found or Recognition(None, f"not a printer: {_reason(told, definitions)} ({told})")


def required(objects: Objects, definitions: Sequence[SnmpDefinition]) -> SnmpDefinition:
    """The best fitting definition; GarbledReply with the reason if there is none."""
    found = recognise(objects, definitions)
    if found.definition is None:
        raise GarbledReply(found.why)
    return found.definition


def _by_number(told: Evidence, definitions: Sequence[SnmpDefinition]) -> Recognition | None:
    """The one that claims the longest prefix of sysObjectID."""
    nearest = max(definitions, key=lambda d: _prefix(told, d.match), default=None)
    if nearest is None or not _prefix(told, nearest.match):
        return None
    return Recognition(nearest, f"sysObjectID {dotted(told.sysobjectid or ())} is a known branch")


def _by_name(told: Evidence, definitions: Sequence[SnmpDefinition]) -> Recognition | None:
    named = next((d for d in definitions if _matches(told.sysdescr, d.match.sysdescr)), None)
    return Recognition(named, f"sysDescr {told.sysdescr!r} is a printer's name") if named else None


def _prefix(told: Evidence, match: Match) -> int:
    """Length of the longest claimed prefix of sysObjectID, 0 if none fits."""
    number = told.sysobjectid or ()
    return max((len(claim) for claim in match.sysobjectid if number[: len(claim)] == claim), default=0)


def _excluded(told: Evidence, match: Match) -> str | None:
    """Why a definition does not take such a machine. Rows of the Printer-MIB outweigh what a general one excludes."""
    if told.printer_mib and match.printer_mib:
        return None
    if _matches(told.sysdescr, match.unless_sysdescr):
        return "its sysDescr names another kind of device"
    number = told.sysobjectid or ()
    if any(number[: len(host)] == host for host in match.unless_sysobjectid):
        rows = f", its {told.printer_rows} printer rows are print queues" if told.printer_rows else ""
        return f"its sysObjectID is a general-purpose host's or another kind of device's{rows}"
    return None


def _reason(told: Evidence, definitions: Sequence[SnmpDefinition]) -> str:
    excluded = (_excluded(told, d.match) for d in definitions if d.match.printer_mib)
    nothing = "no Printer-MIB, no hrPrinterTable, no known printer's name"
    return next((why for why in excluded if why), nothing)


def _matches(words: str | None, patterns: tuple[str, ...]) -> bool:
    return words is not None and any(compiled(pattern).search(words) for pattern in patterns)
