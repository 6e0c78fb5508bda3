"""A loss is said in words that a subscriber can rely on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fleetmon.model.messages import EventClass
from fleetmon.model.report import At
from fleetmon.publish.envelope import Origin, encode_data, event_bytes
from fleetmon.publish.gaps import GAP_TYPE, Former, Gap, Loss, read_gap, runs
from fleetmon.publish.schemas import bundle

NOW = At(utc=1_800_000_000.0, mono=5.0, boot="boot")


@pytest.mark.parametrize("loss", Loss)
def test_every_gap_keeps_to_the_contract(loss: Loss) -> None:
    """Whatever was lost, and whatever is known of it, the event validates against the published schema."""
    validator = Draft202012Validator(bundle()[GAP_TYPE])
    for event in (
        Gap(loss).event(NOW),
        Gap(loss, ranges=[(3, 7), (9, 9)], classes={EventClass.COUNT: 5, EventClass.FAULT: 1}).event(NOW),
        Gap(loss, former=Former("stream", 12), beyond=4).event(NOW),
    ):
        assert event.type == GAP_TYPE
        validator.validate(event.data)


RANGES = st.sets(st.integers(1, 60), min_size=1).map(lambda found: tuple(runs(sorted(found))))
COUNTS = st.dictionaries(st.sampled_from(list(EventClass)), st.integers(1, 9), max_size=4)


@given(ranges=RANGES, classes=COUNTS, beyond=st.integers(0, 5), loss=st.sampled_from(Loss))
def test_a_gap_can_be_read_back(
    ranges: tuple[tuple[int, int], ...], classes: dict[EventClass, int], beyond: int, loss: Loss
) -> None:
    """What was written into an event is found in it again, so that another one may be folded into it."""
    gap = Gap(loss, ranges, classes, beyond)
    data = encode_data(gap.event(NOW).data)
    assert read_gap(event_bytes(Origin("demo", "stream"), 70, gap.event(NOW), data, NOW)) == gap


@given(newer=RANGES, older=RANGES, classes=COUNTS, more=COUNTS, beyond=st.integers(0, 5))
def test_two_gaps_folded_say_together_what_each_said(
    newer: tuple[tuple[int, int], ...],
    older: tuple[tuple[int, int], ...],
    classes: dict[EventClass, int],
    more: dict[EventClass, int],
    beyond: int,
) -> None:
    """Every sequence of both, and that of the one that vanished; counts add up, and what vanished is no event lost."""
    newer = tuple((first + 100, last + 100) for first, last in newer)
    one, other = Gap(Loss.OUTBOX_FULL, newer, classes), Gap(Loss.OUTBOX_FULL, older, more, beyond)
    folded = one.fold(90, other)
    assert sequences(folded) == sorted([*sequences(one), *sequences(other), 90])
    assert folded.classes.get(EventClass.GAP, 0) == classes.get(EventClass.GAP, 0) + more.get(EventClass.GAP, 0) + 1
    if classes and more:
        assert (folded.count or 0) == (one.count or 0) + (other.count or 0)


def sequences(gap: Gap) -> list[int]:
    return [seq for first, last in gap.ranges for seq in range(first, last + 1)]


def test_sequences_become_ranges() -> None:
    """Neighbours join, holes stay holes."""
    assert runs([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert runs([]) == []
