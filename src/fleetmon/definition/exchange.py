"""The exchanges of a driver of byte machines: what is asked, and which fields its answer holds.

A request is written as the octets that are sent. A reply comes as frames, whose text is one character for each octet
(ISO 8859-1), so that a regular expression sees exactly what came; a field's text is read as UTF-8 where it is that.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from fleetmon.definition.framing import Framing
from fleetmon.definition.meanings import SilenceMeaning
from fleetmon.definition.words import Mask, Order, Pace, Pattern, Seconds, Strict, Whole, Word, compiled, octets

UNIT = "{unit}"
"""Stands in a request for what the settings call the machine on its line: a bus address, a device's name."""


class FixedBits(Strict):
    """Bits that are the same in every good reply: those of `mask` are as in `is`."""

    mask: Mask
    bits: Mask = Field(alias="is")


class Place(Strict):
    """Where a field stands in a binary reply: `size` octets from `at` (from the end, if negative) of frame `frame`.

    `hex` is the text of its hexadecimal digits in capitals, `float` an IEEE 754 number of 2, 4 or 8 octets, `bcd` two
    decimal digits an octet. A reply in which `fixed` does not hold is no reply.
    """

    at: Annotated[Whole, Field(ge=-4096, le=4095)]
    size: Annotated[Whole, Field(ge=1, le=64)] = 1
    form: Literal["unsigned", "signed", "float", "bcd", "text", "hex"] = "unsigned"
    order: Order = "big"
    frame: Annotated[Whole, Field(ge=0, le=63)] = 0
    fixed: FixedBits | None = None


class Pairs(Strict):
    """`KEY=value` replies: `keys` names the field for each key; others are ignored. Quotes around values are taken off.

    Pairs end at `end` (any line end, if not given); the key ends at `sign`.
    """

    keys: Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], Word], Field(min_length=1)]
    sign: Annotated[str, Field(min_length=1, max_length=4)] = "="
    end: Annotated[str, Field(min_length=1, max_length=4)] | None = None


def _some(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Exchange(Strict):
    """One question and what its answer holds: exactly one of `reply`, `fields`, `pairs`, `layout`, `json`.

    `reply` are regular expressions whose named groups are fields, one for each frame, or one for all of them; each must
    fit its whole frame. `fields` are the names of the values between `separator`s, frame by frame ("_" for those of no
    interest, a last "*" for any number of them). `json` are JSON Pointers (RFC 6901). A field that several frames tell,
    or that is a list in JSON, holds all its values, parted by commas; of pairs, the last counts.

    `frames` is how many frames answer, or with `until` the most that may come before one fits that pattern as a whole;
    that last one need not fit `reply`. With `after`, all that came up to where this pattern fits is no part of the
    reply: for machines that echo a token, whatever they still had to say before. `raw` requests go out as they are
    written, without the line's framing and end. `optional` answers may be missing or refused: then their fields are
    unknown.
    """

    ELSEWHERE: ClassVar = {"send": "it is called ask", "query": "it is called ask", "regex": "it is called reply"}

    ask: str
    raw: bool = False
    read_only: str | None = None
    framing: Framing | None = None
    frames: Annotated[Whole, Field(ge=1, le=64)] = 1
    until: Pattern | None = None
    after: Pattern | None = None
    pace: Pace = "fast"
    timeout: Seconds | None = None
    optional: bool = False
    silence: SilenceMeaning | None = None
    reply: Annotated[tuple[Pattern, ...], BeforeValidator(_some)] = ()
    fields: tuple[str, ...] | tuple[tuple[str, ...], ...] = ()
    separator: Annotated[str, Field(min_length=1, max_length=4)] = ","
    pairs: Pairs | None = None
    layout: dict[Word, Place] = Field({})
    json_: dict[Word, Annotated[str, Field(pattern="^(/.*)?$")]] = Field({}, alias="json")

    @field_validator("ask")
    @classmethod
    def _is_octets(cls, value: str) -> str:
        octets(value.replace(UNIT, "0"))
        return value

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [bool(each) for each in (self.reply, self.fields, self.pairs, self.layout, self.json_)]
        if sum(forms) != 1:
            said = "says nothing of the reply" if not any(forms) else "describes the reply in two ways"
            raise ValueError(f"{said}; give one of reply, fields, pairs, layout, json")
        if len(self.reply) not in (0, 1, self.frames):
            raise ValueError(
                f"has {len(self.reply)} patterns for {self.frames} frames; give one for each, or one for all"
            )
        return self

    @property
    def names_by_frame(self) -> tuple[tuple[str, ...], ...]:
        """`fields`, frame by frame."""
        flat = [each for each in self.fields if isinstance(each, str)]
        return (tuple(flat),) if flat else tuple(each for each in self.fields if isinstance(each, tuple))

    @property
    def names(self) -> frozenset[str]:
        """The fields that the reply tells."""
        groups = {name for pattern in self.reply for name in compiled(pattern).groupindex}
        flat = {name for each in self.fields for name in ((each,) if isinstance(each, str) else each)} - {"_", "*"}
        pairs = set(self.pairs.keys.values()) if self.pairs else set()
        return frozenset(groups | flat | pairs | set(self.layout) | set(self.json_))
