"""Secrets that show by their look, in whatever text they stand: a MAC address, `SN:...`, somebody's mail address.

What looks like something else as often is left alone: four numbers may be a firmware's version, so of IPv4 addresses
only those of private networks are found here, the others by their type.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

_SERIAL: Final = re.compile(
    rb"\b(?:S[/.]?N|SERN|SNR|SERIEN-?(?:NR|NUMMER)|SER(?:IAL)?[ _-]?(?:NO|NR|NUM|NUMBER)?)\b\.?\s*[:=#]?\s*"
    rb"([A-Z0-9-]*[0-9][A-Z0-9-]*)|\b(?:S/?N|FN:)([0-9][A-Z0-9]{5,})",  # FN: the number of an HP formatter board
    re.IGNORECASE,
)
_MAC: Final = re.compile(
    rb"(?<![0-9a-f])([0-9a-f]{2}([:-])[0-9a-f]{2}(?:\2[0-9a-f]{2}){4})(?![0-9a-f])"
    rb"|(?<![0-9a-f.])((?=[0-9.]*[a-f])[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})(?![0-9a-f.])"
    rb"|\bMAC(?:[ _-]?ADDR(?:ESS|\.)?)?\s*[:=#]?\s*([0-9a-f]{12})(?![0-9a-f])",
    re.IGNORECASE,
)
_IPV4: Final = re.compile(rb"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\.?[0-9])")
_IPV6: Final = re.compile(rb"(?<![0-9a-f:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![0-9a-f:])", re.IGNORECASE)
_NAMES: Final = (
    re.compile(rb"([\w.+-]+@[\w-]+(?:\.[\w-]+)+)"),
    re.compile(rb"\b[a-z][a-z0-9+.-]{1,9}://([^/\s]+)", re.IGNORECASE),
    re.compile(rb"(?<![\w+])(\+[0-9][0-9 ()/-]{6,}[0-9])"),  # a telephone number as ITU-T E.123 has it
    re.compile(rb"\A(?:Linux|FreeBSD|NetBSD|OpenBSD|SunOS|Darwin) (?!kernel|version)(\S+) v?[0-9]", re.IGNORECASE),
    re.compile(
        rb"\b(?:SSID|HOST(?:[ _-]?NAME)?|USER(?:[ _-]?NAME)?|OWNER|LOGIN|DOMAIN)\s*[:=]\s*([^\s;,|\"]+)", re.IGNORECASE
    ),
)
_MARKS: Final = bytes.maketrans(b"", b"")


def serials(octets: bytes) -> Iterator[bytes]:
    """Serial numbers that are called so."""
    yield from (found[found.lastindex or 0] for found in _SERIAL.finditer(octets))


def names(octets: bytes) -> Iterator[bytes]:
    """Mail addresses, hosts of URLs, telephone numbers, and what is called a host, a user or a network."""
    yield from (found[1] for pattern in _NAMES for found in pattern.finditer(octets))


def hardware(octets: bytes) -> Iterator[bytes]:
    """MAC addresses, in octets."""
    for found in _MAC.finditer(octets):
        digits = found[1] or found[3] or found[4]
        yield bytes.fromhex(digits.translate(_MARKS, b":-.").decode())


def addresses(octets: bytes) -> Iterator[bytes]:
    """IPv4 addresses of private networks, and IPv6 addresses, in octets."""
    for found in (*_IPV4.finditer(octets), *_IPV6.finditer(octets)):
        text = found[0].decode()
        try:
            address = ipaddress.ip_address(
                ".".join(str(int(part)) for part in text.split(".")) if "." in text else text
            )
        except ValueError:
            continue
        if address.is_private or address.version == 6:
            yield address.packed
