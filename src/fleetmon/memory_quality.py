"""What is remembered of the quality of our own alerts: without it a restart would hide a bad month.

Two records: what happened to all alerts, kept now and then, and the stalls that people heard of, which are few and
kept at once, because a limit is judged by two of them. Neither spoils the other.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from pydantic import TypeAdapter

from fleetmon.assess.alerting.quality import Heard, Quality
from fleetmon.assess.alerting.stall_quality import StallQuality, ToldStall
from fleetmon.model.messages import Record

QUALITY: Final = "alert-quality"
STALLS: Final = "stalls"
_ALL: Final = "all"

Kept = TypeVar("Kept")

_histories: TypeAdapter[tuple[Heard, ...]] = TypeAdapter(tuple[Heard, ...])
_stalls: TypeAdapter[tuple[ToldStall, ...]] = TypeAdapter(tuple[ToldStall, ...])


def record(quality: Quality) -> Record:
    """The record of the whole history, but for stalls."""
    return Record(QUALITY, _ALL, _histories.dump_json(quality.history))


def record_of_stalls(stalls: StallQuality) -> Record:
    """The record of the stalls that people heard of."""
    return Record(QUALITY, STALLS, _stalls.dump_json(stalls.history))


def recall(records: Mapping[str, Mapping[str, bytes]]) -> Quality:
    """The history of an earlier run; an empty one where there is none that can be read."""
    kept = records.get(QUALITY, {})
    return Quality(_read(_histories, kept.get(_ALL)), _read(_stalls, kept.get(STALLS)))


def _read(histories: TypeAdapter[tuple[Kept, ...]], body: bytes | None) -> tuple[Kept, ...]:
    try:
        return histories.validate_json(body) if body is not None else ()
    except ValueError:
        return ()
