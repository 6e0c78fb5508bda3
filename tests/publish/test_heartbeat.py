"""The heartbeat: what it proves, what it counts, and that it fits whatever happens to a thousand machines."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.assess.timeline import EPOCH, IDLE, LAMINATOR, PRINTER, Machine, at

from fleetmon.assess.fleet import Snapshot
from fleetmon.model.messages import View
from fleetmon.model.words import Contact, Silence
from fleetmon.publish import contract
from fleetmon.publish.envelope import SOFT_LIMIT, Origin, rfc3339, view_bytes
from fleetmon.publish.heartbeat import NAMED_AT_MOST, Vitals, heartbeat
from fleetmon.publish.payloads import Heartbeat

STREAM = "4f0c2a52-0000-4000-8000-000000000001"
VITALS = Vitals(
    stream=STREAM, head_seq=12, first_seq=3, acked_seq=10, oldest_unacked=at(70), loop_lag_s=0.01234, disk_free_mib=4096
)
SCHEMA = Draft202012Validator(Heartbeat.model_json_schema(by_alias=True, mode="serialization"))


def beat(*snapshots: Snapshot, vitals: Vitals = VITALS, second: float = 100) -> dict[str, Any]:
    """The payload at `second`, proven to fit its schema."""
    data = heartbeat(snapshots, vitals, 30.0, at(second))
    SCHEMA.validate(data)
    return data


def silent(name: str, contact: Contact, why: Silence = Silence.TIMEOUT) -> Snapshot:
    """A machine in this contact, whatever brought it there."""
    machine = Machine(replace(PRINTER, id=name))
    machine.says(0, IDLE)
    source = replace(machine.known.sources[0], contact=contact, failing_since=at(10), why=why)
    return replace(machine.known, sources=(source,))


def test_a_quiet_site_names_nobody() -> None:
    """Two machines answer: counted, not named; the age is that of the older answer."""
    first, second = Machine(PRINTER), Machine(replace(PRINTER, id="prn2"))
    data = beat(first.says(95, IDLE), second.says(98, IDLE))
    assert data["machines"] == {"total": 2, "live": 2, "stale": 0, "lost": 0, "awaited": 0, "asleep": 0}
    assert (data["not_fresh"], data["not_fresh_omitted"], data["oldest_poll_s"]) == ([], 0, 5.0)
    assert (data["time"], data["interval_s"]) == (rfc3339(EPOCH + 100), 30.0)


def test_a_machine_that_does_not_answer_is_named_with_the_reason() -> None:
    """From the first poll in vain, before anybody calls it lost; with its age it is fresh again at its next answer."""
    machine = Machine(PRINTER)
    machine.says(90, IDLE)
    assert beat(machine.keeps_silent(95, Silence.REFUSED))["not_fresh"] == [
        {"machine": "prn1", "contact": "stale", "why": "refused", "since": rfc3339(EPOCH + 95)}
    ]
    assert beat(machine.says(99, IDLE))["not_fresh"] == []


def test_of_two_sources_the_one_that_decides_is_named() -> None:
    """One source lost, the other answers: fresh. Both silent: the reason of the better one, whose contact is shown."""
    machine = Machine(LAMINATOR)
    machine.says(0, IDLE, source="heater")
    machine.says(0, IDLE, source="tower")
    assert beat(machine.keeps_silent(5, Silence.BUSY, source="heater"), second=6)["not_fresh"] == []
    (named,) = beat(machine.keeps_silent(7, Silence.TIMEOUT, source="tower"), second=8)["not_fresh"]
    assert (named["contact"], named["why"]) == ("stale", "busy")


def test_before_the_first_answer_there_is_no_age() -> None:
    """A machine that was never heard has no oldest answer, and is named as awaited."""
    data = beat(Machine(PRINTER).known)
    assert (data["oldest_poll_s"], data["not_fresh"][0]["contact"], data["not_fresh"][0]["since"]) == (
        None,
        "awaited",
        None,
    )


def test_the_daemon_s_own_condition_is_told() -> None:
    """Sequence, waiting, refusals, clock, certificate, disk and lag, each in its unit."""
    vitals = replace(
        VITALS, refused=3, holding_back=("hq",), clock_synchronised=False, certificate_end=EPOCH + 100 + 86_400 * 20.25
    )
    data = beat(vitals=replace(vitals, settings_refused=at(40)))
    assert data["settings_refused_since"] == rfc3339(EPOCH + 40)
    assert (data["first_seq"], data["acked_seq"], data["head_seq"], data["oldest_unacked_s"]) == (3, 10, 12, 30.0)
    assert (data["refused"], data["holding_back"], data["clock_synchronised"]) == (3, ["hq"], False)
    assert (data["certificate_days"], data["disk_free_mib"], data["loop_lag_s"]) == (20.2, 4096, 0.012)


def test_what_is_not_known_is_null() -> None:
    """Nothing unacknowledged, no certificate, a clock nobody can ask about: null, never 0."""
    data = beat(vitals=replace(VITALS, oldest_unacked=None, disk_free_mib=None))
    unknown = (
        "oldest_unacked_s",
        "clock_synchronised",
        "certificate_days",
        "disk_free_mib",
        "oldest_poll_s",
        "settings_refused_since",
    )
    assert all(data[member] is None for member in unknown)


def test_an_expired_certificate_counts_on_below_zero() -> None:
    """The day after the end is -1."""
    assert beat(vitals=replace(VITALS, certificate_end=EPOCH + 100 - 86_400))["certificate_days"] == -1.0


def test_a_person_reads_the_machines_first() -> None:
    """In `mosquitto_sub` a line is cut on the right: what concerns machines stands before what concerns the daemon."""
    assert list(beat())[:4] == ["time", "machines", "not_fresh", "not_fresh_omitted"]


doubts = st.sampled_from([Contact.STALE, Contact.LOST, Contact.AWAITED])


@given(st.lists(st.tuples(doubts, st.sampled_from(Silence)), min_size=1, max_size=6), st.integers(0, 1000))
def test_a_thousand_machines_fit_whatever_ails_them(ailing: list[tuple[Contact, Silence]], fresh: int) -> None:
    """The longest ids and reasons: at most 100 named, the others counted, below the soft limit with the envelope."""
    ids = [f"m{number:047}" for number in range(1000)]
    snapshots = [
        silent(name, Contact.LIVE) if number < fresh else silent(name, *ailing[number % len(ailing)])
        for number, name in enumerate(ids)
    ]
    consumers = tuple(f"c{number:047}" for number in range(100))
    vitals = replace(VITALS, holding_back=consumers, refused=2**40, settings_refused=at(0))
    vitals = replace(vitals, head_seq=2**63, acked_seq=2**63 - 1, certificate_end=-1e9, disk_free_mib=2**40)
    data = heartbeat(snapshots, vitals, 30.0, at(1e6))
    view = View("heartbeat", contract.HEARTBEAT, None, at(1e6), data, qos=0)
    message = view_bytes(Origin("s" * 32, STREAM), "1000000-1000000", view, None, at(1e6))
    told = Heartbeat.model_validate(json.loads(message)["data"])
    assert len(message) < SOFT_LIMIT
    assert len(told.not_fresh) == min(NAMED_AT_MOST, 1000 - fresh)
    assert len(told.not_fresh) + told.not_fresh_omitted == 1000 - fresh == 1000 - told.machines.live
