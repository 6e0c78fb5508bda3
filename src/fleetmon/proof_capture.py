"""One capture: what a machine said in one situation, and what its driver must make of it.

What was heard is a `walk` of an SNMP machine; `exchanges` on a line, octet by octet, or with `says` as the content of
frames, which the driver's own framing wraps, checks included; or the `registers` of a Modbus machine, which are
answered however they are asked for. Only raw octets of a real machine prove the framing, too.
"""

from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from fleetmon import toml_lines
from fleetmon.definition.modbus import Table
from fleetmon.definition.words import Octets, SomeOctets
from fleetmon.errors import DriverError
from fleetmon.links import transcript
from fleetmon.links.register_file import Registers
from fleetmon.toml_problems import Misfit, problems


class Provenance(StrEnum):
    """Where a capture comes from; only hardware makes a driver `verified`."""

    HARDWARE = "hardware"
    MANUAL_EXAMPLE = "manual-example"
    SIMULATED = "simulated"


def _octets(value: object) -> object:
    """As in a transcript, `hex: 01 03` is binary."""
    return (transcript.in_hex(value) or value) if isinstance(value, str) else value


def _joined(value: object) -> object:
    """A long answer may be written as several texts."""
    if not isinstance(value, list):
        return _octets(value)
    return b"".join(_HEARD.validate_python(each) for each in value)


def _some(value: object) -> object:
    """One frame, or several."""
    return [value] if isinstance(value, str) else value


Heard = Annotated[Octets, BeforeValidator(_octets)]
_HEARD: TypeAdapter[bytes] = TypeAdapter(Heard)


class Exchanged(BaseModel):
    """One question on a line, and its answer: `reply` as it came, or what it `says`, frame by frame; else silence.

    `ask` are the octets that were sent, or the request as the driver writes it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: Annotated[SomeOctets, BeforeValidator(_octets)]
    reply: Annotated[Octets, BeforeValidator(_joined)] | None = None
    says: Annotated[tuple[Heard, ...], BeforeValidator(_some)] = ()

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if self.reply is not None and self.says:
            raise Misfit(("says", "stands beside reply; give the octets as they came, or the content of the frames"))
        return self


def _numbers(value: object) -> object:
    """`{ 0x2000 = -5, 3 = true }`: addresses as texts, numbers as registers hold them."""
    if not isinstance(value, dict):
        return value
    found = {}
    for key, number in value.items():
        try:
            address = int(key, 0) if isinstance(key, str) else key
        except ValueError:
            raise ValueError(f'"{key}" is no address; write a number: 8192 or 0x2000') from None
        if not isinstance(number, int) or not -0x8000 <= number <= 0xFFFF or not 0 <= address <= 0xFFFF:
            raise ValueError(f"{key} = {number}: addresses are 0 to 65535, registers hold -32768 to 65535")
        found[address] = number & 0xFFFF
    return found


class Capture(BaseModel):
    """One situation of one machine, and what a driver must make of it.

    `device` and `unit` are as in the settings; `tcp` exchanges are frames of Modbus TCP.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    situation: Annotated[str, Field(min_length=1)]
    provenance: Provenance
    note: str = ""
    device: int | None = None
    unit: str | None = None
    tcp: bool = False
    walk: str | None = None
    exchanges: tuple[Exchanged, ...] | None = None
    registers: dict[Table, Annotated[Registers, BeforeValidator(_numbers)]] | None = None
    expect: dict[str, JsonValue]

    @model_validator(mode="after")
    def _heard_one_way(self) -> Self:
        heard = (self.walk is not None, self.exchanges is not None, self.registers is not None)
        if sum(heard) != 1:
            raise ValueError("give what was heard: one of walk (SNMP), exchanges (a line) or registers (Modbus)")
        return self


def read(file: Traversable) -> Capture:
    """One capture file; DriverError lists what is wrong with it as `file:line: key: what; hint`."""
    document = toml_lines.load(file.read_text("utf-8"), str(file), DriverError)
    try:
        return Capture.model_validate(document.data)
    except ValidationError as error:
        found = problems(error, Capture, document.data, lambda path: (document.file, document.line_of(path)))
        raise DriverError("\n".join(map(str, found))) from None
