"""A recorded talk asked again: the same question brings what it brought in this poll, octet by octet.

A question is known by its octets; over Modbus TCP the number of the transaction, which is each asker's own, is left
out and given back. Of what came, today's driver cuts its own frames: what was garbled for the driver that recorded may
be an answer now, and the other way round. A question that this poll did not ask is answered as it was the last time.
"""

from dataclasses import dataclass, field
from typing import Final

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.errors import LinkError
from fleetmon.lab.records.said import Exchanged, Poll
from fleetmon.model.words import Silence

_TRANSACTION: Final = 2  # octets


@dataclass(slots=True)
class SpokenAgain:
    """What a recording has told so far, as a Partner; `numbered` says that questions begin with a transaction."""

    numbered: bool = False
    changed: int | None = None
    ticks: int | None = None
    _told: dict[bytes, list[Exchanged]] = field(default_factory=dict)

    def at(self, now: float) -> None:
        """As Partner; it is `show` that moves it."""

    def show(self, poll: Poll) -> None:
        """Go on to the end of a poll."""
        told: dict[bytes, list[Exchanged]] = {}
        for each in poll.spoken:
            told.setdefault(self._question(each.asked), []).append(each)
        self._told |= told

    def ask(self, request: Ask) -> Answer:
        """As Partner."""
        given = self._told.get(self._question(request.octets))
        if not given:
            raise LinkError("this was not asked when it was recorded")
        exchanged = given.pop(0) if len(given) > 1 else given[0]
        failed = exchanged.failed
        if failed is not None and (not exchanged.came or failed.why not in (Silence.GARBLED, Silence.TIMEOUT)):
            raise LinkError(failed.text, failed.why)
        return _answer(request, self._as_asked(request, exchanged.came))

    def _question(self, asked: bytes) -> bytes:
        return asked[_TRANSACTION:] if self.numbered else asked

    def _as_asked(self, request: Ask, came: bytes) -> bytes:
        return request.octets[:_TRANSACTION] + came[_TRANSACTION:] if self.numbered and came else came


def _answer(request: Ask, came: bytes) -> Answer:
    """What a link makes of these octets, after which nothing more comes."""
    if not came:
        if request.silence_ok:
            return Answer(b"", ())
        raise LinkError("no answer")
    gathering = Gathering(request)
    return gathering.feed(came) or gathering.end()
