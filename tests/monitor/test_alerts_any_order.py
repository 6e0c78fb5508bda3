"""No order of polls and no restart changes what people are told; the same story always gives the same words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from unittest.mock import patch

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fleetmon.assess.news import News
from fleetmon.assess.production import Production
from fleetmon.model.report import At, Fault
from fleetmon.model.words import Silence

from .office import (
    COVER,
    FILM_LOW,
    FILM_OUT,
    JAM,
    NO_MEDIA,
    NO_ROOM,
    POLL_S,
    TOO_HOT,
    Office,
    Told,
    read,
)

NAMES = ("prn1", "prn2", "lam1", "lam2", "qc1")
LINE = (("prn1", "prn2"), ("lam1", "lam2"), ("qc1",))


@dataclass(frozen=True)
class Change:
    """After `wait` seconds a machine has other faults, or falls silent."""

    wait: float
    machine: str
    faults: tuple[Fault, ...]
    silent: Silence | None = None


def stories(waits: Sequence[float], longest: int = 7) -> st.SearchStrategy[list[Change]]:
    """A few changes, some of them at once; at the end everything has been as it is for long enough."""
    faults = st.sampled_from(
        [(), (), (JAM,), (COVER,), (NO_MEDIA,), (NO_ROOM,), (FILM_OUT,), (FILM_LOW,), (TOO_HOT,), (COVER, JAM)]
    )
    silences = st.sampled_from([None, None, None, Silence.TIMEOUT])
    changes = st.builds(Change, st.sampled_from(waits), st.sampled_from(NAMES), faults, silences)
    return st.lists(changes, min_size=1, max_size=longest)


def played(story: Sequence[Change], order: Sequence[str] = NAMES, restart: int | None = None) -> Office:
    """The story, machines asked in this order; with `restart` the process is started anew at that poll."""
    office = Office(NAMES, LINE, order=order)
    second = 60.0
    for change in story:
        second += change.wait
        office.coming.append((second, partial(happens, office, change)))
    if restart is not None:
        office.coming.append((60 + restart * POLL_S, office.starts))
        office.coming.sort(key=lambda each: each[0])
    return office.until(second + 1500)


def happens(office: Office, change: Change) -> None:
    machine = office.machines[change.machine]
    machine.faults, machine.silent = change.faults, change.silent


def calls(told: Sequence[Told]) -> list[tuple[str, str, object, object]]:
    """What people are called for: of what, how urgent, for the first time or because it got worse.

    Not when: moments may differ by a poll, and so whether a reminder came just before the end.
    """
    heard = [each for each in told if each.tell and each.move in ("raised", "announced", "worsened")]
    return sorted(
        (
            each.key,
            "worse" if each.move == "worsened" else "first",
            str(each.alert["priority"]),
            each.alert["caused_by"],
        )
        for each in heard
    )


def timed(story: Sequence[Change]) -> list[Told]:
    """What is told, to the millisecond: a moment is the sum of other numbers in one run than in another."""
    office = played(story)
    office.catches_up()
    return [replace(each, second=round(each.second, 3)) for each in office.told]


def one_after_another(story: Sequence[Change]) -> bool:
    """Some machine changed less than a poll after a parallel one: whether that is seen as one after the other, or as
    both at once, is up to the order of polls, and so is which of them counts as the last of its stage: P1, and when."""
    second, last = 0.0, dict[tuple[str, ...], tuple[float, str]]()
    for change in story:
        second += change.wait
        stage = next(each for each in LINE if change.machine in each)
        before, machine = last.get(stage, (0.0, change.machine))
        if machine != change.machine and 0.0 < second - before <= POLL_S:
            return True
        last[stage] = second, change.machine
    return False


@settings(max_examples=12, deadline=None, phases=[Phase.generate])
@given(stories((0.0, 0.25, 0.25, 17.3, 42.0, 311.0, 905.0)), st.permutations(NAMES))
def test_the_order_of_polls_changes_nothing(story: list[Change], order: list[str]) -> None:
    """Every permutation of the machines gives the same announcements, with the same urgency."""
    one, other = played(story), played(story, order)
    mine, others = calls(one.told), calls(other.told)
    if one_after_another(story):
        assert {key for key, *_ in mine} == {key for key, *_ in others}
    else:
        assert mine == others
    read(one)
    read(other)


@settings(max_examples=12, deadline=None, phases=[Phase.generate])
@given(stories((311.0, 905.0), 4), st.integers(1, 600))
def test_a_restart_at_any_moment_changes_nothing_that_is_told(story: list[Change], restart: int) -> None:
    """Nothing is told twice, and nothing is forgotten."""
    one, other = played(story), played(story, restart=restart)
    read(other)
    assert calls(one.told) == calls(other.told)


@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(stories((0.0, 42.0, 311.0)))
def test_the_same_story_gives_the_same_words(story: list[Change]) -> None:
    """Twice the same observations: the same events, to the letter, with the same names of occurrences."""
    assert played(story).told == played(story).told


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(stories((0.0, 17.3, 42.0, 311.0)))
def test_nothing_waits_for_an_accidental_look(story: list[Change]) -> None:
    """Whatever happens by itself has asked for its moment: looking at all alerts all the time changes nothing."""
    calm = timed(story)
    evaluate = Production.evaluate

    def restless(production: Production, at: At) -> News:
        production.concerns_all(at)
        return evaluate(production, at)

    with patch.object(Production, "evaluate", restless):
        assert timed(story) == calm
