"""How much may come before a reply is called garbled, and how that is said."""

from fleetmon.definition.framing import LONGEST_FRAME
from fleetmon.definition.words import written
from fleetmon.errors import GarbledReply

__all__ = ["LONGEST_FRAME", "LONGEST_REPLY", "begin_of", "excerpt", "too_long"]

LONGEST_REPLY = 16 * LONGEST_FRAME
"""All frames of one reply with the noise around them."""


def excerpt(octets: bytes | bytearray, most: int = 40) -> str:
    """Octets for a message: the beginning of them, as a definition writes them."""
    return written(bytes(octets[:most])) + ("..." if len(octets) > most else "")


def begin_of(start: bytes, octets: bytes) -> int | None:
    """Where the first `start` stands, None if it may still come; what stands before is noise.

    Raises GarbledReply if there is more noise than a frame may hold.
    """
    found = octets.find(start, 0, LONGEST_FRAME + len(start))
    if found >= 0:
        return found
    if len(octets) >= LONGEST_FRAME + len(start):
        raise GarbledReply(f"no {written(start)} in {LONGEST_FRAME} octets: {excerpt(octets)}")
    return None


def too_long(octets: bytes) -> GarbledReply:
    """A frame that does not end."""
    return GarbledReply(f"no end of the frame in {LONGEST_FRAME} octets: {excerpt(octets)}")
