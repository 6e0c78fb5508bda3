"""What of the monitor's knowledge survives a restart, as records: one a machine, and one of when each was last heard.

A machine's record is written when something changed that asking the machine again would not tell. When it was last
heard changes with every poll and is written now and then, for all machines at once: after a crash the age of a value
may be told some minutes too large, never too small.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter

from fleetmon import memory_alerts, memory_profiles, memory_quality
from fleetmon.assess import fleet
from fleetmon.assess.fleet import Snapshot, Source
from fleetmon.model.frozen import dataclass
from fleetmon.model.messages import Record
from fleetmon.model.plan import MachinePlan
from fleetmon.model.report import At

SNAPSHOT: Final = "snapshot"
HEARD: Final = "heard"
KINDS: Final = (SNAPSHOT, HEARD, *memory_alerts.KINDS, memory_profiles.PROFILE, memory_quality.QUALITY)
_ALL: Final = "all"

Records = Mapping[str, Mapping[str, bytes]]  # by kind and id


@dataclass(frozen=True, slots=True)
class Counting:
    """What was made and not told yet, in units of the published total, and when a count was last told."""

    untold: int = 0
    told_at: At | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What is true of one machine, and what of it was told."""

    snapshot: Snapshot
    counting: Counting = Counting()


@dataclass(frozen=True, slots=True)
class _Heard:
    """When sources were last heard: (utc, mono, boot) as in At, by machine and source."""

    machines: dict[str, dict[str, tuple[float, float, str]]]


_memories = TypeAdapter(Memory)
_heard = TypeAdapter(_Heard)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let nobody look for garbage while the past is read: there is none yet, and looking takes a sixth of the time.

    What was read is left out of every later search as well.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def record(memory: Memory) -> Record:
    """The record of one machine."""
    return Record(SNAPSHOT, memory.snapshot.machine, _memories.dump_json(memory))


def record_of_heard(snapshots: Iterable[Snapshot]) -> Record:
    """The record of when each source was last heard."""
    machines = {snapshot.machine: _moments(snapshot) for snapshot in snapshots}
    told = _Heard({machine: moments for machine, moments in machines.items() if moments})
    return Record(HEARD, _ALL, _heard.dump_json(told))


def recall(plan: Iterable[MachinePlan], records: Records) -> dict[str, Memory]:
    """What an earlier run knew of the machines of today, by id, whether it fits their settings of today or not."""
    found, heard = records.get(SNAPSHOT, {}), _read_heard(records.get(HEARD, {}).get(_ALL))
    return {machine.id: _recall(machine, found.get(machine.id), heard) for machine in plan}


def forgotten(plan: Iterable[MachinePlan], records: Records) -> dict[str, Memory | None]:
    """What an earlier run knew of machines that nobody watches any more, by id; None where that cannot be read."""
    found = records.get(SNAPSHOT, {})
    return {id_: _read(found[id_]) for id_ in sorted(found.keys() - {machine.id for machine in plan})}


def forget(machine: str) -> Record:
    """The end of a machine's record."""
    return Record(SNAPSHOT, machine, None)


def _recall(plan: MachinePlan, body: bytes | None, heard: _Heard) -> Memory:
    """What an earlier run knew; a record that does not fit today's model is a machine not heard yet."""
    memory = _read(body)
    if memory is None or memory.snapshot.machine != plan.id:
        return Memory(fleet.awaited(plan))
    moments = heard.machines.get(plan.id, {})
    sources = tuple(_later(source, moments.get(source.name)) for source in memory.snapshot.sources)
    return replace(memory, snapshot=fleet.unheard(replace(memory.snapshot, sources=sources)))


def _read(body: bytes | None) -> Memory | None:
    try:
        return _memories.validate_json(body) if body is not None else None
    except ValueError:
        return None


def _later(source: Source, moment: tuple[float, float, str] | None) -> Source:
    if moment is None or source.heard_at is None or source.heard_at.is_after(At(*moment)):
        return source
    return replace(source, heard_at=At(*moment))


def _moments(snapshot: Snapshot) -> dict[str, tuple[float, float, str]]:
    return {
        source.name: (round(source.heard_at.utc, 3), round(source.heard_at.mono, 3), source.heard_at.boot)
        for source in snapshot.sources
        if source.heard_at is not None
    }


def _read_heard(body: bytes | None) -> _Heard:
    try:
        return _heard.validate_json(body) if body is not None else _Heard({})
    except ValueError:
        return _Heard({})
