"""How good the alerts of silent machines are: how many people heard, how many of them passed by themselves, how late.

What a limit promises is worth what is then seen of it. Of a stall that ends by documents within two minutes after it
was raised, and of which nobody said anything, a person had no part in the end: probably it was a pause that the limit
does not know, a nuisance. What is written in an acknowledgement is for people and is not read. Kept is one entry for
each alert that people heard, by the clock on the wall and the newest only; what that clock says may have leapt, so an
entry is never thrown away for its age, only not counted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, inf, isfinite
from typing import Final

from fleetmon.assess.stalls.watch import PASSED_S
from fleetmon.model.alerts import Alert, Condition, Move, Transition
from fleetmon.model.report import At

KEPT: Final = 1024
DAY_S: Final = 86400.0
#: A clock that was a little ahead and was set right: what is to come by more than that was told by a wrong one.
_AHEAD_S: Final = DAY_S
_SECONDS: Final = {"s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class ToldStall:
    """A stall that people heard of at `utc`, as the occurrence `id`; it was raised `delay_s` after the machine fell
    silent. `taken`: somebody acknowledged or shelved it. Where documents ended it, that was `ended_s` after it was
    raised and after `silent_s` of the silence that its limit is held against."""

    utc: float
    machine: str
    id: str
    delay_s: float
    taken: bool = False
    ended_s: float | None = None
    silent_s: float | None = None

    @property
    def nuisance(self) -> bool:
        """Whether it passed by itself, as far as anybody can know."""
        return self.ended_s is not None and self.ended_s <= PASSED_S and not self.taken


@dataclass(frozen=True, slots=True)
class Observed:
    """Of one machine and of the last thirty or fourteen days: stalls that people heard of, those that somebody took,
    the probable nuisances and how long the longest of fourteen days was silent; the median of how long silence lasted
    before it was raised."""

    told_30_d: int = 0
    taken_30_d: int = 0
    nuisance_30_d: int = 0
    nuisance_14_d: int = 0
    longest_nuisance_s: float | None = None
    delay_median_s: float | None = None


NOTHING: Final = Observed()


class StallQuality:
    """Hears every transition and keeps the stalls that people heard of, at most the `KEPT` newest."""

    def __init__(self, history: Iterable[ToldStall] = ()) -> None:
        self._told = {each.id: each for each in history if _believable(each)}
        self._forget()

    @property
    def history(self) -> tuple[ToldStall, ...]:
        """What is kept, for who stores it; given to another one, it goes on."""
        return tuple(self._told.values())

    def hear(self, transition: Transition, *, resumed: bool) -> bool:
        """Something happened to an alert; `resumed`: its machine has made something just now and goes on. Whether that
        changed what is kept."""
        alert = transition.alert
        if alert.condition is not Condition.STALL:
            return False
        before = self._told.get(alert.id)
        after = _heard(transition, before, resumed=resumed)
        if after is None or after == before:
            return False
        self._told[alert.id] = after
        self._forget()
        return True

    def counted(self, at: At) -> Mapping[str, Observed]:
        """What was seen of each machine at `at`; of one that is not named, nothing."""
        by_machine: dict[str, list[ToldStall]] = {}
        for each in self._lately(at, 30):
            by_machine.setdefault(each.machine, []).append(each)
        return {machine: _observed(told, at) for machine, told in by_machine.items()}

    def _lately(self, at: At, days: int) -> Iterator[ToldStall]:
        return (each for each in self._told.values() if _within(each, days, at))

    def _forget(self) -> None:
        while len(self._told) > KEPT:
            del self._told[next(iter(self._told))]


def _heard(transition: Transition, before: ToldStall | None, *, resumed: bool) -> ToldStall | None:
    """What is known of a stall after a transition; None of one that people never heard of."""
    alert, move = transition.alert, transition.move
    if before is None:
        first = transition.tell and move in (Move.RAISED, Move.ANNOUNCED) and alert.raised is not None
        return _told(alert, transition.at) if first else None
    match move:
        case Move.ACKNOWLEDGED | Move.SHELVED:
            return replace(before, taken=True)
        case Move.CLEARING if resumed and alert.raised is not None and alert.gone is not None:
            lasted_s = alert.gone.since(alert.raised)
            return replace(before, ended_s=lasted_s, silent_s=_silence_s(alert) + lasted_s)
        case Move.RETURNED:  # one document and silent again
            return replace(before, ended_s=None, silent_s=None)
    return before


def _told(alert: Alert, at: At) -> ToldStall:
    delay_s = alert.raised.since(alert.claim.seen) if alert.raised is not None else 0.0
    return ToldStall(at.utc, alert.subject.id, alert.id, delay_s)


def _silence_s(alert: Alert) -> float:
    """The silence after which it was claimed, breaks left out: its first figure; else all there was."""
    for each in alert.claim.evidence:
        if each.name == "silence" and not isinstance(each.value, str) and each.unit in _SECONDS:
            return each.value * _SECONDS[each.unit]
    return alert.raised.since(alert.claim.seen) if alert.raised is not None else 0.0


def _within(told: ToldStall, days: int, at: At) -> bool:
    return -_AHEAD_S <= at.utc - told.utc <= days * DAY_S


def _observed(told: list[ToldStall], at: At) -> Observed:
    passed = [each for each in told if each.nuisance]
    lately = [each for each in passed if _within(each, 14, at)]
    delays = sorted(each.delay_s for each in told)
    return Observed(
        told_30_d=len(told),
        taken_30_d=sum(each.taken for each in told),
        nuisance_30_d=len(passed),
        nuisance_14_d=len(lately),
        longest_nuisance_s=max((each.silent_s or 0.0 for each in lately), default=None),
        delay_median_s=delays[ceil(len(delays) / 2) - 1] if delays else None,
    )


def _believable(told: ToldStall) -> bool:
    """What a record may hold and no machine can have done is left out."""
    lengths = (told.delay_s, told.ended_s or 0.0, told.silent_s or 0.0)
    return isfinite(told.utc) and all(0.0 <= each < inf for each in lengths)
