"""Frames between marks: `start | content | end | check | after`, or with the check before the end.

The first octets that make an end mark end the frame, and an end mark is believed wherever the machine puts it: only
an escape, or a check of binary octets that stands before the end, can hold one. A start mark inside a frame is content.
"""

import re
from functools import lru_cache

from fleetmon.decode.framing.bounds import LONGEST_FRAME, excerpt, too_long
from fleetmon.decode.framing.checks import check_octets, covered, prove, proven
from fleetmon.definition.framing import Check, Delimited
from fleetmon.definition.words import written
from fleetmon.errors import GarbledReply

__all__ = ["frame", "wrapped"]


def frame(framing: Delimited, octets: bytes) -> tuple[int, bytes] | None:
    """The size and the content of the frame that begins here; None while more must come.

    A binary check before the end may hold the end mark. So an end whose check is wrong is taken for a part of the check
    until the frame would have had to end.
    """
    tokens, at, last = _tokens(framing.ends, framing.escape), len(framing.start), LONGEST_FRAME
    while (token := tokens.search(octets, at, LONGEST_FRAME)) and token.end() <= last:
        at = token.end()
        if token.lastgroup != "end":
            continue
        body = _plain(framing.escape, octets[len(framing.start) : token.start()])
        content, proof = _parted(_before_end(framing), body)
        check = _before_end(framing)
        if not check or proven(check, covered(check, content, framing.start + content, token[0]), proof):
            return _closed(framing, octets, content, token)
        if check.form != "binary" or framing.escape:
            raise _disproven(proof)
        last = min(last, at + check.width + len(framing.ends[0]) - 1)
        at = token.start() + 1
    if len(octets) >= last:
        raise too_long(octets) if last == LONGEST_FRAME else _disproven(octets)
    return None


def wrapped(framing: Delimited, content: bytes) -> bytes:
    """The frame that holds this content, ended by the first end mark that the definition names."""
    end = framing.end[0]
    proof = b""
    if framing.check:
        proof = check_octets(framing.check, covered(framing.check, content, framing.start + content, end))
    inner = content + proof if _before_end(framing) else content
    if framing.escape:
        marks = bytes({framing.escape[0], *(mark[0] for mark in framing.ends)})
        inner = re.sub(b"([%s])" % re.escape(marks), framing.escape.replace(b"\\", b"\\\\") + rb"\1", inner)
    return framing.start + inner + end + (b"" if _before_end(framing) else proof) + framing.after


@lru_cache(maxsize=256)
def _tokens(ends: tuple[bytes, ...], escape: bytes) -> re.Pattern[bytes]:
    """What means something inside a frame; `Delimited` has made sure that the leftmost is the first to be complete."""
    any_end = b"(?P<end>%s)" % b"|".join(re.escape(mark) for mark in ends)
    return re.compile(any_end + (b"|%s." % re.escape(escape) if escape else b""), re.DOTALL)


def _before_end(framing: Delimited) -> Check | None:
    return framing.check if framing.check and framing.check.place == "before-end" else None


def _parted(check: Check | None, body: bytes) -> tuple[bytes, bytes]:
    """Content and the check behind it."""
    return (body[: -check.width], body[-check.width :]) if check else (body, b"")


def _plain(escape: bytes, body: bytes) -> bytes:
    """The content without the escapes."""
    return re.sub(re.escape(escape) + b"(.)", rb"\1", body, flags=re.DOTALL) if escape else body


def _closed(framing: Delimited, octets: bytes, content: bytes, mark: re.Match[bytes]) -> tuple[int, bytes] | None:
    """The frame with all that belongs behind its end mark."""
    size = mark.end()
    if framing.check and framing.check.place == "after-end":
        size += framing.check.width
        if len(octets) < size:
            return None
        raw = covered(framing.check, content, framing.start + content, mark[0])
        prove(framing.check, raw, octets[mark.end() : size])
    whole = size + len(framing.after)
    if not framing.after.startswith(octets[size:whole]):
        raise GarbledReply(f"{excerpt(octets[size:whole])} came where {written(framing.after)} must follow")
    return (whole, content) if len(octets) >= whole else None


def _disproven(octets: bytes) -> GarbledReply:
    return GarbledReply(f"the check before the end is not that of the frame: {excerpt(octets[-40:])}")
