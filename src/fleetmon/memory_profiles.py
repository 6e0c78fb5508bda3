"""What is remembered of what is usual: of each machine its pauses and its pace, of each place where work comes in its
weeks. Without it every restart would begin anew, with a fixed limit for a week.

There is a record for each, for what cannot be read must cost nothing but itself; numbers are packed, so that all that
is kept of one machine stays below 20 000 bytes however it works.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import accumulate, islice, pairwise
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, TypeAdapter

from fleetmon.assess.floor import Floor
from fleetmon.assess.stalls import slowdown
from fleetmon.assess.stalls.notices import Learnt
from fleetmon.assess.stalls.packing import packed, unpacked
from fleetmon.assess.stalls.profile import Day, Profile
from fleetmon.assess.stalls.slowdown import BLOCK, HIGHEST, Pace, Run
from fleetmon.assess.stalls.usual import Usual, Week
from fleetmon.model.messages import Record

PROFILE: Final = "profile"
PACE: Final = "pace"
USUAL: Final = "usual"
KINDS: Final = (PROFILE, PACE, USUAL)

_Known = TypeVar("_Known")
_LONGEST_S: Final = 1e7
_Logarithm = Annotated[float, Field(ge=-10.0, le=25.0, allow_inf_nan=False)]
_Seconds = Annotated[float, Field(gt=0.0, le=_LONGEST_S, allow_inf_nan=False)]
_MOST: Final = 100_000


class _Pauses(BaseModel):
    """Days of a profile: day, gaps, sum, how many of the longest; these together, each less than the one before."""

    model_config = ConfigDict(frozen=True)
    days: tuple[tuple[date, int, int, NonNegativeInt], ...]
    longest: str


class _Work(BaseModel):
    """Days of a pace: day, blocks seen, documents, micro-stops, blocks kept; these together; and what goes on."""

    model_config = ConfigDict(frozen=True)
    days: tuple[tuple[date, NonNegativeInt, NonNegativeInt, NonNegativeInt, NonNegativeInt], ...]
    blocks: str
    gaps: Annotated[tuple[tuple[_Seconds, PositiveInt], ...], Field(max_length=BLOCK - 1)]
    level: Annotated[float, Field(ge=0.0, le=HIGHEST)]
    run: tuple[_Logarithm, NonNegativeInt, NonNegativeInt]
    told: bool
    counted: str


_days: TypeAdapter[tuple[Day, ...]] = TypeAdapter(tuple[Day, ...])
_weeks: TypeAdapter[tuple[Week, ...]] = TypeAdapter(tuple[Week, ...])


def changed(floor: Floor) -> Iterator[Record]:
    """The records of what was learned since this was asked last, and the end of those of places that are no more."""
    for machine in floor.machines:
        profile = floor.silences.profile(machine)
        if profile.changed:
            yield record(machine, profile)
            yield record_of_pace(machine, floor.notices.pace(machine).pace)
    usual = floor.notices.usual()
    for place in sorted(floor.notices.stored - usual.keys()):
        yield Record(USUAL, place, None)
    floor.notices.stored = set(usual)
    yield from (record_of_usual(place, known) for place, known in usual.items())


def record(machine: str, profile: Profile) -> Record:
    """The record of one machine's pauses; its profile counts as unchanged from here on."""
    profile.changed = False
    days = list(profile.days())
    longest = [step for day in days for step in _steps(day.longest)]
    kept = tuple((day.day, day.gaps, day.total, len(day.longest)) for day in days)
    return _record(PROFILE, machine, _Pauses(days=kept, longest=_packed("i", longest)))


def record_of_pace(machine: str, pace: Pace) -> Record:
    """The record of how fast a machine works."""
    body = _Work(
        days=tuple((day.day, day.seen, day.documents, day.micro_stops, len(day.blocks)) for day in pace.days),
        blocks=_packed("h", [block for day in pace.days for block in day.blocks]),
        gaps=tuple((min(_LONGEST_S, max(0.001, round(seconds, 3))), documents) for seconds, documents in pace.gaps),
        level=pace.level,
        run=(pace.run.mean, pace.run.blocks, pace.run.documents),
        told=pace.told,
        counted=pace.counted,
    )
    return _record(PACE, machine, body)


def record_of_usual(place: str, usual: Usual) -> Record:
    """The record of what is usual at a place where work comes in."""
    return Record(USUAL, place, _weeks.dump_json(usual.weeks))


def recall(records: Mapping[str, Mapping[str, bytes]]) -> Learnt:
    """What an earlier run knew; an empty one of each that cannot be read."""
    return Learnt(
        {machine: _read(body, _profile) or Profile() for machine, body in records.get(PROFILE, {}).items()},
        {machine: _read(body, _pace) or Pace() for machine, body in records.get(PACE, {}).items()},
        {place: _read(body, _usual) or Usual() for place, body in records.get(USUAL, {}).items()},
    )


def forget(machine: str) -> tuple[Record, ...]:
    """The end of a machine's records."""
    return (Record(PROFILE, machine, None), Record(PACE, machine, None), Record(USUAL, f"machine:{machine}", None))


def _read(body: bytes, how: Callable[[bytes], _Known]) -> _Known | None:
    try:
        return how(body)
    except (ValueError, struct.error):
        return None


def _profile(body: bytes) -> Profile:
    """As it is written today, or as it was at first: a list of days."""
    if body.lstrip().startswith(b"["):
        return Profile(_days.validate_json(body))
    told = _Pauses.model_validate_json(body)
    numbers = iter(_numbers("i", told.longest, sum(day[-1] for day in told.days)))
    return Profile(
        Day(day, gaps, total, tuple(accumulate(islice(numbers, kept)))) for day, gaps, total, kept in told.days
    )


def _pace(body: bytes) -> Pace:
    told = _Work.model_validate_json(body)
    numbers = map(slowdown.shared, _numbers("h", told.blocks, sum(day[-1] for day in told.days)))
    days = tuple(
        slowdown.Day(day, tuple(islice(numbers, kept)), seen, documents, micro_stops)
        for day, seen, documents, micro_stops, kept in told.days
    )
    return Pace(days, told.gaps, told.level, Run(*told.run), told.told, told.counted)


def _usual(body: bytes) -> Usual:
    return Usual(_weeks.validate_json(body))


def _record(kind: str, id_: str, body: BaseModel) -> Record:
    return Record(kind, id_, body.model_dump_json().encode())


def _steps(longest: tuple[int, ...]) -> Iterator[int]:
    """The first, and how much less each is than the one before."""
    yield from longest[:1]
    yield from (later - earlier for earlier, later in pairwise(longest))


def _packed(form: str, numbers: Iterable[int]) -> str:
    some = list(numbers)
    return packed(struct.pack(f"<{len(some)}{form}", *some))


def _numbers(form: str, text: str, count: int) -> tuple[int, ...]:
    """So many numbers; ValueError or struct.error if there are fewer."""
    if count > _MOST:
        raise ValueError(f"{count} numbers are more than are ever kept")
    form = f"<{count}{form}"
    return struct.unpack(form, unpacked(text, struct.calcsize(form)))
