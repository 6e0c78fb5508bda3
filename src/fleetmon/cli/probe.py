"""`fleetmon probe`: ask one machine now and explain what it says."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from fleetmon import catalog, settings
from fleetmon.catalog import Catalog
from fleetmon.cli import pages
from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.clock import Clock
from fleetmon.definition import SnmpDefinition
from fleetmon.errors import DriverError, LinkError, SettingsError
from fleetmon.links.base import Link
from fleetmon.links.opening import Community, Credentials, credentials_of, open_link
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.usm import V3Credentials
from fleetmon.model.address import SHAPES, Address, Scheme
from fleetmon.probing import Probe
from fleetmon.probing import probe as ask
from fleetmon.publish import contract
from fleetmon.settings import AuthProtocol, PrivProtocol


def probe(
    url: Annotated[str, typer.Argument(help=f"Where the machine answers: {SHAPES}.")],
    community: Annotated[
        str | None, typer.Option(help="SNMP v1/v2c community; else $FLEETMON_COMMUNITY, else public.")
    ] = None,
    v1: Annotated[bool, typer.Option("--v1", help="Speak SNMPv1 only; without it v2c is tried first.")] = False,
    user: Annotated[str | None, typer.Option(help="SNMPv3 user; with it version 3 is spoken.")] = None,
    auth: Annotated[AuthProtocol, typer.Option(help="SNMPv3 authentication.")] = AuthProtocol.SHA1,
    auth_password: Annotated[
        str | None, typer.Option(help="SNMPv3 authentication password; else $FLEETMON_AUTH_PASSWORD.")
    ] = None,
    priv: Annotated[PrivProtocol, typer.Option(help="SNMPv3 encryption.")] = PrivProtocol.AES128,
    priv_password: Annotated[
        str | None, typer.Option(help="SNMPv3 encryption password; else $FLEETMON_PRIV_PASSWORD.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="An [snmp.profile.NAME] of the settings file.")] = None,
    settings_file: Annotated[
        Path,
        typer.Option(
            "--settings", envvar="FLEETMON_SETTINGS", help="The settings file that holds it; own drivers stand beside."
        ),
    ] = SETTINGS,
    driver: Annotated[
        str | None, typer.Option(help="A driver's name, or the folder of one; found by itself if not given.")
    ] = None,
    device: Annotated[int | None, typer.Option(help="Which printer, where the agent speaks for several.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the state payload.")] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Print what was asked and answered; walk:FILE reads it again.")
    ] = False,
) -> None:
    """Ask one machine now and explain: who it is, what it says, which settings it needs. Changes nothing on it."""
    address = _address(url)
    if user is None and (auth_password or priv_password):
        stop("--auth-password and --priv-password need --user", Exit.USAGE)
    if profile:
        credentials = _from_profile(profile, settings_file)
    elif user:
        if community or v1:
            stop("--user speaks SNMPv3; --community and --v1 are for versions 1 and 2c", Exit.USAGE)
        auth_password = auth_password or os.environ.get("FLEETMON_AUTH_PASSWORD")
        priv_password = priv_password or os.environ.get("FLEETMON_PRIV_PASSWORD")
        credentials = _v3(user, auth, auth_password, priv, priv_password)
    else:
        text = os.environ.get("FLEETMON_COMMUNITY", "public") if community is None else community
        credentials = Community(text, only_v1=v1)
    drivers = catalog.load(settings_file.parent / "drivers")
    found = asyncio.run(_ask(address, credentials, drivers, _named(driver, drivers), device))
    _print(found, pages.MachineText(url, profile, credentials, device), as_json, raw)


def _print(found: Probe, text: pages.MachineText, as_json: bool, raw: bool) -> None:
    if raw:
        typer.echo(pages.raw(found.exchanges))
    if found.snapshot is None:
        stop(pages.unclear(found), Exit.PROBLEM)
    if as_json:
        data = contract.dump(contract.state_data(found.snapshot, None))
        plain = (sys.stdout.encoding or "").lower() not in ("utf-8", "utf8")
        typer.echo(json.dumps(data, ensure_ascii=plain, indent=2))
    elif not raw:
        pages.show(found, found.snapshot, text)


async def _ask(
    address: Address, credentials: Credentials, drivers: Catalog, driver: SnmpDefinition | None, device: int | None
) -> Probe:
    socket = SnmpSocket()
    link = _open(address, credentials, socket)
    try:
        return await ask(link, drivers.recognisable, Clock().now(), driver, device)
    except (LinkError, TimeoutError) as error:
        stop(str(error) or "the machine answers too slowly to be met within 30 s", Exit.UNDETERMINED)
    finally:
        await link.close()
        await socket.close()


def _open(address: Address, credentials: Credentials, socket: SnmpSocket) -> Link:
    try:
        return open_link(address, credentials, socket)
    except (DriverError, SettingsError) as error:
        stop(str(error), Exit.USAGE)


def _address(url: str) -> Address:
    try:
        address = Address.parse(url)
    except ValueError as error:
        stop(f"URL {error}", Exit.USAGE)
    if address.scheme not in (Scheme.SNMP, Scheme.WALK):
        stop(f"{address.scheme.value}:// cannot be probed by this version; snmp:// and walk: can", Exit.USAGE)
    return address


def _named(driver: str | None, drivers: Catalog) -> SnmpDefinition | None:
    if driver is None:
        return None
    try:
        found = catalog.find(driver, drivers).definition
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)
    if not isinstance(found, SnmpDefinition):
        stop(f"driver {found.name} is for machines on a {found.link} line", Exit.USAGE)
    return found


def _from_profile(name: str, file: Path) -> Credentials:
    """Only the profile is read: the rest of the settings may be unfinished, its secrets out of our reach."""
    try:
        return credentials_of(settings.profile(file, name))
    except SettingsError as error:
        stop(f"{error}\nOr give the community or the passwords by hand: fleetmon probe --help", Exit.BAD_SETTINGS)
    except LookupError as error:
        stop(str(error.args[0]), Exit.USAGE)


def _v3(
    user: str, auth: AuthProtocol, auth_password: str | None, priv: PrivProtocol, priv_password: str | None
) -> Credentials:
    if priv_password and not auth_password:
        stop("--priv-password needs --auth-password as well (RFC 3414)", Exit.USAGE)
    for name, password in (("--auth-password", auth_password), ("--priv-password", priv_password)):
        if password is not None and len(password) < 8:
            stop(f"{name} must have at least 8 characters (RFC 3414 section 11.2)", Exit.USAGE)
    return V3Credentials(
        user=user,
        auth_protocol=auth.value if auth_password else None,
        auth_password=auth_password,
        priv_protocol=priv.value if priv_password else None,
        priv_password=priv_password,
    )
