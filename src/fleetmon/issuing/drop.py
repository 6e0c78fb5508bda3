"""The file into which an issuing system without MQTT writes how much work waits.

Whatever may stand in its place is only looked at: a pipe nobody writes to, a folder, a file without an end. What cannot
be read is said in the same words as a message that cannot be believed.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from fleetmon.errors import in_words
from fleetmon.publish.command_payloads import Reason
from fleetmon.publish.work import LARGEST_FILE, Unbelieved

# A pipe without a writer would hold us up for ever (open(2)).
_OPENED: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
Mark: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was: its octets, but no more than one beyond the limit; when it was written, in seconds since 1970;
    `mark` is another after every change."""

    content: bytes
    written_at: float
    mark: Mark


def look(path: Path, known: Mark | None = None) -> Seen | Unbelieved | None:
    """The file as it is now; None if that is as it was at `known`."""
    try:
        number = os.open(path, _OPENED)
        try:
            # Taken before the file is read: what is written meanwhile is a change of it.
            found = os.fstat(number)
            mark = (found.st_ino, found.st_mtime_ns, found.st_size)
            if not stat.S_ISREG(found.st_mode):
                return Unbelieved(Reason.MALFORMED, "it is no file")
            return None if mark == known else Seen(_content(number), found.st_mtime, mark)
        finally:
            os.close(number)
    except OSError as error:
        return Unbelieved(Reason.MALFORMED, f"it cannot be read: {in_words(error).partition(': ')[0]}")


def _content(number: int) -> bytes:
    with os.fdopen(number, "rb", closefd=False) as file:
        return file.read(LARGEST_FILE + 1)
