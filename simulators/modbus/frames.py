"""Modbus frames, from the slave's side: where a request ends in a stream of bytes, and how an answer is wrapped.

On a serial line a pause ends a frame; behind a pty or a device server the pauses are lost. So an RTU request is
recognised by what it is: a function whose length is known, and a checksum that fits. Each byte that arrives is looked
at as the possible last one, so how a request was cut makes no difference, noise before it does no harm, and what never
becomes a request is forgotten after the longest frame there is.

    RTU   unit | function | data ... | CRC low, high       (Modbus over Serial Line V1.02, 2.5.1; at most 256 octets)
    TCP   transaction, 2 | 0, 0 | length, 2 | unit | function | data ...          (Modbus on TCP V1.0b, 3.1.3)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from struct import pack, unpack

_LONGEST = 256
_LONGEST_UNKNOWN = 32
_MBAP_LONGEST = 254
# request octets after the unit and before the checksum, function included; Modbus Application Protocol V1.1b3, 6
_LENGTHS = {1: 5, 2: 5, 3: 5, 4: 5, 5: 5, 6: 5, 7: 1, 8: 5, 11: 1, 12: 1, 17: 1, 22: 7, 24: 3}
_SIZES = sorted(set(_LENGTHS.values()))
# functions that say how long they are: where the count of octets stands, function included, after the unit
_COUNTED = {15: 5, 16: 5, 20: 1, 21: 1, 23: 9}


class Refusal(IntEnum):
    """Exception codes; Modbus Application Protocol V1.1b3, 7."""

    FUNCTION = 1
    ADDRESS = 2
    VALUE = 3
    NO_TARGET = 11


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of which unit: the function and its data. `transaction` only over TCP."""

    unit: int
    pdu: bytes
    transaction: int = 0


def _table() -> tuple[int, ...]:
    entries = []
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        entries.append(crc)
    return tuple(entries)


_CRCS = _table()


def crc16(octets: bytes) -> int:
    """The checksum of an RTU frame, sent low octet first; Modbus over Serial Line V1.02, 6.2.2."""
    crc = 0xFFFF
    for octet in octets:
        crc = crc >> 8 ^ _CRCS[(crc ^ octet) & 0xFF]
    return crc


def rtu_frame(unit: int, pdu: bytes) -> bytes:
    """An RTU frame, checksum included."""
    body = bytes([unit]) + pdu
    return body + pack("<H", crc16(body))


def tcp_frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    """A Modbus TCP frame."""
    return pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def refused(function: int, why: Refusal) -> bytes:
    """The exception answer's PDU."""
    return bytes([function | 0x80, why])


class RtuStream:
    """Requests out of the bytes of an RTU line."""

    def __init__(self) -> None:
        self._heard = bytearray()

    def feed(self, octets: bytes) -> Iterator[Request]:
        """Each request that is complete now, whichever unit it is for."""
        for octet in octets:
            self._heard.append(octet)
            del self._heard[:-_LONGEST]
            request = self._ending_here()
            if request:
                self._heard.clear()
                yield request

    def _ending_here(self) -> Request | None:
        heard = bytes(self._heard)
        for start in self._starts(heard):
            if crc16(heard[start:-2]) == unpack("<H", heard[-2:])[0]:
                return Request(heard[start], heard[start + 1 : -2])
        return None

    def _starts(self, heard: bytes) -> Iterator[int]:
        """Where a request that ends with the last byte can have begun. One of an unknown length begins with the noise
        or not at all: real units take such a thing for a request when it stands between two pauses."""
        if 3 < len(heard) <= _LONGEST_UNKNOWN and heard[1] not in _LENGTHS and heard[1] not in _COUNTED:
            yield 0
        for size in _SIZES:
            start = len(heard) - size - 3
            if start >= 0 and _LENGTHS.get(heard[start + 1]) == size:
                yield start
        for function, where in _COUNTED.items():
            at = heard.find(function, 1, -2)
            while at > 0:
                count = at + where
                if count < len(heard) and count + heard[count] + 3 == len(heard):
                    yield at - 1
                at = heard.find(function, at + 1, -2)


class TcpStream:
    """Requests out of the bytes of a Modbus TCP connection."""

    def __init__(self) -> None:
        self._heard = bytearray()

    def feed(self, octets: bytes) -> Iterator[Request | None]:
        """Each request that is complete now; None, and nothing after it, for what is no Modbus TCP at all."""
        self._heard += octets
        while len(self._heard) >= 6:
            transaction, protocol, length = unpack(">HHH", self._heard[:6])
            if protocol or not 2 <= length <= _MBAP_LONGEST:
                self._heard.clear()
                yield None
                return
            if len(self._heard) < 6 + length:
                return
            yield Request(self._heard[6], bytes(self._heard[7 : 6 + length]), transaction)
            del self._heard[: 6 + length]
