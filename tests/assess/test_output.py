"""Documents an hour: of the last hour, of whole pieces, and no figure before there is one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.assess.output import Output, counts_documents
from fleetmon.assess.produced import Produced
from fleetmon.model.words import Unit

from .timeline import at

COUNT = Produced(100, 100, Unit.SHEETS, "main", 1, at(0))


def test_a_steady_line_has_its_rate() -> None:
    """A document every 50 s: 72 an hour, after a quarter of an hour as after three."""
    output = Output(at(0))
    told = {}
    for second in range(50, 10_801, 50):
        output.made(1, at(second))
        told[second] = output.per_hour(at(second))
    assert told[850] is None
    assert {told[second] for second in (900, 1800, 3600, 7200, 10_800)} == {72}


def test_what_is_older_than_an_hour_does_not_count() -> None:
    """Ten documents in the first minutes: ten an hour, and none an hour later."""
    output = Output(at(0))
    output.made(10, at(100))
    assert output.per_hour(at(3600)) == 10
    assert output.per_hour(at(3700)) == 0


@pytest.mark.parametrize(
    ("produced", "documents"),
    [
        (None, False),
        (COUNT, True),
        (replace(COUNT, unit=Unit.IMPRESSIONS), False),
        (replace(COUNT, unit=Unit.IMPRESSIONS, per_document=2), True),
        (replace(COUNT, unit=Unit.METERS), False),
        (replace(COUNT, unit=None), False),
    ],
)
def test_only_whole_pieces_are_documents(produced: Produced | None, documents: bool) -> None:
    """An impression may be half a passport, unless the settings say how many one takes."""
    assert counts_documents(produced) is documents


@given(st.lists(st.tuples(st.integers(1, 600), st.integers(1, 50)), max_size=60))
def test_no_figure_is_out_of_reason(steps: list[tuple[int, int]]) -> None:
    """Never below none, never more than all that was made in the time that was watched, and bounded in memory."""
    output, now, total = Output(at(0)), 0, 0
    for wait, count in steps:
        now, total = now + wait, total + count
        output.made(count, at(now))
        figure = output.per_hour(at(now))
        assert figure is None or 0 <= figure <= round(total * 3600 / min(now, 3600))
        assert len(output._steps) <= 62
