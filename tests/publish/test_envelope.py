"""The envelope: CloudEvents 1.0 as people and machines read them, whatever a device has put inside."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from fleetmon.model.messages import Event, EventClass, Json, View
from fleetmon.model.report import At
from fleetmon.publish.envelope import (
    HARD_LIMIT,
    SOFT_LIMIT,
    Origin,
    dataschema,
    encode_data,
    event_bytes,
    rfc3339,
    view_bytes,
)

STREAM = "0b0e4c9e-0000-4000-8000-000000000001"
BOOT = "ccf2ee9d-0000-4000-8000-000000000002"
ORIGIN = Origin("gb-lon-01", STREAM)
SEEN = At(1795309323.456, 987.654321, BOOT)
COMMITTED = At(1795309323.501, 987.7, BOOT)


def fault(data: dict[str, Json], subject: str | None = "prn-03") -> Event:
    return Event(EventClass.FAULT, "fleetmon.fault.raised.v1", subject, SEEN, data)


def test_an_event_is_one_readable_line_of_cloudevents() -> None:
    """Every attribute stands where the contract says, numbers beyond 32 bits as decimal strings."""
    event = fault({"reason": "media-jam", "text": "Papierstau – прибор"})
    line = event_bytes(ORIGIN, 123456, event, encode_data(event.data), COMMITTED).decode()
    assert line == (
        '{"type":"fleetmon.fault.raised.v1","subject":"prn-03","time":"2026-11-22T01:02:03.456Z",'
        '"data":{"reason":"media-jam","text":"Papierstau – прибор"},'
        f'"specversion":"1.0","id":"{STREAM}:123456","source":"urn:fleetmon:site:gb-lon-01",'
        '"recordedtime":"2026-11-22T01:02:03.501Z","dataschema":"urn:fleetmon:schema:fault.raised:1",'
        f'"stream":"{STREAM}","seq":"123456","bootid":"{BOOT}","monons":"987654321000"}}'
    )


def test_a_view_has_no_sequence_but_says_up_to_which_one_it_is_right() -> None:
    """A view carries the same attributes without `seq`; `as_of_seq` is in its data, and its id is not an event's."""
    view = View("state/prn-03", "fleetmon.state.v1", "prn-03", SEEN, {"state": "idle"})
    envelope = json.loads(view_bytes(ORIGIN, "7-12", view, 123456, COMMITTED))
    assert "seq" not in envelope
    assert envelope["id"] == f"{STREAM}:view:7-12"
    assert envelope["data"] == {"state": "idle", "as_of_seq": 123456}
    assert "as_of_seq" not in json.loads(view_bytes(ORIGIN, "7-13", view, None, COMMITTED))["data"]


def test_a_view_without_data_is_an_empty_payload() -> None:
    """What is decommissioned is emptied: MQTT forgets a retained topic at a payload of no bytes."""
    assert (
        view_bytes(ORIGIN, "1-1", View("state/prn-03", "fleetmon.state.v1", "prn-03", SEEN, None), 1, COMMITTED) == b""
    )


def test_an_event_about_the_site_itself_has_no_subject() -> None:
    """CloudEvents knows no empty subject: the attribute is left out."""
    assert "subject" not in json.loads(event_bytes(ORIGIN, 1, fault({}, subject=None), b"{}", COMMITTED))


def test_the_schema_is_named_after_type_and_major_version() -> None:
    """A type of several words keeps them all; only the version is split off."""
    assert dataschema("fleetmon.production.counted.v2") == "urn:fleetmon:schema:production.counted:2"


def test_times_are_rfc_3339_with_milliseconds_even_from_a_broken_clock() -> None:
    """Before 1970 and after 9999 the nearest end is written: a clock's nonsense may not stop an event."""
    assert rfc3339(0.0) == "1970-01-01T00:00:00.000Z"
    assert rfc3339(-5.0) == "1970-01-01T00:00:00.000Z"
    assert rfc3339(1e18) == "9999-12-31T23:59:59.000Z"
    assert rfc3339(1795309323.0) == "2026-11-22T01:02:03.000Z"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def as_published(value: object) -> object:
    """What a reader gets: null for numbers that JSON lacks, "?" for half a surrogate pair."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [as_published(item) for item in value]
    if isinstance(value, dict):
        return {as_published(key): as_published(item) for key, item in value.items()}
    return value


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=6))
def test_any_data_becomes_valid_json_and_comes_back_as_it_was(data: dict[str, Json]) -> None:
    """Whatever a device said: one line of strict JSON in UTF-8, and data as it was wherever JSON can say it."""
    line = event_bytes(ORIGIN, 1, fault(data), encode_data(data), COMMITTED)
    assert b"\n" not in line
    strict = json.loads(line.decode("utf-8"), parse_constant=refuse)
    assert strict["data"] == as_published(data)


@given(
    st.dictionaries(st.text(max_size=20), st.text(max_size=300) | st.integers(), max_size=5),
    st.integers(HARD_LIMIT, 3 * HARD_LIMIT),
)
def test_a_payload_too_large_for_brokers_is_abridged_and_says_so(small: dict[str, Json], size: int) -> None:
    """What would make a broker hang up keeps its small members, says `truncated`, and fits the soft limit and a bit."""
    data: dict[str, Json] = {**small, "console": "x" * size}
    encoded = encode_data(data)
    kept = json.loads(encoded)
    assert len(encoded) <= SOFT_LIMIT + 1024
    assert kept.pop("truncated") is True
    assert kept.pop("original_bytes") > size
    assert all(data[name] == value for name, value in kept.items())


def test_what_fits_is_not_abridged() -> None:
    """The largest data that fits goes out whole, and the whole envelope stays below the hard limit."""
    data: dict[str, Json] = {"console": "x" * (HARD_LIMIT - 1024 - len('{"console":""}'))}
    line = event_bytes(ORIGIN, 2**63, fault(data, "m" * 48), encode_data(data), COMMITTED)
    assert json.loads(line)["data"] == data
    assert len(line) <= HARD_LIMIT
