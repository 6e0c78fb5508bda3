"""What holds for every scenario: it has a test of its sentence, it can be had again, and it is quick."""

import re
from pathlib import Path

import pytest
from fleetmon.simulators.stories.scenario import load_scenario, shipped
from fleetmon.simulators.stories.staging import staged

from .played import played

HERE = Path(__file__).parent


def test_every_scenario_has_a_test_of_its_sentence() -> None:
    """For each shipped scenario there is a test of its name in this room."""
    tests = {name for file in HERE.glob("test_*.py") for name in re.findall(r"def test_(\w+)\(told", file.read_text())}
    assert tests == set(shipped())


@pytest.mark.parametrize("name", shipped())
def test_a_seed_gives_the_same_bytes_however_time_is_cut(name: str) -> None:
    """A morning in one step and in steps of seven minutes is the same morning, byte for byte."""
    scenario = load_scenario(name)
    once, again = (staged(scenario, scenario.seeds.tuning[0]) for _ in range(2))
    for step in range(21_000 // 420):
        again.step(420.0 * step)
    lines = list(once.truth_lines(21_000))
    assert lines == list(again.truth_lines(21_000))
    assert lines


def test_another_seed_gives_another_truth() -> None:
    """Chance is in the seed: two seeds of one scenario differ."""
    assert played("blocked", 1).stops != played("blocked", 101).stops
