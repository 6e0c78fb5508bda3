"""No order of polls and no restart changes what people are told; the same story always gives the same words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fleetmon.model.report import Fault
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
    return sorted((each.key, each.move, str(each.alert["priority"]), each.alert["caused_by"]) for each in heard)


@settings(max_examples=12, deadline=None, phases=[Phase.generate])
@given(stories((0.0, 0.25, 0.25, 17.3, 42.0, 311.0, 905.0)), st.permutations(NAMES))
def test_the_order_of_polls_changes_nothing(story: list[Change], order: list[str]) -> None:
    """Every permutation of the machines gives the same announcements, with the same urgency."""
    one, other = played(story), played(story, order)
    assert calls(one.told) == calls(other.told)
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
