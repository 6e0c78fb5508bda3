"""A Zebra label printer's answers: `~HS`, `~HQES`, `~HQOD`, `~HQSN`, `~HI`, and getvar of its settings (SGD).

    ~HS        STX 030,0,0,1225,000,0,0,0,000,0,0,0 ETX CR LF  and two more such strings
    ~HQES      STX CR LF, lines padded to 44 columns each with CR LF, ETX
    ! U1 getvar "name"   and a space, CR or LF: "value" in quotes with no end of line, "?" for a name nobody has

Source: ZPL II Programming Guide; and docs.zebra.com for what one learns too late: out of media or ribbon, with the head
open or too hot, the printer answers `~HS` and `device.host_status` with *nothing*. ~HQES goes on answering. One ZT410
with firmware V75.19.15Z was seen to answer all the same; the word `mute = 0` in a sheet makes a printer like that.
Commands count wherever they stand, in the middle of a label too; everything else is print data and answered by nothing.
"""

import re

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.interfaces import ByteInterface
from fleetmon.simulators.wires.delivery import Delivery

from .zpl_words import Printer, read_printer

_LONGEST = 160
_COLUMNS = 44
_GETVAR = re.compile(rb'! U1 getvar "([ -!#-~]{1,100})"[ \r\n]')
_TILDE = re.compile(rb"~(HS|HI|HQ[A-Z]{2})")


class Zpl:
    """Speaks for a machine whose sheet says `protocol = "zpl"`; zpl_words.py has the words it knows."""

    def __init__(self, machine: Machine) -> None:
        if machine.sheet.speaks is None:
            raise BadInput(f"{machine.sheet.name} has no [bytes]")
        self._machine = machine
        self._interface: ByteInterface = machine.sheet.speaks
        self._printer: Printer = read_printer(machine)
        self._word = bytearray()  # what may become a command

    def meet(self) -> "Zpl":
        """The printer for one more client: what another left unfinished is not taken for the start of his command."""
        return Zpl(self._machine)

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        """Answer every command these octets complete."""
        self._machine.step(now)
        if not self._machine.answers:
            self._word.clear()
            return []
        after = self._interface.answers_after
        return [Delivery(after, answer) for octet in octets if (answer := self._take(octet))]

    def _take(self, octet: int) -> bytes:
        if octet == 0x7E or (octet == 0x21 and not self._word.startswith(b"!")):
            self._word[:] = bytes((octet,))
            return b""
        if not self._word:
            return b""
        self._word.append(octet)
        word = bytes(self._word)
        if match := _TILDE.fullmatch(word):
            answer = self._tilde(match[1].decode())
        elif match := _GETVAR.fullmatch(word):
            answer = self._getvar(match[1].decode())
        elif self._hopeful(word):
            return b""
        else:
            answer = b""
        self._word.clear()
        return answer

    def _hopeful(self, word: bytes) -> bool:
        """Whether a command may still come of it."""
        if word.startswith(b"~"):
            return any(command.startswith(word[:3]) for command in (b"~HS", b"~HI", b"~HQ")) and len(word) < 5
        return len(word) < _LONGEST and word[-1] not in b"\r\n"

    def _tilde(self, command: str) -> bytes:
        if command == "HS":
            strings = self._printer.host_status()
            return b"".join(b"\x02" + string.encode() + b"\x03\r\n" for string in strings)
        if command == "HI":
            return b"\x02" + self._printer.identification.encode() + b"\x03\r\n"
        lines = self._printer.query(command[2:])
        text = b"".join(line.ljust(_COLUMNS).encode() + b"\r\n" for line in lines)
        return b"\x02\r\n" + text + b"\x03" if lines else b""

    def _getvar(self, name: str) -> bytes:
        value = self._printer.variable(name)
        return b"" if value is None else b'"' + value.encode() + b'"'
