"""One slave on the bus: what its registers hold at a moment, and how it answers whoever reads them.

The map is the sheet's. Besides fixed numbers a register can hold something of the heater's, of the machine the unit is
wired to (the lamps of its signal tower, its cycle pulses), or the bits of the faults that stand. Functions 1 to 4 are
answered where the sheet has registers of that kind; everything else, writes above all, is refused: nothing can be set
from outside. What a maker calls an error value is a register's `during`, so each map keeps its own.
"""

from collections.abc import Callable
from struct import pack

from fleetmon.simulators.modbus.frames import Refusal, refused
from fleetmon.simulators.modbus.register_map import FLASHING, LAMPS, WARNED, lay_out, number_of
from fleetmon.simulators.model.heater import Heat, Heater
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.interfaces import Register
from fleetmon.simulators.sheets.parts import Fault
from fleetmon.simulators.wires.conversation import unaltered
from fleetmon.simulators.wires.delivery import Vice

_LAST_UNIT = 247
_KINDS = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
_MOST = {"coil": 2000, "discrete": 2000, "holding": 125, "input": 125}  # Modbus Application Protocol V1.1b3, 6.1 to 6.4


class Unit:
    """A machine's `[modbus]`, answering as unit `number`; `wired` is the machine whose heater or lamps it sees.

    `vice` is what is wrong with its wires.
    """

    def __init__(self, machine: Machine, wired: Machine | None = None, number: int = 0) -> None:
        interface = machine.sheet.modbus
        if interface is None:
            raise BadInput(f"{machine.sheet.name} has no [modbus] to speak in")
        self.machine = machine
        self.wired = wired or machine
        if self.wired.power.heater:
            machine.power.sit_on(self.wired.power.heater)
        self.number = number or interface.unit
        if self.number > _LAST_UNIT:
            raise BadInput(f"{machine.name}: unit {self.number} is above {_LAST_UNIT}, the last there is")
        self.delay = number_of(interface, "delay_ms", 20) / 1000
        self.interface = interface
        self.vice: Vice = unaltered
        self._registers = lay_out(machine.sheet, interface, self._heater)

    def answer(self, pdu: bytes, now: float) -> bytes | None:
        """The answer's PDU; None while the machine is not there to answer."""
        self.wired.step(now)
        self.machine.step(now)
        if self._heater:
            self._heater.step(now)
        if not self.machine.answers:
            return None
        function = pdu[0]
        kind = _KINDS.get(function, "")
        cells = self._registers.get(kind)
        if cells is None:
            return refused(function, Refusal.FUNCTION)
        if len(pdu) != 5:
            return refused(function, Refusal.VALUE)
        start, count = int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        if not 1 <= count <= number_of(self.interface, "most", _MOST[kind]):
            return refused(function, Refusal.VALUE)
        wanted = [cells.get(address) for address in range(start, start + count)]
        if wanted[0] is None or wanted[0][1]:
            return refused(function, Refusal.ADDRESS)
        numbers = [self._cell(cell, now) for cell in wanted if cell]
        if len(numbers) < count:
            return refused(function, Refusal.ADDRESS)
        octets = pack(f">{count}H", *numbers) if kind in ("holding", "input") else _bits(numbers)
        return bytes([function, len(octets)]) + octets

    def _cell(self, cell: tuple[Register, int], now: float) -> int:
        """One register of 16 bits, or one bit, of something that may span two."""
        register, word = cell
        value = self._value(register, now) & 0xFFFFFFFF
        return value >> 16 * (register.width - 1 - word) & 0xFFFF

    def _value(self, register: Register, now: float) -> int:
        standing = {fault.name for fault in self._faults(now)}
        if standing & set(register.faults):
            return register.during
        if not register.number:
            return register.value
        if register.number in LAMPS:
            return self._lit(register.number, now)
        return _READINGS[register.number](self, now, register.scale)

    # -- what its registers speak of

    @property
    def _heater(self) -> Heater | None:
        return self.machine.power.heater

    @property
    def heater(self) -> Heater:
        """The heater it controls; a map that speaks of one was refused where there is none."""
        assert self._heater is not None
        return self._heater

    def inputs(self, now: float) -> int:
        """All discrete inputs in one number, input 0 in the lowest bit."""
        cells = self._registers.get("discrete", {})
        return sum((self._cell(cell, now) & 1) << address for address, cell in cells.items())

    def _faults(self, now: float) -> list[Fault]:
        """Its own faults, and those a controller cannot fail to notice in the heater it holds, whoever raised them."""
        noticed = self._heater.troubles if self._heater else frozenset()
        own = self.machine.faults
        seen = [fault for fault in self.machine.sheet.faults.values() if fault.text_of("notices") in noticed]
        return own + [fault for fault in seen if fault not in own]

    def _status(self, now: float, _: float) -> int:
        """The bits of all faults that stand, and what the controller says of the heater at any time."""
        bits = 0
        for fault in self._faults(now):
            bits |= fault.number("status")
        if (heater := self._heater) is not None:
            bits |= number_of(self.interface, "heating", 0) if heater.output(now) > 0 else 0
            bits |= number_of(self.interface, "too_cold", 0) if heater.heat in (Heat.COLD, Heat.OFF) else 0
            bits |= number_of(self.interface, "too_hot", 0) if heater.heat is Heat.HOT else 0
        return bits

    def _lit(self, lamp: str, now: float) -> int:
        """Whether a lamp of the signal tower is lit at this moment; those that flash are lit half of each second."""
        states = {str(self.wired.activity)} if self.wired.answers else set()
        if states and any(map(_warns, self.wired.faults)):
            states.add(WARNED)
        words = str(self.interface.words[lamp]).split()
        if states & set(words):
            return 1
        return int(any(FLASHING + state in words for state in states) and now % 1.0 < 0.5)


def _warns(fault: Fault) -> bool:
    """Whether it deserves an amber lamp: nothing stops, but it is no mere text of what the machine is doing."""
    return not fault.stops and (fault.when is None or bool(fault.when.store))


def _bits(numbers: list[int]) -> bytes:
    """The first in the lowest bit of the first octet; Modbus Application Protocol V1.1b3, 6.1."""
    octets = bytearray((len(numbers) + 7) // 8)
    for index, number in enumerate(numbers):
        octets[index // 8] |= (number & 1) << index % 8
    return bytes(octets)


Reading = Callable[[Unit, float, float], int]
_READINGS: dict[str, Reading] = {
    "pv": lambda unit, now, scale: round(unit.heater.temperature(now) * scale),
    "sv": lambda unit, now, scale: round(unit.heater.parts.set_point * scale),
    "mv": lambda unit, now, scale: round(unit.heater.output(now) * scale),
    "amps": lambda unit, now, scale: round(unit.heater.amps(now) * scale),
    "status": Unit._status,
    "status-high": lambda unit, now, scale: Unit._status(unit, now, scale) >> 16,
    "inputs": lambda unit, now, _: unit.inputs(now),
    "pulses": lambda unit, now, scale: round(unit.wired.made * scale),
}
