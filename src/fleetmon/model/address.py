"""Where a machine is heard: the URLs that settings and the command line accept, taken apart once.

An address never carries a user, a password or an option: credentials stand in a profile, line parameters in settings,
so an address can be printed, logged and published as it is.
"""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum


class Scheme(StrEnum):
    """How a machine is spoken to. `modbus+tcp` may be written `modbus`, `tcp` as pyserial does, `socket`.

    Modbus RTU is a Modbus driver on the serial kinds.
    """

    SNMP = "snmp"
    SERIAL = "serial"
    TCP = "tcp"
    RFC2217 = "rfc2217"
    MODBUS_TCP = "modbus+tcp"
    WALK = "walk"


_SPELT = {scheme.value: scheme for scheme in Scheme} | {"modbus": Scheme.MODBUS_TCP, "socket": Scheme.TCP}
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
_NETWORK = re.compile(
    r"[A-Za-z0-9+]+://(?:\[(?P<ip6>[^\]]*)\]|(?P<host>[^:/?#\[\]]*))(?::(?P<port>\d{1,9}))?/?", re.ASCII
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
        if scheme is Scheme.SERIAL:
            if not rest.startswith("///"):
                raise ValueError(f"names no device; write {_SHAPES[scheme]}, with three slashes")
            return cls(scheme, path=_plain_path(rest[2:], scheme))
        host, port = host_and_port(text, _SHAPES[scheme])
        port = port or _DEFAULT_PORT.get(scheme)
        if port is None:
            raise ValueError(f"names no port; write {_SHAPES[scheme]}")
        return cls(scheme, host=host, port=port)


def host_and_port(url: str, shape: str) -> tuple[str, int | None]:
    """The host of `scheme://host:port`, a name or an IP address without brackets, and the port if one is given.

    Raises ValueError, which shows `shape` but never the URL: somebody may have put a password into it.
    """
    if "@" in url:
        raise ValueError(f"carries a user or password, which everybody would see; write {shape}, secrets by reference")
    found = _NETWORK.fullmatch(url)
    if not found:
        raise ValueError(f"is no address; write {shape}")
    host = found["ip6"] or found["host"]
    if not (_is_ip6(host) if found["ip6"] else _NAME.fullmatch(host)):
        raise ValueError(f"names no host; write {shape}")
    if found["port"] is None:
        return host, None
    if not 1 <= int(found["port"]) <= 65535:
        raise ValueError("has no valid port; ports are 1 to 65535")
    return host, int(found["port"])


def is_loopback(host: str) -> bool:
    """Whether a host, as a name or an address, is this very computer, so that nothing crosses a network."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".") == "localhost"


def _is_ip6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _plain_path(path: str, scheme: Scheme) -> str:
    if not path or any(ord(letter) < 32 for letter in path):
        raise ValueError(f"names no file; write {_SHAPES[scheme]}")
    return path
