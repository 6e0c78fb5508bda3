"""Replies of `KEY=value`: the fields by their keys, wherever they stand."""

import re

from fleetmon.decode.lines.placed import Placed, readable
from fleetmon.definition.exchange import Pairs
from fleetmon.errors import GarbledReply

_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTE = '"'


def paired(pairs: Pairs, frames: tuple[tuple[int, int, str], ...]) -> dict[str, Placed]:
    """The fields of these frames; the last of equal keys counts. GarbledReply if none of the keys is there."""
    ends = _LINE_END if pairs.end is None else re.compile(re.escape(pairs.end))
    found: dict[str, Placed] = {}
    for index, dropped, text in frames:
        start = 0
        for stop in [*(each.span() for each in ends.finditer(text)), (len(text), len(text))]:
            _pair(pairs, index, dropped, text, start, stop[0], found)
            start = stop[1]
    if not found:
        raise GarbledReply("none of the keys came")
    return found


def _pair(pairs: Pairs, index: int, dropped: int, text: str, start: int, end: int, found: dict[str, Placed]) -> None:
    """The pair between two places of the text, if it is one that is wanted."""
    sign = text.find(pairs.sign, start, end)
    name = pairs.keys.get(text[start:sign].strip()) if sign >= 0 else None
    if name is None:
        return
    begin, end = _trimmed(text, sign + len(pairs.sign), end)
    if end - begin >= 2 and text[begin] == text[end - 1] == _QUOTE:
        begin, end = begin + 1, end - 1
    value = readable(text[begin:end].encode("latin-1"))
    found[name] = Placed(value, index, begin + dropped, end + dropped)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
