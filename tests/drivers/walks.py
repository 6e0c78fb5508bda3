"""Machines made of a few lines: small walks in snmpsim's format, read and decoded like any recording.

Object identifiers below mib-2 are written short, as the captures' notes write them: `25.3.5.1.2.1` is an instance of
hrPrinterDetectedErrorState, `43.18.1.1.7.1.2` one of prtAlertCode, `1.1.0` is sysDescr.
"""

from dataclasses import replace

from fleetmon.decode import walk_text
from fleetmon.decode.dialogue import Varbind, oid
from fleetmon.decode.snmp import Met
from fleetmon.links.walk_file import WalkFile
from fleetmon.model.report import Fault, Report

from .hearing import met_now

MIB_2 = "1.3.6.1.2.1."
HR_DEVICE_PRINTER = "1.3.6.1.2.1.25.3.1.5"


def snmprec(*lines: str | bytes) -> bytes:
    """The lines as a file; each may hold several, and short identifiers are written out."""
    text = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    rows = [row.strip() for row in text.split(b"\n") if row.strip()]
    return b"\n".join(row if row.startswith(b"1.3.6.") else MIB_2.encode() + row for row in rows)


def link(*lines: str | bytes) -> WalkFile:
    """A machine that says this."""
    found = walk_text.parse(snmprec(*lines), "walk")
    assert not found.remarks, found.remarks
    return WalkFile(found.varbinds)


def met(*lines: str | bytes, device: int | None = None) -> Met:
    """What is known of it after the first conversation."""
    return met_now(link(*lines), device)


def report(*lines: str | bytes, device: int | None = None) -> Report:
    """What it said, decoded."""
    return met(*lines, device=device).report


def printer(
    status: int | None = 3, device_status: int | None = 2, bits: str | None = "00", device: int = 1, rows: str = ""
) -> str:
    """A printer of no maker: hrPrinterStatus, hrDeviceStatus, error state in hexadecimal; None leaves it out."""
    lines = [
        "1.1.0|4|Acme printer",
        "1.3.0|67|360000",
        f"25.3.2.1.2.{device}|6|{HR_DEVICE_PRINTER}",
        f"25.3.2.1.3.{device}|4|Acme 9000",
        f"43.5.1.1.1.{device}|65|7",
    ]
    optional = {f"25.3.2.1.5.{device}|2": device_status, f"25.3.5.1.1.{device}|2": status}
    lines += [f"{start}|{value}" for start, value in optional.items() if value is not None]
    if bits is not None:
        lines.append(f"25.3.5.1.2.{device}|4x|{bits}")
    return "\n".join([*lines, rows])


def alert(index: int, device: int = 1, time: str | None = None, text: str | None = None, **columns: int) -> str:
    """One row of prtAlertTable; a column that is not named is not there."""
    numbers = {"severity": 2, "training": 3, "group": 4, "group_index": 5, "location": 6, "code": 7}
    at = f"{device}.{index}"
    rows = [f"43.18.1.1.{numbers[name]}.{at}|2|{value}" for name, value in columns.items()]
    rows += [f"43.18.1.1.8.{at}|4x|{text.encode().hex()}"] if text is not None else []
    return "\n".join(rows + ([f"43.18.1.1.9.{at}|{time}"] if time else []))


def supply(index: int = 1, device: int = 1, text: str | None = None, **columns: int) -> str:
    """One row of prtMarkerSuppliesTable."""
    numbers = {"marker": 2, "colorant": 3, "kind": 5, "unit": 7, "capacity": 8, "level": 9, "klass": 4}
    rows = [f"43.11.1.1.{numbers[name]}.{device}.{index}|2|{value}" for name, value in columns.items()]
    rows += [f"43.11.1.1.6.{device}.{index}|4x|{text.encode().hex()}"] if text is not None else []
    return "\n".join(rows)


def only_fault(heard: Report) -> Fault:
    """The one fault of a report."""
    assert len(heard.faults) == 1, heard.faults
    return heard.faults[0]


def changed(walk: WalkFile, *lines: str | bytes) -> WalkFile:
    """The same machine later: these values are other ones now, or new; a value `-` is gone."""
    gone = {row.partition(b"|")[0] for row in snmprec(*lines).split(b"\n") if row.endswith(b"|-")}
    kept = b"\n".join(row for row in snmprec(*lines).split(b"\n") if not row.endswith(b"|-"))
    rows: dict[tuple[int, ...], Varbind] = dict(walk_text.parse(kept, "walk").varbinds) if kept else {}
    before = {name: row for name, row in walk._varbinds.items() if name not in {oid(each.decode()) for each in gone}}
    return WalkFile(before | rows)


def unaged(heard: Report) -> Report:
    """A report without what the clock alone changes."""
    return replace(heard, uptime_s=None, faults=tuple(replace(fault, age_s=None) for fault in heard.faults))
