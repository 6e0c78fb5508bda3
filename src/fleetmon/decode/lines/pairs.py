"""Replies of `KEY=value`: the fields by their keys, wherever they stand."""

import re

from fleetmon.decode.lines.placed import Placed, joined, readable
from fleetmon.definition.exchange import Pairs
from fleetmon.errors import GarbledReply

_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTE = '"'


def paired(pairs: Pairs, frames: tuple[tuple[int, int, str], ...]) -> dict[str, Placed]:
    """The fields of these frames; the last frame that has a key counts. What one frame tells several times under one
    key are all its different values, parted by commas. GarbledReply if none of the keys is there.

    A key stands between an end and the sign, a value between the sign and the end that follows it, so that sign and end
    may share a character: name="value".
    """
    ends = _LINE_END if pairs.end is None else re.compile(re.escape(pairs.end))
    found: dict[str, Placed] = {}
    for frame in frames:
        found |= _of_frame(pairs, ends, frame)
    if not found:
        raise GarbledReply("none of the keys came")
    return found


def _of_frame(pairs: Pairs, ends: re.Pattern[str], frame: tuple[int, int, str]) -> dict[str, Placed]:
    index, dropped, text = frame
    told: dict[tuple[str, object], Placed] = {}
    start = 0
    while (sign := text.find(pairs.sign, start)) >= 0:
        begin = max((each.end() for each in ends.finditer(text, start, sign)), default=start)
        value = sign + len(pairs.sign)
        stop = ends.search(text, value)
        end, start = stop.span() if stop else (len(text), len(text))
        name = pairs.keys.get(text[begin:sign].strip())
        if name is not None:
            placed = _value(text, index, dropped, value, end)
            told.setdefault((name, placed.value), placed)
    return joined((name, placed) for (name, _), placed in told.items())


def _value(text: str, index: int, dropped: int, begin: int, end: int) -> Placed:
    begin, end = _trimmed(text, begin, end)
    if end - begin >= 2 and text[begin] == text[end - 1] == _QUOTE:
        begin, end = begin + 1, end - 1
    return Placed(readable(text[begin:end].encode("latin-1")), index, begin + dropped, end + dropped)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
