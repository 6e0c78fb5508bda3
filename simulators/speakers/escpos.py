"""ESC/POS status, as slip and receipt printers of Epson and many others give it.

`DLE EOT n` is real-time: it is answered at once, off-line, out of paper and in the middle of a document, with one octet
whose fixed bits (0x93 must read 0x12) tell it from anything else. `GS r` waits behind what is printed, so it is not
answered while the printer stands. `GS a` makes it send four octets by itself whenever something of what was asked for
changes. What is to be printed, and commands that would move something, are taken and come to nothing.

A fault says which bits it sets in the answer to which n: `says = { n2 = 0x04 }`. That the printer is off-line follows
from a fault that stops it. Words: `slip = 1` for a printer that knows n = 5.
Sources: Epson TM-U220, TM-U375P; automatic status: PcOS Series 80PLUS programmer's guide (Ithaca), Epson emulation.
"""

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.speakers.words import known_words
from fleetmon.simulators.wires.delivery import Delivery

_DLE, _GS = 0x10, 0x1D
_FIXED, _FIXED_AUTOMATIC = 0x12, 0x10
_OFF_LINE, _ERROR, _COVER_OPEN = 0x08, 0x40, 0x04
_MOST_WAITING = 64


class EscPos:
    """The voice of a slip or receipt printer."""

    def __init__(self, machine: Machine) -> None:
        interface = machine.sheet.speaks
        if interface is None:
            raise BadInput(f"{machine.sheet.name} has no [bytes]")
        words = known_words(machine.sheet, ("slip",), ("n1", "n2", "n3", "n4", "n5"))
        self._machine = machine
        self._after = interface.answers_after
        self._questions = 5 if words.get("slip") else 4
        self._forget()

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        """An octet for each real-time question, whatever else is going on; nothing while it is switched off."""
        self._machine.step(now)
        if not self._machine.answers:
            self._forget()
            return []
        self._bits = [self._said(n) for n in range(6)]
        answers = bytearray(self._due())
        for octet in octets:
            if self._begun or octet in (_DLE, _GS):
                answers += self._octet(octet)
                answers += b"" if self._begun else self._due()
        return [Delivery(self._after, bytes(answers))] if answers else []

    def _forget(self) -> None:
        self._begun = b""
        self._waiting: list[tuple[int, int]] = []
        self._watched = 0
        self._told = b""
        self._bits = [0] * 6

    # -- what is asked

    def _octet(self, octet: int) -> bytes:
        """A real-time question is looked for everywhere, even inside other data, as printers do."""
        begun, self._begun = self._begun + bytes([octet]), b""
        match begun:
            case b"\x10" | b"\x1d" | b"\x10\x04" | b"\x10\x05" | b"\x1dr" | b"\x1da":
                self._begun = begun
            case bytes() if begun[:2] == b"\x10\x04" and 1 <= octet <= self._questions:
                return bytes([_FIXED | self._bits[octet]])
            case bytes() if begun[:1] == b"\x1d" and len(begun) == 3 and len(self._waiting) < _MOST_WAITING:
                self._waiting.append((begun[1], octet))
            case bytes() if len(begun) == 2 and octet in (_DLE, _GS):
                self._begun = bytes([octet])
        return b""

    def _due(self) -> bytes:
        return self._worked_off() + self._changed()

    def _worked_off(self) -> bytes:
        """What waits behind the data gets its turn only while the printer is on-line."""
        answers = b""
        while self._waiting and not self._bits[1] & _OFF_LINE:
            command, n = self._waiting.pop(0)
            if command == ord("a"):
                self._watched, self._told = n & 0x0F, b""
            elif n in (1, ord("1")):
                answers += bytes([self._paper()])
        return answers

    # -- what it says of itself

    def _said(self, n: int) -> int:
        """The bits that its faults set in the answer to n, the fixed ones left out."""
        faults = self._machine.faults
        bits = 0
        for fault in faults:
            bits |= fault.number(f"n{n}")
        if n == 1 and any(fault.stops for fault in faults):
            bits |= _OFF_LINE
        if n == 2 and any(fault.number("n3") for fault in faults):
            bits |= _ERROR
        return bits

    def _paper(self) -> int:
        """The paper sensors as GS r and the automatic status have them: near end, end."""
        paper = self._bits[4]
        return (0x03 if paper & 0x0C else 0) | (0x0C if paper & 0x60 else 0)

    def _changed(self) -> bytes:
        """The four octets, if somebody watches and what is watched is not what was told last."""
        if not self._watched:
            return b""
        cover = 0x20 if self._bits[2] & _COVER_OPEN else 0
        first = _FIXED_AUTOMATIC | self._bits[1] & 0x4C | cover
        now = bytes([first, self._bits[3] & 0x6C, self._paper(), 0])
        of_first = (0x04 if self._watched & 0x01 else 0) | (0x28 if self._watched & 0x02 else 0)
        masks = (of_first, 0xFF if self._watched & 0x04 else 0, 0xFF if self._watched & 0x08 else 0)
        watched = bytes(octet & mask for octet, mask in zip(now, masks, strict=False))
        if watched == self._told:
            return b""
        self._told = watched
        return now
