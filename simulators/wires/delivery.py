"""What stands between a machine that speaks in bytes and whatever carries them.

A speaker does no I/O: it hears octets at a moment and says what is to be sent back, and when. So the same speaker
serves a pty, a TCP port and a test in virtual time, and a fault of the line (slow, cut, doubled) is a function over a
list of deliveries that any of them can be given.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable


class Delivery(NamedTuple):
    """Octets to be sent `after_s` seconds from when they were asked for, in the client's seconds: a machine whose time
    runs ten times as fast does not talk faster. With `hang_up` the conversation is ended after them (where it can be).
    `to` is whom a datagram is for, who gets it even if it is held back until somebody else is answered.
    """

    after_s: float
    octets: bytes
    hang_up: bool = False
    to: tuple[object, ...] | None = None


Vice = Callable[[list[Delivery]], list[Delivery]]


class Speaker(Protocol):
    """A machine at one end of a line of bytes; it stays while whoever is at the other end comes and goes."""

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        """What to send back when these octets arrive at `now`, a moment in the machine's own time.

        How a request was cut into pieces makes no difference to the answers. Nothing raises; what a machine would not
        understand it does not answer. While somebody listens it is called with b"" about once a second: that is
        when a machine that speaks unasked does so.
        """
        ...


@runtime_checkable
class Meeting(Protocol):
    """A speaker that hears each client apart: what one left unfinished is no beginning of another's request."""

    def meet(self) -> Speaker:
        """The same machine, for a client of whom it has heard nothing yet."""
        ...
