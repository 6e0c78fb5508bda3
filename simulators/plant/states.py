"""What is true of a station at one moment, and at whose door it lies when a station waits.

Own trouble comes first: a machine with a jam is jammed, whether it is lunch time or nothing waits. A station without
trouble of its own that makes nothing is away (a break), warming, or waiting; who waits is followed upstream (nothing
comes) or downstream (no room), on what is true and not on what anything says, to whoever really stands still.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fleetmon.simulators.model.commands import Do
from fleetmon.simulators.sheets.parts import Fault, Role, Store

from .floor import Line, Post

DEMAND, CALENDAR = "demand", "calendar"
_HANDS = ("open", "offline", "paused", "missing")


class Klass(StrEnum):
    """Why a station makes nothing. `slow` is no stop: it makes less. `running` is no stop at all."""

    FAULT = "fault"
    SUPPLY = "supply"
    OPERATOR = "operator"
    SILENT = "silent"
    STARVED = "starved"
    BLOCKED = "blocked"
    NO_WORK = "no-work"
    PLANNED = "planned"
    CLEANING = "cleaning"
    WARMING = "warming"
    OFF = "off"
    SLOW = "slow"
    RUNNING = "running"


WAITING = frozenset({Klass.STARVED, Klass.BLOCKED, Klass.NO_WORK})
PLANNED = frozenset({Klass.PLANNED, Klass.CLEANING, Klass.WARMING})


@dataclass(frozen=True, slots=True)
class State:
    """`reason` is a fault's or a store's name, or a word. Who waits has its cause elsewhere; `also` shares the blame.

    `firm`: the cause really stands still. Otherwise the station waits in the line's rhythm, or for what is on its way.
    """

    klass: Klass
    reason: str = ""
    cause: str = ""
    also: tuple[str, ...] = ()
    planned: bool = False
    firm: bool = True


_RUNNING = State(Klass.RUNNING)
_STARVED, _BLOCKED = State(Klass.STARVED, firm=False), State(Klass.BLOCKED, firm=False)
_NO_WORK = State(Klass.NO_WORK, "no-work", DEMAND)


def states(line: Line, absence: str, missing: bool, since: Mapping[str, float]) -> dict[str, State]:
    """The state of every station of a line. `absence`: why nobody is at work; `missing`: they should be; `since`: since
    when each station has been as it is.
    """
    own = {post.name: _own(post, absence, missing) for post in line.posts}
    waiting = [post for post in line.posts if own[post.name].klass in WAITING]
    blamed = {post.name: _blamed(post, own, since) for post in waiting}
    return own | blamed


def _own(post: Post, absence: str, missing: bool) -> State:
    machine = post.machine
    if machine.working:
        return _RUNNING
    trouble = _trouble(post)
    if trouble is not None:
        return trouble
    if absence:
        return State(Klass.PLANNED, absence, CALENDAR, planned=True)
    if machine.warming:
        return State(Klass.WARMING, "warming-up", post.name, planned=True)
    if missing and not post.wired:
        return State(Klass.OPERATOR, "absent", post.name)
    if post.before.documents and not post.after.room:
        return _BLOCKED
    return _STARVED


def _trouble(post: Post) -> State | None:
    """What is wrong with the machine itself, or done to it."""
    machine = post.machine
    for do, klass, reason in _DONE_TO:
        if machine.undergoes(do):
            return State(klass, reason, post.name, planned=klass in PLANNED)
    if machine.power.starting:
        return State(Klass.OFF, "starting", post.name)
    fault = machine.held_up.stopped_by if machine.held_up.stopped else None
    if fault is not None:
        return State(_klass_of(fault, machine.sheet.stores), fault.name, post.name)
    if not machine.levels.stocked:
        store = machine.levels.used_up
        return State(_klass_of_store(store), store.name, post.name)
    heater = machine.power.heater
    if heater is not None and heater.on and heater.troubles and not heater.ready:
        return State(Klass.SILENT, min(heater.troubles), post.name)
    return None


_DONE_TO = (
    (Do.OFF, Klass.OFF, "unplugged"),
    (Do.HANG, Klass.SILENT, "hung"),
    (Do.STALL, Klass.SILENT, "stalled"),
    (Do.MAINTAIN, Klass.PLANNED, "maintenance"),
    (Do.CLEAN, Klass.CLEANING, "self-cleaning"),
)


def _klass_of(fault: Fault, stores: Mapping[str, Store]) -> Klass:
    if fault.when is not None and fault.when.store:
        return _klass_of_store(stores[fault.when.store])
    return Klass.OPERATOR if any(word in fault.name for word in _HANDS) else Klass.FAULT


def _klass_of_store(store: Store) -> Klass:
    return Klass.OPERATOR if store.role is Role.OUTPUT else Klass.SUPPLY


def _blamed(post: Post, own: Mapping[str, State], since: Mapping[str, float]) -> State:
    """Walk to whoever stands still; never back, so at most through every stage once."""
    waits = own[post.name]
    way = -1 if waits.klass is Klass.STARVED else 1
    stage = post.stage + way
    stages = post.line.stages
    while 0 <= stage < len(stages):
        names = [each.name for each in stages[stage]]
        running = [name for name in names if own[name].klass is Klass.RUNNING]
        if running:
            return State(waits.klass, "working", running[0], firm=False)
        if not any(own[name].klass in WAITING for name in names):
            return _at_the_door_of(waits.klass, names, own, since)
        stage += way
    return _NO_WORK if way < 0 and not post.line.buffers[0].documents else waits


def _at_the_door_of(klass: Klass, names: list[str], own: Mapping[str, State], since: Mapping[str, float]) -> State:
    """All of a stage stand still: the last one to stop is what ended the flow, the others share the blame."""
    last = max(names, key=lambda name: (since.get(name, 0.0), name))
    also = tuple(name for name in names if name != last)
    planned = all(own[name].planned for name in names)
    return State(klass, own[last].reason, last, also, planned)
