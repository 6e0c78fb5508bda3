"""The parts of a device sheet that speak of a line of bytes: `[bytes]`, `[modbus]` and what a fault `says` there.

What only one protocol knows stands in `words`, a table of texts and whole numbers handed to that protocol's speaker as
it is; the speaker refuses what it does not know.
"""

from fleetmon.simulators.reading import Table
from fleetmon.simulators.sheets.interfaces import ByteInterface, Line, ModbusInterface, Parity, Register

_REGISTERS = ("coil", "discrete", "input", "holding")


def read_bytes(table: Table) -> ByteInterface:
    """`[bytes]`: protocol, baud, data_bits, parity, stop_bits, answers_after, words."""
    interface = ByteInterface(
        protocol=table.text("protocol"),
        line=_line(table),
        answers_after=table.number("answers_after", 0),
        words=table.words("words"),
    )
    table.done()
    return interface


def read_modbus(table: Table) -> ModbusInterface:
    """`[modbus]`: unit, the line, registers, words."""
    interface = ModbusInterface(
        unit=table.whole("unit", 1, least=1, most=247),
        line=_line(table),
        registers=tuple(_register(register) for register in table.tables("registers")),
        words=table.words("words"),
    )
    table.done()
    return interface


def _line(table: Table) -> Line:
    return Line(
        baud=table.whole("baud", 9600, least=50, most=4_000_000),
        data_bits=table.whole("data_bits", 8, least=5, most=8),
        parity=table.word("parity", Parity, Parity.NONE),
        stop_bits=table.whole("stop_bits", 1, least=1, most=2),
    )


def _register(table: Table) -> Register:
    kind = table.text("kind")
    if kind not in _REGISTERS:
        raise table.bad("kind", f"{kind!r} is not allowed; allowed: {', '.join(_REGISTERS)}")
    number = table.text("number", "")
    faults = table.texts("faults", ())
    register = Register(
        kind=kind,
        address=table.whole("address", least=0, most=65535),
        width=table.whole("width", 1, least=1, most=2),
        value=0 if number else table.whole("value", least=-(2**31), most=2**32 - 1),
        faults=faults,
        during=table.whole("during", least=-(2**31), most=2**32 - 1) if faults else 0,
        number=number,
        scale=table.number("scale", 1),
    )
    table.done()
    return register
