"""Reading `offices/*.toml` as the office of a plant; every mistake is named where it stands."""

from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fleetmon.simulators.reading import BadInput, Table, load_toml
from fleetmon.simulators.stories.office import Place, find_office, read_places

from .calendar import Break, Hours, Plan
from .layout import Desk, Item, Line, Office
from .parameters import Parameters

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 86_400.0
_START = "2026-03-30 07:30"
_ZONE = "Asia/Karachi"
_BUFFER = 12  # our choice, the size facts 2.4 checked its lines with


def load_plant_office(name: str) -> Office:
    """The office of a shipped one's name or of a `.toml` file. Raises BadInput."""
    path = find_office(name)
    return read_office(load_toml(path), path)


def read_office(top: Table, path: Path) -> Office:
    """The office a TOML says; its sheets may lie beside `path`. Raises BadInput."""
    parameters = Parameters().changed(top.numbers("parameters"))
    plan = _plan(top)
    places = tuple(read_places(top, path))
    office = Office(
        title=top.text("title"),
        start=_start(top, plan.zone),
        plan=plan,
        crew=top.whole("crew", 1, least=0),
        places=places,
        desks=tuple(_desk(table) for table in top.tables("desks")),
        lines=tuple(_line(table, parameters) for table in top.tables("lines")),
        stock=tuple(_item(table, places) for table in top.tables("stock")),
        parameters=parameters,
    )
    top.done()
    _check(office, path)
    return office


def _start(top: Table, zone: ZoneInfo) -> datetime:
    text = top.text("start", _START)
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    except ValueError:
        raise top.bad("start", f'{text!r} is no local time like "{_START}"') from None


def _plan(top: Table) -> Plan:
    name = top.text("zone", _ZONE)
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise top.bad("zone", f"{name!r} is no IANA time zone like {_ZONE}") from None
    days_off = {key: _days_off(top, key) for key in ("holidays", "unannounced")}
    hours = tuple(_hours(table) for table in top.tables("hours"))
    return Plan(zone, hours, days_off["holidays"], days_off["unannounced"])


def _days_off(top: Table, key: str) -> dict[date, str]:
    try:
        return {date.fromisoformat(day): name for day, name in top.texts_by_name(key).items()}
    except ValueError as error:
        raise top.bad(key, f'a day is written "2026-03-23": {error}') from None


def _hours(table: Table) -> Hours:
    days = table.texts("days", _DAYS[:5])
    if not set(days) <= set(_DAYS):
        raise table.bad("days", f"allowed: {', '.join(_DAYS)}")
    hours = Hours(
        name=table.text("name"),
        days=frozenset(_DAYS.index(day) for day in days),
        first=_date(table, "from", date.min),
        last=_date(table, "to", date.max),
        shifts=tuple(_span(table, "shifts", text) for text in table.texts("shifts")),
        breaks=tuple(_break(pause) for pause in table.tables("breaks")),
    )
    table.done()
    return hours


def _date(table: Table, key: str, default: date) -> date:
    text = table.text(key, default.isoformat())
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise table.bad(key, f'{text!r} is no day like "2026-03-23"') from None


def _span(table: Table, key: str, text: str) -> tuple[time, time]:
    begins, _, ends = text.partition("-")
    try:
        return time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())
    except ValueError:
        raise table.bad(key, f'{text!r} is no span like "08:00-16:00"') from None


def _break(table: Table) -> Break:
    name, at = table.text("name"), _span(table, "at", table.text("at"))
    table.done()
    return Break(name, *at)


def _desk(table: Table) -> Desk:
    desk = Desk(table.text("name"), table.number("seconds_per_document", 20, least=0.05))
    table.done()
    return desk


def _line(table: Table, parameters: Parameters) -> Line:
    stages = table.groups("stages")
    if not stages or not all(stages):
        raise table.bad("stages", 'a list like [["prn-1", "prn-2"], ["lam-1"]] is needed')
    buffers = table.wholes("buffers", [_BUFFER] * (len(stages) - 1))
    if len(buffers) != len(stages) - 1 or not all(size >= 1 for size in buffers):
        raise table.bad("buffers", f"{len(stages) - 1} numbers from 1 are needed, one behind each stage but the last")
    line = Line(
        name=table.text("name"),
        title=table.text("title", ""),
        stages=stages,
        buffers=buffers,
        demand=table.number("demand", 1.0, least=0.01),
        parameters=parameters.changed(table.numbers("parameters")),
    )
    table.done()
    return line


def _item(table: Table, places: tuple[Place, ...]) -> Item:
    sheet, store = table.text("sheet"), table.text("store")
    stores = {(place.sheet.name, name) for place in places for name in place.sheet.stores}
    if (sheet, store) not in stores:
        raise table.bad("store", f"no machine here has {sheet}'s {store!r}")
    item = Item(
        name=table.text("name", f"{sheet}/{store}"),
        sheet=sheet,
        store=store,
        units=table.number("units"),
        delivered=table.number("delivered", 0),
        every=table.number("every_days", 7, least=0.01) * _DAY,
    )
    table.done()
    return item


def _check(office: Office, path: Path) -> None:
    """Every station of a line exists, and stands in one place only."""
    known = [*(place.name for place in office.places), *(desk.name for desk in office.desks)]
    standing = [name for line in office.lines for stage in line.stages for name in stage]
    for name in standing:
        if name not in known:
            raise BadInput(f"{path}: lines: no machine or desk is named {name!r}; there are: {', '.join(known)}")
        if standing.count(name) > 1:
            raise BadInput(f"{path}: lines: {name} stands in two places")
    _once(path, "machine or desk", known)
    _once(path, "line", [line.name for line in office.lines])
    for desk in office.desks:
        if desk.name not in standing:
            raise BadInput(f"{path}: desks: {desk.name} is in no line")


def _once(path: Path, what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BadInput(f"{path}: two are named {name!r} ({what})")
        seen.add(name)
