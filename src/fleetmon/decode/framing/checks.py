"""The octets that prove a frame: sums, exclusive or, cyclic redundancy checks.

A CRC is six numbers; its algorithms are the ones of the catalogue of parametrised CRC algorithms (reveng), each of
which is known by what it makes of the nine digits "123456789". What a machine writes is compared by value: hexadecimal
digits may come in either case.
"""

from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import xor
from typing import Final

from fleetmon.definition.framing import Check
from fleetmon.definition.words import written
from fleetmon.errors import GarbledReply

__all__ = ["check_octets", "covered", "prove", "proven"]


@dataclass(frozen=True, slots=True)
class _Crc:
    """A CRC as the catalogue writes it: the polynomial and the register's start are not reflected."""

    bits: int
    polynomial: int
    initial: int = 0
    reflected: bool = False
    final_xor: int = 0


_NAMED: Final[dict[str, _Crc]] = {
    "crc-8": _Crc(8, 0x07),
    "crc-16/arc": _Crc(16, 0x8005, reflected=True),
    "crc-16/modbus": _Crc(16, 0x8005, 0xFFFF, reflected=True),
    "crc-16/ccitt-false": _Crc(16, 0x1021, 0xFFFF),
    "crc-16/xmodem": _Crc(16, 0x1021),
    "crc-16/kermit": _Crc(16, 0x1021, reflected=True),
    "crc-32": _Crc(32, 0x04C11DB7, 0xFFFFFFFF, reflected=True, final_xor=0xFFFFFFFF),
}


def check_octets(check: Check, covered: bytes) -> bytes:
    """The check of these octets as it stands in a frame, `check.width` octets long."""
    number = _number(check, covered)
    if check.form == "decimal":
        return b"%0*d" % (check.width, number)
    octets = number.to_bytes(check.bits // 8, check.order)
    if check.form == "binary":
        return octets
    text = octets.hex()
    return (text.upper() if check.form == "HEX" else text).encode()


def proven(check: Check, covered: bytes, found: bytes) -> bool:
    """Whether `found`, as it came, is the check of these octets."""
    wanted = check_octets(check, covered)
    return wanted.lower() == found.lower() if check.form in ("hex", "HEX") else wanted == found


def prove(check: Check, octets: bytes, found: bytes) -> None:
    """Raises GarbledReply unless `found` is the check of these octets."""
    if not proven(check, octets, found):
        raise GarbledReply(
            f"the check of the frame is {written(found)}, and should be {written(check_octets(check, octets))}"
        )


def covered(check: Check, content: bytes, from_start: bytes, end: bytes, from_number: bytes = b"") -> bytes:
    """What the check is computed over: the content, or the wire from the start mark or the number on."""
    words = check.of.split("+")
    body = {"start": from_start, "number": from_number, "content": content}[words[0]]
    return body + (end if words[-1] == "end" else b"")


def _number(check: Check, covered: bytes) -> int:
    full = (1 << check.bits) - 1
    match check.kind:
        case "xor":
            return reduce(xor, covered, 0)
        case "sum":
            return sum(covered) & full
        case "ones-complement":
            return ~sum(covered) & full
        case "twos-complement":
            return -sum(covered) & full
        case "crc":
            return _crc(
                _Crc(check.bits, check.polynomial or 0, check.initial, check.reflected, check.final_xor), covered
            )
        case named:
            return _crc(_NAMED[named], covered)


def _crc(kind: _Crc, covered: bytes) -> int:
    table = _table(kind)
    if kind.reflected:
        register = _mirrored(kind.initial, kind.bits)
        for octet in covered:
            register = register >> 8 ^ table[(register ^ octet) & 0xFF]
        return register ^ kind.final_xor
    full, top = (1 << kind.bits) - 1, kind.bits - 8
    register = kind.initial
    for octet in covered:
        register = register << 8 & full ^ table[register >> top ^ octet]
    return register ^ kind.final_xor


@lru_cache(maxsize=32)
def _table(kind: _Crc) -> tuple[int, ...]:
    """What each octet does to an empty register."""
    return tuple(_shifted(kind, octet) for octet in range(256))


def _shifted(kind: _Crc, octet: int) -> int:
    if kind.reflected:
        polynomial = _mirrored(kind.polynomial, kind.bits)
        for _ in range(8):
            octet = octet >> 1 ^ (polynomial if octet & 1 else 0)
        return octet
    full, top = (1 << kind.bits) - 1, 1 << (kind.bits - 1)
    register = octet << (kind.bits - 8)
    for _ in range(8):
        register = register << 1 & full ^ (kind.polynomial if register & top else 0)
    return register


def _mirrored(number: int, bits: int) -> int:
    return int(f"{number:0{bits}b}"[::-1], 2)
