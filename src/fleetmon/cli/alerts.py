"""`fleetmon alerts`: what calls for somebody, the worst first; at this site, or at all sites of a broker."""

import shutil
import sys
from typing import Annotated

import typer

from fleetmon.assess.presence import SitePresence
from fleetmon.cli import alert_source, alerts_page
from fleetmon.cli import status_source as source
from fleetmon.cli.exits import Exit, stop
from fleetmon.clock import Clock
from fleetmon.publish.envelope import rfc3339
from fleetmon.room.alerts import SiteAlerts

_WIDTH = 80
_COLOURS = {"P1 ": "red", "P2 ": "yellow"}


def alerts(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is pending, held back or just over, and the planned stops.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything the sites told.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="en, ur, ...; without it the first of each site.")
    ] = None,
    control: source.ControlOption = None,
    broker: source.BrokerOption = None,
    site: source.SiteOption = None,
    wait: Annotated[
        float | None,
        typer.Option(min=0.1, help="With --broker: listen until each site is heard live, but not longer (seconds)."),
    ] = None,
    root: source.RootOption = "fleetmon",
    ca: source.CaOption = None,
    certificate: source.CertificateOption = None,
    key: source.KeyOption = None,
    username: source.UserOption = None,
    password_file: source.PasswordFileOption = None,
) -> None:
    """What calls for somebody, the worst first. Exits with 0 if nothing does, 1 if something, 3 if nobody knows."""
    clock = Clock()
    source.refuse_both(context, broker)
    if broker is None and (site or wait):
        stop("--site and --wait need --broker; without it the daemon of this computer is asked", Exit.USAGE)
    if broker is None:
        sites = alert_source.next_door(control)
    else:
        at = source.Broker(broker, site, root, ca, certificate, key, username, password_file)
        sites = alert_source.at_broker(at, wait, clock)
    now = clock.now()
    if as_json:
        typer.echo(alert_source.as_json(sites, rfc3339(now.utc)))
    else:
        width = shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH
        for line in alerts_page.lines(sites, now.utc, width, everything=everything, language=language):
            typer.echo(_coloured(line))
    sys.exit(verdict(sites))


def _coloured(line: str) -> str:
    """The priority stands out; other lines begin with blanks. Where no terminal is, nothing is coloured."""
    colour = _COLOURS.get(line[:3])
    return typer.style(line[:3], fg=colour, bold=True) + line[3:] if colour else line


def verdict(sites: tuple[SiteAlerts, ...]) -> Exit:
    """What a script may conclude."""
    if any(alert.stands for site in sites for alert in site.alerts):
        return Exit.PROBLEM
    away = (SitePresence.LOST, SitePresence.STOPPED, SitePresence.UNKNOWN)
    return Exit.UNDETERMINED if any(site.presence in away for site in sites) else Exit.OK
