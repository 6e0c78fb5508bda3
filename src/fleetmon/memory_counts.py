"""What a machine has made since its whole record was written, as a small record of its own.

A count is told every minute, and a whole record for each would be ten times as many bytes. The small one names the
whole one that it goes on from by its checksum: whatever whole record is written later outdates it, whoever writes it,
so that nobody needs to forget it in time and no crash can come between the two.
"""

from dataclasses import replace
from typing import Final
from zlib import crc32

from pydantic import TypeAdapter

from fleetmon.assess.produced import Produced
from fleetmon.model.frozen import dataclass
from fleetmon.model.messages import Record
from fleetmon.model.report import At

COUNT: Final = "count"


@dataclass(frozen=True, slots=True)
class Counting:
    """What was made and not told yet, in units of the published total, and when a count was last told."""

    untold: int = 0
    told_at: At | None = None


@dataclass(frozen=True, slots=True)
class _Count:
    """`total` and `raw` as in Produced, all else of which stands in the whole record with the checksum `follows`."""

    follows: int
    total: int
    raw: int
    counting: Counting


_counts = TypeAdapter(_Count)


def checksum(whole: bytes) -> int:
    """By which a whole record is known."""
    return crc32(whole)


def record(machine: str, follows: int, produced: Produced, counting: Counting) -> Record:
    """How far the count of a machine has come since the whole record with that checksum."""
    return Record(COUNT, machine, _counts.dump_json(_Count(follows, produced.total, produced.raw, counting)))


def forget(machine: str) -> Record:
    """The end of a machine's count."""
    return Record(COUNT, machine, None)


def gone_on(body: bytes | None, whole: bytes, produced: Produced, counting: Counting) -> tuple[Produced, Counting]:
    """What stands in the record `whole`, and where it went from there; nowhere, if `body` goes on from another one."""
    try:
        count = None if body is None else _counts.validate_json(body)
    except ValueError:
        count = None
    if count is None or count.follows != checksum(whole):
        return produced, counting
    return replace(produced, total=count.total, raw=count.raw), count.counting
