"""Durations as people write them: a number and its unit, "250ms", "5s", "1.5h"."""

import re

_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,6})?) ?(ms|s|m|h|d|w)", re.ASCII)
_SECONDS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def seconds(text: str) -> float:
    """ "5s", "250ms", "1.5h" -> seconds. Raises ValueError."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError('is no duration; write a number and a unit: "250ms", "5s", "10m", "2h", "7d", "8w"')
    return float(found[1]) * _SECONDS[found[2]]


def duration_text(value: float) -> str:
    """The shortest exact way to write a duration given in seconds."""
    if not value:
        return "0s"
    unit = next((unit for unit, size in _SECONDS.items() if unit != "w" and value % size == 0), "ms")
    return f"{round(value / _SECONDS[unit])}{unit}"
