"""The documentation names every vice as it is, and what it shows being typed is what comes of it."""

import re
from pathlib import Path

import pytest
from fleetmon.simulators.bad_line import as_table, read_vice
from fleetmon.simulators.model.commands import Do
from fleetmon.simulators.vices import AT_THE_MACHINE, VICES, Vice


@pytest.fixture(scope="module")
def section(root: Path) -> str:
    """What docs/simulators.md says of vices."""
    page = (root / "docs" / "simulators.md").read_text("utf-8")
    return page.partition("## Bad lines: vices\n")[2].partition("\n## ")[0]


def test_the_tables_are_those_of_the_code(section: str) -> None:
    """Printed by `python -m fleetmon.simulators.bad_line`; whoever changes a vice, prints them again."""
    assert as_table() in section


def test_what_is_typed_there_can_be_typed(section: str) -> None:
    """Every vice of a transcript is read without complaint, but for the one number that is shown to be wrong."""
    typed = re.findall(r"simulate vice printer-1 (.+?)(?: --for \w+)?$", section, re.MULTILINE)
    assert len(typed) > 4
    for words in typed:
        if words != "loss shar=3":
            read_vice(words)


def test_the_table_of_vices_is_whole() -> None:
    """In the order in which they act, each with words for it and its numbers within their limits; all named apart."""
    assert list(VICES) == list(Vice)
    assert not {str(vice) for vice in Vice} & {str(do) for do in AT_THE_MACHINE}
    assert set(AT_THE_MACHINE) <= set(Do)
    for kind in VICES.values():
        assert kind.over
        assert all(number.least <= number.usual <= number.most and number.says for number in kind.numbers)
