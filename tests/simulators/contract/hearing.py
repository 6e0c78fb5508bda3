"""A simulated machine heard by the drivers: over sockets as the daemon does, or in memory, where a thousand slightly
wrong machines can be heard in a few seconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.parts import Fault, Sheet
from fleetmon.simulators.snmp.tables import LiveTables
from tests.drivers.hearing import DEFINITIONS, at_once

from fleetmon.conversation import converse
from fleetmon.decode.dialogue import Varbind
from fleetmon.decode.recognise import required
from fleetmon.decode.snmp import meet
from fleetmon.definition import SnmpDefinition
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.walk_file import WalkFile
from fleetmon.model.report import Report

from .expected import Told
from .registry import BITS, ZEBRA_ALERTS


def heard_in_memory(machine: Machine, definitions: Sequence[SnmpDefinition] = DEFINITIONS) -> Report:
    """What a first conversation understands, when every row reaches the dialogue without a network."""
    rows = LiveTables(machine).rows(machine.now)
    assert rows is not None
    link = WalkFile({name: Varbind(name, value.tag, value.content) for name, value in rows})
    return at_once(converse(meet(lambda objects: required(objects, definitions)), link)).report


async def heard_on_the_wire(socket: SnmpSocket, port: int, sheet: Sheet) -> Report:
    """The same over UDP, in the best version the machine speaks."""
    link = SnmpLink(socket, "127.0.0.1", port, version="2c" if "2c" in sheet.agent.versions else "1")
    return (await converse(meet(lambda objects: required(objects, DEFINITIONS)), link)).report


def raised(sheet: Sheet, *faults: str) -> Machine:
    """A machine at rest in which these faults stand."""
    machine = Machine(sheet)
    for fault in faults:
        machine.obey(Command(Do.RAISE, fault=fault), 0)
    return machine


def with_fault(sheet: Sheet, fault: Fault) -> Sheet:
    """The same model, in which one fault is said otherwise."""
    return replace(sheet, faults={**sheet.faults, fault.name: fault})


def alone(name: str = "alone", bits: tuple[int, ...] = (), flag: int = 0) -> Fault:
    """A fault of which nothing but a bit tells."""
    return Fault(name, "", "", (), bits, flag, False, None)


def complaints(report: Report, told: Told, text: str, quiet: Report) -> list[str]:
    """What is not as it must be in the report of a machine with one fault; `quiet` is one of the machine at rest."""
    found = [*(_of_fault if told.is_fault else _of_notice)(report, told, text)]
    if (report.state == "stopped") is not told.stops:
        found.append(f"the machine is {report.state}")
    beside = [notice for notice in report.notices if notice not in quiet.notices and notice.code != told.code]
    return found + ([f"it mentions {beside} beside"] if beside else [])


def _of_notice(report: Report, told: Told, text: str) -> Iterator[str]:
    if (told.code, told.keyword, told.severity, text or None) not in {
        (notice.code, notice.keyword, str(notice.severity), notice.text) for notice in report.notices
    }:
        yield f"no {told.severity} {told.code} {told.keyword} {text!r}: {report.notices}"
    if report.faults:
        yield f"no fault at all was meant: {report.faults}"


def _of_fault(report: Report, told: Told, text: str) -> Iterator[str]:
    codes = {code for fault in report.faults for code in fault.codes}
    if codes != told.also | {told.code}:
        yield f"codes {codes} instead of {told.also | {told.code}}"
    own = [fault for fault in report.faults if told.code in fault.codes]
    said = [(fault.reason, fault.severity, fault.part, fault.actor, fault.text) for fault in own]
    if said != [(told.keyword, told.severity, told.part, told.actor, text)]:
        yield f"{said} instead of {told.keyword} {told.severity} {told.part} {told.actor} {text!r}"
    if [notice for notice in report.notices if notice.code == told.code]:
        yield f"what is a fault is also mentioned: {report.notices}"
    for fault in report.faults:
        if told.code not in fault.codes:
            yield from _of_bits(fault.codes, fault.reason, fault.severity, told.stops)


def _of_bits(codes: tuple[str, ...], reason: str, severity: str, down: bool) -> Iterator[str]:
    """A fault that no row explains has the bit's own word."""
    for code in codes:
        keyword, running, stopped = BITS.get(code, ("", "", ""))
        if (reason, severity) != (keyword, stopped if down else running):
            yield f"{code} alone is {reason} {severity} instead of {keyword}"


_VENDOR_FAULTS = {"head-open": ((4, 5), 0x4), "media-out": ((2, 1), 0x1), "ribbon-out": ((3, 2), 0x2)}
_PAUSED = (1, 11)


def vendor_complaints(report: Report, fault: str) -> list[str]:
    """What is not as it must be in the report of a label printer with this fault, which always pauses it as well."""
    expected = {(ZEBRA_ALERTS[_PAUSED], "error", ("1,11",))}
    if fault in _VENDOR_FAULTS:
        alert, mask = _VENDOR_FAULTS[fault]
        codes = (f"{mask:#x}", ",".join(map(str, alert)))
        expected.add((ZEBRA_ALERTS[alert], "error", codes))
    said = {(each.reason, str(each.severity), tuple(sorted(each.codes))) for each in report.faults}
    found = [] if said == {(r, s, tuple(sorted(c))) for r, s, c in expected} else [f"{said} instead of {expected}"]
    return found + ([] if report.state == "stopped" else [f"the machine is {report.state}"])
