"""One reply taken apart into fields: by regular expressions, separators, pairs, places or JSON Pointers.

Whatever does not fit is no reply: better none than a wrong one. Frames are read as text of one character for each
octet (ISO 8859-1), so that a place in the text is a place in the reply.
"""

from collections.abc import Iterator
from itertools import islice

from fleetmon.decode.dialogue import Answer
from fleetmon.decode.lines.layouts import laid_out
from fleetmon.decode.lines.pairs import paired
from fleetmon.decode.lines.placed import Placed, Value, joined, readable
from fleetmon.decode.lines.pointers import pointed
from fleetmon.definition import compiled
from fleetmon.definition.exchange import Exchange
from fleetmon.definition.words import MOST_OCTETS, written
from fleetmon.errors import GarbledReply

_SHOWN = 120
_MOST_SHOWN = 400
_MOST_AFTER = 8  # so often a stale reply may stand before the right one in one frame


def fields_of(exchange: Exchange, answer: Answer) -> dict[str, Value]:
    """The fields that one reply tells; GarbledReply if it does not fit what the exchange says of it."""
    return {name: placed.value for name, placed in placed_fields(exchange, answer.frames).items()}


def placed_fields(exchange: Exchange, frames: tuple[bytes, ...]) -> dict[str, Placed]:
    """The fields and where each of them stands in the frames."""
    if not frames or max(map(len, frames)) > MOST_OCTETS:
        raise GarbledReply(f"a frame is longer than {MOST_OCTETS} octets" if frames else "the reply is empty")
    try:
        return _told(exchange, _after(exchange, frames))
    except GarbledReply as error:
        came = " | ".join(map(excerpt, frames))
        raise GarbledReply(f"{error}: {came[:_MOST_SHOWN]}", b"".join(frames)) from None


def excerpt(octets: bytes) -> str:
    """The beginning of what came, for people."""
    return written(octets[:_SHOWN]) + ("..." if len(octets) > _SHOWN else "")


def _told(exchange: Exchange, frames: tuple[tuple[int, int, str], ...]) -> dict[str, Placed]:
    if exchange.reply:
        return _matched(exchange, frames)
    if exchange.fields:
        return _parted(exchange, frames)
    if exchange.pairs:
        return paired(exchange.pairs, frames)
    if exchange.layout:
        return laid_out(exchange.layout, frames)
    return pointed(exchange.json_, frames)


def _after(exchange: Exchange, frames: tuple[bytes, ...]) -> tuple[tuple[int, int, str], ...]:
    """The frames as (number, octets dropped before, text), without all that came up to where `after` fits."""
    texts = [(index, 0, frame.decode("latin-1")) for index, frame in enumerate(frames)]
    if exchange.after is None:
        return tuple(texts)
    for index, _, text in reversed(texts):
        ends = [match.end() for match in islice(compiled(exchange.after).finditer(text), _MOST_AFTER)]
        if ends:
            rest = text[ends[-1] :]
            kept = (*([(index, ends[-1], rest)] if rest else []), *texts[index + 1 :])
            if not kept:
                raise GarbledReply("nothing came behind what must come before the reply")
            return kept
    raise GarbledReply("what must come before the reply did not come")


def _matched(exchange: Exchange, frames: tuple[tuple[int, int, str], ...]) -> dict[str, Placed]:
    patterns, until = exchange.reply, exchange.until
    if len(patterns) > 1 and len(patterns) != len(frames):
        raise GarbledReply(f"{len(frames)} frames came, not {len(patterns)}")
    found: list[tuple[str, Placed]] = []
    for place, (index, dropped, text) in enumerate(frames):
        pattern = compiled(patterns[place if len(patterns) > 1 else 0])
        match = pattern.fullmatch(text)
        if match is None:
            if until is not None and place == len(frames) - 1 and compiled(until).fullmatch(text):
                continue  # it only said that this is all
            which = f"frame {place + 1} of {len(frames)} does not fit {pattern.pattern}"
            raise GarbledReply(which if len(frames) > 1 else "the reply does not fit")
        for name, group in pattern.groupindex.items():
            start, end = match.span(group)
            if start >= 0:
                found.append((name, _piece(text, index, start, end, dropped)))
    return joined(found)


def _parted(exchange: Exchange, frames: tuple[tuple[int, int, str], ...]) -> dict[str, Placed]:
    names = exchange.fields
    if len(names) != len(frames):
        raise GarbledReply(f"{len(frames)} frames came, not {len(names)}")
    found: list[tuple[str, Placed]] = []
    for wanted, (index, dropped, text) in zip(names, frames, strict=True):
        pieces = list(_pieces(text, exchange.separator))
        more = wanted[-1:] == ("*",)
        if len(pieces) < len(wanted) - more or (len(pieces) > len(wanted) and not more):
            raise GarbledReply(f"{len(pieces)} values came, not {len(wanted) - more}")
        for name, (start, end) in zip(wanted, pieces, strict=False):
            if name not in ("_", "*"):
                found.append((name, _piece(text, index, start, end, dropped)))
    return joined(found)


def _pieces(text: str, separator: str) -> Iterator[tuple[int, int]]:
    """Where the values between separators stand, without the blanks around them."""
    start = 0
    for piece in text.split(separator):
        inner = piece.strip()
        begin = start + piece.find(inner)
        yield begin, begin + len(inner)
        start += len(piece) + len(separator)


def _piece(text: str, index: int, start: int, end: int, dropped: int) -> Placed:
    value = readable(text[start:end].encode("latin-1"))
    return Placed(value, index, start + dropped, end + dropped)
