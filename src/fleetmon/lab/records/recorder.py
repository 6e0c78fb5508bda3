"""Recording: a link that remembers what was said over it, and a file that is written a poll at a time.

A poll is written when it is over, so that what it tells of secrets is known before any of it is on the disk, and each
poll is flushed, so that whatever ends the recording costs the poll that went on and nothing else. Before the first
answer is written the machine is asked for what it must not tell; those answers are not written at all. A machine that
falls silent meanwhile is asked again after the next poll, but not for ever: what was heard of a machine that nobody
understands is what a recording is made for.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final, TextIO

from fleetmon.clock import Clock
from fleetmon.decode.dialogue import Reply, Request, Walk
from fleetmon.decode.printer_mib import mib
from fleetmon.errors import LinkError
from fleetmon.lab.records.recordings import RecordingError
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.lab.records.said import Header, Poll, Said
from fleetmon.lab.records.written import header_line, poll_lines
from fleetmon.links.base import Link, Sparing
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.words import Silence
from fleetmon.sources import addresses

_MOST_WAITING: Final = 10


@dataclass(slots=True)
class RecordingLink:
    """A Link that remembers; `take` hands over what was said since the last time, in seconds since `began`."""

    link: Link
    clock: Clock
    began: At
    _said: list[Said] = field(default_factory=list)

    async def ask(self, request: Request) -> Reply:
        """As Link."""
        asked = self.clock.now()
        try:
            reply = await self.link.ask(request)
        except LinkError as error:
            self._remember(asked, request, NoAnswer(error.why, str(error)))
            raise
        self._remember(asked, request, reply)
        return reply

    def _remember(self, asked: At, request: Request, heard: Reply | NoAnswer) -> None:
        took = self.clock.now().since(asked)
        self._said.append(Said(asked.since(self.began), took, request, heard))

    async def close(self) -> None:
        """As Link."""
        await self.link.close()

    def spare(self, objects: int) -> None:
        """As Sparing."""
        if isinstance(self.link, Sparing):
            self.link.spare(objects)

    def take(self) -> tuple[Said, ...]:
        """What was said since the last time."""
        said, self._said = tuple(self._said), []
        return said


@dataclass(slots=True)
class Recorder:
    """Writes what a RecordingLink remembers to `file`, without what `redactor` hides. `hear` is for a poller."""

    path: Path
    file: TextIO
    header: Header
    link: RecordingLink
    redactor: Redactor
    polls: int = 0
    exchanges: int = 0
    first: Report | None = None
    first_in: int = 0
    _waiting: list[Poll] = field(default_factory=list)
    _begun: bool = False
    _told: bool = False

    async def hear(self, observation: Observation) -> None:
        """A poll is over. Raises RecordingError when it cannot be written."""
        said = self.link.take()
        self.polls += 1
        self.exchanges += len(said)
        failed = observation.heard if isinstance(observation.heard, NoAnswer) else None
        if self.first is None and isinstance(observation.heard, Report):
            self.first, self.first_in = observation.heard, self.polls
        self._waiting.append(Poll(self.polls, said, observation.at.since(self.link.began), failed))
        answered = any(_replies(poll) for poll in self._waiting)
        if answered and (_is_meeting(said) or not self._told):
            self._told = await self._ask_for_secrets()
        if self._told or not answered or len(self._waiting) >= _MOST_WAITING:
            self.write()

    def write(self) -> None:
        """Write what waits, and make sure that it is in the file. Raises RecordingError."""
        self._learn()
        polls, self._waiting = self._waiting, []
        try:
            if not self._begun:
                self._begun = True
                header = replace(self.header, machine=self.redactor.words(self.header.machine))
                self.file.write(header_line(header) + "\n")
            for poll in polls:
                for line in poll_lines(redacted(poll, self.redactor)):
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

    def _learn(self, also: Iterable[Reply] = ()) -> None:
        """Let the redactor hear all that waits to be written, in one go."""
        for address in addresses(self.link.link):
            self.redactor.learn(Secret.ADDRESSES, address)
        replies = chain.from_iterable(_replies(poll) for poll in self._waiting)
        self.redactor.hear(tuple(chain.from_iterable((*replies, *also))))

    async def _ask_for_secrets(self) -> bool:
        """Whether the machine answered, with whatever it has."""
        told = []
        for request in self.redactor.telling:
            try:
                told.append(await self.link.link.ask(request))
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


def redacted(poll: Poll, redactor: Redactor) -> Poll:
    """The same poll without secrets."""
    said = tuple(
        replace(each, request=redactor.request(each.request), heard=_hidden(each.heard, redactor)) for each in poll.said
    )
    return replace(poll, said=said, failed=None if poll.failed is None else _silence(poll.failed, redactor))


def _hidden(heard: Reply | NoAnswer, redactor: Redactor) -> Reply | NoAnswer:
    return _silence(heard, redactor) if isinstance(heard, NoAnswer) else redactor.reply(heard)


def _silence(heard: NoAnswer, redactor: Redactor) -> NoAnswer:
    return NoAnswer(heard.why, redactor.words(heard.text))


def _replies(poll: Poll) -> list[Reply]:
    return [said.heard for said in poll.said if not isinstance(said.heard, NoAnswer) and said.heard]


def _is_meeting(said: tuple[Said, ...]) -> bool:
    return any(each.request == Walk(mib.TABLES[0]) for each in said)
