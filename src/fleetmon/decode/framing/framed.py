"""The frames of a definition, as a value that links can use, and requests wrapped into them.

Before the first frame the echo of our own request is passed over, if the machine sends one. A refusal is believed only
as the very beginning of a frame, so that its octet may stand anywhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fleetmon.decode.framing import Cutter, Found, counted, delimited
from fleetmon.decode.framing.bounds import LONGEST_FRAME, begin_of, excerpt
from fleetmon.decode.framing.checks import check_octets, covered
from fleetmon.decode.framing.pieces import first_piece
from fleetmon.definition.framing import (
    AnyFraming,
    Delimited,
    Fixed,
    LengthPrefixed,
    UntilClose,
    UntilQuiet,
    cannot_hold,
)
from fleetmon.definition.line import Nack
from fleetmon.errors import GarbledReply

__all__ = ["Framed", "wrap"]


@dataclass(frozen=True, slots=True)
class Framed:
    """The frames of one framing, or a refusal in place of one. With `echo` those octets come first and are no frame."""

    framing: AnyFraming
    nack: Nack | None = None
    echo: bytes = b""

    @property
    def half_closes(self) -> bool:
        """Whether our half of the connection is closed after the request."""
        return isinstance(self.framing, UntilClose)

    def cutter(self) -> Cutter:
        """A new one, for one reply."""
        return _Reply(self)


def wrap(framing: AnyFraming, content: bytes) -> bytes:
    """A request frame that holds this content. ValueError if a reader of that framing would not find the same in it."""
    if isinstance(framing, UntilClose | UntilQuiet):
        return content
    if why := cannot_hold(framing, content):
        raise ValueError(f"{excerpt(content)} cannot be one {framing.kind} frame: {why}")
    made = _wrapped(framing, content)
    try:
        piece = first_piece(framing, made)
    except GarbledReply:
        piece = None
    if piece is None or (piece.size, piece.content) != (len(made), content):
        raise ValueError(f"{excerpt(content)} cannot be one {framing.kind} frame")
    return made


def _wrapped(framing: Delimited | Fixed | LengthPrefixed, content: bytes) -> bytes:
    match framing:
        case Delimited():
            return delimited.wrapped(framing, content)
        case LengthPrefixed():
            return counted.wrapped(framing, content)
        case Fixed():
            made, check = framing.start + content, framing.check
            return made + (check_octets(check, covered(check, content, made, b"")) if check else b"")


class _Reply:
    """Cuts one reply: what came behind the last frame, and whether the echo is still to come."""

    def __init__(self, cut: Framed) -> None:
        self._cut = cut
        self._echo = cut.echo
        self._came = bytearray()
        self._passed = 0

    @property
    def quiet_s(self) -> float | None:
        """The pause that ends a reply, once it has begun."""
        framing = self._cut.framing
        return framing.quiet if isinstance(framing, UntilQuiet) and self._came and not self._echo else None

    @property
    def rest(self) -> bytes:
        """What came behind the frames found so far."""
        return bytes(self._came)

    def feed(self, octets: bytes) -> Iterator[Found]:
        """The frames that are complete now, one by one."""
        self._came += octets
        return self._frames()

    def end(self) -> Found:
        """What came is the frame, where only the end of the line or silence tells that it is whole."""
        came = self.rest
        if self._echo:
            raise GarbledReply(f"the machine should repeat our request first; it said: {excerpt(came)}")
        if not came:
            raise GarbledReply("nothing more came, and a frame is missing")
        if not isinstance(self._cut.framing, UntilClose | UntilQuiet):
            raise GarbledReply(f"the frame was cut short: {excerpt(came)}")
        self._came.clear()
        return Found(came)

    def _frames(self) -> Iterator[Found]:
        while self._came and self._behind_echo() and (found := self._next()):
            yield found

    def _behind_echo(self) -> bool:
        """Whether the echo has come; noise may stand before it."""
        if self._echo:
            at = begin_of(self._echo, bytes(self._came))
            if at is None:
                return False
            del self._came[: at + len(self._echo)]
            self._echo = b""
        return True

    def _next(self) -> Found | None:
        """The next frame or refusal, empty frames passed over where that is meant."""
        while True:
            came = bytes(self._came)
            nack = self._cut.nack
            if nack and came[: len(nack.start)] == nack.start[: len(came)]:
                return self._refused(nack, came)
            piece = first_piece(self._cut.framing, came)
            if not piece:
                return None
            del self._came[: piece.size]
            if piece.content or not (isinstance(self._cut.framing, Delimited) and self._cut.framing.skip_empty):
                self._passed = 0
                return Found(piece.content)
            self._passed += piece.size
            if self._passed > LONGEST_FRAME:
                raise GarbledReply(f"nothing but empty frames: {excerpt(came)}")

    def _refused(self, nack: Nack, came: bytes) -> Found | None:
        """The refusal at the beginning of these octets, None while it is not all there."""
        size = len(nack.start) + nack.length
        if len(came) < size:
            return None
        del self._came[:size]
        return Found(b"", came[len(nack.start) : size])
