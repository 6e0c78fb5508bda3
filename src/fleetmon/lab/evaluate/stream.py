"""What people were told: the stream of alert events, as a site publishes it, put together into episodes.

Only what is published counts. Whatever the monitor knows besides, an alert that nobody was told of is none.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from fleetmon.lab.virtual_time.watching import Told
from fleetmon.model.alerts import Condition, Move, Priority, SubjectKind
from fleetmon.model.messages import Event, Json

ALERT_EVENT: Final = "fleetmon.alert.v1"
FLOOD_EVENT: Final = "fleetmon.alerts.summary.v1"
_OVER: Final = (Move.CLEARED, Move.CLOSED, Move.REPLACED)


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of one alert at `now`, seconds after the start; `tell`: people hear of it now."""

    now: float
    id: str
    key: str
    kind: SubjectKind
    subject: str
    condition: Condition
    priority: Priority | None
    move: Move
    tell: bool
    reasons: tuple[str, ...] = ()


@dataclass(slots=True)
class Episode:
    """One occurrence of an alert: `announced` when it was first told, `ended` when it was known to be over (or never),
    `priority` the gravest that was told, `messages` how often people were told anything of it."""

    id: str
    key: str
    kind: SubjectKind
    subject: str
    condition: Condition
    raised: float
    priority: Priority | None = None
    announced: float | None = None
    ended: float = float("inf")
    messages: int = 0
    moves: list[tuple[float, Move]] = field(default_factory=list)


def notices(told: Iterable[Told]) -> Iterator[Notice]:
    """The alert events of a run, in order."""
    for each in told:
        for event in each.outcome.events:
            if event.type == ALERT_EVENT:
                yield _notice(each.now, event)


def episodes(heard: Iterable[Notice]) -> tuple[Episode, ...]:
    """The occurrences that people were told of, in the order in which they were."""
    found: dict[str, Episode] = {}
    for notice in heard:
        episode = found.get(notice.id)
        if episode is None:
            episode = found[notice.id] = Episode(
                notice.id, notice.key, notice.kind, notice.subject, notice.condition, notice.now
            )
        _hear(episode, notice)
    told = [each for each in found.values() if each.announced is not None]
    return tuple(sorted(told, key=lambda each: (each.announced or 0.0, each.key)))


def _hear(episode: Episode, notice: Notice) -> None:
    episode.moves.append((notice.now, notice.move))
    if notice.move is Move.RETURNED:
        episode.ended = float("inf")
    elif notice.move in _OVER:
        episode.ended = min(episode.ended, notice.now)
    if not notice.tell:
        return
    episode.messages += 1
    episode.announced = notice.now if episode.announced is None else episode.announced
    if notice.priority is not None and (episode.priority is None or notice.priority < episode.priority):
        episode.priority = notice.priority


def _notice(now: float, event: Event) -> Notice:
    alert = _table(event.data["alert"])
    subject = _table(alert["subject"])
    priority = alert["priority"]
    reasons = alert["reasons"]
    return Notice(
        now=now,
        id=str(alert["id"]),
        key=str(alert["key"]),
        kind=SubjectKind(str(subject["kind"])),
        subject=str(subject["id"]),
        condition=Condition(str(alert["condition"])),
        priority=Priority(priority) if isinstance(priority, int) else None,
        move=Move(str(event.data["move"])),
        tell=event.data["tell"] is True,
        reasons=tuple(map(str, reasons)) if isinstance(reasons, list) else (),
    )


def _table(value: Json) -> Mapping[str, Json]:
    assert isinstance(value, dict)  # our own events
    return value
