"""`fleetmon scan`: who in an office answers SNMP, and which serial ports this computer has, as settings to paste."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Annotated

import typer

from fleetmon import catalog
from fleetmon.catalog import Catalog
from fleetmon.cli import pages, snmp_probe
from fleetmon.cli import probe_options as options
from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.cli.safe_text import safe
from fleetmon.cli.snmp_probe import Passwords
from fleetmon.clock import Clock
from fleetmon.links.opening import Credentials, open_link
from fleetmon.links.serial.listing import SerialPort, serial_ports
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.address import Address, Scheme
from fleetmon.probing import Probe
from fleetmon.scanning import Seen, hosts
from fleetmon.scanning import scan as look
from fleetmon.settings import AuthProtocol, PrivProtocol

_USUAL_PORT = 161


def scan(
    targets: Annotated[
        list[str] | None, typer.Argument(help="192.0.2.0/24, 192.0.2.10-50 or single addresses.", show_default=False)
    ] = None,
    serial: Annotated[
        bool, typer.Option("--serial", help="List this computer's serial ports; nothing is opened or sent.")
    ] = False,
    rate: Annotated[float, typer.Option(min=0.1, max=1000, help="How many addresses are begun in a second.")] = 20,
    most: Annotated[int, typer.Option(min=1, max=1 << 20, help="How many addresses at most.")] = 1024,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where agents listen.")] = _USUAL_PORT,
    community: options.CommunityText = None,
    v1: options.OnlyV1 = False,
    user: options.User = None,
    auth: options.Auth = AuthProtocol.SHA1,
    auth_password: options.AuthPassword = None,
    priv: options.Priv = PrivProtocol.AES128,
    priv_password: options.PrivPassword = None,
    profile: options.Profile = None,
    settings_file: options.SettingsFile = SETTINGS,
) -> None:
    """Look for machines and print settings to paste. Only reads, and says nothing at all on serial lines.

    What is found stands on standard output, how it goes on standard error: fleetmon scan 192.0.2.0/24 > found.toml
    """
    if not targets and not serial:
        stop("say where to look: addresses like 192.0.2.0/24, or --serial", Exit.USAGE)
    if serial:
        for line in chain.from_iterable(map(_port, serial_ports())):
            typer.echo(line)
    if targets:
        passwords = Passwords(user, auth, auth_password, priv, priv_password)
        credentials = snmp_probe.credentials(community, passwords, profile, settings_file, v1=v1)
        found = _Found(port, profile, credentials)
        asyncio.run(_scan(_addresses(targets, most), found, catalog.load(settings_file.parent / "drivers"), rate))
        if not found.count:
            stop("nobody answers SNMP there: is it switched on, is the community right?", Exit.UNDETERMINED)


def _addresses(targets: list[str], most: int) -> list[str]:
    try:
        found = list(dict.fromkeys(chain.from_iterable(hosts(target, most) for target in targets)))
    except ValueError as error:
        stop(str(error), Exit.USAGE)
    if len(found) > most:
        stop(f"{len(found)} addresses, and at most {most} are asked; --most allows more", Exit.USAGE)
    return found


@dataclass(slots=True)
class _Found:
    """Prints who was found; ids are told apart, and the profile they need is printed once."""

    port: int
    profile: str | None
    credentials: Credentials
    count: int = 0
    taken: set[str] = field(default_factory=set)

    def tell(self, seen: Seen) -> None:
        """One host, as settings or as a remark."""
        self.count += 1
        if seen.trouble:
            typer.echo(f"# {seen.host} answers, but {safe(seen.trouble)}\n")
        for found, device in zip(seen.probes, seen.devices, strict=True):
            typer.echo("\n".join(self._lines(seen.host, found, device)) + "\n")

    def _lines(self, host: str, found: Probe, device: int | None) -> Iterator[str]:
        if found.snapshot is None:
            yield f"# {host} answers, and nobody understands it: {safe(found.why)}"
            return
        named, lines = pages.profile_of(self.profile, self.credentials)
        self.profile = named
        yield from lines
        said = safe(" ".join(each for each in (found.evidence.sysdescr,) if each))[:100]
        yield f"# {host}: {found.snapshot.state.value}; {found.why}{f'; says {said}' if said else ''}"
        yield from pages.begun(found.snapshot, found.definition, self.url(host), self.taken)
        if named:
            yield f'profile = "{named}"'
        if found.definition:
            yield f'driver = "{found.definition.name}"'
        if device is not None:
            yield f"device = {device}"

    def url(self, host: str) -> str:
        """The address of an agent."""
        where = f"[{host}]" if ":" in host else host
        return f"snmp://{where}{'' if self.port == _USUAL_PORT else f':{self.port}'}"


async def _scan(addresses: list[str], found: _Found, drivers: Catalog, rate: float) -> None:
    socket, clock = SnmpSocket(), Clock()
    typer.echo(
        f"asking {len(addresses)} addresses, {rate:g} a second, about {len(addresses) / rate + 5:.0f} s", err=True
    )
    try:
        await look(
            addresses,
            lambda host: open_link(Address(Scheme.SNMP, host=host, port=found.port), found.credentials, socket),
            drivers,
            clock,
            rate,
            found.tell,
        )
    finally:
        await socket.close()
    typer.echo(f"{found.count} of {len(addresses)} answer", err=True)


def _port(port: SerialPort) -> Iterator[str]:
    yield f"# {port.path}: {safe(port.words)}"
    if port.lasting is None:
        yield "# this name may change when it is plugged in elsewhere"
    if not port.ours:
        yield "# you may not open it: sudo usermod -aG dialout $USER, then log in again"
    yield "[[machine]]"
    yield f'id = "{port.path.rpartition("/")[2].lower()}"'
    yield 'kind = "other"                    # printer, laminator, personaliser, inspector'
    yield "[[machine.source]]"
    yield f"url = {json.dumps(f'serial://{port.lasting or port.path}')}"
    yield 'driver = "NAME"                   # fleetmon drivers list; fleetmon probe URL --driver NAME tries it'
    yield ""
