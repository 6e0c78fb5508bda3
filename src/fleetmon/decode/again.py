"""An answer that says the same again is not read again.

A machine at rest repeats itself octet by octet: between two answers to one question only the request id and the clock
differ. So the last answer is kept with its bytes, and the next one is compared with it piece by piece. Where all that
differs is the contents of some values, these are read, and every other varbind *is* that of the last answer, the very
same object: whoever compares the two later is done at once. Whatever else differs is decoded from the beginning.

It is a short cut and no second decoder: for any datagram the result equals that of `ber.decode`.
"""

from fleetmon.decode import ber
from fleetmon.decode.dialogue import Varbind

_LONGEST_KEPT = 4096


class Reader:
    """Reads the answers to one question."""

    __slots__ = ("_answer", "_datagram", "_spans")

    def __init__(self) -> None:
        self._datagram = b""
        self._answer: ber.Response | None = None
        self._spans: tuple[tuple[int, int], ...] = ()

    def __call__(self, datagram: bytes) -> ber.Response:
        """The response in one datagram, or GarbledReply; never another exception."""
        known = self._answer
        if known is not None and len(datagram) == len(self._datagram):
            again = self._again(datagram, known)
            if again is not None:
                self._datagram, self._answer = datagram, again
                return again
        answer = ber.decode(datagram)
        if len(datagram) <= _LONGEST_KEPT:
            self._datagram, self._answer, self._spans = datagram, answer, ber.spans(datagram)
        return answer

    def _again(self, datagram: bytes, known: ber.Response) -> ber.Response | None:
        """The answer, if it differs from the known one in its request id and the contents of values only."""
        before = self._datagram
        (start, end), *spans = self._spans
        if datagram[:start] != before[:start]:
            return None
        version, community, _, status, index, varbinds = known
        request_id = int.from_bytes(datagram[start:end], "big", signed=True)
        for number, (start, stop) in enumerate(spans):
            if datagram[end:] == before[end:]:
                break
            if datagram[end:start] != before[end:start]:
                return None
            contents = datagram[start:stop]
            if contents != before[start:stop]:
                oid, tag, _ = varbinds[number]
                moved = Varbind(oid, tag, ber.value(tag, contents))
                varbinds = (*varbinds[:number], moved, *varbinds[number + 1 :])
            end = stop
        else:
            if datagram[end:] != before[end:]:
                return None
        return ber.Response(version, community, request_id, status, index, varbinds)
