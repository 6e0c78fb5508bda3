"""The page for the monitoring room says what the code does."""

import re
from pathlib import Path

from fleetmon.commands.verbs import VERBS
from fleetmon.publish.command_payloads import ARGUMENTS, REASONS, Status, Verb


def rows(page: str, heading: str) -> dict[str, str]:
    """The rows of the table whose first column is called so: first cell, bare, to the rest of the row."""
    table = page.split(f"\n| {heading} |", 1)[1].partition("\n\n")[0].splitlines()[2:]
    cells = (re.fullmatch(r"\| `(\S+)` \|(.*)\|", row) for row in table)
    return {found[1]: found[2] for found in cells if found}


def test_every_refusal_is_explained_in_the_words_of_the_code(root: Path) -> None:
    """The table of reasons is the enumeration, in its order."""
    told = rows((root / "docs/commands.md").read_text(), "`reason`")
    assert list(told.items()) == [(reason.value, f" {text} ") for reason, text in REASONS.items()]


def test_every_verb_and_its_arguments_are_on_the_page(root: Path) -> None:
    """And every verb on the page can be asked."""
    told = rows((root / "docs/commands.md").read_text(), "verb")
    assert set(told) == {*Verb} == set(VERBS)
    for verb, model in ARGUMENTS.items():
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}`" in told[verb], verb


def test_every_status_is_on_the_page(root: Path) -> None:
    """No more, no fewer."""
    assert set(rows((root / "docs/commands.md").read_text(), "`status`")) == {*Status}
