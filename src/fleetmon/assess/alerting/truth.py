"""Is it true? One alert from its first sign to its end, by what is seen of its condition and by time that passes.

Nothing here knows whether anybody was told. A condition must stand before it is an alert and must be gone, with proof,
before it is over: a bit that vanishes is no repair, a document that was made is one.
"""

import hashlib
from dataclasses import replace
from typing import Final

from fleetmon.model.alerts import Alert, AlertState, Claim, Move, Onset, Proof, Rule, Telling
from fleetmon.model.frozen import dataclass
from fleetmon.model.report import At

NEVER: Final = float("inf")
# Where nothing is made that could prove it (no work, no counter that moves), absence for so long has to do.
UNPROVEN_S: Final = 1800.0
KEPT_CLOSED_S: Final = 600.0
_SOON_S: Final = 1e-6


def left_s(until: float, begun: At, at: At) -> float:
    """How many seconds are left of what people ordered at `begun` until a moment of the wall clock (utc).

    Whichever clock says that it is over, it is: a wall clock that is set back makes nothing last longer.
    """
    return min(until - at.utc, until - begun.utc - at.since(begun))


@dataclass(frozen=True, slots=True)
class Sight:
    """How the subject of an alert is seen now: whether it answers, and when it last did (None: it need not), in how
    many seconds all others will have been asked too, and whether what it makes is counted."""

    live: bool
    heard: At | None
    settle_s: float
    counts: bool


def began(claim: Claim, last_without: At | None, at: At) -> Alert:
    """An alert that begins at `at`; the name of the occurrence is made from what it is about and when it was noted, so
    that a replay gives the same. Not from its onset: of one silence, a machine may refuse us twice.
    """
    made_of = f"{claim.key}|{at.utc:.3f}|{at.mono:.3f}|{at.boot}"
    name = hashlib.sha256(made_of.encode()).hexdigest()[:10]
    return Alert(claim.key, name, claim, Onset(last_without, claim.seen))


def goes_on(alert: Alert, claim: Claim, at: At) -> tuple[Alert, tuple[Move, ...]]:
    """The condition is seen, again or still; a reason that was not seen before joins."""
    was = alert.claim
    joined = any(each not in was.reasons for each in claim.reasons)
    if alert.gone is not None:
        back = replace(
            alert,
            claim=claim,
            gone=None,
            cleared=None,
            completions=0,
            state=_standing(alert),
            repeats=alert.repeats + 1,
        )
        back = replace(back, telling=_later(alert.telling, at.since(alert.gone)))
        return back, (Move.RETURNED, Move.JOINED) if joined else (Move.RETURNED,)
    if claim == was:
        return alert, ()
    first = (*was.reasons, *(each for each in claim.reasons if each not in was.reasons))
    kept = replace(claim, seen=was.seen, reasons=first)
    if alert.unstable and was.severity.rank < claim.severity.rank:  # the gravest of what comes and goes counts
        kept = replace(kept, severity=was.severity, stops=was.stops)
    return (alert if kept == was else replace(alert, claim=kept)), (Move.JOINED,) if joined else ()


def _later(telling: Telling, seconds: float) -> Telling:
    """While it was away nobody had to take it."""
    counted, reminded = telling.counted, telling.reminded
    return replace(
        telling,
        counted=counted and replace(counted, utc=counted.utc + seconds, mono=counted.mono + seconds),
        reminded=reminded and replace(reminded, utc=reminded.utc + seconds, mono=reminded.mono + seconds),
    )


def _standing(alert: Alert) -> AlertState:
    return AlertState.PENDING if alert.raised is None else AlertState.ACTIVE


def is_gone(alert: Alert, at: At) -> Alert:
    """The condition is not seen any more; a pending one is to be forgotten instead."""
    if alert.gone is not None:
        return alert
    return replace(alert, state=AlertState.CLEARING, gone=at, completions=0)


def passes(alert: Alert, rule: Rule, sight: Sight, at: At) -> tuple[Alert, Move | None, float]:
    """What time alone makes of it, and in how many seconds it may make something of it next."""
    if alert.state is AlertState.PENDING:
        return _matures(alert, rule, sight, at)
    if alert.state is AlertState.CLEARING and alert.cleared is None and alert.gone is not None:
        return _clears(alert, rule, sight, alert.gone, at)
    if alert.state is AlertState.CLOSED and alert.closed is not None:
        return alert, None, max(0.0, KEPT_CLOSED_S - at.since(alert.closed))
    return alert, None, NEVER


def _matures(alert: Alert, rule: Rule, sight: Sight, at: At) -> tuple[Alert, Move | None, float]:
    since = alert.began.by
    if not sight.live:
        return alert, None, NEVER
    if rule.raise_after_s <= 0.0:  # told at once, if a second look says the same
        confirmed = sight.heard is None or sight.heard.is_after(since)
        return (_raised(alert, rule, at), Move.RAISED, NEVER) if confirmed else (alert, None, NEVER)
    first = alert.began.after or since
    left = max(rule.raise_after_s - at.since(since), sight.settle_s - at.since(first))
    if left > _SOON_S:
        return alert, None, left
    return _raised(alert, rule, at), Move.RAISED, NEVER


def _raised(alert: Alert, rule: Rule, at: At) -> Alert:
    return replace(alert, state=AlertState.ACTIVE, raised=at, latched=rule.latch)


def raised_now(alert: Alert, rule: Rule, at: At) -> Alert:
    """Raised without waiting, as what comes and goes all the time."""
    return _raised(alert, rule, at) if alert.raised is None else alert


def _clears(alert: Alert, rule: Rule, sight: Sight, gone: At, at: At) -> tuple[Alert, Move | None, float]:
    if not sight.live:
        return alert, None, NEVER
    left = rule.clear_after_s - at.since(gone)
    if rule.proof is Proof.COMPLETION and sight.counts and alert.completions == 0:
        left = max(left, UNPROVEN_S - at.since(gone))
    if left > _SOON_S:
        return alert, None, left
    proven = replace(alert, cleared=at)
    if alert.latched and alert.handling.acknowledged is None:
        return proven, Move.CLEARED, NEVER
    return closed(proven, at), Move.CLEARED, KEPT_CLOSED_S


def closed(alert: Alert, at: At) -> Alert:
    """The end of it."""
    return replace(alert, state=AlertState.CLOSED, closed=at, latched=False, unstable=False, held_back=None)
