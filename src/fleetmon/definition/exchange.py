"""The exchanges of a driver of byte machines: what is asked, and which fields its answer holds.

A request is written as the octets that are sent. A reply comes as frames, whose text is one character for each octet
(ISO 8859-1), so that a regular expression sees exactly what came; a field's text is read as UTF-8 where it is that.
"""

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, field_validator, model_validator

from fleetmon.definition.framing import Framing, UntilClose, UntilQuiet
from fleetmon.definition.meanings import SilenceMeaning
from fleetmon.definition.words import (
    NOT_A_WORD,
    WORD,
    Mask,
    Order,
    Pace,
    Pattern,
    Pointer,
    Seconds,
    Strict,
    Whole,
    Word,
    compiled,
    octets,
)
from fleetmon.toml_problems import Misfit

UNIT = "{unit}"
"""Stands in a request for what the settings call the machine on its line: a bus address, a device's name. In a pattern
it stands for the same text, so that the late reply of another unit is no reply."""

_FORMS = ("reply", "fields", "pairs", "layout", "json")
_FLOATS = (2, 4, 8)
_LONGEST_NUMBER = 8
_NOTHING = ("_", "*")


class FixedBits(Strict):
    """Bits that are the same in every good reply: those of `mask` are as in `is`. They are taken off the value."""

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

    @property
    def end(self) -> int:
        """How many octets the frame must have, at the least."""
        return self.at + self.size if self.at >= 0 else -self.at

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.form == "float" and self.size not in _FLOATS:
            raise Misfit(("size", "of a float must be 2, 4 or 8"))
        if self.form in ("unsigned", "signed", "bcd") and self.size > _LONGEST_NUMBER:
            raise Misfit(("size", f"of a number must be at most {_LONGEST_NUMBER}; longer ones are text or hex"))
        if self.at < 0 < self.at + self.size:
            raise Misfit(("size", f"{self.size} octets from {self.at} would reach beyond the end"))
        if self.fixed is not None:
            mask, bits = int(self.fixed.mask, 16), int(self.fixed.bits, 16)
            if mask >= 256**self.size:
                raise Misfit((("fixed", "mask"), f"names bits that {self.size} octets do not have"))
            if bits & ~mask:
                raise Misfit((("fixed", "is"), f"names bits beyond the mask {self.fixed.mask}"))
        return self


class Pairs(Strict):
    """`KEY=value` replies: `keys` names the field for each key; others are ignored. Quotes around values are taken off.
    Different values under one key of a frame are one text, parted by commas; of several frames the last counts.

    A pair ends at the first `end` behind its sign (any line end, if not given); the key is all before the first `sign`.
    So XML attributes are pairs whose sign is `="` and whose end is `"`, the first with the element's name in its key.
    """

    keys: Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], Word], Field(min_length=1)]
    sign: Annotated[str, Field(min_length=1, max_length=4)] = "="
    end: Annotated[str, Field(min_length=1, max_length=4)] | None = None


def _some(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _by_frame(value: object) -> object:
    """`fields` of a single frame may be one list of names."""
    return [value] if isinstance(value, list) and any(isinstance(each, str) for each in value) else value


Names: TypeAlias = tuple[Annotated[str, Field(max_length=32)], ...]


class Exchange(Strict):
    """One question and what its answer holds: exactly one of `reply`, `fields`, `pairs`, `layout`, `json`.

    `reply` are regular expressions whose named groups are fields, one for each frame, or one for all of them; each must
    fit its whole frame. `fields` are the names of the values between `separator`s ("_" for those of no interest, a last
    "*" for any number of them); for several frames, one list for each. `json` are JSON Pointers (RFC 6901), in which a
    step `*` stands for each element of a list. A field
    that several frames tell, or that is a list in JSON, holds all its values, parted by commas; of pairs, the last
    counts. A reply in which none of the pairs, or nothing that the pointers lead to, is there is no reply.

    `frames` is how many frames answer, or with `until` the most that may come before one fits that pattern as a whole;
    that last one need not fit `reply`. With `after`, all that came up to where this pattern fits is no part of the
    reply: for machines that echo a token, whatever they still had to say before. `raw` requests go out as they are
    written, without the line's framing and end. `optional` answers may be missing: then their fields are unknown. If
    one has answered before and misses, the poll has failed. A refusal of an optional request leaves its fields unknown,
    too; the code of others goes into the field `nack`, or into the line's.
    """

    ELSEWHERE: ClassVar = {
        "send": 'it is called "ask"', "query": 'it is called "ask"', "request": 'it is called "ask"',
        "regex": 'it is called "reply"', "pattern": 'it is called "reply"', "answer": 'it is called "reply"',
        "silence_ok": 'say what silence means: silence = { text = "...", manual = "p. 12" }',
    }  # fmt: skip

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
    nack: Word | None = None
    silence: SilenceMeaning | None = None
    reply: Annotated[tuple[Pattern, ...], BeforeValidator(_some)] = ()
    fields: Annotated[tuple[Names, ...], BeforeValidator(_by_frame)] = ()
    separator: Annotated[str, Field(min_length=1, max_length=4)] = ","
    pairs: Pairs | None = None
    layout: dict[Word, Place] = Field({})
    json_: dict[Word, Pointer] = Field({}, alias="json")

    @field_validator("ask")
    @classmethod
    def _is_octets(cls, value: str) -> str:
        if not octets(value.replace(UNIT, "0")):
            raise ValueError("asks nothing; write the octets to send")
        return value

    @field_validator("read_only")
    @classmethod
    def _names_a_page(cls, value: str | None) -> str | None:
        if value is not None and not re.search("[0-9]", value):
            raise ValueError('must name where the manual says so: "manual p. 12"')
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        given = [key for key, there in zip(_FORMS, self._given(), strict=True) if there]
        if not given:
            raise ValueError(f"says nothing of the reply; give one of {', '.join(_FORMS)}")
        faults = [(key, f"stands beside {given[0]}; one of them describes the reply") for key in given[1:]]
        faults += [*self._frame_faults(), *self._name_faults(), *self._layout_faults()]
        if faults:
            raise Misfit(*faults)
        return self

    def _given(self) -> tuple[bool, ...]:
        return tuple(bool(each) for each in (self.reply, self.fields, self.pairs, self.layout, self.json_))

    def _frame_faults(self) -> Iterator[tuple[str, str]]:
        if isinstance(self.framing, UntilClose | UntilQuiet) and self.frames > 1:
            yield "frames", f"must be 1: {self.framing.kind} makes one frame of all that comes"
        if self.until is not None and self.frames == 1:
            yield "frames", "must say how many frames may come at the most before one fits until"
        if self.until is not None and len(self.reply) > 1:
            yield "reply", "must be one pattern for all frames, where until says which is the last"
        elif len(self.reply) not in (0, 1, self.frames):
            yield "reply", f"has {len(self.reply)} patterns for {self.frames} frames; give one for each, or one for all"
        if self.fields and len(self.fields) != self.frames:
            yield "fields", f"has names for {len(self.fields)} frames, not for {self.frames}: one list for each frame"

    def _name_faults(self) -> Iterator[tuple[str, str]]:
        if "separator" in self.model_fields_set and not self.fields:
            yield "separator", "belongs to fields, which are not given"
        for name in (name for names in self.fields for name in names):
            if name not in _NOTHING and not re.fullmatch(WORD, name):
                yield "fields", f'"{name}" {NOT_A_WORD}'
        if any("*" in names[:-1] for names in self.fields):
            yield "fields", '"*" means any number of further values, and can only be the last'
        if self.fields and not self.names:
            yield "fields", "names none of them"
        for group in (group for pattern in self.reply for group in compiled(pattern).groupindex):
            if not re.fullmatch(WORD, group):
                yield "reply", f'the group "{group}" {NOT_A_WORD}'

    def _layout_faults(self) -> Iterator[tuple[str, str]]:
        for name, place in self.layout.items():
            if place.frame >= self.frames:
                yield (
                    f"layout.{name}",
                    f"there is no frame {place.frame}: they are counted from 0, and {self.frames} come",
                )

    def of_unit(self, unit: str) -> "Exchange":
        """The same for one unit: its name stands where the definition says {unit}."""
        if not self.names_unit:
            return self
        said = f"(?:{re.escape(unit)})"
        return self.model_copy(
            update={
                "ask": self.ask.replace(UNIT, unit),
                "until": self.until.replace(UNIT, said) if self.until else None,
                "after": self.after.replace(UNIT, said) if self.after else None,
                "reply": tuple(pattern.replace(UNIT, said) for pattern in self.reply),
            }
        )

    @property
    def names_unit(self) -> bool:
        """Whether the unit must be known."""
        return any(UNIT in text for text in (self.ask, self.until or "", self.after or "", *self.reply))

    @property
    def names(self) -> frozenset[str]:
        """The fields that the reply tells."""
        groups = {name for pattern in self.reply for name in compiled(pattern).groupindex}
        flat = {name for names in self.fields for name in names} - {*_NOTHING}
        pairs = set(self.pairs.keys.values()) if self.pairs else set()
        return frozenset(groups | flat | pairs | set(self.layout) | set(self.json_))
