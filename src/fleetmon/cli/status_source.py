"""Where a picture comes from: the daemon next door, through its control socket, or a broker, for all sites.

At the broker we listen with an identity of our own and never say anything.
"""

import asyncio
import grp
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from fleetmon.assess.presence import SiteWhy
from fleetmon.cli.exits import Exit, stop
from fleetmon.clock import Clock
from fleetmon.control import NAME, Caller, NoAnswerThere
from fleetmon.control.address import RUNTIME
from fleetmon.errors import in_words
from fleetmon.model.report import At
from fleetmon.publish.mqtt import Tls
from fleetmon.publish.mqtt.reader import ReaderPlan
from fleetmon.room import TOPICS, Listening, Room
from fleetmon.secret import Secret
from fleetmon.settings import BrokerUrl

STATE: Final = Path("/var/lib/fleetmon")
SETTLES_IN_S: Final = 5.0  # by then a broker has handed over what it kept, or is not there
WAIT_S: Final = 76.0  # a moment more than two and a half usual heartbeats: who was not heard then is late
PLUGIN_WAIT_S: Final = 50.0  # Nagios ends a plugin after 60
_NOTE_AFTER_S: Final = 1.0
PASSWORD: Final = "FLEETMON_MQTT_PASSWORD"

ControlOption = Annotated[
    Path | None, typer.Option("--control", envvar="FLEETMON_CONTROL", help="The control socket of the daemon here.")
]
BrokerOption = Annotated[str | None, typer.Option("--broker", help="Ask a broker instead: mqtt[s]://host[:port].")]
SiteOption = Annotated[list[str] | None, typer.Option("--site", help="Only this site; may be given again. All: '+'.")]
RootOption = Annotated[str, typer.Option("--root", help="The first level of the topics.")]
CaOption = Annotated[Path | None, typer.Option("--ca", help="Who signed the broker's certificate (PEM).")]
CertificateOption = Annotated[Path | None, typer.Option("--certificate", help="Our certificate (PEM).")]
KeyOption = Annotated[Path | None, typer.Option("--key", help="Its key (PEM).")]
UserOption = Annotated[
    str | None, typer.Option("--username", help=f"Our name at the broker; the password is in ${PASSWORD}.")
]
PasswordFileOption = Annotated[Path | None, typer.Option("--password-file", help="A file that holds the password.")]


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker as the command line names it. Exits with 2 where that is wrong."""

    url: str
    sites: list[str] | None = None
    root: str = "fleetmon"
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    username: str | None = None
    password_file: Path | None = None

    def plan(self, *more: str) -> ReaderPlan:
        """Whom to listen to, and for what; `more` topics beside those of a room."""
        try:
            url = BrokerUrl.parse(self.url)
        except ValueError as error:
            stop(f"--broker {error}", Exit.USAGE)
        if not url.tls and (self.ca or self.certificate or self.key):
            stop("--ca, --certificate and --key need mqtts://", Exit.USAGE)
        if self.key and not self.certificate:
            stop("--key needs --certificate", Exit.USAGE)
        sites = self.sites or ["+"]
        if odd := next((site for site in sites if site != "+" and not _is_id(site)), None):
            stop(f"--site {odd!r}: a site's id has letters, digits and dashes; '+' is all of them", Exit.USAGE)
        return ReaderPlan(
            host=url.host,
            port=url.port,
            topics=tuple(f"{self.root}/v1/{site}/up/{topic}" for site in sites for topic in (*TOPICS, *more)),
            tls=Tls(self.ca, self.certificate, self.key) if url.tls else None,
            username=self.username,
            password=self._password(),
        )

    def room(self, clock: Clock) -> Room:
        """An empty room that misses whoever was named and is not heard."""
        room = Room(self.root)
        for site in self.sites or []:
            if site != "+":
                room.expect(site, clock.now())
        return room

    def _password(self) -> Secret | None:
        if self.password_file is not None:
            try:
                return Secret(str(self.password_file), self.password_file.read_text(encoding="utf-8").strip("\r\n"))
            except OSError as error:
                stop(f"--password-file: {in_words(error)}", Exit.USAGE)
            except UnicodeDecodeError:
                stop(f"--password-file {self.password_file}: not UTF-8; a password on one line is needed", Exit.USAGE)
        given = os.environ.get(PASSWORD)
        return None if given is None else Secret(f"${PASSWORD}", given)


def _is_id(site: str) -> bool:
    return site.isascii() and len(site) <= 32 and all(char.isalnum() or char == "-" for char in site) and site.islower()


def refuse_both(context: typer.Context, broker: str | None) -> None:
    """`--control` asks a daemon, `--broker` a broker: nobody can want both. The variable is only a default."""
    source = context.get_parameter_source("control")
    if broker is not None and source is not None and source.name == "COMMANDLINE":
        stop("--broker and --control exclude each other: ask a broker, or the daemon of this computer", Exit.USAGE)


def from_broker(broker: Broker, wait_s: float | None, plugin: bool, clock: Clock) -> Listening:
    """Listen until of every site is known whether it is there, but no longer than `wait_s`; without it no longer than
    that can take, nor where nothing is to be expected: no broker, or none of the sites was ever there."""
    listening = Listening(broker.plan(), broker.root, broker.room(clock), clock)
    longest_s = wait_s or (PLUGIN_WAIT_S if plugin else WAIT_S)
    alone = not sys.stderr.isatty()
    patience = _Patience(listening, longest_s, to_the_end=wait_s is not None, noted=alone, began=clock.now())
    asyncio.run(listening.listen(longest_s, patience.over))
    return listening


@dataclass(slots=True)
class _Patience:
    """How long to listen, and one line to whoever sits there waiting. Who named a limit (`to_the_end`) also wants to
    know what becomes of a site that is late."""

    listening: Listening
    longest_s: float
    to_the_end: bool
    noted: bool
    began: At

    def over(self) -> bool:
        """Whether listening on would tell nothing more."""
        now = self.listening.clock.now()
        why, passed_s = self.listening.room.why(now), now.since(self.began)
        if self.listening.verified() and not (self.to_the_end and why[SiteWhy.HEARTBEAT_LATE]):
            return True
        waited_for = why[SiteWhy.UNVERIFIED]
        if waited_for and passed_s > _NOTE_AFTER_S:
            self._note(waited_for)
        return not (self.to_the_end or waited_for) and passed_s > SETTLES_IN_S and self.listening.quiet

    def _note(self, waited_for: int) -> None:
        if not self.noted:
            self.noted = True
            sites = f"{waited_for} of {self.listening.room.size} sites"
            typer.echo(f"not heard live yet: {sites}; listening for {self.longest_s:g} s at most", err=True)


def from_daemon(control: Path | None, clock: Clock) -> Room:
    """Ask the daemon next door. Raises NoAnswerThere."""
    room = Room()
    with call(control) as caller:
        name, answer = caller.ask("status")
    if name == "error":
        raise NoAnswerThere(control or RUNTIME / NAME, str(answer["text"]))
    room.hear_status(answer, clock.now())
    return room


def call(control: Path | None, patience_s: float = 10.0) -> Caller:
    """The control socket that was named, or the first of those where a daemon would stand. Raises NoAnswerThere."""
    places = [control] if control else _usual_places()
    return Caller(next(filter(_stands, places), places[0]), patience_s)


def _stands(place: Path) -> bool:
    try:
        return place.exists()
    except PermissionError:  # a folder that we may not look into may well hold it: the attempt will tell
        return True


def _usual_places() -> list[Path]:
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    state = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return [Path(runtime or RUNTIME) / NAME, RUNTIME / NAME, Path(state or STATE) / NAME]


def nobody(why: NoAnswerThere) -> str:
    """What to do where no daemon answers."""
    lines = [f"no daemon answers at {why}"]
    if why.denied:
        lines += [f"the socket is for its own user and group: join the group {_group(why.path)}, or use sudo"]
    else:
        lines += ["is it running? systemctl status fleetmon", "does its socket stand elsewhere? --control PATH"]
    return "\n".join(lines)


def _group(path: Path) -> str:
    try:
        return grp.getgrgid(path.stat().st_gid).gr_name
    except (OSError, KeyError):
        return "fleetmon"
