"""Binary replies: values that stand at fixed places, as numbers of either byte order, digits or text."""

import math
import struct
from collections.abc import Mapping
from typing import Final

from fleetmon.decode.lines.placed import Placed, Value, readable
from fleetmon.definition.exchange import Place
from fleetmon.errors import GarbledReply

_FLOATS: Final = {2: ">e", 4: ">f", 8: ">d"}


def laid_out(layout: Mapping[str, Place], frames: tuple[tuple[int, int, str], ...]) -> dict[str, Placed]:
    """The fields by their places. A float that is no number (IEEE 754 NaN, infinity) is left out; GarbledReply if a
    place lies beyond the reply, holds no digits, or breaks what must be fixed."""
    found: dict[str, Placed] = {}
    for name, place in layout.items():
        if place.frame >= len(frames):
            raise GarbledReply(f"there is no frame {place.frame}")
        index, dropped, text = frames[place.frame]
        start = place.at if place.at >= 0 else len(text) + place.at
        end = start + place.size
        if start < 0 or end > len(text):
            raise GarbledReply(f"the reply has {len(text)} octets; {name} would lie beyond them")
        value = _value(name, place, text[start:end].encode("latin-1"))
        if value is not None:
            found[name] = Placed(value, index, start + dropped, end + dropped)
    return found


def _value(name: str, place: Place, octets: bytes) -> Value | None:
    fixed = place.fixed
    if fixed is not None:
        mask, bits = int(fixed.mask, 16), int(fixed.bits, 16)
        word = int.from_bytes(octets, place.order)
        if word & mask != bits:
            raise GarbledReply(f"{name} is {octets.hex().upper()}, whose bits {fixed.mask} are not {fixed.bits}")
        octets = (word & ~mask).to_bytes(place.size, place.order)  # they are proven, and say nothing more
    match place.form:
        case "text":
            return readable(octets)
        case "hex":
            return octets.hex().upper()
        case "float":
            return _float(place, octets)
        case "bcd":
            return _digits(name, octets if place.order == "big" else octets[::-1])
    return int.from_bytes(octets, place.order, signed=place.form == "signed")


def _float(place: Place, octets: bytes) -> float | None:
    found: float = struct.unpack(_FLOATS[place.size], octets if place.order == "big" else octets[::-1])[0]
    return found if math.isfinite(found) else None


def _digits(name: str, octets: bytes) -> int:
    digits = octets.hex()
    if not digits.isdecimal():
        raise GarbledReply(f"{name} is {digits.upper()}, which are no decimal digits")
    return int(digits)
