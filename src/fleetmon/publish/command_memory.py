"""What every command of the last 24 hours was answered, so that the same id gets the same answer. Pure.

A sender that got no reply sends again, and a broker that is in doubt does so by itself: the second time nothing may
happen but the reply. So an answer becomes a record, in the same transaction as its audit event, and a memory made from
the records goes on as if there had been no restart. How many are kept is bounded: an id that is forgotten too early
could be carried out twice, so a full memory takes no new ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
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
        read = {id_: self._answered_at(id_, body) for id_, body in records.items()}
        known = [(id_, at, records[id_]) for id_, at in read.items() if at is not None]
        # Bodies as they are kept, oldest first: ten thousand of them read would be four times as large.
        self._known = {id_: (at, body) for id_, at, body in sorted(known, key=lambda each: each[1].utc)}

    def _answered_at(self, id_: str, body: bytes) -> At | None:
        try:
            return _answered.validate_json(body).at
        except ValueError:
            self._garbled.append(id_)
            return None

    def recall(self, id_: str, now: At) -> Answered | None:
        """What this id was answered within 24 hours, if anything."""
        at, body = self._known.get(id_, (None, b""))
        return None if at is None or now.since(at) >= REMEMBERED_S else _answered.validate_json(body)

    def full(self, now: At) -> bool:
        """Whether one more cannot be remembered. The oldest is looked at, the others are younger."""
        oldest, _ = next(iter(self._known.values()), (now, b""))
        return len(self._known) >= self._most and now.since(oldest) < REMEMBERED_S

    def remember(self, id_: str, answered: Answered) -> tuple[Record, ...]:
        """Keep an answer; the records that say so, and that forget what is old."""
        gone = [*self._garbled, *self._old(answered.at)][:_FORGET_AT_ONCE]
        for each in gone:
            self._known.pop(each, None)
        self._garbled = [each for each in self._garbled if each not in gone]
        body = _answered.dump_json(answered, by_alias=True)
        self._known.pop(id_, None)
        self._known[id_] = (answered.at, body)
        return (*(Record(KIND, each, None) for each in gone if each != id_), Record(KIND, id_, body))

    def _old(self, now: At) -> list[str]:
        old = ((id_, at) for id_, (at, _) in self._known.items())
        return [id_ for id_, _ in takewhile(lambda each: now.since(each[1]) >= REMEMBERED_S, old)]
