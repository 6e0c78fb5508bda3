"""Drivers of Modbus machines: a map of registers, and what they mean.

Only the four reading functions exist here (MODBUS Application Protocol V1.1b3, 6.1 to 6.4), so a write cannot be said.
Neighbouring registers are read together; addresses are those on the wire, from 0.
"""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from fleetmon.definition.base import Definition
from fleetmon.definition.fields import MeansFields
from fleetmon.definition.words import Order, Seconds, Strict, Whole, Word
from fleetmon.model.plan import Handshake, Parity

Table: TypeAlias = Literal["holding", "input", "coil", "discrete"]


EXCEPTION = "modbus_exception"
"""The field in which a machine's own failure stands, exceptions 4 and 8."""


class ModbusLine(Strict):
    """`[line]`: how the line is set, and what the machine bears. `most` registers are read at once (bits: 16 times
    that), and registers at most `gap` apart together; `mode` is how frames are written on a serial line."""

    baud: Annotated[Whole, Field(ge=50, le=4_000_000)] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Parity = Parity.EVEN
    stop_bits: Literal[1, 2] = 1
    handshake: Handshake = Handshake.NONE
    mode: Literal["rtu", "ascii"] = "rtu"
    unit: Annotated[Whole, Field(ge=0, le=247)] = 1
    timeout: Seconds = 1.0
    pause: Seconds | None = None
    connect: Literal["keep", "each-poll", "each-request"] = "keep"
    word_order: Order = "big"
    most: Annotated[Whole, Field(ge=1, le=125)] = 32
    gap: Annotated[Whole, Field(ge=0, le=124)] = 0


class Register(Strict):
    """One value: `form` says what its registers hold (two of them for 32 bits, in the line's word order unless `order`
    says otherwise); `bit` takes one bit, from 0. The numbers in `absent` mean that there is no value; numbers beyond
    `least` and `most` (before scaling) as well."""

    table: Table = "holding"
    address: Annotated[Whole, Field(ge=0, le=65535)]
    form: Literal["u16", "s16", "u32", "s32", "f32"] = "u16"
    order: Order | None = None
    bit: Annotated[Whole, Field(ge=0, le=31)] | None = None
    scale: float = 1.0
    offset: float = 0.0
    absent: tuple[Whole, ...] = ()
    least: float | None = None
    most: float | None = None
    pace: Literal["fast", "slow"] = "fast"
    optional: bool = False

    @property
    def width(self) -> int:
        """How many registers or bits it takes."""
        return 2 if self.form in ("u32", "s32", "f32") and self.table in ("holding", "input") else 1

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.address + self.width > 65536:
            raise ValueError("its second register would lie beyond 65535")
        if self.table in ("coil", "discrete") and (self.form != "u16" or self.bit is not None):
            raise ValueError(f"a {self.table} is one bit; form and bit are for registers")
        if self.bit is not None and (self.form == "f32" or self.bit >= 16 * self.width):
            raise ValueError(f"{self.form} has no bit {self.bit}")
        return self


class ModbusDefinition(MeansFields, Definition):
    """A driver of Modbus machines, over RTU, ASCII or TCP."""

    link: Literal["modbus"]
    line: ModbusLine = ModbusLine()
    read: Annotated[dict[Word, Register], Field(min_length=1)]

    @property
    def known_fields(self) -> frozenset[str]:
        """Everything that is read."""
        return frozenset(self.read) | {EXCEPTION}
