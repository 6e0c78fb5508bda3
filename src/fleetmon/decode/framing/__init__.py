"""Frames out of octets, without I/O: how a reply is cut out of whatever a line delivers, in whatever pieces.

Everything here decides by the shortest beginning of a stream that allows a decision, so it makes no difference whether
octets come singly, split or glued. A frame that is not proven by its check is no frame: a reply is right or garbled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Cut", "Cutter", "Found"]


@dataclass(frozen=True, slots=True)
class Found:
    """One complete frame: its `content` without marks and check; or a refusal with its code in `nack`."""

    content: bytes
    nack: bytes | None = None


class Cutter(Protocol):
    """Cuts one reply: it remembers what came so far, never more than a frame may hold."""

    @property
    def quiet_s(self) -> float | None:
        """How long nothing may come for `end` to be called; None if silence ends no frame, or none has begun."""
        ...

    @property
    def rest(self) -> bytes:
        """What came behind the frames found so far."""
        ...

    def feed(self, octets: bytes) -> Iterator[Found]:
        """The frames that are complete now, one by one; who has enough of them stops there. The result does not depend
        on how octets are parted among calls.

        Raises GarbledReply, behind the frames before it, where what came cannot be, or grow into, a frame.
        """
        ...

    def end(self) -> Found:
        """What is complete because nothing more comes: the machine closed the line, or `quiet_s` have passed. Raises
        GarbledReply if no frame is completed by that."""
        ...


class Cut(Protocol):
    """How the frames of one reply look: a value, comparable and shared by all machines of a driver."""

    @property
    def echo(self) -> bytes:
        """What the machine repeats of our request before it answers; empty if it does not."""
        ...

    @property
    def half_closes(self) -> bool:
        """Whether our half of the connection is closed after the request."""
        ...

    def cutter(self) -> Cutter:
        """A new one, for one reply."""
        ...
