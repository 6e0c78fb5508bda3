"""Octets of a line with other words in them: frame by frame, each with its check made anew.

A frame proves itself, so a word in it cannot be exchanged without its check. Where the same frame can be built again
from its content, it is built with the other content. Where it cannot (an escape, an end that was chosen among several),
the words are exchanged all the same, for a secret must not stay; but then the frame is garbled, and that is said.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fleetmon.decode.framing.framed import wrap
from fleetmon.decode.framing.pieces import first_piece
from fleetmon.definition.framing import AnyFraming, UntilClose, UntilQuiet
from fleetmon.errors import GarbledReply


@dataclass(frozen=True, slots=True)
class Changed:
    """The octets as they may be told. `unproven` frames are no longer what their check says."""

    octets: bytes
    unproven: int = 0


def changed(
    octets: bytes,
    framing: AnyFraming | None,
    in_frame: Callable[[bytes], bytes],
    between: Callable[[bytes], bytes],
) -> Changed:
    """What came, with `in_frame` done to the content of each frame and `between` to all else; both leave as many octets
    as they are given."""
    if framing is None or isinstance(framing, UntilClose | UntilQuiet):
        return Changed(in_frame(octets))
    found, unproven = bytearray(), 0
    while (piece := _piece(framing, octets)) is not None:
        size, content = piece
        frame, other = octets[:size], in_frame(content) if content else b""
        if other == content:
            found += frame
        elif (whole := _rebuilt(framing, frame, content, other)) is not None:
            found += between(whole[0]) + whole[1]
        else:
            found += frame.replace(content, other, 1) if content in frame else between(frame)
            unproven += 1
        octets = octets[size:]
    return Changed(bytes(found) + between(octets), unproven)


def _piece(framing: AnyFraming, octets: bytes) -> tuple[int, bytes] | None:
    try:
        piece = first_piece(framing, octets) if octets else None
    except GarbledReply:
        return None
    return (piece.size, piece.content) if piece else None


def _rebuilt(framing: AnyFraming, frame: bytes, content: bytes, other: bytes) -> tuple[bytes, bytes] | None:
    """The noise before the frame, and the frame with other content; None if the same cannot be made."""
    try:
        same, whole = wrap(framing, content), wrap(framing, other)
    except ValueError:
        return None
    if frame.endswith(same):
        return frame[: -len(same)], whole
    if "check" not in type(framing).model_fields or getattr(framing, "check", None) is None:
        at = frame.find(content)
        return None if at < 0 else (frame[:at], other + frame[at + len(content) :])
    return None
