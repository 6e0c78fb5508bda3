"""How alerts are drawn for somebody who was woken by them: the worst first, what, since when, why, what to do, and the
few characters of its id that have to be typed. In 80 columns, without colours where no terminal is.

What sites say of an alert is their own text, at most wrapped here; it passes through `safe` as everything does.
"""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from fleetmon.assess.presence import SitePresence
from fleetmon.cli.safe_text import safe
from fleetmon.room.alerts import AlertHeard, SiteAlerts, StopTold, short_ids
from fleetmon.room.findings import ago
from fleetmon.room.moments import seconds

_NARROWEST, _WIDEST = 50, 100
_AWAY = {
    SitePresence.LATE: "LATE: its alerts may be older than they look",
    SitePresence.LOST: "LOST: nobody knows what is going on there; its alerts are those it told last",
    SitePresence.STOPPED: "STOPPED on purpose: nobody watches there; its alerts are those it told last",
    SitePresence.UNKNOWN: "not heard live yet: its alerts are what the broker had kept",
}
_HELD = {
    "inhibited": "behind another",
    "maintenance": "in a planned stop",
    "by-design": "off shift",
    "shelved": "shelved",
}


def lines(
    sites: Sequence[SiteAlerts], utc: float, width: int, *, everything: bool = False, language: str | None = None
) -> Iterator[str]:
    """The page. `everything`: also what is pending, held back or over, and the planned stops."""
    width = max(_NARROWEST, min(width, _WIDEST))
    shown = {site.site: [each for each in site.alerts if everything or each.stands] for site in sites}
    short = short_ids(each.id for site in sites for each in site.alerts if each.state != "closed" or everything)
    many, first = len(sites) > 1, True
    if many:
        yield from _common(sites)
        first = False
    for site in sites:
        if many and not shown[site.site] and not site.away:
            continue
        yield from () if first else ("",)
        first = False
        yield from _head(site, utc, width, everything)
        for alert in shown[site.site]:
            yield ""
            yield from _alert(alert, short, utc, width, language)
        if everything and site.stops:
            yield ""
            yield from (line for stop in site.stops for line in _stop(stop, utc, width))


def _common(sites: Sequence[SiteAlerts]) -> Iterator[str]:
    """What the room looks at first: how many stand, and which sites have none or cannot be trusted."""
    standing = [alert for site in sites for alert in site.alerts if alert.stands]
    away = Counter(site.presence.value for site in sites if site.away)
    told = [f"{number} {presence.upper()}" for presence, number in sorted(away.items())]
    yield f"{len(sites)} sites{': ' if told else ''}{', '.join(told)}; {_count(standing)}"
    quiet = [site.site for site in sites if not site.away and not any(each.stands for each in site.alerts)]
    if quiet:
        yield safe(textwrap.shorten(f"no alert stands at {', '.join(quiet)}", 300, placeholder=" ..."))


def _count(standing: Sequence[AlertHeard]) -> str:
    if not standing:
        return "no alert stands"
    priorities = Counter(alert.priority for alert in standing)
    split = ", ".join(
        f"{number} {_priority(each)}" for each, number in sorted(priorities.items(), key=lambda p: p[0] or 9)
    )
    answered = sum(alert.acknowledged is not None for alert in standing)
    known = f"; {answered} acknowledged" if answered else ""
    return f"{len(standing)} {'alert stands' if len(standing) == 1 else 'alerts stand'}: {split}{known}"


def _head(site: SiteAlerts, utc: float, width: int, everything: bool) -> Iterator[str]:
    standing = [each for each in site.alerts if each.stands]
    others = Counter(_other(each) for each in site.alerts if not each.stands and each.state != "closed")
    rest = ", ".join(f"{number} {word}" for word, number in sorted(others.items()))
    stops = f"; planned stops: {len(site.stops)}" if site.stops else ""
    hint = " (--all shows them)" if (rest or stops) and not everything else ""
    text = f"{site.site}: {_count(standing)}{f'; not told: {rest}' if rest else ''}{stops}{hint}"
    yield from textwrap.wrap(safe(text), width, subsequent_indent="  ")
    if site.missing:
        text = f"{site.missing} more that it counts did not arrive: ask again, or at the site"
        yield from textwrap.wrap(safe(text), width, initial_indent="  ", subsequent_indent="  ")
    if site.away:
        yield from textwrap.wrap(
            safe(f"{site.site} is {_AWAY[site.presence]}{_heard(site, utc)}"), width, subsequent_indent="  "
        )


def _heard(site: SiteAlerts, utc: float) -> str:
    if site.silent_s is not None:
        return f" (heard {ago(site.silent_s)} ago)"
    said_at = seconds(site.heartbeat_at)
    return "" if said_at is None else f" (heard {ago(max(0.0, utc - said_at))} ago by its own clock)"


def _other(alert: AlertHeard) -> str:
    """Why an alert is not told, in a word or two."""
    if alert.held_back:
        return _HELD.get(alert.held_back, alert.held_back)
    return alert.state if alert.priority is not None or alert.state == "pending" else "only shown"


def _alert(alert: AlertHeard, short: dict[str, str], utc: float, width: int, language: str | None) -> Iterator[str]:
    said, id_ = alert.said(language), short.get(alert.id, alert.id)
    head = f"{_priority(alert.priority):<3}{id_:<5} "
    left = " " * len(head)
    waiting = f", {said.waiting}" if said.waiting else ""
    yield from _block(head, f"{said.symptom or said.text} {said.since}{_age(alert, utc)}{waiting}", width)
    if said.cause:
        yield from _block(
            left, f"{alert.subject.id}: {said.cause}{', comes and goes' if alert.unstable else ''}", width
        )
    yield from (part for note in _notes(alert, short, utc) for part in _block(left, note, width))
    if said.next_step and alert.unanswered:
        who = f" ({said.actor})" if said.actor else ""
        yield from _block(left, f"Next{who}: {said.next_step}", width)


def _notes(alert: AlertHeard, short: dict[str, str], utc: float) -> Iterator[str]:
    """What became of it since it was raised."""
    if alert.state == "pending":
        after = f" if it stands for {alert.rule.raise_after_s:g} s" if alert.rule and alert.rule.raise_after_s else ""
        yield f"pending: told{after}"
    if alert.state == "clearing":
        yield f"not seen any more since {at(alert.gone, utc)}; it is not proven yet that it is over"
    if alert.state == "closed":
        yield f"over since {at(alert.closed, utc)}"
    if alert.latched and alert.acknowledged is None and alert.state != "closed":
        yield "stays until somebody acknowledges it"
    if alert.held_back and alert.held_back != "shelved":
        cause = f" ({short.get(alert.caused_by, alert.caused_by)})" if alert.caused_by else ""
        yield f"not told: {_HELD.get(alert.held_back, alert.held_back)}{cause}"
    if said := alert.acknowledged:
        yield f"acknowledged by {said.by} until {at(said.until, utc)}{f': {said.comment}' if said.comment else ''}"
    if said := alert.shelved:
        yield f"shelved by {said.by} until {at(said.until, utc)}: {said.reason}"


def _age(alert: AlertHeard, utc: float) -> str:
    began = seconds(alert.began.by)
    if began is None or alert.state == "closed":
        return ""
    return f" ({ago(max(0.0, utc - began))})"


def _stop(stop: StopTold, utc: float, width: int) -> Iterator[str]:
    text = f"planned stop of {stop.scope.kind} {stop.scope.id} until {at(stop.until, utc)}, by {stop.by}: {stop.reason}"
    yield from textwrap.wrap(safe(text), width, subsequent_indent="  ")


def _block(head: str, text: str, width: int) -> list[str]:
    """A paragraph beside its head; names and ids stay whole."""
    return textwrap.wrap(
        safe(text), width, initial_indent=safe(head), subsequent_indent=" " * len(head), break_on_hyphens=False
    )


def _priority(priority: int | None) -> str:
    return "--" if priority is None else f"P{priority}" if priority < 5 else "N"


def at(moment: str | None, utc: float, form: str = "%H:%M") -> str:
    """`16:00 CET` in the zone of this computer, which may not be the site's, with the day where it is not today's;
    `utc` is now. What is no moment, as it is."""
    when = seconds(moment)
    if when is None:
        return moment or "?"
    then, now = (datetime.fromtimestamp(each).astimezone() for each in (when, utc))
    return then.strftime(f"{form} %Z" if then.date() == now.date() else f"%Y-%m-%d {form} %Z")
