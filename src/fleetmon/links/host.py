"""Where a machine is on the network right now.

A name is looked up when it is first needed and again after every failure, because a machine that stopped answering may
have been given another address. While a look-up fails, the address that worked last is used: a site whose name server
is down still hears its machines. Where a name has several addresses, each failure moves on to the next one.
"""

import asyncio
import ipaddress
import socket
from typing import NamedTuple, TypeAlias

from fleetmon.errors import LinkError

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]


class Endpoint(NamedTuple):
    """An address family (AF_INET, AF_INET6) and an address as sockets take it."""

    family: int
    address: SocketAddress


class Host:
    """One machine by name or literal address (IPv4, IPv6, with a scope if it needs one) and its port."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self._found: list[Endpoint] = _literal(name, port)
        self._is_literal = bool(self._found)
        self._failures = 0
        self._suspect = not self._is_literal

    def __str__(self) -> str:
        literal = self._found[self._turn].address[0] if self._found else self.name
        return f"{self.name} port {self.port}" if literal == self.name else f"{self.name} ({literal}) port {self.port}"

    @property
    def addresses(self) -> frozenset[str]:
        """The IP addresses found so far, as `plain` writes them; none before the first look-up of a name."""
        return frozenset(plain(str(endpoint.address[0])) for endpoint in self._found)

    @property
    def _turn(self) -> int:
        return self._failures % len(self._found)

    def failed(self) -> None:
        """Nothing came back from where the last look-up pointed."""
        self._failures += 1
        self._suspect = not self._is_literal

    @property
    def known(self) -> Endpoint | None:
        """Where to send to as long as nothing speaks against it; None while a look-up is due."""
        return None if self._suspect else self._found[self._turn]

    async def endpoint(self, timeout_s: float) -> Endpoint:
        """Where to send to. Raises LinkError when the name is unknown and never was known."""
        if self._suspect:
            await self._look_up(timeout_s)
        return self._found[self._turn]

    async def _look_up(self, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                answers = await loop.getaddrinfo(self.name, self.port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError, TimeoutError) as error:
            if self._found:
                return
            why = error.strerror if isinstance(error, OSError) and error.strerror else f"no answer in {timeout_s:g} s"
            raise LinkError(
                f"the name {self.name} cannot be resolved ({why}): is it spelled as the site's name server knows it,"
                " is the name server up? An address in its place needs neither"
            ) from error
        self._found = [_endpoint(family, address) for family, _, _, _, address in answers]
        self._suspect = False


def plain(address: str) -> str:
    """An IP address as a key: an IPv4 address that an IPv6 socket saw is IPv4 still (RFC 4291 section 2.5.5.2), and
    the network card behind which a local one lies is left out."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _literal(name: str, port: int) -> list[Endpoint]:
    """The endpoint if `name` is an address already, which asks nobody."""
    try:
        answers = socket.getaddrinfo(name, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return [_endpoint(family, address) for family, _, _, _, address in answers]


def _endpoint(family: int, address: tuple[object, ...]) -> Endpoint:
    match address:
        case (str(host), int(port)):
            return Endpoint(family, (host, port))
        case (str(host), int(port), int(flow), int(scope)):
            return Endpoint(family, (host, port, flow, scope))
    raise LinkError(f"this computer cannot speak to addresses like {address}")
