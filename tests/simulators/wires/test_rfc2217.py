"""A device server whose clients set the line: what it answers, and that nothing can confuse it."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
import serial
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.interfaces import Line, Parity
from fleetmon.simulators.wires.rfc2217 import COM_PORT, DO, DONT, IAC, SB, SE, WILL, WONT, ComPort
from hypothesis import given
from hypothesis import strategies as st

Talk = Callable[..., Awaitable[bytes]]

LINE = Line(9600, 8, Parity.NONE, 1)
# pyserial 3.5 starts its reading thread with methods Python has deprecated since
pyserial_is_old = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")


def telnet(*parts: int | bytes) -> bytes:
    return b"".join(part if isinstance(part, bytes) else bytes((part,)) for part in parts)


def asked(command: int, value: bytes) -> bytes:
    return telnet(IAC, SB, COM_PORT, command, value.replace(b"\xff", b"\xff\xff"), IAC, SE)


def answered(port: ComPort, command: int, value: bytes) -> bytes:
    """The value of the server's answer to a command of the client."""
    answer = port.arriving(asked(command, value)).answer
    assert answer[:4] == telnet(IAC, SB, COM_PORT, 100 + command)
    assert answer[-2:] == telnet(IAC, SE)
    return answer[4:-2].replace(b"\xff\xff", b"\xff")


@pyserial_is_old
async def test_pyserial_talks_to_it(lapis: Machine, talk: Talk, served: Callable) -> None:
    """`rfc2217://` clients negotiate, set the line and are answered, one after the other."""
    async with served(lapis, "rfc2217") as [reach]:
        for _ in range(3):
            assert await talk(reach.url, b"\x1bT\r", baud=19200, end=b"\r") == b"175\r"


@pyserial_is_old
async def test_a_line_set_wrongly_gives_garbage(lapis: Machine, talk: Talk, served: Callable) -> None:
    """The server does as it is told: at 9600 the laminator understands nothing."""
    async with served(lapis, "rfc2217") as [reach]:
        assert await talk(reach.url, b"\x1bT\r", baud=9600, timeout=0.3) == b""
        assert await talk(reach.url, b"\x1bT\r", baud=19200, end=b"\r") == b"175\r"


@pyserial_is_old
async def test_pyserial_may_turn_every_knob(zebra: Machine, talk: Talk, served: Callable) -> None:
    """Every setting pyserial knows of is acknowledged as it expects, else it raises; the lines are those of a machine
    that is there."""

    def turn(url: str) -> tuple[bool, bool, bool, bytes]:
        with serial.serial_for_url(url, baudrate=9600, timeout=5) as port:
            port.dtr = port.rts = False
            port.dtr = port.rts = True
            port.break_condition = True
            port.break_condition = False
            for setting in ("rtscts", "xonxoff"):
                setattr(port, setting, True)
                setattr(port, setting, False)
            for bits, parity, stop in ((7, "E", 2), (8, "O", 1), (8, "N", 1)):
                port.bytesize, port.parity, port.stopbits = bits, parity, stop
            port.reset_input_buffer()
            port.reset_output_buffer()
            port.write(b"~HI")
            return port.cts, port.dsr, port.cd, port.read_until(b"\n")

    async with served(zebra, "rfc2217") as [reach]:
        cts, dsr, carrier, answer = await asyncio.to_thread(turn, reach.url)
    assert (cts, dsr, carrier) == (True, True, True)
    assert answer == b"\x02ZT410-200dpi,V75.19.15Z,8,4096KB\x03\r\n"


def test_options_are_agreed_or_declined_once() -> None:
    """Known options are agreed to, unknown ones declined, and a confirmation is not answered: no loops (RFC 1143)."""
    port = ComPort(LINE)
    assert port.arriving(telnet(IAC, DO, 0)).answer == telnet(IAC, WILL, 0)
    assert port.arriving(telnet(IAC, DO, 0)).answer == b""
    assert port.arriving(telnet(IAC, DONT, 0)).answer == telnet(IAC, WONT, 0)
    assert port.arriving(telnet(IAC, DONT, 0)).answer == b""
    assert port.arriving(telnet(IAC, DO, 1)).answer == telnet(IAC, WONT, 1)
    assert port.arriving(telnet(IAC, WILL, 200)).answer == telnet(IAC, DONT, 200)
    assert port.arriving(telnet(IAC, WONT, 200)).answer == b""
    agreed = port.arriving(telnet(IAC, WILL, COM_PORT)).answer
    assert agreed == telnet(IAC, DO, COM_PORT, IAC, SB, COM_PORT, 107, 0xB0, IAC, SE)


def test_settings_are_asked_for_and_set() -> None:
    """A value of 0 asks, one that cannot be had is answered with what holds."""
    port = ComPort(LINE)
    assert answered(port, 1, bytes(4)) == (9600).to_bytes(4, "big")
    assert answered(port, 1, (19200).to_bytes(4, "big")) == (19200).to_bytes(4, "big")
    assert answered(port, 1, b"\xff\xff\xff\xff") == (19200).to_bytes(4, "big")
    assert [answered(port, 2, bytes((size,))) for size in (0, 7, 9)] == [b"\x08", b"\x07", b"\x07"]
    assert [answered(port, 3, bytes((parity,))) for parity in (0, 3, 5, 2, 1)] == [
        b"\x01",
        b"\x03",
        b"\x03",
        b"\x02",
        b"\x01",
    ]
    assert [answered(port, 4, bytes((stop,))) for stop in (0, 2, 3)] == [b"\x01", b"\x02", b"\x02"]
    assert port.line == Line(19200, 7, Parity.NONE, 2)
    assert answered(port, 0, b"") == b"simulated device server"
    assert [answered(port, 5, bytes((value,))) for value in (0, 3, 0, 7, 9, 7)] == [
        b"\x01",
        b"\x03",
        b"\x03",
        b"\x08",
        b"\x09",
        b"\x09",
    ]
    assert answered(port, 6, b"") == b"\x00"
    assert answered(port, 7, b"") == b"\xb0"
    assert answered(port, 11, b"\xff") == b"\xff"


def test_a_purge_is_passed_on() -> None:
    """What is on its way to the client is forgotten when the client purges its receive buffer."""
    port = ComPort(LINE)
    assert [port.arriving(asked(12, bytes((which,)))).purged for which in (1, 2, 3)] == [True, False, True]


def test_an_octet_255_is_doubled_both_ways() -> None:
    """Data may hold what telnet uses as its escape."""
    port = ComPort(LINE)
    assert port.leaving(b"a\xffb") == b"a\xff\xffb"
    assert port.arriving(b"a\xff\xffb") == (b"a\xffb", b"", False)


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [telnet(IAC, verb, option) for verb in (DO, DONT, WILL, WONT) for option in (0, 1, 3, 44, 200)]
        ),
        st.builds(asked, st.integers(0, 13), st.binary(max_size=6)),
        st.sampled_from([telnet(IAC, SB), telnet(IAC, SE), telnet(IAC, SB, COM_PORT), bytes((IAC,))]),
    ),
    max_size=12,
).map(b"".join)


@given(stream=PIECES, cuts=st.lists(st.integers(0, 200), max_size=6))
def test_the_cut_makes_no_difference(stream: bytes, cuts: list[int]) -> None:
    """Any octets, telnet or not, in any pieces: the same data, the same answers, the same line at the end."""
    whole, cut = ComPort(LINE), ComPort(LINE)
    at_once = whole.arriving(stream)
    edges = [0, *sorted(min(each, len(stream)) for each in cuts), len(stream)]
    pieces = [cut.arriving(stream[start:end]) for start, end in pairwise(edges)]
    assert b"".join(piece.answer for piece in pieces) == at_once.answer
    assert cut.line == whole.line
    if telnet(IAC, SB) not in stream:  # on a line set wrongly what is heard depends on where a pause was
        assert b"".join(piece.octets for piece in pieces) == at_once.octets


def test_an_endless_subnegotiation_takes_no_room() -> None:
    """A megabyte after SB is dropped, and the next command is understood."""
    port = ComPort(LINE)
    port.arriving(telnet(IAC, SB, COM_PORT, 1))
    for _ in range(16):
        assert port.arriving(b"x" * 65536) == (b"", b"", False)
    port.arriving(telnet(IAC, SE))
    assert len(repr(vars(port))) < 2000
    assert answered(port, 2, b"\x00") == b"\x08"
