"""What was made, as durable events: at most one a machine and minute, and nothing twice. Pure.

What is held back meanwhile belongs to one count: one counter, read from one machine, in one unit. Where another count
begins, by a reset of the settings or an exchange of the machine, what is held back is told at once, since nobody could
tell it in other words.
"""

from fleetmon.assess.fleet import Produced, Snapshot
from fleetmon.memory import Memory
from fleetmon.memory_counts import Counting
from fleetmon.model.messages import Event, EventClass
from fleetmon.model.report import At
from fleetmon.publish import contract
from fleetmon.publish import payloads as p
from fleetmon.publish.cadence import PROGRESS_EVERY_S


def count(
    counting: Counting, before: Snapshot, after: Snapshot, made: int, at: At
) -> tuple[Counting, tuple[Event, ...]]:
    """What of what was `made` from `before` to `after` is told now; what is held back is told with the next."""
    earlier: tuple[Event, ...] = ()
    if counting.untold and not _same_count(before.produced, after.produced):
        earlier = tell_held_back(Memory(before, counting), at)
        counting = Counting(0, at)
    counting = counting if made == 0 else Counting(counting.untold + made, counting.told_at)
    if counting.untold <= 0 or not _is_due(counting.told_at, at):
        return counting, earlier
    told = tell_held_back(Memory(after, counting), at)
    return (Counting(0, at) if told else counting), (*earlier, *told)


def tell_held_back(memory: Memory, at: At) -> tuple[Event, ...]:
    """What was made and not told yet, whenever the last was told; nothing if nothing is held back."""
    counting, produced = memory.counting, memory.snapshot.produced
    if counting.untold <= 0 or produced is None:
        return ()
    total, unit = produced.published
    over_s = None if counting.told_at is None else at.since(counting.told_at)
    machine = memory.snapshot.machine
    told = p.ProductionCount(machine=machine, made=counting.untold, total=total, unit=unit, over_s=over_s)
    return (contract.event(EventClass.COUNT, contract.PRODUCTION_COUNTED, machine, at, told),)


def began_anew(before: Produced | None, after: Produced | None) -> bool:
    """Whether asking the machine again would not tell what was counted: everything but mere progress."""
    if before is after or after is None:
        return False
    return before is None or after.raw < before.raw or _what(before) != _what(after)


def _what(produced: Produced) -> object:
    """All but how much."""
    what = produced.unit, produced.source, produced.marker, produced.since, produced.per_document
    return *what, produced.before_reset, produced.address


def _same_count(before: Produced | None, after: Produced | None) -> bool:
    if before is None or after is None or before is after:
        return before is after
    return before.since == after.since and before.published[1] == after.published[1]


def _is_due(told_at: At | None, at: At) -> bool:
    # After a reboot nobody knows whether a minute has passed: the wall clock may be wrong by years, on either side.
    return told_at is None or told_at.boot != at.boot or at.since(told_at) >= PROGRESS_EVERY_S
