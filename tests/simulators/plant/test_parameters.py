"""The plant's figures: what is promised of the list itself."""

from dataclasses import fields

import pytest
from fleetmon.simulators.plant.parameters import Parameters
from fleetmon.simulators.reading import BadInput


def test_every_figure_names_its_source() -> None:
    """A figure is taken from the facts or is our own choice, and an own choice gives its reason."""
    for figure in fields(Parameters):
        source = figure.metadata["source"]
        assert source.startswith(("facts ", "our choice")), figure.name
        assert not source.startswith("our choice") or len(source) > len("our choice: ..."), figure.name


def test_an_office_may_change_known_figures_only() -> None:
    """A figure set anew replaces the default; a name nobody knows is refused by name."""
    assert Parameters().changed({"batch_mean": 10}).batch_mean == 10
    with pytest.raises(BadInput, match="batch_meen"):
        Parameters().changed({"batch_meen": 10})
