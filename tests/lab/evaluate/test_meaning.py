"""What a fault is called by somebody who stands before the machine is what its alert must be about.

That the words of the sheets, the registries and the rules of alerts agree is part of the simulators' contract.
"""

import pytest
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet

from fleetmon.lab.evaluate.meaning import is_said, meant

SHEETS = sorted(path.stem for path in MACHINES.glob("*.toml"))


@pytest.mark.parametrize("name", SHEETS)
def test_whatever_stops_a_machine_is_something(name: str) -> None:
    """No sheet has a fault that stops its machine and calls for nobody."""
    assert not [fault.name for fault in load_sheet(name).faults.values() if fault.stops and meant(fault) is None]


def test_a_machine_that_cannot_tell() -> None:
    """A laminator whose port tells the temperature alone says nothing of an empty roll; the office's own does."""
    mute, frank = load_sheet("lapis_laminator"), load_sheet("laminator")
    assert not is_said(mute, mute.faults["upper-film-empty"])
    assert is_said(frank, frank.faults["upper-film-empty"])
