"""One frame at the beginning of a stream, whatever its framing.

A function for each framing looks at the octets from the end of the last frame on and answers with the first piece of
them, or with None while it must see more. Its answer to a stream is its answer to the shortest beginning that has one.
It keeps nothing, so a caller may ask again with one octet more.
"""

from dataclasses import dataclass

from fleetmon.decode.framing import counted, delimited
from fleetmon.decode.framing.bounds import LONGEST_FRAME, begin_of, too_long
from fleetmon.decode.framing.checks import covered, prove
from fleetmon.definition.framing import AnyFraming, Delimited, Fixed, LengthPrefixed

__all__ = ["Piece", "first_piece"]


@dataclass(frozen=True, slots=True)
class Piece:
    """The first `size` octets of a stream, noise included, and the content of the frame in them."""

    size: int
    content: bytes


def first_piece(framing: AnyFraming, octets: bytes) -> Piece | None:
    """The first frame, or None while more must come. Raises GarbledReply where none can come any more."""
    if not isinstance(framing, Delimited | Fixed | LengthPrefixed):
        if len(octets) > LONGEST_FRAME:
            raise too_long(octets)
        return None
    begin = begin_of(framing.start, octets)
    if begin is None:
        return None
    found = _frame(framing, octets[begin:])
    return Piece(begin + found[0], found[1]) if found else None


def _frame(framing: Delimited | Fixed | LengthPrefixed, frame: bytes) -> tuple[int, bytes] | None:
    """The size of the frame that begins here and its content."""
    match framing:
        case Delimited():
            return delimited.frame(framing, frame)
        case LengthPrefixed():
            return counted.frame(framing, frame)
        case Fixed():
            return _fixed(framing, frame)


def _fixed(framing: Fixed, frame: bytes) -> tuple[int, bytes] | None:
    """start, content, check."""
    if len(frame) < framing.length:
        return None
    check = framing.check
    end = framing.length - (check.width if check else 0)
    content = frame[len(framing.start) : end]
    if check:
        prove(check, covered(check, content, frame[:end], b""), frame[end : framing.length])
    return framing.length, content
