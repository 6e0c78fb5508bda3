"""How good our own alerts are: how many people must hear, how many of them were needed, how long they stand unheard.

People match their trust to the truth rate of what alarms them, so a site measures its own: the figures of alarm
management (ISA-18.2, EEMUA 191), over the last ten minutes, the last day and the last thirty days. They are counted
from the transitions alone, by the clock on the wall, and only so many are kept: in a month of storms the figures tell
of fewer days and say so (`since`).
"""

from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Final

from fleetmon.assess.alerting.stall_quality import StallQuality, ToldStall
from fleetmon.model.alerts import Alert, AlertState, HeldBack, Move, Priority, Transition
from fleetmon.model.report import At

KEPT: Final = 4096
TEN_MINUTES_S: Final = 600.0
HOUR_S: Final = 3600.0
DAY_S: Final = 86400.0
MONTH_S: Final = 30 * DAY_S
#: A flood begins with more than so many announcements in ten minutes, and ends with fewer than so many.
FLOOD_ABOVE: Final = 10
FLOOD_BELOW: Final = 5
#: So many activations of one alert within so long are chattering.
CHATTER: Final = 3
CHATTER_S: Final = 60.0
TOP: Final = 10


class What(StrEnum):
    """What is counted of an alert."""

    ANNOUNCED = "announced"
    ATTACHED = "attached"
    ACTIVATED = "activated"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


# An acknowledgement that is repeated took no time, and what was attached once is.
_ONCE: Final = (What.ATTACHED, What.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Heard:
    """One entry of the history: at `utc` it happened to the occurrence `id` of `key`. `figure` is the priority of what
    was announced, and the seconds that an acknowledgement took."""

    utc: float
    what: What
    key: str
    id: str
    figure: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The quality of a site's alerts at `at`, from what happened since `since` (utc; None: nothing yet).

    Of the last ten minutes, hour and day: announcements. Of the last day: the most within ten minutes, the minutes in
    flood, the keys that chatter, what was raised again within ten minutes after it was over. Of thirty days:
    announcements by priority, the ten busiest keys and their share, how many alerts were attached to others instead of
    announced, how much of all that was announced (near 1 of small value: nothing belonged together), seconds until
    somebody took it. Now: what nobody has taken, what stands longer than a day, what is held back.
    """

    at: At
    since: float | None
    announced_10_min: int
    announced_hour: int
    announced_day: int
    busiest_10_min: int
    flood_min: float
    chattering: tuple[str, ...]
    raised_again: int
    announced: int
    by_priority: Mapping[Priority, int]
    top: tuple[tuple[str, int], ...]
    top_share: float | None
    attached: int
    told_share: float | None
    taken: int
    taken_median_s: float | None
    taken_p90_s: float | None
    untaken: int
    untaken_oldest_s: float | None
    stale: int
    held_back: Mapping[HeldBack, int]


class Quality:
    """Hears every transition and keeps what the figures need, at most `KEPT` entries of at most thirty days; of
    `stalls` more exactly."""

    def __init__(self, history: Iterable[Heard] = (), stalls: Iterable[ToldStall] = ()) -> None:
        self._history: deque[Heard] = deque(history, KEPT)
        self.stalls = StallQuality(stalls)

    @property
    def history(self) -> tuple[Heard, ...]:
        """What is kept, for who stores it; given to another one, it goes on."""
        return tuple(self._history)

    def hear(self, transition: Transition) -> None:
        """Something happened to an alert."""
        for heard in _heard(transition):
            if heard.what in _ONCE and self._knows(heard):
                continue
            while self._history and self._history[0].utc < heard.utc - MONTH_S:
                self._history.popleft()
            self._history.append(heard)

    def _knows(self, heard: Heard) -> bool:
        """Whether it happened to this occurrence before."""
        return any(each.id == heard.id and each.what is heard.what for each in reversed(self._history))

    def figures(self, at: At, alerts: Iterable[Alert]) -> Figures:
        """All figures at `at`; `alerts` are the open ones."""
        month = [each for each in self._history if at.utc - MONTH_S <= each.utc]
        day = [each for each in month if at.utc - DAY_S <= each.utc]
        told = [each.utc for each in day if each.what is What.ANNOUNCED]
        announced = [each for each in month if each.what is What.ANNOUNCED]
        attached = sum(each.what is What.ATTACHED for each in month)
        top = Counter(each.key for each in announced).most_common(TOP)
        taken = sorted(each.figure or 0.0 for each in month if each.what is What.ACKNOWLEDGED)
        standing = tuple(alerts)
        waiting = [at.since(each.telling.announced) for each in standing if each.telling.announced and _untaken(each)]
        return Figures(
            at=at,
            since=month[0].utc if month else None,
            announced_10_min=_later(told, at.utc - TEN_MINUTES_S),
            announced_hour=_later(told, at.utc - HOUR_S),
            announced_day=len(told),
            busiest_10_min=busiest(told, TEN_MINUTES_S),
            flood_min=flood_s(told, at.utc) / 60.0,
            chattering=tuple(sorted(_chattering(day))),
            raised_again=_raised_again(day),
            announced=len(announced),
            by_priority={each: sum(heard.figure == each for heard in announced) for each in Priority},
            top=tuple(top),
            top_share=sum(count for _, count in top) / len(announced) if announced else None,
            attached=attached,
            told_share=len(announced) / (len(announced) + attached) if announced or attached else None,
            taken=len(taken),
            taken_median_s=_quantile(taken, 0.5),
            taken_p90_s=_quantile(taken, 0.9),
            untaken=len(waiting),
            untaken_oldest_s=max(waiting, default=None),
            stale=sum(alert.raised is not None and at.since(alert.raised) > DAY_S for alert in standing),
            held_back={why: sum(alert.held_back is why for alert in standing) for why in HeldBack},
        )


def _heard(transition: Transition) -> Iterator[Heard]:
    alert, move, utc = transition.alert, transition.move, transition.at.utc
    announced = alert.telling.announced
    if move in (Move.RAISED, Move.RETURNED):
        yield Heard(utc, What.ACTIVATED, alert.key, alert.id)
    if transition.tell and move in (Move.RAISED, Move.ANNOUNCED):
        yield Heard(utc, What.ANNOUNCED, alert.key, alert.id, None if alert.priority is None else float(alert.priority))
    if move in (Move.RAISED, Move.INHIBITED) and alert.held_back is HeldBack.INHIBITED:
        yield Heard(utc, What.ATTACHED, alert.key, alert.id)
    if move is Move.ACKNOWLEDGED and announced is not None:
        yield Heard(utc, What.ACKNOWLEDGED, alert.key, alert.id, transition.at.since(announced))
    if move is Move.CLOSED:
        yield Heard(utc, What.CLOSED, alert.key, alert.id)


def _untaken(alert: Alert) -> bool:
    """Nobody has said that they know of it, and it is not over by itself."""
    if alert.handling.acknowledged is not None or not alert.open or alert.held_back is not None:
        return False
    return alert.state is AlertState.ACTIVE or alert.latched


def _later(moments: Sequence[float], than: float) -> int:
    return len(moments) - bisect_right(moments, than)


def busiest(moments: Sequence[float], within_s: float) -> int:
    """The most of `moments`, in order, that lie within any so long a time."""
    return max((place - bisect_left(moments, moment - within_s) + 1 for place, moment in enumerate(moments)), default=0)


def flood_s(moments: Sequence[float], until: float) -> float:
    """For how many seconds up to `until` people were flooded: from the moment at which more than ten announcements lay
    within ten minutes, until fewer than five do."""
    changes = sorted([(moment, 1) for moment in moments] + [(moment + TEN_MINUTES_S, -1) for moment in moments])
    recent, since, total = 0, None, 0.0
    for moment, change in changes:
        if moment > until:
            break
        recent += change
        if since is None and recent > FLOOD_ABOVE:
            since = moment
        elif since is not None and recent < FLOOD_BELOW:
            total, since = total + moment - since, None
    return total if since is None else total + until - since


def _by_key(history: Iterable[Heard], what: What) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for heard in history:
        if heard.what is what:
            found.setdefault(heard.key, []).append(heard.utc)
    return found


def _chattering(history: Iterable[Heard]) -> list[str]:
    return [key for key, moments in _by_key(history, What.ACTIVATED).items() if busiest(moments, CHATTER_S) >= CHATTER]


def _raised_again(history: Sequence[Heard]) -> int:
    """How often something came back, as another occurrence, within ten minutes after it was over."""
    over: dict[str, Heard] = {}
    again = 0
    for heard in history:
        if heard.what is What.CLOSED:
            over[heard.key] = heard
        elif heard.what is What.ACTIVATED and (last := over.pop(heard.key, None)) is not None:
            again += last.id != heard.id and heard.utc - last.utc <= TEN_MINUTES_S
    return again


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that so large a share does not exceed; None of nothing."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None
