"""What of the monitor's knowledge survives a restart, as records: one a machine, and one of when each was last heard.

A machine's record is written when something changed that asking the machine again would not tell; where that is only
how much it has made, a small one is written that goes on from it. When it was last heard changes with every poll and is
written now and then, for all machines at once: after a crash the age of a value may be told some minutes too large,
never too small.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter

from fleetmon import memory_alerts, memory_counts, memory_profiles, memory_quality
from fleetmon.assess import fleet
from fleetmon.assess.fleet import Snapshot, Source
from fleetmon.memory_counts import Counting
from fleetmon.model.frozen import dataclass
from fleetmon.model.messages import Record
from fleetmon.model.plan import MachinePlan
from fleetmon.model.report import At

SNAPSHOT: Final = "snapshot"
HEARD: Final = "heard"
KINDS: Final = (
    SNAPSHOT,
    memory_counts.COUNT,
    HEARD,
    *memory_alerts.KINDS,
    *memory_profiles.KINDS,
    memory_quality.QUALITY,
)
_ALL: Final = "all"

Records = Mapping[str, Mapping[str, bytes]]  # by kind and id


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


class Written:
    """What is on record of each machine: its whole record, and whether a count was written since."""

    def __init__(self, records: Records) -> None:
        self._whole = {machine: memory_counts.checksum(body) for machine, body in records.get(SNAPSHOT, {}).items()}
        self._counted: set[str] = set()

    def whole(self, memory: Memory) -> Record:
        """The record of one machine."""
        machine = memory.snapshot.machine
        body = _memories.dump_json(memory)
        self._whole[machine] = memory_counts.checksum(body)
        self._counted.discard(machine)
        return Record(SNAPSHOT, machine, body)

    def count(self, memory: Memory) -> Record:
        """The record of one machine of which nothing but the count went on."""
        machine, produced = memory.snapshot.machine, memory.snapshot.produced
        if produced is None or machine not in self._whole:
            return self.whole(memory)
        self._counted.add(machine)
        return memory_counts.record(machine, self._whole[machine], produced, memory.counting)

    def late(self, memory: Memory) -> bool:
        """Whether something of a machine is in no record, or only in a small one."""
        return memory.counting.untold > 0 or memory.snapshot.machine in self._counted

    def forget(self, machines: Iterable[str]) -> tuple[Record, ...]:
        """Nothing is kept of machines that nobody watches any more."""
        records: list[Record] = []
        for machine in machines:
            self._whole.pop(machine, None)
            records += (
                Record(SNAPSHOT, machine, None),
                memory_counts.forget(machine),
                *memory_profiles.forget(machine),
            )
        return tuple(records)


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


def record_of_heard(snapshots: Iterable[Snapshot]) -> Record:
    """The record of when each source was last heard."""
    machines = {snapshot.machine: _moments(snapshot) for snapshot in snapshots}
    told = _Heard({machine: moments for machine, moments in machines.items() if moments})
    return Record(HEARD, _ALL, _heard.dump_json(told))


def recall(plan: Iterable[MachinePlan], records: Records) -> dict[str, Memory]:
    """What an earlier run knew of the machines of today, by id, whether it fits their settings of today or not."""
    heard = _read_heard(records.get(HEARD, {}).get(_ALL))
    return {machine.id: _recall(machine, _read(machine.id, records), heard) for machine in plan}


def forgotten(plan: Iterable[MachinePlan], records: Records) -> dict[str, Memory | None]:
    """What an earlier run knew of machines that nobody watches any more, by id; None where that cannot be read."""
    found = records.get(SNAPSHOT, {})
    return {id_: _read(id_, records) for id_ in sorted(found.keys() - {machine.id for machine in plan})}


def _recall(plan: MachinePlan, memory: Memory | None, heard: _Heard) -> Memory:
    """What an earlier run knew; a record that does not fit today's model is a machine not heard yet."""
    if memory is None or memory.snapshot.machine != plan.id:
        return Memory(fleet.awaited(plan))
    moments = heard.machines.get(plan.id, {})
    sources = tuple(_later(source, moments.get(source.name)) for source in memory.snapshot.sources)
    return replace(memory, snapshot=fleet.unheard(replace(memory.snapshot, sources=sources)))


def _read(machine: str, records: Records) -> Memory | None:
    whole, count = records.get(SNAPSHOT, {}).get(machine), records.get(memory_counts.COUNT, {}).get(machine)
    try:
        memory = _memories.validate_json(whole) if whole is not None else None
    except ValueError:
        return None
    if memory is None or whole is None or memory.snapshot.produced is None:
        return memory
    produced, counting = memory_counts.gone_on(count, whole, memory.snapshot.produced, memory.counting)
    return Memory(replace(memory.snapshot, produced=produced), counting)


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
