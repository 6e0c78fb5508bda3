"""The conversation with an SNMP machine: met once, then asked as little as possible.

The first conversation walks the tables and keeps what exists. After that a *fast* poll reads, in one message, what can
change without warning (states, error bits, alert counters, life counts); a *slow* poll adds levels and texts. What
belongs to the state but has no counter (the alert table, covers, markers) is read in a slow poll and as soon as the
fast answer moved, compared without sysUpTime and life counts. When the configuration counter moves, the clock falls
back or an instance vanishes, the machine is met afresh.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

from fleetmon.decode import declared
from fleetmon.decode.dialogue import Dialogue, Get, Reply, Value, Varbind, Walk
from fleetmon.decode.objects import Objects, Said, learn, same_oids
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.printer_mib.decode import counters, decode
from fleetmon.decode.printer_mib.heard import choose, listen, printers, seconds, ticks
from fleetmon.definition import SnmpDefinition
from fleetmon.model.oid import Oid
from fleetmon.model.report import Report
from fleetmon.model.words import State


class Pace(StrEnum):
    """How much a poll asks."""

    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Walks:
    """The roots of the driver's own tables, by when they are walked."""

    fast: tuple[Oid, ...] = ()
    on_change: tuple[Oid, ...] = ()
    slow: tuple[Oid, ...] = ()


_NO_WALKS = Walks()


@dataclass(frozen=True, slots=True)
class Met:
    """What is known of a machine after a conversation: the next one starts from it.

    `said` is all that it said, except that times and life counts may be old; `told` is what it last said to `fast`, of
    which `counts` are life counts, whose moving means nothing else. It is `still` if the last conversation went as it
    goes when nothing but time and life counts has moved.
    """

    definition: SnmpDefinition
    device: int | None
    said: Said
    fast: tuple[Oid, ...]
    slow: tuple[Oid, ...]
    report: Report
    on_change: tuple[Oid, ...] = ()
    walks: Walks = _NO_WALKS
    counts: frozenset[Oid] = frozenset()
    told: Reply = ()
    still: bool = False

    @property
    def objects(self) -> dict[Oid, Value]:
        """What was said, by OID."""
        return self.said.objects()


ChooseDriver: TypeAlias = Callable[[Objects], SnmpDefinition]
"""Which driver decodes a machine, by what it said when first asked; may raise GarbledReply with the reason."""

_PACES = (Pace.FAST, "on-change", Pace.SLOW)
_LIFE: Oid = (*mib.MARKER, mib.MARKER_LIFE)
_CONFIG_CHANGES: Oid = (*mib.GENERAL, mib.CONFIG_CHANGES)
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


def get_to_know(objects: Mapping[Oid, Value], definition: SnmpDefinition, device: int | None = None) -> Dialogue[Met]:
    """What an interview did not ask: the definition's own objects. Raises GarbledReply if the printer is not clear."""
    chosen = choose(printers(objects), device)
    known = dict(objects)
    own = _declared(definition)
    if own:
        known = learn(known, (yield Get(own)))
    walks = {pace: same_oids(declared.tables_walked(definition, pace)) for pace in _PACES}
    known = yield from _walked(known, tuple(root for roots in walks.values() for root in roots))
    fast = same_oids(
        (*_existing(known, chosen, _FAST_COLUMNS, (mib.SYS_UPTIME,)), *_present(known, definition, Pace.FAST))
    )
    own_counts = _counts(definition)
    return Met(
        definition=definition,
        device=chosen,
        said=Said(known),
        fast=fast,
        slow=same_oids((*_existing(known, chosen, _SLOW_COLUMNS, ()), *_present(known, definition, Pace.SLOW))),
        report=decode(listen(known, chosen), definition),
        on_change=same_oids(
            (*_existing(known, chosen, _ON_CHANGE_COLUMNS, ()), *_present(known, definition, "on-change"))
        ),
        walks=Walks(walks[Pace.FAST], walks["on-change"], walks[Pace.SLOW]),
        counts=frozenset(oid for oid in fast if oid in own_counts or oid[: len(_LIFE)] == _LIFE),
        told=tuple(Varbind(oid, 0, known[oid]) for oid in fast),  # the tag is not known any more, and never asked for
    )


def poll(choose_driver: ChooseDriver, met: Met | None, pace: Pace, device: int | None = None) -> Dialogue[Met]:
    """One poll. `met` is what the last one returned; its `report` is the machine's latest truth.

    What was heard before is not decoded again: those fields are the last report's own, the very same objects.
    The ages of faults are then those of the moment when they were read.
    """
    if met is None or (pace is Pace.SLOW and met.report.state is State.UNKNOWN) or not met.fast:
        return (yield from meet(choose_driver, device))
    told = yield Get(met.fast)
    moved = _moved(met, told)
    if moved is None:
        return (yield from meet(choose_driver, device))
    quiet = pace is Pace.FAST and met.counts.issuperset(moved)
    if quiet and not met.walks.fast:
        return _as_before(met, told, moved)
    objects = yield from _walked(learn(met.objects, told), met.walks.fast)
    if quiet and _is_old_news(met, objects):
        return _as_before(met, told, moved)
    objects = yield from _walked(objects, (mib.ALERT, *met.walks.on_change))
    read = yield from _read(objects, met.on_change)
    if read is not None and (pace is Pace.SLOW or _other_faults(met, read)):
        read = yield from _read((yield from _walked(read, met.walks.slow)), met.slow)
    if read is None:
        return (yield from meet(choose_driver, device))
    return _as_before(met, told, moved) if _is_old_news(met, read) else _decoded(met, told, read)


def _read(known: Objects, oids: tuple[Oid, ...]) -> Dialogue[dict[Oid, Value] | None]:
    """`known` with these instances as they are now; None if one of them is gone."""
    reply = (yield Get(oids)) if oids else ()
    values = [varbind for varbind in reply if varbind.value is not None]
    return learn(known, reply) if len(values) == len(oids) else None


def _walked(known: Objects, roots: tuple[Oid, ...]) -> Dialogue[dict[Oid, Value]]:
    """`known` with what stands below these roots now, and no longer what stood there."""
    objects = dict(known)
    for root in roots:
        rows = yield Walk(root)
        objects = learn({oid: value for oid, value in objects.items() if oid[: len(root)] != root}, rows)
    return objects


def _moved(met: Met, told: Reply) -> list[Oid] | None:
    """What a fast answer says otherwise than the last one, but for the time. None if another machine may be speaking:
    an instance vanished, the clock fell back or rows were renumbered (RFC 3805 prtGeneralConfigChanges)."""
    if len(told) != len(met.fast):
        return None
    moved = []
    for was, now in zip(met.told, told, strict=True):
        if was is now or was.value == now.value:
            continue
        if now.value is None or now.oid[: len(_CONFIG_CHANGES)] == _CONFIG_CHANGES:
            return None
        if now.oid != mib.SYS_UPTIME:
            moved.append(now.oid)
        elif _fell(ticks(was.value), ticks(now.value)):
            return None
    return moved


def _fell(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after < before


def _other_faults(met: Met, objects: Mapping[Oid, Value]) -> bool:
    """Faults came or went: then the levels and texts beside them are out of date as well."""
    if _is_old_news(met, objects):
        return False
    now = decode(listen(objects, met.device), met.definition)
    return {fault.key for fault in now.faults} != {fault.key for fault in met.report.faults}


def _is_old_news(met: Met, objects: Mapping[Oid, Value]) -> bool:
    """Whether all is known, but for the time and the life counts."""
    before = met.objects
    apart = {oid: before[oid] for oid in (mib.SYS_UPTIME, *met.counts) if oid in before}
    return {**objects, **apart} == before


def _as_before(met: Met, told: Reply, moved: list[Oid]) -> Met:
    """Nothing moved but the clock and, maybe, life counts: the rest of the report still stands."""
    time = next((varbind.value for varbind in told if varbind.oid == mib.SYS_UPTIME), None)
    report = replace(met.report, uptime_s=seconds(ticks(time)))
    if not moved:
        return replace(met, told=told, report=report, still=True)
    now = counters(listen(learn(met.objects, told), met.device), met.definition)
    return replace(met, told=told, report=replace(report, counters=now), still=True)


def _decoded(met: Met, told: Reply, objects: Mapping[Oid, Value]) -> Met:
    """What is said now; where that is what was said before, with the objects of before."""
    report = decode(listen(objects, met.device), met.definition)
    fields = {field.name: getattr(met.report, field.name) for field in dataclasses.fields(report)}
    same = {name: value for name, value in fields.items() if value == getattr(report, name)}
    return replace(met, said=Said(objects), told=told, report=replace(report, **same), still=False)


def rested(met: Met, ticks: int) -> Met:
    """What is known after a time in which the machine only repeated itself; its clock now shows `ticks`."""
    told = tuple(each._replace(value=ticks) if each.oid == mib.SYS_UPTIME else each for each in met.told)
    return _as_before(met, told, [])


def _existing(
    objects: Mapping[Oid, Value], device: int | None, columns: Mapping[Oid, tuple[int, ...]], more: tuple[Oid, ...]
) -> tuple[Oid, ...]:
    heard = listen(objects, device)
    found = [oid for oid in more if oid in objects]
    for entry, wanted in columns.items():
        suffixes = heard.suffixes(entry)
        found += [oid for c in wanted for s in suffixes if (oid := _same((*entry, c, *s))) in objects]
    return tuple(found)


@lru_cache(maxsize=4096)
def _same(oid: Oid) -> Oid:
    """One object for all machines that have this instance."""
    return oid


def _declared(definition: SnmpDefinition) -> tuple[Oid, ...]:
    paced = [oid for pace in _PACES for oid in declared.objects_asked(definition, pace)]
    return tuple(dict.fromkeys((*definition.identity.objects, *paced)))


def _counts(definition: SnmpDefinition) -> set[Oid]:
    """The life counts of which nothing else depends, so that their moving means nothing else."""
    more = {rule.oid for name, rule in definition.objects if not name.startswith("counters.")}
    return {rule.oid for rule in definition.counters.values()} - more


def _present(objects: Mapping[Oid, Value], definition: SnmpDefinition, pace: str) -> tuple[Oid, ...]:
    return tuple(oid for oid in declared.objects_asked(definition, pace) if oid in objects)
