"""What a Zebra label printer says of itself, field by field; zpl.py puts it into frames.

A fault in the sheet says `errors` and `warnings`, the masks of ~HQES; `status`, the letters the programming guide gives
to the flags of the ~HS strings (b paper out, c paused, o head up, ...); and `mute = 1` where ~HS is silent.
"""

from dataclasses import dataclass

from fleetmon.simulators.model.commands import NEVER
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput, Table
from fleetmon.simulators.sheets.interfaces import Line, Parity
from fleetmon.simulators.sheets.parts import Fault

_BAUDS = (110, 300, 600, 1200, 2400, 4800, 9600, 19200, 28800, 38400, 57600, 14400)  # in the order of ~HS
_SAYS = {"errors", "warnings", "status", "mute"}
_FLAGS = frozenset("bcfghjklopt")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_CM_PER_INCH = 2.54


@dataclass(frozen=True, slots=True)
class _Words:
    """What of a printer never changes. `variables` are settings that are constant, by their SGD name."""

    model: str
    firmware: str
    dots_per_mm: int
    memory: str
    dots_per_inch: int
    label_dots: int
    functions: int
    thermal_transfer: int
    print_mode: int
    width_mode: int
    graphics: int
    password: str
    static_ram: int
    mute: int
    variables: dict[str, str]


def read_printer(machine: Machine) -> "Printer":
    """The printer of a machine's sheet. Raises BadInput for words nobody here knows."""
    interface = machine.sheet.speaks
    assert interface is not None
    variables = {name: str(value) for name, value in interface.words.items() if "." in name}
    table = Table({name: value for name, value in interface.words.items() if "." not in name}, machine.sheet.name)
    words = _Words(
        model=table.text("model"),
        firmware=table.text("firmware"),
        dots_per_mm=table.whole("dots_per_mm", 8, least=6, most=24),
        memory=table.text("memory"),
        dots_per_inch=table.whole("dots_per_inch", 203, least=150, most=600),
        label_dots=table.whole("label_dots", least=1, most=9999),
        functions=table.whole("functions", 1, least=0, most=255),
        thermal_transfer=table.whole("thermal_transfer", 1, least=0, most=1),
        print_mode=table.whole("print_mode", 2, least=0, most=9),
        width_mode=table.whole("width_mode", 6, least=0, most=9),
        graphics=table.whole("graphics", 0, least=0, most=999),
        password=table.text("password", "1234"),
        static_ram=table.whole("static_ram", 0, least=0, most=1),
        mute=table.whole("mute", 1, least=0, most=1),
        variables=variables,
    )
    table.done()
    for fault in machine.sheet.faults.values():
        _check(fault, machine.sheet.name)
    return Printer(machine, interface.line, words)


def _check(fault: Fault, sheet: str) -> None:
    for word in fault.says.keys() - _SAYS:
        raise BadInput(f"{sheet}: faults.{fault.name}.says: no word {word!r}; allowed: {', '.join(sorted(_SAYS))}")
    if not set(fault.text_of("status")) <= _FLAGS:
        raise BadInput(f"{sheet}: faults.{fault.name}.says.status: letters of ~HS flags: {''.join(sorted(_FLAGS))}")


class Printer:
    """A machine read as a Zebra printer; whoever asks has moved the machine to the present."""

    def __init__(self, machine: Machine, line: Line, words: _Words) -> None:
        self._machine, self._line, self._words = machine, line, words

    @property
    def identification(self) -> str:
        """~HI: model, firmware, dots per millimetre, memory."""
        words = self._words
        return f"{words.model},{words.firmware},{words.dots_per_mm},{words.memory}"

    def host_status(self) -> tuple[str, ...]:
        """~HS: three strings, or none while a fault stands in which the printer does not answer it."""
        words, faults = self._words, self._machine.faults
        if words.mute and any(fault.number("mute") for fault in faults):
            return ()
        letters = "".join(fault.text_of("status") for fault in faults)
        flag = {letter: str(int(letter in letters)) for letter in _FLAGS}
        first = (
            f"{_settings(self._line):03},{flag['b']},{flag['c']},{words.label_dots:04},{self._formats_waiting():03},"
            f"{flag['f']},{flag['g']},{flag['h']},000,{flag['j']},{flag['k']},{flag['l']}"
        )
        second = (
            f"{words.functions:03},0,{flag['o']},{flag['p']},{words.thermal_transfer},{words.print_mode},"
            f"{words.width_mode},{flag['t']},00000000,1,{words.graphics:03}"
        )
        return first, second, f"{words.password},{words.static_ram}"

    def query(self, what: str) -> tuple[str, ...]:
        """The lines of ~HQ with these two letters; none for letters that are not simulated."""
        if what == "ES":
            return "  PRINTER STATUS", self._masks("ERRORS"), self._masks("WARNINGS")
        if what == "OD":
            inches = int(self._inches())
            counters = ("TOTAL NONRESETTABLE:", "USER RESETTABLE CNTR1:", "USER RESETTABLE CNTR2:")
            return "  PRINT METERS", *(f'   {counter}{inches:>{35 - len(counter)}} "' for counter in counters)
        return ("  SERIAL NUMBER", f"   {self._machine.serial}") if what == "SN" else ()

    def variable(self, name: str) -> str | None:
        """The setting of this name, "?" for one nobody has; None where the printer does not answer."""
        if name == "device.host_status":
            return "\r\n".join(self.host_status()) or None
        letters = "".join(fault.text_of("status") for fault in self._machine.faults)
        live = {
            "device.host_identification": self.identification,
            "device.unique_id": self._machine.serial,
            "device.friendly_name": self._machine.serial,
            "device.uptime": _uptime(int(self._machine.uptime)),
            "odometer.total_print_length": self._lengths(),
            "odometer.headclean": self._lengths(),
            "odometer.headnew": self._lengths(),
            "head.resolution.in_dpi": str(self._words.dots_per_inch),
            "head.latch": "open" if "o" in letters else "ok",
            "sensor.cover_open": "yes" if "o" in letters else "no",
            "sensor.paper_supply": "out" if "b" in letters else "ok",
        }
        return live.get(name, self._words.variables.get(name, "?"))

    def _masks(self, what: str) -> str:
        mask = 0
        for fault in self._machine.faults:
            mask |= fault.number(what.lower())
        return f"   {what + ':':16}{int(mask > 0)} {0:08X} {mask:08X}"

    def _formats_waiting(self) -> int:
        """One for every document that waits; work without end comes label by label."""
        machine = self._machine
        waiting = machine.station.waiting if machine.station else machine.backlog
        return 0 if waiting == NEVER else min(999, int(waiting))

    def _inches(self) -> float:
        """What it ever printed; nobody has ever set its other counters back."""
        markers = self._machine.sheet.markers
        labels = self._machine.documents + (markers[0].life if markers else 0)
        return labels * self._words.label_dots / self._words.dots_per_inch

    def _lengths(self) -> str:
        inches = self._inches()
        return f"{int(inches)} INCHES, {int(inches * _CM_PER_INCH)} CENTIMETERS"


def _settings(line: Line) -> int:
    """The bits aaa of ~HS: baud, data bits, stop bits, parity; handshake XON/XOFF."""
    speed = _BAUDS.index(line.baud) if line.baud in _BAUDS else _BAUDS.index(9600)
    bits = speed & 7 | (speed >> 3) << 8
    bits |= (line.data_bits == 8) << 3 | (line.stop_bits == 1) << 4
    return bits | (line.parity is not Parity.NONE) << 5 | (line.parity is Parity.EVEN) << 6


def _uptime(seconds: int) -> str:
    days, hours = seconds // _DAY, seconds % _DAY // _HOUR
    return f"{days:02} days {hours:02} hours {seconds % _HOUR // _MINUTE:02} mins {seconds % _MINUTE:02} secs"
