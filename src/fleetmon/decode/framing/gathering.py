"""The frames that make up one reply: so many, or until one says that it is the last, or a refusal.

Links and tests feed what the line delivers and are told when the reply is complete. What comes behind it belongs to
nobody and is left over.
"""

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing import Found
from fleetmon.decode.framing.bounds import LONGEST_REPLY, excerpt
from fleetmon.definition.words import compiled
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.model.words import Silence

__all__ = ["Gathering"]


class Gathering:
    """Gathers the reply to one request."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._cutter = ask.cut.cutter()
        self._came = bytearray()
        self._frames: list[bytes] = []
        self._answer: Answer | None = None

    @property
    def octets(self) -> bytes:
        """What came, as far as it belongs to the reply; all of it while the reply is not complete."""
        return self._answer.octets if self._answer else bytes(self._came)

    @property
    def leftover(self) -> bytes:
        """What came behind the complete reply."""
        return bytes(self._came[len(self._answer.octets) :]) if self._answer else b""

    @property
    def silent(self) -> bool:
        """Whether the machine has said nothing: no octet came, or only the echo of our request. Noise is not silence,
        since it may be what is left of an answer."""
        return bytes(self._came) in (b"", self._ask.cut.echo)

    @property
    def quiet_s(self) -> float | None:
        """How long nothing may come for `end` to be called; None if silence ends nothing yet."""
        return self._cutter.quiet_s

    def feed(self, octets: bytes) -> Answer | None:
        """The answer, once it is complete. Raises GarbledReply as soon as what came cannot become one."""
        octets = octets[: LONGEST_REPLY + 1 - len(self._came)]
        self._came += octets
        try:
            return self._answer or self._fed(octets)
        except GarbledReply as error:
            raise self._garbled(str(error)) from None

    def end(self) -> Answer:
        """The answer that is complete because nothing more comes: the line was closed, or `quiet_s` have passed.
        Raises GarbledReply if it is not."""
        if self._answer:
            return self._answer
        try:
            if self._completed_by(self._cutter.end()):
                return self._told(None)
        except GarbledReply as error:
            raise self._garbled(str(error)) from None
        raise self._garbled(f"{len(self._frames)} of {self._ask.frames} frames came")

    def overdue(self) -> LinkError:
        """Why there is no answer when the time for it is over: silence, or what came was not all."""
        if self.silent:
            return LinkError(f"no answer within {self._ask.timeout_s:g} s", Silence.TIMEOUT, bytes(self._came))
        return self._garbled(f"no whole answer within {self._ask.timeout_s:g} s: {excerpt(self._came)}")

    def _fed(self, octets: bytes) -> Answer | None:
        for found in self._cutter.feed(octets):
            if len(self._came) - len(self._cutter.rest) > LONGEST_REPLY:
                break
            if self._completed_by(found):
                return self._told(found.nack)
        if len(self._came) > LONGEST_REPLY:
            raise GarbledReply(f"more than {LONGEST_REPLY} octets came: {excerpt(self._came)}")
        return None

    def _garbled(self, text: str) -> GarbledReply:
        return GarbledReply(text, bytes(self._came))

    def _completed_by(self, found: Found) -> bool:
        if found.nack is not None:
            return True
        self._frames.append(found.content)
        if self._ask.until is None:
            return len(self._frames) >= self._ask.frames
        if compiled(self._ask.until).fullmatch(found.content.decode("latin-1")):
            return True
        if len(self._frames) >= self._ask.frames:
            raise GarbledReply(f"none of {self._ask.frames} frames is the last one: {excerpt(found.content)}")
        return False

    def _told(self, nack: bytes | None) -> Answer:
        whole = len(self._came) - len(self._cutter.rest)
        self._answer = Answer(bytes(self._came[:whole]), tuple(self._frames), nack)
        return self._answer
