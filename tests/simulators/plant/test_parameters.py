"""The plant's figures: what is promised of the list itself."""

from dataclasses import fields
from random import Random

import pytest
from fleetmon.simulators.plant.parameters import Parameters, sway
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


def test_figures_sway_around_what_they_are() -> None:
    """Each by its own factor, the same for the same dice; nought stays nought, and the truth's measure stands."""
    factors = sway(0.3, Random("1"))
    assert factors == sway(0.3, Random("1")) != sway(0.3, Random("2"))
    usual, other = Parameters(fault_per_1000=0), Parameters(fault_per_1000=0).swayed(factors)
    assert other.shortest_wait == usual.shortest_wait
    assert other.fault_per_1000 == 0
    assert set(factors) == {figure.name for figure in fields(Parameters)} - {"shortest_wait"}
    for name, factor in factors.items():
        assert 0.7 <= factor <= 1.3
        assert getattr(other, name) == pytest.approx(getattr(usual, name) * factor)
    assert min(factors.values()) < 0.8 < 1.2 < max(factors.values())
