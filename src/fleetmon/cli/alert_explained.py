"""An alert explained: the rule that made it one, the figures behind it, what hangs on it, and what nearly was one too.

Everything stands in the alert itself, so that a room far away explains it as well as the site.
"""

import textwrap
from collections.abc import Iterator

from fleetmon.cli import alerts_page
from fleetmon.cli.safe_text import safe
from fleetmon.model.durations import duration_text
from fleetmon.room.alerts import AlertHeard, EvidenceTold, RuleTold, SiteAlerts

_LEFT = 11
_PROOFS = {
    "absence": "",
    "completion": " and a document has been made",
}


def lines(site: SiteAlerts, alert: AlertHeard, utc: float, width: int, language: str | None = None) -> Iterator[str]:
    """The page, line by line."""
    said = alert.said(language)
    head = f"{alert.id}  {site.site}  {alert.subject.kind} {alert.subject.id}, {alert.condition}"
    yield safe(f"{head}{f' of {alert.part}' if alert.part else ''}")
    for name, text in (
        ("seen", ", ".join(filter(None, (f"{said.symptom or said.text} {said.since}".strip(), said.waiting)))),
        ("why", said.cause),
        ("means", said.meaning),
        ("next", f"{f'({said.actor}) ' if said.actor else ''}{said.next_step}" if said.next_step else ""),
        ("call", said.call),
    ):
        yield from _row(name, text, width)
    if not said.reviewed:
        yield from _row("", "this translation has not been reviewed", width)
    for name, text in (*_life(alert, utc), *_rule(alert, utc), *_around(alert)):
        yield from _row(name, text, width)
    yield from _row("to say", _to_say(alert), width)


def _life(alert: AlertHeard, utc: float) -> Iterator[tuple[str, str]]:
    """What became of it so far."""
    known = "acknowledged" if alert.acknowledged else "not acknowledged"
    flags = [word for word, holds in (("unstable", alert.unstable), ("latched", alert.latched)) if holds]
    again = [f"came back {alert.repeats} times"] if alert.repeats else []
    letter = [f"ISA-18.2 {alert.isa}"] if alert.isa else []
    yield "state", ", ".join([alert.state, known, *flags, *again, *letter, f"rev {alert.rev}"])
    moments = (
        ("raised", alert.raised),
        ("told", alert.announced),
        ("not seen since", alert.gone),
        ("over", alert.cleared),
        ("closed", alert.closed),
    )
    began = alert.began.by and f"began {_between(alert.began.after, alert.began.by, utc)}"
    yield "times", ", ".join(filter(None, (began, *(f"{word} {_at(when, utc)}" for word, when in moments if when))))
    if said := alert.acknowledged:
        comment = f": {said.comment}" if said.comment else ""
        yield "known", f"to {said.by} since {_at(said.at, utc)}, until {_at(said.until, utc)}{comment}"
    if said := alert.shelved:
        yield "shelved", f"by {said.by} since {_at(said.at, utc)}, until {_at(said.until, utc)}: {said.reason}"
    if alert.held_back:
        since = f" since {_at(alert.held_since, utc)}" if alert.held_since else ""
        yield "not told", f"{alert.held_back}{since}"


def _between(after: str | None, by: str, utc: float) -> str:
    """Between the last look without it and the first with it."""
    return (
        f"between {_at(after, utc)} and {_at(by, utc)}"
        if after and _at(after, utc) != _at(by, utc)
        else f"at {_at(by, utc)}"
    )


def _rule(alert: AlertHeard, utc: float) -> Iterator[tuple[str, str]]:
    """What made an alert of it."""
    if alert.rule:
        yield "rule", _ruled(alert.condition, alert.rule)
    if alert.priority is not None and alert.rule and alert.rule.priority not in (None, alert.priority):
        yield "priority", f"P{alert.priority}, the rule alone says P{alert.rule.priority}{_cost(alert, utc)}"
    for each in alert.evidence:
        yield "evidence", _figure(each)
    if alert.reasons:
        first = f" (first {alert.first_out})" if alert.first_out and len(alert.reasons) > 1 else ""
        yield "reasons", f"{', '.join(alert.reasons)}{first}"
    if alert.certainty:
        yield "certainty", alert.certainty


def _ruled(condition: str, rule: RuleTold) -> str:
    priority = "never an alert" if rule.priority is None else f"P{rule.priority}" if rule.priority < 5 else "a notice"
    parts = [f"{condition}: {priority}"]
    if rule.raise_after_s is not None:
        parts.append(f"raised when it has stood for {_lasting(rule.raise_after_s)}")
    if rule.clear_after_s is not None:
        proof = _PROOFS.get(rule.proof or "absence", f" and {rule.proof}")
        parts.append(f"over when it is gone for {_lasting(rule.clear_after_s)}{proof}")
    parts += ["stays until it is acknowledged"] if rule.latch else []
    parts += ["told off shift and in planned stops too"] if rule.always else []
    parts += [f"for {', '.join(rule.audience)}"] if rule.audience else []
    return "; ".join(parts)


def _lasting(seconds: float) -> str:
    return duration_text(seconds) if 0 <= seconds < 1e9 else f"{seconds:g} s"


def _cost(alert: AlertHeard, utc: float) -> str:
    """What makes it more or less urgent than its rule."""
    impact = alert.impact
    told = (
        [f"line {impact.line} stands since {_at(impact.line_stopped_since, utc)}"] if impact.line_stopped_since else []
    )
    told += [f"{impact.stage_left} machines of its stage are left"] if impact.stage_left is not None else []
    return f": {', '.join(told)}" if told else ""


def _figure(seen: EvidenceTold) -> str:
    unit = f" {seen.unit}" if seen.unit else ""
    usual = "" if seen.expected is None else f", usual is {_value(seen.expected)}{unit}"
    return f"{seen.name}: {_value(seen.value)}{unit}{usual}"


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _around(alert: AlertHeard) -> Iterator[tuple[str, str]]:
    """What hangs on what, and what nearly was an alert beside it."""
    if alert.caused_by:
        yield "because of", alert.caused_by
    if alert.root_of:
        yield "brings", ", ".join(alert.root_of)
    for near in alert.nearly:
        held = f", {near.held_back}" if near.held_back else ""
        yield "nearly", f"{near.id} {near.key}: {near.state}{held}{f'; {near.why}' if near.why else ''}"


def _to_say(alert: AlertHeard) -> str:
    if alert.state == "closed":
        return "nothing is left to do"
    if alert.shelved:
        return f"fleetmon unshelve {alert.id}"
    return f'fleetmon ack {alert.id}, or: fleetmon shelve {alert.id} --for 1h --reason "..."'


def _row(name: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        safe(text),
        width,
        initial_indent=f"{name:<{_LEFT}}",
        subsequent_indent=" " * _LEFT,
        break_on_hyphens=False,
    )


def _at(moment: str | None, utc: float) -> str:
    return alerts_page.at(moment, utc, "%H:%M:%S")
