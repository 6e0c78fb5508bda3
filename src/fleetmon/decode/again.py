"""An answer that says the same again is not read again.

A machine at rest repeats itself octet by octet: between two answers to one question only the request id and the clock
differ. So the last answer is kept with its bytes, and the next one is compared with it piece by piece. Where all that
differs is the contents of some values, these are read, and every other varbind *is* that of the last answer, the very
same object: whoever compares the two later is done at once. Whatever else differs is decoded from the beginning.

It is a short cut and no second decoder: for any datagram the result equals that of `ber.decode`. What is decoded is
kept for as long as the machine says it, so varbinds that other machines have said as well are theirs.
"""

from array import array
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from fleetmon.decode import ber
from fleetmon.decode.dialogue import Oid, Value, Varbind

_LONGEST_KEPT = 4096
_ALIKE = (2, 4, 6)  # INTEGER, OCTET STRING, OID; of clocks and counters each machine has its own
_LONGEST_SHARED = 64  # octets or arcs, so that rubbish cannot fill what is shared


class Repeat(NamedTuple):
    """An answer that would say the same again: its octets, where the four of the request id begin, and from where to
    where the clock stands, which showed `ticks`; an answer without a clock (None) has none at its end."""

    answer: bytes
    id_at: int
    clock_at: int
    clock_end: int
    ticks: int | None

    def is_late(self, datagram: bytes, request_id: bytes) -> bool:
        """Whether a datagram has the form of this answer, but answers another request."""
        at = self.id_at
        return datagram[:at] == self.answer[:at] and datagram[at : at + 4] != request_id

    def read(self, datagram: bytes) -> int | None:
        """What the clock shows in a datagram that says nothing else otherwise, 0 without a clock. None if anything
        differs but the request id, or the clock fell back."""
        answer, id_at, clock, clock_end, ticks = self
        if len(datagram) != len(answer):  # a clock of another width changes the lengths around it, too
            return None
        if datagram[id_at + 4 : clock] != answer[id_at + 4 : clock]:
            return None
        if datagram[clock_end:] != answer[clock_end:] or datagram[:id_at] != answer[:id_at]:
            return None
        if ticks is None:
            return 0
        shown = ber.value(ber.TIMETICKS, datagram[clock:clock_end])
        return shown if isinstance(shown, int) and shown >= ticks else None


class Reader:
    """Reads the answers to one question."""

    __slots__ = ("_answer", "_datagram", "_spans")

    def __init__(self) -> None:
        self._datagram = b""
        self._answer: ber.Response | None = None
        self._spans = b""  # where the id and each value start and stop, one after the other, packed

    def __call__(self, datagram: bytes) -> ber.Response:
        """The response in one datagram, or GarbledReply; never another exception."""
        known = self._answer
        if known is not None and len(datagram) == len(self._datagram):
            again = self._again(datagram, known)
            if again is not None:
                self._datagram, self._answer = datagram, again
                return again
        answer = ber.decode(datagram)
        answer = answer._replace(varbinds=tuple(map(_shared, answer.varbinds)))
        if len(datagram) <= _LONGEST_KEPT:
            self._datagram, self._answer = datagram, answer
            self._spans = array("H", chain.from_iterable(ber.spans(datagram))).tobytes()
        return answer

    def _again(self, datagram: bytes, known: ber.Response) -> ber.Response | None:
        """The answer, if it differs from the known one in its request id and the contents of values only."""
        before = self._datagram
        (start, end), *spans = self._places()
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

    def _places(self) -> Iterator[tuple[int, int]]:
        places = memoryview(self._spans).cast("H")
        return zip(places[::2], places[1::2], strict=True)

    def repeat(self, clock: Oid) -> Repeat | None:
        """The last answer as it would be repeated, with another time in the instance `clock`; None if it was an error
        or cannot be put so."""
        known, datagram = self._answer, self._datagram
        if known is None or known.error_status:
            return None
        (at, end), *spans = self._places()
        if end - at != 4:
            return None
        found = [place for place in zip(known.varbinds, spans, strict=True) if place[0].oid == clock]
        if not found:
            return Repeat(datagram, at, len(datagram), len(datagram), None)
        ((_, tag, shown), (start, stop)), *others = found
        if others or tag != ber.TIMETICKS or not isinstance(shown, int):
            return None
        return Repeat(datagram, at, start, stop, shown)


def _shared(varbind: Varbind) -> Varbind:
    return _same(varbind) if varbind.tag in _ALIKE and _size(varbind.value) <= _LONGEST_SHARED else varbind


def _size(value: Value) -> int:
    return len(value) if isinstance(value, bytes | tuple) else 1


@lru_cache(maxsize=2048)
def _same(varbind: Varbind) -> Varbind:
    return varbind
