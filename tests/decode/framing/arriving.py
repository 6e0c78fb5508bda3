"""How the octets of a reply may arrive: singly, in any pieces, or at once; and what a gathering makes of them."""

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import strategies as st
from pydantic import TypeAdapter

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing import Cut
from fleetmon.decode.framing.framed import Framed
from fleetmon.decode.framing.gathering import Gathering
from fleetmon.definition.framing import AnyFraming, Framing
from fleetmon.errors import GarbledReply

_FRAMING: TypeAdapter[AnyFraming] = TypeAdapter(Framing)
CUTS = st.lists(st.integers(0, 400), max_size=8)


def framing(said: object) -> AnyFraming:
    """The framing a definition says: a name or a table."""
    return _FRAMING.validate_python(said)


def ask(said: object, frames: int = 1, until: str | None = None, nack=None, echo: bytes = b"") -> Ask:
    """A question whose reply is framed like this."""
    cut: Cut = Framed(framing(said), nack, echo)
    return Ask(b"?", cut, 2.0, frames, until)


def pieces(octets: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The octets, parted at these places."""
    places = sorted({0, len(octets), *(cut for cut in cuts if cut < len(octets))})
    return [octets[begin:end] for begin, end in pairwise(places)]


def arrived(question: Ask, parts: Iterable[bytes], closed: bool = False) -> Answer | str:
    """The answer, or "garbled", or "more" where more must come."""
    gathering = Gathering(question)
    try:
        for part in parts:
            if answer := gathering.feed(part):
                return answer
        return gathering.end() if closed else "more"
    except GarbledReply:
        return "garbled"


def contents(question: Ask, octets: bytes, closed: bool = False) -> list[bytes] | str:
    """The frames in these octets, which arrive at once; "garbled" or "more" if it is no whole reply."""
    found = arrived(question, [octets], closed)
    return found if isinstance(found, str) else list(found.frames)
