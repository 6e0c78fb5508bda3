"""The conversation with an SNMP machine: met once, then asked as little as possible.

The first conversation walks the tables and keeps what exists. After that a *fast* poll reads, in one message, what can
change without warning (states, error bits, alert counters, life counts); a *slow* poll adds levels and texts. What
belongs to the state but has no counter (the alert table, covers, markers) is read in a slow poll and as soon as the
fast answer moved, compared without sysUpTime and life counts. When the configuration counter moves, the clock falls
back or an instance vanishes, the machine is met afresh.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from fleetmon.decode import declared
from fleetmon.decode.dialogue import Dialogue, Get, Value, Walk
from fleetmon.decode.objects import Objects, learn
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.printer_mib.decode import counters, decode
from fleetmon.decode.printer_mib.heard import choose, listen, printers, uptime_ticks
from fleetmon.definition import Definition
from fleetmon.model.oid import Oid
from fleetmon.model.report import Report
from fleetmon.model.words import State


class Pace(StrEnum):
    """How much a poll asks."""

    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Met:
    """What is known of a machine after a conversation: the next one starts from it."""

    definition: Definition
    device: int | None
    objects: Mapping[Oid, Value]
    fast: tuple[Oid, ...]
    slow: tuple[Oid, ...]
    report: Report
    on_change: tuple[Oid, ...] = ()


ChooseDriver: TypeAlias = Callable[[Objects], Definition]
"""Which driver decodes a machine, by what it said when first asked; may raise GarbledReply with the reason."""

_SYSTEM = (mib.SYS_DESCR, mib.SYS_OBJECT_ID, mib.SYS_UPTIME, mib.SYS_NAME)
_FAST_COLUMNS = {
    mib.HR_DEVICE: (mib.HR_DEVICE_STATUS,),
    mib.HR_PRINTER: (mib.HR_PRINTER_STATUS, mib.HR_PRINTER_ERROR_STATE),
    mib.GENERAL: (mib.CRITICAL_EVENTS, mib.ALL_EVENTS, mib.CONFIG_CHANGES),
    mib.MARKER: (mib.MARKER_LIFE,),
}
_ON_CHANGE_COLUMNS = {mib.COVER: (mib.COVER_STATUS,), mib.MARKER: (mib.MARKER_STATUS,)}
_SLOW_COLUMNS = {
    mib.GENERAL: (mib.SERIAL_NUMBER,),
    mib.INPUT: (mib.INPUT_MAX, mib.INPUT_LEVEL),
    mib.SUPPLIES: (mib.SUPPLY_DESCRIPTION, mib.SUPPLY_MAX, mib.SUPPLY_LEVEL),
    mib.CONSOLE: (mib.CONSOLE_TEXT,),
    mib.FIN_SUPPLY: (mib.FIN_SUPPLY_DESCRIPTION, mib.FIN_SUPPLY_MAX, mib.FIN_SUPPLY_LEVEL),
}


def interview() -> Dialogue[dict[Oid, Value]]:
    """Everything standard that the agent has to say; needs no driver, so that a driver can be chosen by it."""
    objects = learn({}, (yield Get(_SYSTEM)))
    for entry in mib.TABLES:
        objects = learn(objects, (yield Walk(entry)))
    return objects


def meet(choose_driver: ChooseDriver, device: int | None = None) -> Dialogue[Met]:
    """The first conversation with a machine; `device` as in the settings."""
    objects: dict[Oid, Value] = yield from interview()
    return (yield from get_to_know(objects, choose_driver(objects), device))


def get_to_know(objects: Mapping[Oid, Value], definition: Definition, device: int | None = None) -> Dialogue[Met]:
    """What an interview did not ask: the definition's own objects. Raises GarbledReply if the printer is not clear."""
    chosen = choose(printers(objects), device)
    known = dict(objects)
    own = _declared(definition)
    if own:
        known = learn(known, (yield Get(own)))
    for table in definition.fault_tables.values():
        known = learn(known, (yield Walk(table.entry)))
    return Met(
        definition=definition,
        device=chosen,
        objects=known,
        fast=(*_existing(known, chosen, _FAST_COLUMNS, (mib.SYS_UPTIME,)), *_present(known, definition, Pace.FAST)),
        slow=(*_existing(known, chosen, _SLOW_COLUMNS, ()), *_present(known, definition, Pace.SLOW)),
        report=decode(listen(known, chosen), definition),
        on_change=_existing(known, chosen, _ON_CHANGE_COLUMNS, ()),
    )


def poll(choose_driver: ChooseDriver, met: Met | None, pace: Pace, device: int | None = None) -> Dialogue[Met]:
    """One poll. `met` is what the last one returned; its `report` is the machine's latest truth."""
    if met is None or (pace is Pace.SLOW and met.report.state is State.UNKNOWN) or not met.fast:
        return (yield from meet(choose_driver, device))
    objects = yield from _read(met.objects, met.fast)
    if objects is None or _is_another(met, objects):
        return (yield from meet(choose_driver, device))
    if pace is Pace.FAST and not _moved(met, objects):
        return _counted(met, objects)
    for entry in (mib.ALERT, *(table.entry for table in met.definition.fault_tables.values())):
        rows = yield Walk(entry)
        objects = learn({oid: value for oid, value in objects.items() if oid[: len(entry)] != entry}, rows)
    objects = yield from _read(objects, met.on_change)
    if objects is not None and (pace is Pace.SLOW or _other_faults(met, objects)):
        objects = yield from _read(objects, met.slow)
    if objects is None:
        return (yield from meet(choose_driver, device))
    return replace(met, objects=objects, report=decode(listen(objects, met.device), met.definition))


def _read(known: Objects, oids: tuple[Oid, ...]) -> Dialogue[dict[Oid, Value] | None]:
    """`known` with these instances as they are now; None if one of them is gone."""
    reply = (yield Get(oids)) if oids else ()
    values = [varbind for varbind in reply if varbind.value is not None]
    return learn(known, reply) if len(values) == len(oids) else None


def _other_faults(met: Met, objects: Mapping[Oid, Value]) -> bool:
    """Faults came or went: then the levels and texts beside them are out of date as well."""
    now = decode(listen(objects, met.device), met.definition)
    return {fault.key for fault in now.faults} != {fault.key for fault in met.report.faults}


def _counted(met: Met, objects: dict[Oid, Value]) -> Met:
    """Nothing moved but the clock and the life counts: the rest of the report still stands."""
    ticks = uptime_ticks(objects)
    report = replace(
        met.report,
        counters=counters(listen(objects, met.device), met.definition),
        uptime_s=None if ticks is None else ticks / 100,
    )
    return replace(met, objects=objects, report=report)


def _moved(met: Met, objects: Mapping[Oid, Value]) -> bool:
    life = (*mib.MARKER, mib.MARKER_LIFE)
    return any(
        objects[oid] != met.objects.get(oid) for oid in met.fast if oid != mib.SYS_UPTIME and oid[: len(life)] != life
    )


def _is_another(met: Met, after: Objects) -> bool:
    """The agent restarted or its rows were renumbered (RFC 3805 prtGeneralConfigChanges)."""
    changes = (*mib.GENERAL, mib.CONFIG_CHANGES)
    was, now = uptime_ticks(met.objects), uptime_ticks(after)
    restarted = was is not None and now is not None and now < was
    return restarted or any(met.objects[oid] != after[oid] for oid in met.fast if oid[: len(changes)] == changes)


def _existing(
    objects: Mapping[Oid, Value], device: int | None, columns: Mapping[Oid, tuple[int, ...]], more: tuple[Oid, ...]
) -> tuple[Oid, ...]:
    heard = listen(objects, device)
    found = [oid for oid in more if oid in objects]
    for entry, wanted in columns.items():
        suffixes = heard.suffixes(entry)
        found += [oid for c in wanted for s in suffixes if (oid := (*entry, c, *s)) in objects]
    return tuple(found)


def _declared(definition: Definition) -> tuple[Oid, ...]:
    rules = definition.identity
    groups = (rules.model_objects, rules.serial_objects, rules.firmware_objects, rules.ieee1284_objects)
    identity = [oid for group in groups for oid in group]
    paced = [oid for pace in Pace for oid in declared.objects_asked(definition, pace)]
    return tuple(dict.fromkeys(identity + paced))


def _present(objects: Mapping[Oid, Value], definition: Definition, pace: Pace) -> tuple[Oid, ...]:
    return tuple(oid for oid in declared.objects_asked(definition, pace) if oid in objects)
