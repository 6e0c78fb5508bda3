"""The state of a printer: the worst of what device status, printer status and faults say.

RFC 3805 section 2.2.13 gives a table of combinations; real devices do not keep to it (a pulled-out tray as idle + down,
sleep as idle + running or other + running), so no combination is trusted and silence about the printer's own state
reads as unknown. Values: RFC 2790 hrDeviceStatus, hrPrinterStatus.
"""

from collections.abc import Iterable
from enum import IntEnum

from fleetmon.model.report import Fault
from fleetmon.model.words import Severity, State


class DeviceStatus(IntEnum):
    """RFC 2790 hrDeviceStatus."""

    UNKNOWN = 1
    RUNNING = 2
    WARNING = 3
    TESTING = 4
    DOWN = 5


class PrinterStatus(IntEnum):
    """RFC 2790 hrPrinterStatus."""

    OTHER = 1
    UNKNOWN = 2
    IDLE = 3
    PRINTING = 4
    WARMUP = 5


_OWN_WORD = {
    PrinterStatus.IDLE: State.IDLE,
    PrinterStatus.PRINTING: State.PROCESSING,
    PrinterStatus.WARMUP: State.PROCESSING,
}


def state(device: int | None, printer: int | None, faults: Iterable[Fault]) -> State:
    """The machine's state; hrPrinterStatus other(1) on a running device is standby, which is idle."""
    if device == DeviceStatus.DOWN or any(fault.severity is Severity.ERROR for fault in faults):
        return State.STOPPED
    if device == DeviceStatus.TESTING:
        return State.PROCESSING
    if printer == PrinterStatus.OTHER and device in (DeviceStatus.RUNNING, DeviceStatus.WARNING):
        return State.IDLE
    return next((ours for theirs, ours in _OWN_WORD.items() if printer == theirs), State.UNKNOWN)


def is_standby(device: int | None, printer: int | None) -> bool:
    """RFC 3805 section 2.2.13.2: other(1) on a running(2) device is standby."""
    return printer == PrinterStatus.OTHER and device == DeviceStatus.RUNNING
