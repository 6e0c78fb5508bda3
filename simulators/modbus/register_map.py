"""What stands in a unit's registers, as its sheet has it; a map that cannot be served is refused when it is loaded.

The sheet's map is a list of registers, each with its kind and address. `words` say when which lamp of a signal tower is
lit ("flashing:idle" is half of each second), which status bits the heater brings about, and the unit's manners.
"""

from fleetmon.simulators.model.heater import Heater
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.interfaces import ModbusInterface, Register
from fleetmon.simulators.sheets.parts import Activity, Fault, Sheet

OF_HEATER = ("pv", "sv", "mv", "amps")
OF_UNIT = ("status", "status-high", "inputs", "pulses")
LAMPS = ("red", "amber", "green", "white", "buzzer", "relay")
FLASHING = "flashing:"
WARNED = "warned"

_STATES = (*Activity, WARNED)
_NUMBERS = ("heating", "too_cold", "too_hot", "most", "delay_ms")
_SAID = ("status", "heater", "notices")

Cells = dict[int, tuple[Register, int]]


def number_of(interface: ModbusInterface, word: str, otherwise: int) -> int:
    """A number among the sheet's words."""
    value = interface.words.get(word, otherwise)
    return value if isinstance(value, int) else otherwise


def lay_out(sheet: Sheet, interface: ModbusInterface, heater: Heater | None) -> dict[str, Cells]:
    """Every address, by kind: the register that stands there and which of its words. Raises BadInput."""
    _check_words(sheet.name, interface)
    for fault in sheet.faults.values():
        _check_fault(sheet.name, fault)
    cells: dict[str, Cells] = {}
    for register in interface.registers:
        _check_register(sheet.name, register, interface, heater)
        of_kind = cells.setdefault(register.kind, {})
        for word in range(register.width):
            if of_kind.setdefault(register.address + word, (register, word))[0] is not register:
                raise BadInput(f"{sheet.name}: modbus.registers: {register.kind} {register.address:#06x} stands twice")
    return cells


def _check_words(name: str, interface: ModbusInterface) -> None:
    for word, value in interface.words.items():
        if word not in (*LAMPS, *_NUMBERS):
            raise BadInput(f"{name}: modbus.words: {word!r} is not known; there are: {', '.join((*LAMPS, *_NUMBERS))}")
        if (word in _NUMBERS) is not isinstance(value, int):
            raise BadInput(
                f"{name}: modbus.words.{word}: {'a whole number' if word in _NUMBERS else 'a text'} is needed"
            )
        for state in str(value).split() if word in LAMPS else ():
            if state.removeprefix(FLASHING) not in _STATES:
                raise BadInput(f"{name}: modbus.words.{word}: {state!r} is no state; there are: {', '.join(_STATES)}")


def _check_fault(name: str, fault: Fault) -> None:
    for word in fault.says:
        if word not in _SAID:
            raise BadInput(f"{name}: faults.{fault.name}.says: {word!r} is not known; there are: {', '.join(_SAID)}")


def _check_register(name: str, register: Register, interface: ModbusInterface, heater: Heater | None) -> None:
    known = (*OF_HEATER, *OF_UNIT, *(lamp for lamp in LAMPS if lamp in interface.words))
    if register.number and register.number not in known:
        raise BadInput(f"{name}: modbus.registers: no number {register.number!r}; there are: {', '.join(known)}")
    if register.number in OF_HEATER and heater is None:
        raise BadInput(f"{name}: modbus.registers: {register.number!r} needs a heater, its own or one it follows")
