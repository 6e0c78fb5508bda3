"""One value out of a reply, and where it stood: what a machine said before anybody says what it means.

A value that a machine marks as absent, or that is no number where only a number makes sense, is not there at all: no
field is better than a wrong one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from fleetmon.decode.objects import text

Value: TypeAlias = str | int | float
Fields: TypeAlias = Mapping[str, Value]

_DECIMAL = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_DIGITS = re.compile(r"[+-]?[0-9A-Za-z]{1,64}", re.ASCII)
_ROUNDED = 9
_MOST = 1 << 64


@dataclass(frozen=True, slots=True)
class Placed:
    """A field's `value`; octets `start` to `end` of frame `frame`, or where octets do not say it, `where` in words."""

    value: Value
    frame: int = 0
    start: int = 0
    end: int = 0
    where: str = ""


class Unreadable(str):
    """What should be a number and is none: all that is known is that something was said. It counts where a machine
    tells its faults, since rubbish there is not the word that all is well, and nowhere else."""

    __slots__ = ()


def readable(octets: bytes) -> str:
    """Octets as text: UTF-8 where they are that, else one character for each."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def written(value: Value) -> str:
    """A value as a manual writes it: whole numbers without a point."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) <= _MOST else repr(value)
    return str(value)


def shown(value: Value | None) -> str | None:
    """A value as text for people: without control characters, at most 256 characters; None if nothing is left."""
    if value is None or isinstance(value, Unreadable):
        return None
    return text(written(value).encode("utf-8", "replace"))


def number(value: Value | None, base: int | None = None) -> int | float | None:
    """A value as a number: text by its digits, of base ten unless said otherwise; None if it is none, or beyond 64
    bits."""
    if isinstance(value, Unreadable):
        return None
    found = _number(value.strip(), base) if isinstance(value, str) else value
    return found if found is not None and abs(found) <= _MOST else None


def _number(digits: str, base: int | None) -> int | float | None:
    if base is not None:
        return _whole(digits, base)
    if not _DECIMAL.fullmatch(digits):
        return None
    return int(digits) if digits.lstrip("+-").isdecimal() else float(digits)


def _whole(digits: str, base: int) -> int | None:
    if base == 16 and digits[:2] in ("0x", "0X"):
        digits = digits[2:]
    try:
        return int(digits, base) if _DIGITS.fullmatch(digits) else None
    except ValueError:
        return None


def scaled(value: float, scale: float, offset: float) -> int | float | None:
    """A number in its unit, without what binary fractions add to it; a whole number if it is one."""
    near = value * scale + offset
    if not abs(near) <= _MOST:
        return None
    near = round(near, _ROUNDED)
    return int(near) if near.is_integer() else near


def joined(found: Iterable[tuple[str, Placed]]) -> dict[str, Placed]:
    """The fields; one that was told several times holds all its values, parted by commas."""
    fields: dict[str, Placed] = {}
    for name, placed in found:
        before = fields.get(name)
        if before is None:
            fields[name] = placed
        else:
            fields[name] = Placed(f"{before.value},{placed.value}", before.frame, before.start, before.end)
    return fields
