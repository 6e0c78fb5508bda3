"""The page for the monitoring room says what the code does."""

import re
from pathlib import Path

from fleetmon.assess.alerting.people import P1_SHELVED_AT_MOST_S, SHELVED_AT_MOST_S
from fleetmon.assess.alerting.telling import ACKNOWLEDGED_ELSE_S, ACKNOWLEDGED_S, REMIND_S, TAKEN_WITHIN_S
from fleetmon.assess.planned import LONGEST_S
from fleetmon.commands.verbs import VERBS
from fleetmon.model.alerts import AlertState, Priority
from fleetmon.model.durations import duration_text
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


def test_the_page_of_alerts_has_the_hours_of_the_code(root: Path) -> None:
    """When somebody is reminded, when it goes a step up, how long an acknowledgement and a shelf may last."""
    page = (root / "docs/alerts.md").read_text()
    told = {cells[0]: cells[2:] for line in page.splitlines() if len(cells := line.strip("| ").split(" | ")) == 5}

    def said(seconds: float | None) -> str:
        return "-" if seconds is None else duration_text(seconds).replace("1d", "24h")

    for priority in (Priority.P1, Priority.P2, Priority.P3, Priority.P4):
        lasts_s = ACKNOWLEDGED_S.get(priority, ACKNOWLEDGED_ELSE_S)
        times = [REMIND_S.get(priority), TAKEN_WITHIN_S.get(priority), lasts_s]
        assert told[priority.name] == [said(each) for each in times]
    assert f"after {P1_SHELVED_AT_MOST_S / 3600:g} h at most, others {SHELVED_AT_MOST_S / 3600:g} h." in page
    assert f"{LONGEST_S / 86400:g} days at most" in page
    assert {state.value for state in AlertState} <= {line.split(" | ")[0].strip("| ") for line in page.splitlines()}
