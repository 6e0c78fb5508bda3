"""From an address and credentials to the link that fits: the one place that knows all kinds of links."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from fleetmon.errors import SettingsError
from fleetmon.links.base import LineLink, Link
from fleetmon.links.serial.ports import Ports, PortSettings
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.usm import V3Credentials
from fleetmon.links.walk_file import open_walk
from fleetmon.model.address import Address, Scheme
from fleetmon.settings import SnmpProfile


@dataclass(frozen=True, slots=True)
class Community:
    """How versions 1 and 2c prove themselves; version "2c" falls back to 1."""

    text: str = "public"
    only_v1: bool = False


Credentials: TypeAlias = Community | V3Credentials


def open_link(address: Address, credentials: Credentials, socket: SnmpSocket) -> Link:
    """The link to one machine that speaks SNMP. SettingsError for every other kind of address."""
    if address.scheme is Scheme.WALK:
        return open_walk(Path(address.path))
    if address.scheme is not Scheme.SNMP:
        raise SettingsError(f"{address.scheme.value}:// is a line of bytes and needs a driver that says what to ask")
    if isinstance(credentials, V3Credentials):
        from fleetmon.links.snmp_v3 import SnmpV3Link  # brings a library that most sites never need

        return SnmpV3Link(address.host, address.port, credentials)
    version: Literal["1", "2c"] = "1" if credentials.only_v1 else "2c"
    return SnmpLink(socket, address.host, address.port, community=credentials.text, version=version)


def open_line(address: Address, settings: PortSettings, ports: Ports) -> LineLink:
    """The link to one machine on a line of bytes, which may share its port with others of `ports`.

    Nothing is opened before it is asked. SettingsError for an address that is no such line.
    """
    return ports.link(address, settings)


def credentials_of(profile: SnmpProfile) -> Credentials:
    """What a profile of the settings holds, its secrets revealed."""
    if profile.version != "3":
        return Community(profile.community_text, only_v1=profile.version == "1")
    return V3Credentials(
        user=profile.user or "",
        auth_protocol=profile.auth.value if profile.auth else None,
        auth_password=profile.auth_password.reveal() if profile.auth_password else None,
        priv_protocol=profile.priv.value if profile.priv else None,
        priv_password=profile.priv_password.reveal() if profile.priv_password else None,
    )
