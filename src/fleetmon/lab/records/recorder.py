"""Recording: what a link remembers goes into a file, a poll at a time.

A poll is written when it is over, so that what it tells of secrets is known before any of it is on the disk, and each
poll is flushed, so that whatever ends the recording costs the poll that went on and nothing else. Before the first
answer is written the machine is asked for what it must not tell; those answers are not written at all. A machine that
falls silent meanwhile is asked again after the next poll, but not for ever: what was heard of a machine that nobody
understands is what a recording is made for.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

from fleetmon.errors import LinkError
from fleetmon.lab.records.hiding import Hiding, answered
from fleetmon.lab.records.recording_link import Remembering
from fleetmon.lab.records.recordings import RecordingError
from fleetmon.lab.records.redaction import Secret
from fleetmon.lab.records.said import Header, Poll
from fleetmon.lab.records.written import header_line, poll_lines
from fleetmon.model.report import NoAnswer, Observation, Report
from fleetmon.model.words import Silence
from fleetmon.sources import addresses

_MOST_WAITING: Final = 10


@dataclass(slots=True)
class Recorder:
    """Writes what `link` remembers to `file`, without what `hiding` hides. `hear` is for a poller."""

    path: Path
    file: TextIO
    header: Header
    link: Remembering
    hiding: Hiding
    polls: int = 0
    exchanges: int = 0
    first: Report | None = None
    first_in: int = 0
    _waiting: list[Poll] = field(default_factory=list)
    _begun: bool = False
    _told: bool = False

    async def hear(self, observation: Observation) -> None:
        """A poll is over. Raises RecordingError when it cannot be written."""
        self.polls += 1
        failed = observation.heard if isinstance(observation.heard, NoAnswer) else None
        poll = self.link.take(self.polls, observation.at.since(self.link.began), failed)
        self.exchanges += len(poll.said) + len(poll.spoken)
        if self.first is None and isinstance(observation.heard, Report):
            self.first, self.first_in = observation.heard, self.polls
        self._waiting.append(poll)
        told = any(map(answered, self._waiting))
        if told and (self.hiding.meets(poll) or not self._told):
            self._told = await self._ask_for_secrets()
        if self._told or not told or len(self._waiting) >= _MOST_WAITING:
            self.write()

    def write(self) -> None:
        """Write what waits, and make sure that it is in the file. Raises RecordingError."""
        self._learn()
        polls, self._waiting = self._waiting, []
        try:
            if not self._begun:
                self._begun = True
                self.file.write(header_line(self.hiding.header(self.header)) + "\n")
            for poll in polls:
                for line in poll_lines(self.hiding.poll(poll)):
                    self.file.write(line + "\n")
            self.file.flush()
        except OSError as error:
            kept = self.polls - len(polls)
            raise RecordingError(f"{self.path}: {error.strerror}; {kept} polls were recorded until then") from None

    def close(self) -> None:
        """Write what is left; a file in which nothing was written is taken away again."""
        if self._waiting:
            self.write()
        with suppress(OSError):  # a full disk was told when the line was written
            self.file.close()
        if not self._begun:
            self.path.unlink(missing_ok=True)

    def _learn(self, told: Sequence[tuple[Any, Any]] = ()) -> None:
        """Let all that waits to be written be heard."""
        for address in addresses(self.link.link):
            self.hiding.learn(Secret.ADDRESSES, address)
        self.hiding.hear(self._waiting, told)

    async def _ask_for_secrets(self) -> bool:
        """Whether the machine answered, with whatever it has."""
        told = []
        for request in self.hiding.telling:
            try:
                told.append((request, await self.link.link.ask(request)))
            except LinkError as error:
                if error.why is Silence.TIMEOUT:
                    return False
        self._learn(told)
        return True


def open_recording(path: Path) -> TextIO:
    """A new file that only its owner can read. Raises RecordingError where one exists or none can be made."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii")
    except FileExistsError:
        raise RecordingError(f"{path}: exists already; name another file, nothing is ever overwritten") from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be made: {error.strerror}") from None
