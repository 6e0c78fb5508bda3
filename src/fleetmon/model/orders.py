"""What people may order of the alert book; `by` is who says so, moments are seconds since 1970."""

from dataclasses import dataclass
from typing import TypeAlias

from fleetmon.model.alert_words import Subject


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody knows of the occurrence `id`; `rev` None: whatever became of it since they looked."""

    id: str
    by: str
    comment: str = ""
    rev: int | None = None


@dataclass(frozen=True, slots=True)
class Shelve:
    """Nothing of the occurrence `id` until `until` (utc)."""

    id: str
    by: str
    until: float
    reason: str


@dataclass(frozen=True, slots=True)
class Unshelve:
    """The end of that, before its time."""

    id: str
    by: str


@dataclass(frozen=True, slots=True)
class PlanStop:
    """A planned stop from now on; `until` None ends the one of that scope."""

    scope: Subject
    by: str
    until: float | None
    reason: str = ""


Order: TypeAlias = Acknowledge | Shelve | Unshelve | PlanStop
