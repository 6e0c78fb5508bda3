"""`fleetmon explain`: a machine (what it was asked, what it answered, what that means, when it is asked again), or an
alert (its rule, its figures, what hangs on it).

A machine is explained by the daemon that watches it; an alert explains itself, so a room can do it too.
"""

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict, ValidationError

from fleetmon.cli import alert_explained, alert_source, stall_page
from fleetmon.cli import status_source as source
from fleetmon.cli.exits import Exit, stop
from fleetmon.cli.pages import console
from fleetmon.cli.safe_text import safe
from fleetmon.cli.stall_page import PaceTold, StallTold
from fleetmon.clock import Clock
from fleetmon.control import NoAnswerThere
from fleetmon.room.alerts import SiteAlerts, found
from fleetmon.room.findings import ago
from fleetmon.room.moments import seconds
from fleetmon.room.reading import StateHeard

_WIDTH = 100
_NARROW = 80


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ExchangeTold(_Told):
    """One request and what came back."""

    asked: str
    values: int
    answers: list[str]


class SourceTold(_Told):
    """One way a machine is heard."""

    name: str
    url: str | None
    driver: str | None
    maturity: str | None
    contact: str
    heard_at: str | None
    failing_since: str | None
    failures: int
    why: str | None
    text: str | None
    interval_s: float | None
    polled_at: str | None
    due_in_s: float | None
    late_s: float | None
    exchanges: list[ExchangeTold]


class FaultTold(_Told):
    """One standing fault, and what gave it."""

    reason: str
    severity: str
    registered: bool
    part: str | None
    text: str | None
    since: str
    device_since: str | None
    origins: list[str]


class Explanation(_Told):
    """The answer of the daemon, as far as the page shows it."""

    machine: str
    state: StateHeard
    faults: list[FaultTold]
    stall: StallTold
    pace: PaceTold
    sources: list[SourceTold]
    slept: bool


def explain(
    context: typer.Context,
    about: Annotated[
        str,
        typer.Argument(
            metavar="MACHINE|ALERT", help="The id of a machine in the settings, or of an alert, or how it begins."
        ),
    ],
    exchanges: Annotated[int, typer.Option(min=0, max=20, help="How many of the last exchanges to show.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything the daemon answers.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="Of an alert: en, ur, ...; without it the first of the site.")
    ] = None,
    control: source.ControlOption = None,
    broker: source.BrokerOption = None,
    site: source.SiteOption = None,
    root: source.RootOption = "fleetmon",
    ca: source.CaOption = None,
    certificate: source.CertificateOption = None,
    key: source.KeyOption = None,
    username: source.UserOption = None,
    password_file: source.PasswordFileOption = None,
) -> None:
    """Why a machine is shown as it is: faults and the rows they come from, contact, schedule, the last exchanges.
    Or why there is an alert: its rule, its figures, what hangs on it; with --broker, alerts of all its sites."""
    source.refuse_both(context, broker)
    if broker is not None:
        at = source.Broker(broker, site, root, ca, certificate, key, username, password_file)
        _explain_alert(_alerts_at(at, about), about, as_json, language)
    elif site:
        stop("--site needs --broker; without it the daemon of this computer is asked", Exit.USAGE)
    else:
        machine, sites = _asked(control, about)
        if machine:
            _explain_machine(machine, exchanges, as_json)
        else:
            _explain_alert(sites, about, as_json, language)


def _alerts_at(broker: source.Broker, about: str) -> tuple[SiteAlerts, ...]:
    sites = alert_source.quickly(broker, Clock())
    if not found(sites, about):
        typer.echo("a machine is explained at its own site, by the daemon that watches it; through a broker:", err=True)
    return sites


def _asked(control: source.ControlOption, about: str) -> tuple[dict[str, object], tuple[SiteAlerts, ...]]:
    """What the daemon here says of a machine, or else its alerts. Ends the program where it is neither."""
    try:
        with source.call(control) as caller:
            name, answer = caller.ask("explain", machine=about)
            if name != "error":
                return answer, ()
            other, told = caller.ask("alerts")
    except NoAnswerThere as why:
        stop(source.nobody(why), Exit.UNDETERMINED)
    sites = (alert_source.read(told),) if other == "alerts" else ()
    if not found(sites, about):
        words = safe(str(answer["text"]))
        stop(f"{words}\nand no alert has an id that begins like that: fleetmon alerts --all", Exit.PROBLEM)
    return {}, sites


def _explain_alert(sites: tuple[SiteAlerts, ...], wanted: str, as_json: bool, language: str | None) -> None:
    site, alert = alert_source.meant(sites, wanted)
    if as_json:
        typer.echo(json.dumps({"site": site.site, **alert.model_dump(exclude_unset=True)}, indent=2))
        return
    width = min(_WIDTH, shutil.get_terminal_size((_NARROW, 24)).columns if sys.stdout.isatty() else _NARROW)
    for line in alert_explained.lines(site, alert, Clock().now().utc, width, language):
        typer.echo(line)


def _explain_machine(answer: dict[str, object], exchanges: int, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    try:
        told = Explanation.model_validate(answer)
    except ValidationError as error:
        stop(f"the daemon's answer cannot be read; is it of another version? {safe(str(error))}", Exit.UNDETERMINED)
    out = console()
    for line in lines(told, Clock().now().utc, exchanges):
        out.print(line, markup=False)


def lines(told: Explanation, utc: float, exchanges: int) -> Iterator[str]:
    """The page, line by line."""
    state = told.state
    asleep = ", asleep" if told.slept else ""
    why = f": {state.headline}" if state.headline else ""
    yield safe(f"{told.machine}  {state.identity.model or 'a machine that does not say its model'}")
    yield safe(
        f"state      {state.state}{asleep}{why}; contact {state.contact}{_ago(', heard', state.observed_at, utc)}"
    )
    for fault in told.faults:
        yield from map(safe, _fault(fault, utc))
    yield from stall_page.lines(told.stall)
    yield from stall_page.pace_lines(told.pace, told.stall.unit)
    for each in told.sources:
        yield ""
        yield from _source(each, utc, exchanges)


def _fault(said: FaultTold, utc: float) -> Iterator[str]:
    words = f"{f' at {said.part}' if said.part else ''}{f': {said.text}' if said.text else ''}"
    own = "" if said.registered else " (a word of ours)"
    yield f"fault      {said.severity} {said.reason}{own}{words}{_for(',', said.since, utc)}"
    if said.device_since:
        yield f"{'':<11}the machine says{_ago(' since', said.device_since, utc)}"
    yield from (f"{'':<11}from {origin}" for origin in said.origins)


def _source(told: SourceTold, utc: float, exchanges: int) -> Iterator[str]:
    driver = f"{told.driver or 'no driver yet'}{f' ({told.maturity})' if told.maturity else ''}"
    yield safe(f"source     {told.name}: {told.url}, {driver}")
    failing = f"{_for(', failing', told.failing_since, utc)}, {told.failures} polls in a row" if told.failures else ""
    yield safe(f"contact    {told.contact}{_ago(', heard', told.heard_at, utc)}{failing}")
    if told.why:
        yield from _wrapped(" " * 11, safe(f"{told.why}{f': {told.text}' if told.text else ''}"))
    if told.interval_s is not None:
        due = "" if told.due_in_s is None else f", next in {max(0.0, told.due_in_s):.1f} s"
        late = f", begun {told.late_s:g} s late at worst" if told.late_s else ""
        yield f"polls      every {told.interval_s:g} s{due}{_ago(', last', told.polled_at, utc)}{late}"
    if exchanges and not told.exchanges:
        yield "asked      nothing yet"
    for exchange in told.exchanges[-exchanges:] if exchanges else []:
        yield from _wrapped("asked      ", safe(exchange.asked))
        yield from (safe(f"{'':<11}{answer}") for answer in exchange.answers or ["nothing of it exists"])
        if exchange.values > len(exchange.answers):
            yield f"{'':<11}and {exchange.values - len(exchange.answers)} more"


def _wrapped(head: str, text: str) -> list[str]:
    """No line longer than a page is wide, no name of an object in two pieces."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _ago(word: str, moment: str | None, utc: float) -> str:
    began = seconds(moment)
    return "" if began is None else f"{word} {ago(max(0.0, utc - began))} ago"


def _for(word: str, since: str | None, utc: float) -> str:
    began = seconds(since)
    return "" if began is None else f"{word} for {ago(max(0.0, utc - began))}"
