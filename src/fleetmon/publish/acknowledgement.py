"""What a consumer says it has stored: `down/ack/{consumer}`, the only thing that lets an event be forgotten. Pure.

Whatever anybody sends there is judged before it counts, and what does not count is counted. Confirmations are
cumulative, so of many only the newest of each consumer is kept: a flood of them costs nothing but the reading.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_LONGEST: Final = 4096


class Verdict(StrEnum):
    """Whether a confirmation counts, or why not."""

    COUNTS = "counts"
    KNOWN = "known"  # a retained one after a connect, or the same once more
    BACK = "back"  # lower than before: a consumer that was put back from a backup asks for a replay
    BEYOND = "beyond"  # more than was ever committed: perhaps it is us who were put back from a backup
    OTHER_STREAM = "other-stream"
    STRANGER = "stranger"  # nobody whom the settings name
    GARBLED = "garbled"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """All events of `stream` up to `upto` are committed at `consumer`."""

    consumer: str
    stream: str
    upto: int

    def judge(self, stream: str, head: int, acked_by: Mapping[str, int]) -> Verdict:
        """What it is worth to a stream with this `head` whose consumers have confirmed `acked_by`."""
        if self.consumer not in acked_by:
            return Verdict.STRANGER
        if self.stream != stream:
            return Verdict.OTHER_STREAM
        if self.upto > head:
            return Verdict.BEYOND
        if self.upto == acked_by[self.consumer]:
            return Verdict.KNOWN
        return Verdict.COUNTS if self.upto > acked_by[self.consumer] else Verdict.BACK


class Confirmations:
    """What consumers have said and what is not written down yet; `heard` counts by verdict."""

    def __init__(self) -> None:
        self.heard: Counter[Verdict] = Counter()
        self._newest: dict[str, int] = {}
        self._again = False

    def hear(
        self, topic: str, payload: bytes, stream: str, head: int, acked_by: Mapping[str, int]
    ) -> tuple[Verdict, str] | None:
        """The verdict on a message and who sent it; None where the topic is no confirmation's."""
        if not is_acknowledgement(topic):
            return None
        said = acknowledgement(topic, payload)
        verdict = said.judge(stream, head, acked_by) if said else Verdict.GARBLED
        self.heard[verdict] += 1
        if said and verdict is Verdict.COUNTS:
            self._newest[said.consumer] = max(said.upto, self._newest.get(said.consumer, 0))
        self._again |= verdict is Verdict.KNOWN
        return verdict, topic.rpartition("/")[2]

    def said_again(self) -> bool:
        """Whether one said what it had said before, since this was asked last: it is there and lacks the rest."""
        again, self._again = self._again, False
        return again

    def keep(self, consumer: str, upto: int) -> None:
        """It could not be written down just now."""
        self._newest[consumer] = max(upto, self._newest.get(consumer, 0))

    def take(self) -> Mapping[str, int]:
        """Up to where each consumer has confirmed, since this was asked last."""
        taken, self._newest = self._newest, {}
        return taken


def is_acknowledgement(topic: str) -> bool:
    """Whether this is where consumers confirm."""
    return topic.rpartition("/")[0].endswith("/down/ack")


def acknowledgement(topic: str, payload: bytes) -> Acknowledgement | None:
    """The acknowledgement in a message to `.../down/ack/{consumer}`; None for anything else that anybody sends.

    The body is `{"stream": "<uuid>", "upto": 123}`, bare or as the `data` of an envelope; `upto` may be text.
    """
    if not is_acknowledgement(topic) or len(payload) > _LONGEST:
        return None
    try:
        body = json.loads(payload)
        body = body.get("data", body)
        stream, upto = body["stream"], int(body["upto"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None
    return Acknowledgement(topic.rpartition("/")[2], str(stream), upto) if upto >= 0 else None
