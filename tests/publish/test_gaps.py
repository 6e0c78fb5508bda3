"""A loss is said in words that a subscriber can rely on."""

import pytest
from jsonschema import Draft202012Validator

from fleetmon.model.messages import EventClass
from fleetmon.model.report import At
from fleetmon.publish.gaps import GAP_TYPE, Former, Loss, gap_event, runs
from fleetmon.publish.schemas import bundle

NOW = At(utc=1_800_000_000.0, mono=5.0, boot="boot")


@pytest.mark.parametrize("loss", Loss)
def test_every_gap_keeps_to_the_contract(loss: Loss) -> None:
    """Whatever was lost, and whatever is known of it, the event validates against the published schema."""
    validator = Draft202012Validator(bundle()[GAP_TYPE])
    for event in (
        gap_event(loss, NOW),
        gap_event(loss, NOW, ranges=[(3, 7), (9, 9)], classes={EventClass.COUNT: 5, EventClass.FAULT: 1}),
        gap_event(loss, NOW, former=Former("stream", 12), beyond=4),
    ):
        assert event.type == GAP_TYPE
        validator.validate(event.data)


def test_sequences_become_ranges() -> None:
    """Neighbours join, holes stay holes."""
    assert runs([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert runs([]) == []
