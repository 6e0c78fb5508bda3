"""Everything heard from one SNMP machine, turned into one Report."""

from collections.abc import Iterable
from functools import reduce
from itertools import chain

from fleetmon.decode import declared, declared_levels
from fleetmon.decode.objects import number, text
from fleetmon.decode.printer_mib import alerts, faults, mib, status, supplies
from fleetmon.decode.printer_mib.heard import Heard, seconds, uptime_ticks
from fleetmon.decode.printer_mib.identity import identity
from fleetmon.decode.printer_words import UNITS
from fleetmon.definition import SnmpDefinition
from fleetmon.model.report import Counter, Fault, Notice, Report
from fleetmon.model.words import State

_AVAILABILITY, _STANDBY = 0b111, 2  # RFC 3805 PrtSubUnitStatusTC: low three bits, 2 = available and standby


def decode(heard: Heard, definition: SnmpDefinition) -> Report:
    """The report; `kind` and the driver's own rules come from the definition."""
    places, notices = _said(heard, definition)
    found: list[Fault] = reduce(faults.absorbed, places)
    return Report(
        driver=definition.name,
        state=_state(heard, definition, chain(*places)),
        asleep=_asleep(heard) or declared.asleep(heard.objects, definition),
        kind=definition.kind,
        identity=identity(heard, definition),
        faults=tuple(faults.merged(found)),
        notices=tuple(notices),
        supplies=supplies.supplies(heard, definition.supply_rules)
        + declared_levels.supplies(heard.objects, definition),
        inputs=supplies.inputs(heard) + declared_levels.inputs(heard.objects, definition),
        counters=counters(heard, definition),
        console=_console(heard) + declared.console(heard.objects, definition),
        uptime_s=seconds(uptime_ticks(heard.objects)),
    )


def counters(heard: Heard, definition: SnmpDefinition) -> tuple[Counter, ...]:
    """Life counts by marker, lowest first; the definition's own where the Printer-MIB has none. Never summed."""
    found = [
        Counter(index, total, UNITS.get(number(row.get(mib.MARKER_UNIT)) or 0))
        for index, row in heard.table(mib.MARKER)
        if (total := number(row.get(mib.MARKER_LIFE))) is not None and total >= 0
    ]
    return tuple(found) or declared.counters(heard.objects, definition)


def _said(heard: Heard, definition: SnmpDefinition) -> tuple[list[list[Fault]], list[Notice]]:
    """The faults by where they were told, the most telling place first, and the notices."""
    device, printer = _statuses(heard)
    finishers = alerts.finisher_types(heard.table(mib.FIN_DEVICE), heard.table(mib.FIN_SUPPLY))
    rows = [row for _, row in heard.table(mib.ALERT)]
    found, notices = alerts.read(rows, finishers, uptime_ticks(heard.objects), definition.text_rules)
    own, mentioned = declared.faults(heard.objects, definition)
    octets = heard.row(mib.HR_PRINTER).get(mib.HR_PRINTER_ERROR_STATE)
    bits = faults.from_bits(octets, device) if isinstance(octets, bytes) else []
    covers = faults.from_covers(heard.table(mib.COVER), device)
    places = [faults.merged(found), faults.merged(own), bits, covers, faults.from_warm_up(printer)]
    return places, notices + mentioned


def _statuses(heard: Heard) -> tuple[int | None, int | None]:
    device = number(heard.row(mib.HR_DEVICE).get(mib.HR_DEVICE_STATUS))
    return device, number(heard.row(mib.HR_PRINTER).get(mib.HR_PRINTER_STATUS))


def _state(heard: Heard, definition: SnmpDefinition, found: Iterable[Fault]) -> State:
    """The worst that was said anywhere, also where an alert row of milder severity has absorbed it."""
    device, printer = _statuses(heard)
    standard = status.state(device, printer, found)
    own = declared.state(heard.objects, definition)
    return own if standard is State.UNKNOWN or own is State.STOPPED else standard


def _asleep(heard: Heard) -> bool:
    markers = [number(row.get(mib.MARKER_STATUS)) for _, row in heard.table(mib.MARKER)]
    resting = bool(markers) and all(m is not None and m & _AVAILABILITY == _STANDBY for m in markers)
    return status.is_standby(*_statuses(heard)) or alerts.says_asleep(r for _, r in heard.table(mib.ALERT)) or resting


def _console(heard: Heard) -> tuple[str, ...]:
    lines = (text(row.get(mib.CONSOLE_TEXT)) for _, row in heard.table(mib.CONSOLE))
    return tuple(line for line in lines if line)
