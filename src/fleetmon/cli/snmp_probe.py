"""`fleetmon probe` for SNMP machines and their walks: with which credentials, and what they say."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from fleetmon import settings
from fleetmon.catalog import Catalog
from fleetmon.cli.exits import Exit, stop
from fleetmon.clock import Clock
from fleetmon.definition import SnmpDefinition
from fleetmon.errors import DriverError, LinkError, SettingsError
from fleetmon.links.base import Link
from fleetmon.links.opening import Community, Credentials, credentials_of, open_link
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.usm import V3Credentials
from fleetmon.model.address import Address
from fleetmon.probing import Probe, probe
from fleetmon.settings import AuthProtocol, PrivProtocol


@dataclass(frozen=True, slots=True)
class Passwords:
    """What the command line says of SNMPv3."""

    user: str | None
    auth: AuthProtocol
    auth_password: str | None
    priv: PrivProtocol
    priv_password: str | None


def credentials(community: str | None, said: Passwords, profile: str | None, file: Path, *, v1: bool) -> Credentials:
    """What to prove ourselves with; stops where the words do not fit together."""
    if said.user is None and (said.auth_password or said.priv_password):
        stop("--auth-password and --priv-password need --user", Exit.USAGE)
    if profile:
        return _from_profile(profile, file)
    if said.user:
        if community or v1:
            stop("--user speaks SNMPv3; --community and --v1 are for versions 1 and 2c", Exit.USAGE)
        auth_password = said.auth_password or os.environ.get("FLEETMON_AUTH_PASSWORD")
        priv_password = said.priv_password or os.environ.get("FLEETMON_PRIV_PASSWORD")
        return _v3(said.user, said.auth, auth_password, said.priv, priv_password)
    text = os.environ.get("FLEETMON_COMMUNITY", "public") if community is None else community
    return Community(text, only_v1=v1)


def ask(
    address: Address, credentials: Credentials, drivers: Catalog, driver: SnmpDefinition | None, device: int | None
) -> Probe:
    """One conversation; stops with exit 3 where nobody answers."""
    return asyncio.run(_ask(address, credentials, drivers, driver, device))


async def _ask(
    address: Address, credentials: Credentials, drivers: Catalog, driver: SnmpDefinition | None, device: int | None
) -> Probe:
    socket = SnmpSocket()
    link = _open(address, credentials, socket)
    try:
        return await probe(link, drivers.recognisable, Clock().now(), driver, device)
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
