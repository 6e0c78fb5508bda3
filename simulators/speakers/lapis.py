"""The serial port of a Lapis LAMINA006 laminator, as page 19 of its manual has it.

    ESC cmd [data] CR      LF is ignored
    ESC T 1 7 5 CR         sets the temperature, acknowledged with CR
    ESC T CR               reads the setting back: 1 7 5 CR

Nothing is sent unasked. Only the letter T is known; the pages with the others were never seen, so another letter is
not answered here, which is a guess. The port says what was *set*: of the true temperature, of a jam or an empty roll
it says nothing. A monitor must only read; one that sets the temperature finds it changed.
"""

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput, Table
from fleetmon.simulators.wires.delivery import Delivery

_ESC, _CR, _LF = 0x1B, 0x0D, 0x0A
_LONGEST = 16


class Lapis:
    """Speaks for a machine whose sheet says `protocol = "lapis"` and the word `temperature`, degrees Celsius."""

    def __init__(self, machine: Machine) -> None:
        interface = machine.sheet.speaks
        if interface is None:
            raise BadInput(f"{machine.sheet.name} has no [bytes]")
        words = Table(interface.words, f"{machine.sheet.name}: bytes.words")
        self._setting = str(words.whole("temperature", least=0, most=999))
        words.done()
        self._machine = machine
        self._after = interface.answers_after
        self._heard: bytearray | None = None  # since the last ESC

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        """Answer every sequence these octets complete."""
        self._machine.step(now)
        if not self._machine.answers:
            self._heard = None
            return []
        return [Delivery(self._after, answer) for octet in octets if (answer := self._take(octet))]

    def _take(self, octet: int) -> bytes:
        if octet == _ESC:
            self._heard = bytearray()
        elif self._heard is None or octet == _LF:
            return b""
        elif octet == _CR:
            sequence, self._heard = bytes(self._heard), None
            return self._obey(sequence)
        elif len(self._heard) == _LONGEST:
            self._heard = None
        else:
            self._heard.append(octet)
        return b""

    def _obey(self, sequence: bytes) -> bytes:
        command, data = sequence[:1], sequence[1:]
        if command != b"T":
            return b""
        if not data:
            return self._setting.encode() + b"\r"
        if data.isdigit() and len(data) <= 3:
            self._setting = str(int(data))
            return b"\r"
        return b""
