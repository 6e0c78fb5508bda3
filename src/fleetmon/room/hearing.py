"""The room listens: every message changes what is known of one site, or is counted as unreadable, and nothing else.

Order is what makes the difference between "unchanged" and "unheard": a state that came live after the last heartbeat is
newer than what that heartbeat lists. What the broker had kept is shown, but proves nothing. The number of sites and of
machines a site may fill the room with is bounded.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from fleetmon.assess import presence
from fleetmon.assess.presence import Session, SiteKnown, SiteWhy, Word
from fleetmon.assess.together import common_cause
from fleetmon.model.report import At
from fleetmon.room import reading
from fleetmon.room.alerts import AlertHeard, SiteAlerts, SummaryHeard, sites_first
from fleetmon.room.moments import seconds
from fleetmon.room.pictures import RoomPicture, SitePicture
from fleetmon.room.reading import (
    Envelope,
    HeartbeatHeard,
    InventoryHeard,
    MachineHeard,
    SessionHeard,
    StateHeard,
    StatusHeard,
    Unreadable,
)
from fleetmon.room.sites import SiteHeard, StateEntry, is_whole, messages, missing_alerts, picture

TOPICS: Final = ("session", "heartbeat", "inventory", "inventory/+", "state/+", "alert/+", "summary")
"""What a room listens to, below each site's `up/`."""

MOST_SITES: Final = 5_000
MOST_MACHINES: Final = 5_000
MOST_ALERTS: Final = 20_000

_UNDECIDED: Final = frozenset({SiteWhy.UNVERIFIED, SiteWhy.NEVER_HEARD, SiteWhy.NOT_CONNECTED})
_UP = re.compile(r"(?P<site>[a-z0-9][a-z0-9-]{0,31})/up/(?P<kind>[a-z]+)(?:/(?P<name>[a-z0-9][a-z0-9-]{0,95}))?")
_LONGEST_ID: Final = 48
_TYPES = {
    ("session", False): "fleetmon.session",
    ("heartbeat", False): "fleetmon.heartbeat",
    ("inventory", False): "fleetmon.inventory",
    ("inventory", True): "fleetmon.inventory.machine",
    ("summary", False): "fleetmon.summary",
    ("state", True): "fleetmon.state",
    ("alert", True): "fleetmon.alert.shown",
}


class Room:
    """What is known of every site that was heard. `root` is the first level of the topics."""

    def __init__(self, root: str = "fleetmon") -> None:
        self._prefix = f"{root}/v1/"
        self._sites: dict[str, SiteHeard] = {}
        self._connected = False
        self.unreadable = 0
        self.last_unreadable = ""

    def connected(self, now: At) -> None:
        """The room hears the broker from now on."""
        self._connected = True
        for site in self._sites.values():
            site.known = presence.listening(site.known, now.mono)

    def disconnected(self) -> None:
        """The room has lost the broker: nothing that it shows is certain now."""
        self._connected = False
        for site in self._sites.values():
            site.known = presence.deaf(site.known)

    def expect(self, name: str, now: At) -> None:
        """Show this site even if nothing is ever heard of it."""
        self._site(name, now)

    @property
    def size(self) -> int:
        """How many sites are known."""
        return len(self._sites)

    def missing(self) -> dict[str, int]:
        """The sites that have not told all of themselves yet, and how many messages that should be."""
        return {name: messages(site) for name, site in self._sites.items() if not is_whole(site)}

    def why(self, now: At) -> Counter[SiteWhy]:
        """How many sites count as they do for which reason."""
        return Counter(presence.site(site.known, now.mono).why for site in self._sites.values())

    def verified(self, now: At) -> bool:
        """Of no site is all that we know what a broker had kept, or nothing."""
        return not self.why(now).keys() & _UNDECIDED

    def hear(self, topic: str, payload: bytes, *, retained: bool, now: At) -> str | None:
        """Take a message up; the site that it changed, None if it was not readable or not for a room."""
        place = _UP.fullmatch(topic.removeprefix(self._prefix)) if topic.startswith(self._prefix) else None
        kind = _TYPES.get((place["kind"], place["name"] is not None)) if place else None
        if place is None or kind is None:
            return None
        try:
            self._hear(place["site"], place["kind"], place["name"], kind, payload, retained, now)
        except Unreadable as why:
            self.unreadable += 1
            self.last_unreadable = f"{topic}: {why}"[:500]
            return None
        return place["site"]

    def hear_status(self, answer: dict[str, object], now: At) -> str:
        """Take up the answer of a daemon's control socket: the same payloads, heard live. Raises Unreadable."""
        told = reading.read(StatusHeard, answer)
        site = self._site(told.site, now)
        site.uplink, site.ways, site.here = told.uplink, told.notify, True
        site.known = presence.listening(site.known, now.mono)
        _inventory(site, told.inventory)
        session = _session(site, told.session, retained=False, now=now)
        _heartbeat(site, told.heartbeat, (session.bootid, session.stream), retained=False, now=now)
        site.machines = {name: reading.read(MachineHeard, data) for name, data in told.machines.items()}
        site.states = {
            name: StateEntry(reading.read(StateHeard, data), 0, now.mono) for name, data in told.states.items()
        }
        return told.site

    def site(self, name: str, now: At) -> SitePicture | None:
        """One site."""
        return picture(name, self._sites[name], now) if name in self._sites else None

    def picture(self, now: At) -> RoomPicture:
        """All sites, by name."""
        known = {name: site.known for name, site in self._sites.items()}
        sites = tuple(picture(name, self._sites[name], now) for name in sorted(self._sites))
        return RoomPicture(sites, common_cause(known, now.mono), self.unreadable, self.last_unreadable)

    def alerts(self, now: At) -> tuple[SiteAlerts, ...]:
        """All sites with their alerts, the worst first."""
        return sites_first(self._alerts(site) for site in self.picture(now).sites)

    def _alerts(self, site: SitePicture) -> SiteAlerts:
        heard = self._sites[site.site]
        return SiteAlerts(
            site=site.site,
            presence=site.presence,
            alerts=tuple(heard.alerts.values()),
            stops=tuple(heard.summary.planned_stops),
            silent_s=site.silent_s,
            heartbeat_at=site.heartbeat_at,
            missing=missing_alerts(heard),
        )

    def _site(self, name: str, now: At) -> SiteHeard:
        if name not in self._sites:
            if len(self._sites) >= MOST_SITES:
                raise Unreadable("more sites than a room takes")
            self._sites[name] = SiteHeard(SiteKnown(now.mono if self._connected else None))
        return self._sites[name]

    def _hear(
        self, name: str, kind: str, about: str | None, type_: str, payload: bytes, retained: bool, now: At
    ) -> None:
        """An empty payload is a topic that was emptied: what it told is told no more."""
        told = reading.envelope(payload, type_, name) if payload else None
        site = self._site(name, now)
        site.order += 1
        if kind == "alert" and about is not None:
            _alert(site, about, told)
        elif about is not None:
            _machine(site, kind, about, told, retained, now)
        elif told is not None:
            _BY_KIND[kind](site, told, retained, now)


def _machine(site: SiteHeard, kind: str, machine: str, told: Envelope | None, retained: bool, now: At) -> None:
    if len(machine) > _LONGEST_ID:
        raise Unreadable("an id longer than any")
    room = site.machines if kind == "inventory" else site.states
    if told is None:
        room.pop(machine, None)
    elif machine not in room and len(room) >= MOST_MACHINES:
        raise Unreadable("more machines than a room takes")
    elif kind == "inventory":
        site.machines[machine] = reading.read(MachineHeard, told.data)
    else:
        site.states[machine] = StateEntry(reading.read(StateHeard, told.data), 0 if retained else site.order, now.mono)


def _alert(site: SiteHeard, name: str, told: Envelope | None) -> None:
    if told is None:
        site.alerts.pop(name, None)
    elif name not in site.alerts and len(site.alerts) >= MOST_ALERTS:
        raise Unreadable("more alerts than a room takes")
    else:
        site.alerts[name] = reading.read(AlertHeard, told.data)


def _session(site: SiteHeard, data: dict[str, object], *, retained: bool, now: At) -> SessionHeard:
    told = reading.read(SessionHeard, data)
    said = Session(Word(told.state), told.session, told.stream, told.bootid, told.heartbeat_s)
    site.known = presence.told(site.known, said, retained=retained, now=now.mono)
    site.version = told.versions.get("fleetmon") or site.version
    return told


def _heartbeat(
    site: SiteHeard, data: dict[str, object], voice: tuple[str, str], *, retained: bool, now: At
) -> HeartbeatHeard:
    told = reading.read(HeartbeatHeard, data)
    site.known = presence.beat(site.known, told.interval_s, voice, retained=retained, now=now.mono)
    site.heartbeat, site.heartbeat_order = told, site.order
    said_at = seconds(told.time)
    site.skew_s = None if retained or said_at is None else said_at - now.utc
    return told


def _inventory(site: SiteHeard, data: dict[str, object]) -> None:
    site.inventory = reading.read(InventoryHeard, data)


def _summary(site: SiteHeard, data: dict[str, object]) -> None:
    site.summary = reading.read(SummaryHeard, data)


_BY_KIND: dict[str, Callable[[SiteHeard, Envelope, bool, At], object]] = {
    "session": lambda site, told, retained, now: _session(site, told.data, retained=retained, now=now),
    "heartbeat": lambda site, told, retained, now: _heartbeat(
        site, told.data, (told.bootid, told.stream), retained=retained, now=now
    ),
    "inventory": lambda site, told, retained, now: _inventory(site, told.data),
    "summary": lambda site, told, retained, now: _summary(site, told.data),
}
