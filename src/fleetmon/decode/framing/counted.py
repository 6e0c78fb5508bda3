"""Frames that tell their length: `start | before | number | content | check, end`.

The number is believed only within what a frame may hold and what its own header needs; then end mark and check must
stand where it puts them.
"""

from string import digits, hexdigits

from fleetmon.decode.framing.bounds import LONGEST_FRAME, excerpt
from fleetmon.decode.framing.checks import check_octets, covered, prove
from fleetmon.definition.framing import Check, LengthPrefixed
from fleetmon.definition.words import written
from fleetmon.errors import GarbledReply

__all__ = ["frame", "wrapped"]

_BASES = {"hex": 16, "decimal": 10}
_DIGITS = {"hex": frozenset(hexdigits), "decimal": frozenset(digits)}


def frame(framing: LengthPrefixed, octets: bytes) -> tuple[int, bytes] | None:
    """The size and the content of the frame that begins here; None while more must come."""
    header = len(framing.start) + framing.before + framing.size
    if len(octets) < header:
        return None
    number = octets[header - framing.size : header]
    size = _read(framing, number) * framing.each + framing.add + _uncounted(framing)
    tail = _tail(framing)
    if not header + tail <= size <= LONGEST_FRAME:
        raise GarbledReply(f"the length {excerpt(number)} cannot be: it makes a frame of {size} octets")
    if len(octets) < size:
        return None
    before = octets[len(framing.start) : header - framing.size]
    content = before + octets[header : size - tail]
    _close(framing, octets[: size - tail], octets[size - tail : size], content)
    return size, content


def wrapped(framing: LengthPrefixed, content: bytes) -> bytes:
    """The frame that holds this content. ValueError if its number cannot say so."""
    before, rest = content[: framing.before], content[framing.before :]
    size = len(framing.start) + len(content) + framing.size + _tail(framing)
    number = _written(framing, size - _uncounted(framing) - framing.add)
    body = framing.start + before + number + rest
    proof = b""
    if framing.check:
        proof = check_octets(framing.check, _covered(framing, framing.check, body, content))
    in_front = framing.check and framing.check.place == "before-end"
    return body + (proof + framing.end if in_front else framing.end + proof)


def _tail(framing: LengthPrefixed) -> int:
    """How many octets follow the content."""
    return (framing.check.width if framing.check else 0) + len(framing.end)


def _uncounted(framing: LengthPrefixed) -> int:
    """How many octets of the frame the number leaves out."""
    header = len(framing.start) + framing.before + framing.size
    return {"content": header + _tail(framing), "rest": header, "frame": 0}[framing.counts]


def _read(framing: LengthPrefixed, number: bytes) -> int:
    if framing.form == "binary":
        return int.from_bytes(number, framing.order)
    told = number.decode("latin-1")
    if not set(told) <= _DIGITS[framing.form]:
        raise GarbledReply(f"{excerpt(number)} stands where the length must stand, in {framing.form} digits")
    return int(_turned(framing, told), _BASES[framing.form])


def _written(framing: LengthPrefixed, told: int) -> bytes:
    count, left = divmod(told, framing.each)
    if left or told < 0:
        raise ValueError(f"the number of the frame cannot say {told} octets")
    if framing.form == "binary":
        if count >> 8 * framing.size:
            raise ValueError(f"the number of the frame cannot say {told} octets")
        return count.to_bytes(framing.size, framing.order)
    text = f"{count:0{framing.size}{'X' if framing.form == 'hex' else 'd'}}"
    if len(text) > framing.size:
        raise ValueError(f"the number of the frame cannot say {told} octets")
    return _turned(framing, text).encode()


def _turned(framing: LengthPrefixed, text: str) -> str:
    """Hexadecimal digits with their octets the other way round, if that is their order."""
    if framing.order == "big":
        return text
    return "".join(text[at : at + 2] for at in range(len(text) - 2, -1, -2))


def _close(framing: LengthPrefixed, body: bytes, tail: bytes, content: bytes) -> None:
    """Raises GarbledReply unless end mark and check are what they must be."""
    check = framing.check
    in_front = check and check.place == "before-end"
    at = len(tail) - len(framing.end) if in_front else len(framing.end)
    first, second = tail[:at], tail[at:]
    end, proof = (second, first) if in_front else (first, second)
    if end != framing.end:
        raise GarbledReply(f"{excerpt(end)} came where {written(framing.end)} must end the frame")
    if check:
        prove(check, _covered(framing, check, body, content), proof)


def _covered(framing: LengthPrefixed, check: Check, body: bytes, content: bytes) -> bytes:
    return covered(check, content, body, framing.end, body[len(framing.start) :])
