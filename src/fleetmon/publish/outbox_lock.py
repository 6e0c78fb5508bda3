"""The file beside the database: it keeps a second daemon out and remembers how far the first one came.

An advisory lock (flock(2)) dies with its process, so a crash never locks anybody out. The file's content, stream and
head, is written after each commit and deliberately not synced: it may lag behind the database, which is synced, and
can be ahead of it only when the database lost commits it had promised (a truncated log, a disk that lied, a backup put
back). Then those sequences must not be given away a second time: consumers would take the new events for old ones.
"""

import fcntl
import os
from pathlib import Path

from fleetmon.errors import FleetmonError
from fleetmon.publish.gaps import Former


class StateInUse(FleetmonError):
    """Another process holds this state directory; two daemons with one stream would overwrite each other's numbers."""


class StateFile:
    """Held as long as it is open."""

    def __init__(self, path: Path) -> None:
        """Raises StateInUse, or OSError where the directory cannot be written."""
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            os.close(self._fd)
            raise StateInUse(f"{path}: another fleetmon is using this state directory") from busy

    def last(self) -> Former | None:
        """The stream and head noted last; None when nothing readable was."""
        stream, _, head = os.pread(self._fd, 256, 0).decode("ascii", "replace").partition("\n")[0].partition(" ")
        return Former(stream, int(head)) if stream and head.isascii() and head.isdigit() else None

    def note(self, stream: str, head: int, *, sync: bool = False) -> None:
        """Remember that `head` is committed; `sync` at the start. A full disk may refuse: a safeguard, no promise."""
        line = f"{stream} {head}\n".encode("ascii")
        try:
            os.pwrite(self._fd, line, 0)
            if sync:
                os.fsync(self._fd)
        except OSError:
            return

    def close(self) -> None:
        """Let the next one in."""
        os.close(self._fd)
