"""What the values that a machine tells mean: states, faults, counters, supplies, identity, heaters.

This part of the language is the same for every kind of line. A byte or Modbus machine's values are *fields*, named
where they are read; each rule here says `from` which field it takes its value, the one of its own name if it does not
say. A code is compared as the text that a manual prints; `?` stands for any one character and `*` for any number of
them, and what is written out goes before what is not.
"""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from fleetmon import vocabulary
from fleetmon.definition.codes import unambiguous
from fleetmon.definition.words import WORD, Mask, Pattern, Picker, Real, Reason, Seconds, Strict, Whole, Word
from fleetmon.model.words import Actor, Severity, State, SupplyClass, SupplyKind, Unit
from fleetmon.toml_problems import Misfit

_MASK = re.compile(r"!?0x[0-9a-fA-F]{1,16}")
_NUMBERED = re.compile(r"!?([0-9]|[1-5][0-9]|6[0-3])")


def _usual(told: dict[str, Any]) -> Severity:
    """What the vocabulary says of a reason, where a driver does not say how grave it is."""
    reason = told.get("reason")
    return vocabulary.reason(reason).severity if reason else Severity.ERROR


class Meaning(Strict):
    """What one value, bit or row means: a fault; or, with reason absent, deliberately nothing. Where `severity` is not
    said, it is the one that the vocabulary has for the reason."""

    reason: Reason | None = None
    severity: Severity = Field(default_factory=_usual)
    text: str | None = None
    part: str | None = None
    actor: Actor | None = None
    manual: str | None = None


def mask(text: str) -> int:
    """The bits a mask names: "0x04" or, where it means that they are *not* set, "!0x04"."""
    return int(text.removeprefix("!"), 16)


def bit_code(text: str) -> str:
    """A mask as it appears among a fault's codes, however it is spelt: `0x4`, `!0x4`."""
    return f"{'!' if text.startswith('!') else ''}{mask(text):#x}"


def _bits(bits: dict[str, object]) -> dict[str, object]:
    """Masks are hexadecimal, name at least one bit, and each stands once, however it is spelt."""
    words = set()
    for each in bits:
        word = mask(each) if _MASK.fullmatch(each) else 0
        if number := _NUMBERED.fullmatch(each):
            raise ValueError(f'"{each}" may be a bit or a mask; bit {number[1]} is "{1 << int(number[1]):#x}"')
        if not word:
            raise ValueError(f'"{each}" names no bit; write a hexadecimal number: 0x00000004')
        spelt = (each.startswith("!"), word)
        if spelt in words:
            raise ValueError(f'"{each}" stands twice')
        words.add(spelt)
    return bits


Meanings = Annotated[dict[str, Meaning], AfterValidator(unambiguous)]
MeaningBits = Annotated[dict[str, Meaning], AfterValidator(_bits)]
StateCodes = Annotated[dict[str, State], AfterValidator(unambiguous)]
StateBits = Annotated[dict[str, State], AfterValidator(_bits)]


class Rule(Strict):
    """Something that takes its value from a field: the one of its own name, unless it says otherwise."""

    source: Word | None = Field(None, alias="from")


class StateRule(Rule):
    """The machine's own state. `codes` by value, `bits` by the first mask that is set, `otherwise` for any other value
    but those in `none`, of which the rule says nothing; `asleep` are the values that mean power saving (idle, if
    nothing else is said of them). A value may hold several words parted by `separator`: then the first of `codes`
    counts that one of them fits. Where several rules say something, the first counts; and whatever they say, a fault of
    severity error means that the machine stands."""

    codes: StateCodes = Field({})
    bits: StateBits = Field({})
    otherwise: State | None = None
    none: tuple[str, ...] = ()
    asleep: tuple[str, ...] = ()
    separator: Annotated[str, Field(min_length=1, max_length=8)] | None = None

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if not (self.codes or self.bits or self.otherwise):
            raise ValueError("says nothing; give codes, bits or otherwise")
        return self


class FaultRule(Rule):
    """Faults by value (`codes`) or by bits of a number (`bits`). One value may hold several codes: each `split`
    characters long, or parted by `separator`. The values in `none` mean that nothing is wrong; so do codes and bits
    that stand, written out, in a state rule of the same field and do not mean stopped. `prefix` is put before each code
    in what is told of the fault, where the same code means different things in different fields. The words in the field
    `text_field` are the machine's own for the fault, where there is one and the driver has none."""

    codes: Meanings = Field({})
    bits: MeaningBits = Field({})
    split: Annotated[Whole, Field(ge=1, le=64)] | None = None
    separator: Annotated[str, Field(min_length=1, max_length=8)] | None = None
    none: tuple[str, ...] = ()
    prefix: Annotated[str, Field(max_length=32)] = ""
    text_field: Word | None = None

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if bool(self.codes) == bool(self.bits):
            also = '; if the manual lists none: codes = { "*" = { reason = "other" } }' if self.none else ""
            raise ValueError(f"give either codes or bits{also}")
        if self.split and self.separator:
            raise ValueError("give either split or separator")
        if self.bits and (self.split or self.separator):
            raise ValueError("bits are of one number; split and separator are for codes")
        return self


class CounterRule(Rule):
    """A count of finished work since the machine was made, in `unit`."""

    unit: Unit = Unit.DOCUMENTS


def _capacity(value: object) -> object:
    """One thing is wrong with a capacity that is neither a number nor a field, not two."""
    if isinstance(value, str) and not re.fullmatch(WORD, value):
        raise ValueError("must be a number without quotes, or the name of the field that tells it")
    if not isinstance(value, str) and value is not None and (type(value) is not int or value < 1):
        raise ValueError("must be a whole number from 1 on, or the name of the field that tells it, in quotes")
    return value


class LevelRule(Rule):
    """How full something is; `capacity` is a number or the field that tells it. With unit percent it is 100. What a
    machine tells is what is left (of a receptacle: the room left), or with `tells = "used"` what is gone (collected).
    """

    unit: Unit = Unit.OTHER
    capacity: Annotated[Annotated[int, Field(strict=True, ge=1)] | Word | None, BeforeValidator(_capacity)] = None
    tells: Literal["left", "used"] = "left"
    description: str | None = None


class SupplyRule(LevelRule):
    """Something that production uses up or fills."""

    kind: SupplyKind
    supply_class: SupplyClass = Field(SupplyClass.CONSUMED, alias="class")


class IdentityRule(Strict):
    """Who the machine is: the fields that tell it; the maker is a name, since hardly a machine tells it."""

    maker: str | None = None
    model: Word | None = None
    serial: Word | None = None
    firmware: Word | None = None
    name: Word | None = None


class HeaterRule(Strict):
    """A heater that a controller tells of, in its own degrees: `measured` and `set_point` are fields, `output` one in
    percent. Within `band` of the set point it is ready; `warm_up` is how long it may take to get there, `hold` how long
    it may be outside before that is said. While the field `mode` has one of the values in `off`, or the set point is 0,
    nothing is wanted of it."""

    measured: Word
    set_point: Word
    output: Word | None = None
    mode: Word | None = None
    off: tuple[str, ...] = ()
    band: Annotated[Real, Field(gt=0)] = 5.0
    hold: Seconds = 60.0
    warm_up: Seconds = 1800.0

    @model_validator(mode="after")
    def _off_by_mode(self) -> Self:
        if (self.mode is None) != (not self.off):
            given, missing = ("off", "mode") if self.off else ("mode", "off")
            raise Misfit((given, f"needs {missing} beside it: a field, and its values"))
        return self


class ValueRule(Rule):
    """How a field is to be read: `pattern` picks its part `value`, `base` is that of its digits, `mask` takes some bits
    (moved down to bit 0), then `scale` and `offset` apply. The texts in `absent` mean that nothing is known. `join`
    makes one text of several fields, of their known values, parted by commas: a list of codes from several places.
    """

    join: Annotated[tuple[Word, ...], Field(max_length=64)] = ()
    pattern: Picker | None = None
    base: int | None = Field(None, ge=2, le=36)
    mask: Mask | None = None
    scale: Real = 1.0
    offset: Real = 0.0
    absent: tuple[str, ...] = ()

    def sources(self, name: str) -> tuple[str, ...]:
        """The fields that the value `name` is made of."""
        return self.join or (self.source or name,)


class SilenceMeaning(Strict):
    """What it means when the line is open and no octet comes: for machines that say nothing while they stand still.

    Said of one exchange, it counts unless another, which must be answered and for which silence has no meaning, is not
    answered either: then the machine is not heard at all. Said of the line, it counts while nothing at all is answered;
    one question alone that is not answered then is an answer that was lost. Where silence begins, a second question
    must meet it as well. Beside a fault that stops the machine, silence is no news. What is asked slowly stays as it
    was.
    """

    state: State = State.STOPPED
    reason: Reason = "other"
    severity: Severity = Severity.ERROR
    text: str
    manual: str


class TextRule(Strict):
    """What an alert row means whose code says only other(1) or unknown(2)."""

    pattern: Pattern
    reason: Reason
    severity: Severity
