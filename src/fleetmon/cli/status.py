"""`fleetmon status`: what is going on at this site, or at all sites of a broker, and what is wrong first."""

import json
import sys
from dataclasses import asdict
from typing import Annotated, NoReturn

import typer

from fleetmon.assess.presence import SiteWhy
from fleetmon.cli import status_page as pages
from fleetmon.cli import status_source as source
from fleetmon.cli.exits import Exit, stop
from fleetmon.cli.pages import console
from fleetmon.cli.plugin import unknown
from fleetmon.cli.safe_text import safe
from fleetmon.clock import Clock
from fleetmon.control import NoAnswerThere
from fleetmon.room import Finding, Level, Room, RoomPicture, SitePicture, findings, worst
from fleetmon.room.reading import Unreadable

_UNFOLDED = 1000
_EXITS = {
    Level.OK: Exit.OK,
    Level.WARNING: Exit.PROBLEM,
    Level.CRITICAL: Exit.PROBLEM,
    Level.UNKNOWN: Exit.UNDETERMINED,
}


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the picture and what is wrong in it.")] = False,
    as_nagios: Annotated[
        bool, typer.Option("--nagios", help="Print one line with figures, exit with 0, 1, 2 or 3 as plugins do.")
    ] = False,
    control: source.ControlOption = None,
    broker: source.BrokerOption = None,
    site: source.SiteOption = None,
    wait: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="With --broker: listen until each site is heard live, but not longer (seconds; 76, --nagios: 50).",
        ),
    ] = None,
    root: source.RootOption = "fleetmon",
    ca: source.CaOption = None,
    certificate: source.CertificateOption = None,
    key: source.KeyOption = None,
    username: source.UserOption = None,
    password_file: source.PasswordFileOption = None,
) -> None:
    """What is going on now, what is wrong first. Exits with 0 if nothing is, 1 if something is, 3 if nobody knows."""
    clock = Clock()
    source.refuse_both(context, broker)
    if broker is None and (site or wait):
        stop("--site and --wait need --broker; without it the daemon of this computer is asked", Exit.USAGE)
    if broker is None:
        room = _asked(control, clock, as_nagios)
    else:
        at = source.Broker(broker, site, root, ca, certificate, key, username, password_file)
        room = _heard(at, wait, clock, as_nagios)
    picture = room.picture(clock.now())
    found = findings(picture, clock.now().utc)
    level = worst(found)
    if as_nagios:
        typer.echo(pages.nagios(picture, found, level))
        sys.exit(level)
    if as_json:
        typer.echo(as_text(picture, found, level))
    else:
        _print(picture, found, clock.now().utc)
    sys.exit(_EXITS[level])


def _print(picture: RoomPicture, found: tuple[Finding, ...], utc: float) -> None:
    """The page; where no terminal limits it, no cell is folded. No line ends in blanks."""
    out = console()
    page = pages.page(picture, found, utc, out.width)
    if not out.is_terminal:
        out.width = _UNFOLDED
    with out.capture() as drawn:
        out.print(page)
    typer.echo("\n".join(map(str.rstrip, drawn.get().splitlines())))


def as_text(picture: RoomPicture, found: tuple[Finding, ...], level: Level) -> str:
    """The picture as JSON."""
    told = {**asdict(picture), "level": level.name.lower()}
    told["findings"] = [{**asdict(each), "level": each.level.name.lower()} for each in found]
    return json.dumps(told, indent=2)


def _asked(control: source.ControlOption, clock: Clock, as_nagios: bool) -> Room:
    try:
        return source.from_daemon(control, clock)
    except NoAnswerThere as why:
        _undetermined(source.nobody(why), as_nagios)
    except Unreadable as why:
        _undetermined(f"the daemon's answer cannot be read; is it of another version? {why}", as_nagios)


def _heard(broker: source.Broker, wait: float | None, clock: Clock, as_nagios: bool) -> Room:
    listening = source.from_broker(broker, wait, as_nagios, clock)
    if not any(map(_was_heard, listening.room.picture(clock.now()).sites)):
        down = listening.trouble
        why = f"{down.trouble.value}: {down}" if down else "nothing is published there by any such site"
        _undetermined(f"{broker.url}: {why}", as_nagios)
    return listening.room


def _was_heard(site: SitePicture) -> bool:
    nothing = (SiteWhy.NEVER_HEARD, SiteWhy.NOT_CONNECTED)
    return site.why not in nothing or site.heartbeat_at is not None or bool(site.machines)


def _undetermined(text: str, as_nagios: bool) -> NoReturn:
    if as_nagios:  # plugins speak on standard output, and in one line
        typer.echo(unknown(text))
        sys.exit(Level.UNKNOWN)
    stop("\n".join(map(safe, text.splitlines())), Exit.UNDETERMINED)
