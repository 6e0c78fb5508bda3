"""JSON replies (RFC 8259): the fields by their JSON Pointers (RFC 6901)."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from fleetmon.decode.lines.placed import Placed, Value, written
from fleetmon.errors import GarbledReply

_Json: TypeAlias = "str | int | float | bool | list[_Json] | dict[str, _Json] | None"


def pointed(pointers: Mapping[str, str], frames: tuple[tuple[int, int, str], ...]) -> dict[str, Placed]:
    """The fields; what is null or not there is left out, a list holds its values parted by commas, and so does what a
    step `*` finds in the elements of a list. GarbledReply if the reply is no JSON or no pointer leads anywhere."""
    whole = _parsed("".join(text for _, _, text in frames))
    found: dict[str, Placed] = {}
    somewhere = False
    for name, pointer in pointers.items():
        there, value = _at(whole, pointer.split("/")[1:])
        somewhere |= there
        plain = _plain(value)
        if plain is not None:
            found[name] = Placed(plain, where=pointer or "the whole reply")
    if not somewhere:
        raise GarbledReply("none of the pointers leads anywhere")
    return found


def _parsed(text: str) -> _Json:
    try:
        octets = text.encode("latin-1").decode()
        whole: _Json = json.loads(octets, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise GarbledReply("the reply is no JSON") from None
    return whole


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def _finite(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise ValueError("beyond all numbers")
    return found


def _at(value: _Json, steps: Sequence[str]) -> tuple[bool, _Json]:
    """Whether a pointer leads somewhere, and to what."""
    for place, step in enumerate(steps):
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and _is_index(key) and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, list) and key == "*":
            found = [_at(each, steps[place + 1 :]) for each in value]
            return True, [each for there, each in found if there]
        else:
            return False, None
    return True, value


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) < 6 and (key == "0" or key[0] != "0")


def _plain(value: _Json) -> Value | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # half a surrogate pair is no text (RFC 8259 section 8.2)
    if isinstance(value, list) and not any(isinstance(each, list) for each in value):
        inner = [_plain(each) for each in value]
        return ",".join(written(each) for each in inner if each is not None)
    if isinstance(value, list | dict):
        raise GarbledReply("a list or an object stands where a value should")
    return value
