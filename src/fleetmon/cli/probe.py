"""`fleetmon probe`: ask one machine now and explain what it says, whatever kind of line it is on."""

import json
import sys

import typer

from fleetmon import catalog
from fleetmon.assess.fleet import Snapshot
from fleetmon.catalog import Catalog
from fleetmon.cli import line_probe, pages, snmp_probe
from fleetmon.cli import probe_options as options
from fleetmon.cli.exits import SETTINGS, Exit, stop
from fleetmon.cli.line_probe import Manual, Wanted
from fleetmon.cli.snmp_probe import Passwords
from fleetmon.definition import Definition, SnmpDefinition
from fleetmon.errors import DriverError
from fleetmon.model.address import Address, Scheme
from fleetmon.model.durations import seconds
from fleetmon.model.plan import SerialChoice, SourcePlan
from fleetmon.probing import Probe
from fleetmon.publish import contract
from fleetmon.settings import AuthProtocol, PrivProtocol


def probe(
    url: options.Url,
    driver: options.DriverName = None,
    unit: options.Unit = None,
    baud: options.Baud = None,
    data_bits: options.DataBits = None,
    parity: options.ParityBit = None,
    stop_bits: options.StopBits = None,
    handshake: options.HandshakeKind = None,
    timeout: options.Timeout = None,
    listen: options.Listen = False,
    for_: options.For = None,
    loopback: options.Loopback = False,
    ask_: options.Request = None,
    framing: options.FramingName = "until-quiet",
    protocol: options.Protocol = None,
    read_only: options.ReadOnly = None,
    community: options.CommunityText = None,
    v1: options.OnlyV1 = False,
    user: options.User = None,
    auth: options.Auth = AuthProtocol.SHA1,
    auth_password: options.AuthPassword = None,
    priv: options.Priv = PrivProtocol.AES128,
    priv_password: options.PrivPassword = None,
    profile: options.Profile = None,
    device: options.Device = None,
    settings_file: options.SettingsFile = SETTINGS,
    as_json: options.AsJson = False,
    raw: options.Raw = False,
) -> None:
    """Ask one machine now and explain: who it is, what it says, which settings it needs. Changes nothing on it."""
    address = _address(url)
    drivers = catalog.load(settings_file.parent / "drivers")
    named = _named(driver, drivers)
    if _is_line(address, named):
        serial = SerialChoice(baud, data_bits, parity, stop_bits, handshake, _duration("--timeout", timeout))
        wanted = Wanted(address, SourcePlan("main", url, driver, serial=serial, unit=unit))
        manual = Manual(ask_, framing, protocol, read_only) if ask_ else None
        if listen or loopback:
            line_probe.without_asking(wanted, named, _duration("--for", for_), listen=listen)
        else:
            _line(wanted, named, manual, drivers, as_json=as_json, raw=raw)
        return
    if listen or loopback or ask_:
        stop("--listen, --loopback and --ask are for lines of bytes, and this is no such address", Exit.USAGE)
    passwords = Passwords(user, auth, auth_password, priv, priv_password)
    credentials = snmp_probe.credentials(community, passwords, profile, settings_file, v1=v1)
    chosen = named if isinstance(named, SnmpDefinition) else None
    found = snmp_probe.ask(address, credentials, drivers, chosen, device)
    _snmp(found, pages.MachineText(url, profile, credentials, device), as_json=as_json, raw=raw)


def _line(
    wanted: Wanted, named: Definition | None, manual: Manual | None, drivers: Catalog, *, as_json: bool, raw: bool
) -> None:
    definition = line_probe.definition(named, manual, wanted.address, drivers)
    found = line_probe.ask(wanted, definition)
    if raw:
        line_probe.raw(found, wanted)
    if as_json and found.snapshot is not None:
        _json(found.snapshot)
    elif as_json or raw:
        line_probe.judge(found, wanted)
    else:
        line_probe.show(found, wanted)


def _snmp(found: Probe, text: pages.MachineText, *, as_json: bool, raw: bool) -> None:
    if raw:
        typer.echo(pages.raw(found.exchanges))
    if found.snapshot is None:
        stop(pages.unclear(found), Exit.PROBLEM)
    if as_json:
        _json(found.snapshot)
    elif not raw:
        pages.show(found, found.snapshot, text)


def _json(snapshot: Snapshot) -> None:
    data = contract.dump(contract.state_data(snapshot, None))
    plain = (sys.stdout.encoding or "").lower() not in ("utf-8", "utf8")
    typer.echo(json.dumps(data, ensure_ascii=plain, indent=2))


def _address(url: str) -> Address:
    try:
        return Address.parse(url)
    except ValueError as error:
        stop(f"URL {error}", Exit.USAGE)


def _named(driver: str | None, drivers: Catalog) -> Definition | None:
    try:
        return catalog.find(driver, drivers).definition if driver else None
    except DriverError as error:
        stop(str(error), Exit.PROBLEM)


def _is_line(address: Address, named: Definition | None) -> bool:
    """Whether the machine is on a line of bytes; stops where the driver is not for such an address."""
    on_line = address.scheme in line_probe.LINES
    if named is None:
        return on_line
    spoken = not isinstance(named, SnmpDefinition)
    if address.scheme is not Scheme.WALK and spoken != on_line:
        stop(f"driver {named.name} is for machines on a {named.link} line, not for {address.scheme.value}", Exit.USAGE)
    return spoken


def _duration(option: str, text: str | None) -> float | None:
    try:
        return None if text is None else seconds(text)
    except ValueError as error:
        stop(f"{option} {error}", Exit.USAGE)
