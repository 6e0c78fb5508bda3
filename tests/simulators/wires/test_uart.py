"""What comes out of a line whose ends are set differently."""

import pytest
from fleetmon.simulators.sheets.interfaces import Line, Parity
from fleetmon.simulators.wires.uart import as_heard
from hypothesis import given
from hypothesis import strategies as st

LINES = st.builds(
    Line,
    baud=st.sampled_from([300, 1200, 4800, 9600, 19200, 38400, 115200]),
    data_bits=st.integers(7, 8),
    parity=st.sampled_from(Parity),
    stop_bits=st.integers(1, 2),
)
EIGHT = Line(9600, 8, Parity.NONE, 1)


@given(octets=st.binary(max_size=300), line=LINES)
def test_ends_that_agree_understand_each_other(octets: bytes, line: Line) -> None:
    """Where both ends are set alike every octet arrives as it was sent."""
    assert as_heard(octets, line, line) == octets
    twin = Line(line.baud, line.data_bits, line.parity, 3 - line.stop_bits)
    assert as_heard(octets, line, twin) == bytes(octet & (1 << line.data_bits) - 1 for octet in octets)


@given(octets=st.binary(max_size=300), sender=LINES, receiver=LINES)
def test_any_two_settings_give_some_octets(octets: bytes, sender: Line, receiver: Line) -> None:
    """Garbage is never longer than the bits allow and the same every time."""
    heard = as_heard(octets, sender, receiver)
    assert heard == as_heard(octets, sender, receiver)
    assert len(heard) <= len(octets) * 12


@pytest.mark.parametrize(
    ("sent", "receiver", "heard"),
    [
        # nine low bits are eighteen at twice the speed: the stop bit is missing
        (b"\x00", Line(19200, 8, Parity.NONE, 1), b"\x00"),
        # a single low bit is over before the middle of a bit at half the speed
        (b"\xff", Line(4800, 8, Parity.NONE, 1), b""),
        # one bit more is expected: where the next start bit comes at once the stop bit is missing
        (b"AB", Line(9600, 8, Parity.EVEN, 1), b"\x00B"),
        # the eighth bit is taken for parity
        (b"\xd5", Line(9600, 7, Parity.EVEN, 1), b"U"),
    ],
    ids=["twice the speed", "half the speed", "8E1 for 8N1", "7E1 for 8N1"],
)
def test_known_mistakes(sent: bytes, receiver: Line, heard: bytes) -> None:
    """Worked out with pencil and paper."""
    assert as_heard(sent, EIGHT, receiver) == heard


def test_seven_bits_with_parity_read_as_eight_set_the_eighth() -> None:
    """The classic: even parity 7E1 read as 8N1 makes letters with an odd number of ones come out with the top bit."""
    seven = Line(9600, 7, Parity.EVEN, 1)
    assert as_heard(b"AC", seven, EIGHT) == bytes((ord("A"), ord("C") | 0x80))
