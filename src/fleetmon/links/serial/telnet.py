"""Telnet with the COM port option, RFC 2217, from the client's side: octets in, octets and answers out. No I/O.

What is no telnet is dropped, a subnegotiation is no longer than any that exists, and options nobody asked for are
refused once. The commands are those of section 3 of the RFC; the server's carry the client's numbers and 100 more.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from fleetmon.links.serial.port import LineSettings
from fleetmon.model.plan import Handshake, Parity

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, ECHO, SUPPRESS_GO_AHEAD, COM_PORT = 0, 1, 3, 44
SET_BAUD, SET_DATA, SET_PARITY, SET_STOP, SET_CONTROL, PURGE = 1, 2, 3, 4, 5, 12
SERVER: Final = 100
PURGE_RECEIVED: Final = b"\x01"
_LONGEST: Final = 64
_NEGOTIATIONS: Final = (DONT, DO, WONT, WILL)
_OURS: Final = (BINARY, SUPPRESS_GO_AHEAD, COM_PORT)  # what we offer to do
_THEIRS: Final = (BINARY, SUPPRESS_GO_AHEAD)  # what we want of the server
_PARITY: Final = {Parity.NONE: 1, Parity.ODD: 2, Parity.EVEN: 3}
_CONTROL: Final = {Handshake.NONE: 1, Handshake.XON_XOFF: 2, Handshake.RTS_CTS: 3, Handshake.DSR_DTR: 19}


def opening() -> bytes:
    """What a client says first."""
    return bytes(
        [each for option in _OURS for each in (IAC, WILL, option)]
        + [each for option in _THEIRS for each in (IAC, DO, option)]
    )


def command(number: int, value: bytes) -> bytes:
    """One command of the COM port option."""
    return bytes((IAC, SB, COM_PORT, number)) + escaped(value) + bytes((IAC, SE))


def escaped(octets: bytes) -> bytes:
    """Data for the line: the octet 255 is doubled."""
    return octets.replace(b"\xff", b"\xff\xff")


def settings(line: LineSettings) -> dict[int, bytes]:
    """The commands that set a line, and their values. DTR, RTS and break are left alone, as opening does nothing."""
    return {
        SET_BAUD: line.baud.to_bytes(4, "big"),
        SET_DATA: bytes((line.data_bits,)),
        SET_PARITY: bytes((_PARITY[line.parity],)),
        SET_STOP: bytes((line.stop_bits,)),
        SET_CONTROL: bytes((_CONTROL[line.handshake],)),
    }


@dataclass(frozen=True, slots=True)
class Told:
    """What octets from the server come to: `data` of the line, the `answer` that telnet owes the server, `confirmed`
    commands with the values that hold now, and whether it takes the COM port option (None: nothing was said)."""

    data: bytes
    answer: bytes = b""
    confirmed: tuple[tuple[int, bytes], ...] = ()
    takes_com_port: bool | None = None


class _In(Enum):
    DATA = auto()
    COMMAND = auto()
    OPTION = auto()
    SUBNEGOTIATION = auto()
    SUBNEGOTIATION_COMMAND = auto()


@dataclass(slots=True)
class Telnet:
    """One connection's state; the result does not depend on how octets are parted among calls."""

    _state: _In = _In.DATA
    _verb: int = 0
    _sub: bytearray = field(default_factory=bytearray)
    _refused: set[tuple[int, int]] = field(default_factory=set)
    _data: bytearray = field(default_factory=bytearray)
    _answer: bytearray = field(default_factory=bytearray)
    _confirmed: list[tuple[int, bytes]] = field(default_factory=list)
    _takes: bool | None = None

    def feed(self, octets: bytes) -> Told:
        """What these octets say."""
        if self._state is _In.DATA and IAC not in octets:
            return Told(octets)
        for octet in octets:
            self._hear(octet)
        told = Told(bytes(self._data), bytes(self._answer), tuple(self._confirmed), self._takes)
        self._data, self._answer, self._confirmed, self._takes = bytearray(), bytearray(), [], None
        return told

    def _hear(self, octet: int) -> None:
        match self._state:
            case _In.DATA if octet != IAC:
                self._data.append(octet)
            case _In.DATA:
                self._state = _In.COMMAND
            case _In.COMMAND:
                self._command(octet)
            case _In.OPTION:
                self._state = _In.DATA
                self._negotiate(octet)
            case _In.SUBNEGOTIATION if octet != IAC:
                self._keep(octet)
            case _In.SUBNEGOTIATION:
                self._state = _In.SUBNEGOTIATION_COMMAND
            case _In.SUBNEGOTIATION_COMMAND:
                self._subcommand(octet)

    def _command(self, octet: int) -> None:
        self._state = _In.DATA
        if octet == IAC:
            self._data.append(IAC)
        elif octet == SB:
            self._sub.clear()
            self._state = _In.SUBNEGOTIATION
        elif octet in _NEGOTIATIONS:
            self._verb = octet
            self._state = _In.OPTION

    def _keep(self, octet: int) -> None:
        if len(self._sub) < _LONGEST:
            self._sub.append(octet)

    def _negotiate(self, option: int) -> None:
        wanted, refusal = (_THEIRS, DONT) if self._verb in (WILL, WONT) else (_OURS, WONT)
        if option == COM_PORT and self._verb in (DO, DONT):
            self._takes = self._verb == DO
        if self._verb in (WILL, DO) and option not in wanted and (refusal, option) not in self._refused:
            self._refused.add((refusal, option))
            self._answer += bytes((IAC, refusal, option))

    def _subcommand(self, octet: int) -> None:
        if octet == SE:
            self._state = _In.DATA
            if self._sub[:1] == bytes((COM_PORT,)) and len(self._sub) > 1 and self._sub[1] >= SERVER:
                self._confirmed.append((self._sub[1] - SERVER, bytes(self._sub[2:])))
        elif octet == IAC:
            self._state = _In.SUBNEGOTIATION
            self._keep(octet)
        else:  # no command can stand in there: the server lost its thread
            self._state = _In.DATA
