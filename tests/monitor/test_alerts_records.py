"""What stands in the records of alerts, planned stops and figures costs at most what it held, never the start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.timeline import at

from fleetmon import memory_alerts, memory_quality
from fleetmon.monitor import Monitor

from .office import JAM, Office

KINDS = (*memory_alerts.KINDS, memory_quality.QUALITY)


@given(st.sampled_from(KINDS), st.sampled_from(["all", "machine:prn1:jam"]), st.binary(max_size=200))
def test_any_bytes_as_a_record_are_tolerated(kind: str, name: str, record: bytes) -> None:
    """Whatever stands there, the monitor starts, with no alert and no planned stop."""
    monitor = Monitor(Office(("prn1",)).plan, {kind: {name: record}})
    assert monitor.begin(at(0)).views
    assert (monitor.production.alerts(), monitor.production.planned_stops()) == ((), ())


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_a_record_that_was_cut_off_is_an_alert_that_begins_anew(kept: float) -> None:
    """The record of a jam that is told is cut off, and the process starts anew: the jam is told again, once."""
    office = Office(("prn1",)).until(300)
    office.machines["prn1"].faults = (JAM,)
    office.then(60)
    record = office.records[memory_alerts.ALERT, "machine:prn1:jam"]
    office.records[memory_alerts.ALERT, "machine:prn1:jam"] = record[: int(kept * len(record))]
    office.starts()
    office.then(120)
    assert office.announced() == ["machine:prn1:jam"] * 2
