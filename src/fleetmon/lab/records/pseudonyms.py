"""What stands in a recording where a secret stood: another word of the same shape, always the same for the same secret.

A serial number becomes a serial number of the same length, an address an address of the same length in octets and in
digits, a name a name, so that whatever reads the recording goes the same way. The words are drawn from a key that is
made for one recording and kept nowhere, so nobody can try all serial numbers until one fits. In no place stands the
letter or digit that stood there before.
"""

import hmac
import ipaddress
from collections.abc import Iterator
from typing import Final

_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER: Final = _UPPER.lower()
_DIGITS: Final = "0123456789"
# Letters of two and three octets in UTF-8, for letters of other alphabets: these lists hold no two of one shape.
_TWO: Final = "".join(map(chr, range(0x101, 0x17F, 2)))
_THREE: Final = "".join(map(chr, range(0x1E01, 0x1E95, 2)))
_FOUR: Final = "".join(map(chr, range(0x10400, 0x10428)))
_FOREIGN: Final = {2: _TWO, 3: _THREE, 4: _FOUR}
_MULTICAST: Final = 224
_MOST: Final = (2**31 - 1, 2**32 - 1)  # of an INTEGER, of a Gauge32: RFC 2578 sections 7.1.1, 7.1.7


class Pseudonyms:
    """Draws from `key`; equal secrets of one kind of shape get equal pseudonyms."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def text(self, secret: str) -> str:
        """As many characters, each of its own kind and none as before; marks and spaces stay. Letters follow the folded
        secret, so that the same word in capitals gets the same word in capitals."""
        return "".join(map(_another, secret, self._dice(b"text", secret.casefold().encode())))

    def octets(self, secret: bytes) -> bytes:
        """Text as text; what is none, octet by octet."""
        try:
            return self.text(secret.decode()).encode()
        except UnicodeDecodeError:
            pass
        plain = secret.decode("latin-1")
        dice = self._dice(b"octets", secret.lower())
        return "".join(
            _another(each, die) if each.isascii() else chr(0xC0 + (ord(each) - 0xC0 + 1 + die % 63) % 64)
            for each, die in zip(plain, dice, strict=False)
        ).encode("latin-1")

    def hardware(self, secret: bytes) -> bytes:
        """A hardware address: locally administered, unicast (IEEE 802), none that anybody was given."""
        drawn = bytes(1 + die % 255 for die, _ in zip(self._dice(b"hardware", secret), secret, strict=False))
        other = bytes(old ^ new for old, new in zip(secret, drawn, strict=True))
        return bytes([other[0] & 0xFC | 0x02, *other[1:]]) if other else b""

    def ip(self, secret: bytes) -> bytes:
        """An IPv4 address that takes as many digits, part by part; of an IPv6 address all but zeros is another."""
        dice = self._dice(b"ip", secret)
        if len(secret) != 4:
            return bytes(old ^ (1 + die % 255) if old else 0 for old, die in zip(secret, dice, strict=False))
        first, *rest = (_part(old, die) for old, die in zip(secret, dice, strict=False))
        return bytes([first if first < _MULTICAST or secret[0] >= _MULTICAST else first - 32, *rest])

    def number(self, secret: int) -> int:
        """As many digits and the same sign, within 31 or 32 bits where it was."""
        size = abs(secret)
        digits = len(str(size))
        least, most = int("1" + "0" * (digits - 1)) if digits > 1 else 0, int("9" * digits)
        most = min(most, next((bound for bound in _MOST if size <= bound), most))
        dice = self._dice(b"number", str(size).encode())
        die = int.from_bytes(bytes(next(dice) % 256 for _ in range(8)))
        other = least + (size - least + 1 + die % (most - least)) % (most - least + 1)
        return -other if secret < 0 else other

    def _dice(self, kind: bytes, secret: bytes) -> Iterator[int]:
        """Numbers without end."""
        block = hmac.digest(self._key, kind + b"\0" + secret, "sha256")
        while True:
            yield from (int.from_bytes(block[at : at + 2]) for at in range(0, len(block), 2))
            block = hmac.digest(self._key, block, "sha256")


def _part(old: int, die: int) -> int:
    """Another number of 0..255 with as many digits."""
    least, most = (0, 9) if old < 10 else (10, 99) if old < 100 else (100, 255)
    return least + (old - least + 1 + die % (most - least)) % (most - least + 1)


def _another(old: str, die: int) -> str:
    for letters in (_UPPER, _LOWER, _DIGITS):
        place = letters.find(old)
        if place >= 0:
            return letters[(place + 1 + die % (len(letters) - 1)) % len(letters)]
    if old.isascii():
        return old
    letters = _FOREIGN[len(old.encode())]
    drawn = letters[die % len(letters)]
    return drawn if drawn != old else letters[(die + 1) % len(letters)]


def ip_text(octets: bytes) -> str:
    """As people write it."""
    return str(ipaddress.ip_address(octets))
