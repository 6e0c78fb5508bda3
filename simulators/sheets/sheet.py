"""Loading a device sheet, `machines/*.toml`, into the plain data of parts.py.

A sheet is what a stranger writes with the maker's and the standard's documents on the table and without ever having
seen a line of this project. Every fault row therefore cites its document; a sheet that does not is refused, and so is
one that names a store nobody has or a key nobody knows.
"""

from itertools import chain
from pathlib import Path

from fleetmon.simulators.model.heater import read_heater
from fleetmon.simulators.reading import BadInput, Table, load_toml
from fleetmon.simulators.sheets.parts import (
    Activity,
    AlertRow,
    Console,
    Fault,
    Fill,
    Kind,
    Marker,
    MediaPath,
    Role,
    Sheet,
    Store,
    Tells,
    Trigger,
)
from fleetmon.simulators.sheets.sheet_agent import read_agent, read_devices
from fleetmon.simulators.sheets.sheet_bytes import read_bytes, read_modbus

MACHINES = Path(__file__).parents[1] / "machines"
_OTHER = 1  # in every enumeration of RFC 3805; what is never shown over SNMP need not say more
_FILLS = {"low": Fill.LOW, "near-full": Fill.LOW, "empty": Fill.OUT, "full": Fill.OUT}
_SECTIONS = {"supplies": Role.SUPPLY, "inputs": Role.INPUT, "outputs": Role.OUTPUT}


def find_sheet(name: str) -> Path:
    """A shipped sheet by name, or any file by path. Raises BadInput naming the shipped ones."""
    path = Path(name) if name.endswith(".toml") else MACHINES / f"{name}.toml"
    if not path.is_file():
        shipped = ", ".join(sorted(file.stem for file in MACHINES.glob("*.toml")))
        raise BadInput(f"{name}: no such machine sheet; shipped: {shipped}; or give a .toml file")
    return path


def load_sheet(name: str) -> Sheet:
    """The sheet of a shipped machine's name or of a file's path. Raises BadInput."""
    path = find_sheet(name)
    top = load_toml(path)
    snmp = top.has("snmp")
    stores = _stores(top, None if snmp else _OTHER)
    sheet = Sheet(
        name=path.stem,
        title=top.text("title"),
        kind=top.word("kind", Kind),
        serial=top.text("serial"),
        cycle=top.number("seconds_per_document", least=0.05),
        warm_up=top.number("warm_up", 0),
        boot_time=top.number("boot_time", 0),
        sleep_after=top.number("sleep_after", 0),
        uptime=top.number("uptime", 0),
        stores=stores,
        faults={name: _fault(table, name, stores) for name, table in top.named_tables("faults").items()},
        devices=read_devices(top) if snmp else (),
        covers=top.texts("covers", ()),
        markers=tuple(_marker(table, None if snmp else _OTHER) for table in top.tables("markers")),
        paths=tuple(_path(table) for table in top.tables("paths")),
        console=_console(top.table("console")),
        snmp=read_agent(top.table("snmp"), top.tables("objects")) if snmp else None,
        speaks=read_bytes(top.table("bytes")) if top.has("bytes") else None,
        modbus=read_modbus(top.table("modbus")) if top.has("modbus") else None,
        heater=read_heater(top.table("heater")) if top.has("heater") else None,
    )
    top.done()
    if not (sheet.snmp or sheet.speaks or sheet.modbus):
        raise top.bad("snmp", "is missing; a machine needs at least one of [snmp], [bytes] and [modbus]")
    named = [live.faults for live in sheet.snmp.objects] if sheet.snmp else []
    named += [register.faults for register in sheet.modbus.registers] if sheet.modbus else []
    for fault in chain.from_iterable(named):
        if fault not in sheet.faults:
            raise BadInput(f"{path}: no fault is named {fault!r}; allowed: {', '.join(sheet.faults)}")
    return sheet


def _stores(top: Table, other: int | None) -> dict[str, Store]:
    stores: dict[str, Store] = {}
    for section, role in _SECTIONS.items():
        for index, table in enumerate(top.tables(section), 1):
            store = _store(table, role, index, other)
            if store.name in stores:
                raise table.bad("name", f"{store.name!r} is the name of another supply, input or output")
            stores[store.name] = store
    return stores


def _store(table: Table, role: Role, index: int, other: int | None) -> Store:
    capacity = table.number("capacity", least=1)
    store = Store(
        name=table.text("name"),
        role=role,
        index=table.whole("index", index, least=1),
        description=table.text("description"),
        type=table.whole("type", other),
        unit=table.whole("unit", other),
        category=table.whole("class", 3),
        colour=table.text("colour", ""),
        capacity=capacity,
        start=table.number("start", capacity),
        low=table.number("low", 0),
        use=table.number("use"),
        waste=table.number("waste", 0),
        refill_after=table.number("refill_after", 0),
        tells=table.word("tells", Tells, Tells.EXACT),
        step=table.number("step", 1, least=1),
    )
    for key, value in (("start", store.start), ("low", store.low)):
        if value > capacity:
            raise table.bad(key, f"must not be above the capacity of {capacity:g}, it is {value:g}")
    table.done()
    return store


def _fault(table: Table, name: str, stores: dict[str, Store]) -> Fault:
    text = table.text("text", "")
    bits = table.wholes("bits", ())
    if not all(0 <= bit <= 14 for bit in bits):
        raise table.bad("bits", "hrPrinterDetectedErrorState has bits 0 to 14")
    fault = Fault(
        name=name,
        text=text,
        source=table.text("source"),
        rows=tuple(_alert_row(row, text) for row in table.tables("rows")),
        bits=bits,
        flag=table.whole("flag", 0, least=0),
        stops=table.flag("stops", False),
        says=table.words("says"),
        when=_trigger(table.table("when"), stores) if table.has("when") else None,
    )
    if not fault.source.strip():
        raise table.bad("source", "must name the document these numbers were taken from")
    table.done()
    return fault


def _alert_row(table: Table, text: str) -> AlertRow:
    row = AlertRow(
        severity=table.whole("severity"),
        training=table.whole("training"),
        group=table.whole("group"),
        part=table.whole("part", -1),
        location=table.whole("location", -2),
        code=table.whole("code"),
        text=table.text("text", text),
    )
    table.done()
    return row


def _trigger(table: Table, stores: dict[str, Store]) -> Trigger:
    if not table.has("store"):
        state = table.text("state")
        if state != "boot" and state not in list(Activity):
            raise table.bad("state", f"{state!r} is not allowed; allowed: boot, {', '.join(Activity)}")
        table.done()
        return Trigger(boot=True) if state == "boot" else Trigger(activity=Activity(state))
    store, fill = table.text("store"), table.text("is")
    if store not in stores:
        raise table.bad("store", f"no store is named {store!r}; allowed: {', '.join(stores)}")
    if fill not in _FILLS:
        raise table.bad("is", f"{fill!r} is not allowed; allowed: {', '.join(_FILLS)}")
    table.done()
    return Trigger(store=store, fill=_FILLS[fill])


def _marker(table: Table, other: int | None) -> Marker:
    marker = Marker(
        technology=table.whole("technology", other),
        unit=table.whole("unit", other),
        counts=table.whole("counts_per_document", 1, least=0),
        life=table.whole("life", 0, least=0),
    )
    table.done()
    return marker


def _path(table: Table) -> MediaPath:
    path = MediaPath(table.text("description"), table.whole("speed"), table.whole("unit"))
    table.done()
    return path


def _console(table: Table) -> Console:
    console = Console(
        lines=table.whole("lines", 0, least=0, most=16),
        width=table.whole("width", 24, least=1, most=255),
        padded=table.flag("padded", False),
        words={activity: table.text(activity, activity.capitalize()) for activity in Activity},
    )
    table.done()
    return console
