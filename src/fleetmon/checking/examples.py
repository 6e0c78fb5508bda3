"""Addresses of our examples that were left standing: nobody answers there, and nothing else would say why.

They are those that are set aside for documents: RFC 5737 and RFC 3849 for numbers, RFC 2606 for names.
"""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

from fleetmon.checking.finding import Finding, Weight
from fleetmon.model.address import Address
from fleetmon.settings import Settings
from fleetmon.settings.files import read_all
from fleetmon.settings.oddities import where

_NETWORKS: Final = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))
_NAMES: Final = (".example", ".example.com", ".example.net", ".example.org")


def examples(file: Path, settings: Settings) -> Iterator[Finding]:
    """A warning for each address of the settings in `file` that can only be an example's."""
    if is_example(settings.mqtt.url.host):
        source, line = read_all(file).locate(("mqtt", "url"))
        yield _left(f"{source}:{line}: broker", settings.mqtt.url.host)
    places = where(file)
    for machine in settings.plan().machines:
        for each in machine.sources:
            host = Address.parse(each.url).host
            if is_example(host):
                yield _left(f"{places[machine.id, each.name]}: machine {machine.id}", host)


def is_example(host: str) -> bool:
    """Whether nobody can ever have this address."""
    try:
        number = ip_address(host.partition("%")[0])
    except ValueError:
        name = host.lower().rstrip(".")
        return f".{name}".endswith(_NAMES)
    return any(number in network for network in _NETWORKS)


def _left(about: str, host: str) -> Finding:
    return Finding(Weight.WARNING, about, f"{host} is an example's address: put yours there")
