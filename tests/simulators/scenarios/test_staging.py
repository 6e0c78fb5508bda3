"""What only the office can judge: machines, faults, stores, keys of the changes; each is named with its file."""

from pathlib import Path

import pytest
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.stories.scenario import load_scenario
from fleetmon.simulators.stories.staging import office_of, staged

TEXT = """
title = "t"
shows = "s"
office = "two_lines"
start = "2026-04-06 07:30"
lasts = "1d"

[seeds]
tuning = [1]
held_back = [2]

[changes]
crew = 7

[changes.parameters]
minor_per_1000 = 0

[[changes.lines]]
name = "line-2"
demand = 3

[[happens]]
at = "1h"
machine = "lam-2"
do = "raise"
fault = "document-jam"

[[link]]
vice = "mute"
machine = "prn-1"
"""


def test_the_office_is_changed_as_the_file_says(tmp_path: Path) -> None:
    """Changed keys are changed, all others are the office's own; the plant begins when the scenario does."""
    path = tmp_path / "some.toml"
    path.write_text(TEXT)
    scenario = load_scenario(str(path))
    office = office_of(scenario)
    assert office.crew == 7
    assert office.parameters.minor_per_1000 == 0
    assert [line.demand for line in office.lines] == [1, 3, 1]
    assert [place.name for place in office.places] == ["prn-1", "prn-2", "lam-1", "prn-3", "lam-2", "lbl-1"]
    plant = staged(scenario, 1)
    assert plant.now == 0
    assert plant.calendar.local(0) == scenario.start
    plant.step(3600)
    assert "document-jam" in [fault.name for fault in plant.machines["lam-2"].faults]


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("crew = 7", "crews = 7", "some.toml: changes of two_lines.toml: crews: no such key; allowed: .*crew"),
        ("crew = 7", "crew = -1", "some.toml: changes of two_lines.toml: crew: must be from 0"),
        ("demand = 3", 'stages = [["x"], ["lam-2"]]', "some.toml: changes: .*no machine or desk is named 'x'"),
        ("minor_per_1000", "minor_per_100", "no such figure 'minor_per_100'; there are: .*minor_per_1000"),
        (
            'machine = "lam-2"',
            'machine = "lam-9"',
            "some.toml: happens: no machine is named 'lam-9'; there are: .*lam-2",
        ),
        ("document-jam", "paper-jam", "some.toml: happens: laminator has no fault 'paper-jam'; it has: .*document-jam"),
        (
            'machine = "prn-1"',
            'machine = "prn-9"',
            "some.toml: link: machine: 'prn-9' is not allowed; allowed: all, prn-1",
        ),
    ],
)
def test_a_mistake_is_named_with_what_the_office_has(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    """The file that has to be mended and what would be allowed, in one line."""
    path = tmp_path / "some.toml"
    assert right in TEXT
    path.write_text(TEXT.replace(right, wrong, 1))
    with pytest.raises(BadInput, match=complaint) as caught:
        staged(load_scenario(str(path)), 1)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_perturbed_office_is_another_by_its_seed() -> None:
    """All lines sway together, the same for the same seed; hours, machines and what happens are as they were."""
    scenario = load_scenario("jam_with_bit")
    usual, one, again, other = (staged(scenario, seed, part) for seed, part in ((1, 0), (1, 0.3), (1, 0.3), (2, 0.3)))
    assert one.office == again.office != other.office
    assert one.office.plan == usual.office.plan
    assert [line.stages for line in one.office.lines] == [line.stages for line in usual.office.lines]
    for plant in (one, other):
        means = {line.parameters.batch_mean for line in plant.office.lines} | {plant.office.parameters.batch_mean}
        assert len(means) == 1
        assert 0.7 * 25 <= means.pop() <= 1.3 * 25
    assert usual.office.parameters.batch_mean == 25
