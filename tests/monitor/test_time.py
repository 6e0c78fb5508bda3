"""What happens by itself: lines that fall silent, sleepers, and what is told late though nothing is heard any more."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.timeline import BUSY, EPOCH, IDLE, JAMMED, LAMINATOR, PRINTER, at, count

from fleetmon.assess.wakes import Wakes
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.stimuli import Elapsed
from fleetmon.model.words import Contact, Silence, State
from fleetmon.monitor import Monitor

from .site import Site

HOUR = 3600.0
ASLEEP = replace(IDLE, asleep=True)


def test_a_line_is_lost_after_a_minute_whenever_the_next_poll_is() -> None:
    """Silent from 5 s on, asked last at 25 s and then much later: lost at 65 s to the second."""
    site = Site()
    site.says(0, JAMMED)
    for second in (5, 10, 15, 25):
        assert site.silent(second) == []
    assert site.time_passes(64.9) == []
    assert site.time_passes(65.1) == ["contact", "state"]
    assert site.told("contact")[-1]["silent_s"] == 60.0
    assert site.silent(85) == []


def test_a_minute_without_three_failures_is_not_enough() -> None:
    """Asked once in five minutes and silent: time alone does not lose a line that was asked once."""
    site = Site()
    site.says(0, IDLE)
    site.silent(5)
    assert site.time_passes(4 * 60) == []
    assert site.known().contact is Contact.STALE


def test_a_machine_that_nobody_asks_any_more_is_stale() -> None:
    """Heard at 0 s every 5 s, then no poll ends: from 70 s on nobody claims that what it said still holds."""
    site = Site()
    site.says(0, IDLE)
    site.time_passes(69)
    assert site.known().contact is Contact.LIVE
    site.time_passes(71)
    assert (site.known().contact, site.shown()["contact"]) == (Contact.STALE, "stale")
    assert site.says(75, IDLE) == []
    assert site.shown()["contact"] == "live"


def test_a_sleeper_s_silence_is_excused_for_half_a_day() -> None:
    """Asleep at 0 s and silent for twelve hours: no event, two views; then it is lost like any other."""
    site = Site()
    site.says(0, ASLEEP)
    told = len(site.events)
    for minute in range(1, 12 * 60):
        site.silent(60.0 * minute)
    assert len(site.events) == told
    assert (site.known().contact, site.known().asleep, site.known().state) == (Contact.STALE, True, State.IDLE)
    assert site.shown_at() == [0, 60]
    assert site.time_passes(12 * HOUR + 61) == ["contact", "state"]


def test_a_sleeper_that_wakes_says_so() -> None:
    """Asleep and silent for ten hours, then it answers, awake: only its state is told."""
    site = Site()
    site.says(0, ASLEEP)
    for minute in range(1, 600):
        site.silent(60.0 * minute)
    assert site.says(10 * HOUR, BUSY) == ["state"]
    assert site.known().asleep is False


@pytest.mark.parametrize("why", [Silence.UNAUTHORISED, Silence.GARBLED])
def test_sleep_excuses_no_wrong_answer(why: Silence) -> None:
    """A machine that sleeps does not answer at all: one that answers wrongly is lost after a minute."""
    site = Site()
    site.says(0, ASLEEP)
    for second in (5, 10, 65):
        site.silent(second, why)
    assert site.known().contact is Contact.LOST


def test_what_was_made_last_is_told_though_no_poll_ends_any_more() -> None:
    """Made at 5 s and 10 s; nothing is heard after that: the second is told at 65 s."""
    site = Site()
    for second in (0, 5, 10):
        site.says(second, count(100 + second // 5))
    assert site.time_passes(64) == []
    assert site.time_passes(66) == ["counted"]
    assert site.told("counted")[-1]["made"] == 1


def test_levels_are_shown_though_the_next_poll_is_far() -> None:
    """Progress at 5 s, the next poll at 300 s: the view of 60 s shows it."""
    site = Site()
    site.says(0, count(100))
    site.says(5, count(101))
    site.time_passes(61)
    assert site.shown_at() == [0, 60]


def test_nothing_is_due_that_brings_nothing_for_ever() -> None:
    """A site that rests asks to be looked at a few times in ten minutes, not in every second."""
    site = Site(*(replace(PRINTER, id=f"prn{number}") for number in range(20)))
    for machine in site.plan.machines:
        site.says(0, IDLE, machine.id)
    site.time_passes(2)
    looks, now = 0, 2.0
    while (due := site.monitor.due()) is not None and due < at(600).mono:
        assert due > now
        site.time_passes(due + 1e-6)
        looks, now = looks + 1, due
    assert looks <= 2 * 20 + 2


def test_when_a_machine_was_heard_outlives_a_restart_in_good_order() -> None:
    """Idle and unchanged from 0 s to 5000 s, stopped, started: it was heard at 5000 s, not at 0 s."""
    site = Site()
    for second in range(0, 5005, 5):
        site.says(second, IDLE)
    site.ends(5001)
    site.restarts()
    assert site.known().heard_at == at(5000)


def test_after_a_crash_the_last_answer_is_known_to_ten_minutes() -> None:
    """Unchanged from 0 s to 5000 s, then a crash: the age of what was said is at most ten minutes too large."""
    site = Site()
    for second in range(0, 5005, 5):
        site.says(second, IDLE)
    site.restarts()
    heard_at = site.known().heard_at
    assert heard_at is not None
    assert 5000 - 605 <= heard_at.utc - at(0).utc <= 5000


def test_an_older_boot_s_word_does_not_make_an_answer_older() -> None:
    """Stopped in order on Friday, a crash in the first minutes of Monday: what was heard on Monday is from Monday."""
    site = Site()
    site.says(0, IDLE)
    site.ends(10)
    site.reboots(200_000)
    site.says(200_100, JAMMED)
    site.restarts()
    assert site.known().heard_at == at(200_100, site.boot, site.booted)


def test_when_a_machine_was_heard_outlives_two_boots() -> None:
    """Unchanged until 5000 s; after the next boot it is off, and the process is stopped again at once: still 5000 s."""
    site = Site()
    for second in range(0, 5005, 5):
        site.says(second, IDLE)
    site.ends(5001)
    site.reboots(9000)
    site.time_passes(9010)
    site.ends(9011)
    site.restarts()
    assert site.known().heard_at == at(5000)


def test_a_clock_set_back_changes_no_order() -> None:
    """The clock is set back by an hour at 10 s: the last answer is the later one, the last silence the shorter one."""
    site = Site(LAMINATOR)

    def heard(second: float, source: str, said: Report | NoAnswer) -> None:
        late = second > 10
        moment = replace(at(second), utc=at(second).utc - HOUR * late)
        site.step(Observation(LAMINATOR.id, source, moment, heard=said))

    heard(5, "heater", IDLE)
    heard(15, "tower", IDLE)
    assert site.known().heard_at == replace(at(15), utc=at(15).utc - HOUR)
    heard(9, "heater", NoAnswer(Silence.TIMEOUT))
    for second in (20, 30, 85):
        heard(second, "heater", NoAnswer(Silence.TIMEOUT))
        heard(second, "tower", NoAnswer(Silence.TIMEOUT))
    assert site.told("contact")[-1]["silent_s"] == 65.0


@given(st.floats(0, 1e7), st.floats(0, 200))
def test_a_look_at_the_very_moment_that_was_asked_for_is_enough(booted: float, later: float) -> None:
    """However moments are rounded, a look at the moment that is due is not asked for again at the same moment."""
    monitor = Monitor(FleetPlan("office", (PRINTER,)), {})
    monitor.begin(At(EPOCH, booted, "boot"))
    for second, heard in ((0.0, count(100)), (later / 7, count(101)), (later / 3, count(102)), (later, IDLE)):
        monitor.step(Observation("prn1", "main", At(EPOCH, booted + second, "boot"), heard=heard))
    for _ in range(20):
        due = monitor.due()
        assert due is not None
        monitor.step(Elapsed(At(EPOCH, due, "boot")))
        monitor.step(Elapsed(At(EPOCH, due, "boot")))
        assert monitor.due() != due


def test_the_summary_follows_at_most_once_a_second() -> None:
    """Twenty changes within a second bring one summary, and it shows the last of them."""
    site = Site(LAMINATOR, PRINTER)
    site.says(0, IDLE, LAMINATOR.id)
    site.says(0, IDLE, PRINTER.id)
    site.time_passes(5)
    site.summaries.clear()
    for tenth in range(20):
        site.says(5 + tenth / 100, JAMMED if tenth % 2 else IDLE, PRINTER.id)
    site.time_passes(7)
    assert len(site.summaries) == 2
    states = site.summaries[-1]["states"]
    assert isinstance(states, dict)
    assert states["stopped"] == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 100))), st.floats(0, 100))
def test_wakes_come_in_order_once_and_never_early(asked: list[tuple[str, float]], now: float) -> None:
    """Of all moments asked for a key the earliest counts; what is due is taken in order, the rest stays."""
    wakes = Wakes()
    for key, moment in asked:
        wakes.by(key, moment)
    first = {key: min(moment for other, moment in asked if other == key) for key, _ in asked}
    assert wakes.next == min(first.values(), default=None)
    taken = wakes.take(now)
    assert [first[key] for key in taken] == sorted(moment for moment in first.values() if moment <= now)
    assert wakes.next == min((moment for moment in first.values() if moment > now), default=None)
    assert not wakes.take(now)
