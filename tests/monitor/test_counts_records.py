"""The small record of a count: with it a restart knows what it would know if the whole record had been written."""

from collections.abc import Iterable
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.histories import histories, plans
from tests.assess.timeline import JAM, PRINTER, count

from fleetmon import memory, memory_counts
from fleetmon.memory import Memory, Written
from fleetmon.model.plan import MachinePlan
from fleetmon.model.report import Observation, Report
from fleetmon.publish.changes import without_age

from .site import Site

WHOLE, SMALL = memory.SNAPSHOT, memory_counts.COUNT


def recalled(site: Site) -> Memory:
    """What a process that began now would know of the first machine."""
    found: dict[str, dict[str, bytes]] = {}
    for (kind, id_), body in site.records.items():
        found.setdefault(kind, {})[id_] = body
    return memory.recall(site.plan.machines, found)[site.plan.machines[0].id]


def lasting(known: Memory) -> object:
    """All of that but what the next poll tells: levels, uptime, ages."""
    snapshot = known.snapshot
    faults = [(without_age(each), each.since, each.device_since) for each in snapshot.faults]
    sources = [(source.name, source.contact, source.serial, source.driver) for source in snapshot.sources]
    return snapshot.produced, known.counting, faults, snapshot.state, snapshot.asleep, sources


def lived(plan: MachinePlan, story: Iterable[Observation], crashes: set[int]) -> list[object]:
    """What would be known after each poll, by a process that crashes before some of them."""
    site, found = Site(plan), []
    for number, observation in enumerate(story):
        if number in crashes:
            site.restarts()
        site.step(observation)
        found.append(lasting(recalled(site)))
    return found


def works(site: Site, begin: int, end: int) -> None:
    """One document every 5 s."""
    for second in range(begin, end, 5):
        site.says(second, count(1000 + second // 5))


def made(site: Site) -> int:
    """What all counts told add up to."""
    return sum(int(str(told["made"])) for told in site.told("counted"))


@given(st.data())
def test_a_small_record_keeps_what_a_whole_one_would(data: st.DataObject) -> None:
    """After every poll of any history, with crashes before some: the same count, told as far, and the same faults."""
    plan = data.draw(plans())
    story = data.draw(histories(plan, steady_uptime=True))
    crashes = data.draw(st.sets(st.integers(0, max(0, len(story) - 1)), max_size=3))
    small = lived(plan, story, crashes)
    with patch.object(Written, "count", Written.whole):
        assert small == lived(plan, story, crashes)


def test_a_count_a_minute_is_a_small_record_and_every_ten_minutes_a_whole_one() -> None:
    """An hour of steady work: a small record of less than 200 bytes for each count that is told, and a whole one for
    the first sight and every ten minutes."""
    site, small, whole = Site(), set(), set()
    for second in range(0, 3610, 5):
        works(site, second, second + 1)
        small.add(site.records.get((SMALL, "prn1"), b""))
        whole.add(site.records[WHOLE, "prn1"])
    assert len(small - {b""}) == len(site.told("counted")) == 61
    assert max(map(len, small)) < 200
    assert len(whole) == 1 + 6


def test_a_whole_record_outdates_the_small_one_whoever_writes_it() -> None:
    """Counted until 130 s; a daemon that knows no small record goes on until 250 s, then one that does, with the small
    record of 125 s still there: whatever was made is counted once."""
    site = Site()
    works(site, 0, 135)
    old = site.records.pop((SMALL, "prn1"))
    site.ends(132)
    site.restarts()
    with patch.object(Written, "count", Written.whole):
        works(site, 135, 255)
    told = made(site)
    site.records[SMALL, "prn1"] = old
    site.restarts()
    works(site, 255, 400)
    site.time_passes(600)
    assert told > 26
    assert made(site) == 79


def test_a_fault_after_a_count_is_recorded_with_the_count() -> None:
    """Counted at 5 s and 65 s, a jam at 70 s with one more made, a crash: the jam stands, and the one is told."""
    site = Site()
    works(site, 0, 70)
    site.says(70, Report(faults=(JAM,), counters=count(1014).counters))
    site.restarts()
    assert [each.fault for each in site.known().faults] == [JAM]
    site.time_passes(75)
    site.time_passes(140)
    assert made(site) == 14


def test_nothing_is_kept_of_a_machine_that_is_gone() -> None:
    """Neither record, whether it goes with a reload or between two runs; what it made and nobody was told is told."""
    other = MachinePlan("prn2", PRINTER.kind, PRINTER.sources)
    for goes in ("reload", "restart"):
        site = Site()
        works(site, 0, 90)
        assert (SMALL, "prn1") in site.records
        if goes == "reload":
            site.reloads(95, other)
        else:
            site.ends(95)
            site.restarts(other)
            site.time_passes(100)
        assert {kind for kind, id_ in site.records if id_ == "prn1"} == set()
        assert made(site) == 17


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b'{"follows":1}', b"\xff"])
def test_a_small_record_that_cannot_be_read_leaves_the_whole_one(damage: bytes) -> None:
    """The whole record says how far it was told; the rest is told again from the machine's own counter."""
    site = Site()
    works(site, 0, 90)
    whole = {WHOLE: {"prn1": site.records[WHOLE, "prn1"]}}
    site.records[SMALL, "prn1"] = damage
    assert recalled(site).counting == memory.recall(site.plan.machines, whole)["prn1"].counting
    site.restarts()
    site.says(95, count(1019))
    assert site.known().produced is not None
