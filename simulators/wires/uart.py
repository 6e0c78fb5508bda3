"""What arrives when the two ends of a serial line are set differently: garbage, but always the same garbage.

No error is ever reported for a wrong baud rate or parity; the octets just come out wrong, fewer or more of them. This
module puts octets on the line bit by bit as one end is set, and reads them as the other end is set, so that a
technician sees with a simulated machine what a wrong setting looks like.
"""

from collections.abc import Iterator

from fleetmon.simulators.sheets.interfaces import Line, Parity

_MOST_AT_ONCE = 1024  # of a longer run the rest is garbage of the same kind


def as_heard(octets: bytes, sender: Line, receiver: Line) -> bytes:
    """The octets as the receiver reads them. A character whose stop bit is missing is read as 00, as Linux does."""
    if sender == receiver or not octets:
        return octets
    return bytes(_characters(list(_bits(octets[:_MOST_AT_ONCE], sender)), sender, receiver))


def _bits(octets: bytes, line: Line) -> Iterator[int]:
    """Each character as start bit 0, data from its lowest bit, parity, stop bits 1."""
    for octet in octets:
        data = [octet >> bit & 1 for bit in range(line.data_bits)]
        yield 0
        yield from data
        if line.parity is not Parity.NONE:
            yield sum(data) % 2 ^ (line.parity is Parity.ODD)
        yield from [1] * line.stop_bits


def _characters(bits: list[int], sender: Line, receiver: Line) -> Iterator[int]:
    """Sample the bits in the middle of each of the receiver's own bit times, from every falling edge on."""

    def level(start: int, nth: int) -> int:
        return bits[place] if (place := sampled(start, nth)) < len(bits) else 1

    def sampled(start: int, nth: int) -> int:
        return start + (2 * nth + 1) * sender.baud // (2 * receiver.baud)

    stop = 1 + receiver.data_bits + (receiver.parity is not Parity.NONE)
    at = 0
    while (start := _falling_edge(bits, at)) < len(bits):
        if level(start, 0):  # too short for a start bit
            at = start + 1
            continue
        data = sum(level(start, 1 + bit) << bit for bit in range(receiver.data_bits))
        yield data if level(start, stop) else 0
        at = max(start + 1, sampled(start, stop))


def _falling_edge(bits: list[int], at: int) -> int:
    while at < len(bits) and not (bits[at] == 0 and (at == 0 or bits[at - 1] == 1)):
        at += 1
    return at
