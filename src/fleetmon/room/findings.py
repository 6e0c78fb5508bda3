"""What is wrong in a picture, worst first: one list for the page, for exit codes and for other monitoring systems.

A site that is away is one finding, not one for each of its machines; sites that fell silent together are one finding,
not one each. Of a machine that is heard, the fault it shows first is told, and whether it stopped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from fleetmon.assess.presence import CLOCKS_DIFFER_S, Flag, MachinePresence, MachineWhy, SitePresence, SiteWhy
from fleetmon.room.moments import seconds
from fleetmon.room.pictures import FaultPicture, MachinePicture, RoomPicture, SitePicture


class Level(IntEnum):
    """How bad; the numbers are the exit codes of monitoring plugins."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


_WORST_FIRST = (Level.CRITICAL, Level.WARNING, Level.UNKNOWN, Level.OK)
_AWAY = (SitePresence.LOST, SitePresence.STOPPED, SitePresence.UNKNOWN)
_BY_SEVERITY = {"error": Level.CRITICAL, "warning": Level.WARNING}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: with a site, or with one machine of it; `lasts_s` how long, as far as it is known."""

    level: Level
    site: str
    machine: str | None
    what: str
    text: str
    lasts_s: float | None = None


def worst(found: tuple[Finding, ...]) -> Level:
    """The worst level; "not known" is less bad than what is known to be bad."""
    return min((finding.level for finding in found), key=_WORST_FIRST.index, default=Level.OK)


def findings(room: RoomPicture, utc: float) -> tuple[Finding, ...]:
    """Sites that are away or late first, then machines, then what else a site complains of; `utc` is now."""
    together = set(room.cause.sites) if room.cause else set()
    away = [each for site in room.sites if site.site not in together for each in _presence(site, utc)]
    machines = [each for site in room.sites for each in _machines(site, utc)]
    rest = [each for site in room.sites for each in _rest(site, utc)]
    groups = (list(_common(room)), away, machines, rest)
    return tuple(each for group in groups for each in sorted(group, key=lambda found: _WORST_FIRST.index(found.level)))


def _common(room: RoomPicture) -> Iterator[Finding]:
    if room.cause:
        names = ", ".join(room.cause.sites)
        text = f"{len(room.cause.sites)} sites fell silent together, so look at their broker or uplink: {names}"
        yield Finding(Level.CRITICAL, "*", None, "LOST", text, room.cause.silent_s)


def _presence(site: SitePicture, utc: float) -> Iterator[Finding]:
    many = len(site.machines)
    machines = f"its {many} machines are unknown" if many > 1 else "its machine is unknown" if many else "no machines"
    said_at = seconds(site.heartbeat_at)
    kept = "" if said_at is None else f", last heard {ago(max(0.0, utc - said_at))} ago by its own clock"
    texts = {
        SiteWhy.HEARTBEAT_MISSED: f"no heartbeat{kept or ', while it should have sent some'}; {machines}",
        SiteWhy.WILL: f"the broker lost it{kept}; {machines}",
        SiteWhy.HEARTBEAT_LATE: f"no heartbeat{kept}",
        SiteWhy.SAID_OFFLINE: f"stopped on purpose; {machines}",
        SiteWhy.UNVERIFIED: f"not verified{kept}: nothing was heard from it live yet",
        SiteWhy.NEVER_HEARD: "neither session nor heartbeat was heard",
        SiteWhy.NOT_CONNECTED: f"we are not connected to the broker{kept}",
    }
    levels = {SitePresence.LOST: Level.CRITICAL, SitePresence.UNKNOWN: Level.UNKNOWN}
    if site.presence is not SitePresence.LIVE:
        level = levels.get(site.presence, Level.WARNING)
        yield Finding(level, site.site, None, site.presence.upper(), texts[site.why], site.silent_s)


def _machines(site: SitePicture, utc: float) -> Iterator[Finding]:
    if site.presence in _AWAY:
        return
    for machine in site.machines:
        if found := _machine(site.site, machine, utc):
            yield found
    if site.expected is not None and len(site.machines) < site.expected:
        text = f"{site.expected - len(site.machines)} of {site.expected} machines have told nothing yet"
        yield Finding(Level.UNKNOWN, site.site, None, "incomplete", text)


def _silence(why: str | None) -> str:
    """Why a machine is not heard, in words and with the word that is published."""
    words = {"garbled": "not understood", "busy": "taken by somebody else", "refused": "nobody there"}
    return f"{words.get(why or '', 'no answer')}: {why or 'unknown'}"


def _machine(site: str, machine: MachinePicture, utc: float) -> Finding | None:
    name = machine.machine
    if machine.presence is MachinePresence.UNREACHABLE:
        lasts_s = _passed(machine.silent_since, utc)
        return Finding(Level.CRITICAL, site, name, "lost", _silence(machine.silence), lasts_s)
    if machine.presence is MachinePresence.UNKNOWN:
        awaited = machine.why is MachineWhy.AWAITED
        text = f"not heard yet: {machine.silence or 'no answer'}" if awaited else "it has told nothing yet"
        return Finding(Level.UNKNOWN, site, name, "unknown", text, _passed(machine.silent_since, utc))
    fault = next((each for each in machine.faults if each.reason == machine.headline), None)
    if machine.state == "stopped":
        text = _fault(fault) if fault else machine.headline or "it does not say why"
        return Finding(Level.CRITICAL, site, name, "stopped", text, _passed(fault.since if fault else None, utc))
    if fault and fault.severity in _BY_SEVERITY:
        lasts_s = _passed(fault.since, utc)
        return Finding(_BY_SEVERITY[fault.severity], site, name, fault.severity, _fault(fault), lasts_s)
    if machine.presence is MachinePresence.STALE:
        lasts_s = _passed(machine.silent_since, utc)
        return Finding(Level.WARNING, site, name, "stale", f"hesitates: {machine.silence or machine.why}", lasts_s)
    return None


def _fault(fault: FaultPicture) -> str:
    return f"{fault.reason}{f' at {fault.part}' if fault.part else ''}{f': {fault.text}' if fault.text else ''}"


def _rest(site: SitePicture, utc: float) -> Iterator[Finding]:
    if site.uplink and not site.uplink.connected:
        why = ": ".join(filter(None, (site.uplink.trouble, site.uplink.text))) or "not yet"
        text = f"{site.uplink.broker}: {why}; {site.waiting or 0} events wait on disk"
        yield Finding(Level.WARNING, site.site, None, "no uplink", text, _passed(site.uplink.since, utc))
    for way in site.ways:
        if way.failing_since is not None:
            text = f"{way.target} at {way.where} does not take alerts: {way.why}"
            yield Finding(Level.WARNING, site.site, None, "notify", text, _passed(way.failing_since, utc))
    if site.settings_refused_since and site.presence not in _AWAY:
        text = "refused: the former ones go on; see the log, fleetmon check"
        since = _passed(site.settings_refused_since, utc)
        yield Finding(Level.WARNING, site.site, None, "settings", text, since)
    texts = {
        Flag.BACKLOG: "events wait to be confirmed",
        Flag.CLOCK: _clock(site),
        Flag.DEGRADED: "it answers late, or its disk is almost full",
        Flag.CERT: "its certificate expires within 30 days, or has",
        Flag.DUPLICATE: "two daemons use its identity",
    }
    for flag in site.flags if site.presence not in _AWAY else ():
        lasts_s = site.oldest_waiting_s if flag is Flag.BACKLOG else None
        yield Finding(Level.WARNING, site.site, None, flag.value, texts[flag], lasts_s)


def _clock(site: SitePicture) -> str:
    told = [f"nothing sets {'this computer' if site.here else 'its computer'}'s clock"] if site.unsynced else []
    if site.skew_s is not None and abs(site.skew_s) > CLOCKS_DIFFER_S:
        told.append(f"it is {ago(abs(site.skew_s))} {'ahead of' if site.skew_s > 0 else 'behind'} ours")
    return "; ".join(told)


def _passed(since: str | None, utc: float) -> float | None:
    began = seconds(since)
    return None if began is None else max(0.0, utc - began)


def ago(passed_s: float) -> str:
    """A length of time as people say it, in the two largest units that matter."""
    minutes, hours, days = int(passed_s // 60), int(passed_s // 3600), int(passed_s // 86400)
    if days >= 2:
        return f"{days} days"
    if hours >= 1:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes >= 2 else f"{int(passed_s)} s"
