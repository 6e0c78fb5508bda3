"""A test called `test_starved` is about the scenario `starved`, with the first seed of each lot, long ones with one."""

import pytest
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.stories.scenario import load_scenario

from .played import Played, played

LONG = 10 * 86_400


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The seeds come from the scenario's file."""
    if "told" in metafunc.fixturenames:
        name = metafunc.function.__name__.removeprefix("test_")
        try:
            scenario = load_scenario(name)
        except BadInput as error:
            raise pytest.UsageError(str(error)) from None
        seeds = [scenario.seeds.held_back[0]] + [scenario.seeds.tuning[0]] * (scenario.lasts < LONG)
        metafunc.parametrize("told", [(name, seed) for seed in seeds], indirect=True, ids=map(str, seeds))


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Played:
    """The scenario of the test's name, played to its end."""
    return played(*request.param)
