"""Where a machine is heard: the URLs that settings and the command line accept, taken apart once.

An address never carries a user, a password or an option: credentials stand in a profile, line parameters in settings,
so an address can be printed, logged and published as it is.
"""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit


class Scheme(StrEnum):
    """How a machine is spoken to. `modbus+tcp` may be written `modbus`; RTU is a Modbus driver on the serial kinds."""

    SNMP = "snmp"
    SERIAL = "serial"
    TCP = "tcp"
    RFC2217 = "rfc2217"
    MODBUS_TCP = "modbus+tcp"
    WALK = "walk"


_SPELT = {scheme.value: scheme for scheme in Scheme} | {"modbus": Scheme.MODBUS_TCP}
_DEFAULT_PORT = {Scheme.SNMP: 161, Scheme.MODBUS_TCP: 502}
_SHAPES = {
    Scheme.SNMP: "snmp://host or snmp://host:port",
    Scheme.SERIAL: "serial:///dev/ttyUSB0",
    Scheme.TCP: "tcp://host:port",
    Scheme.RFC2217: "rfc2217://host:port",
    Scheme.MODBUS_TCP: "modbus+tcp://host or modbus+tcp://host:port",
    Scheme.WALK: "walk:FILE",
}
SHAPES = (
    "snmp://host[:port], serial:///dev/..., tcp://host:port, rfc2217://host:port, modbus+tcp://host[:port], walk:FILE"
)
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed URL: `host` and `port` of the network kinds, `path` of a serial device or a file."""

    scheme: Scheme
    host: str = ""
    port: int = 0
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Take a URL apart. Raises ValueError saying what is wrong, without repeating the text."""
        word, colon, rest = text.partition(":")
        scheme = _SPELT.get(word.lower())
        if not colon or scheme is None:
            raise ValueError(f"is no address of a machine; write {SHAPES}")
        if scheme is Scheme.WALK:
            return cls(scheme, path=_plain_path(rest, scheme))
        parts = split(text, _SHAPES[scheme])
        if scheme is Scheme.SERIAL:
            if parts.netloc or not parts.path.startswith("/"):
                raise ValueError(f"names no device; write {_SHAPES[scheme]}, with three slashes")
            return cls(scheme, path=_plain_path(parts.path, scheme))
        host, port = host_and_port(parts, _SHAPES[scheme])
        if port is None and (port := _DEFAULT_PORT.get(scheme)) is None:
            raise ValueError(f"names no port; write {_SHAPES[scheme]}")
        return cls(scheme, host=host, port=port)


def split(text: str, shape: str) -> SplitResult:
    """urlsplit, refusing what an address must not carry. Raises ValueError."""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(f"is no URL; write {shape}") from None
    if "@" in parts.netloc:
        raise ValueError(
            f"carries a user or password, which everybody would see; write {shape} and name them by reference"
        )
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError(f"carries options after ? or #; write {shape}")
    return parts


def host_and_port(parts: SplitResult, shape: str) -> tuple[str, int | None]:
    """The host, checked to be a name or an IP address, and the port if one is given. Raises ValueError."""
    try:
        port = parts.port
    except ValueError:
        raise ValueError("has no valid port; ports are 1 to 65535") from None
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError("has no valid port; ports are 1 to 65535")
    if parts.path not in {"", "/"}:
        raise ValueError(f"carries a path; write {shape}")
    host = parts.hostname or ""
    if not (_is_ip(host) if ":" in host or "[" in parts.netloc else _NAME.fullmatch(host)):
        raise ValueError(f"names no host; write {shape}")
    return host, port


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _plain_path(path: str, scheme: Scheme) -> str:
    if not path or any(ord(letter) < 32 for letter in path):
        raise ValueError(f"names no file; write {_SHAPES[scheme]}")
    return path
