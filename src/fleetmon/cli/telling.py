"""How a word of somebody's reaches a site: through the control socket of this computer's daemon, or through a broker as
a command, whose reply is awaited.

At the socket the kernel says who asks; at a broker its access rules say who may, and we say who it was.
"""

import asyncio
import getpass
import json
import re
import socket
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, NoReturn

import typer

from fleetmon.cli import alert_source
from fleetmon.cli import status_source as source
from fleetmon.cli.alerts_page import at
from fleetmon.cli.exits import Exit, stop
from fleetmon.cli.safe_text import safe
from fleetmon.clock import Clock
from fleetmon.control import NoAnswerThere
from fleetmon.model.durations import seconds
from fleetmon.publish.command_payloads import Reason, Status, Verb
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.mqtt.asker import NoReply, Question, ask
from fleetmon.publish.mqtt.trouble import WireDown
from fleetmon.publish.said import LONGEST_WORDS, moment
from fleetmon.room.findings import ago
from fleetmon.room.moments import seconds as seconds_of

_WANTED_S: Final = 300.0  # clocks of two computers may differ so much
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_HINTS: Final = {
    Reason.NO_SUCH_ALERT: "fleetmon alerts lists those that stand, --all every one",
    Reason.ALERT_CLOSED: "if it has come back, it has another id: fleetmon alerts",
    Reason.ALERT_CHANGED: "look again: fleetmon alerts; without --rev it is taken as it is",
    Reason.NOTHING_TO_END: "fleetmon alerts --all lists what is shelved and which stops are planned",
    Reason.UNKNOWN_VERB: "the site runs an older fleetmon than this one",
    Reason.CLOCK_NOT_SET: "mend the clock of that computer first",
    Reason.EXPIRED: "the clock of that computer and of this one differ: mend the wrong one",
}
_USAGE: Final = frozenset({Reason.BAD_ARGUMENTS, Reason.TOO_LONG, Reason.MALFORMED})

AlertArgument = Annotated[str, typer.Argument(help="The id of an alert, or how it begins.", show_default=False)]
WhoOption = Annotated[
    str | None, typer.Option("--who", help="With --broker: who says so; without it you, at this computer.")
]
ForOption = Annotated[str | None, typer.Option("--for", help='For how long: "45m", "2h".')]
UntilOption = Annotated[str | None, typer.Option("--until", help='Until when: "16:00", "2026-11-22T16:00:00+05:00".')]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Why: others will want to know.")]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a site replied; `result` as in docs/commands.md."""

    status: str
    reason: str | None
    text: str
    result: dict[str, object]


@dataclass(frozen=True, slots=True)
class Way:
    """How the command line says that a word shall travel. Ends the program where that cannot be meant."""

    context: typer.Context
    control: source.ControlOption
    broker: source.BrokerOption
    site: source.SiteOption
    root: source.RootOption
    ca: source.CaOption
    certificate: source.CertificateOption
    key: source.KeyOption
    username: source.UserOption
    password_file: source.PasswordFileOption
    who: WhoOption

    def about_alert(self, verb: Verb, wanted: str, arguments: dict[str, object], done: str) -> None:
        """Say it of an alert, and print what became of that."""
        broker, clock = self.reached(), Clock()
        if broker is None:
            reply = next_door(self.control, verb, {**arguments, "alert": wanted})
        else:
            site, alert = alert_source.meant(alert_source.quickly(broker, clock), wanted)
            reply = at_broker(broker, site.site, verb, {**arguments, "alert": alert.id}, self.who)
        refuse(reply)
        said = reply.result
        named = " ".join(str(said.get(each)) for each in ("alert", "about", "condition") if said.get(each))
        over = ", which ends it" if said.get("state") == "closed" else until(said, clock)
        typer.echo(safe(f"{named}: {done}{over}" if named else reply.text))

    def about_scope(self, verb: Verb, arguments: dict[str, object]) -> None:
        """Say it of a machine, a line or a site, and print what became of that."""
        broker, clock = self.reached(), Clock()
        if broker is None:
            reply = next_door(self.control, verb, arguments)
        else:
            (name,) = self.site if self.site and len(self.site) == 1 else ("+",)
            if name == "+":
                stop("name the one site that is meant: --site lhr-rpo", Exit.USAGE)
            reply = at_broker(broker, name, verb, arguments, self.who)
        refuse(reply)
        scope, ends = reply.result.get("scope"), until(reply.result, clock)
        done = f"stops on purpose{ends}" if ends else "the planned stop is over"
        typer.echo(safe(f"{scope}: {done}" if scope else reply.text))

    def reached(self) -> source.Broker | None:
        """The broker to go through; None: the daemon of this computer."""
        source.refuse_both(self.context, self.broker)
        if self.broker is None:
            if self.site or self.who:
                stop("--site and --who need --broker; without it the daemon of this computer is told", Exit.USAGE)
            return None
        return source.Broker(
            self.broker,
            self.site,
            self.root,
            self.ca,
            self.certificate,
            self.key,
            self.username,
            self.password_file,
        )


def next_door(control: source.ControlOption, verb: Verb, arguments: dict[str, object]) -> Reply:
    """Tell the daemon of this computer. Ends the program where it cannot be told."""
    try:
        with source.call(control) as caller:
            name, answer = caller.ask("command", verb=verb.value, arguments=json.loads(json.dumps(arguments)))
    except NoAnswerThere as why:
        stop(source.nobody(why), Exit.UNDETERMINED)
    if name == "error":
        stop(safe(str(answer["text"])), Exit.UNDETERMINED)
    return _reply(answer)


def at_broker(broker: source.Broker, site: str, verb: Verb, arguments: dict[str, object], who: str | None) -> Reply:
    """Tell a site through a broker and await its reply. Ends the program where there is none."""
    now, mine = Clock().now(), f"{broker.root}/v1/{site}"
    id_, client = str(uuid.uuid4()), f"fleetmon-{uuid.uuid4().hex[:12]}"
    said = {"id": id_, "not_after": rfc3339(now.utc + _WANTED_S), "who": who or _ourselves(), "reply": client}
    question = Question(
        topic=f"{mine}/down/cmd/{verb}",
        body=json.dumps({**said, **arguments}).encode(),
        reply_topic=f"{mine}/up/reply/{client}",
        correlation=id_.encode(),
    )
    try:
        told = json.loads(asyncio.run(ask(broker.plan(), question, Clock())))
    except WireDown as down:
        stop(safe(f"{broker.url}: {down.trouble.value}: {down}"), Exit.UNDETERMINED)
    except NoReply as none:
        stop(safe(f"{site}: {none}\n{_away(broker, site)}"), Exit.UNDETERMINED)
    except ValueError:
        told = {}
    data = told.get("data") if isinstance(told, dict) else None
    return _reply(data if isinstance(data, dict) else {})


def _away(broker: source.Broker, site: str) -> str:
    asked = f"fleetmon status --broker {broker.url} --site {site}"
    return (
        f"is the site there? {asked}\n"
        f"it may be that the broker lets you neither publish below {site}/down/cmd nor read {site}/up/reply\n"
        "nothing is carried out later; at the site itself the same command needs no broker"
    )


def _ourselves() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user that the system has no name for
        name = "somebody"
    return f"{name}@{socket.gethostname()}"[:LONGEST_WORDS]


def _reply(answer: dict[str, object]) -> Reply:
    status, reason, result = answer.get("status"), answer.get("reason"), answer.get("result")
    if not isinstance(status, str):
        stop("the reply cannot be read; is the site of another version?", Exit.UNDETERMINED)
    said = reason if isinstance(reason, str) else None
    return Reply(status, said, str(answer.get("text", "")), result if isinstance(result, dict) else {})


def refuse(reply: Reply) -> None:
    """Ends the program where the site did not do it, with what to do instead."""
    if reply.status in (Status.DONE, Status.ACCEPTED):
        return
    hints = [_HINTS[reason] for reason in Reason if reason == reply.reason and reason in _HINTS]
    usage = any(reason == reply.reason for reason in _USAGE)
    stop("\n".join(map(safe, (reply.text, *hints))), Exit.USAGE if usage else Exit.PROBLEM)


def end(lasts: str | None, until: str | None, clock: Clock) -> dict[str, object]:
    """`--for` or `--until` as an argument of a command. Ends the program where neither or both are said."""
    if (lasts is None) == (until is None):
        stop("say how long: --for 2h, or --until 16:00; one of them", Exit.USAGE)
    if lasts is not None:
        try:
            seconds(lasts)
        except ValueError as odd:
            stop(f"--for {lasts!r} {odd}", Exit.USAGE)
        return {"for": lasts}
    return {"until": _moment(until or "", clock)}


def _moment(said: str, clock: Clock) -> str:
    """A moment in full, or the next time that this computer's clock on the wall says so."""
    if found := _CLOCK.fullmatch(said):
        now = datetime.fromtimestamp(clock.now().utc).astimezone()
        then = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
        return rfc3339((then if then > now else then + timedelta(days=1)).timestamp())
    utc = moment(said)
    if utc is None:
        _odd_moment(said)
    return rfc3339(utc)


def _odd_moment(said: str) -> NoReturn:
    stop(
        f'--until {said!r} is no moment: "16:00" on this computer\'s clock, or "2026-11-22T16:00:00+05:00"', Exit.USAGE
    )


def until(result: dict[str, object], clock: Clock) -> str:
    """` until 16:00 CET (2 h 0 min)`, as the clock of this computer says; empty where nothing was said."""
    ends = result.get("until")
    utc, now = seconds_of(ends) if isinstance(ends, str) else None, clock.now().utc
    if not isinstance(ends, str) or utc is None:
        return ""
    return f" until {at(ends, now)} ({ago(60.0 * round(max(0.0, utc - now) / 60.0))})"
