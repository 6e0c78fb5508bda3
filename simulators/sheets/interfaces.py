"""How a machine that speaks no SNMP is reached and in what words, as its sheet says it: plain data, no behaviour."""

from dataclasses import dataclass
from enum import StrEnum


class Parity(StrEnum):
    """The parity bit of a serial line."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Line:
    """A serial line's settings."""

    baud: int
    data_bits: int
    parity: Parity
    stop_bits: int

    @property
    def octet_s(self) -> float:
        """Seconds one octet takes, start and stop bits included."""
        return (1 + self.data_bits + (self.parity is not Parity.NONE) + self.stop_bits) / self.baud


@dataclass(frozen=True, slots=True)
class ByteInterface:
    """How the machine speaks in bytes: which protocol, over which line, and `words`, what only that protocol knows.

    `answers_after` is how many seconds it thinks before it answers.
    """

    protocol: str
    line: Line
    answers_after: float
    words: dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Register:
    """Something to be read over Modbus: a value, another one while a named fault stands, or a number of the machine's.

    `kind` is coil, discrete, input or holding; `width` how many registers it takes, high word first.
    """

    kind: str
    address: int
    width: int
    value: int
    faults: tuple[str, ...]
    during: int
    number: str
    scale: float


@dataclass(frozen=True, slots=True)
class ModbusInterface:
    """How the machine speaks Modbus; `words` are what only its own model of the process knows."""

    unit: int
    line: Line
    registers: tuple[Register, ...]
    words: dict[str, int | str]
