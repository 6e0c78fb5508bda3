"""What every command of the last 24 hours was answered, so that the same id gets the same answer. Pure.

A sender that got no reply sends again, and a broker that is in doubt does so by itself: the second time nothing may
happen but the reply. So an answer becomes a record, in the same transaction as its audit event, and a memory made from
the records goes on as if there had been no restart. How many are kept is bounded: an id that is forgotten too early
could be carried out twice, so a full memory takes no new ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue, TypeAdapter

from fleetmon.model.messages import Record
from fleetmon.model.report import At
from fleetmon.publish.command import REMEMBERED_S, Command, Refusal
from fleetmon.publish.command_payloads import CommandReply

KIND: Final = "command"
MOST: Final = 10_000
_FORGET_AT_ONCE: Final = 100  # so that no commit lasts


@dataclass(frozen=True, slots=True)
class Answered:
    """One command that was answered, and when; `arguments` None where they were not even looked at."""

    at: At
    arguments: dict[str, JsonValue] | None
    reply: CommandReply

    def same(self, asked: Command | Refusal) -> bool:
        """Whether this is the same command once more, and not another one under its id."""
        if asked.heading is None or asked.heading.verb != self.reply.verb:
            return False
        other = said(asked)
        return self.arguments is None or other is None or self.arguments == other


_answered = TypeAdapter(Answered)


def said(asked: Command | Refusal) -> dict[str, JsonValue] | None:
    """The arguments of a command as plain JSON; None for a refusal, whose arguments may be anything."""
    return asked.arguments.model_dump(mode="json", by_alias=True) if isinstance(asked, Command) else None


class CommandMemory:
    """`records` are those of an earlier run, by id; what of them cannot be read is forgotten with the next answer."""

    def __init__(self, records: Mapping[str, bytes], most: int = MOST) -> None:
        self._most = most
        self._garbled: list[str] = []
        read = {id_: self._read(id_, body) for id_, body in records.items()}
        known = [(id_, answered) for id_, answered in read.items() if answered is not None]
        self._known = dict(sorted(known, key=lambda each: each[1].at.utc))

    def _read(self, id_: str, body: bytes) -> Answered | None:
        try:
            return _answered.validate_json(body)
        except ValueError:
            self._garbled.append(id_)
            return None

    def recall(self, id_: str, now: At) -> Answered | None:
        """What this id was answered within 24 hours, if anything."""
        known = self._known.get(id_)
        return known if known is not None and now.since(known.at) < REMEMBERED_S else None

    def full(self, now: At) -> bool:
        """Whether one more cannot be remembered. The oldest is looked at, the others are younger."""
        oldest = next(iter(self._known.values()), None)
        return oldest is not None and len(self._known) >= self._most and now.since(oldest.at) < REMEMBERED_S

    def remember(self, id_: str, answered: Answered) -> tuple[Record, ...]:
        """Keep an answer; the records that say so, and that forget what is old."""
        old = [*self._garbled, *self._old(answered.at)][:_FORGET_AT_ONCE]
        for gone in old:
            self._known.pop(gone, None)
        self._garbled = [each for each in self._garbled if each not in old]
        self._known.pop(id_, None)
        self._known[id_] = answered
        forgotten = (Record(KIND, gone, None) for gone in old if gone != id_)
        return (*forgotten, Record(KIND, id_, _answered.dump_json(answered, by_alias=True)))

    def _old(self, now: At) -> list[str]:
        found: list[str] = []
        for id_, answered in self._known.items():
            if now.since(answered.at) < REMEMBERED_S or len(found) >= _FORGET_AT_ONCE:
                break
            found.append(id_)
        return found
