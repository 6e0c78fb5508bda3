"""A machine that is only a recording: answers from a walk file what the machine would have answered on the wire.

It makes `walk:FILE` a source like any other, so a driver can be written and a fault report studied without the
machine. Nothing here waits or fails: a file that cannot be read fails when it is opened.
"""

from bisect import bisect_right
from pathlib import Path
from typing import Final

from fleetmon.decode import walk_text
from fleetmon.decode.dialogue import Get, Oid, Reply, Request, Varbind, dotted
from fleetmon.errors import DriverError, GarbledReply

MAX_ROWS: Final = 2_000
MAX_OCTETS: Final = 32 << 20


class WalkFile:
    """A Link over recorded varbinds; `remarks` says what the file held that could not be used."""

    def __init__(self, varbinds: dict[Oid, Varbind], remarks: tuple[str, ...] = ()) -> None:
        self._varbinds = varbinds
        self._order = sorted(varbinds)
        self.remarks = remarks

    @property
    def oids(self) -> tuple[Oid, ...]:
        """Everything that was recorded, in increasing order."""
        return tuple(self._order)

    async def ask(self, request: Request) -> Reply:
        """What the machine would answer. GarbledReply for a subtree of more than 2 000 rows, as on the wire."""
        if isinstance(request, Get):
            return tuple(self._varbinds[oid] for oid in request.oids if oid in self._varbinds)
        below = self._order[bisect_right(self._order, request.root) :]
        rows: list[Varbind] = []
        for oid in below:
            if oid[: len(request.root)] != request.root:
                break
            rows.append(self._varbinds[oid])
            if len(rows) > MAX_ROWS:
                raise GarbledReply(f"the walk of {dotted(request.root)} has more than {MAX_ROWS} rows")
        return tuple(rows)

    async def close(self) -> None:
        """Nothing is held open."""


def open_walk(path: Path) -> WalkFile:
    """The machine recorded in a snmprec or snmpwalk file; DriverError with file and line if it is neither."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_OCTETS + 1)
    except OSError as error:
        raise DriverError(f"{path}:1: cannot be read: {error.strerror}") from error
    if len(data) > MAX_OCTETS:
        raise DriverError(f"{path}:1: is larger than {MAX_OCTETS >> 20} MiB; no walk of a printer is")
    found = walk_text.parse(data, str(path))
    return WalkFile(found.varbinds, tuple(found.remarks))
