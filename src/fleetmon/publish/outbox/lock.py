"""The file beside the database: it keeps a second daemon out and remembers how far the first one came.

An advisory lock (flock(2)) dies with its process, so a crash never locks anybody out. The file's content, stream and
head, is written after each commit and deliberately not synced: it may lag behind the database, which is synced, and
can be ahead of it only when the database lost commits it had promised (a truncated log, a disk that lied, a backup put
back). Then those sequences must not be given away a second time: consumers would take the new events for old ones.
How many events a full disk has refused is kept here too: a file that does not grow can be written when others cannot.
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
        """What was noted last; None when nothing readable was."""
        words = os.pread(self._fd, 256, 0).decode("ascii", "replace").partition("\n")[0].split(" ")
        if len(words) != 3 or not all(word.isascii() and word.isdigit() for word in words[1:]):
            return None
        return Former(words[0], int(words[1]), int(words[2]))

    def note(self, now: Former, *, sync: bool = False) -> None:
        """Remember it; `sync` at the start. The disk may refuse this as well: it is a safeguard and no promise."""
        line = f"{now.stream} {now.head:020} {now.unwritten:020}\n".encode("ascii")
        try:
            os.pwrite(self._fd, line, 0)
            if sync:
                os.fsync(self._fd)
        except OSError:
            return

    def close(self) -> None:
        """Let the next one in."""
        os.close(self._fd)
