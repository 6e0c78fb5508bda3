"""What is seen of the alerts of silent machines, told as lists of transitions."""

import math
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.timeline import at

from fleetmon import memory_quality
from fleetmon.assess.alerting.quality import Quality
from fleetmon.assess.alerting.stall_quality import (
    DAY_S,
    KEPT,
    NOTHING,
    Observed,
    StallQuality,
    ToldStall,
)
from fleetmon.model.alerts import Alert, Claim, Condition, Evidence, Move, Onset, Subject, SubjectKind, Transition
from fleetmon.model.report import At

DELAY_S = 550.0


def stall(machine: str, second: float, condition: Condition = Condition.STALL) -> Alert:
    """An alert that is raised at `second`, of a machine that was silent for nine minutes without its break."""
    evidence = (Evidence("silence", 9.0, "min", expected=9.0),)
    claim = Claim(Subject(SubjectKind.MACHINE, machine), condition, at(second - DELAY_S), evidence=evidence)
    return Alert(claim.key, f"{machine}-{second}", claim, Onset(None, claim.seen), raised=at(second))


def told(quality: StallQuality, alert: Alert, move: Move, second: float, *, tell: bool = False) -> bool:
    """Something happens to it while its machine makes nothing."""
    return quality.hear(Transition(alert, move, at(second), tell), resumed=False)


def ends(quality: StallQuality, alert: Alert, second: float, *, resumed: bool = True) -> bool:
    """It clears, as a rule by a document."""
    return quality.hear(Transition(replace(alert, gone=at(second)), Move.CLEARING, at(second)), resumed=resumed)


def raised(quality: StallQuality, machine: str, second: float) -> Alert:
    """People hear of a stall."""
    alert = stall(machine, second)
    assert told(quality, alert, Move.RAISED, second, tell=True)
    return alert


def seen(quality: StallQuality, second: float, machine: str = "prn1") -> Observed:
    """What was seen of it at a moment."""
    return quality.counted(at(second)).get(machine, NOTHING)


def test_a_stall_that_ends_by_documents_within_two_minutes_was_probably_none() -> None:
    """Told after 550 s of silence, 9 min of them work, over 100 s later: nine minutes and 100 s are the pause."""
    quality = StallQuality()
    alert = raised(quality, "prn1", 10_000)
    assert seen(quality, 10_000) == Observed(told_30_d=1, delay_median_s=DELAY_S)
    assert ends(quality, alert, 10_100)
    assert seen(quality, 10_200) == Observed(1, 0, 1, 1, 640.0, DELAY_S)
    assert seen(quality, 10_200, "prn2") == NOTHING


@pytest.mark.parametrize("lasts", [120.5, 3600.0])
def test_one_that_stands_longer_is_none(lasts: float) -> None:
    """Whoever hears of it needs two minutes at the least to do anything."""
    quality = StallQuality()
    ends(quality, raised(quality, "prn1", 1000), 1000 + lasts)
    assert seen(quality, 9000).nuisance_30_d == 0


def test_one_that_ends_by_anything_else_is_none() -> None:
    """Somebody opens the cover, or the shift ends: no document came."""
    quality = StallQuality()
    assert not ends(quality, raised(quality, "prn1", 1000), 1060, resumed=False)
    assert seen(quality, 2000) == Observed(told_30_d=1, delay_median_s=DELAY_S)


@pytest.mark.parametrize("move", [Move.ACKNOWLEDGED, Move.SHELVED])
@pytest.mark.parametrize("late", [False, True])
def test_what_somebody_took_is_none(move: Move, late: bool) -> None:
    """Before its end or after it: somebody knew of it."""
    quality = StallQuality()
    alert = raised(quality, "prn1", 1000)
    if not late:
        told(quality, alert, move, 1030)
    ends(quality, alert, 1060)
    if late:
        told(quality, alert, move, 1090)
    assert seen(quality, 2000) == Observed(1, 1, 0, 0, None, DELAY_S)


def test_one_document_and_silence_again_is_no_end() -> None:
    """It returns, and is over half an hour later."""
    quality = StallQuality()
    alert = raised(quality, "prn1", 1000)
    ends(quality, alert, 1060)
    assert told(quality, alert, Move.RETURNED, 1700)
    assert seen(quality, 1800).nuisance_30_d == 0
    ends(quality, alert, 3600)
    assert seen(quality, 4000) == Observed(told_30_d=1, delay_median_s=DELAY_S)


def test_what_people_never_heard_of_is_not_counted() -> None:
    """Held back all the while, or another condition."""
    quality = StallQuality()
    held, other = stall("prn1", 1000), stall("prn1", 1000, Condition.JAM)
    assert not told(quality, held, Move.RAISED, 1000)
    assert not told(quality, other, Move.RAISED, 1000, tell=True)
    assert not told(quality, held, Move.REMINDED, 1000, tell=True)
    assert not ends(quality, held, 1050)
    assert quality.history == ()
    assert told(quality, held, Move.ANNOUNCED, 1060, tell=True)
    assert seen(quality, 1100).told_30_d == 1


def test_fourteen_days_and_thirty() -> None:
    """One nuisance a day for forty days: fourteen and thirty of them; the longest is that of fourteen days."""
    quality = StallQuality()
    for day in range(40):
        alert = raised(quality, "prn1", day * DAY_S)
        ends(quality, alert, day * DAY_S + (110 if day < 20 else 50))
    found = seen(quality, 39.5 * DAY_S)
    assert (found.told_30_d, found.nuisance_30_d, found.nuisance_14_d) == (30, 30, 14)
    assert found.longest_nuisance_s == 590.0
    assert seen(quality, 80 * DAY_S) == NOTHING


def test_the_delay_is_the_middle_one() -> None:
    """Of three alerts raised after 100, 400 and 900 s of silence."""
    quality = StallQuality()
    for number, delay in enumerate((900.0, 100.0, 400.0)):
        alert = stall("prn1", 5000.0 + number)
        late = replace(alert, claim=replace(alert.claim, seen=at(5000.0 + number - delay)))
        told(quality, late, Move.RAISED, 5000.0 + number, tell=True)
    assert seen(quality, 6000).delay_median_s == 400.0


def test_without_a_figure_the_silence_is_all_there_was() -> None:
    """An alert of an earlier version has other evidence, or words in its place."""
    quality = StallQuality()
    for machine, evidence in (("a", ()), ("b", (Evidence("silence", "long", "min"),))):
        alert = raised(quality, machine, 1000)
        bare = replace(alert, claim=replace(alert.claim, evidence=evidence))
        ends(quality, bare, 1060)
        assert seen(quality, 2000, machine).longest_nuisance_s == DELAY_S + 60


def test_a_clock_that_was_wrong_for_a_while_costs_nothing() -> None:
    """It says 1970, then the year 2090, then it is right again: what was known is known, the rest is not counted."""
    quality = StallQuality()
    ends(quality, raised(quality, "prn1", 0), 60)
    for leap in (-56 * 365 * DAY_S, 64 * 365 * DAY_S):
        alert = stall("prn1", 500.0 + leap)
        leapt = at(500.0)
        quality.hear(Transition(alert, Move.RAISED, At(leapt.utc + leap, 500.0, "boot-1"), tell=True), resumed=False)
    raised(quality, "prn1", 1000)
    found = seen(quality, 2000)
    assert (found.told_30_d, found.nuisance_30_d) == (2, 1)
    assert len(quality.history) == 4


def test_the_newest_are_kept() -> None:
    """More than any month brings: the oldest are forgotten."""
    quality = StallQuality()
    for second in range(KEPT + 5):
        raised(quality, "prn1", second)
    assert len(quality.history) == KEPT
    assert quality.history[0].utc == at(5).utc
    assert len(StallQuality(replace(each, id=f"x{n}") for n, each in enumerate(quality.history * 2)).history) == KEPT


Step = tuple[int, str, float]
steps = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["told", "held", "document", "reason", "taken", "shelved", "back", "reminded"]),
        st.floats(-1e10, 1e10),
    ),
    max_size=30,
)


def hear_all(quality: StallQuality, story: Iterable[Step], first: int = 0) -> StallQuality:
    """Any transitions of four occurrences of two machines, in any order, by a clock that leaps."""
    moves = {
        "told": Move.RAISED,
        "held": Move.RAISED,
        "document": Move.CLEARING,
        "reason": Move.CLEARING,
        "taken": Move.ACKNOWLEDGED,
        "shelved": Move.SHELVED,
        "back": Move.RETURNED,
        "reminded": Move.REMINDED,
    }
    for number, (occurrence, what, leap) in enumerate(story, first):
        alert = replace(stall(f"m{occurrence % 2}", 100.0), id=str(occurrence))
        moment = At(at(100.0).utc + leap, 100.0 + number, "boot-1")
        ended = replace(alert, gone=moment) if what in ("document", "reason") else alert
        transition = Transition(ended, moves[what], moment, tell=what in ("told", "reminded"))
        quality.hear(transition, resumed=what == "document")
    return quality


@given(steps, st.floats(-1e10, 1e10))
def test_no_count_exceeds_what_was_told(story: list[Step], leap: float) -> None:
    """Whatever happens, and whatever the clock says."""
    quality = hear_all(StallQuality(), story)
    for found in quality.counted(At(at(100.0).utc + leap, 500.0, "boot-1")).values():
        assert 0 <= found.nuisance_14_d <= found.nuisance_30_d <= found.told_30_d - found.taken_30_d
        assert found.told_30_d > 0
        assert (found.longest_nuisance_s is None) == (found.nuisance_14_d == 0)
        assert found.delay_median_s is not None


@given(steps, st.integers(0, 30))
def test_a_replay_gives_the_same_and_a_restart_anywhere_too(story: list[Step], restart: int) -> None:
    """The record goes between any two transitions."""
    whole = hear_all(StallQuality(), story)
    first = hear_all(StallQuality(), story[:restart])
    kept = memory_quality.record_of_stalls(first)
    assert kept.body is not None
    again = memory_quality.recall({kept.kind: {kept.id: kept.body}}).stalls
    assert hear_all(StallQuality(), story).history == whole.history
    assert hear_all(again, story[restart:], len(story[:restart])).history == whole.history


@given(
    st.lists(
        st.builds(
            ToldStall,
            st.floats(),
            st.text(max_size=3),
            st.text(max_size=3),
            st.floats(),
            st.booleans(),
            st.none() | st.floats(),
            st.none() | st.floats(),
        ),
        max_size=10,
    )
)
def test_what_no_machine_can_have_done_is_not_believed(history: list[ToldStall]) -> None:
    """Records with any figures: counts and lengths that a page can show."""
    for found in StallQuality(history).counted(at(0)).values():
        assert found.nuisance_14_d <= found.nuisance_30_d <= found.told_30_d
        lengths = [each for each in (found.longest_nuisance_s, found.delay_median_s) if each is not None]
        assert all(math.isfinite(each) and each >= 0 for each in lengths)


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b'[{"utc": "x"}]', b"\xff", b'{"a": []}'])
def test_a_record_of_stalls_that_cannot_be_read_spoils_no_other(body: bytes) -> None:
    """The history of all alerts is read all the same; and the other way round."""
    stalls = StallQuality()
    raised(stalls, "prn1", 0)
    good, of_stalls = memory_quality.record(Quality()), memory_quality.record_of_stalls(stalls)
    assert good.body is not None
    assert of_stalls.body is not None
    found = memory_quality.recall({memory_quality.QUALITY: {good.id: good.body, of_stalls.id: body}})
    assert (found.history, found.stalls.history) == ((), ())
    found = memory_quality.recall({memory_quality.QUALITY: {good.id: body, of_stalls.id: of_stalls.body}})
    assert (found.history, found.stalls.history) == ((), stalls.history)


def test_the_record_of_a_version_without_stalls_is_read() -> None:
    """There is only the one record."""
    kept = memory_quality.record(Quality())
    assert kept.body is not None
    assert memory_quality.recall({kept.kind: {kept.id: kept.body}}).stalls.history == ()
