"""Guesses at how the frames of answers are cut: the marks, the length, the octets that prove them.

A check of one octet fits one answer in 256 by chance, so it is believed only where two different answers bear it.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from pydantic import TypeAdapter, ValidationError

from fleetmon.decode.framing.framed import Framed
from fleetmon.definition.framing import AnyFraming, Delimited, Framing
from fleetmon.definition.words import written
from fleetmon.drafting.draft import quoted
from fleetmon.errors import GarbledReply

Frames = tuple[bytes, ...]
_MARKED: Final = ("stx-etx-bcc", "stx-etx-sum", "stx-etx")
_ENDED: Final = ("until-ff", "crlf", "cr", "lf", "line", "quoted")
_SUMS: Final = (
    "xor", "sum", "twos-complement", "ones-complement", "crc-16/modbus", "crc-16/arc", "crc-16/ccitt-false",
    "crc-16/xmodem", "crc-16/kermit", "crc-8",
)  # fmt: skip
_LONGEST_FIXED = 64
_STX, _ETX = b"\x02", b"\x03"
_FRAMINGS: TypeAdapter[AnyFraming] = TypeAdapter(Framing)


@dataclass(frozen=True, slots=True)
class Cutting:
    """How the answers to one request are cut: the framing as a definition writes it, the frames of each answer, and
    where their number differs, the pattern of the last one."""

    framing: str
    frames: tuple[Frames, ...]
    until: str | None = None
    rule: object = "until-quiet"


def cutting(replies: Sequence[bytes], others: Sequence[bytes] = ()) -> Cutting:
    """The first framing that leaves nothing of any answer over; where there is none, silence ends them. The answers to
    `others` than this request bear the same check, if there is one."""
    for rule in _tried(replies, others):
        found = [_cut(rule, reply) for reply in replies]
        frames = tuple(each for each in found if each)
        if not frames or len(frames) < len(found):
            continue
        last = {each[-1] for each in frames}
        several = max(map(len, frames)) > 1
        if several and len(last) == 1 and (len(set(replies)) > 1 or not re.search(rb"[0-9]", min(last))):
            return Cutting(_toml(rule), frames, _literally(min(last)), rule)
        if len({len(each) for each in frames}) == 1:
            return Cutting(_toml(rule), frames, rule=rule)
    return Cutting('"until-quiet"', tuple((reply,) for reply in replies))


def contents(rule: object, requests: Sequence[bytes]) -> dict[bytes, bytes] | None:
    """What stands in each request, if all of them are one frame of this framing, between marks of its own."""
    framing = _FRAMINGS.validate_python(rule)
    if not isinstance(framing, Delimited) or not framing.start:
        return None
    found = {request: _cut(rule, request) for request in requests}
    told = {request: frames[0] for request, frames in found.items() if frames and len(frames) == 1}
    return told if len(told) == len(found) else None


def _tried(replies: Sequence[bytes], others: Sequence[bytes]) -> Iterator[object]:
    yield from _MARKED
    yield from _marks(replies)
    yield from _ENDED
    heard = {*replies, *others}
    marked = {reply for reply in heard if reply.startswith(_STX) and _ETX in reply}
    if len(marked) > 1 and marked.issuperset(replies):
        for check in _checks(("content+end", "content", "start+content+end")):
            rule: dict[str, object] = {"start": written(_STX), "end": written(_ETX), "check": check}
            if all(_cut(rule, reply) for reply in marked):
                yield rule
    lengths = {len(reply) for reply in replies}
    if len(lengths) == 1 and 0 < max(lengths) <= _LONGEST_FIXED and not any(map(_readable, replies)):
        for check in _checks(("content",)) if len(heard) > 1 and max(lengths) > 2 else ():
            if all(_cut(_fixed(reply, check), reply) for reply in heard):
                yield _fixed(replies[0], check)
        yield _fixed(replies[0], None)


def _marks(replies: Sequence[bytes]) -> Iterator[object]:
    """Control characters that all answers begin with, and such that they end with, around what can be read."""
    if not replies:
        return
    start = _controls(replies)
    end = _controls([reply[::-1] for reply in replies])[::-1]
    inside = [reply[len(start) : len(reply) - len(end)] for reply in replies]
    if start and end and all(inside) and not any(map(is_binary, inside)):
        yield {"start": written(start), "end": written(end)}


def _controls(replies: Sequence[bytes]) -> bytes:
    """The control characters that all of them begin with."""
    same = itertools.takewhile(lambda octets: len(set(octets)) == 1 and 0 < octets[0] < 32, zip(*replies, strict=False))
    return bytes(octets[0] for octets in same)


def _fixed(reply: bytes, check: dict[str, str] | None) -> dict[str, object]:
    return {"kind": "fixed", "length": len(reply)} | ({"check": check} if check else {})


def _checks(covered: Sequence[str]) -> Iterator[dict[str, str]]:
    for kind, of, form in product(_SUMS, covered, ("binary", "HEX", "hex")):
        for order in ("big", "little") if kind.startswith("crc-16") else ("big",):
            rest = {"of": of, "form": form, "order": order}
            usual = {"of": "content+end", "form": "binary", "order": "big"}
            yield {"kind": kind} | {key: value for key, value in rest.items() if value != usual[key]}


def _cut(rule: object, reply: bytes) -> Frames | None:
    """The frames in these octets, if they are nothing but frames."""
    try:
        framing = _FRAMINGS.validate_python(rule)
    except ValidationError:  # too short for its check
        return None
    if isinstance(framing, Delimited) and not reply.startswith(framing.start):
        return None
    cutter = Framed(framing).cutter()
    try:
        frames = tuple(found.content for found in cutter.feed(reply))
    except GarbledReply:
        return None
    return None if cutter.rest.strip(b"\r\n") else frames


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return quoted(value) if isinstance(value, str) else str(value)


def _literally(frame: bytes) -> str:
    """A pattern that only this frame fits."""
    return "".join(re.escape(chr(octet)) if 32 <= octet < 127 else f"\\x{octet:02x}" for octet in frame)


def is_binary(frame: bytes) -> bool:
    """Whether it holds octets that no manual prints as text."""
    return any((octet < 32 and octet not in b"\r\n\t") or octet == 127 for octet in frame)


def _readable(reply: bytes) -> bool:
    return len(reply) > 1 and not is_binary(reply)
