"""The figures of a site's own alerts, told as timelines."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.timeline import at

from fleetmon import memory_quality
from fleetmon.assess.alerting.quality import DAY_S, KEPT, Heard, Quality, What, busiest, flood_s
from fleetmon.model.alerts import (
    Acknowledgement,
    Alert,
    AlertState,
    Claim,
    Condition,
    Handling,
    HeldBack,
    Move,
    Onset,
    Priority,
    Subject,
    SubjectKind,
    Telling,
    Transition,
)


def alert(machine: str = "prn1", occurrence: int = 1, second: float = 0.0, priority: Priority = Priority.P2) -> Alert:
    """An alert that is active since a moment and was announced then."""
    claim = Claim(Subject(SubjectKind.MACHINE, machine), Condition.JAM, at(second))
    raised = at(second)
    return Alert(
        claim.key,
        f"{machine}-{occurrence}",
        claim,
        Onset(None, raised),
        AlertState.ACTIVE,
        priority,
        raised,
        telling=Telling(announced=raised),
    )


class Story:
    """Transitions, told to a Quality one after the other."""

    def __init__(self) -> None:
        self.quality = Quality()

    def announced(self, second: float, machine: str = "prn1", occurrence: int = 1, **given: Priority) -> Alert:
        """An alert is raised and announced at once."""
        found = alert(machine, occurrence, second, **given)
        self.happens(found, Move.RAISED, second, tell=True)
        return found

    def happens(self, about: Alert, move: Move, second: float, *, tell: bool = False) -> None:
        """Something happens to an alert."""
        self.quality.hear(Transition(about, move, at(second), tell))


def test_announcements_are_counted_over_ten_minutes_an_hour_a_day_and_thirty_days() -> None:
    """At 0 s, a day less a second, an hour and ten minutes before the end, and just now."""
    story, end = Story(), 30 * DAY_S - 60
    for number, second in enumerate([0, end - DAY_S + 1, end - 3000, end - 590, end]):
        story.announced(second, f"m{number}")
    found = story.quality.figures(at(end), [])
    counts = (found.announced_10_min, found.announced_hour, found.announced_day, found.announced)
    assert counts == (2, 3, 4, 5)
    assert found.since == at(0).utc
    later = story.quality.figures(at(end + 40 * DAY_S), [])
    assert (later.announced, later.since, later.top_share, later.told_share) == (0, None, None, None)


def test_only_what_people_heard_counts_as_announced() -> None:
    """Raised and held back, reminded, worsened, eaten by a flood: none is an announcement; one told later is one."""
    story = Story()
    one = alert()
    for move in Move:
        story.happens(one, move, 5)
    story.happens(one, Move.REMINDED, 6, tell=True)
    story.happens(one, Move.WORSENED, 6, tell=True)
    assert story.quality.figures(at(10), []).announced == 0
    story.happens(one, Move.ANNOUNCED, 7, tell=True)
    assert story.quality.figures(at(10), []).announced == 1


def test_attached_alerts_are_the_others_of_an_incident() -> None:
    """One announced, three attached to it, one of them held back twice: a fourth of four was told."""
    story = Story()
    story.announced(0)
    for number in range(3):
        child = replace(alert(f"child{number}"), held_back=HeldBack.INHIBITED)
        story.happens(child, Move.RAISED, 5)
        story.happens(child, Move.INHIBITED, 5)
    story.happens(replace(alert("child0"), held_back=HeldBack.INHIBITED), Move.INHIBITED, 50)
    story.happens(replace(alert("other"), held_back=HeldBack.MAINTENANCE), Move.RAISED, 50)
    found = story.quality.figures(at(60), [])
    assert (found.announced, found.attached, found.told_share) == (1, 3, 0.25)


def test_the_busiest_keys_and_the_priorities() -> None:
    """Twelve machines, the first with five alerts: ten keys on top, 14 of 16 announcements theirs."""
    story = Story()
    for occurrence in range(4):
        story.announced(occurrence, "m00", occurrence, priority=Priority.P4)
    for number in range(12):
        story.announced(100 + number, f"m{number:02}", 9, priority=Priority.P1)
    found = story.quality.figures(at(200), [])
    assert (len(found.top), found.top[0]) == (10, ("machine:m00:jam", 5))
    assert found.top_share == 14 / 16
    assert found.by_priority == {**dict.fromkeys(Priority, 0), Priority.P4: 4, Priority.P1: 12}


def test_a_flood_is_measured_in_minutes() -> None:
    """Eleven announcements, a second apart: flooded from the eleventh until fewer than five lie within ten minutes."""
    story = Story()
    for number in range(11):
        story.announced(number, f"m{number}")
    assert story.quality.figures(at(310), []).flood_min == 5.0
    found = story.quality.figures(at(4000), [])
    assert (found.busiest_10_min, found.flood_min) == (11, (606 - 10) / 60)


@given(st.lists(st.floats(0, 5000), max_size=60).map(sorted), st.floats(0, 6000))
def test_floods_last_no_longer_than_there_is_time_and_need_eleven(moments: list[float], until: float) -> None:
    """Of any history: between nothing and all of it; nothing without more than ten in ten minutes."""
    lasted = flood_s(moments, until)
    assert 0 <= lasted <= max(0.0, until - min(moments, default=until))
    if busiest(moments, 600.0) <= 10:
        assert lasted == 0


@given(st.lists(st.floats(0, 5000), max_size=60).map(sorted), st.floats(1, 900))
def test_the_most_within_a_time_is_what_counting_at_each_one_gives(moments: list[float], within: float) -> None:
    """Against the plain way to count."""
    plain = max((sum(end - within <= each <= end for each in moments) for end in moments), default=0)
    assert busiest(moments, within) == plain


def test_what_activates_three_times_a_minute_chatters() -> None:
    """Raised at 0 s, back at 20 and 59 s; another one takes a minute and a second for it."""
    story = Story()
    for machine, last in (("quick", 59), ("slow", 61)):
        one = story.announced(0, machine)
        story.happens(one, Move.RETURNED, 20)
        story.happens(one, Move.RETURNED, last)
    assert story.quality.figures(at(100), []).chattering == ("machine:quick:jam",)
    assert story.quality.figures(at(2 * DAY_S), []).chattering == ()


def test_what_comes_back_within_ten_minutes_was_over_too_early() -> None:
    """Closed at 100 s and raised anew at 400 s; another one eleven minutes later; one only returned."""
    story = Story()
    for machine, again in (("soon", 400), ("late", 800)):
        story.happens(story.announced(0, machine), Move.CLOSED, 100)
        story.announced(again, machine, 2)
    story.happens(story.announced(0, "same"), Move.RETURNED, 50)
    assert story.quality.figures(at(900), []).raised_again == 1


def test_how_long_it_took_until_somebody_knew() -> None:
    """Ten alerts taken after 10 to 100 s, one of them twice; median and nine in ten."""
    story = Story()
    for number in range(1, 11):
        one = story.announced(0, f"m{number}")
        story.happens(one, Move.ACKNOWLEDGED, 10 * number)
    story.happens(alert("m1"), Move.ACKNOWLEDGED, 5000)
    found = story.quality.figures(at(6000), [])
    assert (found.taken, found.taken_median_s, found.taken_p90_s) == (10, 50.0, 90.0)
    assert Quality().figures(at(0), []).taken_median_s is None


def test_what_stands_now_is_counted_from_the_open_alerts() -> None:
    """Two untaken, the older since 300 s; one taken, one shelved, one inhibited; one standing for more than a day."""
    taken = Handling(acknowledged=Acknowledgement("nadia", at(0), 1e12))
    now = DAY_S + 400
    alerts = [
        alert("a", second=now - 300),
        alert("b", second=now - 10),
        replace(alert("c", second=0), handling=taken),
        replace(alert("d", second=now - 5), held_back=HeldBack.SHELVED),
        replace(alert("e", second=now - 5), held_back=HeldBack.INHIBITED),
        replace(alert("f", second=now - 5), state=AlertState.PENDING, raised=None, telling=Telling()),
    ]
    found = Quality().figures(at(now), alerts)
    assert (found.untaken, found.untaken_oldest_s, found.stale) == (2, 300.0, 1)
    assert found.held_back == {**dict.fromkeys(HeldBack, 0), HeldBack.SHELVED: 1, HeldBack.INHIBITED: 1}


def test_a_latched_alert_that_is_over_still_waits_for_somebody() -> None:
    """Cleared by itself, but nobody has looked; one that clears and does not latch waits for nobody."""
    gone = replace(alert("a"), state=AlertState.CLEARING)
    found = Quality().figures(at(60), [replace(gone, latched=True), gone])
    assert found.untaken == 1


def test_the_history_is_bounded_and_forgets_the_oldest() -> None:
    """A month of storms: the figures tell of fewer days, and since when."""
    story = Story()
    for number in range(KEPT):
        story.announced(number, f"m{number}")
    found = story.quality.figures(at(KEPT), [])
    assert len(story.quality.history) == KEPT
    assert found.since == at(KEPT / 2).utc
    story.announced(31 * DAY_S + KEPT, "new")
    assert len(story.quality.history) == 2


moments = st.floats(0, 1e9)
histories = st.lists(
    st.builds(
        Heard, moments, st.sampled_from(What), st.sampled_from("abc"), st.sampled_from("xyz"), st.none() | moments
    ),
    max_size=20,
)


@given(histories)
def test_a_restart_forgets_nothing(history: list[Heard]) -> None:
    """The record gives the same history, and so the same figures."""
    quality = Quality(history)
    kept = memory_quality.record(quality)
    assert kept.body is not None
    again = memory_quality.recall({kept.kind: {kept.id: kept.body}})
    assert again.history == quality.history == tuple(history)
    assert again.figures(at(0), []) == quality.figures(at(0), [])


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b'[{"utc": "x"}]', b"\xff"])
def test_a_record_that_cannot_be_read_is_a_history_that_begins_anew(body: bytes) -> None:
    """Better no figures than no daemon."""
    assert memory_quality.recall({memory_quality.QUALITY: {"all": body}}).history == ()
    assert memory_quality.recall({}).history == ()
