"""How a recorder has its polls freed of secrets, whatever kind of line the machine is on; and how that goes in SNMP."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol

from fleetmon.decode.dialogue import Reply, Walk
from fleetmon.decode.printer_mib import mib
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.lab.records.said import Header, Poll
from fleetmon.model.report import NoAnswer


class Hiding(Protocol):
    """What a recorder needs of it."""

    @property
    def telling(self) -> tuple[Any, ...]:
        """What to ask a machine, so that its secrets are known before anything is written."""
        ...

    def learn(self, secret: Secret, word: str) -> None:
        """Something that must not be told, from elsewhere."""
        ...

    def hear(self, polls: Sequence[Poll], told: Sequence[tuple[Any, Any]]) -> None:
        """Learn from polls that are to be written, and from what was asked besides: requests and what they brought."""
        ...

    def meets(self, poll: Poll) -> bool:
        """Whether the machine was met in this poll, so that it may be another one than before."""
        ...

    def header(self, header: Header) -> Header:
        """The same header without secrets."""
        ...

    def poll(self, poll: Poll) -> Poll:
        """The same poll without secrets."""
        ...


def answered(poll: Poll) -> bool:
    """Whether the machine said anything."""
    return any(_replies(poll)) or any(spoken.came for spoken in poll.spoken)


@dataclass(frozen=True, slots=True)
class InSnmp:
    """Hiding in what SNMP machines say."""

    redactor: Redactor

    @property
    def telling(self) -> tuple[Any, ...]:
        """As Hiding."""
        return self.redactor.telling

    def learn(self, secret: Secret, word: str) -> None:
        """As Hiding."""
        self.redactor.learn(secret, word)

    def hear(self, polls: Sequence[Poll], told: Sequence[tuple[Any, Any]]) -> None:
        """As Hiding; in one go, as a name in one answer is a secret in all."""
        replies = chain(*map(_replies, polls), (reply for _, reply in told))
        self.redactor.hear(tuple(chain.from_iterable(replies)))

    def meets(self, poll: Poll) -> bool:
        """As Hiding: then it is asked for the first of all tables."""
        return any(each.request == Walk(mib.TABLES[0]) for each in poll.said)

    def header(self, header: Header) -> Header:
        """As Hiding."""
        return replace(header, machine=self.redactor.words(header.machine))

    def poll(self, poll: Poll) -> Poll:
        """As Hiding."""
        said = tuple(
            replace(each, request=self.redactor.request(each.request), heard=self._heard(each.heard))
            for each in poll.said
        )
        return replace(poll, said=said, failed=silence(poll.failed, self.redactor))

    def _heard(self, heard: Reply | NoAnswer) -> Reply | NoAnswer:
        if isinstance(heard, NoAnswer):
            return NoAnswer(heard.why, self.redactor.words(heard.text))
        return self.redactor.reply(heard)


def silence(heard: NoAnswer | None, redactor: Redactor) -> NoAnswer | None:
    """The same without secrets in its words."""
    return None if heard is None else NoAnswer(heard.why, redactor.words(heard.text))


def _replies(poll: Poll) -> Iterable[Reply]:
    return (said.heard for said in poll.said if not isinstance(said.heard, NoAnswer) and said.heard)
