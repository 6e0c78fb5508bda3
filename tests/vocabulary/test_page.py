"""The page people read is the page the code writes."""

import re
from pathlib import Path

from fleetmon.model.words import ReasonClass
from fleetmon.vocabulary import FINISHERS, REASONS
from fleetmon.vocabulary_page import render


def test_the_committed_page_is_what_the_code_says(root: Path) -> None:
    """docs/vocabulary.md equals the rendering; if not: python -m fleetmon.vocabulary_page > docs/vocabulary.md."""
    assert (root / "docs" / "vocabulary.md").read_text("utf-8") == render()


def test_the_page_shows_every_reason_once_under_its_class() -> None:
    """A reader who checks the tables of the classes has checked all 905 reasons."""
    tables = render().partition("\n### ")[2].partition("\n## ")[0]
    shown: dict[str, str] = {}
    for section in tables.split("\n### "):
        reason_class = section.partition("\n")[0].strip("`")
        rows = "".join(re.findall(r"^\| (?:error|warning|report) \| (.*) \|$", section, re.MULTILINE))
        for word in re.findall(r"`([^`]+)`", rows):
            families = [*FINISHERS, "laminator"] if "<finisher>" in word else [""]
            for family in families:
                keyword = word.replace("<finisher>", family)
                assert keyword not in shown
                shown[keyword] = reason_class
    assert shown == {keyword: each.reason_class.value for keyword, each in REASONS.items()}
    assert set(shown.values()) == set(ReasonClass)
