"""What the objects and tables of a private MIB mean: a rule for each object, a rule for each table.

A value is compared as a manual prints it: a number by its digits, an OCTET STRING as its text, an OID with its dots.
The columns of a table are the last arc before the row's index; `"index"` is the index itself. Where a machine tells an
absent value by a number of its own, that number stands in `absent`: it must never be shown as a level.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from fleetmon.definition.meanings import Meaning, MeaningBits, Meanings, StateBits, StateCodes, TextRule
from fleetmon.definition.words import OidText, Pace, Picker, Real, Strict, Whole
from fleetmon.model.oid import Oid, oid
from fleetmon.model.words import Severity, State, SupplyClass, SupplyKind, Unit
from fleetmon.toml_problems import Misfit

INDEX = 0
"""The column that stands for a row's index: no column has this number (RFC 2578 section 7.7)."""


def _said(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _column(value: object) -> int:
    if value == "index":
        return INDEX
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise ValueError('must be at least 1: the number of a column; or "index" for the index of the row')


def _capacity(value: object) -> int | Oid:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    found = oid(value) if isinstance(value, str) else value
    if isinstance(found, tuple) and len(found) > 1:
        return found
    raise ValueError('must be a whole number of at least 1, or the OID of the object that tells it: "1.3.6.1.4.1..."')


def _some(columns: tuple[int, ...]) -> tuple[int, ...]:
    if not columns:
        raise ValueError("needs at least 1 of them")
    return columns


def _numbers(bits: dict[str, object]) -> dict[str, object]:
    for each in bits:
        if not each.removeprefix("!").isdecimal() or str(int(each.removeprefix("!"))) != each.removeprefix("!"):
            raise ValueError(f'"{each}" is no number of a bit; the first one, the most significant, is 0')
    return bits


def number_code(each: str) -> str:
    """How a numbered bit appears among a fault's codes: `bit 5`, or `!bit 5` where it is missed."""
    return f"!bit {each[1:]}" if each.startswith("!") else f"bit {each}"


Said = Annotated[str, BeforeValidator(_said)]
"""A value as it is compared; in the file it may stand without quotes where it is a number."""
Column = Annotated[int, PlainValidator(_column)]
Numbered = Annotated[dict[str, Meaning], AfterValidator(_numbers)]


class ObjectRule(Strict):
    """One object: `oid` is that of the instance (the one of a scalar ends in .0); `pattern` picks the part `value` out
    of its text, and what does not fit is as good as absent."""

    oid: OidText
    pace: Pace = "fast"
    pattern: Picker | None = None


class StateObject(ObjectRule):
    """An object that tells the machine's own state: by its value (`codes`), by the first bit that is set, of a number
    or a hexadecimal text (`bits`) or of a BITS string (`bit_string`); `otherwise` is for any other value. The values in
    `asleep` mean power saving."""

    codes: StateCodes = Field({})
    bits: StateBits = Field({})
    bit_string: Annotated[dict[str, State], AfterValidator(_numbers)] = Field({})
    otherwise: State | None = None
    asleep: tuple[Said, ...] = ()

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if sum(map(bool, (self.codes, self.bits, self.bit_string))) > 1:
            raise ValueError("give one of codes, bits, bit_string; another rule may take the rest: [[state]]")
        if not (self.codes or self.bits or self.bit_string or self.otherwise):
            raise ValueError("says nothing; give codes, bits, bit_string or otherwise")
        return self


class FaultObject(ObjectRule):
    """An object that tells faults: by its value (`codes`), by bits of a number or of a hexadecimal text (`bits`), or by
    bits of a BITS string, numbered from the most significant (`bit_string`). A text that no code fits is tried with
    `texts`. One value may hold several codes, each `split` characters long, or parted by `separator`; the values in
    `none` mean that nothing is wrong, and so does what a state rule of the same object names without calling it
    stopped. What is not named is the fault `other`."""

    codes: Meanings = Field({})
    bits: MeaningBits = Field({})
    bit_string: Numbered = Field({})
    texts: tuple[TextRule, ...] = ()
    split: Annotated[Whole, Field(ge=1, le=64)] | None = None
    separator: Annotated[str, Field(min_length=1, max_length=8)] | None = None
    none: tuple[Said, ...] = ()

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if sum(map(bool, (self.codes or self.texts, self.bits, self.bit_string))) != 1:
            raise ValueError("give either codes or bits, bit_string or texts; texts may stand beside codes")
        if (self.split or self.separator) and not (self.codes or self.texts):
            raise ValueError("split and separator are for codes; bits are of one value")
        if self.split and self.separator:
            raise ValueError("give either split or separator")
        return self


class CounterObject(ObjectRule):
    """A life count outside the Printer-MIB; `pattern` picks the number out of a text, `scale` makes it one of units."""

    unit: Unit
    scale: Annotated[float, Field(gt=0, le=1e9)] = 1.0
    absent: tuple[Said, ...] = ()


class Scale(Strict):
    """How a number becomes a level: times `scale`, plus `offset`. It is what is left (of a receptacle: the room left),
    or with `tells = "used"` what is gone (collected). The values in `absent` mean that it is not known,
    those in `some` that something is left, those in `unlimited` that there is no end to it; `steps` gives words or
    numbers of which each stands for a level."""

    tells: Literal["left", "used"] = "left"
    scale: Real = 1.0
    offset: Real = 0.0
    absent: tuple[Said, ...] = ()
    some: tuple[Said, ...] = ()
    unlimited: tuple[Said, ...] = ()
    steps: dict[str, Annotated[Whole, Field(ge=0)]] = Field({})


class LevelObject(Scale, ObjectRule):
    """How full something is, in `unit`. `capacity` is a number or the OID of the object that tells it, which is scaled
    alike, but not offset; with unit percent it is 100."""

    pace: Pace = "slow"
    unit: Unit = Unit.OTHER
    capacity: Annotated[int | Oid, PlainValidator(_capacity)] | None = None
    description: str | None = None


class SupplyObject(LevelObject):
    """Something that production uses up or, where `class` is filled, fills; waste is, unless it is said otherwise."""

    kind: SupplyKind
    supply_class: SupplyClass | None = Field(None, alias="class")


class Entry(Strict):
    """A table; `entry` is the OID that all its columns begin with."""

    entry: OidText


class LevelTable(Scale, Entry):
    """A table of which each row is something with a level. What is the same for all rows is given plainly (`unit`,
    `capacity`), what differs by a column (`unit_column`, whose values `units` explains; `capacity_column`)."""

    pace: Pace = "slow"
    level_column: Column
    capacity: Annotated[Whole, Field(ge=1)] | None = None
    capacity_column: Column | None = None
    unit: Unit = Unit.OTHER
    unit_column: Column | None = None
    units: dict[str, Unit] = Field({})
    description_column: Column | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.capacity is not None and self.capacity_column is not None:
            raise Misfit(("capacity", "stands beside capacity_column; give one of them"))
        _explained(self, "unit_column", "units")
        return self

    @property
    def roots(self) -> tuple[Oid, ...]:
        """What is walked: the columns that are read, because such a table is long and wide."""
        return tuple((*self.entry, column) for column in self.columns)

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns that are read."""
        return tuple(dict.fromkeys(column for column in self._named() if column))

    def _named(self) -> tuple[int | None, ...]:
        return self.level_column, self.capacity_column, self.unit_column, self.description_column


class SupplyTable(LevelTable):
    """A table of supplies. A row's kind is what `kinds` says of its `kind_column`, else what the supply_rules say of
    its description, else `kind`. `class` and
    `classes` likewise; else waste is filled. `filled_tells` is `tells` for filled rows, where they differ."""

    kind: SupplyKind = SupplyKind.OTHER
    kind_column: Column | None = None
    kinds: dict[str, SupplyKind] = Field({})
    supply_class: SupplyClass | None = Field(None, alias="class")
    filled_tells: Literal["left", "used"] | None = None
    class_column: Column | None = None
    classes: dict[str, SupplyClass] = Field({})

    @model_validator(mode="after")
    def _explains(self) -> Self:
        _explained(self, "kind_column", "kinds")
        _explained(self, "class_column", "classes")
        return self

    def _named(self) -> tuple[int | None, ...]:
        return (*super()._named(), self.kind_column, self.class_column)


class FaultTable(Entry):
    """A table of what is wrong now: rows are named by the values of `columns` joined with a comma. A row that no code
    fits is tried with `texts` by what its `text_column` says. `part_column` tells which part of the machine is meant,
    in the words of `parts` where they name it. `severities` says what each value of `severity_column` means; a
    notice is only mentioned."""

    pace: Pace = "on-change"
    columns: Annotated[tuple[Column, ...], AfterValidator(_some)]
    severity_column: Column | None = None
    severities: dict[str, Severity | Literal["notice"]] = Field({})
    text_column: Column | None = None
    texts: tuple[TextRule, ...] = ()
    part_column: Column | None = None
    parts: dict[str, Annotated[str, Field(min_length=1, max_length=64)]] = Field({})
    codes: Meanings

    @property
    def roots(self) -> tuple[Oid, ...]:
        """What is walked: all of it, because it is empty most of the time."""
        return (self.entry,)

    @model_validator(mode="after")
    def _rows_can_be_named_so(self) -> Self:
        if odd := next((code for code in self.codes if code.count(",") + 1 != len(self.columns)), None):
            raise ValueError(f'the code "{odd}" has not one value for each of the {len(self.columns)} columns')
        if self.severities and self.severity_column is None:
            raise ValueError("severities need a severity_column")
        if self.texts and self.text_column is None:
            raise Misfit(("texts", "needs a text_column, whose words they are tried with"))
        if self.parts and self.part_column is None:
            raise Misfit(("parts", "needs a part_column, whose values they explain"))
        return self


def _explained(rule: Strict, column: str, words: str) -> None:
    """A column of codes and the words for them come together."""
    if (getattr(rule, column) is None) != (not getattr(rule, words)):
        missing, given = (column, words) if getattr(rule, column) is None else (words, column)
        raise Misfit((given, f"needs {missing} beside it"))
