"""Where alerts come from: the daemon next door, through its control socket, or a broker, for all sites; and which of
them somebody means who types how an id begins.
"""

import asyncio
import json
from typing import NoReturn

from pydantic import ValidationError

from fleetmon.assess.presence import SitePresence
from fleetmon.cli import status_source as source
from fleetmon.cli.exits import Exit, stop
from fleetmon.cli.safe_text import safe
from fleetmon.clock import Clock
from fleetmon.control import NoAnswerThere
from fleetmon.room import Listening
from fleetmon.room.alerts import AlertHeard, SiteAlerts, StopTold, found, sites_first

_NAMED = 6


def next_door(control: source.ControlOption) -> tuple[SiteAlerts, ...]:
    """The alerts of this computer's daemon. Ends the program where nobody answers."""
    try:
        with source.call(control) as caller:
            name, answer = caller.ask("alerts")
    except NoAnswerThere as why:
        stop(source.nobody(why), Exit.UNDETERMINED)
    if name == "error":
        stop(safe(str(answer["text"])), Exit.UNDETERMINED)
    return sites_first([read(answer)])


def read(answer: dict[str, object]) -> SiteAlerts:
    """The answer of a daemon. Ends the program where it cannot be read."""
    told, stops = answer.get("alerts"), answer.get("planned_stops")
    try:
        return SiteAlerts(
            site=str(answer.get("site")),
            presence=SitePresence.LIVE,
            alerts=tuple(AlertHeard.model_validate(each) for each in (told.values() if isinstance(told, dict) else ())),
            stops=tuple(StopTold.model_validate(each) for each in (stops if isinstance(stops, list) else ())),
            silent_s=0.0,
        )
    except ValidationError as error:
        stop(f"the daemon's answer cannot be read; is it of another version? {safe(str(error))}", Exit.UNDETERMINED)


def at_broker(broker: source.Broker, wait: float | None, clock: Clock) -> tuple[SiteAlerts, ...]:
    """The alerts of all sites, once it is known of each whether it is there. Ends the program where none was heard."""
    listening = source.from_broker(broker, wait, False, clock)
    sites = listening.room.alerts(clock.now())
    return sites if any(map(_heard, sites)) else _none(broker, listening)


def quickly(broker: source.Broker, clock: Clock) -> tuple[SiteAlerts, ...]:
    """What the broker has kept of alerts; nobody waits until sites are heard live. Ends as `at_broker` does."""
    listening = Listening(broker.plan(), broker.root, broker.room(clock), clock)
    asyncio.run(listening.listen(source.SETTLES_IN_S, listening.settled))
    sites = listening.room.alerts(clock.now())
    return sites if any(map(_heard, sites)) else _none(broker, listening)


def _heard(site: SiteAlerts) -> bool:
    return site.presence is not SitePresence.UNKNOWN or site.heartbeat_at is not None or bool(site.alerts)


def _none(broker: source.Broker, listening: Listening) -> NoReturn:
    down = listening.trouble
    why = f"{down.trouble.value}: {down}" if down else "nothing is published there by any such site"
    stop(safe(f"{broker.url}: {why}"), Exit.UNDETERMINED)


def meant(sites: tuple[SiteAlerts, ...], wanted: str) -> tuple[SiteAlerts, AlertHeard]:
    """The one alert whose id begins so. Ends the program, with the candidates, where it is none or several."""
    candidates = found(sites, wanted)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        lines = [f"{safe(wanted)!r} begins the ids of several alerts; type more of it, or name the site with --site:"]
        stop("\n".join([*lines, *_listed(candidates)]), Exit.PROBLEM)
    standing = [(site, alert) for site in sites for alert in site.alerts if alert.stands]
    hint = ["these stand:", *_listed(standing)] if standing else ["none stands; fleetmon alerts --all lists all"]
    stop("\n".join([f"no alert has an id that begins with {safe(wanted)!r}", *hint]), Exit.PROBLEM)


def _listed(alerts: list[tuple[SiteAlerts, AlertHeard]]) -> list[str]:
    lines = [safe(f"  {alert.id}  {site.site}  {what(alert)}") for site, alert in alerts[:_NAMED]]
    return [*lines, f"  and {len(alerts) - _NAMED} more"] if len(alerts) > _NAMED else lines


def what(alert: AlertHeard) -> str:
    """Where and what, in words of ours: `lam1 supply-empty upper film`."""
    return " ".join(filter(None, (alert.subject.id, alert.condition, alert.part)))


def as_json(sites: tuple[SiteAlerts, ...], time: str) -> str:
    """Everything the sites told, as JSON."""
    told = [
        {
            "site": site.site,
            "presence": site.presence.value,
            "silent_s": site.silent_s,
            "alerts": [alert.model_dump(exclude_unset=True) for alert in site.alerts],
            "planned_stops": [each.model_dump(exclude_unset=True) for each in site.stops],
        }
        for site in sites
    ]
    return json.dumps({"time": time, "sites": told}, indent=2)
