"""Octets for people: readable where they can be read, in hexadecimal beside, and where an answer stops fitting."""

from collections.abc import Iterator
from contextlib import suppress

import re2

from fleetmon.definition.words import compiled, written

_ROW = 16
_MOST = 256


def dump(data: bytes, most: int = _MOST) -> Iterator[str]:
    """Rows of offset, hexadecimal digits and characters, at most `most` octets of them."""
    for at in range(0, min(len(data), most), _ROW):
        row = data[at : min(at + _ROW, most)]
        shown = "".join(chr(octet) if 32 <= octet < 127 else "." for octet in row)
        yield f"{at:04x}  {row.hex(' '):<{3 * _ROW}} {shown}"
    if len(data) > most:
        yield f"and {len(data) - most} octets more; --raw shows all"


def is_text(data: bytes) -> bool:
    """Whether a person reads it better as text than as a dump."""
    plain = sum(32 <= octet < 127 or octet in b"\r\n\x02\x03\x0c\x1b" for octet in data)
    return bool(data) and plain * 4 >= len(data) * 3


def misfit(pattern: str, text: str) -> tuple[int, int]:
    """Where a text leaves a pattern that it does not fit: how far the pattern, and how far the text, go together.

    The longest beginning of the pattern is sought that fits a beginning of the text.
    """
    for length in range(len(pattern), 0, -1):
        begun = pattern[:length]
        with suppress(re2.error):
            match = compiled(begun + ")" * _open(begun)).match(text)
            if match:
                return length, match.end()
    return 0, 0


def _open(pattern: str) -> int:
    """How many groups are open at its end; a bracket within a class is an error, which is as good as no fit."""
    depth, escaped = 0, False
    for sign in pattern:
        depth += 0 if escaped else (sign == "(") - (sign == ")")
        escaped = sign == "\\" and not escaped
    return max(depth, 0)


def side_by_side(pattern: str, content: bytes) -> Iterator[str]:
    """What came and what was expected, with a mark at the first place where they part."""
    in_pattern, in_text = misfit(pattern, content.decode("latin-1"))
    until = written(content[:in_text])
    yield f"came      {written(content)}"
    yield f"          {' ' * len(until)}^ {_parting(content, in_text)}"
    yield f"expected  {pattern}"
    yield f"          {' ' * in_pattern}^"


def _parting(content: bytes, at: int) -> str:
    if at >= len(content):
        return "it ends here, and more was expected"
    return f"up to here it fits (octet {at})" if at else "it does not fit from the beginning"
