"""`fleetmon explain MACHINE`: what it was asked, what it answered, what that means, and when it is asked again."""

import json
import textwrap
from collections.abc import Iterator
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict, ValidationError

from fleetmon.cli import status_source as source
from fleetmon.cli.exits import Exit, stop
from fleetmon.cli.pages import console
from fleetmon.cli.safe_text import safe
from fleetmon.clock import Clock
from fleetmon.control import NoAnswerThere
from fleetmon.room.findings import ago
from fleetmon.room.moments import seconds
from fleetmon.room.reading import StateHeard

_WIDTH = 100


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
    sources: list[SourceTold]
    slept: bool


def explain(
    machine: Annotated[str, typer.Argument(help="The id of a machine in the settings.")],
    exchanges: Annotated[int, typer.Option(min=0, max=20, help="How many of the last exchanges to show.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything the daemon answers.")] = False,
    control: source.ControlOption = None,
) -> None:
    """Why a machine is shown as it is: faults and the rows they come from, contact, schedule, the last exchanges."""
    try:
        with source.call(control) as caller:
            name, answer = caller.ask("explain", machine=machine)
    except NoAnswerThere as why:
        stop(source.nobody(why), Exit.UNDETERMINED)
    if name == "error":
        stop(safe(str(answer["text"])), Exit.PROBLEM)
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
