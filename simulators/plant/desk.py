"""A place where people look at documents: a station like any other, only that it is no device and cannot be asked."""

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.parts import Activity, Console, Kind, Sheet

from .layout import Desk

_SILENT = Console(lines=0, width=1, padded=False, words=dict.fromkeys(Activity, ""))


def desk_machine(desk: Desk) -> Machine:
    """A machine without stores, faults or interfaces; nobody will ask what kind it is."""
    sheet = Sheet(
        name="desk",
        title="Inspection desk",
        kind=Kind.PRINTER,
        serial="",
        cycle=desk.cycle,
        warm_up=0,
        boot_time=0,
        sleep_after=0,
        uptime=0,
        stores={},
        faults={},
        devices=(),
        covers=(),
        markers=(),
        paths=(),
        console=_SILENT,
        snmp=None,
        speaks=None,
        modbus=None,
        heater=None,
    )
    return Machine(sheet, name=desk.name)
