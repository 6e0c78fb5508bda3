"""Truths and streams made by hand, to try the judge on."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from fleetmon.simulators.plant.calendar import Hours, Plan

from fleetmon.lab.evaluate.facts import UNREACHED, Facts, Kind, OpenHours, Shock, Sign, Span, Trouble, Wait
from fleetmon.lab.evaluate.judging import Limits
from fleetmon.lab.evaluate.stream import Episode, Notice, episodes
from fleetmon.model.alerts import Condition, Move, Priority, SubjectKind

MACHINES = ("prn", "lam", "lbl", "las")
LIMITS = Limits(
    dict.fromkeys(Condition, 20.0) | dict.fromkeys(UNREACHED, 60.0) | {Condition.COVER_OPEN: 120.0}, poll_s=10.0
)
DAY = 86_400.0
OPENS, CLOSES = 8 * 3600.0, 16 * 3600.0
_HOURS = Hours("usual", frozenset(range(7)), date.min, date.max, ((time(8), time(16)),), ())
HOURS = OpenHours(Plan(ZoneInfo("UTC"), (_HOURS,), {}, {}), datetime(2026, 3, 2, tzinfo=UTC))


def facts(
    *troubles: Trouble,
    waits: tuple[Wait, ...] = (),
    signs: tuple[Sign, ...] = (),
    deaf: tuple[tuple[str, Span], ...] = (),
    shocks: tuple[Shock, ...] = (),
    sits_on: dict[str, str] | None = None,
    mute: tuple[tuple[str, Span], ...] = (),
) -> Facts:
    """A day of four machines."""
    return Facts(MACHINES, DAY, HOURS, troubles, sits_on or {}, waits, signs, (*deaf, *mute), mute, shocks)


def trouble(
    machine: str,
    begins: float,
    ends: float,
    condition: Condition | None = Condition.JAM,
    kind: Kind = Kind.FAULT,
    reason: str = "jam",
) -> Trouble:
    """Something wrong; without a condition it is a silent stall with work that waits all the while."""
    if condition is None:
        return stall(machine, begins, ends, Span(begins, ends), reason=reason)
    conditions = UNREACHED if kind in (Kind.OFF, Kind.CONTACT) else frozenset({condition})
    return Trouble(begins, ends, machine, kind, reason, conditions, HOURS.worked(begins, ends))


def stall(machine: str, begins: float, ends: float, *work: Span, reason: str = "hung") -> Trouble:
    """A machine stands and does not say so; `work`: when documents waited for it."""
    said = frozenset({Condition.STALL})
    scheduled = HOURS.worked(begins, ends)
    return Trouble(begins, ends, machine, Kind.SILENT, reason, said, scheduled, bool(work), work=work)


def alert(
    machine: str,
    announced: float,
    ended: float = DAY,
    condition: Condition = Condition.JAM,
    priority: Priority = Priority.P2,
    site: bool = False,
) -> Episode:
    """An alert that is raised and told at once, and cleared."""
    kind = SubjectKind.SITE if site else SubjectKind.MACHINE
    name = f"{kind}:{machine}:{condition}"
    told = [
        Notice(announced, f"{name}/{announced}", name, kind, machine, condition, priority, Move.RAISED, tell=True),
        Notice(ended, f"{name}/{announced}", name, kind, machine, condition, priority, Move.CLEARED, tell=False),
    ]
    [episode] = episodes(told)
    return episode
