"""Drivers of Modbus machines: a map of registers, and what they mean.

Only the four reading functions exist here (MODBUS Application Protocol V1.1b3, 6.1 to 6.4), so a write cannot be said.
Neighbouring registers are read together; addresses are those on the wire, from 0.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from fleetmon.definition.base import Definition
from fleetmon.definition.fields import MeansFields
from fleetmon.definition.reach import NUMBER, TEXT, Range, whole
from fleetmon.definition.words import Order, Real, Seconds, Strict, Whole, Word
from fleetmon.model.plan import Handshake, Parity
from fleetmon.toml_lines import Path
from fleetmon.toml_problems import Misfit

Table: TypeAlias = Literal["holding", "input", "coil", "discrete"]


_BITS: Final = ("coil", "discrete")
_DECIMAL: Final = ("bcd16", "bcd32")
EXCEPTION = "modbus_exception"
"""The field in which a machine's own failure stands, exceptions 4 and 8."""


class ModbusLine(Strict):
    """`[line]`: how the line is set, and what the machine bears.

    `most` registers are read at once (bits: 16 times that), and registers at most `gap` apart together; where a machine
    refuses a read for one register that it does not have, leave `gap` at 0. `mode` is how frames are written on a
    serial line, `word_order` which half of a 32-bit value comes first.
    """

    baud: Annotated[Whole, Field(ge=50, le=4_000_000)] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Parity = Parity.EVEN
    stop_bits: Literal[1, 2] = 1
    handshake: Handshake = Handshake.NONE
    mode: Literal["rtu", "ascii"] = "rtu"
    unit: Annotated[Whole, Field(ge=1, le=247)] = 1
    timeout: Seconds = 1.0
    pause: Seconds | None = None
    connect: Literal["keep", "each-poll", "each-request"] = "keep"
    word_order: Order = "big"
    most: Annotated[Whole, Field(ge=1, le=125)] = 32
    gap: Annotated[Whole, Field(ge=0, le=124)] = 0


class Register(Strict):
    """One value: `form` says what its registers hold.

    32 bits take two registers, in the line's word order unless `order` says otherwise; `bcd` are four decimal digits in
    each, `text` two characters in each of as many as `registers` says. `bit` takes one bit, from 0. The numbers in
    `absent` mean that there is no value; numbers beyond `least` and `most` (before scaling) as well. `optional`
    registers are read by themselves, and may not exist.
    """

    table: Table = "holding"
    address: Annotated[Whole, Field(ge=0, le=65535)]
    form: Literal["u16", "s16", "u32", "s32", "f32", "bcd16", "bcd32", "text"] = "u16"
    registers: Annotated[Whole, Field(ge=1, le=64)] | None = None
    order: Order | None = None
    bit: Annotated[Whole, Field(ge=0, le=31)] | None = None
    scale: Real = 1.0
    offset: Real = 0.0
    absent: tuple[Whole, ...] = ()
    least: Real | None = None
    most: Real | None = None
    pace: Literal["fast", "slow"] = "fast"
    optional: bool = False

    @property
    def width(self) -> int:
        """How many registers or bits it takes."""
        if self.table in _BITS:
            return 1
        return self.registers or (2 if self.form in ("u32", "s32", "f32", "bcd32") else 1)

    @property
    def held(self) -> Range:
        """What it can hold."""
        if self.form == "text":
            return TEXT
        if self.table in _BITS or self.bit is not None:
            return whole(1)
        if self.form == "f32" or self.scale != 1.0 or self.offset != 0.0:
            return NUMBER
        if self.form in _DECIMAL:
            return Range(number=True, least=0, most=10 ** (4 * self.width) - 1)
        return whole(16 * self.width, signed=self.form in ("s16", "s32"))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        faults = [*self._faults()]
        if faults:
            raise Misfit(*faults)
        return self

    def _faults(self) -> Iterator[tuple[str, str]]:
        if self.address + self.width > 65536:
            yield "address", "its last register would lie beyond 65535"
        if self.table in _BITS and (self.form != "u16" or self.bit is not None):
            yield "table", f"a {self.table} is one bit; form and bit are for registers"
        if self.bit is not None and (self.form in ("f32", "text") or self.bit >= 16 * self.width):
            yield "bit", f"{self.form} has no bit {self.bit}"
        if (self.form == "text") != (self.registers is not None):
            yield "registers", 'belongs to form = "text", which needs it: two characters stand in each'
        if self.form == "text" and not {"scale", "offset", "least", "most", "absent"}.isdisjoint(self.model_fields_set):
            yield "form", "text is no number; scale, offset, least, most and absent are for numbers"
        bits = 16 * self.width
        if self.form not in ("f32", "text") and any(not -(1 << bits - 1) <= each < 1 << bits for each in self.absent):
            yield "absent", f"holds a number that {self.form} cannot be"


class ModbusDefinition(MeansFields, Definition):
    """A driver of Modbus machines, over RTU, ASCII or TCP."""

    link: Literal["modbus"]
    line: ModbusLine = ModbusLine()
    read: Annotated[dict[Word, Register], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        faults: list[tuple[Path, str]] = [
            (("read", name), f"takes {each.width} registers, and [line] most allows {self.line.most} at once")
            for name, each in self.read.items()
            if each.width > self.line.most
        ]
        if EXCEPTION in self.read:
            faults.append((("read", EXCEPTION), "is the name of what a machine says when it fails; choose another"))
        if faults:
            raise Misfit(*faults)
        return self

    @property
    def known_fields(self) -> frozenset[str]:
        """Everything that is read."""
        return frozenset(self.read) | {EXCEPTION}

    @property
    def held(self) -> dict[str, Range]:
        """What each register holds."""
        return {name: register.held for name, register in self.read.items()} | {EXCEPTION: whole(8)}
