"""What was heard of one site, and the picture that follows from it at a moment."""

from dataclasses import dataclass, field
from typing import Final

from fleetmon.assess import presence
from fleetmon.assess.presence import MachineWord, SiteKnown, SitePresence, Vitals
from fleetmon.model.report import At
from fleetmon.room import reading
from fleetmon.room.alerts import AlertHeard, SummaryHeard
from fleetmon.room.pictures import FaultPicture, MachinePicture, SitePicture, SupplyPicture, UplinkPicture, WayPicture
from fleetmon.room.reading import (
    HeartbeatHeard,
    InventoryHeard,
    MachineHeard,
    NotFreshHeard,
    StateHeard,
    UplinkHeard,
    WayHeard,
)

_USUAL_MACHINES: Final = 10


@dataclass(frozen=True, slots=True)
class StateEntry:
    """A state, its place in the order of what was heard live (0: it was retained), and when it came."""

    told: StateHeard
    order: int
    at: float


@dataclass(slots=True)
class SiteHeard:
    """Everything last heard of one site."""

    known: SiteKnown
    order: int = 0
    heartbeat: HeartbeatHeard | None = None
    heartbeat_order: int = 0
    skew_s: float | None = None
    inventory: InventoryHeard | None = None
    machines: dict[str, MachineHeard] = field(default_factory=dict)
    states: dict[str, StateEntry] = field(default_factory=dict)
    alerts: dict[str, AlertHeard] = field(default_factory=dict)
    summary: SummaryHeard = field(default_factory=SummaryHeard)
    version: str | None = None
    uplink: UplinkHeard | None = None
    ways: list[WayHeard] = field(default_factory=list)
    here: bool = False


def is_whole(site: SiteHeard) -> bool:
    """A state of as many machines as the inventory counts, the alerts that the summary counts, and a heartbeat."""
    if site.heartbeat is None or site.inventory is None or missing_alerts(site):
        return False
    return sum(name in site.states for name in site.machines) >= site.inventory.machine_count


def missing_alerts(site: SiteHeard) -> int:
    """How many alerts the site counts, and has not told: they were lost on the way, or come in a moment."""
    return max(0, site.summary.open - sum(alert.state != "closed" for alert in site.alerts.values()))


def messages(site: SiteHeard) -> int:
    """How many retained messages a site has: four of its own, two of each machine, one of each alert. Before it said
    how many machines it watches, so many as a usual office."""
    machines = max(len(site.machines), site.inventory.machine_count if site.inventory else _USUAL_MACHINES)
    return 4 + 2 * machines + max(len(site.alerts), site.summary.open)


def picture(name: str, site: SiteHeard, now: At) -> SitePicture:
    """The site as it is to be shown now."""
    verdict = presence.site(site.known, now.mono)
    beat = site.heartbeat
    listed = {each.machine: each for each in beat.not_fresh} if beat else {}
    # Before any inventory was heard, whatever has a state is shown; afterwards only what is watched still.
    names = sorted(site.machines or site.states)
    return SitePicture(
        site=name,
        presence=verdict.presence,
        why=verdict.why,
        silent_s=verdict.silent_s,
        flags=presence.flags(_vitals(site), site.known, now.mono),
        heartbeat_at=beat.time if beat else None,
        heartbeat_s=site.known.heartbeat_s if beat else None,
        expected=site.inventory.machine_count if site.inventory else None,
        waiting=max(0, beat.head_seq - beat.acked_seq) if beat else None,
        oldest_waiting_s=beat.oldest_unacked_s if beat else None,
        unsynced=beat is not None and beat.clock_synchronised is False,
        skew_s=site.skew_s,
        settings_refused_since=beat.settings_refused_since if beat else None,
        version=site.version,
        here=site.here,
        whole=is_whole(site),
        uplink=UplinkPicture(**site.uplink.model_dump()) if site.uplink else None,
        ways=tuple(WayPicture(way.target, way.where, way.failing_since, way.why or "") for way in site.ways),
        machines=tuple(_machine(name, site, verdict.presence, listed.get(name), now) for name in names),
    )


def _vitals(site: SiteHeard) -> Vitals:
    beat = site.heartbeat
    if beat is None:
        return Vitals()
    return Vitals(
        oldest_unacked_s=beat.oldest_unacked_s,
        unsynced=beat.clock_synchronised is False,
        skew_s=site.skew_s,
        loop_lag_s=beat.loop_lag_s,
        disk_free_mib=beat.disk_free_mib,
        certificate_days=beat.certificate_days,
    )


def _machine(
    name: str, site: SiteHeard, site_is: SitePresence, listed: NotFreshHeard | None, now: At
) -> MachinePicture:
    planned, entry = site.machines.get(name, MachineHeard()), site.states.get(name)
    told_last = entry is not None and entry.order > site.heartbeat_order
    word = MachineWord(
        told=reading.contact(entry.told.contact) if entry else None,
        told_last=told_last,
        listed=reading.contact(listed.contact) if listed else None,
        omitted=site.heartbeat is not None and site.heartbeat.not_fresh_omitted > 0,
        expired=entry is not None and now.mono - entry.at > (entry.told.valid_for_s or float("inf")),
    )
    found, why = presence.machine(site_is, word)
    if entry is None:
        return MachinePicture(name, planned.kind, planned.line, found, why)
    said, doubt = entry.told, None if told_last else listed
    return MachinePicture(
        machine=name,
        kind=planned.kind,
        line=planned.line,
        presence=found,
        why=why,
        state=said.state,
        asleep=said.asleep,
        headline=said.headline,
        faults=tuple(
            FaultPicture(each.reason, each.severity, each.part, each.text, each.since) for each in said.faults
        ),
        silence=doubt.why if doubt else next((source.why for source in said.sources if source.why), None),
        silent_since=doubt.since if doubt else None,
        observed_at=said.observed_at,
        model=said.identity.model,
        driver=said.driver,
        produced=said.counters.produced.total if said.counters.produced else None,
        unit=said.counters.produced.unit if said.counters.produced else None,
        lowest=_lowest(said),
    )


def _lowest(said: StateHeard) -> SupplyPicture | None:
    levels = [(each.percent, each.description or each.part) for each in said.supplies if each.percent is not None]
    if not levels:
        return None
    percent, name = min(levels)
    return SupplyPicture(name, percent)
