"""What is remembered of the quality of our own alerts, as one record: without it a restart would hide a bad month."""

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter

from fleetmon.assess.alerting.quality import Heard, Quality
from fleetmon.model.messages import Record

QUALITY: Final = "alert-quality"
_ALL: Final = "all"

_histories: TypeAdapter[tuple[Heard, ...]] = TypeAdapter(tuple[Heard, ...])


def record(quality: Quality) -> Record:
    """The record of the whole history."""
    return Record(QUALITY, _ALL, _histories.dump_json(quality.history))


def recall(records: Mapping[str, Mapping[str, bytes]]) -> Quality:
    """The history of an earlier run; an empty one where there is none that can be read."""
    try:
        return Quality(_histories.validate_json(records.get(QUALITY, {}).get(_ALL, b"[]")))
    except ValueError:
        return Quality()
