"""The books: what the daemon committed against what the consumer stored.

Confirmed events stay in the daemon's database for days, so at the end it holds every event that was ever committed,
and it is the ground truth: the sequences 1 to the head, each with the bytes that were final at the commit.

    committed   events the daemon has given a sequence         stored      different sequences at the consumer
    LOST        committed, neither stored nor named by a gap   invented    stored without being committed, or otherwise
    gone        committed, and a stored gap event says that    duplicates  heard again and known by their sequence
                they will never come
"""

import hashlib
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from .ground import look


@dataclass(frozen=True, slots=True)
class Books:
    """The figures of one run; `balanced` when the promise held."""

    committed: int
    acked: int
    stored: int
    LOST: int
    invented: int
    duplicates: int
    gone: int
    streams: int
    longest_gap_s: float

    @property
    def balanced(self) -> bool:
        """Nothing lost, nothing invented, and something was done at all."""
        return self.LOST == self.invented == 0 < self.stored

    def __str__(self) -> str:
        return " ".join(f"{name} {value:g}" for name, value in asdict(self).items())


def books(state: Path, stored: Path, site: str, *, pruned: bool = False) -> Books:
    """Compare the two databases, for the daemon's present stream; the daemon may run, but nothing may change.

    With `pruned` the daemon has forgotten confirmed events on purpose: for those only the sequence is compared.
    """
    database = state / "site.db"
    ((stream, head),) = look(database, "SELECT id, head FROM stream")
    ((acked,),) = look(database, "SELECT min(acked) FROM consumer")
    kept = {_int(seq): _sha(body) for seq, body in look(database, "SELECT seq, body FROM event")}
    here = f"WHERE site = '{site}' AND stream = '{stream}'"
    there = {_int(seq): str(sha) for seq, sha in look(stored, f"SELECT seq, sha FROM event {here}")}  # noqa: S608
    again = look(stored, f"SELECT same FROM again {here}")  # noqa: S608
    gone = _covered(look(stored, f"SELECT first, last FROM gone {here}"))  # noqa: S608
    said = _covered(look(database, "SELECT first, last FROM dropped"))
    given = set(range(1, _int(head) + 1))
    forgotten = set() if pruned else given - set(kept) - said
    altered = sum(there[seq] != sha for seq, sha in kept.items() if seq in there)
    arrivals = [float(str(at)) for (at,) in look(stored, f"SELECT arrived FROM event {here} ORDER BY arrived")]  # noqa: S608
    pauses = (later - earlier for earlier, later in pairwise(arrivals))
    return Books(
        committed=_int(head),
        acked=_int(acked),
        stored=len(there),
        LOST=len((given - set(there) - gone) | forgotten),
        invented=len(set(there) - given) + altered + sum(not same for (same,) in again),
        duplicates=len(again),
        gone=len(gone & given),
        streams=len(look(stored, f"SELECT DISTINCT stream FROM event WHERE site = '{site}'")),  # noqa: S608
        longest_gap_s=round(max(pauses, default=0.0), 2),
    )


def _int(value: object) -> int:
    return int(str(value))


def _sha(body: object) -> str:
    assert isinstance(body, bytes)
    return hashlib.sha256(body).hexdigest()


def _covered(ranges: list[tuple[object, ...]]) -> set[int]:
    return {seq for first, last in ranges for seq in range(_int(first), _int(last) + 1)}
