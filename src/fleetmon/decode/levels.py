"""How full something is, as far as two numbers tell: honest numbers or none.

A level below nothing or above its capacity yields no percentage; a capacity of 0, or what is no number, is none (RFC
3805 prtMarkerSuppliesMaxCapacity). What is worked out from scaled numbers is rounded to whole units only at the end.
"""

from functools import lru_cache
from typing import Final

from fleetmon.model.report import Level, RawLevel
from fleetmon.model.words import Quality, Unit

_NOTHING: Final = RawLevel()
_MOST: Final = 2.0**64  # no counter of any protocol goes beyond; a float may, and then it is rubbish


@lru_cache(maxsize=1024)  # machines with as much left share one
def level(
    unit: Unit | None,
    capacity: float | None,
    left: float | None,
    quality: Quality | None = None,
    raw: RawLevel = _NOTHING,
) -> Level:
    """Unit, capacity, level and percentage as far as `capacity` and `left`, both in `unit`, support them.

    `quality` is what is known instead of an exact level. In unit percent a level of 0..100 is the percentage itself.
    """
    most = capacity if capacity is not None and 0 < capacity <= _MOST else None
    known = left if left is not None and 0 <= left <= _MOST else None
    said = quality or (Quality.EXACT if known is not None else Quality.UNKNOWN)
    return Level(unit, _whole(most), _whole(known), _percent(unit, most, known), said, raw)


def room(content: Level) -> Level:
    """What is left where `content` is gone, or collected: none if that is more than there was, unknown where one of its
    two numbers is."""
    most = 100 if content.unit is Unit.PERCENT and content.capacity is None else content.capacity
    left = None if most is None or content.level is None else max(0, most - content.level)
    quality = Quality.UNKNOWN if left is None else content.quality
    return level(content.unit, content.capacity, left, quality, content.raw)


def _percent(unit: Unit | None, capacity: float | None, left: float | None) -> float | None:
    if left is None:
        return None
    if capacity is not None and left <= capacity:
        return round(100 * left / capacity, 2)
    return float(left) if unit is Unit.PERCENT and left <= 100 else None


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)
