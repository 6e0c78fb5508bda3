"""Telnet with the COM port option, RFC 2217: a device server whose clients set the line from afar. No I/O.

The server's own line can so be set wrongly, and then the machine's octets arrive as garbage, as they would. Hostile
input makes no difference: what is no telnet is dropped, and no subnegotiation may be longer than any there is. Flow
control commands are acknowledged and change nothing. The commands are those of section 3 of the RFC. pyserial brings a
server side, too, but a truncated command ends it with an exception and an endless one fills the memory; its client
side is who we are tried with.
"""

from collections.abc import Callable
from dataclasses import replace

from fleetmon.simulators.sheets.interfaces import Line, Parity

from .tcp import Heard
from .uart import as_heard

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, SUPPRESS_GO_AHEAD, COM_PORT = 0, 3, 44
_OPTIONS = (BINARY, SUPPRESS_GO_AHEAD, COM_PORT)
_SERVER = 100  # the server's commands have the client's numbers and a hundred more
_SIGNATURE, _BAUD, _DATA, _PARITY, _STOP, _CONTROL, _LINE_STATE, _MODEM_STATE = range(8)
_LINE_MASK, _MODEM_MASK, _PURGE = 10, 11, 12
_PARITIES = {1: Parity.NONE, 2: Parity.ODD, 3: Parity.EVEN}
_READY = 0x80 | 0x20 | 0x10  # carrier, data set ready, clear to send
_LONGEST = 64
# SET-CONTROL: the values a question stands for, and what is answered until the client chooses another of them
_CHOICES = {0: ((1, 2, 3, 17, 19), 1), 4: ((5, 6), 6), 7: ((8, 9), 8), 10: ((11, 12), 11), 13: ((14, 15, 16, 18), 14)}


class ComPort:
    """One client's telnet connection to a machine whose own line is set as `line` says, as is at first the server's."""

    def __init__(self, line: Line) -> None:
        self._machine = self.line = line
        self._control = {question: chosen for question, (_, chosen) in _CHOICES.items()}
        self._agreed: set[tuple[int, int]] = set()
        self._step: Callable[[int], None] = self._data
        self._verb = 0
        self._inner: bytearray | None = None
        self._out, self._back, self._purged = bytearray(), bytearray(), False

    def arriving(self, octets: bytes) -> Heard:
        self._out, self._back, self._purged = bytearray(), bytearray(), False
        for octet in octets:
            self._step(octet)
        return Heard(as_heard(bytes(self._out), self.line, self._machine), bytes(self._back), self._purged)

    def leaving(self, octets: bytes) -> bytes:
        return as_heard(octets, self._machine, self.line).replace(b"\xff", b"\xff\xff")

    # -- telnet, RFC 854

    def _data(self, octet: int) -> None:
        if octet == IAC:
            self._step = self._command
        else:
            self._keep(octet)

    def _keep(self, octet: int) -> None:
        if self._inner is None:
            self._out.append(octet)
        elif len(self._inner) < _LONGEST:
            self._inner.append(octet)

    def _command(self, octet: int) -> None:
        self._step = self._data
        if octet == IAC:
            self._keep(octet)
        elif octet in (DO, DONT, WILL, WONT):
            self._verb, self._step = octet, self._option
        elif octet == SB:
            self._inner = bytearray()
        elif octet == SE and self._inner is not None:
            inner, self._inner = bytes(self._inner), None
            if len(inner) > 1 and inner[0] == COM_PORT:
                self._com_port(inner[1], inner[2:])

    def _option(self, option: int) -> None:
        """Agree to what we know, decline the rest, and answer nothing that only confirms (RFC 1143)."""
        self._step = self._data
        ours = self._verb in (DO, DONT)
        yes, no = (WILL, WONT) if ours else (DO, DONT)
        side = (option, yes)
        wanted = self._verb in (DO, WILL)
        if wanted == (side in self._agreed):
            return
        if not wanted:
            self._agreed.remove(side)
        elif option in _OPTIONS:
            self._agreed.add(side)
        self._back += bytes((IAC, yes if side in self._agreed else no, option))
        if side in self._agreed and option == COM_PORT:
            self._tell(_MODEM_STATE, bytes((_READY,)))

    # -- the COM port option

    def _tell(self, command: int, value: bytes) -> None:
        value = value.replace(b"\xff", b"\xff\xff")
        self._back += bytes((IAC, SB, COM_PORT, _SERVER + command)) + value + bytes((IAC, SE))

    def _com_port(self, command: int, value: bytes) -> None:
        """Do it and answer what holds now; a value of 0, or one that cannot be had, only asks."""
        if command == _SIGNATURE and not value:
            self._tell(command, b"simulated device server")
        elif command == _BAUD:
            self._set_baud(int.from_bytes(value[:4], "big"))
        elif command in (_LINE_STATE, _MODEM_STATE):
            self._tell(command, bytes((_READY if command == _MODEM_STATE else 0,)))
        elif value:
            self._set(command, value[0])

    def _set_baud(self, baud: int) -> None:
        if 50 <= baud <= 4_000_000:
            self.line = replace(self.line, baud=baud)
        self._tell(_BAUD, self.line.baud.to_bytes(4, "big"))

    def _set(self, command: int, value: int) -> None:
        if command in (_DATA, _PARITY, _STOP):
            value = self._set_line(command, value)
        elif command == _CONTROL:
            value = self._choose(value)
        elif command == _PURGE:
            self._purged = self._purged or value in (1, 3)
        elif command not in (_LINE_MASK, _MODEM_MASK):
            return
        self._tell(command, bytes((value,)))

    def _set_line(self, command: int, value: int) -> int:
        if command == _DATA:
            self.line = replace(self.line, data_bits=value if 5 <= value <= 8 else self.line.data_bits)
            return self.line.data_bits
        if command == _STOP:
            self.line = replace(self.line, stop_bits=value if value in (1, 2) else self.line.stop_bits)
            return self.line.stop_bits
        self.line = replace(self.line, parity=_PARITIES.get(value, self.line.parity))
        return next(number for number, parity in _PARITIES.items() if parity is self.line.parity)

    def _choose(self, value: int) -> int:
        """Flow control, break, DTR, RTS, inbound flow control: what was chosen, or what holds."""
        for question, (choices, _) in _CHOICES.items():
            if value in choices:
                self._control[question] = value
        return self._control.get(value, value)
