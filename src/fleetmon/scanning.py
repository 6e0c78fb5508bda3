"""Look for machines that speak SNMP among the addresses of an office: slowly, and only by reading.

Each address is asked one small question; who answers is asked what a machine is asked when it is met. So many addresses
are begun in a second and no more, since scanners frighten networks, and old agents with them.
"""

import asyncio
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fleetmon.catalog import Catalog
from fleetmon.clock import Clock
from fleetmon.decode.dialogue import Get
from fleetmon.decode.printer_mib import mib
from fleetmon.errors import LinkError
from fleetmon.links.base import Link
from fleetmon.probing import Probe, probe

_MET_AT_ONCE = 4
_FIRST = Get((mib.SYS_DESCR, mib.SYS_OBJECT_ID))
_LAST_OCTET = re.compile(r"(?P<first>(?P<net>\d+\.\d+\.\d+\.)\d+)-(?P<last>\d{1,3})")


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody who answered: what a probe made of it, one for each printer it speaks for, or why nothing."""

    host: str
    probes: tuple[Probe, ...] = ()
    devices: tuple[int | None, ...] = ()
    trouble: str = ""


def hosts(target: str, most: int) -> Iterator[str]:
    """The addresses of `192.0.2.0/24`, `192.0.2.10-50`, `192.0.2.10-192.0.2.50` or a single one. ValueError says what
    is wrong, also where there are more than `most`."""
    try:
        if "/" in target:
            network = ipaddress.ip_network(target, strict=False)
            return _few(target, network.num_addresses, most, map(str, network.hosts()))
        first, last = _ends(target)
    except ValueError as error:
        raise ValueError(f"{target}: {error}; write 192.0.2.0/24, 192.0.2.10-50 or one address") from None
    count = int(last) - int(first) + 1
    return _few(target, count, most, (str(first + number) for number in range(count)))


def _ends(target: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...]:
    if found := _LAST_OCTET.fullmatch(target):
        target = f"{found['first']}-{found['net']}{found['last']}"
    begin, _, end = target.partition("-")
    first, last = ipaddress.ip_address(begin), ipaddress.ip_address(end or begin)
    if first.version != last.version or int(last) < int(first):
        raise ValueError("the range ends before it begins")
    return first, last


def _few(target: str, count: int, most: int, found: Iterator[str]) -> Iterator[str]:
    if count > most:
        raise ValueError(f"{target} holds {count} addresses, and at most {most} are asked; --most allows more")
    return found


async def scan(
    addresses: Iterable[str],
    link_to: Callable[[str], Link],
    drivers: Catalog,
    clock: Clock,
    rate: float,
    tell: Callable[[Seen], None],
) -> None:
    """Call `tell` for each who answers, in the order in which they do; `rate` addresses are begun in a second."""
    meeting = asyncio.Semaphore(_MET_AT_ONCE)

    async def ask(host: str) -> None:
        if (seen := await _look(host, link_to(host), drivers, clock, meeting)) is not None:
            tell(seen)

    async with asyncio.TaskGroup() as tasks:
        for host in addresses:
            tasks.create_task(ask(host))
            await clock.sleep(1 / rate)


async def _look(host: str, link: Link, drivers: Catalog, clock: Clock, meeting: asyncio.Semaphore) -> Seen | None:
    try:
        await link.ask(_FIRST)
    except LinkError:
        await link.close()
        return None
    try:
        async with meeting:
            return await _meet(host, link, drivers, clock)
    except (LinkError, TimeoutError) as error:
        return Seen(host, trouble=str(error) or "answers too slowly to be met")
    finally:
        await link.close()


async def _meet(host: str, link: Link, drivers: Catalog, clock: Clock) -> Seen:
    found = await probe(link, drivers.recognisable, clock.now())
    if found.snapshot is not None or found.definition is None:
        return Seen(host, (found,), (None,))
    devices = [row.device for row in found.printers]
    several = [await probe(link, drivers.recognisable, clock.now(), found.definition, each) for each in devices]
    return Seen(host, tuple(several) or (found,), tuple(devices) or (None,))
