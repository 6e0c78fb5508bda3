"""Modbus frames from the master's side: the four reading requests, and their replies.

A monitor only reads: no request of another function can be built here. On a serial line pauses part frames, but behind
device servers and operating systems they are lost. So a reply is found by what it must be: our unit, our function, as
many octets as were asked for, and a checksum that fits. Everything else, other units' replies and our own echo among
it, is passed over, as the standard has it (Modbus over Serial Line V1.02, 2.4.1), and nothing of it is taken.

::

    RTU     unit | function | count | data ... | CRC low, high                    (Serial Line V1.02, 2.5.1)
    ASCII   ":" | unit | function | count | data ... | LRC | CR LF, in hexadecimal            (same, 2.5.2)
    TCP     transaction, 2 | 0, 0 | length, 2 | unit | function | count | data ...      (on TCP V1.0b, 3.1.3)
    refusal function + 80 | exception code, in place of function | count | data         (Protocol V1.1b3, 7)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from struct import pack, unpack_from
from typing import Final, Literal, TypeAlias

from fleetmon.decode.framing import Cutter, Found
from fleetmon.decode.framing.bounds import excerpt
from fleetmon.decode.framing.checks import check_octets
from fleetmon.definition.framing import Check
from fleetmon.errors import GarbledReply

__all__ = ["ModbusCut", "Mode", "read_request"]

Mode: TypeAlias = Literal["rtu", "ascii", "tcp"]

_CRC: Final = Check(kind="crc-16/modbus", order="little")
_LRC: Final = Check(kind="twos-complement", form="HEX")
_MOST: Final = {1: 2000, 2: 2000, 3: 125, 4: 125}
_MOST_PASSED: Final = 4096
"""Octets that are passed over before a reply is called garbled."""
_LONGEST_TCP: Final = 254


def read_request(mode: Mode, unit: int, function: int, address: int, count: int, transaction: int = 0) -> bytes:
    """Ask for `count` registers (functions 3 and 4) or bits (1 and 2) from `address` on. Raises ValueError for what
    cannot be asked: other functions, more than one reply may hold, a unit that cannot answer."""
    if count not in range(1, _MOST.get(function, 0) + 1) or address not in range(65_537 - count):
        raise ValueError(f"function {function} cannot read {count} from {address}")
    if unit not in (range(256) if mode == "tcp" else range(1, 248)):
        raise ValueError(f"no unit {unit} can answer")
    body = pack(">BBHH", unit, function, address, count)
    if mode == "rtu":
        return body + check_octets(_CRC, body)
    if mode == "ascii":
        return b":" + body.hex().upper().encode() + check_octets(_LRC, body) + b"\r\n"
    return pack(">HHH", transaction & 0xFFFF, 0, len(body)) + body


@dataclass(frozen=True, slots=True)
class ModbusCut:
    """The reply to one `read_request`: `content` are the data octets, `nack` is the exception code (one octet).

    `asked` is that request as it was sent. An RS-485 adapter may give it back, and for some addresses its beginning has
    everything that makes a reply, checksum included: unit 4, holding register 2B0, one register. What may be the
    beginning of our request is no reply.
    """

    mode: Mode
    unit: int
    function: int
    count: int
    transaction: int = 0
    asked: bytes = b""

    @property
    def echo(self) -> bytes:
        """An echo is passed over like everything that is no reply."""
        return b""

    @property
    def half_closes(self) -> bool:
        """A connection stays open."""
        return False

    @property
    def size(self) -> int:
        """How many data octets answer."""
        return (self.count + 7) // 8 if self.function in (1, 2) else 2 * self.count

    def cutter(self) -> Cutter:
        """A new one, for one reply."""
        return _Reply({"rtu": _rtu, "ascii": _ascii, "tcp": _tcp}[self.mode], self)


_Cutting: TypeAlias = Callable[[ModbusCut, bytes], tuple[int, Found | None] | None]
"""Looks at the beginning of a stream: how many octets are dealt with, and the reply in them, if there is one; None
while more must come."""


class _Reply:
    """What came and is not dealt with."""

    def __init__(self, cutting: _Cutting, cut: ModbusCut) -> None:
        self._cutting = cutting
        self._cut = cut
        self._came = bytearray()
        self._passed = 0

    @property
    def quiet_s(self) -> float | None:
        """No pause means anything."""
        return None

    @property
    def rest(self) -> bytes:
        """What came behind the reply."""
        return bytes(self._came)

    def feed(self, octets: bytes) -> Iterator[Found]:
        """The reply, once it is complete."""
        self._came += octets
        return self._found()

    def end(self) -> Found:
        """A reply that is not complete never will be."""
        raise GarbledReply(f"the reply was cut short: {excerpt(self.rest)}")

    def _found(self) -> Iterator[Found]:
        while self._came and (dealt := self._cutting(self._cut, bytes(self._came))):
            size, found = dealt
            self._passed += size
            if self._passed > _MOST_PASSED:
                raise GarbledReply(f"no reply of unit {self._cut.unit} in {_MOST_PASSED} octets: {excerpt(self.rest)}")
            del self._came[:size]
            if found:
                self._passed = 0
                yield found


def _rtu(cut: ModbusCut, came: bytes) -> tuple[int, Found | None] | None:
    """The first of all places where something that is our reply ends. What can begin no reply any more is passed."""
    near = came[:_MOST_PASSED]  # what ends later comes too late anyhow
    good = bytes((cut.unit, cut.function, cut.size))
    refused = bytes((cut.unit, cut.function | 0x80))
    ends = [*_proven_ends(near, good, cut.size + 5), *_proven_ends(near, refused, 5)]
    if not ends:
        useless = len(near) - cut.size - 5
        return (useless, None) if useless > 0 else None
    end, size = min(ends)
    if (echo := _echo_over(cut.asked, came, end - size)) is not None:
        return (echo + len(cut.asked), None) if len(came) >= echo + len(cut.asked) else None
    body = came[end - size + 2 : end - 2]
    return end, Found(b"", body) if came[end - size + 1] & 0x80 else Found(body[1:])


def _echo_over(asked: bytes, came: bytes, begin: int) -> int | None:
    """Where our own request stands, as far as it has come, if a frame that begins at `begin` begins within it."""
    starts = range(max(0, begin - len(asked) + 1), begin + 1)
    return next((start for start in starts if asked.startswith(came[start : start + len(asked)])), None)


def _proven_ends(came: bytes, header: bytes, size: int) -> Iterator[tuple[int, int]]:
    """Where frames of this header and size end whose checksum fits."""
    at = came.find(header)
    while 0 <= at <= len(came) - size:
        end = at + size
        if came[end - 2 : end] == check_octets(_CRC, came[at : end - 2]):
            yield end, size
        at = came.find(header, at + 1)


def _ascii(cut: ModbusCut, came: bytes) -> tuple[int, Found | None] | None:
    """The first line; it begins with its last colon, since a colon always begins a frame anew (2.5.2.1)."""
    end = came.find(b"\n")
    if end < 0:
        return None if len(came) <= _MOST_PASSED else (len(came), None)
    colon = came.rfind(b":", 0, end)
    if colon < 0:
        return end + 1, None
    line = came[colon + 1 : end].removesuffix(b"\r")
    try:
        frame = bytes.fromhex(line.decode("ascii")) if line.isalnum() else b""
    except ValueError:
        frame = b""
    if len(frame) < 4 or sum(frame) & 0xFF:
        raise GarbledReply(f"no Modbus frame, or its checksum is wrong: {excerpt(came[colon : end + 1])}")
    return end + 1, _said(cut, frame[:-1])


def _said(cut: ModbusCut, frame: bytes) -> Found | None:
    """What a proven frame says, if it is the reply to our request."""
    unit, function = frame[:2]
    if unit != cut.unit:
        return None
    if function == cut.function | 0x80 and len(frame) == 3:
        return Found(b"", frame[2:])
    if function == cut.function and frame[2] == cut.size == len(frame) - 3:
        return Found(frame[3:])
    return None


def _tcp(cut: ModbusCut, came: bytes) -> tuple[int, Found | None] | None:
    """The first message. A late answer to an earlier request has another transaction and is passed over; whatever else
    does not fit is garbled, since nothing on a connection gets lost or is meant for others."""
    if len(came) < 6:
        return None
    transaction, protocol, length = unpack_from(">HHH", came)
    if protocol or not 3 <= length <= _LONGEST_TCP:
        raise GarbledReply(f"no Modbus TCP message: {excerpt(came)}")
    size = 6 + length
    if len(came) < size:
        return None
    if transaction != cut.transaction & 0xFFFF:
        return size, None
    found = _said(cut, came[6:size])
    if not found:
        raise GarbledReply(f"an answer to something else than was asked: {excerpt(came[:size])}")
    return size, found
