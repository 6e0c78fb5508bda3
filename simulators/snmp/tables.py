"""One machine as its SNMP agent shows it: the standard tables, the vendor's own objects, less what it leaves out.

Most questions find the machine as the last one left it, only later. So the rows are kept until the machine has changed,
and its uptime alone is put in anew.
"""

from collections.abc import Iterator

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import Oid
from fleetmon.simulators.sheets.parts import Live

from .printer_mib import ALERT_ENTRY, SYS_UPTIME, counter, number, standard_rows, text, ticks
from .rows import Row, Rows, Tag, Value


class LiveTables:
    """Rows of a machine that is running. Several agents may look at one machine; looking is what moves it on."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.name = machine.name
        self.versions = machine.sheet.agent.versions
        self.communities = machine.sheet.agent.communities
        self._columns = _alert_columns(machine)
        self._rows = Rows(())
        self._shown: int | None = None

    @property
    def boots(self) -> int:
        """How often the machine was switched on: snmpEngineBoots."""
        return self.machine.boots

    def rows(self, now: float) -> Rows | None:
        """What the agent lists at `now`; None while the machine starts up and nobody answers."""
        self.machine.step(now)
        if not self.machine.answers:
            return None
        if self.machine.changed != self._shown:
            self._rows, self._shown = self._listed(), self.machine.changed
        return self._rows.but(SYS_UPTIME, ticks(self.machine.uptime))

    def _listed(self) -> Rows:
        rows = [*_vendor_objects(self.machine), *_vendor_alerts(self.machine), *standard_rows(self.machine)]
        for branch in self.machine.sheet.agent.leaves_out:
            depth = len(branch)
            rows = [row for row in rows if row[0][:depth] != branch]
        return Rows(rows, self._columns)


def _alert_columns(machine: Machine) -> list[Oid]:
    """Columns that exist although their table may be empty now."""
    agent = machine.sheet.agent
    standard = [(*ALERT_ENTRY, column) for column in range(1, 10)] if agent.printer_mib else []
    vendor = agent.vendor_alerts
    own = [(*vendor.entry, column) for column in range(1, len(vendor.columns) + 1)] if vendor else []
    return [column for column in (*standard, *own) if column not in agent.leaves_out]


def _vendor_objects(machine: Machine) -> Iterator[Row]:
    for live in machine.sheet.agent.objects:
        yield live.name, _value(machine, live)


def _value(machine: Machine, live: Live) -> Value:
    if not live.number:
        stands = {fault.name for fault in machine.faults} & set(live.faults)
        return Value(live.tag, live.during if stands else live.value)
    if live.number == "serial":
        return text(machine.serial)
    content = machine.documents + _life(machine) if live.number == "documents" else flags(machine)
    scaled = int(content * live.scale)
    if live.tag is Tag.STRING:
        return text(live.form.format(scaled))
    return counter(scaled) if live.tag is Tag.COUNTER else Value(live.tag, scaled)


def _life(machine: Machine) -> int:
    return machine.sheet.markers[0].life if machine.sheet.markers else 0


def flags(machine: Machine) -> int:
    """The vendor's bit mask: the flags of all faults that stand."""
    mask = 0
    for fault in machine.faults:
        mask |= fault.flag
    return mask


def _vendor_alerts(machine: Machine) -> Iterator[Row]:
    table = machine.sheet.agent.vendor_alerts
    if table is None:
        return
    for alert in machine.alerts:
        row = alert.row
        fields = {
            "index": number(alert.index),
            "severity": number(row.severity),
            "training": number(row.training),
            "group": number(row.group),
            "part": number(row.part),
            "location": number(row.location),
            "code": number(row.code),
            "text": text(row.text),
            "time": ticks(alert.since),
        }
        for column, field in enumerate(table.columns, 1):
            yield (*table.entry, column, alert.index), fields[field]
