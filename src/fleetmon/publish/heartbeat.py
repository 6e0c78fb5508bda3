"""The heartbeat: the proof that a site lives, and the list of machines whose state does not hold. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from fleetmon.assess.fleet import Snapshot
from fleetmon.model.messages import Json
from fleetmon.model.report import At
from fleetmon.model.words import Contact
from fleetmon.publish import payloads as p
from fleetmon.publish.contract import dump
from fleetmon.publish.envelope import rfc3339

NAMED_AT_MOST = 100
CONSUMERS_NAMED_AT_MOST = 8
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the daemon itself fares; times in seconds, `certificate_end` since 1970."""

    stream: str
    head_seq: int
    acked_seq: int
    oldest_unacked: At | None
    loop_lag_s: float
    disk_free_mib: int | None
    refused: int = 0
    holding_back: tuple[str, ...] = ()
    clock_synchronised: bool | None = None
    certificate_end: float | None = None
    settings_refused: At | None = None
    first_seq: int = 1


def heartbeat(snapshots: Sequence[Snapshot], vitals: Vitals, interval_s: float, now: At) -> dict[str, Json]:
    """The payload. `oldest_poll_s` is the age of the answer that is oldest among the machines that count as live."""
    doubtful = [snapshot for snapshot in snapshots if snapshot.contact is not Contact.LIVE]
    ages = [now.since(s.heard_at) for s in snapshots if s.contact is Contact.LIVE and s.heard_at]
    unacked, end = vitals.oldest_unacked, vitals.certificate_end
    beat = p.Heartbeat(
        time=rfc3339(now.utc),
        machines=p.MachineCounts.model_validate(machine_counts(snapshots)),
        not_fresh=[_not_fresh(snapshot) for snapshot in doubtful[:NAMED_AT_MOST]],
        not_fresh_omitted=max(0, len(doubtful) - NAMED_AT_MOST),
        oldest_poll_s=round(max(ages), 3) if ages else None,
        head_seq=vitals.head_seq,
        first_seq=vitals.first_seq,
        acked_seq=vitals.acked_seq,
        oldest_unacked_s=None if unacked is None else round(now.since(unacked), 3),
        refused=vitals.refused,
        holding_back=list(vitals.holding_back[:CONSUMERS_NAMED_AT_MOST]),
        clock_synchronised=vitals.clock_synchronised,
        certificate_days=None if end is None else round((end - now.utc) / _DAY_S, 1),
        settings_refused_since=None if vitals.settings_refused is None else rfc3339(vitals.settings_refused.utc),
        disk_free_mib=vitals.disk_free_mib,
        loop_lag_s=round(vitals.loop_lag_s, 3),
        interval_s=interval_s,
        stream=vitals.stream,
    )
    return dump(beat)


def machine_counts(snapshots: Sequence[Snapshot]) -> dict[str, Json]:
    """How many machines are in which contact: `MachineCounts`."""
    contacts = [snapshot.contact for snapshot in snapshots]
    return {
        "total": len(snapshots),
        "live": contacts.count(Contact.LIVE),
        "stale": contacts.count(Contact.STALE),
        "lost": contacts.count(Contact.LOST),
        "awaited": contacts.count(Contact.AWAITED),
        "asleep": [snapshot.asleep for snapshot in snapshots].count(True),
    }


def _not_fresh(snapshot: Snapshot) -> p.NotFresh:
    source = next((s for s in snapshot.sources if s.contact is snapshot.contact), snapshot.sources[0])
    since = source.failing_since
    return p.NotFresh(
        machine=snapshot.machine,
        contact=snapshot.contact,
        why=source.why,
        since=None if since is None else rfc3339(since.utc),
    )
