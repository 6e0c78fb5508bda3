"""Who is dead? The one answer to it, for every consumer: a pure table over what a listener knows of a site.

The will is a hint, a missed heartbeat is the proof. A broker that was killed keeps a site "online" for ever, and one
that is stopped in order sends everybody's will at once; so what counts is when this listener last heard a site *live*,
on the listener's own monotonic clock. What a broker had kept proves nothing until then.

==========  ==================  ================================================================
the site    why                 when (first row that holds)
==========  ==================  ================================================================
unknown     not-connected       the listener itself hears no broker
stopped     said-offline        it said goodbye, and was not heard later than one heartbeat after
lost        will                the broker sent its will, and it was not heard since
live        heartbeat           heard live within 2.5 heartbeats
unknown     never-heard         neither session nor heartbeat
unknown     unverified          silent, but listened to for less than 2.5 heartbeats
late        heartbeat-late      silent for up to 4 heartbeats
lost        heartbeat-missed    silent for longer: all its machines are unknown, their values stay
==========  ==================  ================================================================

An old will must not kill a new birth: a farewell of a session below the latest is ignored (as Sparkplug's bdSeq).
All moments are seconds of the listener's monotonic clock.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from fleetmon.model.words import Contact

LIVE_HEARTBEATS = 2.5
LATE_HEARTBEATS = 4.0
USUAL_HEARTBEAT_S = 30.0
CLOCKS_DIFFER_S = 5.0
_HEARTBEAT_BOUNDS_S = (0.1, 3600.0)  # what a payload says is no reason to wait for a year, or not at all
_FLIPS_COUNT_S = 600.0
_VOICES_KEPT = 4
_DISK_LOW_MIB = 512.0  # what an outbox may need by itself before it drops events


class SitePresence(StrEnum):
    """Whether a site is there."""

    LIVE = "live"
    LATE = "late"
    LOST = "lost"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class SiteWhy(StrEnum):
    """The row of the table that decided."""

    NOT_CONNECTED = "not-connected"
    HEARTBEAT = "heartbeat"
    SAID_OFFLINE = "said-offline"
    WILL = "will"
    NEVER_HEARD = "never-heard"
    UNVERIFIED = "unverified"
    HEARTBEAT_LATE = "heartbeat-late"
    HEARTBEAT_MISSED = "heartbeat-missed"


class MachinePresence(StrEnum):
    """Whether what is shown of a machine holds now."""

    FRESH = "fresh"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class MachineWhy(StrEnum):
    """Why a machine counts as it does."""

    ANSWERS = "answers"
    HESITATES = "hesitates"
    SILENT = "silent"
    AWAITED = "awaited"
    NOT_TOLD = "not-told"
    EXPIRED = "expired"
    SITE_LOST = "site-lost"
    SITE_STOPPED = "site-stopped"
    SITE_UNKNOWN = "site-unknown"


class Word(StrEnum):
    """What a session message says."""

    ONLINE = "online"
    OFFLINE = "offline"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Session:
    """One session message: `number` counts connections within a `stream`; `heartbeat_s`: how often it means to beat."""

    word: Word
    number: int
    stream: str
    boot: str
    heartbeat_s: float | None = None


@dataclass(frozen=True, slots=True)
class SiteKnown:
    """What a listener knows of a site. `listening_at`: since when it hears the broker, None while it does not;
    `heard_at`: the last live sign of life; `said_at`: when `session` came; `kept`: a retained heartbeat was seen."""

    listening_at: float | None = None
    session: Session | None = None
    said_at: float = 0.0
    heard_at: float | None = None
    kept: bool = False
    heartbeat_s: float = USUAL_HEARTBEAT_S
    voices: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SiteVerdict:
    """Whether a site is there, why, and how long it has been silent; None: never heard live."""

    presence: SitePresence
    why: SiteWhy
    silent_s: float | None = None


def listening(known: SiteKnown, now: float) -> SiteKnown:
    """The listener is connected to the broker, from now on."""
    return replace(known, listening_at=now)


def deaf(known: SiteKnown) -> SiteKnown:
    """The listener has lost the broker: silence means nothing now."""
    return replace(known, listening_at=None)


def told(known: SiteKnown, session: Session, *, retained: bool, now: float) -> SiteKnown:
    """A session message came. A live "online" is a sign of life like a heartbeat.

    It tells how often the site beats, also where the broker has forgotten the last heartbeat, which expires.
    """
    if _outdated(known, session):
        return known
    every_s = known.heartbeat_s if session.heartbeat_s is None else _every(session.heartbeat_s)
    lives = session.word is Word.ONLINE and not retained
    spoken = known if session.word is Word.LOST else _spoken(known, session.boot, session.stream, now)
    heard_at = now if lives else known.heard_at
    return replace(spoken, session=session, said_at=now, heard_at=heard_at, heartbeat_s=every_s)


def beat(known: SiteKnown, heartbeat_s: float, voice: tuple[str, str], *, retained: bool, now: float) -> SiteKnown:
    """A heartbeat came; `voice` is the boot id and the stream of the daemon that sent it."""
    every_s = _every(heartbeat_s)
    if retained:
        return replace(known, kept=True, heartbeat_s=every_s)
    return replace(_spoken(known, *voice, now), kept=True, heartbeat_s=every_s, heard_at=now)


def _every(told_s: float) -> float:
    shortest, longest = _HEARTBEAT_BOUNDS_S
    return min(max(told_s, shortest), longest) if told_s == told_s else USUAL_HEARTBEAT_S


def _outdated(known: SiteKnown, session: Session) -> bool:
    """A farewell of a session that is not the latest: of a lower number, or of a stream that another one followed."""
    latest = known.session
    if latest is None or session.word is Word.ONLINE:
        return False
    if session.stream != latest.stream:
        return session.stream in {stream for _, stream, _ in known.voices}
    said_goodbye = latest.word is Word.OFFLINE and session.word is Word.LOST
    return session.number < latest.number + said_goodbye


def _spoken(known: SiteKnown, boot: str, stream: str, now: float) -> SiteKnown:
    if known.voices and known.voices[-1][:2] == (boot, stream):
        return known
    return replace(known, voices=(*known.voices, (boot, stream, now))[-_VOICES_KEPT:])


def site(known: SiteKnown, now: float) -> SiteVerdict:
    """The table."""
    if known.listening_at is None:
        return SiteVerdict(SitePresence.UNKNOWN, SiteWhy.NOT_CONNECTED, _since(known.heard_at, now))
    presence, why = _said(known) or _counted(known, known.listening_at, now)
    return SiteVerdict(presence, why, _since(known.heard_at, now))


def _since(moment: float | None, now: float) -> float | None:
    return None if moment is None else max(0.0, now - moment)


def _said(known: SiteKnown) -> tuple[SitePresence, SiteWhy] | None:
    """What was said holds until a later sign of life. The last heartbeat before a goodbye may arrive after it."""
    word = known.session.word if known.session else Word.ONLINE
    heard_at = float("-inf") if known.heard_at is None else known.heard_at
    if word is Word.OFFLINE and heard_at <= known.said_at + known.heartbeat_s:
        return SitePresence.STOPPED, SiteWhy.SAID_OFFLINE
    if word is Word.LOST and heard_at <= known.said_at:
        return SitePresence.LOST, SiteWhy.WILL
    return None


def _counted(known: SiteKnown, listening_at: float, now: float) -> tuple[SitePresence, SiteWhy]:
    """What the heartbeats prove."""
    if known.heard_at is None and known.session is None and not known.kept:
        return SitePresence.UNKNOWN, SiteWhy.NEVER_HEARD
    if known.heard_at is not None and now - known.heard_at <= LIVE_HEARTBEATS * known.heartbeat_s:
        return SitePresence.LIVE, SiteWhy.HEARTBEAT
    listened = (now - max(listening_at, known.heard_at or listening_at)) / known.heartbeat_s
    if listened <= LIVE_HEARTBEATS:
        return SitePresence.UNKNOWN, SiteWhy.UNVERIFIED
    if listened <= LATE_HEARTBEATS:
        return SitePresence.LATE, SiteWhy.HEARTBEAT_LATE
    return SitePresence.LOST, SiteWhy.HEARTBEAT_MISSED


@dataclass(frozen=True, slots=True)
class MachineWord:
    """What was said of a machine: `told` in its own state, `told_last` if that came live after the heartbeat, `listed`
    in the heartbeat as not fresh. While the heartbeat had no room for all (`omitted`), a machine that it does not list
    is believed for `valid_for_s` of its state; `expired` once that is over."""

    told: Contact | None = None
    told_last: bool = False
    listed: Contact | None = None
    omitted: bool = False
    expired: bool = False


_AWAY = {
    SitePresence.LOST: MachineWhy.SITE_LOST,
    SitePresence.STOPPED: MachineWhy.SITE_STOPPED,
    SitePresence.UNKNOWN: MachineWhy.SITE_UNKNOWN,
}
_BY_CONTACT = {
    Contact.LIVE: (MachinePresence.FRESH, MachineWhy.ANSWERS),
    Contact.STALE: (MachinePresence.STALE, MachineWhy.HESITATES),
    Contact.LOST: (MachinePresence.UNREACHABLE, MachineWhy.SILENT),
    Contact.AWAITED: (MachinePresence.UNKNOWN, MachineWhy.AWAITED),
}


def machine(site_is: SitePresence, word: MachineWord) -> tuple[MachinePresence, MachineWhy]:
    """A machine is fresh unless the heartbeat lists it; nothing is known of the machines of a site that is away."""
    if away := _AWAY.get(site_is):
        return MachinePresence.UNKNOWN, away
    contact = word.told if word.told_last else word.listed or (word.told if word.omitted else Contact.LIVE)
    if word.told is None and contact in (None, Contact.LIVE):
        return MachinePresence.UNKNOWN, MachineWhy.NOT_TOLD
    if word.omitted and word.expired and not word.listed and not word.told_last and contact is Contact.LIVE:
        return MachinePresence.STALE, MachineWhy.EXPIRED
    return _BY_CONTACT[contact or Contact.AWAITED]


class Flag(StrEnum):
    """What is not in order with a site that is there."""

    BACKLOG = "backlog"
    CLOCK = "clock"
    DEGRADED = "degraded"
    CERT = "cert"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the flags are raised for; None: not told. `skew_s` is the site's clock against the listener's."""

    oldest_unacked_s: float | None = None
    unsynced: bool = False
    skew_s: float | None = None
    loop_lag_s: float = 0.0
    disk_free_mib: float | None = None
    certificate_days: float | None = None


def flags(vitals: Vitals, known: SiteKnown, now: float) -> tuple[Flag, ...]:
    """The flags that a site has now."""
    disk, days = vitals.disk_free_mib, vitals.certificate_days
    table = {
        Flag.BACKLOG: (vitals.oldest_unacked_s or 0.0) > 60.0,
        Flag.CLOCK: vitals.unsynced or abs(vitals.skew_s or 0.0) > CLOCKS_DIFFER_S,
        Flag.DEGRADED: vitals.loop_lag_s > 1.0 or (disk is not None and disk < _DISK_LOW_MIB),
        Flag.CERT: days is not None and days < 30.0,
        Flag.DUPLICATE: _flips(known, now),
    }
    return tuple(flag for flag, raised in table.items() if raised)


def _flips(known: SiteKnown, now: float) -> bool:
    """A voice that was followed by another speaks again: two daemons have one identity. A restart never does that."""
    return any(
        now - at <= _FLIPS_COUNT_S and (boot, stream) in {(b, s) for b, s, _ in known.voices[:place]}
        for place, (boot, stream, at) in enumerate(known.voices)
    )
