"""A machine on a line of bytes that is only a recording: answers what it answered then, octet by octet.

Questions are known by their octets (of Modbus TCP, without the number that a request bears). What was asked several
times is answered in turn, the last answer for ever; what was met with silence is met with silence again. Nothing waits,
so a driver is proven in no time.
"""

from collections.abc import Iterable
from pathlib import Path

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.decode.framing.modbus import ModbusCut
from fleetmon.definition.words import written
from fleetmon.errors import DriverError, LinkError, in_words
from fleetmon.links import transcript
from fleetmon.links.transcript import Turn

MAX_OCTETS = 32 << 20
_NUMBER = 2  # octets of a Modbus TCP frame that number it


class NotRecorded(LinkError):
    """The recording cannot tell what the machine would have said: which is not that it was silent."""


class SpokenFile:
    """A LineLink over recorded exchanges."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._waiting: dict[bytes, list[bytes | None]] = {}
        for turn in turns:
            self._waiting.setdefault(turn.ask, []).append(turn.reply)

    async def ask(self, request: Ask) -> Answer:
        """What the machine answered. LinkError where it did not, or was never asked; GarbledReply as on a wire."""
        asked = self._recorded(request)
        if asked is None:
            raise NotRecorded(f"{written(request.octets)} was asked, and the recording holds no such question")
        waiting = self._waiting[asked]
        reply = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if not reply:
            if request.silence_ok:
                return Answer(b"", ())
            raise LinkError(f"no answer to {written(request.octets)}")
        if asked != request.octets and reply[:_NUMBER] == asked[:_NUMBER]:
            reply = request.octets[:_NUMBER] + reply[_NUMBER:]
        gathering = Gathering(request)
        return gathering.feed(reply) or gathering.end()

    def _recorded(self, request: Ask) -> bytes | None:
        """The question that was recorded for this one."""
        if isinstance(request.cut, ModbusCut) and request.cut.mode == "tcp":
            same = (asked for asked in self._waiting if asked[_NUMBER:] == request.octets[_NUMBER:])
            return next(same, None)
        return request.octets if request.octets in self._waiting else None

    async def close(self) -> None:
        """Nothing is held open."""


def open_spoken(path: Path) -> SpokenFile:
    """The machine in a transcript or a recording, as it was in its first situation; DriverError with file and line."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_OCTETS).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DriverError(f"{path}:1: cannot be read: {in_words(error)}") from None
    return SpokenFile(transcript.read(text, str(path))[0].turns)
