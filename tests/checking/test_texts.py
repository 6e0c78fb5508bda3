"""Texts for operators that cannot be used are told with their line."""

from pathlib import Path

from fleetmon.catalog import Catalog
from fleetmon.checking.finding import Weight
from fleetmon.checking.texts import texts


def test_texts_that_are_right_are_no_finding(tmp_path: Path) -> None:
    """Nor is a site without any."""
    assert list(texts(tmp_path / "locale", Catalog())) == []
    (tmp_path / "en.toml").write_text('[condition.jam]\ncall = "Call."\n')
    assert list(texts(tmp_path, Catalog())) == []


def test_every_mistake_is_a_problem_with_its_place(tmp_path: Path) -> None:
    """File and line first, then key and what is allowed."""
    (tmp_path / "en.toml").write_text('[condition.jam]\ncal = "Call."\n[condition.pause]\n')
    found = [(each.weight, each.about.rpartition("/")[2], each.text) for each in texts(tmp_path, Catalog())]
    assert found == [
        (Weight.PROBLEM, "en.toml:2", 'condition.jam.cal: unknown key "cal"; did you mean "call"?'),
        (Weight.PROBLEM, "en.toml:3", 'condition.pause: "pause" is not allowed; did you mean "paused"?'),
    ]
