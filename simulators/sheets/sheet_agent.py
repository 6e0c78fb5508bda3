"""The part of a device sheet that speaks of its SNMP agent: what it admits to, in which versions, with which manners.

Real agents differ more in manners than in tables: how long the error state is, what sleep looks like, whether the
alert counters ever move. Each such manner is a key here, so that a new quirk is a line in a sheet and not a branch in
the engine.
"""

from fleetmon.simulators.reading import Oid, Table
from fleetmon.simulators.sheets.parts import Activity, Agent, Device, Finisher, Live, VendorAlerts
from fleetmon.simulators.snmp.rows import Tag, Version

HR_PRINTER = (1, 3, 6, 1, 2, 1, 25, 3, 1, 5)

_ALERT_FIELDS = ("index", "severity", "training", "group", "part", "location", "code", "text", "time")
_NUMBERS = ("documents", "flags", "serial")
_TAGS = {"integer": Tag.INTEGER, "string": Tag.STRING, "oid": Tag.OID, "counter": Tag.COUNTER, "gauge": Tag.GAUGE}
# RFC 3805 section 2.2.13.2: (hrDeviceStatus, hrPrinterStatus) while the machine is ...
_STATUSES = {
    Activity.IDLE: (2, 3),
    Activity.WORKING: (2, 4),
    Activity.WARMING: (5, 5),
    Activity.ASLEEP: (2, 1),
    Activity.STOPPED: (5, 1),
}


def read_devices(top: Table) -> tuple[Device, ...]:
    devices = []
    for table in top.tables("devices"):
        index = table.whole("index", least=1)
        devices.append(Device(index, table.oid("type"), table.text("description", "")))
        table.done()
    if [device.type for device in devices].count(HR_PRINTER) != 1:
        raise top.bad("devices", "exactly one must be the printer, type 1.3.6.1.2.1.25.3.1.5")
    return tuple(devices)


def read_agent(table: Table, objects: list[Table]) -> Agent:
    statuses = table.table("statuses")
    agent = Agent(
        versions=_versions(table),
        communities=table.texts("communities", ("public",)),
        description=table.text("description"),
        object_id=table.oid("object_id"),
        sys_name=table.text("name", ""),
        location=table.text("location", ""),
        printer_mib=table.flag("printer_mib"),
        error_octets=table.whole("error_octets", least=0, most=2),
        warned_status=table.whole("warned_status", 3, least=1, most=5),
        statuses={activity: _pair(statuses, activity) for activity in Activity},
        counts_alerts=table.flag("counts_alerts", True),
        first_alert=table.whole("first_alert", 1, least=1),
        character_set=table.whole("character_set", 106, least=1),
        leaves_out=table.oids("leaves_out"),
        finishers=tuple(_finisher(item) for item in table.tables("finishers")),
        objects=tuple(_object(item) for item in objects),
        vendor_alerts=_vendor_alerts(table.table("alert_table")) if table.has("alert_table") else None,
    )
    statuses.done()
    table.done()
    return agent


def _finisher(table: Table) -> Finisher:
    finisher = Finisher(table.text("description"), table.whole("type", least=1))
    table.done()
    return finisher


def _versions(table: Table) -> tuple[Version, ...]:
    versions = table.texts("versions", list(Version))
    if not versions or not set(versions) <= set(Version):
        raise table.bad("versions", f"a list of versions is needed; allowed: {', '.join(Version)}")
    return tuple(Version(version) for version in versions)


def _pair(table: Table, activity: Activity) -> tuple[int, int]:
    numbers = table.wholes(activity, _STATUSES[activity])
    if len(numbers) != 2 or not all(1 <= number <= 5 for number in numbers):
        raise table.bad(activity, "[hrDeviceStatus, hrPrinterStatus] is needed, each from 1 to 5")
    return numbers[0], numbers[1]


def _object(table: Table) -> Live:
    kind = table.text("type")
    if kind not in _TAGS:
        raise table.bad("type", f"{kind!r} is not allowed; allowed: {', '.join(_TAGS)}")
    number = table.text("number", "")
    if number and number not in _NUMBERS:
        raise table.bad("number", f"{number!r} is not allowed; allowed: {', '.join(_NUMBERS)}")
    faults = table.texts("faults", ())
    live = Live(
        name=table.oid("oid"),
        tag=_TAGS[kind],
        value=None if number else _content(table, "value", _TAGS[kind]),
        faults=faults,
        during=_content(table, "during", _TAGS[kind]) if faults else None,
        number=number,
        scale=table.number("scale", 1),
        form=_form(table),
    )
    table.done()
    return live


def _form(table: Table) -> str:
    form = table.text("form", "{}")
    try:
        form.format(1)
    except (ValueError, LookupError, AttributeError):
        raise table.bad("form", f"{form!r} is no format for one number, like {{}} cm or {{:08X}}") from None
    return form


def _content(table: Table, key: str, tag: Tag) -> int | bytes | Oid:
    if tag is Tag.STRING:
        return table.text(key).encode()
    return table.oid(key) if tag is Tag.OID else table.whole(key)


def _vendor_alerts(table: Table) -> VendorAlerts:
    columns = table.texts("columns")
    if not set(columns) <= set(_ALERT_FIELDS):
        raise table.bad("columns", f"allowed: {', '.join(_ALERT_FIELDS)}")
    alerts = VendorAlerts(table.oid("entry"), columns)
    table.done()
    return alerts
