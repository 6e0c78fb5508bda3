"""What of alerts and planned stops survives a restart, as records: one an alert that was raised, one of all stops.

A pending alert needs none: the fault behind it keeps its onset in the machine's own record, so that it begins again as
the same occurrence. A record that cannot be read is an alert that begins anew, if it is still true.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import TypeAdapter

from fleetmon.model.alerts import Alert, PlannedStop
from fleetmon.model.messages import Record

ALERT: Final = "alert"
PLANNED: Final = "planned-stops"
KINDS: Final = (ALERT, PLANNED)
_ALL: Final = "all"

_alerts = TypeAdapter(Alert)
_stops = TypeAdapter(tuple[PlannedStop, ...])


def record(alert: Alert) -> Record:
    """The record of an alert."""
    return Record(ALERT, alert.key, _alerts.dump_json(alert))


def forget(key: str) -> Record:
    """The end of an alert's record."""
    return Record(ALERT, key, None)


def record_of_stops(stops: Iterable[PlannedStop]) -> Record:
    """The record of all planned stops."""
    return Record(PLANNED, _ALL, _stops.dump_json(tuple(stops)))


def recall(records: Mapping[str, Mapping[str, bytes]]) -> tuple[list[Alert], tuple[PlannedStop, ...]]:
    """The alerts and planned stops of an earlier run."""
    alerts = [alert for body in records.get(ALERT, {}).values() if (alert := _read(body)) is not None]
    try:
        return alerts, _stops.validate_json(records.get(PLANNED, {}).get(_ALL, b"[]"))
    except ValueError:
        return alerts, ()


def _read(body: bytes) -> Alert | None:
    try:
        return _alerts.validate_json(body)
    except ValueError:
        return None
