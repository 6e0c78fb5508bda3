"""What a driver of Modbus machines asks, and what its registers hold (MODBUS Application Protocol V1.1b3, 6.1 to 6.4).

Neighbouring registers of one table are read at once, and so are those that lie not too far apart. What is optional is
read by itself, because a machine refuses a whole read for one register that it does not have.
"""

import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.framing.modbus import ModbusCut, read_request
from fleetmon.decode.lines.placed import Value, readable, scaled
from fleetmon.definition.meanings import SilenceMeaning
from fleetmon.definition.modbus import EXCEPTION, ModbusDefinition, Register, Table
from fleetmon.errors import DriverError, GarbledReply, LinkError
from fleetmon.model.words import Silence

Mode: TypeAlias = Literal["rtu", "ascii", "tcp"]

_FUNCTIONS: Final[Mapping[Table, int]] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
_BITS_A_REGISTER: Final = 16
_LIKE_A_REPLY: Final = range(0x0300, 0x0400)
"""Bits from here on are read two octets at once: with more, the request would look like a reply to itself, and be taken
for one where an adapter repeats what it sends."""
_NO_MAP: Final = {1: "no such function", 2: "no such address", 3: "not so many at once"}
_FAILED: Final = frozenset({4, 8})
_BUSY: Final = frozenset({5, 6})
_GATEWAY: Final = frozenset({10, 11})


@dataclass(frozen=True, slots=True)
class Read:
    """One read of neighbouring registers, which hold the fields in `registers`."""

    mode: Mode
    unit: int
    table: Table
    address: int
    count: int
    registers: Mapping[str, Register]
    timeout_s: float
    close: bool
    little: bool = False
    silence: SilenceMeaning | None = field(default=None, init=False)
    own_silence: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        """The fields that it reads."""
        return ", ".join(self.registers)

    @property
    def names(self) -> frozenset[str]:
        """The fields that it reads."""
        return frozenset(self.registers)

    @property
    def pace(self) -> str:
        """When it is asked."""
        return next(iter(self.registers.values())).pace

    @property
    def optional(self) -> bool:
        """Whether it may stay unanswered."""
        return any(register.optional for register in self.registers.values())

    def ask(self, turn: int) -> Ask:
        """The request; `turn` numbers them, as Modbus TCP wants it."""
        transaction = turn & 0xFFFF if self.mode == "tcp" else 0
        function = _FUNCTIONS[self.table]
        asked = read_request(self.mode, self.unit, function, self.address, self.count, transaction)
        return Ask(
            octets=asked,
            cut=ModbusCut(self.mode, self.unit, function, self.count, transaction, asked),
            timeout_s=self.timeout_s,
            close=self.close,
        )

    def fields(self, answer: Answer) -> dict[str, Value]:
        """What the registers hold. GarbledReply where the map does not fit the machine, LinkError where the machine or
        what stands behind a gateway has no time or is not there."""
        if answer.nack is not None:
            return self._refused(answer.nack[0] if answer.nack else 0, answer.octets)
        data = answer.frames[0]
        bits = self.table in ("coil", "discrete")
        wanted = (self.count + 7) // 8 if bits else 2 * self.count
        if len(data) != wanted:
            raise GarbledReply(f"{self._where} brought {len(data)} octets, not {wanted}", answer.octets)
        return held(self.registers, self.address, data, little=self.little)

    @property
    def _where(self) -> str:
        last = self.address + self.count - 1
        span = f"{self.address:#06x}" + (f" to {last:#06x}" if self.count > 1 else "")
        return f"reading {self.table} {span} ({self.name}) of unit {self.unit}"

    def _refused(self, code: int, came: bytes) -> dict[str, Value]:
        if code in _FAILED:
            return {EXCEPTION: code}
        if code in _BUSY:
            raise LinkError(f"{self._where}: the machine is busy (exception {code})", Silence.BUSY, came)
        if code in _GATEWAY:
            raise LinkError(f"{self._where}: nothing answers behind the gateway (exception {code})", came=came)
        why = _NO_MAP.get(code)
        said = f"the map does not fit this machine: {why}" if why else "refused"
        raise GarbledReply(f"{self._where}: {said} (exception {code})", came)


def reads(definition: ModbusDefinition, unit: str | None = None, *, tcp: bool = False) -> Iterator[Read]:
    """The reads of a full poll, fast ones first."""
    line = definition.line
    number = _unit(definition, unit, tcp=tcp)
    for group in _groups(definition):
        address = next(iter(group.values())).address
        yield Read(
            mode="tcp" if tcp else line.mode,
            unit=number,
            table=next(iter(group.values())).table,
            address=address,
            count=max(each.address + each.width for each in group.values()) - address,
            registers=group,
            timeout_s=line.timeout,
            close=line.connect == "each-request",
            little=line.word_order == "little",
        )


def _unit(definition: ModbusDefinition, unit: str | None, *, tcp: bool) -> int:
    """On a serial line 0 is everybody, whom nobody may ask; behind Modbus TCP it is a machine, and so is 255."""
    if unit is None:
        return definition.line.unit
    least, most = (0, 255) if tcp else (1, 247)
    if not (unit.isascii() and unit.isdecimal() and len(unit) < 4 and least <= int(unit) <= most):
        raise DriverError(f"driver {definition.name} speaks Modbus, whose units are numbers from {least} to {most}")
    return int(unit)


def _groups(definition: ModbusDefinition) -> Iterator[dict[str, Register]]:
    for pace in ("fast", "slow"):
        for table in _FUNCTIONS:
            chosen = [(n, r) for n, r in definition.read.items() if r.table == table and r.pace == pace]
            yield from _merged([each for each in chosen if not each[1].optional], definition, table)
            yield from (dict([each]) for each in chosen if each[1].optional)


def _merged(
    chosen: Iterable[tuple[str, Register]], definition: ModbusDefinition, table: Table
) -> Iterator[dict[str, Register]]:
    group: dict[str, Register] = {}
    begin = end = 0
    for name, register in sorted(chosen, key=lambda each: each[1].address):
        until = max(end, register.address + register.width)
        if group and (register.address - end > definition.line.gap or until - begin > _most(definition, table, begin)):
            yield group
            group = {}
        if not group:
            begin, until = register.address, register.address + register.width
        group[name], end = register, until
    if group:
        yield group


def _most(definition: ModbusDefinition, table: Table, begin: int) -> int:
    if table not in ("coil", "discrete"):
        return definition.line.most
    return _BITS_A_REGISTER * (1 if begin in _LIKE_A_REPLY else definition.line.most)


def held(registers: Mapping[str, Register], address: int, data: bytes, *, little: bool) -> dict[str, Value]:
    """The values in the data of a read that began at `address`; those that mean nothing are left out."""
    found: dict[str, Value] = {}
    for name, register in registers.items():
        value = _value(register, register.address - address, data, little=little)
        if value is not None:
            found[name] = value
    return found


def _number(register: Register, octets: bytes) -> int | float | None:
    """The number before scaling; None where decimal digits are none."""
    match register.form:
        case "f32":
            found: float = struct.unpack(">f", octets)[0]
            return found
        case "bcd16" | "bcd32":
            return int(octets.hex()) if octets.hex().isdecimal() else None
    return int.from_bytes(octets, signed=register.form in ("s16", "s32"))


def _value(register: Register, place: int, data: bytes, *, little: bool) -> Value | None:
    if register.table in ("coil", "discrete"):
        return data[place // 8] >> place % 8 & 1
    octets = data[2 * place : 2 * (place + register.width)]
    if register.form == "text":
        return readable(octets)
    if register.width == 2 and (register.order == "little" if register.order else little):
        octets = octets[2:] + octets[:2]
    word = int.from_bytes(octets)
    if register.bit is not None:
        return None if word in register.absent else word >> register.bit & 1
    value = _number(register, octets)
    if value is None:
        return None
    beyond = (register.least is not None and value < register.least) or (
        register.most is not None and value > register.most
    )
    if not math.isfinite(value) or word in register.absent or value in register.absent or beyond:
        return None
    if register.scale == 1.0 and register.offset == 0.0:
        return value
    return scaled(value, register.scale, register.offset)
