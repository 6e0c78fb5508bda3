"""The envelope around everything published: CloudEvents 1.0, structured JSON mode, as final bytes.

Pure: an event, its place in the stream and the moment of its commit in; bytes out. The same input gives the same bytes,
because a retry must send exactly what was stored. Attributes stand in a fixed order: people read these lines in
`mosquitto_sub`, so first comes what happened, where and when, then `data`, and last what only programs need. Names are
lower-case letters and digits only, and integers of CloudEvents have 32 bits (CloudEvents 1.0, "Naming Conventions" and
"Type System"), so `seq` and `monons` travel as decimal strings.

Nothing a machine says may stop the stream: numbers that JSON lacks become null, text that is no Unicode becomes "?",
and a payload that a broker would answer by closing the connection, again and again, is abridged and says so itself.
"""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from fleetmon.model.messages import Event, Json, View
from fleetmon.model.report import At

CONTENT_TYPE: Final = "application/cloudevents+json"
SOFT_LIMIT: Final = 16 * 1024
# A broker counts topic, properties and header into its 64 KiB; the envelope's attributes take a part as well.
HARD_LIMIT: Final = 64 * 1024 - 1024
_ATTRIBUTES_ROOM: Final = 1024
_MEMBER_KEPT: Final = 256
_LAST_SECOND: Final = 253_402_300_799.0  # the end of the year 9999, where RFC 3339 ends


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose messages these are: the site, and the stream its events are numbered in."""

    site: str
    stream: str

    @property
    def source(self) -> str:
        """CloudEvents `source`."""
        return f"urn:fleetmon:site:{self.site}"


def encode_data(data: dict[str, Json]) -> bytes:
    """`data` as compact UTF-8 JSON that fits below `HARD_LIMIT`; a larger one is abridged, see `_abridge`.

    Raises TypeError where `data` is not plain JSON: that is the caller's bug, never a machine's doing.
    """
    encoded = _compact(data)
    if len(encoded) <= HARD_LIMIT - _ATTRIBUTES_ROOM:
        return encoded
    return _compact(_abridge(data, len(encoded)))


def event_bytes(origin: Origin, seq: int, event: Event, data: bytes, recorded: At) -> bytes:
    """The final bytes of the durable event number `seq`; `data` is its `encode_data`."""
    numbers = {"stream": origin.stream, "seq": str(seq)}
    return _envelope(origin, f"{origin.stream}:{seq}", event, numbers, data, recorded)


def view_bytes(origin: Origin, number: str, view: View, as_of_seq: int | None, recorded: At) -> bytes:
    """What a retained topic shows; empty when the view is to be emptied.

    `number` makes the id unique within the stream. `data` gains `as_of_seq`, if given: every event up to it is in
    this picture.
    """
    if view.data is None:
        return b""
    data = encode_data(view.data if as_of_seq is None else {**view.data, "as_of_seq": as_of_seq})
    return _envelope(origin, f"{origin.stream}:view:{number}", view, {"stream": origin.stream}, data, recorded)


def dataschema(type_: str) -> str:
    """The schema of a type: `fleetmon.fault.raised.v1` -> `urn:fleetmon:schema:fault.raised:1`."""
    name, _, version = type_.removeprefix("fleetmon.").rpartition(".v")
    return f"urn:fleetmon:schema:{name}:{version}"


@lru_cache(maxsize=4096)
def rfc3339(utc: float) -> str:
    """Seconds since 1970 as RFC 3339 UTC with milliseconds; beyond 1970..9999 the nearest end."""
    clamped = min(max(utc, 0.0), _LAST_SECOND)
    return datetime.fromtimestamp(clamped, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _envelope(
    origin: Origin, id_: str, told: Event | View, numbers: dict[str, str], data: bytes, recorded: At
) -> bytes:
    for_people = {
        "type": told.type,
        **({"subject": told.subject} if told.subject else {}),  # absent rather than empty: CloudEvents 1.0, `subject`
        "time": rfc3339(told.at.utc),
    }
    for_programs = {
        "specversion": "1.0",
        "id": id_,
        "source": origin.source,
        "recordedtime": rfc3339(recorded.utc),
        "dataschema": dataschema(told.type),
        **numbers,
        "bootid": told.at.boot,
        "monons": str(round(told.at.mono * 1e9)),
    }
    return _compact(for_people)[:-1] + b',"data":' + data + b"," + _compact(for_programs)[1:]


def _compact(value: object) -> bytes:
    try:
        text = _dumps(value)
    except ValueError:
        text = _dumps(_finite(value))
    return text.encode("utf-8", "replace")


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _finite(value: object) -> object:
    """NaN and the infinities are no JSON; what is unknown is null, never invented."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _abridge(data: dict[str, Json], size: int) -> dict[str, Json]:
    """The small members that fit the soft limit, `truncated` and how many bytes the whole had."""
    kept: dict[str, Json] = {}
    room = SOFT_LIMIT
    for key, value in data.items():
        cost = len(_compact({key: value}))
        if cost <= min(_MEMBER_KEPT, room):
            kept[key] = value
            room -= cost
    return {**kept, "truncated": True, "original_bytes": size}
