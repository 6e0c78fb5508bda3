"""How a picture of sites and machines is drawn: what is wrong first, then who is there, in 80 columns.

Everything that a machine, a broker or a file may have said passes through `safe`: no control character of theirs
reaches the terminal.
"""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fleetmon.assess.presence import MachinePresence, SitePresence
from fleetmon.cli.safe_text import safe
from fleetmon.room import Finding, Level, MachinePicture, RoomPicture, SitePicture
from fleetmon.room.findings import ago
from fleetmon.room.moments import seconds

_STYLES = {Level.CRITICAL: "bold red", Level.WARNING: "yellow", Level.UNKNOWN: "magenta", Level.OK: "green"}
_SITE_STYLES = {
    SitePresence.LIVE: "green",
    SitePresence.LATE: "yellow",
    SitePresence.LOST: "bold red",
    SitePresence.STOPPED: "yellow",
    SitePresence.UNKNOWN: "magenta",
}
_STATE_STYLES = {"stopped": "bold red", "processing": "green", "idle": "cyan"}
_FEW_SITES = 3
_NAMED = 3
_GLUE = "\u00a0"  # keeps "(5 s)" on one line
_WIDEST = 100
_WORDY = ("state", "why", "heard")  # columns that may take several lines, between words; names and figures stay whole
_LONGEST_SUPPLY = 16


def page(room: RoomPicture, found: Sequence[Finding], utc: float, width: int) -> RenderableType:
    """The whole page; `utc` is now. Machines are shown one by one as long as there are few sites."""
    parts: list[RenderableType] = list(_wrong(found, min(width, _WIDEST), many=len(room.sites) > 1))
    if found:
        parts.append(Text())
    parts += [Text(line) for line in _counts(room)]
    if len(room.sites) > 1:
        parts += [Text(), _sites(room.sites, utc)]
    if len(room.sites) <= _FEW_SITES:
        for site in room.sites:
            parts += [Text(), *_site(site, utc, named=len(room.sites) > 1)]
    return Group(*parts)


def headline(finding: Finding) -> str:
    """A finding in one line: who, what, why, for how long."""
    return safe(f"{_who(finding)} {finding.what}: {finding.text}{_lasts(finding)}")


def _lasts(finding: Finding, glue: str = " ") -> str:
    return "" if finding.lasts_s is None else f" ({ago(finding.lasts_s).replace(' ', glue)})"


def _wrong(found: Sequence[Finding], width: int, many: bool) -> Iterator[Text]:
    """One finding a paragraph: where, what, and the rest beside it."""
    names = [_where(finding, many) for finding in found]
    where_width = min(24, max(map(len, names), default=0))
    for name, finding in zip(names, found, strict=True):
        head = f"{name:<{where_width}}  {safe(finding.what):<10} "
        said = f"{safe(finding.text)}{_lasts(finding, _GLUE)}"
        body = textwrap.wrap(said, max(20, width - len(head)), break_on_hyphens=False)
        line = Text(head, style=_STYLES[finding.level])
        yield line.append(f"\n{' ' * len(head)}".join(body).replace(_GLUE, " "), style="default")


def _where(finding: Finding, many: bool) -> str:
    if finding.machine is None:
        return safe(finding.site) if finding.site != "*" else "all sites"
    return safe(f"{finding.site} {finding.machine}" if many else finding.machine)


def _counts(room: RoomPicture) -> Iterator[str]:
    """How many are there, and how they are."""
    presences = Counter(site.presence.value for site in room.sites)
    machines = [machine for site in room.sites for machine in site.machines]
    if len(room.sites) != 1:
        yield f"{len(room.sites)} sites{_told(presences, ('live', 'late', 'lost', 'stopped', 'unknown'))}"
    known = [machine for machine in machines if machine.presence in (MachinePresence.FRESH, MachinePresence.STALE)]
    words = Counter(str(machine.state) for machine in known)
    words.update(machine.presence.value for machine in machines if machine not in known)
    order = ("stopped", "unreachable", "unknown", "processing", "idle")
    name = f"{safe(room.sites[0].site)}: " if len(room.sites) == 1 else ""
    yield f"{name}{len(machines)} {'machine' if len(machines) == 1 else 'machines'}{_told(words, order)}"
    if room.unreadable:
        yield safe(f"{room.unreadable} messages could not be read; the last: {room.last_unreadable}")[:200]


def _told(counted: Counter[str], order: tuple[str, ...]) -> str:
    words = [*order, *sorted(set(counted) - set(order))]
    told = ", ".join(f"{counted[word]} {safe(word)}" for word in words if counted[word])
    return f": {told}" if told else ""


def _sites(sites: Iterable[SitePicture], utc: float) -> Table:
    table = _table("site", "is", "machines", "stopped", "heard", "version")
    for site in sites:
        stopped = sum(machine.state == "stopped" for machine in site.machines)
        table.add_row(
            safe(site.site),
            Text(site.presence.value, style=_SITE_STYLES[site.presence]),
            f"{len(site.machines)}{'' if site.whole else f' of {site.expected}' if site.expected else '?'}",
            str(stopped) if stopped else "",
            _heard(site, utc),
            safe(site.version or ""),
        )
    return table


def _heard(site: SitePicture, utc: float) -> str:
    """Live: by our own clock. Else by the clock of the site, which may be wrong."""
    if site.silent_s is not None:
        return f"{ago(site.silent_s)} ago"
    said_at = seconds(site.heartbeat_at)
    return "" if said_at is None else f"{ago(max(0.0, utc - said_at))} ago?"


def _site(site: SitePicture, utc: float, named: bool) -> Iterator[RenderableType]:
    if named:
        yield Text(safe(site.site), style="bold")
    if site.uplink and site.uplink.connected:
        waiting = f", {site.waiting} events wait" if site.waiting else ""
        yield Text(safe(f"uplink to {site.uplink.broker}{_for(site.uplink.since, utc)}{waiting}"))
    if site.machines:
        table = _table("machine", "state", "why", "produced", "lowest supply")
        for machine in site.machines:
            table.add_row(
                safe(machine.machine), _state(machine, utc), safe(_why(machine)), _produced(machine), _lowest(machine)
            )
        yield table


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=head not in _WORDY)
    return table


def _state(machine: MachinePicture, utc: float) -> Text:
    """What it says of itself, or what it said last and how long ago that was."""
    said = safe(machine.state or "nothing yet") + (", asleep" if machine.asleep else "")
    if machine.presence is MachinePresence.FRESH:
        return Text(said, style=_STATE_STYLES.get(machine.state or "", ""))
    observed = seconds(machine.observed_at)
    age = "" if observed is None else f", {ago(max(0.0, utc - observed))} ago"
    was = f" (was {said}{age})" if machine.state not in (None, "unknown") else ""
    return Text(f"{machine.presence.value}{was}", style="dim")


def _why(machine: MachinePicture) -> str:
    if machine.silence and machine.presence is not MachinePresence.FRESH:
        return machine.silence
    return machine.headline or ""


def _produced(machine: MachinePicture) -> str:
    return "" if machine.produced is None else safe(f"{machine.produced} {machine.unit or ''}").rstrip()


def _lowest(machine: MachinePicture) -> str:
    if machine.lowest is None:
        return ""
    name = safe(machine.lowest.name)
    return (
        f"{machine.lowest.percent:.0f} % {name if len(name) <= _LONGEST_SUPPLY else name[: _LONGEST_SUPPLY - 2] + '..'}"
    )


def _for(since: str, utc: float) -> str:
    began = seconds(since)
    return "" if began is None else f" for {ago(max(0.0, utc - began))}"


def nagios(room: RoomPicture, found: Sequence[Finding], level: Level) -> str:
    """One line for Nagios, Checkmk and their kin: the worst in words, what else there is by name, and figures
    (Monitoring Plugins guidelines)."""
    machines = [machine for site in room.sites for machine in site.machines]
    presences = Counter(machine.presence for machine in machines)
    figures: dict[str, int] = {
        "sites": len(room.sites),
        "sites_lost": sum(site.presence is SitePresence.LOST for site in room.sites),
        "machines": len(machines),
        **{presence.value: presences[presence] for presence in MachinePresence},
        "stopped": sum(m.state == "stopped" and m.presence is MachinePresence.FRESH for m in machines),
        "waiting": sum(site.waiting or 0 for site in room.sites),
    }
    worst = next((finding for finding in found if finding.level is level), None)
    rest = _in_short([finding for finding in found if finding is not worst])
    text = f"{headline(worst)}{rest}" if worst else f"{len(room.sites)} sites, {len(machines)} machines"
    perfdata = " ".join(f"{name}={value}" for name, value in figures.items())
    return f"{level.name} - {text.replace('|', '/')} | {perfdata}"


def _in_short(found: Sequence[Finding]) -> str:
    if not found:
        return ""
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"; also {', '.join(f'{_who(each)} {safe(each.what)}' for each in found[:_NAMED])}{more}"


def _who(finding: Finding) -> str:
    return safe(f"{finding.site} {finding.machine}" if finding.machine else finding.site)
