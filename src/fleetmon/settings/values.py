"""The small values of a settings file: durations, sizes, ids, clock times, days, countries, time zones, addresses.

Each is written as text with its unit or meaning in it, parsed here once, and refused with the form it should have. A
value's `says` is what the documentation calls it, so the two cannot drift apart.
"""

import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from fleetmon.model.durations import duration_text, seconds
from fleetmon.toml_problems import did_you_mean

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SIZE = re.compile(r"(\d{1,15}) ?(B|KiB|MiB|GiB|TiB)", re.ASCII)
_BYTES = {"TiB": 1 << 40, "GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10, "B": 1}
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)", re.ASCII)


class Table(BaseModel):
    """A table of the file: unknown keys are errors, nothing is converted silently, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass(frozen=True, slots=True)
class Text:
    """Marks a field written as text: `parse` makes its value or raises ValueError, `write` turns it back.

    `says` describes the text, in messages and in the documentation.
    """

    says: str
    parse: Callable[[str], object]
    write: Callable[[Any], str] = str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def read(self, value: object) -> object:
        """The value a text stands for. Raises ValueError, also where it is no text."""
        if isinstance(value, str):
            return self.parse(value)
        raise ValueError(f"must be {self.says}")


# Strict validation wants tuples and enum members; a TOML file can only hold lists and words.
AS_LIST = Field(strict=False)
AS_WORD = Field(strict=False)


def _some(value: object) -> object:
    if value == []:
        raise ValueError("must not be empty")
    return value


# not min_length: pydantic would count only the elements that are right, and complain twice
NOT_EMPTY = BeforeValidator(_some)


def size(text: str) -> int:
    """ "512MiB" -> bytes. Raises ValueError."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise ValueError('is no size; write a whole number and a unit: "64KiB", "512MiB", "2GiB"')
    return int(found[1]) * _BYTES[found[2]]


def size_text(value: int) -> str:
    """The shortest exact way to write a number of bytes."""
    unit = next(unit for unit, size in _BYTES.items() if value % size == 0)
    return f"{value // _BYTES[unit]}{unit}"


def _plain(text: str) -> str:
    if not text.strip() or len(text) > 80 or not text.isprintable():
        raise ValueError("must be 1 to 80 printable characters")
    return text


Name = Annotated[str, Text("a name, up to 80 characters", _plain)]


def duration(least: str, most: str) -> Text:
    """A duration in seconds between two limits, both allowed."""
    return Text(f'a duration with its unit, "{least}" to "{most}"', _between(seconds, least, most), duration_text)


def byte_size(least: str, most: str) -> Text:
    """A size in bytes between two limits, both allowed."""
    return Text(f'a size with its unit, "{least}" to "{most}"', _between(size, least, most), size_text)


def _between(read: Callable[[str], float], least: str, most: str) -> Callable[[str], float]:
    low, high = read(least), read(most)

    def parse(text: str) -> float:
        if not low <= (value := read(text)) <= high:
            raise ValueError(f'must be between "{least}" and "{most}"')
        return value

    return parse


def pattern(expression: str, says: str) -> Text:
    """A text of a given form; `says` describes the form."""
    form = re.compile(expression)

    def parse(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(f"must be {says}")
        return text

    return Text(says, parse)


def identifier(longest: int, shortest: int = 1) -> Text:
    """An id that is also a part of MQTT topics: small letters, digits, hyphens."""
    form = re.compile(rf"[a-z0-9][a-z0-9-]{{{shortest - 1},{longest - 1}}}")
    says = f"{shortest} to {longest} small letters, digits and hyphens, not beginning with a hyphen"

    def parse(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(f'"{text[:64]}" is no id; an id is {says}')
        return text

    return Text(says, parse)


def clock_time(text: str) -> int:
    """ "08:30" -> minutes from midnight; "24:00" is the end of the day. Raises ValueError."""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(f'"{text[:16]}" is no time of day; write it as "08:30"')
    return int(found[1] or found[3]) * 60 + int(found[2] or found[4])


def window(text: str) -> tuple[int, int]:
    """ "22:00-06:00" -> (1320, 1800): minutes from midnight, the end after the start. Raises ValueError."""
    start, dash, end = (part.strip() for part in text.partition("-"))
    if not dash:
        raise ValueError(f'"{text[:32]}" is no period of the day; write it as "08:00-16:00"')
    first, last = clock_time(start), clock_time(end)
    if first == last or first == 1440:
        raise ValueError(f'"{text[:32]}" is empty; a whole day is "00:00-24:00"')
    return first, last if last > first else last + 1440


def days(text: str) -> tuple[int, ...]:
    """ "mon-thu" -> (0, 1, 2, 3); "sun-thu" goes over the week's end; "fri" -> (4,). Raises ValueError."""
    first, dash, last = text.partition("-")
    for word in (first, last) if dash else (first,):
        if word not in DAYS:
            raise ValueError(
                f'"{text[:32]}" is no day or range of days; write "fri" or "mon-thu"' + did_you_mean(word, DAYS)
            )
    if first == last:
        raise ValueError(f'"{text}" is one day; write "{first}"')
    start, end = DAYS.index(first), DAYS.index(last if dash else first)
    return tuple((start + step) % 7 for step in range((end - start) % 7 + 1))


def days_text(value: tuple[int, ...]) -> str:
    """(0, 1, 2, 3) -> "mon-thu"."""
    return DAYS[value[0]] if len(value) == 1 else f"{DAYS[value[0]]}-{DAYS[value[-1]]}"


@cache
def _countries() -> dict[str, str]:
    table = (resources.files("tzdata.zoneinfo") / "iso3166.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {code: name for code, name, *_ in rows}


def country(text: str) -> str:
    """An ISO 3166-1 alpha-2 code, as the time zone database lists them. Raises ValueError."""
    if text not in _countries():
        close = next((code for code, name in _countries().items() if name.lower() == text.lower()), text.upper())
        hint = f'; did you mean "{close}"?' if close in _countries() else '; write its two letters, such as "PK"'
        raise ValueError(f'"{text[:32]}" is no country code of ISO 3166{hint}')
    return text


def timezone(text: str) -> str:
    """A name of the IANA time zone database. Raises ValueError."""
    try:
        zoneinfo.ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        hint = did_you_mean(text, sorted(zoneinfo.available_timezones())) or '; write it as "Asia/Karachi"'
        raise ValueError(f'"{text[:64]}" is no time zone{hint}') from None
    return text
