"""What a machine's SNMP agent would list: MIB-2 system, HOST-RESOURCES (RFC 2790), Printer-MIB (RFC 3805) and of the
Finisher-MIB (RFC 3806) the devices.

Written from the MIB texts, from the machine's side. Each function is one table; a column is a number after the
entry's name and the row's index follows it. Tables a sheet has nothing for are simply absent, as on real devices.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from fleetmon.simulators.model.alert_table import Alert
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import Oid
from fleetmon.simulators.sheets.parts import Activity, Device, Role, Store, Tells
from fleetmon.simulators.sheets.sheet_agent import HR_PRINTER

from .rows import Row, Tag, Value

ALERT_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 43, 18, 1, 1)
SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)

_SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
_DEVICE: Oid = (1, 3, 6, 1, 2, 1, 25, 3, 2, 1)
_HR_PRINTER: Oid = (1, 3, 6, 1, 2, 1, 25, 3, 5, 1)
_PRT: Oid = (1, 3, 6, 1, 2, 1, 43)
_WRAP = 2**32

# PrtCoverStatusTC, PrtAlertCodeTC and PrtAlertGroupTC
_COVER_OPEN, _COVER_CLOSED, _INTERLOCK_OPEN = 3, 4, 5
_CODE_INTERLOCK_OPEN = 5
_GROUP_COVER, _GROUP_MARKER, _GROUP_SUPPLIES, _GROUP_PATH, _GROUP_FINISHER = 6, 10, 11, 13, 30
_CRITICAL, _UNARY, _BINARY = 3, 4, 5


@lru_cache(maxsize=4096)  # a table is mostly what it was when it was made last
def number(content: float) -> Value:
    return Value(Tag.INTEGER, int(content))


@lru_cache(maxsize=4096)
def text(content: str) -> Value:
    return Value(Tag.STRING, content.encode())


def counter(content: int) -> Value:
    return Value(Tag.COUNTER, content % _WRAP)


def ticks(seconds: float) -> Value:
    """Hundredths of a second, wrapping after 497 days as sysUpTime does."""
    return Value(Tag.TICKS, round(seconds * 100) % _WRAP)


def printer_index(machine: Machine) -> int:
    """hrDeviceIndex of the printer itself."""
    return next(device.index for device in machine.sheet.devices if device.type == HR_PRINTER)


def standard_rows(machine: Machine) -> Iterator[Row]:
    """Every row of the standard tables."""
    yield from _system(machine)
    for device in machine.sheet.devices:
        yield from _device(machine, device)
    index = printer_index(machine)
    _, status = machine.sheet.agent.statuses[machine.activity]
    yield (*_HR_PRINTER, 1, index), number(status)
    yield (*_HR_PRINTER, 2, index), Value(Tag.STRING, error_state(machine))
    if machine.sheet.agent.printer_mib:
        for entry, row_index, columns in _printer_rows(machine):
            for column, value in columns.items():
                yield (*_PRT, *entry, column, index, *row_index), value


def error_state(machine: Machine) -> bytes:
    """hrPrinterDetectedErrorState; bit 0 is the highest of the first octet, and what does not fit in is lost."""
    octets = bytearray(machine.sheet.agent.error_octets)
    for bit in {bit for fault in machine.faults for bit in fault.bits}:
        if bit // 8 < len(octets):
            octets[bit // 8] |= 0x80 >> bit % 8
    return bytes(octets)


def _system(machine: Machine) -> Iterator[Row]:
    agent = machine.sheet.agent
    yield (*_SYSTEM, 1, 0), text(agent.description)
    yield (*_SYSTEM, 2, 0), Value(Tag.OID, agent.object_id)
    yield SYS_UPTIME, ticks(machine.uptime)
    yield (*_SYSTEM, 4, 0), text("")
    yield (*_SYSTEM, 5, 0), text(agent.sys_name)
    yield (*_SYSTEM, 6, 0), text(agent.location)
    yield (*_SYSTEM, 7, 0), number(72)


def _device(machine: Machine, device: Device) -> Iterator[Row]:
    is_printer = device.type == HR_PRINTER
    yield (*_DEVICE, 1, device.index), number(device.index)
    yield (*_DEVICE, 2, device.index), Value(Tag.OID, device.type)
    if device.description:
        yield (*_DEVICE, 3, device.index), text(device.description)
    yield (*_DEVICE, 4, device.index), Value(Tag.OID, (0, 0))
    yield (*_DEVICE, 5, device.index), number(_device_status(machine) if is_printer else 2)
    yield (*_DEVICE, 6, device.index), counter(machine.table.stops_seen if is_printer else 0)


def _device_status(machine: Machine) -> int:
    status, _ = machine.sheet.agent.statuses[machine.activity]
    warned = any(alert.row.severity == _BINARY for alert in machine.alerts)
    able = machine.activity in (Activity.IDLE, Activity.WORKING)
    return machine.sheet.agent.warned_status if warned and able else status


_Columns = dict[int, Value]
_Listed = tuple[Oid, Oid, _Columns]


def _printer_rows(machine: Machine) -> Iterator[_Listed]:
    sheet = machine.sheet
    yield (5, 1, 1), (), _general(machine)
    for index, cover in enumerate(sheet.covers, 1):
        yield (6, 1, 1), (index,), {2: text(cover), 3: number(_cover_status(machine, index))}
    yield (7, 1, 1), (1,), {2: text("en"), 3: text(""), 4: number(sheet.agent.character_set)}
    for store in sheet.stores.values():
        yield from _LISTINGS[store.role](machine, store)
    for index, marker in enumerate(sheet.markers, 1):
        life, since = marker.life + machine.documents * marker.counts, machine.documents_since_boot * marker.counts
        columns = {2: number(marker.technology), 3: number(marker.unit), 4: counter(life), 5: counter(since)}
        yield (10, 2, 1), (index,), columns | {15: number(_unit_status(machine, _GROUP_MARKER, index))}
    for index, path in enumerate(sheet.paths, 1):
        columns = {2: number(path.unit), 4: number(path.speed), 9: number(5), 10: text(path.description)}
        yield (13, 4, 1), (index,), columns | {11: number(_unit_status(machine, _GROUP_PATH, index))}
    for index, line in enumerate(console_lines(machine), 1):
        yield (16, 5, 1), (index,), {2: text(line)}
    for alert in machine.alerts:
        yield (18, 1, 1), (alert.index,), _alert(alert)
    for index, finisher in enumerate(sheet.agent.finishers, 1):
        columns = {2: number(finisher.type), 3: number(3), 10: text(finisher.description)}
        yield (30, 1, 1), (index,), columns | {9: number(_unit_status(machine, _GROUP_FINISHER, index))}


def _general(machine: Machine) -> _Columns:
    sheet, counts = machine.sheet, machine.sheet.agent.counts_alerts
    return {
        1: counter(0),
        2: number(1),
        3: number(3),
        10: number(1),
        11: number(sheet.console.lines),
        12: number(sheet.console.width if sheet.console.lines else 0),
        13: number(3),
        16: text(machine.name),
        17: text(machine.serial),
        18: counter(machine.table.critical_seen if counts else 0),
        19: counter(machine.table.alerts_seen if counts else 0),
    }


def _supply(machine: Machine, store: Store) -> Iterator[_Listed]:
    most, left = _levels(machine, store)
    colorant = _colours(machine).index(store.colour) + 1 if store.colour else 0
    columns = {2: 1, 3: colorant, 4: store.category, 5: store.type, 7: store.unit, 8: most, 9: left}
    yield (11, 1, 1), (store.index,), {6: text(store.description)} | _numbers(columns)
    if store.colour:
        yield (12, 1, 1), (colorant,), {2: number(1), 3: number(3), 4: text(store.colour), 5: number(2)}


def _input(machine: Machine, store: Store) -> Iterator[_Listed]:
    most, left = _levels(machine, store)
    status = _unit_status(machine, 8, store.index)
    columns = {2: store.type, 8: store.unit, 9: most, 10: left, 11: status}
    yield (8, 2, 1), (store.index,), {13: text(store.name), 18: text(store.description)} | _numbers(columns)


def _output(machine: Machine, store: Store) -> Iterator[_Listed]:
    most, left = _levels(machine, store)
    columns = {2: store.type, 3: store.unit, 4: most, 5: left, 6: _unit_status(machine, 9, store.index)}
    yield (9, 2, 1), (store.index,), {7: text(store.name), 12: text(store.description)} | _numbers(columns)


_LISTINGS = {Role.SUPPLY: _supply, Role.INPUT: _input, Role.OUTPUT: _output}


def _numbers(columns: dict[int, int]) -> _Columns:
    return {column: number(content) for column, content in columns.items()}


def _colours(machine: Machine) -> list[str]:
    return [store.colour for store in machine.sheet.stores.values() if store.colour]


def _levels(machine: Machine, store: Store) -> tuple[int, int]:
    """(capacity, level) as the machine tells them; a last drop still counts as one unit, or one step."""
    left = machine.left(store.name)
    if store.tells is Tells.UNKNOWN:
        return -2, -2
    if store.tells is Tells.SOME:
        return -2, -3 if left > 0 else 0
    steps = -(-left // store.step)
    return int(store.capacity), min(int(store.capacity), int(steps * store.step))


def _alerts_of(machine: Machine, group: int, part: int) -> list[Alert]:
    return [alert for alert in machine.alerts if alert.row.group == group and alert.row.part == part]


def _cover_status(machine: Machine, index: int) -> int:
    """Open while a row speaks of it, in that row's sense."""
    codes = [alert.row.code for alert in _alerts_of(machine, _GROUP_COVER, index)]
    if not codes:
        return _COVER_CLOSED
    return _INTERLOCK_OPEN if _CODE_INTERLOCK_OPEN in codes else _COVER_OPEN


def _unit_status(machine: Machine, group: int, part: int) -> int:
    """PrtSubUnitStatusTC: 4 active, 2 standby, 1 unavailable on request; +8 non-critical alerts, +16 critical ones."""
    severities = {alert.row.severity for alert in _alerts_of(machine, group, part)}
    alerts = 16 * (_CRITICAL in severities) + 8 * bool(severities & {_UNARY, _BINARY})
    if _CRITICAL in severities:
        return alerts + 1
    return alerts + {Activity.WORKING: 4, Activity.ASLEEP: 2}.get(machine.activity, 0)


def console_lines(machine: Machine) -> list[str]:
    """What the display shows: the state, or the faults that stand instead, one a line."""
    console = machine.sheet.console
    said = [fault.text for fault in machine.faults if fault.text and (fault.stops or fault.bits)]
    lines: Iterable[str] = [*said, console.words[machine.activity]] if said else [console.words[machine.activity]]
    shown = [*lines, *[""] * console.lines][: console.lines]
    return [line[: console.width].ljust(console.width if console.padded else 0) for line in shown]


def _alert(alert: Alert) -> _Columns:
    row = alert.row
    columns = (alert.index, row.severity, row.training, row.group, row.part, row.location, row.code)
    return {8: text(row.text), 9: ticks(alert.since)} | _numbers(dict(enumerate(columns, 1)))
