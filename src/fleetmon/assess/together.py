"""Many sites that fall silent at one moment are one broker or uplink, not so many dead sites: one finding, not many."""

from collections.abc import Mapping
from dataclasses import dataclass

from fleetmon.assess import presence
from fleetmon.assess.presence import SiteKnown, SitePresence

MANY = 3
_SILENT = (SitePresence.LATE, SitePresence.LOST)


@dataclass(frozen=True, slots=True)
class CommonCause:
    """These sites fell silent together, the last of them `silent_s` ago."""

    sites: tuple[str, ...]
    silent_s: float


def common_cause(known: Mapping[str, SiteKnown], now: float) -> CommonCause | None:
    """Whether at least three sites, and no fewer than are still there, fell silent within one heartbeat.

    Heartbeats are not in step: what cuts all of them off at one moment, cuts the last ones heard up to one heartbeat
    apart. `now` as in `presence`.
    """
    verdicts = {name: presence.site(each, now) for name, each in known.items()}
    there = sum(verdict.presence is SitePresence.LIVE for verdict in verdicts.values())
    silent = sorted(
        (verdict.silent_s, name)
        for name, verdict in verdicts.items()
        if verdict.silent_s is not None and verdict.presence in _SILENT
    )
    together: list[tuple[float, str]] = []
    last = 0
    for first, (since_s, name) in enumerate(silent):
        while last < len(silent) and silent[last][0] - since_s <= known[name].heartbeat_s:
            last += 1
        together = max(together, silent[first:last], key=len)
    if len(together) < max(MANY, there):
        return None
    return CommonCause(tuple(sorted(name for _, name in together)), together[0][0])
