"""Every change is told once, as an event, and what did not change is not told."""

from dataclasses import replace

import pytest
from tests.assess.timeline import (
    BUSY,
    COVER,
    EPOCH,
    FILM_LOW,
    IDLE,
    JAM,
    JAMMED,
    LAMINATOR,
    PRINTER,
    Machine,
    at,
    count,
)

from fleetmon.model.messages import EventClass, Outcome
from fleetmon.model.report import Fault, Notice, Observation, Report
from fleetmon.model.words import Contact, Severity, Silence, State
from fleetmon.monitor import Monitor

from .site import Site

READY = Notice("10003", "other", Severity.REPORT, "Ready")
SLEEP = Notice("23", "other", Severity.REPORT, "Sleep")


def test_a_jam_is_raised_once_and_cleared_once() -> None:
    """Idle at 0 s, jammed from 5 s to 15 s, idle at 20 s: raised and stopped at 5 s, cleared and idle at 20 s."""
    site = Site()
    assert site.says(0, IDLE) == ["contact", "state"]
    assert site.says(5, JAMMED) == ["raised", "state"]
    assert site.says(10, JAMMED) == []
    assert site.says(15, JAMMED) == []
    assert site.says(20, IDLE) == ["cleared", "state"]
    raised, cleared = site.told("raised")[0], site.told("cleared")[0]
    assert (raised["stood_s"], cleared["stood_s"]) == (0.0, 15.0)
    assert raised["fault"] == cleared["fault"]
    assert [(told["before"], told["state"], told["headline"]) for told in site.told("state")] == [
        ("unknown", "idle", None),
        ("idle", "stopped", "media-jam"),
        ("stopped", "idle", None),
    ]


def test_three_faults_are_three_stories() -> None:
    """Cover, film and jam come at 5 s, 10 s and 15 s and go in another order; each is raised and cleared by itself."""
    site = Site()
    site.says(0, IDLE)
    standing: list[tuple[float, tuple[Fault, ...], list[str]]] = [
        (5, (COVER,), ["raised", "state"]),
        (10, (COVER, FILM_LOW), ["raised"]),
        (15, (FILM_LOW, JAM, COVER), ["raised"]),
        (20, (FILM_LOW, JAM), ["cleared"]),
        (25, (FILM_LOW,), ["cleared"]),
        (30, (), ["cleared", "state"]),
    ]
    for second, faults, expected in standing:
        report = Report(state=State.STOPPED if faults else State.IDLE, faults=faults)
        assert site.says(second, report) == expected, second
    stood = {str(told["fault"]["reason"]): told["stood_s"] for told in site.told("cleared")}  # type: ignore[index,call-overload]
    assert stood == {"cover-open": 15.0, "media-jam": 10.0, "laminator-supply-low": 20.0}


def test_another_word_on_a_standing_fault_is_a_change() -> None:
    """At 5 s the jam gets a text: changed. At 10 s only its age has moved: nothing."""
    site = Site()
    site.says(0, replace(JAMMED, faults=(replace(JAM, age_s=1.0),)))
    worded = replace(JAM, text="Jam in rear", age_s=6.0)
    assert site.says(5, replace(JAMMED, faults=(worded,))) == ["changed"]
    assert site.says(10, replace(JAMMED, faults=(replace(worded, age_s=11.0),))) == []
    assert site.told("changed")[0]["stood_s"] == 5.0


def test_an_unchanged_report_brings_nothing() -> None:
    """The same report every 5 s for ten minutes: after the first no event, no view and no record."""
    site = Site()
    report = replace(count(100), faults=(JAM,), notices=(READY,), console=("Ready",), uptime_s=5.0)
    site.says(0, report)
    for second in range(5, 600, 5):
        outcome = site.step(Observation("prn1", "main", at(second), heard=replace(report, uptime_s=5.0 + second)))
        assert outcome == Outcome(), second


def test_a_notice_is_seen_when_it_comes() -> None:
    """Ready at 0 s, asleep at 5 s, ready at 15 s: each is seen when it is new, and once even if said twice."""
    site = Site()
    assert site.says(0, replace(IDLE, notices=(READY, READY))) == ["contact", "state", "notice"]
    assert site.says(5, replace(IDLE, notices=(SLEEP,))) == ["notice"]
    assert site.says(10, replace(IDLE, notices=(SLEEP,))) == []
    assert site.says(15, replace(IDLE, notices=(READY, SLEEP))) == ["notice"]
    assert [event.event_class for event in site.events[2:]] == [EventClass.REPORT] * 3


def test_falling_asleep_is_a_change_of_state() -> None:
    """Idle at 0 s, idle and asleep at 5 s: one event, which says so."""
    site = Site()
    site.says(0, IDLE)
    assert site.says(5, replace(IDLE, asleep=True)) == ["state"]
    assert [told["asleep"] for told in site.told("state")] == [False, True]


def test_a_lost_line_is_told_once_with_its_reason_and_so_is_its_return() -> None:
    """Silent from 5 s on: told at 65 s as contact and state, and not before; back at 300 s, with its length."""
    site = Site()
    site.says(0, BUSY)
    assert [site.silent(second) for second in (5, 10, 60)] == [[], [], []]
    assert site.silent(65, Silence.REFUSED, "port unreachable") == ["contact", "state"]
    assert site.silent(125) == []
    assert site.says(300, BUSY) == ["contact", "state"]
    lost, back = site.told("contact")[1:]
    assert lost == {
        "machine": "prn1",
        "before": "live",
        "contact": "lost",
        "why": "refused",
        "text": "port unreachable",
        "silent_s": 60.0,
    }
    assert back == {
        "machine": "prn1",
        "before": "lost",
        "contact": "live",
        "why": None,
        "text": None,
        "silent_s": 295.0,
    }
    assert [(told["before"], told["state"]) for told in site.told("state")[1:]] == [
        ("processing", "unknown"),
        ("unknown", "processing"),
    ]


@pytest.mark.parametrize("why", [Silence.TIMEOUT, Silence.UNAUTHORISED, Silence.GARBLED])
def test_why_a_machine_is_not_heard_is_shown_at_once_and_told_when_it_is_lost(why: Silence) -> None:
    """At 5 s the view shows a stale source and why; by 65 s an event says so too; at 70 s nothing is left of it."""
    site = Site()
    site.says(0, IDLE)
    assert site.silent(5, why, "words") == []
    source = {
        "name": "main",
        "driver": None,
        "contact": "stale",
        "heard_at": "2026-05-28T20:26:40.000Z",
        "why": why.value,
    }
    assert (site.shown()["sources"], site.shown()["contact"], site.shown()["state"]) == ([source], "stale", "idle")
    site.silent(10, why, "words")
    assert site.silent(65, why, "words") == ["contact", "state"]
    assert (site.told("contact")[-1]["why"], site.told("contact")[-1]["text"]) == (why.value, "words")
    site.says(70, IDLE)
    assert site.shown()["sources"] == [
        {**source, "contact": "live", "heard_at": "2026-05-28T20:27:50.000Z", "why": None}
    ]


def test_a_machine_is_silent_since_its_last_source_is() -> None:
    """The heater is silent from 5 s on, the tower from 100 s on: lost at 160 s, for 60 s, for the tower's reason."""
    site = Site(LAMINATOR)
    site.says(0, IDLE, source="heater")
    site.says(0, IDLE, source="tower")
    for second in (5, 10, 65):
        site.silent(second, Silence.PORT_GONE, "unplugged", source="heater")
        site.says(second, IDLE, source="tower")
    assert len(site.told("contact")) == 1
    for second in (100, 130, 160):
        site.silent(second, Silence.TIMEOUT, "mute", source="tower")
    site.says(400, IDLE, source="tower")
    lost, back = site.told("contact")[1:]
    assert (lost["why"], lost["text"], lost["silent_s"]) == ("timeout", "mute", 60.0)
    assert (back["before"], back["silent_s"]) == ("lost", 300.0)


def test_another_machine_under_the_same_id_is_told_first() -> None:
    """At 5 s serial B answers, its cover open as A's was: replaced, one fault ends, another begins."""
    site = Site()
    site.says(0, replace(count(500, "A"), faults=(COVER,)))
    assert site.says(5, replace(count(900_000, "B"), faults=(COVER,))) == ["replaced", "cleared", "raised"]
    assert site.told("replaced") == [{"machine": "prn1", "before": "A", "serial": "B"}]
    assert (site.told("cleared")[0]["stood_s"], site.told("raised")[-1]["stood_s"]) == (5.0, 0.0)
    assert site.says(10, replace(count(900_000, "B"), faults=(COVER,))) == []


def test_a_report_is_of_the_class_report() -> None:
    """A fault of severity report may be dropped before an error when the outbox is full."""
    site = Site()
    site.says(0, Report(faults=(replace(FILM_LOW, severity=Severity.REPORT), JAM)))
    raised = [event.event_class for event in site.events if event.type.startswith("fleetmon.fault")]
    assert raised == [EventClass.REPORT, EventClass.FAULT]


def test_what_nobody_planned_changes_nothing() -> None:
    """An observation of an unknown machine or source brings no event, no view and no record."""
    site = Site()
    site.says(0, IDLE)
    before = site.monitor.snapshots()
    assert site.step(Observation("stranger", "main", at(5), heard=JAMMED)) == Outcome()
    assert site.step(Observation("prn1", "stranger", at(5), heard=JAMMED)) == Outcome()
    assert site.monitor.snapshots() == before


def test_one_machine_s_story_is_not_another_s() -> None:
    """A jam at prn2 is told of prn2 only."""
    site = Site(PRINTER, replace(PRINTER, id="prn2"))
    site.says(0, IDLE, "prn1")
    site.says(0, IDLE, "prn2")
    site.says(5, JAMMED, "prn2")
    assert [event.subject for event in site.events[-2:]] == ["prn2", "prn2"]
    assert (site.known("prn1").state, site.known("prn2").state) == (State.IDLE, State.STOPPED)


def test_a_fault_raised_before_a_restart_is_cleared_after_it() -> None:
    """Jammed at 5 s, restart, well at 600 s: no second raise, one clear, and it stood for 595 s."""
    site = Site()
    site.says(0, IDLE)
    site.says(5, JAMMED)
    site.restarts()
    assert site.says(600, IDLE) == ["contact", "cleared", "state"]
    assert site.told("cleared")[0]["stood_s"] == 595.0


def test_a_fault_that_stands_through_a_restart_is_told_once() -> None:
    """Jammed at 5 s, restart, still jammed at 600 s: nothing but the contact is told."""
    site = Site()
    site.says(5, JAMMED)
    site.restarts()
    assert site.says(600, JAMMED) == ["contact"]
    assert site.known().faults[0].since == at(5)


def test_a_fault_that_came_and_went_while_nobody_listened_is_not_invented() -> None:
    """Well before the restart and after it: whatever happened between was not heard and is not told."""
    site = Site()
    site.says(0, IDLE)
    site.restarts()
    assert site.says(600, IDLE) == ["contact"]


def test_a_reboot_of_the_computer_is_bridged_by_the_wall_clock() -> None:
    """Jammed at 5 s; the computer reboots at 300 s, its monotonic clock begins at 0; cleared at 600 s after 595 s."""
    site = Site()
    site.says(5, JAMMED)
    site.reboots(300)
    site.says(600, IDLE)
    assert site.told("cleared")[0]["stood_s"] == 595.0


def test_a_line_lost_before_a_restart_is_not_lost_again() -> None:
    """Lost at 65 s and told; after the restart it is still lost, and silence says nothing; the return is told."""
    site = Site()
    site.says(0, BUSY)
    for second in (5, 10, 65):
        site.silent(second)
    site.restarts()
    told = len(site.events)
    for second in (100, 130, 160, 200):
        assert site.silent(second) == []
    assert len(site.events) == told
    assert site.says(305, BUSY) == ["contact", "state"]
    assert site.told("contact")[-1]["silent_s"] == 300.0


@pytest.mark.parametrize(
    "record", [b"", b"{}", b"null", b"\xff\xfe", b"[" * 100_000, b'{"snapshot":{"machine":"prn1","sources":[{}]}}']
)
def test_a_record_that_cannot_be_read_is_a_machine_not_heard_yet(record: bytes) -> None:
    """A broken record costs what it held, never the start."""
    monitor = Monitor(Site().plan, {"snapshot": {"prn1": record}})
    assert monitor.snapshots() == (Machine().known,)
    assert monitor.begin(at(0)).views


def test_another_machine_s_record_is_not_believed() -> None:
    """A record under the wrong id is as good as none."""
    site = Site()
    site.says(0, JAMMED)
    monitor = Monitor(Site(replace(PRINTER, id="prn2")).plan, {"snapshot": {"prn2": site.records["snapshot", "prn1"]}})
    assert monitor.snapshots()[0].contact is Contact.AWAITED
    assert monitor.snapshots()[0].faults == ()
    assert "state/prn2" in {view.topic for view in monitor.begin(at(0)).views}


def test_moments_are_those_of_the_observation() -> None:
    """Every event and view carries the moment at which its cause was heard."""
    site = Site()
    site.says(0, IDLE)
    site.says(5, JAMMED)
    assert [event.at.utc - EPOCH for event in site.events] == [0, 0, 5, 5]
    assert site.shown_at() == [0, 5]


def test_a_driver_that_broke_is_told_at_once() -> None:
    """A bug of the driver at 5 s: nobody asks for ten minutes, so the line counts as lost now and not then."""
    site = Site()
    site.says(0, IDLE)
    assert site.silent(5, Silence.DRIVER_BUG, "KeyError: 7") == ["contact", "state"]
    told = site.told("contact")[-1]
    assert (told["contact"], told["why"], told["text"]) == ("lost", "driver-bug", "KeyError: 7")
    assert site.says(605, IDLE) == ["contact", "state"]
