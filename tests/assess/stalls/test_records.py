"""What is kept of what is usual: small at worst, read as it was written, and worthless when it is spoilt, no more."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.stalls.gaps import FIRST
from tests.assess.stalls.test_profile import PLAN, told

from fleetmon import memory, memory_profiles
from fleetmon.assess.stalls import slowdown
from fleetmon.assess.stalls.notices import Learnt
from fleetmon.assess.stalls.profile import Day, Profile
from fleetmon.assess.stalls.slowdown import Pace, Run
from fleetmon.assess.stalls.usual import SLOT_S, SLOTS, Place, Usual
from fleetmon.model.messages import Record


def test_a_record_of_an_earlier_version_is_read() -> None:
    """At first the days were written as they are, a list of tables."""
    body = b'[{"day":"2026-06-01","gaps":3,"total":900,"longest":[500,300,100]}]'
    profile = memory_profiles.recall({memory_profiles.PROFILE: {"prn1": body}}).profiles["prn1"]
    assert list(profile.days()) == [Day(date(2026, 6, 1), 3, 900, (500, 300, 100))]


def test_the_records_of_a_machine_are_small_at_worst() -> None:
    """Thirty days of gaps, a month of blocks and seven weeks in which no two numbers are alike: below 20 000 bytes."""
    draw = Random(5)
    profile = Profile(
        Day(FIRST + timedelta(days=number), 4000, 864_000 * 4000, tuple(draw.randrange(864_000) for _ in range(60)))
        for number in range(30)
    )
    blocks = [tuple(draw.randrange(-6900, 20_000) for _ in range(24)) for _ in range(31)]
    worked = (slowdown.Day(FIRST + timedelta(days=day), each, 86_400, 10**7, 86_400) for day, each in enumerate(blocks))
    gaps = tuple((draw.uniform(0.0, 1e5), draw.randrange(1, 10**6)) for _ in range(9))
    pace = Pace(tuple(worked), gaps, 9.87654321, Run(1.23456789, 30, 10**7), True, "impressions/2")
    usual = Usual()
    for week in range(7):
        for slot in range(SLOTS):
            usual.watched(draw.uniform(0.0, 2550.0), draw.randrange(65_536), Place(week, slot, SLOT_S))
    records = (
        memory_profiles.record("prn1", profile),
        memory_profiles.record_of_pace("prn1", pace),
        memory_profiles.record_of_usual("machine:prn1", usual),
    )
    assert 15_000 < sum(len(each.body or b"") for each in records) < 20_000
    known = memory_profiles.recall({each.kind: {each.id: each.body or b""} for each in records})
    assert list(known.profiles["prn1"].days()) == list(profile.days())
    assert known.paces["prn1"].days == pace.days
    assert replace(known.paces["prn1"], gaps=()) == replace(pace, gaps=())
    assert known.usual["machine:prn1"].weeks == usual.weeks


GARBAGE = [b"", b"{}", b"null", b"[1]", b"\xff", b"[[[[", b'{"days": [], "longest": "!!"}']


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_costs_nothing_but_itself(body: bytes) -> None:
    """A pace or weeks that cannot be read are unknown; what stands beside them is known."""
    profile = Profile()
    told(profile, 2, 20)
    kept = memory_profiles.record("prn1", profile)
    known = memory_profiles.recall(
        {
            kept.kind: {kept.id: kept.body or b""},
            memory_profiles.PACE: {"prn1": body},
            memory_profiles.USUAL: {"line:l1": body},
        }
    )
    assert list(known.profiles["prn1"].days()) == list(profile.days())
    assert known.paces["prn1"] == Pace()
    assert known.usual["line:l1"].weeks == ()


@given(st.binary(max_size=60), st.integers(0, 5000))
def test_a_record_that_was_cut_or_spoilt_never_raises(noise: bytes, at: int) -> None:
    """Whatever octets stand in the midst of a record, it is read or it is not."""
    profile = Profile()
    told(profile, 2, 20)
    for body in (memory_profiles.record("x", profile).body, memory_profiles.record_of_pace("x", Pace()).body):
        assert body is not None
        spoilt = body[: at % len(body)] + noise + body[at % len(body) + len(noise) // 2 :]
        for kind in memory_profiles.KINDS:
            memory_profiles.recall({kind: {"x": spoilt}})


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'[{"day": "2026-13-01"}]', b"[1]", b"\xff", b"[[[["])
def test_a_record_that_cannot_be_read_is_a_machine_not_known_yet(body: bytes) -> None:
    """An unreadable record costs what was learned, and no start."""
    profile = memory_profiles.recall({memory_profiles.PROFILE: {"prn1": body}}).profiles["prn1"]
    assert list(profile.days()) == []
    assert not profile.limit(PLAN).learned


def test_records_of_profiles_are_asked_for_and_may_end() -> None:
    """The kind is one of the monitor's, and a machine that is gone leaves none."""
    assert set(memory_profiles.KINDS) < set(memory.KINDS)
    assert memory_profiles.recall({}) == Learnt({}, {}, {})
    assert memory_profiles.forget("prn1") == (
        Record(memory_profiles.PROFILE, "prn1", None),
        Record(memory_profiles.PACE, "prn1", None),
        Record(memory_profiles.USUAL, "machine:prn1", None),
    )
